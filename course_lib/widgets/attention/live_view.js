// Stands in for the kernel where there is none: answers what the view asks from what Python wrote into DATA.

const BLUE_RING = "stroke:#0e8ae6;stroke-width:3px";

// The view numbers its labels with it; a page opened over plain http has none.
if (!crypto.randomUUID) crypto.randomUUID = () => `id-${Math.random()}`;

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

function withRings(tree, chosen) {
  const rules = chosen.map((name) =>
    `.course-attention-tree [data-value="${name}"] circle:last-of-type{${BLUE_RING}}` +
    `.course-attention-tree [data-value="${name}"] tspan:first-child{text-decoration:underline}`);
  return `<style>${rules.join("")}</style>${tree}`;
}

class RecordedKernel {
  constructor(units, trees) {
    this.units = units;
    this.trees = trees;
    this.listeners = {};
    this.pending = {};
    this.now = { ...DATA.first, dropped: false };
    this.values = { questions: DATA.questions, verdicts: DATA.questions.map(() => ""), answers: {} };
    this.choose("unit", DATA.first.unit);
  }

  get(name) {
    return this.values[name];
  }

  set(name, value) {
    this.pending[name] = value;
  }

  on(names, listener) {
    for (const name of names.split(" ")) (this.listeners[name] ??= []).push(listener);
  }

  save_changes() {
    const changes = this.pending;
    this.pending = {};
    for (const [name, value] of Object.entries(changes)) this.choose(name, value);
  }

  choose(name, value) {
    const now = this.now;
    if (name === "answers") return this.judge(value);
    if (name === "unit") {
      const sender = Object.keys(this.units[value].panels)[0];
      Object.assign(now, { unit: value, sender, dropped: false });
    } else if (name === "sender") {
      Object.assign(now, { unit: DATA.parents[value], sender: value, dropped: false });
    } else if (["tick", "rows", "events"].includes(name)) now[name] = value;
    this.show();
  }

  send({ do: what }) {
    const now = this.now;
    if (what === "drop") now.dropped = !now.dropped;
    else if (what === "undo") now.dropped = false;
    else if (what === "largest") now.tick = this.after(this.units[now.unit].changes);
    else now.tick = this.nextEvent(what);
    this.show();
  }

  // The one after the present tick in a list that is gone through again and again.
  after(ticks) {
    return ticks.length ? ticks[(ticks.indexOf(this.now.tick) + 1) % ticks.length] : this.now.tick;
  }

  nextEvent(kind) {
    const { events, sender, tick } = this.now;
    const zones = DATA.below[sender].includes(events) || events in DATA.events[kind] ? [events] : DATA.below[sender];
    const ticks = zones.flatMap((zone) => DATA.events[kind][zone]).sort((a, b) => a - b);
    return ticks.find((other) => other > tick) ?? ticks[0] ?? tick;
  }

  judge(answers) {
    const verdicts = DATA.verdicts.map((said, place) => said[answers[place]] ?? "");
    this.put({ answers, verdicts });
  }

  show() {
    const { unit, sender, tick, rows, events, dropped } = this.now;
    const own = this.units[unit];
    const [low] = DATA.ticks;
    const texts = own.panels[sender][tick - low][Number(dropped)].map((place) => own.texts[place]);
    this.put({
      unit, sender, tick, rows, events,
      controls: own.controls,
      buttons: own.buttons[sender][Number(dropped)],
      tree: withRings(this.trees[tick - low], [unit, sender]),
      strip: withMark(own.strips[sender][rows][events], tick),
      ...Object.fromEntries(DATA.panels.map((name, place) => [name, texts[place]])),
    });
  }

  // Several values at once; who listens hears of those that changed.
  put(values) {
    const changed = Object.keys(values).filter((name) => this.values[name] !== values[name]);
    Object.assign(this.values, values);
    const told = new Set(changed.flatMap((name) => this.listeners[`change:${name}`] ?? []));
    for (const listener of told) listener();
  }
}

// A page in a frame is told by its address where to open: #tick=99&unit=headquarters
function openWhereTheAddressSays() {
  const asked = new URLSearchParams(location.hash.slice(1));
  const [low, high] = DATA.ticks;
  if (DATA.units[asked.get("unit")]) DATA.first.unit = asked.get("unit");
  const tick = Number(asked.get("tick") ?? NaN);
  if (tick >= 0) DATA.first.tick = Math.min(Math.max(tick, low), high);
}

const units = {};
for (const [name, letters] of Object.entries(DATA.units)) units[name] = await unpack(letters);
openWhereTheAddressSays();
const kernel = new RecordedKernel(units, await unpack(DATA.trees));
render({ model: kernel, el: document.getElementById("explorer") });
