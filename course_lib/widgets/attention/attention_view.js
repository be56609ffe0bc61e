// The message attention explorer: labelled controls for Python's choices, and the panels it answers with.

const PLAY_MILLISECONDS = 400;
const LOOK = {
  frame: "color:var(--jp-content-font-color1,inherit);font-size:13px;line-height:1.35",
  form: "display:flex;flex-wrap:wrap;gap:0.2em 0.8em;align-items:end",
  field: "max-width:100%",
  control: "font:inherit;padding:0.1em;max-width:12em;color:var(--jp-content-font-color1,inherit);" +
    "background:var(--jp-layout-color1,Canvas);border:1px solid var(--jp-border-color1,#888)",
};
// Fixed areas, so that nothing jumps: what a question needs stands together, the rest is folded below.
const STYLE = `
.course-attention table{font-size:12px;border-collapse:collapse;margin:0}
.course-attention caption,.course-attention th,.course-attention td{text-align:left;padding:0 0.5em 0 0}
.course-attention-weights th,.course-attention-weights td,
.course-attention-message th,.course-attention-message td{padding-right:0.7em}
.course-attention caption{font-weight:bold;caption-side:top;color:inherit;white-space:normal}
.course-attention tbody th{font-weight:normal}
.course-attention td{white-space:nowrap}
.course-attention ul{list-style:none;margin:0;padding:0}
.course-attention p{margin:0.2em 0}
.course-attention [tabindex]:focus-visible,.course-attention button:focus-visible,
.course-attention select:focus-visible,.course-attention input:focus-visible{outline:2px solid #0e8ae6;outline-offset:1px}
.course-attention-middle{display:flex;flex-wrap:wrap;gap:0.3em 0.7em;align-items:flex-start}
.course-attention-says p{white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.course-attention .course-field{display:flex;flex-direction:column}
.course-attention-rows{display:flex;flex-wrap:wrap;gap:0.2em 0.8em;align-items:center}
.course-attention-rows .course-field{flex-direction:row;gap:0.5em;align-items:center}
.course-attention-effect{flex:100 1 36.5em;min-height:13.5em}
.course-attention-effect th,.course-attention-effect td{padding-right:0.3em}
.course-attention-status{min-height:2.7em}
.course-attention-edit{display:flex;flex-wrap:wrap;gap:0.3em 0.8em;margin-top:0.2em}
.course-attention-edit .course-buttons{flex:1 1 22em;display:flex;flex-wrap:wrap;gap:0.2em 0.3em;align-content:flex-start;align-items:end}
.course-attention-edit button{white-space:nowrap;max-width:none!important}
.course-attention-edit input[type=range]{width:6em!important}
.course-attention .course-beside{display:flex;flex-wrap:wrap;gap:0.2em 0.8em;align-items:flex-start}
.course-attention-questions{display:grid;grid-template-columns:minmax(0,30em) max-content;gap:0 1em;align-items:center}
.course-attention-questions p{grid-column:1/-1;min-height:1.4em}
.course-attention-message tbody th{white-space:nowrap}
.course-attention-message{max-height:20em;overflow:auto}
.course-attention-tree{max-height:19em;overflow:auto}
.course-attention details{margin-top:0}
.course-attention summary{cursor:pointer}
`;
const FOLDED = [
  ["matrix", "Attention as numbers"],
  ["sums", "The arithmetic of one weight"],
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

function addRange(field, model, { name }, id) {
  const row = add(field, "span");
  const slider = keepKeys(add(row, "input", { id, type: "range" }, "width:9em"));
  const number = add(row, "output", { htmlFor: id });
  slider.addEventListener("input", () => choose(model, name, Number(slider.value)));
  return () => {
    const { min, max, step } = model.get("controls").find((control) => control.name === name);
    Object.assign(slider, { min, max, step, value: model.get(name) });
    number.textContent = ` ${model.get(name)}`;
  };
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
  const field = add(form, "div", { className: "course-field" }, LOOK.field);
  add(field, "label", { htmlFor: id, textContent: control.label });
  const show = (control.options ? addSelect : addRange)(field, model, control, id);
  model.on(`change:${control.name} change:controls`, show);
  show();
}

function addButton(parent, label, act) {
  const button = keepKeys(add(parent, "button", { type: "button", textContent: label }, LOOK.control));
  button.style.cursor = "pointer";
  button.addEventListener("click", act);
  return button;
}

// Goes on by one tick as soon as the last one is shown, and stops at the end.
function addPlay(parent, model) {
  let timer = 0;
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    button.textContent = "▶ Play";
  };
  const next = () => {
    const { max } = model.get("controls").find((control) => control.name === "tick");
    if (!button.isConnected || model.get("tick") >= max) stop();
    else choose(model, "tick", model.get("tick") + 1);
  };
  const button = addButton(parent, "▶ Play", () => {
    if (timer) return stop();
    timer = setInterval(next, PLAY_MILLISECONDS);
    button.textContent = "⏸ Pause";
  });
}

function addPanel(parent, model, name, label) {
  const panel = add(parent, "div", { className: `course-attention-${name}` });
  panel.setAttribute("role", "region");
  panel.setAttribute("aria-label", label);
  const show = () => (panel.innerHTML = model.get(name));
  model.on(`change:${name}`, show);
  show();
  return panel;
}

