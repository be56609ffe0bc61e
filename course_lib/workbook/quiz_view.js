// The quiz in a notebook: one group of radio buttons per question. What is right, and why, is Python's to say.

function add(parent, tag, className, content) {
  const element = document.createElement(tag);
  element.className = className;
  element.innerHTML = content;
  parent.append(element);
  return element;
}

function addOption(group, model, question, option, content) {
  const label = add(group, "label", "course-option", "");
  const radio = add(label, "input", "", "");
  Object.assign(radio, { type: "radio", name: group.id, checked: model.get("chosen")[question] === option });
  // The notebook would otherwise take the arrow keys, which choose among radio buttons, to move between its cells.
  radio.setAttribute("data-lm-suppress-shortcuts", "true");
  add(label, "span", "", content);
  radio.addEventListener("change", () => {
    const chosen = [...model.get("chosen")];
    chosen[question] = option;
    model.set("chosen", chosen);
    model.save_changes();
  });
}

function render({ model, el }) {
  el.classList.add("course-quiz");
  const verdicts = model.get("questions").map(({ text, options }, question) => {
    const group = add(el, "fieldset", "", "");
    group.id = `course-quiz-${crypto.randomUUID()}`; // two views of one quiz must not share their buttons
    add(group, "legend", "", text);
    options.forEach((content, option) => addOption(group, model, question, option, content));
    const verdict = add(group, "div", "course-verdict", "");
    verdict.setAttribute("role", "status");
    return verdict;
  });
  const show = () => model.get("verdicts").forEach((said, question) => (verdicts[question].innerHTML = said));
  model.on("change:verdicts", show);
  show();
}

export default { render };
