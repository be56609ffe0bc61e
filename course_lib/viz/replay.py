"""An episode as one animated page: play it, step through it, jump from change to change.

The page is a single HTML text without any reference to the outside, ``replay.html`` with the record
filled in. The first frame is drawn in the markup itself, so that it is seen even where no script
runs; ``replay.js`` then moves it through time. Colours come from ``replay.css`` and follow
JupyterLab's theme or the reader's colour scheme. The same record gives the same bytes.
"""

import html
import json
from pathlib import Path
from string import Template

import numpy as np

from course_lib.cyber_range.constants import RED_SLEEP, ZONE_COUNT, ZONES
from course_lib.cyber_range.evaluation.episode_record import EpisodeRecord

from . import network_geometry as layout
from .episode_text import PHASES, describe_frame, host_label, tick_story

HERE = Path(__file__).parent


def replay_html(record: EpisodeRecord) -> str:
    """The whole page as text: for a file of its own, or for the frame that `show_replay`
    displays."""
    template = "".join(line.strip() for line in _read("replay.html").splitlines())
    page = Template(template).substitute(
        title=html.escape(f"Replay: {record.policy} on {record.engine}, seed {record.seed}"),
        status=html.escape(describe_frame(record, 0)),
        style=_read("replay.css"),
        script=_read("replay.js"),
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
    """MIME bundle of the replay: a frame with the page inside, and a text for places that show no
    frames.

    A notebook runs no script of an HTML output in some viewers, and a page's ids must not meet
    those of another replay; a frame of its own solves both.
    """
    held = record.hosts_held()
    over_time = ", ".join(
        f"{held[tick]} at tick {tick}"
        for tick in (round(record.ticks * q / 4) for q in range(1, 5))
    )
    caption = (
        f"Replay of {record.policy} against red on {record.engine}, seed {record.seed}. "
        f"Hosts held by red: {over_time}. At the end: {describe_frame(record, record.ticks)}"
    )
    page = replay_html(record).replace("&", "&amp;").replace("'", "&#39;")
    frame = (
        f"<iframe title='Animated replay of one episode' srcdoc='{page}' "
        "style='width:100%;height:900px;border:0' loading='lazy'></iframe>"
    )
    folded = (
        f"<details><summary>The episode in words</summary><p>{html.escape(caption)}</p></details>"
    )
    return {"text/html": frame + folded, "text/plain": caption}


def _read(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _map(record: EpisodeRecord) -> dict[str, object]:
    """The parts of the network map, hosts and blocks in the state of frame 0."""
    pairs = [
        (record.blocked[0, to, position], source, to)
        for to, position, source in layout.block_pairs()
    ]
    return {
        "width": layout.WIDTH,
        "height": layout.HEIGHT,
        "links": "".join(map(_link, layout.LINKS)),
        "ways": "".join(
            _path("way", on, layout.link_line(source, to), 0) for on, source, to in pairs
        ),
        "zones": "".join(map(_zone, (None, *range(ZONE_COUNT)))),
        "bars": "".join(
            _path("bar", on, layout.block_bar(to, source), 1) for on, source, to in pairs
        ),
        "hosts": "".join(_host(record, int(host)) for host in np.flatnonzero(record.exists)),
    }


def _link(zones: tuple[int | None, int]) -> str:
    x1, y1, x2, y2 = layout.link_line(*zones)
    return f'<line class="link" x1="{x1:.0f}" y1="{y1:.0f}" x2="{x2:.0f}" y2="{y2:.0f}"/>'


def _path(kind: str, on: bool, line: tuple[float, float, float, float], digits: int) -> str:
    """A stroke of a kind; of a pair that can be blocked, "way" runs below the boxes and "bar"
    stands above them."""
    x1, y1, x2, y2 = (f"{value:.{digits}f}" for value in line)
    return f'<path class="{kind}{" on" if on else ""}" d="M{x1} {y1}L{x2} {y2}"/>'


def _zone(zone: int | None) -> str:
    box = layout.zone_box(zone)
    size = f'width="{box.width:.0f}" height="{box.height:.0f}" rx="8"'
    rect = f'<rect class="box" x="{box.left:.0f}" y="{box.top:.0f}" {size}/>'
    if zone is None:
        return (
            f'{rect}<text x="{box.x:.0f}" y="{box.y + 4:.0f}" text-anchor="middle">internet</text>'
        )
    return (
        f'{rect}<text class="zone-name" x="{box.left + 10:.0f}" y="{box.top + 21:.0f}">{ZONES[zone]}</text>'
        f'<text x="{box.left + 54:.0f}" y="{box.top + 21:.0f}">{layout.FULL_NAMES[zone]}</text>'
    )


def _host(record: EpisodeRecord, host: int) -> str:
    x, y = layout.host_centre(host)
    decoy = " d" if record.decoys[0, host] else ""
    return (
        f'<g class="host l{record.level[0, host]}{decoy}" id="h{host}" data-x="{x:.0f}" data-y="{y:.0f}" '
        f'transform="translate({x:.0f} {y:.0f})">{_glyph(layout.is_server(host))}<title>{host_label(host)}</title></g>'
    )


def _glyph(server: bool) -> str:
    """Square or circle, with the signs that a class of the surrounding group switches on."""
    body = (
        '<rect class="body" x="-11" y="-11" width="22" height="22"/>'
        if server
        else '<circle class="body" r="11"/>'
    )
    signs = '<path class="sign one" d="M-6 6L6-6"/><path class="sign two" d="M-6-6L6 6"/>'
    return f'{body}{signs}<path class="decoy" d="M11-17L17-6H5z"/>'


def _timeline(record: EpisodeRecord) -> dict[str, str]:
    """Hosts held over time, and marks where red gained something or a defender's action
    finished."""
    x = 1000 * np.arange(record.ticks + 1) / record.ticks
    scale = 46 / max(1, int(record.exists.sum()))
    gained = (np.diff(record.level.astype(int), axis=0) > 0).any(axis=1)
    acted = [bool(tick_story(record, frame).blue) for frame in range(1, record.ticks + 1)]
    starts = x[1:][np.diff(record.phase.astype(int)) != 0]
    return {
        "held": _area(x, record.hosts_held() * scale),
        "rooted": _area(x, record.hosts_held(2) * scale),
        "phases": "".join(
            f'<line class="phase" x1="{s:.1f}" y1="0" x2="{s:.1f}" y2="84"/>' for s in starts
        ),
        "gained": _marks(x[1:][gained], 51),
        "acted": _marks(x[1:][acted], 68),
    }


def _area(x: np.ndarray, heights: np.ndarray) -> str:
    points = "".join(f"L{a:.1f} {48 - b:.1f}" for a, b in zip(x, heights, strict=True))
    return f"M0 48{points}L1000 48z"


def _marks(x: np.ndarray, y: int) -> str:
    return "".join(f"M{a:.1f} {y}v13" for a in x)


def _data(record: EpisodeRecord) -> str:
    """What the script needs, as JSON that is safe inside a script element."""
    stories = [tick_story(record, frame) for frame in range(record.ticks + 1)]
    destinations, positions, _ = zip(*layout.block_pairs(), strict=True)
    phase_starts = np.flatnonzero(np.diff(record.phase.astype(int), prepend=-1))
    data = {
        "levels": _changes(record.level),
        "decoys": _changes(record.decoys > 0),
        "blocks": _changes(record.blocked[:, destinations, positions]),
        "pairs": len(positions),
        "score": [round(float(score), 2) for score in record.score_so_far()],
        "phases": [[int(tick), PHASES[record.phase[tick]]] for tick in phase_starts],
        "changes": [
            int(t) + 1
            for t in np.flatnonzero((np.diff(record.level.astype(int), axis=0) != 0).any(axis=1))
        ],
        "rings": [[]] + [[int(h) for h in row if h >= 0] for row in record.blue_host],
        "attacks": [[]] + [_attacks(record, tick) for tick in range(record.ticks)],
        "blue": [story.blue for story in stories],
        "red": [story.red for story in stories],
        "alerts": [story.alerts for story in stories],
    }
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")


def _changes(states: np.ndarray) -> list[list[int]]:
    """(frames, n) -> per frame [index, new value, ...] of what differs from the frame before (at
    first: from zeros)."""
    states = states.astype(int)
    rows = []
    for before, after in zip(
        np.concatenate([np.zeros_like(states[:1]), states[:-1]]), states, strict=True
    ):
        changed = np.flatnonzero(before != after)
        rows.append(np.stack([changed, after[changed]], axis=1).ravel().tolist())
    return rows


def _attacks(record: EpisodeRecord, tick: int) -> list[list[int]]:
    """[source or -1, target, 1 if it succeeded] of each red action with a target."""
    rows = np.stack(
        [record.red_source[tick], record.red_host[tick], record.red_success[tick] == 1], axis=1
    )
    return rows[(record.red_kind[tick] != RED_SLEEP) & (record.red_host[tick] >= 0)].tolist()