// A click, or Enter and Space on what has the focus, sets the choice that an element names.
function followChoices(frame, model) {
  const take = (event) => {
    const named = event.target.closest("[data-set]");
    if (named) choose(model, named.dataset.set, named.dataset.value);
    return named;
  };
  frame.addEventListener("click", take);
  frame.addEventListener("keydown", (event) => {
    if (["Enter", " "].includes(event.key) && take(event)) event.preventDefault();
  });
}

function followTime(panel, model) {
  const move = (event) => {
    const picture = panel.querySelector("svg");
    if (event.buttons !== 1 || event.target.closest("[data-set]")) return;
    const box = picture.getBoundingClientRect();
    const [left, right] = picture.dataset.ends.split(" ").map(Number);
    const across = (event.clientX - box.left) / box.width * picture.viewBox.baseVal.width;
    const share = (across - left) / (right - left);
    const { max } = model.get("controls").find((control) => control.name === "tick");
    choose(model, "tick", Math.round(Math.min(1, Math.max(0, share)) * max));
  };
  panel.addEventListener("pointerdown", move);
  panel.addEventListener("pointermove", move);
}

// Python draws the strip as wide as the room for it: a picture that shrinks has letters that shrink.
function followRoom(panel, model) {
  const tell = () => {
    const room = Math.round(Math.min(1000, panel.clientWidth));
    if (room >= 480 && room !== model.get("room")) choose(model, "room", room);
  };
  new ResizeObserver(tell).observe(panel);
}

// A list to choose an answer from, and what Python says to it.
function addQuestion(parent, model, { ask, options }, place) {
  const id = `course-attention-${crypto.randomUUID()}`;
  add(parent, "label", { htmlFor: id, textContent: `${place + 1}. ${ask}` });
  const select = keepKeys(add(parent, "select", { id }, LOOK.control));
  for (const option of ["your answer …", ...options]) add(select, "option", { value: option, textContent: option });
  const said = add(parent, "p");
  said.setAttribute("role", "note");
  select.addEventListener("change", () => choose(model, "answers", { ...model.get("answers"), [place]: select.value }));
  const show = () => (said.textContent = model.get("verdicts")[place] ?? "");
  model.on("change:verdicts", show);
  show();
}

function addQuestions(frame, model) {
  const folded = add(frame, "details");
  const asked = model.get("questions");
  keepKeys(add(folded, "summary", { textContent: `${asked.length} questions to answer with it` }));
  const panel = add(folded, "div", { className: "course-attention-questions" });
  panel.setAttribute("role", "region");
  panel.setAttribute("aria-label", "Questions");
  asked.forEach((question, place) => addQuestion(panel, model, question, place));
}

// A page that Python sends becomes a download.
function save({ page, name }) {
  if (!page) return;
  const href = URL.createObjectURL(new Blob([page], { type: "text/html" }));
  Object.assign(document.createElement("a"), { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10000);
}

function addControls(parent, model, place) {
  model.get("controls").filter((control) => control.place === place)
    .forEach((control) => addControl(parent, model, control));
}

// A label names whom the button would change, and so it changes with what is selected.
function addButtons(parent, model, wanted) {
  for (const [name, , place] of model.get("buttons")) {
    if (place !== wanted) continue;
    const button = addButton(parent, "", () => model.send({ do: name }));
    const show = () => (button.textContent = model.get("buttons").find((one) => one[0] === name)[1]);
    model.on("change:buttons", show);
    show();
  }
}

function render({ model, el }) {
  const frame = add(el, "div", { className: "course-attention" }, LOOK.frame);
  add(frame, "style", { textContent: STYLE });
  const head = add(frame, "div", {}, LOOK.form);
  addPlay(head, model);
  addControls(head, model, "head");
  const words = add(frame, "p", { className: "course-attention-status" });
  words.setAttribute("role", "status");
  const show = () => (words.textContent = model.get("text"));
  model.on("change:text", show);
  show();
  const middle = add(frame, "div", { className: "course-attention-middle" });
  addPanel(middle, model, "tree", "Command tree");
  const beside = add(middle, "div");
  addPanel(beside, model, "heads", "Heads side by side");
  addPanel(beside, model, "weights", "Weight and influence");
  const rows = add(frame, "div", { className: "course-attention-rows" });
  addControls(rows, model, "strip");
  addButtons(rows, model, "strip");
  const strip = addPanel(frame, model, "strip", "Events and weights over time");
  followTime(strip, model);
  followRoom(strip, model);
  addPanel(frame, model, "says", "What it says");
  const edit = add(frame, "div", { className: "course-attention-edit" });
  const buttons = add(edit, "div", { className: "course-buttons" });
  addButtons(buttons, model, "edit");
  addControls(buttons, model, "edit");
  addPanel(edit, model, "effect", "What your changes did");
  for (const [name, label] of FOLDED) {
    if (model.get(name) === undefined) continue; // a page without a kernel has no numbers at hand
    const folded = add(frame, "details");
    keepKeys(add(folded, "summary", { textContent: label }));
    if (name === "sums") addControls(folded, model, "sum");
    addPanel(folded, model, name, label);
  }
  addQuestions(frame, model);
  followChoices(frame, model);
  model.on("msg:custom", save);
}

export default { render };
