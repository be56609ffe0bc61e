// Play it yourself: the reader's hosts as a picture and as a list, buttons with keys, and the words Python answers with.

function add(parent, tag, settings = {}) {
  const element = Object.assign(document.createElement(tag), settings);
  parent.append(element);
  return element;
}

function render({ model, el }) {
  el.style.cssText = "color:var(--jp-content-font-color1,inherit);font-size:var(--jp-content-font-size1,14px);max-width:60em";
  const words = add(el, "p");
  words.style.cssText = "white-space:pre-line;min-height:3em;margin:0 0 0.5em";
  words.setAttribute("role", "status");
  const picture = add(el, "div");
  const id = `course-play-${crypto.randomUUID()}`;
  add(el, "label", { htmlFor: id, textContent: "your hosts" }).style.cssText = "display:block;margin-top:0.5em";
  const list = add(el, "select", { id, size: 6 });
  list.style.cssText = "width:100%;max-width:46em;font:inherit;color:inherit;background:var(--jp-layout-color1,transparent)";
  list.setAttribute("data-lm-suppress-shortcuts", "true");
  const row = add(el, "div");
  row.style.cssText = "display:flex;flex-wrap:wrap;gap:0.5em;margin-top:0.5em";

  // Until Python has answered, the next choice would replace this one on its way.
  const sent = () => model.get("order")[1] ?? 0;
  const waits = () => sent() > model.get("answered");
  const send = (name) => {
    if (waits()) return;
    model.set("order", [name, sent() + 1]);
    model.save_changes();
    words.textContent = "…";
  };
  const choose = (host) => {
    model.set("selected", host);
    model.save_changes();
  };
  const button = (name, key) => {
    const made = add(row, "button", { textContent: key ? `${name} (${key})` : name });
    made.style.cssText = "font:inherit;padding:0.25em 0.7em";
    made.addEventListener("click", () => send(name));
    return made;
  };
  const keys = new Map(model.get("buttons").map(([name, key]) => [key, button(name, key)]));
  const again = button("Begin again", "");

  list.addEventListener("change", () => choose(Number(list.value)));
  list.addEventListener("keydown", (event) => {
    const wanted = keys.get(event.key);
    if (!wanted || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault(); // a list would look for a host whose name begins so
    if (!wanted.disabled) wanted.click();
  });
  picture.addEventListener("click", (event) => {
    const host = event.target.closest("[data-host]");
    if (host && !model.get("done")) choose(Number(host.dataset.host));
  });

  const show = () => {
    picture.innerHTML = model.get("picture");
    words.textContent = waits() ? "…" : model.get("text");
    list.replaceChildren(...model.get("hosts").map(([value, text]) => new Option(text, value)));
    list.value = model.get("selected");
    for (const made of keys.values()) made.disabled = model.get("done");
    again.hidden = !model.get("done");
  };
  model.on("change:picture change:text change:hosts change:selected change:done change:answered", show);
  show();
}

export default { render };
