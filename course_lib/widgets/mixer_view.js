// The mixer widget of lesson 07: labelled controls for Python's settings, and the picture and words it answers with.

const SLIDERS = [
  { name: "both", label: "points for acting together, (a, a)", min: 0, max: 12, step: 1 },
  { name: "alone", label: "points when one agent acts alone", min: -12, max: 0, step: 1 },
];
const METHODS = ["VDN", "QMIX", "weighted QMIX", "QTRAN"];

function add(parent, tag, settings = {}) {
  const element = Object.assign(document.createElement(tag), settings);
  parent.append(element);
  return element;
}

// A label in the column on the left, and the control it belongs to. The notebook would otherwise take the arrow keys.
function addControl(form, labelText, tag, settings) {
  const id = `course-mixer-${crypto.randomUUID()}`;
  add(form, "label", { htmlFor: id, textContent: labelText });
  const control = add(form, tag, { id, ...settings });
  control.setAttribute("data-lm-suppress-shortcuts", "true");
  return control;
}

// Every setting is fitted anew by Python, so a slider waits until it rests.
function bind(model, control, name, read, number) {
  const show = () => {
    control.value = model.get(name);
    number.textContent = typeof model.get(name) === "number" ? String(model.get(name)) : "";
  };
  control.addEventListener("input", () => (number.textContent = control.tagName === "INPUT" ? control.value : ""));
  control.addEventListener("change", () => {
    model.set(name, read(control.value));
    model.save_changes();
  });
  model.on(`change:${name}`, show);
  show();
}

function render({ model, el }) {
  el.style.cssText = "color:var(--jp-content-font-color1,inherit);font-size:var(--jp-content-font-size1,14px)";
  const form = add(el, "div");
  form.style.cssText = "display:grid;grid-template-columns:max-content minmax(8em,22em) 4em;gap:0.4em 1em;align-items:center";
  const select = addControl(form, "method", "select", {});
  for (const method of METHODS) add(select, "option", { value: method, textContent: method });
  bind(model, select, "method", String, add(form, "span"));
  for (const { name, label, ...limits } of SLIDERS) {
    const slider = addControl(form, label, "input", { type: "range", ...limits });
    bind(model, slider, name, Number, add(form, "output", { htmlFor: slider.id }));
  }
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
