// A prediction in a notebook: one choice, or a field for each number, and two buttons. How far off is Python's to say.

function addField(group, label) {
  const box = add(group, "label", "course-field", "");
  add(box, "span", "", label);
  const field = keepKeys(add(box, "input", "", ""));
  Object.assign(field, { type: "text", inputMode: "decimal", size: 10, autocomplete: "off" });
  // The notebook keeps the browser from sending a form with Enter.
  field.addEventListener("keydown", (event) => event.key === "Enter" && field.form.requestSubmit());
  return field;
}

// The controls of a prediction, and a function that reads what was entered in them.
function addControls(group, model) {
  const options = model.get("options");
  if (options.length) {
    const radios = options.map((content) => addRadio(group, content, false, () => {}));
    return () => radios.flatMap((radio, number) => (radio.checked ? [String(number)] : []));
  }
  const fields = model.get("fields").map((label) => addField(group, label));
  return () => fields.map((field) => field.value);
}

function addButton(parent, type, text) {
  return keepKeys(Object.assign(add(parent, "button", "course-button", text), { type }));
}

function render({ model, el }) {
  el.classList.add("course-predict", "course-form", `course-${model.get("role")}`);
  const form = add(el, "form", "", "");
  const group = addGroup(form, model.get("question"));
  const controls = add(group, "div", "", "");
  controls.id = group.id;
  const read = addControls(controls, model);
  const buttons = add(group, "div", "course-buttons", "");
  addButton(buttons, "submit", "Note my guess");
  const skip = addButton(buttons, "button", "Skip, show me");
  const verdict = addVerdict(form);
  verdict.tabIndex = -1;
  const send = (name, value) => {
    model.set(name, value);
    model.save_changes();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send("entered", read());
  });
  skip.addEventListener("click", () => send("skipped", true));
  const show = () => {
    const waits = model.get("waits");
    const leaves = !waits && form.contains(document.activeElement);
    el.classList.toggle("course-waits", waits);
    controls.hidden = buttons.hidden = !waits;
    verdict.innerHTML = model.get("said");
    if (leaves) verdict.focus(); // the button that had the focus is gone
  };
  model.on("change:waits change:said", show);
  show();
}

export default { render };
