"""An episode as one animated page: play it, step through it, jump from change to change.

The page is a single HTML text without any reference to the outside, ``replay.html`` with the record
filled in. The first frame is drawn in the markup itself, so that it is seen even where no script
runs; ``replay.js`` then moves it through time. Colours come from ``replay.css`` and follow
JupyterLab's theme or the reader's colour scheme. The same record gives the same bytes.
"""

import html
import json
import re
from pathlib import Path
from string import Template

import numpy as np

from course_lib import static_twin
from course_lib.cyber_range.constants import RED_SLEEP, ZONE_COUNT, ZONES
from course_lib.cyber_range.evaluation.episode_record import EpisodeRecord

from . import network_geometry as geometry
from .episode_text import PHASES, describe_frame, host_label, tick_story

HERE = Path(__file__).parent


def replay_html(record: EpisodeRecord, more_style: str = "") -> str:
    """The whole page as text: for a file of its own, or for the frame of `show_replay`.

    ``more_style``: rules that follow replay.css.
    """
    page = Template(read_part("replay.html", packed=True)).substitute(
        title=html.escape(f"Replay: {record.policy} on {record.engine}, seed {record.seed}"),
        status=html.escape(describe_frame(record, 0)),
        style=read_part("replay.css") + more_style,
        script=read_part("frame.js") + read_part("replay.js"),
        ticks=record.ticks,
        server=_glyph(server=True),
        user=_glyph(server=False),
        data=_data(record),
        **_map(record),
        **_timeline(record),
    )
    return page + "\n"


def show_replay(record: EpisodeRecord) -> None:
    """Display the replay in a notebook; see `replay_bundle`."""
    from IPython.display import display

    display(replay_bundle(record), raw=True)


def replay_bundle(record: EpisodeRecord) -> dict[str, str]:
    """MIME bundle of the replay: a frame with the page inside, and a text without frames.

    A notebook runs no script of an HTML output in some viewers, and a page's ids must not meet
    those of another replay; a frame of its own solves both. A notebook that is not trusted yet
    shows neither frame nor style sheet: what is left is the still picture, which the style hides
    elsewhere.
    """
    held = record.hosts_held()
    quarters = [round(record.ticks * quarter / 4) for quarter in (1, 2, 3, 4)]
    over_time = ", ".join(f"{held[tick]} at tick {tick}" for tick in quarters)
    caption = (
        f"Replay of {record.policy} against red on {record.engine}, seed {record.seed}. "
        f"Hosts held by red: {over_time}. At the end: {describe_frame(record, record.ticks)}"
    )
    page = replay_html(record)
    shown = in_a_frame(page, "Animated replay of one episode", caption, 900)
    return {"text/html": still(page) + shown, "text/plain": caption}


def in_a_frame(page: str, title: str, caption: str, height: int) -> str:
    """A page in a frame of so many pixels (until its script knows better), and below it the same in
    words."""
    escaped = page.replace("&", "&amp;").replace("'", "&#39;")
    frame = (
        f"<iframe title='{html.escape(title)}' srcdoc='{escaped}' "
        f"style='width:100%;height:{height}px;border:0' loading='lazy'></iframe>"
    )
    summary = "<summary>The episode in words</summary>"
    return f"{frame}<details>{summary}<p>{html.escape(caption)}</p></details>"


def still(page: str) -> str:
    """The first frame and the timeline as images, for where the film cannot be shown."""
    drawn = re.findall(r"<svg\b.*?</svg>", page, flags=re.DOTALL)
    style = read_part("replay.css")
    images = "".join(static_twin.as_image(svg, style) for svg in drawn[:2])
    note = "A still of the film: run the cell, or trust the notebook, to play it."
    hidden = "<style>.course-still{display:none}</style>"
    return f'{hidden}<div class="course-still"><p>{note}</p>{images}</div>'


def read_part(name: str, packed: bool = False) -> str:
    """One of the files that a page is made of; ``packed`` without indentation and line ends."""
    text = (HERE / name).read_text(encoding="utf-8")
    return "".join(line.strip() for line in text.splitlines()) if packed else text


def _map(record: EpisodeRecord) -> dict[str, object]:
    """The parts of the network map, hosts and blocks in the state of frame 0."""
    ways, bars = [], []
    for destination, position, source in geometry.block_pairs():
        on = bool(record.blocked[0, destination, position])
        ways.append(_path("way", on, geometry.link_line(source, destination), 0))
        bars.append(_path("bar", on, geometry.block_bar(destination, source), 1))
    hosts = np.flatnonzero(record.exists)
    return {
        "width": geometry.WIDTH,
        "height": geometry.HEIGHT,
        "links": "".join(_link(first, second) for first, second in geometry.LINKS),
        "ways": "".join(ways),
        "zones": "".join(_zone(zone) for zone in (None, *range(ZONE_COUNT))),
        "bars": "".join(bars),
        "hosts": "".join(_host(record, int(host)) for host in hosts),
    }


def _link(first: int | None, second: int) -> str:
    x1, y1, x2, y2 = geometry.link_line(first, second)
    return f'<line class="link" x1="{x1:.0f}" y1="{y1:.0f}" x2="{x2:.0f}" y2="{y2:.0f}"/>'


Line = tuple[float, float, float, float]
"""x and y of its two ends."""


def _path(kind: str, on: bool, line: Line, digits: int) -> str:
    """One stroke of a block: its "way" runs below the boxes, its "bar" stands above them."""
    x1, y1, x2, y2 = (f"{value:.{digits}f}" for value in line)
    classes = f"{kind} on" if on else kind
    return f'<path class="{classes}" d="M{x1} {y1}L{x2} {y2}"/>'


