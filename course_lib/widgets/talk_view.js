// The message widget of lesson 08: labelled controls for Python's settings, and the picture and words it answers with.

function add(parent, tag, settings = {}) {
  const element = Object.assign(document.createElement(tag), settings);
  parent.append(element);
  return element;
}

// A label and the control it belongs to. The notebook would otherwise take the arrow keys.
function addControl(form, model, name, label, tag, settings) {
  const id = `course-talk-${crypto.randomUUID()}`;
  add(form, "label", { htmlFor: id, textContent: label });
  const control = add(form, tag, { id, ...settings });
  control.setAttribute("data-lm-suppress-shortcuts", "true");
  const number = add(form, "output", { htmlFor: id });
  if (tag === "select") model.get("names").forEach((value) => add(control, "option", { value, textContent: value }));
  const show = () => {
    control.value = model.get(name);
    if (tag === "input") number.textContent = String(model.get(name));
  };
  control.addEventListener("input", () => {
    model.set(name, tag === "input" ? Number(control.value) : control.value);
    model.save_changes();
  });
  model.on(`change:${name}`, show);
  show();
}

function render({ model, el }) {
  el.style.cssText = "color:var(--jp-content-font-color1,inherit);font-size:var(--jp-content-font-size1,14px);max-width:56em";
  const form = add(el, "div");
  form.style.cssText = "display:grid;grid-template-columns:max-content minmax(8em,22em) 4em;gap:0.4em 1em;align-items:center";
  addControl(form, model, "protocol", "protocol", "select", {});
  addControl(form, model, "episode", "episode", "input", { type: "range", min: 0, max: 99, step: 1 });
  const days = { type: "range", min: 0, max: model.get("days"), step: 1 };
  addControl(form, model, "flip_day", "intruder turns the switch before day (0: never)", "input", days);
  const words = add(el, "p");
  words.setAttribute("role", "status");
  const picture = add(el, "div");
  const show = () => {
    picture.innerHTML = model.get("picture");
    words.textContent = model.get("text");
  };
  model.on("change:text change:picture", show);
  show();
}

export default { render };
