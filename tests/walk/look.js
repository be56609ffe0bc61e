// What is wrong with how a page looks: the notebook's own page, or that of a film inside it.
() => {
  const found = [];
  const panel = document.querySelector(".jp-NotebookPanel:not(.lm-mod-hidden)");
  const shown = (element) => element.getClientRects().length > 0;
  const named = (element) => element.tagName.toLowerCase() + (element.classList.length ? "." + element.classList[0] : "");

  // Size of a letter as it is seen: a drawing may be shown smaller than it was drawn.
  const pixels = (element) => {
    const size = parseFloat(getComputedStyle(element).fontSize);
    const scale = element.getScreenCTM && element.getScreenCTM();
    return scale ? size * Math.hypot(scale.a, scale.b) : size;
  };

  const lookInto = (root, where) => {
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const small = new Map();
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      const element = text.parentElement;
      if (!text.data.trim() || ["STYLE", "SCRIPT", "TITLE", "DESC"].includes(element.tagName)) continue;
      if (element.closest(".MathJax, mjx-container, .cm-editor, .jp-icon3, select, option, .katex") || !shown(element)) continue;
      const size = Math.round(pixels(element) * 10) / 10;
      if (size < 11.95 && size > 0) small.set(size, [...(small.get(size) || []), text.data.trim().slice(0, 30)]);
    }
    for (const [size, said] of small) found.push(`${where}: ${said.length} texts of ${size} px: ${said.slice(0, 3).join(" | ")}`);
    for (const element of [root, ...root.querySelectorAll("*")]) {
      if (!shown(element)) continue;
      if (element.closest(".MathJax, mjx-container")) continue;
      const overflow = getComputedStyle(element).overflowX;
      const wide = element.scrollWidth - element.clientWidth;
      if ((overflow === "auto" || overflow === "scroll") && wide > 1)
        found.push(`${where}: ${named(element)} scrolls sideways by ${wide} px: ${(element.innerText || "").trim().slice(0, 50).replace(/\s+/g, " ")}`);
    }
    for (const image of root.querySelectorAll("img"))
      if (shown(image) && image.complete && !image.naturalWidth) found.push(`${where}: a picture is missing: ${image.src.slice(0, 80)}`);
      else if (shown(image) && image.naturalWidth > image.clientWidth * 1.15)
        found.push(`${where}: a picture of ${image.naturalWidth} px is shown at ${image.clientWidth} px`);
    if (root.innerText && /Error displaying widget|Loading widget|Javascript Error/i.test(root.innerText)) found.push(`${where}: a widget does not show`);
  };

  if (!panel) {
    lookInto(document.body, "film");
    return found;
  }
  panel.querySelectorAll(".jp-Cell").forEach((cell, index) => {
    for (const output of cell.querySelectorAll(".jp-OutputArea-output, .jp-MarkdownOutput")) if (shown(output)) lookInto(output, `cell ${index}`);
    const code = cell.querySelector(".jp-CodeCell .cm-scroller, .cm-scroller");
    if (code && shown(code) && code.scrollWidth - code.clientWidth > 1) found.push(`cell ${index}: its code scrolls sideways by ${code.scrollWidth - code.clientWidth} px`);
  });
  return found;
}
