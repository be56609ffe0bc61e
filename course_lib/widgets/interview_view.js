// The interview of lesson 03: a form on the left, and what Python makes of the answers on the right. What it shares with
// other widgets is in controls.js.

const LOOK = {
  frame: "display:grid;grid-template-columns:minmax(18em,1fr) minmax(18em,1.2fr);gap:1.5em;max-width:80em;" +
    "color:var(--jp-content-font-color1,inherit);font-size:var(--jp-content-font-size1,14px);line-height:1.45",
  side: "max-height:40em;overflow-y:auto;padding:0 0.8em 0 0.4em",
  control: "width:100%;font:inherit;padding:0.2em;color:var(--jp-content-font-color1,inherit);" +
    "background:var(--jp-layout-color1,Canvas);border:1px solid var(--jp-border-color1,#888)",
  question: "margin:0 0 0.9em;padding-left:0.6em;border-left:4px solid transparent",
  next: "margin:0 0 0.9em;padding-left:0.6em;border-left:4px dashed var(--jp-brand-color1,#1976d2)",
  path: "margin:0 0 0.9em;padding-left:0.6em;border-left:4px solid #1f9d55",
};
const VERDICTS = `
.course-verdicts ul{list-style:none;display:flex;flex-wrap:wrap;gap:0.3em;margin:0.2em 0 0.6em;padding:0}
.course-verdicts li{padding:0 0.5em;border:1px solid currentColor;border-radius:0.6em}
.course-verdicts li[data-verdict="excluded"]{opacity:0.55;border-style:dotted}
.course-verdicts li[data-verdict="chosen"]{border:2px solid #1f9d55}`;

// A label and a list to choose from below it.
function addChoice(parent, labelText, options) {
  const select = addControl(parent, labelText, "select");
  select.style.cssText = LOOK.control;
  addOptions(select, options);
  return { label: select.previousElementSibling, select };
}

function addCases(form, model) {
  const { select } = addChoice(form, "Start from a worked case:", [["", "my own problem"], ...model.get("cases")]);
  select.addEventListener("change", () => {
    model.set("case", select.value);
    if (!select.value) model.set("answers", {});
    model.save_changes();
  });
  follow(model, ["case"], () => (select.value = model.get("case")));
}

function addQuestion(form, model, { id, text, why, options }) {
  const box = add(form, "div");
  const { label, select } = addChoice(box, text, options);
  const reason = add(box, "details");
  reason.style.fontSize = "90%";
  add(reason, "summary", { textContent: "Why is this asked?" });
  add(reason, "span", { textContent: why });
  const show = () => {
    const next = model.get("ask_next") === id;
    select.value = model.get("answers")[id] ?? "unknown";
    label.textContent = next ? `→ Answer this next: ${text}` : text;
    box.style.cssText = next ? LOOK.next : model.get("path").includes(id) ? LOOK.path : LOOK.question;
  };
  select.addEventListener("change", () => send(model, "answers", { ...model.get("answers"), [id]: select.value }));
  follow(model, ["answers", "ask_next", "path"], show);
}

function render({ model, el }) {
  const frame = add(el, "div");
  frame.style.cssText = LOOK.frame;
  const form = add(frame, "div");
  const right = add(frame, "div", { tabIndex: 0 });
  form.style.cssText = right.style.cssText = LOOK.side;
  for (const [side, name] of [[form, "Questions"], [right, "Verdict and argument"]]) {
    side.setAttribute("role", "region");
    side.setAttribute("aria-label", name);
  }
  addCases(form, model);
  let heading = "";
  for (const question of model.get("questions")) {
    if (question.heading !== heading) add(form, "h4", { textContent: (heading = question.heading), style: "margin:1em 0 .4em" });
    addQuestion(form, model, question);
  }
  const verdict = add(right, "p", { role: "status" });
  verdict.style.fontWeight = "bold";
  add(right, "style", { textContent: VERDICTS });
  const verdicts = add(right, "div", { className: "course-verdicts" });
  const argument = add(right, "div");
  const show = () => {
    verdict.textContent = model.get("text");
    verdicts.innerHTML = model.get("verdicts");
    argument.innerHTML = model.get("argument");
  };
  follow(model, ["text", "verdicts", "argument"], show);
}

export default { render };
