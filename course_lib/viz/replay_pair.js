// Two films moved by one set of controls; over the second one stand the orders that its units hold.
"use strict";
const { films, orders, places } = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const frames = [...document.querySelectorAll("iframe")];
const slider = byId("slider");
const last = Number(slider.max);
let frame = 0;
let timer = null;

// What a zone is ordered stands in its box, to the right of its name.
function drawOrders(page) {
  for (const [zone, [x, y]] of Object.entries(places)) {
    const label = page.createElementNS("http://www.w3.org/2000/svg", "text");
    for (const [name, value] of Object.entries({ id: `order-${zone}`, class: "order", x, y, "text-anchor": "end" })) label.setAttribute(name, value);
    page.getElementById("actions").before(label);
  }
}

function show(wanted) {
  frame = Math.max(0, Math.min(last, wanted));
  frames.forEach(({ contentWindow }) => contentWindow.show?.(frame));
  const held = orders.filter(([tick]) => tick <= frame).at(-1);
  for (const [zone, order] of Object.entries(held ? held[1] : {})) {
    const label = frames[1].contentDocument?.getElementById(`order-${zone}`);
    if (label) label.textContent = order;
  }
  slider.value = frame;
  slider.setAttribute("aria-valuetext", `Tick ${frame} of ${last}`);
  byId("status").textContent = `Tick ${frame} of ${last}`;
}

function pause() {
  clearInterval(timer);
  timer = null;
  byId("play").textContent = "Play both";
}

function play() {
  if (frame === last) show(0);
  byId("play").textContent = "Pause";
  timer = setInterval(() => (frame < last ? show(frame + 1) : pause()), 1000 / byId("speed").value);
}

const jump = (wanted) => { pause(); show(wanted); };
byId("play").onclick = () => (timer === null ? play() : pause());
byId("back").onclick = () => jump(frame - 1);
byId("step").onclick = () => jump(frame + 1);
slider.oninput = () => jump(Number(slider.value));
byId("speed").onchange = () => { if (timer !== null) { pause(); play(); } };

// A film of the pair has no theme of its own to follow: it takes that of the page around it.
function paint() {
  const own = document.documentElement;
  for (const { contentDocument } of frames) {
    const root = contentDocument?.documentElement;
    if (!root) continue;
    if (own.dataset.theme) root.dataset.theme = own.dataset.theme;
    for (const name of ["--bg", "--ink"]) root.style.setProperty(name, own.style.getPropertyValue(name));
  }
}

frames.forEach((film, place) => {
  film.onload = () => {
    film.contentDocument.getElementById("status").setAttribute("aria-live", "off"); // one voice is enough
    if (place === 1) drawOrders(film.contentDocument);
    paint();
    show(frame);
    fit();
  };
  film.srcdoc = films[place];
});
window.addEventListener("theme", paint);
adapt();
fit();
