"""The network of one tick as a matplotlib figure.

Servers are squares, users circles; hosts that do not exist are not drawn. What red holds is told by
colour and by a second sign: white and empty = clean, orange with a slash = user session, dark red
with a cross = root session. A small triangle marks decoys, a barred dashed line blocked traffic, a
blue ring a finished action of a defender, and an arrow an action of red (solid if it succeeded).
"""

import textwrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch, Rectangle

from course_lib.cyber_range.constants import RED_SLEEP, ZONE_COUNT, ZONES
from course_lib.cyber_range.evaluation.episode_record import EpisodeRecord

from . import network_geometry as geometry
from .episode_text import PHASES, check_frame, tick_story
from .figures import BACKGROUND, INK, check_axes, new_figure

LEVEL_FILL = ("#ffffff", "#f5a742", "#8c1d04")
"""Fill of a clean host, of one with a user session, of one with a root session."""
LEVEL_SIGN = (INK, INK, "#ffffff")
DECOY = "#0b6fc2"
BLUE = "#0e8ae6"
RED = "#c2410c"
BLOCKED = "#0b3a6f"
LINK = "#b9b9b2"
ZONE_BOX = {
    "boxstyle": "round,pad=0,rounding_size=8",
    "facecolor": "#f1f1ec",
    "edgecolor": INK,
    "linewidth": 0.9,
    "zorder": 2,
}
DECOY_MARK = {"marker": "^", "markersize": 7, "color": DECOY}
ACTED_RING = {"fill": False, "edgecolor": BLUE, "linewidth": 2.6}
RED_RING = {"fill": False, "edgecolor": RED, "linewidth": 1.8}
ARROW = {"arrowstyle": "-|>", "color": RED, "linewidth": 1.8}
BLOCKED_LINE = {
    "color": BLOCKED,
    "linewidth": 1,
    "linestyle": (0, (4, 3)),
}
SUCCEEDED = "-"
FAILED = (0, (2, 2))
"""Line style of an action of red that failed."""
MOST_LINES = 3
"""Lines of text in a column under the map."""


def draw_network(record: EpisodeRecord, frame: int, ax: Axes | None = None) -> Figure:
    """Draw the true state at ``frame`` (0 = after reset .. T = at the end) and its tick.

    Draws into ``ax`` if one is given. ValueError for a frame that the record does not have.
    """
    check_frame(record, frame)
    if ax is None:
        _, ax = new_figure(figsize=(7.7, 5.4))
    check_axes(ax)
    # Upside down, as screens count; below the map there is room for three columns of text.
    ax.set_xlim(0, geometry.WIDTH)
    ax.set_ylim(geometry.HEIGHT + 84, -22)
    ax.set_aspect("equal")
    ax.axis("off")
    # From the back to the front: a host must not disappear behind its zone.
    _draw_links(ax)
    _draw_blocks(ax, record.blocked[frame])
    _draw_zones(ax)
    for host in np.flatnonzero(record.exists):
        level = int(record.level[frame, host])
        _draw_host(ax, geometry.host_centre(host), geometry.is_server(host), level)
        if record.decoys[frame, host]:
            _draw_decoy(ax, geometry.host_centre(host))
    # Frame 0 is the state after the reset: no tick led to it.
    if frame:
        _draw_blue_actions(ax, record.blue_host[frame - 1])
        _draw_red_actions(ax, record, frame - 1)
    _draw_legend(ax)
    story = tick_story(record, frame)
    _draw_column(ax, 14, "Defenders", story.blue, BLOCKED)
    _draw_column(ax, 514, "Red", story.red, RED)
    ax.set_title(_title(record, frame))
    return ax.figure


def _title(record: EpisodeRecord, frame: int) -> str:
    score = record.score_so_far()[frame]
    held = record.hosts_held()[frame]
    return (
        f"Tick {frame} of {record.ticks} · {PHASES[record.phase[frame]]} · "
        f"score so far {score:,.0f} points · "
        f"red holds {held} of {record.exists.sum()} hosts"
    )


def _draw_links(ax: Axes) -> None:
    for first, second in geometry.LINKS:
        _draw_line(
            ax,
            geometry.link_line(first, second),
            color=LINK,
            linewidth=3,
            zorder=1,
        )


def _draw_line(ax: Axes, line: tuple[float, float, float, float], **look) -> None:
    x1, y1, x2, y2 = line
    ax.plot([x1, x2], [y1, y2], **look)


def _draw_blocks(ax: Axes, blocked: np.ndarray) -> None:
    """``blocked`` (8, 9) bool: destination zone, alphabetical position of the source."""
    for destination, position, source in geometry.block_pairs():
        # A block has a direction, so both ways of a link are looked at apart.
        if not blocked[destination, position]:
            continue
        way = geometry.link_line(source, destination)
        bar = geometry.block_bar(destination, source)
        _draw_line(ax, way, zorder=1.5, **BLOCKED_LINE)
        # Butt ends, so that the bar is exactly as long as in the replay.
        _draw_line(
            ax,
            bar,
            color=BLOCKED,
            linewidth=4,
            solid_capstyle="butt",
            zorder=4,
        )


def _draw_zones(ax: Axes) -> None:
    internet = geometry.zone_box(None)
    _draw_box(ax, internet)
    ax.text(
        internet.x,
        internet.y,
        "internet",
        ha="center",
        va="center",
        fontsize=9,
    )
    for zone in range(ZONE_COUNT):
        box = geometry.zone_box(zone)
        line = box.top + 17
        _draw_box(ax, box)
        ax.text(
            box.left + 10,
            line,
            ZONES[zone],
            fontsize=10,
            weight="bold",
            va="center",
        )
        ax.text(
            box.left + 60,
            line,
            geometry.FULL_NAMES[zone],
            fontsize=8.5,
            va="center",
        )


