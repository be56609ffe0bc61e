"""An episode as one animated page: play it, step through it, jump from change to change.

The page is a single HTML text without any reference to the outside. The first frame is drawn in the markup
itself, so that it is seen even where no script runs; ``replay.js`` then moves it through time. Colours come from
``replay.css`` and follow JupyterLab's theme or the reader's colour scheme. The same record gives the same bytes.
"""

import html
import json
from pathlib import Path

import numpy as np

from course_lib.cyber_range.names import RED_SLEEP, ZONE_COUNT, ZONES
from course_lib.cyber_range.record import EpisodeRecord

from . import layout
from .story import PHASES, describe_frame, host_label, tick_story

HERE = Path(__file__).parent
TIMELINE_HEIGHT = 84
SPEEDS = (2, 5, 10, 25)
"""Ticks per second on offer; the second is the default."""


def replay_html(record: EpisodeRecord) -> str:
    """The whole page as text: for a file of its own, or for the frame that `show_replay` displays."""
    title = f"Replay: {record.policy} on {record.engine}, seed {record.seed}"
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        f"<title>{html.escape(title)}</title><style>{_read('replay.css')}</style></head><body><main>",
        f"<h1>{html.escape(title)}</h1>",
        f'<div id="status" role="status" aria-live="polite">{html.escape(describe_frame(record, 0))}</div>',
        _map(record),
        _timeline(record),
        _controls(record),
        _story(),
        f"</main><script type='application/json' id='data'>{_data(record)}</script>",
        f"<script>{_read('replay.js')}</script></body></html>\n",
    ]
    return "".join(parts)


def save_replay(record: EpisodeRecord, path: str | Path) -> None:
    """Write the page to a file that any browser opens, offline."""
    Path(path).write_text(replay_html(record), encoding="utf-8", newline="\n")


def show_replay(record: EpisodeRecord) -> None:
    """Display the replay in a notebook; see `replay_bundle`."""
    from IPython.display import display

    display(replay_bundle(record), raw=True)


def replay_bundle(record: EpisodeRecord) -> dict[str, str]:
    """MIME bundle of the replay: a frame with the page inside, and a text for places that show no frames.

    A notebook runs no script of an HTML output in some viewers, and a page's ids must not meet those of
    another replay; a frame of its own solves both.
    """
    caption = replay_text(record)
    page = replay_html(record).replace("&", "&amp;").replace("'", "&#39;")
    frame = (
        f"<iframe title='Animated replay of one episode' srcdoc='{page}' "
        "style='width:100%;height:900px;border:0' loading='lazy'></iframe>"
    )
    folded = f"<details><summary>The episode in words</summary><p>{html.escape(caption)}</p></details>"
    return {"text/html": frame + folded, "text/plain": caption}


def replay_text(record: EpisodeRecord) -> str:
    """The episode in a few sentences: who played, how it ended, how many hosts red held at each quarter."""
    held = record.hosts_held()
    quarters = [round(record.ticks * q / 4) for q in range(1, 5)]
    over_time = ", ".join(f"{held[tick]} at tick {tick}" for tick in quarters)
    return (
        f"Replay of {record.policy} against red on {record.engine}, seed {record.seed}. "
        f"Hosts held by red: {over_time}. At the end: {describe_frame(record, record.ticks)}"
    )


