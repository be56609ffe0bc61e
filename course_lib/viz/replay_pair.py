"""Two episodes of the same night in one player, with the orders of a hierarchy over the second.

The films are the pages of `replay`, without their controls; ``replay_pair.js`` moves both.
"""

import html
import json
from collections.abc import Mapping, Sequence
from string import Template

from course_lib.cyber_range.constants import ZONES
from course_lib.cyber_range.evaluation.episode_record import EpisodeRecord

from . import network_geometry as geometry
from .episode_text import describe_frame
from .replay import in_a_frame, read_part, replay_html, still

Orders = Sequence[tuple[int, Mapping[str, str]]]
"""From which tick on which zone is ordered what, such as ``(10, {"RZA": "Restore"})``."""

BARE = (
    ".controls,.story,.help,#timeline,svg text{display:none}#actions~*{display:none!important}"
    "svg{overflow:visible}"
    "svg .zone-name,svg .order{display:inline;font-size:32px;transform:translate(-10px,-27px)}"
    "svg .order{fill:var(--blue);transform:translate(12px,-27px)}"
)
"""Hides in a film what belongs to a film alone, and makes its letters large: a map is shown at half
its size."""


def pair_html(left: EpisodeRecord, right: EpisodeRecord, orders: Orders = ()) -> str:
    """The whole page as text. ValueError for episodes of different lengths."""
    if left.ticks != right.ticks:
        raise ValueError(f"the episodes have {left.ticks} and {right.ticks} ticks; give equal ones")
    places = {}
    for number, zone in enumerate(ZONES):
        box = geometry.zone_box(number)
        places[zone] = (round(box.left + box.width - 8), round(box.top + 21))
    data = {
        "films": [replay_html(record, more_style=BARE) for record in (left, right)],
        "orders": [[tick, dict(held)] for tick, held in orders],
        "places": places,
    }
    page = Template(read_part("replay_pair.html", packed=True)).substitute(
        title="Two defenders, one night",
        style=read_part("replay.css"),
        ticks=left.ticks,
        left=html.escape(f"Replay of {left.policy}"),
        right=html.escape(f"Replay of {right.policy}"),
        data=json.dumps(data, separators=(",", ":")).replace("<", "\\u003c"),
        script=read_part("frame.js") + read_part("replay_pair.js"),
    )
    return page + "\n"


def pair_bundle(left: EpisodeRecord, right: EpisodeRecord, orders: Orders = ()) -> dict[str, str]:
    """MIME bundle of the player, as `replay.replay_bundle` makes it of one film."""
    ends = []
    for record in (left, right):
        ends.append(f"{record.policy}: {describe_frame(record, record.ticks)}")
    caption = f"Two replays of seed {right.seed} side by side. {' '.join(ends)}"
    if orders:
        tick, held = orders[0]
        said = ", ".join(f"{zone}: {order}" for zone, order in held.items() if order)
        caption += f" Over the second map stand the orders; from tick {tick} on {said or 'none'}."
    stills = still(replay_html(left)) + still(replay_html(right))
    title = "Two animated replays of one night, moved together"
    page = pair_html(left, right, orders)
    return {"text/html": stills + in_a_frame(page, title, caption, 560), "text/plain": caption}


def show_replays(left: EpisodeRecord, right: EpisodeRecord, orders: Orders = ()) -> None:
    """Display two episodes in one player; ``orders`` stand over the second map."""
    from IPython.display import display

    display(pair_bundle(left, right, orders), raw=True)