def _zone(zone: int | None) -> str:
    box = geometry.zone_box(zone)
    size = f'width="{box.width:.0f}" height="{box.height:.0f}" rx="8"'
    rect = f'<rect class="box" x="{box.left:.0f}" y="{box.top:.0f}" {size}/>'
    if zone is None:
        place = f'x="{box.x:.0f}" y="{box.y + 4:.0f}" text-anchor="middle"'
        return f"{rect}<text {place}>internet</text>"
    y = f"{box.top + 21:.0f}"
    return (
        f'{rect}<text class="zone-name" x="{box.left + 10:.0f}" y="{y}">{ZONES[zone]}</text>'
        f'<text x="{box.left + 54:.0f}" y="{y}">{geometry.FULL_NAMES[zone]}</text>'
    )


def _host(record: EpisodeRecord, host: int) -> str:
    x, y = geometry.host_centre(host)
    decoy = " d" if record.decoys[0, host] else ""
    level = record.level[0, host]
    glyph = _glyph(geometry.is_server(host))
    return (
        f'<g class="host l{level}{decoy}" id="h{host}" data-x="{x:.0f}" data-y="{y:.0f}" '
        f'transform="translate({x:.0f} {y:.0f})">'
        f"{glyph}<title>{host_label(host)}</title></g>"
    )


def _glyph(server: bool) -> str:
    """Square or circle, with the signs that a class of the surrounding group switches on."""
    body = '<circle class="body" r="11"/>'
    if server:
        body = '<rect class="body" x="-11" y="-11" width="22" height="22"/>'
    signs = '<path class="sign one" d="M-6 6L6-6"/><path class="sign two" d="M-6-6L6 6"/>'
    return f'{body}{signs}<path class="decoy" d="M11-17L17-6H5z"/>'


def _timeline(record: EpisodeRecord) -> dict[str, str]:
    """Hosts held over time, and marks where red gained something or a defender acted."""
    x = 1000 * np.arange(record.ticks + 1) / record.ticks  # (T + 1,), of 1000
    after_ticks = x[1:]
    scale = 46 / max(1, int(record.exists.sum()))
    gained = (np.diff(record.level.astype(int), axis=0) > 0).any(axis=1)
    acted = [bool(tick_story(record, frame).blue) for frame in range(1, record.ticks + 1)]
    new_phase = np.diff(record.phase.astype(int)) != 0
    return {
        "held": _area(x, record.hosts_held() * scale),
        "rooted": _area(x, record.hosts_held(2) * scale),
        "phases": "".join(_phase_line(start) for start in after_ticks[new_phase]),
        "gained": _marks(after_ticks[gained], 51),
        "acted": _marks(after_ticks[acted], 68),
    }


def _phase_line(x: float) -> str:
    return f'<line class="phase" x1="{x:.1f}" y1="0" x2="{x:.1f}" y2="84"/>'


def _area(x: np.ndarray, heights: np.ndarray) -> str:
    points = "".join(f"L{a:.1f} {48 - b:.1f}" for a, b in zip(x, heights, strict=True))
    return f"M0 48{points}L1000 48z"


def _marks(x: np.ndarray, y: int) -> str:
    return "".join(f"M{a:.1f} {y}v13" for a in x)


def _data(record: EpisodeRecord) -> str:
    """What the script needs, as JSON that is safe inside a script element."""
    stories = [tick_story(record, frame) for frame in range(record.ticks + 1)]
    destinations = [destination for destination, _, _ in geometry.block_pairs()]
    positions = [position for _, position, _ in geometry.block_pairs()]
    phase_starts = np.flatnonzero(np.diff(record.phase.astype(int), prepend=-1))
    changed = (np.diff(record.level.astype(int), axis=0) != 0).any(axis=1)
    acted_on = [[int(host) for host in hosts if host >= 0] for hosts in record.blue_host]
    data = {
        "levels": _changes(record.level),
        "decoys": _changes(record.decoys > 0),
        "blocks": _changes(record.blocked[:, destinations, positions]),
        "pairs": len(positions),
        "score": [round(float(score), 2) for score in record.score_so_far()],
        "phases": [[int(tick), PHASES[record.phase[tick]]] for tick in phase_starts],
        "changes": (np.flatnonzero(changed) + 1).tolist(),
        "rings": [[], *acted_on],
        "attacks": [[]] + [_attacks(record, tick) for tick in range(record.ticks)],
        "blue": [story.blue for story in stories],
        "red": [story.red for story in stories],
        "alerts": [story.alerts for story in stories],
    }
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")


def _changes(states: np.ndarray) -> list[list[int]]:
    """(frames, n) -> per frame [index, new value, ...] of what differs from the frame before.

    The first frame is compared with zeros.
    """
    before = np.zeros(states.shape[1], int)
    rows = []
    for after in states.astype(int):
        changed = np.flatnonzero(before != after)
        rows.append(np.stack([changed, after[changed]], axis=1).ravel().tolist())
        before = after
    return rows


def _attacks(record: EpisodeRecord, tick: int) -> list[list[int]]:
    """[source or -1, target, 1 if it succeeded] of each red action with a target."""
    source = record.red_source[tick]
    target = record.red_host[tick]
    succeeded = record.red_success[tick] == 1
    aimed = (record.red_kind[tick] != RED_SLEEP) & (target >= 0)
    return np.stack([source, target, succeeded], axis=1)[aimed].tolist()