def _read(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _map(record: EpisodeRecord) -> str:
    """The network as SVG, hosts in the state of frame 0."""
    parts = [
        f'<svg viewBox="0 0 {layout.WIDTH} {layout.HEIGHT}" role="img" aria-label="Network map; the line above and the '
        'lists below say what it shows">',
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="8" markerHeight="8" orient="auto" '
        'markerUnits="userSpaceOnUse"><path id="head" d="M0 0L8 4L0 8z"/></marker></defs>',
    ]
    for first, second in layout.LINKS:
        parts.append(
            '<line class="link" x1="{:.0f}" y1="{:.0f}" x2="{:.0f}" y2="{:.0f}"/>'.format(
                *layout.link_line(first, second)
            )
        )
    ways, bars = zip(*(_block(pair, record) for pair in layout.block_pairs()), strict=True)
    parts += ['<g id="ways">', *ways, "</g>"]
    parts += [_zone(zone) for zone in (None, *range(ZONE_COUNT))]
    parts += ['<g id="bars">', *bars, "</g>"]
    parts += [_host(record, int(host)) for host in np.flatnonzero(record.exists)]
    parts += ['<g id="actions"></g>', _legend(), "</svg>"]
    return "".join(parts)


def _zone(zone: int | None) -> str:
    box = layout.zone_box(zone)
    size = f'width="{box.width:.0f}" height="{box.height:.0f}" rx="8"'
    rect = f'<rect class="box" x="{box.left:.0f}" y="{box.top:.0f}" {size}/>'
    if zone is None:
        return f'{rect}<text x="{box.x:.0f}" y="{box.y + 4:.0f}" text-anchor="middle">internet</text>'
    return (
        f'{rect}<text class="zone-name" x="{box.left + 10:.0f}" y="{box.top + 21:.0f}">{ZONES[zone]}</text>'
        f'<text x="{box.left + 54:.0f}" y="{box.top + 21:.0f}">{layout.FULL_NAMES[zone]}</text>'
    )


def _block(pair: tuple[int, int, int | None], record: EpisodeRecord) -> tuple[str, str]:
    """Dashed way (drawn below the boxes) and bar (above them) of a pair that can be blocked."""
    destination, position, source = pair
    on = " on" if record.blocked[0, destination, position] else ""
    way = "M{:.0f} {:.0f}L{:.0f} {:.0f}".format(*layout.link_line(source, destination))
    bar = "M{:.1f} {:.1f}L{:.1f} {:.1f}".format(*layout.block_bar(destination, source))
    return f'<path class="way{on}" d="{way}"/>', f'<path class="bar{on}" d="{bar}"/>'


def _host(record: EpisodeRecord, host: int) -> str:
    x, y = layout.host_centre(host)
    decoy = " d" if record.decoys[0, host] else ""
    return (
        f'<g class="host l{record.level[0, host]}{decoy}" id="h{host}" data-x="{x:.0f}" data-y="{y:.0f}" '
        f'transform="translate({x:.0f} {y:.0f})">{_glyph(layout.is_server(host))}<title>{host_label(host)}</title></g>'
    )


def _glyph(server: bool) -> str:
    """Square or circle, with the signs that a class of the surrounding group switches on."""
    body = '<rect class="body" x="-11" y="-11" width="22" height="22"/>' if server else '<circle class="body" r="11"/>'
    signs = '<path class="sign one" d="M-6 6L6-6"/><path class="sign two" d="M-6-6L6 6"/>'
    return f'{body}{signs}<path class="decoy" d="M11-17L17-6H5z"/>'


def _legend() -> str:
    rows = (("l0", True, "clean server"), ("l0", False, "clean user host"), ("l1", False, "user session"))
    rows += (("l2", False, "root session"),)
    parts = []
    for row, (level, server, text) in enumerate(rows):
        y = 428 + 29 * row
        parts.append(f'<g class="{level}" transform="translate(26 {y})">{_glyph(server)}</g>')
        parts.append(f'<text x="44" y="{y + 4}">{text}</text>')
    signs = (
        ('<path class="decoy" style="display:inline" d="M154 420L161 433H147z"/>', "decoy"),
        ('<path class="way on" d="M143 453H160"/><path class="bar on" d="M160 445V461"/>', "blocked"),
        ('<circle class="ring" cx="154" cy="480" r="9"/>', "defender acted"),
        ('<path class="attack" d="M143 506H160" marker-end="url(#arrow)"/>', "red succeeded"),
        ('<path class="attack failed" d="M143 532H160" marker-end="url(#arrow)"/>', "red failed"),
    )
    for row, (sign, text) in enumerate(signs):
        parts.append(f'{sign}<text x="173" y="{432 + 26 * row}">{text}</text>')
    return "".join(parts)


def _timeline(record: EpisodeRecord) -> str:
    """Hosts held over time, and marks where red gained something or a defender's action finished."""
    x = 1000 * np.arange(record.ticks + 1) / record.ticks
    scale = 46 / max(1, int(record.exists.sum()))
    gained = (np.diff(record.level.astype(int), axis=0) > 0).any(axis=1)
    acted = np.array([bool(tick_story(record, frame).blue) for frame in range(1, record.ticks + 1)])
    starts = x[1:][np.diff(record.phase.astype(int)) != 0]
    return (
        f'<svg id="timeline" viewBox="0 0 1000 {TIMELINE_HEIGHT}" role="img" '
        'aria-label="Timeline; the slider below moves it">'
        f'<path class="held" d="{_area(x, record.hosts_held() * scale)}"/>'
        f'<path class="rooted" d="{_area(x, record.hosts_held(2) * scale)}"/>'
        + "".join(f'<line class="phase" x1="{s:.1f}" y1="0" x2="{s:.1f}" y2="{TIMELINE_HEIGHT}"/>' for s in starts)
        + f'<path class="gained" d="{_marks(x[1:][gained], 51)}"/><path class="acted" d="{_marks(x[1:][acted], 68)}"/>'
        '<text class="small" x="4" y="11">hosts held by red (strong colour: root), all hosts = full height</text>'
        '<line id="now" x1="0" y1="0" x2="0" y2="84"/></svg>'
        '<div class="help">Marks: upper row red gained a session, lower row a defender finished an action.</div>'
    )


def _area(x: np.ndarray, heights: np.ndarray) -> str:
    points = "".join(f"L{a:.1f} {48 - b:.1f}" for a, b in zip(x, heights, strict=True))
    return f"M0 48{points}L1000 48z"


def _marks(x: np.ndarray, y: int) -> str:
    return "".join(f"M{a:.1f} {y}v13" for a in x)


def _controls(record: EpisodeRecord) -> str:
    speeds = "".join(f'<option value="{s}"{" selected" if s == SPEEDS[1] else ""}>{s} ticks/s</option>' for s in SPEEDS)
    return (
        '<div class="controls"><button id="play">Play</button>'
        '<button id="back" aria-label="One tick back">◂ tick</button>'
        '<button id="step" aria-label="One tick on">tick ▸</button>'
        '<button id="earlier" aria-label="Previous change of a host">◂ change</button>'
        '<button id="later" aria-label="Next change of a host">change ▸</button>'
        f'<input id="slider" type="range" min="0" max="{record.ticks}" value="0" aria-label="Tick">'
        f'<select id="speed" aria-label="Speed">{speeds}</select></div>'
    )


def _story() -> str:
    return (
        '<div class="story" tabindex="0" role="group" aria-label="What happened in this tick">'
        '<div><h2>Defenders</h2><ul id="blue"></ul></div><div><h2>Red</h2><ul id="red"></ul></div>'
        '<p id="alerts"></p></div><p class="help">Keys: space plays and pauses, arrow keys step, n and p go to '
        "the next and previous change, Home and End to the ends.</p>"
        "<noscript><p>Playing needs JavaScript; the picture shows the start.</p></noscript>"
    )


def _data(record: EpisodeRecord) -> str:
    """What the script needs, as JSON that is safe inside a script element."""
    stories = [tick_story(record, frame) for frame in range(record.ticks + 1)]
    pairs = [(destination, position) for destination, position, _ in layout.block_pairs()]
    blocks = record.blocked[:, [d for d, _ in pairs], [p for _, p in pairs]]
    phase_starts = np.flatnonzero(np.diff(record.phase.astype(int), prepend=-1))
    data = {
        "levels": _changes(record.level),
        "decoys": _changes(record.decoys > 0),
        "blocks": _changes(blocks),
        "pairs": len(pairs),
        "score": [round(float(score), 2) for score in record.score_so_far()],
        "phases": [[int(tick), PHASES[record.phase[tick]]] for tick in phase_starts],
        "changes": [int(t) + 1 for t in np.flatnonzero((np.diff(record.level.astype(int), axis=0) != 0).any(axis=1))],
        "rings": [[]] + [[int(h) for h in row if h >= 0] for row in record.blue_host],
        "attacks": [[]] + [_attacks(record, tick) for tick in range(record.ticks)],
        "blue": [story.blue for story in stories],
        "red": [story.red for story in stories],
        "alerts": [story.alerts for story in stories],
    }
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")


def _changes(states: np.ndarray) -> list[list[int]]:
    """(frames, n) -> per frame [index, new value, ...] of what differs from the frame before (at first: from zeros)."""
    states = states.astype(int)
    rows = []
    for before, after in zip(np.concatenate([np.zeros_like(states[:1]), states[:-1]]), states, strict=True):
        changed = np.flatnonzero(before != after)
        rows.append([int(v) for v in np.stack([changed, after[changed]], axis=1).ravel()])
    return rows


def _attacks(record: EpisodeRecord, tick: int) -> list[list[int]]:
    """[source or -1, target, 1 if it succeeded] of each red action with a target."""
    return [
        [int(source), int(host), int(success == 1)]
        for kind, source, host, success in zip(
            record.red_kind[tick], record.red_source[tick], record.red_host[tick], record.red_success[tick], strict=True
        )
        if kind != RED_SLEEP and host >= 0
    ]
