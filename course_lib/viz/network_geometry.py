"""Where zones and hosts stand in a drawing of the CC4 network: geometry for map and replay.

Units are those of a canvas of 1000 x 560; x runs right and y runs down. The arrangement is that of
the challenge's own story: the contractor above, the two deployed networks A and B left and right,
headquarters below the internet.
"""

import math
from dataclasses import dataclass

from course_lib.cyber_range.constants import (
    ADM,
    ALPHABET,
    ALPHABET_ZONE,
    CON,
    DEFENDED_ZONES,
    OFF,
    OZA,
    OZB,
    PAZ,
    RZA,
    RZB,
    SERVER_SLOTS,
    SLOTS,
)

WIDTH = 1000
HEIGHT = 560
BOX_WIDTH = 216
BOX_HEIGHT = 128
HOST_SIZE = 22
HOST_PITCH = 33
USERS_IN_A_ROW = 5
INTERNET = (500.0, 196.0, 124.0, 32.0)
"""Centre, width and height of the internet's box."""
PLACES = (
    ("restricted A", (122, 84)),
    ("operational A", (122, 308)),
    ("restricted B", (878, 84)),
    ("operational B", (878, 308)),
    ("administration", (386, 480)),
    ("office", (614, 480)),
    ("public access", (500, 308)),
    ("contractor", (500, 84)),
)
"""Name in words and centre of each zone's box, in zone order."""
FULL_NAMES = tuple(name for name, _ in PLACES)
CENTRES = tuple(centre for _, centre in PLACES)
DIRECT_LINKS = ((RZA, OZA), (RZB, OZB), (PAZ, ADM), (PAZ, OFF))
INTERNET_LINKS = ((None, RZA), (None, RZB), (None, CON), (None, PAZ))
LINKS = DIRECT_LINKS + INTERNET_LINKS
"""Physical links between zones; None is the internet."""


@dataclass(frozen=True)
class Box:
    """A rectangle by its centre and size."""

    x: float
    y: float
    width: float
    height: float

    @property
    def left(self) -> float:
        return self.x - self.width / 2

    @property
    def top(self) -> float:
        return self.y - self.height / 2

    def edge_towards(self, x: float, y: float) -> tuple[float, float]:
        """Where the line from the centre to a point outside leaves the rectangle."""
        dx = x - self.x
        dy = y - self.y
        # The line leaves through the side that it meets first.
        to_side = self.width / 2 / abs(dx) if dx else math.inf
        to_top = self.height / 2 / abs(dy) if dy else math.inf
        scale = min(to_side, to_top)
        return self.x + dx * scale, self.y + dy * scale


def zone_box(zone: int | None) -> Box:
    """Rectangle of a zone index, or of the internet for None."""
    return Box(*INTERNET) if zone is None else Box(*CENTRES[zone], BOX_WIDTH, BOX_HEIGHT)


def host_centre(host: int) -> tuple[float, float]:
    """Centre of host ``16 * zone + slot``: servers in the first row, users in two rows below."""
    zone, slot = divmod(host, SLOTS)
    box = zone_box(zone)
    row = 0
    column = slot
    if slot >= SERVER_SLOTS:
        row, column = divmod(slot - SERVER_SLOTS, USERS_IN_A_ROW)
        row += 1
    return box.left + 26 + column * HOST_PITCH, box.top + 42 + row * 32


def is_server(host: int) -> bool:
    """True for a server, drawn as a square; users are circles."""
    return host % SLOTS < SERVER_SLOTS


def link_line(first: int | None, second: int | None) -> tuple[float, float, float, float]:
    """(x1, y1, x2, y2) between the facing edges of two boxes."""
    a = zone_box(first)
    b = zone_box(second)
    x1, y1 = a.edge_towards(b.x, b.y)
    x2, y2 = b.edge_towards(a.x, a.y)
    return x1, y1, x2, y2


def block_bar(
    destination: int, source: int | None, length: float = 11.0
) -> tuple[float, float, float, float]:
    """(x1, y1, x2, y2) of the bar that closes a link: across it, just outside the destination."""
    x1, y1, x2, y2 = link_line(source, destination)
    distance = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
    # (ux, uy) points along the link, (-uy, ux) across it.
    ux = (x2 - x1) / distance
    uy = (y2 - y1) / distance
    x = x2 - 6 * ux
    y = y2 - 6 * uy
    return x - uy * length, y + ux * length, x + uy * length, y - ux * length


def block_pairs() -> list[tuple[int, int, int | None]]:
    """All blocks there can be: destination zone, alphabetical position of the source, its zone.

    The source zone is None for the internet.
    """
    pairs: list[tuple[int, int, int | None]] = []
    for destination in range(DEFENDED_ZONES):
        for position, name in enumerate(ALPHABET):
            source = None if name == "INT" else int(ALPHABET_ZONE[position])
            if source != destination:
                pairs.append((destination, position, source))
    return pairs
