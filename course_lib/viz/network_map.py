"""The network of one tick as a matplotlib figure.

Servers are squares, users circles; hosts that do not exist are not drawn. What red holds is told by
colour and by a
second sign: white and empty = clean, orange with a slash = user session, dark red with a cross =
root session. A small triangle marks decoys, a barred dashed line blocked traffic, a blue ring a
finished action of a defender, and an arrow an action of red (solid if it succeeded).
"""

import textwrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch, Rectangle

from course_lib.cyber_range.constants import RED_SLEEP, ZONE_COUNT, ZONES
from course_lib.cyber_range.evaluation.episode_record import EpisodeRecord

from . import network_geometry as layout
from .episode_text import PHASES, TickStory, check_frame, tick_story
from .figures import BACKGROUND, INK, new_figure

LEVEL_FILL = ("#ffffff", "#f5a742", "#8c1d04")
LEVEL_SIGN = (INK, INK, "#ffffff")
DECOY, BLUE, RED, BLOCKED, LINK = "#0b6fc2", "#0e8ae6", "#c2410c", "#0b3a6f", "#b9b9b2"
ARROW = {"arrowstyle": "-|>", "color": RED, "linewidth": 1.8}
FAILED = (0, (2, 2))
"""Line style of an action of red that failed."""


def draw_network(record: EpisodeRecord, frame: int, ax: Axes | None = None) -> Figure:
    """Figure of the true state at ``frame`` (0 = after reset .. T = at the end), with what happened
    in that tick.

    Draws into ``ax`` if one is given. ValueError for a frame that the record does not have.
    """
    check_frame(record, frame)
    if ax is None:
        _, ax = new_figure(figsize=(9.6, 6.4))
    ax.set(xlim=(0, layout.WIDTH), ylim=(layout.HEIGHT + 84, -22), aspect="equal")
    ax.axis("off")
    _draw_links(ax)
    _draw_blocks(ax, record.blocked[frame])
    _draw_zones(ax)
    for host in np.flatnonzero(record.exists):
        _draw_host(ax, int(host), int(record.level[frame, host]), int(record.decoys[frame, host]))
    if frame:
        _draw_actions(ax, record, frame - 1)
    _draw_legend(ax)
    _draw_words(ax, tick_story(record, frame))
    score = record.score_so_far()[frame]
    ax.set_title(
        f"Tick {frame} of {record.ticks} · {PHASES[record.phase[frame]]} · score so far {score:,.0f} points · "
        f"red holds {record.hosts_held()[frame]} of {record.exists.sum()} hosts"
    )
    return ax.figure


def _draw_links(ax: Axes) -> None:
    for first, second in layout.LINKS:
        x1, y1, x2, y2 = layout.link_line(first, second)
        ax.plot([x1, x2], [y1, y2], color=LINK, linewidth=3, zorder=1)


def _draw_blocks(ax: Axes, blocked: np.ndarray) -> None:
    for destination, position, source in layout.block_pairs():
        if blocked[destination, position]:
            x1, y1, x2, y2 = layout.link_line(source, destination)
            ax.plot(
                [x1, x2], [y1, y2], color=BLOCKED, linewidth=1, linestyle=(0, (4, 3)), zorder=1.5
            )
            x1, y1, x2, y2 = layout.block_bar(destination, source)
            ax.plot([x1, x2], [y1, y2], color=BLOCKED, linewidth=4, solid_capstyle="butt", zorder=4)


def _draw_zones(ax: Axes) -> None:
    for zone in (None, *range(ZONE_COUNT)):
        box = layout.zone_box(zone)
        style = {
            "boxstyle": "round,pad=0,rounding_size=8",
            "facecolor": "#f1f1ec",
            "edgecolor": INK,
            "zorder": 2,
        }
        ax.add_patch(
            FancyBboxPatch((box.left, box.top), box.width, box.height, linewidth=0.9, **style)
        )
        if zone is None:
            ax.text(box.x, box.y, "internet", ha="center", va="center", fontsize=9)
        else:
            ax.text(
                box.left + 10, box.top + 17, ZONES[zone], fontsize=10, weight="bold", va="center"
            )
            ax.text(box.left + 58, box.top + 17, layout.FULL_NAMES[zone], fontsize=8.5, va="center")


