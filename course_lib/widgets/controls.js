// What the widgets share: labelled controls for Python's settings, and the words and the picture that Python answers with.

function add(parent, tag, settings = {}) {
  const element = Object.assign(document.createElement(tag), settings);
  parent.append(element);
  return element;
}

// The notebook would otherwise take the keys that a control needs, such as the arrows on a slider.
function keepKeys(control) {
  control.setAttribute("data-lm-suppress-shortcuts", "true");
  return control;
}

// The place for the controls, three columns: label, control, number.
function addForm(el, width = "56em") {
  const size = "font-size:var(--jp-content-font-size1,14px)";
  el.style.cssText = `color:var(--jp-content-font-color1,inherit);${size};max-width:${width}`;
  const form = add(el, "div");
  const columns = "grid-template-columns:max-content minmax(8em,22em) 4em";
  form.style.cssText = `display:grid;${columns};gap:0.4em 1em;align-items:center`;
  return form;
}

function addControl(form, label, tag, settings = {}) {
  const id = `course-control-${crypto.randomUUID()}`; // two views of one widget must not share their labels
  add(form, "label", { htmlFor: id, textContent: label });
  return keepKeys(add(form, tag, { id, ...settings }));
}

function send(model, name, value) {
  model.set(name, value);
  model.save_changes();
}

// Calls `show` now and whenever one of the settings changes.
function follow(model, names, show) {
  model.on(names.map((name) => `change:${name}`).join(" "), show);
  show();
}

// With `wait` Python hears of a slider when it rests, not while it moves: for answers that take a moment.
function addSlider(form, model, { name, label, wait = false, ...limits }) {
  const slider = addControl(form, label, "input", { type: "range", ...limits });
  const number = add(form, "output", { htmlFor: slider.id });
  slider.addEventListener("input", () => (number.textContent = slider.value));
  slider.addEventListener(wait ? "change" : "input", () => send(model, name, Number(slider.value)));
  follow(model, [name], () => {
    slider.value = model.get(name);
    number.textContent = String(model.get(name));
  });
}

// Options are texts, or pairs of a value and its text.
function addOptions(select, options) {
  for (const option of options) {
    const [value, textContent] = typeof option === "string" ? [option, option] : option;
    add(select, "option", { value, textContent });
  }
}

function addSelect(form, model, { name, label, options }) {
  const select = addControl(form, label, "select");
  addOptions(select, options);
  add(form, "span"); // a list shows its own value: the column of numbers stays empty
  select.addEventListener("change", () => send(model, name, select.value));
  follow(model, [name], () => (select.value = model.get(name)));
}

// What Python says, read out when it changes.
function addWords(parent, model) {
  const words = add(parent, "p");
  words.setAttribute("role", "status");
  follow(model, ["text"], () => (words.textContent = model.get("text")));
}

function addPicture(parent, model) {
  const picture = add(parent, "div");
  follow(model, ["picture"], () => (picture.innerHTML = model.get("picture")));
}

// A list to choose an answer from, and what Python says to it.
function addTask(parent, model, { ask, options }, place) {
  const select = addControl(parent, `${place + 1}. ${ask}`, "select");
  addOptions(select, ["your answer …", ...options]);
  const said = add(parent, "p", { role: "note" });
  said.style.margin = "0 0 0.6em";
  select.addEventListener("change", () => send(model, "answers", { ...model.get("answers"), [place]: select.value }));
  follow(model, ["verdicts"], () => (said.textContent = model.get("verdicts")[place]));
}

function addTasks(parent, model) {
  const tasks = add(parent, "div");
  tasks.style.cssText = "display:flex;flex-direction:column;align-items:start;flex:1 1 18em";
  model.get("questions").forEach((task, place) => addTask(tasks, model, task, place));
}
