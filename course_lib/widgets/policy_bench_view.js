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

function addGrid(el, columns) {
  const grid = add(el, "div");
  grid.style.cssText = `display:grid;grid-template-columns:${columns};gap:0.2em 0.8em;align-items:center;margin-bottom:0.3em`;
  return grid;
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
  el.style.cssText = "color:var(--jp-content-font-color1,inherit);font-size:var(--jp-content-font-size1,14px)";
  // Two sliders side by side: what they change stands below them, in sight at 1280 x 800.
  const form = addGrid(el, "max-content minmax(8em,26em) 0");
  const shares = addGrid(el, "repeat(2, max-content minmax(5em,11em) 3em)");
  const switches = addGrid(el, "max-content 2em 0");
  const situation = addChoice(form, "situation", model.get("situations"), (name) => send(model, "situation", name));
  const classes = model.get("classes");
  const orders = [["", "none: all priorities 1"], ...classes.map((name) => [name, name]), ["mixed", "a mixture (sliders)"]];
  const order = addChoice(form, "order from above", orders, (wanted) => {
    if (wanted === "mixed") order.value = orderOf(model);
    else send(model, "command", classes.map((name) => (!wanted || name === wanted ? 1 : model.get("floor"))));
  });
  order.title = "Sets the eight priorities as a commander of this team does";
  classes.forEach((name, place) => addShare(shares, model, "command", `priority of ${name}`, place));
  addShare(shares, model, "ioc", "IOC, the shared alert");
  addShare(shares, model, "weight", "w, weight of the doctrine");
  model.get("rules").forEach((rule, place) => addRule(switches, model, rule, place));
  addWords(el, model);
  const below = add(el, "div");
  below.style.cssText = "display:flex;flex-wrap:wrap;gap:0.5em 2em";
  const answer = add(below, "div");
  follow(model, ["table"], () => (answer.innerHTML = model.get("table")));
  follow(model, ["situation"], () => (situation.value = model.get("situation")));
  follow(model, ["command"], () => (order.value = orderOf(model)));
  addTasks(below, model);
}

export default { render };
