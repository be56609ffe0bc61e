// The mixer widget of lesson 07; its controls are those of controls.js.

const SLIDERS = [
  { name: "both", label: "points for acting together, (a, a)", min: 0, max: 12, step: 1, wait: true },
  { name: "alone", label: "points when one agent acts alone", min: -12, max: 0, step: 1, wait: true },
];
const METHODS = ["VDN", "QMIX", "weighted QMIX", "QTRAN"];

function render({ model, el }) {
  const form = addForm(el, "none"); // the picture is wide: two tables and a surface
  addSelect(form, model, { name: "method", label: "method", options: METHODS });
  SLIDERS.forEach((slider) => addSlider(form, model, slider));
  addWords(el, model);
  addPicture(el, model);
}

export default { render };
