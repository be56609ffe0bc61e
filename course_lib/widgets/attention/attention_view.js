// The message attention explorer: labelled controls for Python's choices, and the panels it answers with.

const LOOK = {
  frame: "color:var(--jp-content-font-color1,inherit);font-size:var(--jp-content-font-size1,14px);line-height:1.4",
  form: "display:flex;flex-wrap:wrap;gap:0.5em 1.2em;align-items:end",
  field: "display:flex;flex-direction:column;max-width:100%",
  control: "font:inherit;padding:0.15em;color:var(--jp-content-font-color1,inherit);" +
    "background:var(--jp-layout-color1,Canvas);border:1px solid var(--jp-border-color1,#888)",
  panels: "display:flex;flex-wrap:wrap;gap:0.4em 1.6em;align-items:flex-start",
  panel: "max-height:27em;max-width:100%;overflow:auto",
  strip: "flex:1 1 100%",
  tasks: "max-width:15em;font-size:92%",
  effect: "max-width:min(23em,100%);max-height:46em",
};
const TABLES = ".course-attention table{font-size:92%;border-collapse:collapse;margin:0 0 0.6em}" +
  ".course-attention caption,.course-attention th,.course-attention td{text-align:left;padding:0.1em 0.5em 0.1em 0}" +
  ".course-attention caption{font-weight:bold;caption-side:top;color:inherit}" +
  ".course-attention tbody th{font-weight:normal}.course-attention td{white-space:nowrap;padding-left:0.3em}" +
  ".course-attention ul{list-style:none;margin:0;padding:0}.course-attention p{margin:0.3em 0}";
const PANELS = [
  ["strip", "Events over time"],
  ["tree", "Command tree"],
  ["tasks", "Tasks"],
  ["links", "Who listens to whom"],
  ["matrix", "Attention as numbers"],
  ["weights", "Weight and influence"],
  ["effect", "What your changes did"],
  ["message", "Entries by name"],
];

function add(parent, tag, settings = {}, style = "") {
  const element = Object.assign(document.createElement(tag), settings);
  element.style.cssText = style;
  parent.append(element);
  return element;
}

// The notebook would otherwise take the arrow keys of a control.
function keepKeys(element) {
  element.setAttribute("data-lm-suppress-shortcuts", "true");
  return element;
}

function choose(model, name, value) {
  model.set(name, value);
  model.save_changes();
}

function addRange(field, model, { name, min, max, step }, id) {
  const row = add(field, "span");
  const slider = keepKeys(add(row, "input", { id, type: "range", min, max, step }, "width:min(18em,70vw)"));
  const number = add(row, "output", { htmlFor: id });
  const show = () => {
    slider.value = model.get(name);
    number.textContent = ` ${model.get(name)}`;
  };
  slider.addEventListener("input", () => choose(model, name, Number(slider.value)));
  return show;
}

function addSelect(field, model, { name }, id) {
  const select = keepKeys(add(field, "select", { id }, LOOK.control));
  let known = "";
  select.addEventListener("change", () => choose(model, name, select.value));
  return () => {
    const { options } = model.get("controls").find((control) => control.name === name);
    if (known !== (known = JSON.stringify(options))) {
      select.replaceChildren();
      for (const option of options) add(select, "option", { value: option, textContent: option });
    }
    select.value = model.get(name);
  };
}

function addControl(form, model, control) {
  const id = `course-attention-${crypto.randomUUID()}`;
  const field = add(form, "div", {}, LOOK.field);
  add(field, "label", { htmlFor: id, textContent: control.label });
  const show = (control.options ? addSelect : addRange)(field, model, control, id);
  model.on(`change:${control.name} change:controls`, show);
  show();
}

function addPanel(parent, model, name, label) {
  const panel = keepKeys(add(parent, "div", { tabIndex: 0 }, `${LOOK.panel};${LOOK[name] ?? ""}`));
  panel.className = `course-attention-${name}`;
  panel.setAttribute("role", "region");
  panel.setAttribute("aria-label", label);
  const show = () => (panel.innerHTML = model.get(name));
  model.on(`change:${name}`, show);
  show();
  return panel;
}

function render({ model, el }) {
  const frame = add(el, "div", { className: "course-attention" }, LOOK.frame);
  add(frame, "style", { textContent: TABLES });
  const form = add(frame, "div", {}, LOOK.form);
  model.get("controls").forEach((control) => addControl(form, model, control));
  const buttons = add(frame, "div", {}, LOOK.form + ";margin:0.6em 0");
  for (const [name, label] of model.get("buttons")) {
    const button = add(buttons, "button", { type: "button", textContent: label }, LOOK.control + ";cursor:pointer");
    button.addEventListener("click", () => model.send({ do: name }));
  }
  const words = add(frame, "p");
  words.setAttribute("role", "status");
  const show = () => (words.textContent = model.get("text"));
  model.on("change:text", show);
  show();
  const panels = add(frame, "div", {}, LOOK.panels);
  const made = Object.fromEntries(PANELS.map(([name, label]) => [name, addPanel(panels, model, name, label)]));
  panels.addEventListener("click", (event) => {
    const named = event.target.closest("[data-set]");
    if (named) choose(model, named.dataset.set, named.dataset.value);
  });
  made.strip.addEventListener("click", (event) => {
    const picture = made.strip.querySelector("svg");
    const box = picture.getBoundingClientRect();
    const [left, right] = picture.dataset.ends.split(" ").map(Number);
    const share = ((event.clientX - box.left) / box.width * 1000 - left) / (right - left);
    const { max } = model.get("controls").find((control) => control.name === "tick");
    choose(model, "tick", Math.round(Math.min(1, Math.max(0, share)) * max));
  });
}

export default { render };