def _draw_host(
    ax: Axes, host: int, level: int, decoys: int, centre: tuple[float, float] | None = None
) -> None:
    x, y = centre or layout.host_centre(host)
    half = layout.HOST_SIZE / 2
    look = {"facecolor": LEVEL_FILL[level], "edgecolor": INK, "linewidth": 1, "zorder": 5}
    square, circle = (
        Rectangle((x - half, y - half), 2 * half, 2 * half, **look),
        Circle((x, y), half, **look),
    )
    ax.add_patch(square if layout.is_server(host) else circle)
    for tilt in (-6, 6)[:level]:
        ax.plot(
            [x - 6, x + 6], [y - tilt, y + tilt], color=LEVEL_SIGN[level], linewidth=1.8, zorder=6
        )
    if decoys:
        ax.plot(
            x + half,
            y - half + 1,
            marker="^",
            markersize=7,
            color=DECOY,
            markeredgecolor="white",
            zorder=7,
        )


def _draw_actions(ax: Axes, record: EpisodeRecord, tick: int) -> None:
    for host in record.blue_host[tick]:
        if host >= 0:
            ax.add_patch(
                Circle(
                    layout.host_centre(int(host)),
                    16,
                    fill=False,
                    edgecolor=BLUE,
                    linewidth=2.6,
                    zorder=8,
                )
            )
    for agent, kind in enumerate(record.red_kind[tick]):
        source, host = int(record.red_source[tick, agent]), int(record.red_host[tick, agent])
        if kind == RED_SLEEP or host < 0:
            continue
        style = "-" if record.red_success[tick, agent] == 1 else FAILED
        if source in (-1, host):
            ring = {"edgecolor": RED, "linewidth": 1.8, "linestyle": style, "zorder": 8}
            ax.add_patch(Circle(layout.host_centre(host), 19, fill=False, **ring))
        else:
            arrow = ARROW | {"linestyle": style, "shrinkA": 7, "shrinkB": 9}
            ax.annotate(
                "", layout.host_centre(host), layout.host_centre(source), arrowprops=arrow, zorder=8
            )


def _draw_legend(ax: Axes) -> None:
    """Signs explained, in the free corner below operational zone A."""
    rows = (
        (0, 0, "clean server"),
        (6, 0, "clean user host"),
        (6, 1, "user session"),
        (6, 2, "root session"),
    )
    for row, (host, level, text) in enumerate(rows):
        _draw_host(ax, host, level, 0, (26, 424 + 30 * row))
        ax.text(44, 424 + 30 * row, text, va="center", fontsize=8)
    ax.plot(154, 424, marker="^", markersize=7, color=DECOY)
    ax.plot([144, 160], [451, 451], color=BLOCKED, linewidth=1, linestyle=(0, (4, 3)))
    ax.plot([160, 160], [442, 460], color=BLOCKED, linewidth=4)
    ax.add_patch(Circle((154, 478), 10, fill=False, edgecolor=BLUE, linewidth=2.6))
    for y, style in ((505, "-"), (532, FAILED)):
        ax.annotate("", (167, y), (141, y), arrowprops=ARROW | {"linestyle": style})
    for row, text in enumerate(
        ("decoy", "blocked", "defender acted", "red succeeded", "red failed")
    ):
        ax.text(172, 424 + 27 * row, text, va="center", fontsize=8)


def _draw_words(ax: Axes, story: TickStory) -> None:
    """Two columns of text under the map; long lists are cut."""
    for x, title, lines, colour in (
        (14, "Defenders", story.blue, BLOCKED),
        (514, "Red", story.red, RED),
    ):
        shown = [textwrap.shorten(line, 74, placeholder=" …") for line in lines[:3]]
        shown += [f"… and {len(lines) - 3} more"] if len(lines) > 3 else []
        ax.text(x, layout.HEIGHT + 6, title, weight="bold", color=colour, fontsize=9, va="center")
        text, look = (
            "\n".join(shown) or "nothing finished",
            {"backgroundcolor": BACKGROUND, "linespacing": 1.3},
        )
        ax.text(x, layout.HEIGHT + 18, text, fontsize=8, va="top", color=INK, **look)
