// The surface widget of lesson 06; its controls are those of controls.js.

// Settings learn anew, so they wait until the slider rests; time only looks elsewhere in the record.
const SLIDERS = [
  { name: "alpha", label: "alpha: share of a good surprise that is learned", min: 0.01, max: 1, step: 0.01, wait: true },
  { name: "beta", label: "beta: share of a bad surprise that is learned", min: 0, max: 1, step: 0.01, wait: true },
  { name: "leniency", label: "leniency: starting temperature", min: 0, max: 50, step: 1, wait: true },
  { name: "moment", label: "time: moment 1 to 60 of the training", min: 1, max: 60, step: 1, wait: false },
];
const NOISE = {
  name: "noise",
  label: "noise: which payoffs are drawn by chance",
  options: [["none", "none"], ["partial", "partial: only (b, b) tosses a coin"], ["full", "full: every field tosses a coin"]],
};

// Goes through the recorded moments, from the first one again where it stands at the end.
function addPlay(parent, model) {
  let timer = 0;
  const button = keepKeys(add(parent, "button", { type: "button", textContent: "▶ Play the training" }));
  const show = (moment) => send(model, "moment", moment);
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    button.textContent = "▶ Play the training";
  };
  const next = () => {
    if (!button.isConnected || model.get("moment") >= 60) stop();
    else show(model.get("moment") + 1);
  };
  button.addEventListener("click", () => {
    if (timer) return stop();
    if (model.get("moment") >= 60) show(1);
    timer = setInterval(next, 150);
    button.textContent = "⏸ Pause";
  });
}

function render({ model, el }) {
  const form = addForm(el, "66em");
  SLIDERS.forEach((slider) => addSlider(form, model, slider));
  addSelect(form, model, NOISE);
  addPlay(form, model);
  addWords(el, model);
  const beside = add(el, "div");
  beside.style.cssText = "display:flex;flex-wrap:wrap;gap:1em 2em";
  addPicture(beside, model);
  addTasks(beside, model);
}

export default { render };
