// Stands in for the kernel where there is none: answers what the view asks from what Python wrote into DATA.

// The view numbers its labels with it; a page opened over plain http has none.
crypto.randomUUID ??= () => `id-${Math.random()}`;

async function unpack(letters) {
  const bytes = Uint8Array.from(atob(letters), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

// The mark of the present tick, at its place on the time axis.
function withMark(strip, tick) {
  const [left, right] = strip.match(/data-ends="(\d+) (\d+)"/).slice(1).map(Number);
  const x = left + (right - left) * tick / Math.max(1, DATA.last);
  return strip.replace(/(class="course-now" d="M)[\d.]+/, `$1${x.toFixed(1)}`);
}

// Who is selected has a ring and a line under the name.
function withRings(tree, chosen) {
  const nodes = `.course-attention-tree :is(${chosen.map((name) => `[data-value="${name}"]`).join()})`;
  const ring = `${nodes} circle:last-of-type{stroke:#0e8ae6;stroke-width:3px}`;
  return `<style>${ring}${nodes} tspan:first-child{text-decoration:underline}</style>${tree}`;
}

class RecordedKernel {
  constructor(units, trees) {
    Object.assign(this, { units, trees, listeners: {} });
    this.now = { ...DATA.first };
    this.values = { questions: DATA.questions, verdicts: DATA.questions.map(() => ""), answers: {} };
    this.choose("unit", DATA.first.unit);
  }

  get = (name) => this.values[name];
  set = (name, value) => this.choose(name, value);
  save_changes = () => {}; // nobody is far away

  on(names, listener) {
    for (const name of names.split(" ")) (this.listeners[name] ??= []).push(listener);
  }

  choose(name, value) {
    if (name === "answers")
      this.put({ answers: value, verdicts: DATA.verdicts.map((said, place) => said[value[place]] ?? "") });
    if (name === "unit") return this.choose("sender", Object.keys(this.units[value].panels)[0]);
    if (name === "sender") Object.assign(this.now, { unit: DATA.parents[value], sender: value, dropped: false });
    if (["tick", "rows", "events"].includes(name)) this.now[name] = value;
    this.show();
  }

  send({ do: what }) {
    const { now } = this;
    if (["drop", "undo"].includes(what)) now.dropped = what === "drop" && !now.dropped;
    else if (what === "largest") now.tick = this.nextOf(this.units[now.unit].changes);
    else now.tick = this.nextEvent(what);
    this.show();
  }

  // The one after the present tick in a list that is gone through again and again.
  nextOf(ticks) {
    return ticks[(ticks.indexOf(this.now.tick) + 1) % ticks.length] ?? this.now.tick;
  }

  nextEvent(kind) {
    const { events, sender, tick } = this.now;
    const happened = DATA.events[kind];
    const zones = events in happened ? [events] : DATA.below[sender];
    const ticks = zones.flatMap((zone) => happened[zone]).sort((a, b) => a - b);
    return ticks.find((other) => other > tick) ?? ticks[0] ?? tick;
  }

  show() {
    const { unit, sender, tick, rows, events } = this.now;
    const own = this.units[unit];
    const moment = tick - DATA.ticks[0];
    const dropped = Number(this.now.dropped);
    const panels = own.panels[sender][moment][dropped].map((place, number) => [DATA.panels[number], own.texts[place]]);
    const tree = withRings(this.trees[moment], [unit, sender]);
    const strip = withMark(own.strips[sender][rows][events], tick);
    const buttons = own.buttons[sender][dropped];
    this.put({ ...Object.fromEntries(panels), tree, strip, buttons, controls: own.controls, ...this.now });
  }

  // Several values at once; who listens hears of those that changed.
  put(values) {
    const changed = Object.keys(values).filter((name) => this.values[name] !== values[name]);
    Object.assign(this.values, values);
    new Set(changed.flatMap((name) => this.listeners[`change:${name}`] ?? [])).forEach((listener) => listener());
  }
}

// A page in a frame is told by its address where to open: #tick=99&unit=headquarters
function openWhereTheAddressSays() {
  const asked = new URLSearchParams(location.hash.slice(1));
  const [low, high] = DATA.ticks;
  const tick = Number(asked.get("tick") ?? NaN);
  if (asked.get("unit") in DATA.units) DATA.first.unit = asked.get("unit");
  if (tick >= 0) DATA.first.tick = Math.min(Math.max(tick, low), high);
}

const units = {};
for (const [name, letters] of Object.entries(DATA.units)) units[name] = await unpack(letters);
openWhereTheAddressSays();
const kernel = new RecordedKernel(units, await unpack(DATA.trees));
render({ model: kernel, el: document.getElementById("explorer") });
