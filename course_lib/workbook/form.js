// What the forms of the workbook share: elements, and radio buttons the notebook leaves alone.

function add(parent, tag, className, content) {
  const element = document.createElement(tag);
  element.className = className;
  element.innerHTML = content;
  parent.append(element);
  return element;
}

// The notebook would otherwise take the keys that a form needs, such as the arrows among radio buttons.
function keepKeys(control) {
  control.setAttribute("data-lm-suppress-shortcuts", "true");
  return control;
}

function addRadio(group, content, checked, chosen) {
  const label = add(group, "label", "course-option", "");
  const radio = keepKeys(add(label, "input", "", ""));
  Object.assign(radio, { type: "radio", name: group.id, checked });
  add(label, "span", "", content);
  radio.addEventListener("change", chosen);
  return radio;
}

function addGroup(parent, content) {
  const group = add(parent, "fieldset", "", "");
  group.id = `course-form-${crypto.randomUUID()}`; // two views of one form must not share their buttons
  add(group, "legend", "", content);
  return group;
}

function addVerdict(parent) {
  const verdict = add(parent, "div", "course-verdict", "");
  verdict.setAttribute("role", "status");
  return verdict;
}
