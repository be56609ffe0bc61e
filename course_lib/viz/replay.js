// Plays one episode (frame.js stands before it): expands the changes of each tick to full frames, then shows one frame at a time.
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const svg = (name, attributes) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
};
const last = data.score.length - 1;
let frame = 0;
let timer = null;

// A row of data.levels, .decoys or .blocks lists [index, new value, index, new value, ...] of one frame.
function expand(rows, size) {
  const state = new Uint8Array(size);
  return rows.map((row) => {
    for (let i = 0; i < row.length; i += 2) state[row[i]] = row[i + 1];
    return state.slice();
  });
}
const levels = expand(data.levels, 128);
const decoys = expand(data.decoys, 128);
const blocks = expand(data.blocks, data.pairs);
const hosts = [...document.querySelectorAll(".host")].map((element) => ({ element, number: +element.id.slice(1) }));
const ways = document.querySelectorAll("#ways path");
const bars = document.querySelectorAll("#bars path");
const centre = (host) => {
  const place = byId(`h${host}`).dataset;
  return [+place.x, +place.y];
};

function drawActions() {
  const layer = byId("actions");
  layer.replaceChildren();
  for (const host of data.rings[frame]) {
    const [cx, cy] = centre(host);
    layer.append(svg("circle", { class: "ring", cx, cy, r: 16 }));
  }
  for (const [source, host, success] of data.attacks[frame]) {
    const look = `attack ${success ? "" : "failed"}`;
    const [x2, y2] = centre(host);
    if (source < 0 || source === host) {
      layer.append(svg("circle", { class: look, cx: x2, cy: y2, r: 19 }));
      continue;
    }
    const [x1, y1] = centre(source);
    const length = Math.hypot(x2 - x1, y2 - y1);
    const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length];
    const d = `M${x1 + 11 * ux} ${y1 + 11 * uy}L${x2 - 15 * ux} ${y2 - 15 * uy}`;
    layer.append(svg("path", { class: look, d, "marker-end": "url(#arrow)" }));
  }
}

function list(id, lines, none) {
  byId(id).replaceChildren(...(lines.length ? lines : [none]).map((line) => {
    const item = document.createElement("li");
    item.textContent = line;
    return item;
  }));
}

function show(wanted) {
  frame = Math.max(0, Math.min(last, wanted));
  for (const { element, number } of hosts) {
    element.setAttribute("class", `host l${levels[frame][number]}${decoys[frame][number] ? " d" : ""}`);
  }
  blocks[frame].forEach((on, i) => [ways[i], bars[i]].forEach((path) => path.classList.toggle("on", on)));
  drawActions();
  list("blue", data.blue[frame], "nothing finished");
  list("red", data.red[frame], "nothing came due");
  byId("alerts").textContent = `Alerts: ${data.alerts[frame] || "none"}`;
  const phase = data.phases.filter(([start]) => start <= frame).at(-1)[1];
  const held = levels[frame].filter((level) => level > 0).length;
  const text = `Tick ${frame} of ${last} · ${phase} · score so far ${data.score[frame]} points · red holds ${held} of ${hosts.length} hosts`;
  byId("status").textContent = text;
  byId("slider").value = frame;
  byId("slider").setAttribute("aria-valuetext", text);
  const x = (1000 * frame) / last;
  for (const end of ["x1", "x2"]) byId("now").setAttribute(end, x);
}

function pause() {
  clearInterval(timer);
  timer = null;
  byId("play").textContent = "Play";
  byId("status").setAttribute("aria-live", "polite");
}

function play() {
  if (frame === last) show(0);
  byId("play").textContent = "Pause";
  byId("status").setAttribute("aria-live", "off"); // a running replay would flood a screen reader
  timer = setInterval(() => (frame < last ? show(frame + 1) : pause()), 1000 / byId("speed").value);
}

const jump = (wanted) => { pause(); show(wanted); };
const toggle = () => (timer === null ? play() : pause());
const later = () => jump(data.changes.find((tick) => tick > frame) ?? last);
const earlier = () => jump(data.changes.findLast((tick) => tick < frame) ?? 0);

byId("play").onclick = toggle;
byId("back").onclick = () => jump(frame - 1);
byId("step").onclick = () => jump(frame + 1);
byId("later").onclick = later;
byId("earlier").onclick = earlier;
byId("slider").oninput = (event) => jump(+event.target.value);
byId("speed").onchange = () => { if (timer !== null) { pause(); play(); } };
byId("timeline").onclick = (event) => {
  const area = byId("timeline").getBoundingClientRect();
  jump(Math.round((last * (event.clientX - area.left)) / area.width));
};
const keys = {
  ArrowRight: () => jump(frame + 1), ArrowLeft: () => jump(frame - 1),
  Home: () => jump(0), End: () => jump(last), n: later, p: earlier, " ": toggle,
};
document.addEventListener("keydown", (event) => {
  const onControl = ["BUTTON", "SELECT"].includes(event.target.tagName) && event.key === " ";
  const modified = event.ctrlKey || event.altKey || event.metaKey || event.target.tagName === "SELECT";
  if (!keys[event.key] || onControl || modified) return;
  event.preventDefault();
  keys[event.key]();
});

adapt();
show(0);
fit();
