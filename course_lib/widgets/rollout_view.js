// The widget of lesson 09, imagined against real; its controls are those of controls.js.

function render({ model, el }) {
  const form = addForm(el);
  addSelect(form, model, { name: "operator", label: "who acts", options: model.get("operators") });
  addSelect(form, model, { name: "model", label: "who imagines", options: model.get("models") });
  addSlider(form, model, { name: "step", label: "steps ahead", min: 1, max: model.get("steps"), step: 1 });
  addWords(el, model);
  addPicture(el, model);
}

export default { render };
