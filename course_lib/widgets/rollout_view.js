// The widget of lesson 09, imagined against real: labelled controls for Python's settings, and the picture and words it answers with.

function add(parent, tag, settings = {}) {
  const element = Object.assign(document.createElement(tag), settings);
  parent.append(element);
  return element;
}

// A label and the control it belongs to. The notebook would otherwise take the arrow keys.
function addControl(form, model, name, label, options) {
  const id = `course-rollout-${crypto.randomUUID()}`;
  add(form, "label", { htmlFor: id, textContent: label });
  const control = options
    ? add(form, "select", { id })
    : add(form, "input", { id, type: "range", min: 1, max: model.get("steps"), step: 1 });
  control.setAttribute("data-lm-suppress-shortcuts", "true");
  (options ?? []).forEach((value) => add(control, "option", { value, textContent: value }));
  const number = add(form, "output", { htmlFor: id });
  const show = () => {
    control.value = model.get(name);
    if (!options) number.textContent = String(model.get(name));
  };
  control.addEventListener("input", () => {
    model.set(name, options ? control.value : Number(control.value));
    model.save_changes();
  });
  model.on(`change:${name}`, show);
  show();
}

function render({ model, el }) {
  el.style.cssText = "color:var(--jp-content-font-color1,inherit);font-size:var(--jp-content-font-size1,14px);max-width:56em";
  const form = add(el, "div");
  form.style.cssText = "display:grid;grid-template-columns:max-content minmax(8em,22em) 4em;gap:0.4em 1em;align-items:center";
  addControl(form, model, "operator", "who acts", model.get("operators"));
  addControl(form, model, "model", "who imagines", model.get("models"));
  addControl(form, model, "step", "steps ahead");
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
