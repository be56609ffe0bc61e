// The surface widget of lesson 06: labelled controls for Python's settings, and the picture and words it answers with.

const SLIDERS = [
  { name: "alpha", label: "alpha: share of a good surprise that is learnt", min: 0.01, max: 1, step: 0.01, wait: true },
  { name: "beta", label: "beta: share of a bad surprise that is learnt", min: 0, max: 1, step: 0.01, wait: true },
  { name: "leniency", label: "leniency: starting temperature", min: 0, max: 50, step: 1, wait: true },
  { name: "moment", label: "time: moment 1 to 60 of the training", min: 1, max: 60, step: 1, wait: false },
];
const NOISE = { none: "none", partial: "partial: only (b, b) tosses a coin", full: "full: every field tosses a coin" };

function add(parent, tag, settings = {}) {
  const element = Object.assign(document.createElement(tag), settings);
  parent.append(element);
  return element;
}

// A label in the column on the left, and the control it belongs to. The notebook would otherwise take the arrow keys.
function addControl(form, labelText, tag, settings) {
  const id = `course-surface-${crypto.randomUUID()}`;
  add(form, "label", { htmlFor: id, textContent: labelText });
  const control = add(form, tag, { id, ...settings });
  control.setAttribute("data-lm-suppress-shortcuts", "true");
  return control;
}

function addSlider(form, model, { name, label, min, max, step, wait }) {
  const slider = addControl(form, label, "input", { type: "range", min, max, step });
  const number = add(form, "output", { htmlFor: slider.id });
  const show = () => {
    slider.value = model.get(name);
    number.textContent = String(model.get(name));
  };
  slider.addEventListener("input", () => (number.textContent = slider.value));
  // Settings learn anew, so they wait until the slider rests; time only looks elsewhere in the record.
  slider.addEventListener(wait ? "change" : "input", () => {
    model.set(name, Number(slider.value));
    model.save_changes();
  });
  model.on(`change:${name}`, show);
  show();
}

function addNoise(form, model) {
  const select = addControl(form, "noise: which payoffs are drawn by chance", "select", {});
  for (const [value, text] of Object.entries(NOISE)) add(select, "option", { value, textContent: text });
  add(form, "span");
  const show = () => (select.value = model.get("noise"));
  select.addEventListener("change", () => {
    model.set("noise", select.value);
    model.save_changes();
  });
  model.on("change:noise", show);
  show();
}

// Goes through the recorded moments, from the first one again where it stands at the end.
function addPlay(parent, model) {
  let timer = 0;
  const button = add(parent, "button", { type: "button", textContent: "▶ Play the training" });
  button.setAttribute("data-lm-suppress-shortcuts", "true");
  const show = (moment) => {
    model.set("moment", moment);
    model.save_changes();
  };
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

// A list to choose an answer from, and what Python says to it.
function addQuestion(parent, model, { ask, options }, place) {
  const id = `course-surface-${crypto.randomUUID()}`;
  add(parent, "label", { htmlFor: id, textContent: `${place + 1}. ${ask}` });
  const select = add(parent, "select", { id });
  select.setAttribute("data-lm-suppress-shortcuts", "true");
  for (const option of ["your answer …", ...options]) add(select, "option", { value: option, textContent: option });
  const said = add(parent, "p", { role: "note" });
  said.style.margin = "0 0 0.6em";
  select.addEventListener("change", () => {
    model.set("answers", { ...model.get("answers"), [place]: select.value });
    model.save_changes();
  });
  const show = () => (said.textContent = model.get("verdicts")[place]);
  model.on("change:verdicts", show);
  show();
}

function render({ model, el }) {
  el.style.cssText = "color:var(--jp-content-font-color1,inherit);font-size:var(--jp-content-font-size1,14px);max-width:66em";
  const form = add(el, "div");
  form.style.cssText = "display:grid;grid-template-columns:max-content minmax(8em,22em) 4em;gap:0.4em 1em;align-items:center";
  SLIDERS.forEach((slider) => addSlider(form, model, slider));
  addNoise(form, model);
  addPlay(form, model);
  const words = add(el, "p");
  words.setAttribute("role", "status");
  const beside = add(el, "div");
  beside.style.cssText = "display:flex;flex-wrap:wrap;gap:1em 2em";
  const picture = add(beside, "div");
  const questions = add(beside, "div");
  questions.style.cssText = "display:flex;flex-direction:column;align-items:start;flex:1 1 18em";
  model.get("questions").forEach((question, place) => addQuestion(questions, model, question, place));
  const show = () => {
    picture.innerHTML = model.get("picture");
    words.textContent = model.get("text");
  };
  model.on("change:text change:picture", show);
  show();
}

export default { render };
