// The policy bench of lesson 11; its controls are built from those of controls.js.

// A slider for a number, or for one entry of a list of numbers.
function addShare(form, model, name, label, place = null) {
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
  follow(model, [name], show);
}

function addRule(form, model, rule, place) {
  const box = addControl(form, `rule ${place + 1}: ${rule}`, "input", { type: "checkbox" });
  box.style.justifySelf = "start";
  add(form, "span");
  box.addEventListener("change", () => send(model, "enabled", model.get("enabled").with(place, box.checked)));
  follow(model, ["enabled"], () => (box.checked = model.get("enabled")[place]));
}

function addChoice(form, label, options, chosen) {
  const select = addControl(form, label, "select");
  addOptions(select, options);
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
  classes.forEach((name, place) => addShare(form, model, "command", `priority of ${name}`, place));
  addShare(form, model, "ioc", "IOC, the shared alert");
  addShare(form, model, "weight", "w, weight of the doctrine");
  model.get("rules").forEach((rule, place) => addRule(form, model, rule, place));
  const right = add(el, "div");
  right.style.maxWidth = "44em";
  addWords(right, model);
  const answer = add(right, "div");
  follow(model, ["table"], () => (answer.innerHTML = model.get("table")));
  follow(model, ["situation"], () => (situation.value = model.get("situation")));
  follow(model, ["command"], () => (order.value = orderOf(model)));
  addTasks(right, model);
}

export default { render };
