// The message widget of lesson 08; its controls are those of controls.js.

const INTRUDER = "intruder turns the switch before day (0: never)";

function render({ model, el }) {
  const form = addForm(el);
  addSelect(form, model, { name: "protocol", label: "protocol", options: model.get("names") });
  addSlider(form, model, { name: "episode", label: "episode", min: 0, max: 99, step: 1 });
  addSlider(form, model, { name: "flip_day", label: INTRUDER, min: 0, max: model.get("days"), step: 1 });
  addWords(el, model);
  addPicture(el, model);
}

export default { render };
