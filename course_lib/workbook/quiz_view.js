// The quiz in a notebook: one group of radio buttons per question. What is right, and why, is Python's to say.

function choose(model, question, option) {
  const chosen = [...model.get("chosen")];
  chosen[question] = option;
  model.set("chosen", chosen);
  model.save_changes();
}

function render({ model, el }) {
  el.classList.add("course-quiz", "course-form");
  const verdicts = model.get("questions").map(({ text, options }, question) => {
    const group = addGroup(el, text);
    options.forEach((content, option) => {
      const checked = model.get("chosen")[question] === option;
      addRadio(group, content, checked, () => choose(model, question, option));
    });
    return addVerdict(group);
  });
  const show = () => model.get("verdicts").forEach((said, question) => (verdicts[question].innerHTML = said));
  model.on("change:verdicts", show);
  show();
}

export default { render };
