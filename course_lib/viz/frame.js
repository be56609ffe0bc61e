// What the pages in a notebook's frame share: the theme of the notebook, and a frame as high as its content.

// Inside a notebook: take its theme and follow it when it changes. Listeners of "theme" are told.
function adapt() {
  try {
    const page = window.parent.document;
    if (page === document || !page.body.dataset.jpThemeLight) return;
    const style = window.parent.getComputedStyle(page.body);
    document.documentElement.dataset.theme = page.body.dataset.jpThemeLight === "false" ? "dark" : "light";
    for (const [own, theirs] of [["--bg", "--jp-layout-color0"], ["--ink", "--jp-content-font-color0"]]) {
      const value = style.getPropertyValue(theirs);
      if (value) document.documentElement.style.setProperty(own, value);
    }
    window.dispatchEvent(new Event("theme"));
    if (adapt.watching) return;
    adapt.watching = new MutationObserver(adapt);
    adapt.watching.observe(page.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-jp-theme-name"] });
  } catch { /* another origin: the reader's colour scheme decides */ }
}
function fit() {
  try { window.frameElement.style.height = `${document.documentElement.querySelector("main").offsetHeight + 18}px`; } catch { /* no frame */ }
}
window.addEventListener("resize", fit);
