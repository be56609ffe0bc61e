"""Drawings on the network: three organisations, and where damage falls."""

from collections.abc import Sequence

import numpy as np

from course_lib.cyber_range.constants import ZONES

from .network_geometry import BOX_HEIGHT, BOX_WIDTH, CENTRES, DIRECT_LINKS, HEIGHT, WIDTH
from .sketch import Sketch

DEFENDED = 7
"""Zones with a defender; the contractors' zone has none."""


def draw_organisations() -> Sketch:
    """A centre behind links, an officer with a few hands, and seven agents, side by side."""
    sketch = Sketch(
        900,
        330,
        "Three small maps of the same seven zones. Left: one centre, joined to each zone by a "
        "link; two links are broken and their zones sleep. Middle: an officer who hears of every "
        "zone and sends three hands to three of them. Right: seven agents, one in each zone.",
    )
    for number, title in enumerate(("one centre", "an officer with three hands", "seven agents")):
        left = 300 * number
        sketch.text(left + 150, 18, title, bold=True)
        spots = [_spot(zone, left + 12, 34, 276) for zone in range(DEFENDED)]
        boss = (left + 150, 262.0)
        if number == 0:
            _draw_centre(sketch, spots, boss)
        elif number == 1:
            _draw_officer(sketch, spots, boss)
        else:
            for zone, (x, y) in enumerate(spots):
                sketch.box(x, y, 58, 34, f"{ZONES[zone]} ●", "blue")
            sketch.text(left + 150, 300, "● an agent that decides there", size=12)
    return sketch


def _spot(zone: int, left: float, top: float, width: float) -> tuple[float, float]:
    """Centre of a zone on a small map of that width."""
    x, y = CENTRES[zone]
    scale = width / WIDTH
    return left + x * scale, top + y * scale * 1.25


def _draw_centre(sketch: Sketch, spots: list[tuple[float, float]], boss: tuple) -> None:
    x0, y0 = boss
    broken = (1, 5)
    for zone, (x, y) in enumerate(spots):
        cut = zone in broken
        sketch.line(
            [(x, y), (x0, y0)],
            "orange" if cut else "blue",
            dashed=cut,
        )
    for zone, (x, y) in enumerate(spots):
        asleep = zone in broken
        words = f"{ZONES[zone]} z" if asleep else ZONES[zone]
        sketch.box(x, y, 58, 34, words, "orange" if asleep else "plain")
    sketch.circle(x0, y0, 15, "●", "blue")
    sketch.text(x0, 300, "● decides for all; dashed: link down, z sleeps", size=12)


def _draw_officer(sketch: Sketch, spots: list[tuple[float, float]], boss: tuple) -> None:
    x0, y0 = boss
    visited = (0, 3, 6)
    for zone, (x, y) in enumerate(spots):
        if zone in visited:
            sketch.arrow(
                (x0, y0),
                (x, y + 18),
                "blue",
                thick=2.2,
            )
        else:
            sketch.line(
                [(x, y), (x0, y0)],
                "faint",
                dashed=True,
            )
    for zone, (x, y) in enumerate(spots):
        here = zone in visited
        sketch.box(
            x, y, 58, 34, f"{ZONES[zone]} ◆" if here else ZONES[zone], "blue" if here else "plain"
        )
    sketch.circle(x0, y0, 15, "●", "blue")
    sketch.text(x0, 300, "● says where, ◆ a hand at work", size=12)


def draw_damage(damage: np.ndarray, shown_from: float = 20.0) -> Sketch:
    """The map: what each zone loses without its own agent, and arrows for what others lose then.

    Args:
        damage: (7, 8) points lost in each zone (columns) when one zone's agent is lost (rows).
        shown_from: a loss in another zone gets an arrow from this many points on.
    """
    own = [round(float(damage[zone, zone])) for zone in range(DEFENDED)]
    spills = _spills(damage, shown_from)
    elsewhere = "; ".join(f"{a} to {b} {points}" for a, b, points in spills) or "nowhere"
    listed = ", ".join(f"{name} {points:,}" for name, points in zip(ZONES, own, strict=False))
    sketch = Sketch(
        760,
        460,
        f"Map of the zones. Points lost at home when a zone's own agent is lost: {listed}. "
        f"Losses of {shown_from:g} points or more in other zones: {elsewhere}.",
    )
    for first, second in DIRECT_LINKS:
        sketch.line([_place(first), _place(second)], "faint")
    largest = max(own)
    for zone in range(len(ZONES)):
        x, y = _place(zone)
        sketch.box(x, y, BOX_WIDTH * 0.7, BOX_HEIGHT * 0.7, "", "plain")
        if zone < DEFENDED:
            radius = 4 + 22 * (max(own[zone], 0) / largest) ** 0.5
            sketch.circle(x + 46, y, radius, "", "orange", "orange")
            sketch.text(x - 66, y - 10, ZONES[zone], "start", bold=True)
            sketch.text(x - 66, y + 10, f"loses {own[zone]:,}", "start")
        else:
            sketch.text(x, y, f"{ZONES[zone]}\nnobody defends it")
    for first, second, _ in spills:
        sketch.arrow(
            _place(ZONES.index(first)),
            _place(ZONES.index(second)),
            "orange",
            bend=20,
        )
    said = (
        f"no loss of {shown_from:g} points or more in any other zone"
        if not spills
        else "arrows: lost elsewhere"
    )
    sketch.text(
        380, 446, f"circle: points lost at home when that zone's agent is lost; {said}", size=12
    )
    return sketch


def _place(zone: int) -> tuple[float, float]:
    """Centre of a zone on the large map."""
    x, y = CENTRES[zone]
    return x * 760 / WIDTH, 4 + y * 425 / HEIGHT


def _spills(damage: np.ndarray, shown_from: float) -> Sequence[tuple[str, str, int]]:
    """(agent lost, zone that loses, points) wherever a loss falls elsewhere."""
    found = []
    for lost in range(DEFENDED):
        for zone in range(len(ZONES)):
            points = round(float(damage[lost, zone]))
            if zone != lost and points >= shown_from:
                found.append((ZONES[lost], ZONES[zone], points))
    return found