def _draw_box(ax: Axes, box: geometry.Box) -> None:
    ax.add_patch(FancyBboxPatch((box.left, box.top), box.width, box.height, **ZONE_BOX))


def _draw_host(ax: Axes, centre: tuple[float, float], server: bool, level: int) -> None:
    """A square or a circle, with one stroke for a user session and two for root."""
    x, y = centre
    half = geometry.HOST_SIZE / 2
    look = {
        "facecolor": LEVEL_FILL[level],
        "edgecolor": INK,
        "linewidth": 1,
        "zorder": 5,
    }
    # Form tells what a host is, fill tells who holds it: neither stands for both.
    if server:
        ax.add_patch(Rectangle((x - half, y - half), 2 * half, 2 * half, **look))
    else:
        ax.add_patch(Circle(centre, half, **look))
    stroke = {"color": LEVEL_SIGN[level], "linewidth": 1.8, "zorder": 6}
    # A second sign beside the colour, for readers who cannot tell the colours apart.
    if level >= 1:
        _draw_line(ax, (x - 6, y + 6, x + 6, y - 6), **stroke)
    if level >= 2:
        _draw_line(ax, (x - 6, y - 6, x + 6, y + 6), **stroke)


def _draw_decoy(ax: Axes, centre: tuple[float, float]) -> None:
    x, y = centre
    half = geometry.HOST_SIZE / 2
    ax.plot(
        x + half,
        y - half + 1,
        # White round the triangle keeps it apart from a dark host below.
        markeredgecolor="white",
        zorder=7,
        **DECOY_MARK,
    )


def _draw_blue_actions(ax: Axes, hosts: np.ndarray) -> None:
    """A ring around each host on which a defender's action finished; -1 where none did."""
    for host in hosts:
        if host >= 0:
            ax.add_patch(
                Circle(
                    geometry.host_centre(int(host)),
                    16,
                    zorder=8,
                    **ACTED_RING,
                )
            )


def _draw_red_actions(ax: Axes, record: EpisodeRecord, tick: int) -> None:
    """An arrow from host to host, or a ring where red acts on the host it sits on."""
    for agent, kind in enumerate(record.red_kind[tick]):
        source = int(record.red_source[tick, agent])
        target = int(record.red_host[tick, agent])
        if kind == RED_SLEEP or target < 0:
            continue
        style = SUCCEEDED if record.red_success[tick, agent] == 1 else FAILED
        centre = geometry.host_centre(target)
        # Without a source, or on the host where red sits, there is no way to draw: a ring.
        if source in (-1, target):
            ax.add_patch(
                Circle(
                    centre,
                    19,
                    linestyle=style,
                    zorder=8,
                    **RED_RING,
                )
            )
        else:
            # The arrow ends at the edge of a host, whose fill stays readable.
            arrow = ARROW | {"linestyle": style, "shrinkA": 7, "shrinkB": 9}
            ax.annotate(
                "",
                centre,
                geometry.host_centre(source),
                arrowprops=arrow,
                zorder=8,
            )


def _draw_legend(ax: Axes) -> None:
    """Signs explained, in the free corner below operational zone A."""
    _draw_host(ax, (26, 424), server=True, level=0)
    _draw_host(ax, (26, 454), server=False, level=0)
    _draw_host(ax, (26, 484), server=False, level=1)
    _draw_host(ax, (26, 514), server=False, level=2)
    hosts = ("clean server", "clean user host", "user session", "root session")
    _draw_words(ax, 44, 30, hosts)
    # The second half of the legend stands in the other free corner: side by side the words collide.
    ax.plot(754, 424, **DECOY_MARK)
    _draw_line(ax, (744, 451, 760, 451), **BLOCKED_LINE)
    _draw_line(
        ax,
        (760, 442, 760, 460),
        color=BLOCKED,
        linewidth=4,
    )
    ax.add_patch(Circle((754, 478), 10, **ACTED_RING))
    ax.annotate("", (767, 505), (741, 505), arrowprops=ARROW | {"linestyle": SUCCEEDED})
    ax.annotate("", (767, 532), (741, 532), arrowprops=ARROW | {"linestyle": FAILED})
    signs = ("decoy", "blocked", "defender acted", "red succeeded", "red failed")
    _draw_words(ax, 772, 27, signs)


def _draw_words(ax: Axes, x: float, pitch: float, words: tuple[str, ...]) -> None:
    for row, text in enumerate(words):
        ax.text(x, 424 + pitch * row, text, va="center", fontsize=8)


def _draw_column(
    ax: Axes,
    x: float,
    title: str,
    lines: tuple[str, ...],
    colour: str,
) -> None:
    """A column of text under the map; long lines and long lists are cut."""
    shown = [textwrap.shorten(line, 60, placeholder=" …") for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        shown.append(f"… and {len(lines) - MOST_LINES} more")
    text = "\n".join(shown) or "nothing finished"
    below = geometry.HEIGHT
    look = {"backgroundcolor": BACKGROUND, "linespacing": 1.3, "color": INK, "fontsize": 8}
    bold = {"weight": "bold", "color": colour, "fontsize": 9}
    ax.text(x, below + 6, title, va="center", **bold)
    ax.text(x, below + 18, text, va="top", **look)
