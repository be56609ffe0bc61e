// The policy bench of lesson 11: labelled controls for Python's settings, and the table and words it answers with.

function add(parent, tag, settings = {}) {
  const element = Object.assign(document.createElement(tag), settings);
  parent.append(element);
  return element;
}

// A label and the control it belongs to. The notebook would otherwise take the arrow keys.
function addControl(form, labelText, tag, settings) {
  const id = `course-bench-${crypto.randomUUID()}`;
  add(form, "label", { htmlFor: id, textContent: labelText });
  const control = add(form, tag, { id, ...settings });
  control.setAttribute("data-lm-suppress-shortcuts", "true");
  return control;
}

function send(model, name, value) {
  model.set(name, value);
  model.save_changes();
}

// A slider for a number, or for one entry of a list of numbers.
function addSlider(form, model, name, label, place = null) {
  const slider = addControl(form, label, "input", { type: "range", min: 0, max: 1, step: 0.05 });
  const number = add(form, "output", { htmlFor: slider.id });
  const value = () => (place === null ? model.get(name) : model.get(name)[place]);
  const show = () => {
    slider.value = value();
    number.textContent = value().toFixed(2);
  };
  slider.addEventListener("input", () => {
    const moved = Number(slider.value);
    send(model, name, place === null ? moved : model.get(name).with(place, moved));
  });
  model.on(`change:${name}`, show);
  show();
}

function addRule(form, model, rule, place) {
  const box = addControl(form, `rule ${place + 1}: ${rule}`, "input", { type: "checkbox" });
  box.style.justifySelf = "start";
  add(form, "span");
  const show = () => (box.checked = model.get("enabled")[place]);
  box.addEventListener("change", () => send(model, "enabled", model.get("enabled").with(place, box.checked)));
  model.on("change:enabled", show);
  show();
}

function addChoice(form, label, options, chosen) {
  const select = addControl(form, label, "select", {});
  for (const [value, text] of options) add(select, "option", { value, textContent: text });
  add(form, "span");
  select.addEventListener("change", () => chosen(select.value));
  return select;
}

// The order that the eight priorities are: of one class, none, or a mixture of one's own.
function orderOf(model) {
  const command = model.get("command");
  if (command.every((priority) => priority === 1)) return "";
  const named = model.get("classes").filter((name, place) =>
    command.every((priority, other) => priority === (other === place ? 1 : model.get("floor"))));
  return named[0] ?? "mixed";
}

// A list to choose an answer from, and what Python says to it.
function addQuestion(parent, model, { ask, options }, place) {
  const id = `course-bench-${crypto.randomUUID()}`;
  add(parent, "label", { htmlFor: id, textContent: `${place + 1}. ${ask}` });
  const select = add(parent, "select", { id });
  select.setAttribute("data-lm-suppress-shortcuts", "true");
  for (const option of ["your answer …", ...options]) add(select, "option", { value: option, textContent: option });
  const said = add(parent, "p", { role: "note" });
  said.style.margin = "0 0 0.6em";
  select.addEventListener("change", () => send(model, "answers", { ...model.get("answers"), [place]: select.value }));
  const show = () => (said.textContent = model.get("verdicts")[place]);
  model.on("change:verdicts", show);
  show();
}

function render({ model, el }) {
  el.style.cssText = "display:flex;flex-wrap:wrap;gap:1em 2.5em;color:var(--jp-content-font-color1,inherit);" +
    "font-size:var(--jp-content-font-size1,14px)";
  const form = add(el, "div");
  form.style.cssText = "display:grid;grid-template-columns:max-content minmax(8em,23em) 3em;gap:0.3em 1em;align-items:center;align-content:start";
  const situation = addChoice(form, "situation", model.get("situations"), (name) => send(model, "situation", name));
  const classes = model.get("classes");
  const orders = [["", "none: all priorities 1"], ...classes.map((name) => [name, name]), ["mixed", "a mixture (sliders)"]];
  const order = addChoice(form, "order from above", orders, (wanted) => {
    if (wanted === "mixed") order.value = orderOf(model);
    else send(model, "command", classes.map((name) => (!wanted || name === wanted ? 1 : model.get("floor"))));
  });
  order.title = "Sets the eight priorities as a commander of this team does";
  classes.forEach((name, place) => addSlider(form, model, "command", `priority of ${name}`, place));
  addSlider(form, model, "ioc", "IOC, the shared alert");
  addSlider(form, model, "weight", "w, weight of the doctrine");
  model.get("rules").forEach((rule, place) => addRule(form, model, rule, place));
  const right = add(el, "div");
  right.style.maxWidth = "44em";
  const words = add(right, "p");
  words.setAttribute("role", "status");
  const answer = add(right, "div");
  const show = () => {
    situation.value = model.get("situation");
    words.textContent = model.get("text");
    answer.innerHTML = model.get("table");
  };
  model.on("change:text change:table change:situation", show);
  show();
  const ordered = () => (order.value = orderOf(model));
  model.on("change:command", ordered);
  ordered();
  const questions = add(right, "div");
  questions.style.cssText = "display:flex;flex-direction:column;align-items:start;margin-top:0.6em";
  model.get("questions").forEach((question, place) => addQuestion(questions, model, question, place));
}

export default { render };
