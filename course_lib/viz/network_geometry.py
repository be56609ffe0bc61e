"""Where zones and hosts stand in a drawing of the CC4 network: pure geometry, for the map and the
replay.

Units are those of a canvas of 1000 x 560; x runs right and y runs down. The arrangement is that of
the challenge's own story: the contractor above, the two deployed networks A and B left and right,
headquarters below the internet.
"""

from dataclasses import dataclass

from course_lib.cyber_range import constants as names
from course_lib.cyber_range.constants import (
    ALPHABET,
    ALPHABET_ZONE,
    DEFENDED_ZONES,
    SERVER_SLOTS,
    SLOTS,
)

WIDTH, HEIGHT = 1000, 560
BOX_WIDTH, BOX_HEIGHT = 216, 128
HOST_SIZE, HOST_PITCH = 22, 33
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
FULL_NAMES, CENTRES = zip(*PLACES, strict=True)
DIRECT_LINKS = (
    (names.RZA, names.OZA),
    (names.RZB, names.OZB),
    (names.PAZ, names.ADM),
    (names.PAZ, names.OFF),
)
LINKS = DIRECT_LINKS + tuple((None, zone) for zone in (names.RZA, names.RZB, names.CON, names.PAZ))
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
        dx, dy = x - self.x, y - self.y
        scale = min(
            self.width / 2 / abs(dx) if dx else float("inf"),
            self.height / 2 / abs(dy) if dy else float("inf"),
        )
        return self.x + dx * scale, self.y + dy * scale


def zone_box(zone: int | None) -> Box:
    """Rectangle of a zone index, or of the internet for None."""
    return Box(*INTERNET) if zone is None else Box(*CENTRES[zone], BOX_WIDTH, BOX_HEIGHT)


def host_centre(host: int) -> tuple[float, float]:
    """Centre of host number ``16 * zone + slot``: servers in the first row, users in two rows of
    five."""
    box, slot = zone_box(host // SLOTS), host % SLOTS
    row, column = (0, slot) if slot < SERVER_SLOTS else divmod(slot - SERVER_SLOTS + 5, 5)
    return box.left + 26 + column * HOST_PITCH, box.top + 42 + row * 32


def is_server(host: int) -> bool:
    """True for a server, drawn as a square; users are circles."""
    return host % SLOTS < SERVER_SLOTS


def link_line(first: int | None, second: int | None) -> tuple[float, float, float, float]:
    """(x1, y1, x2, y2) between the facing edges of two boxes."""
    a, b = zone_box(first), zone_box(second)
    return *a.edge_towards(b.x, b.y), *b.edge_towards(a.x, a.y)


def block_bar(
    destination: int, source: int | None, length: float = 11.0
) -> tuple[float, float, float, float]:
    """(x1, y1, x2, y2) of the bar that closes a link, just outside the destination and across the
    link."""
    x1, y1, x2, y2 = link_line(source, destination)
    distance = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
    ux, uy = (x2 - x1) / distance, (y2 - y1) / distance
    x, y = x2 - 6 * ux, y2 - 6 * uy
    return x - uy * length, y + ux * length, x + uy * length, y - ux * length


def block_pairs() -> list[tuple[int, int, int | None]]:
    """(destination zone, alphabetical position of the source, source zone or None) of all blocks
    there can be."""
    return [
        (
            destination,
            position,
            None if ALPHABET[position] == "INT" else int(ALPHABET_ZONE[position]),
        )
        for destination in range(DEFENDED_ZONES)
        for position in range(len(ALPHABET))
        if ALPHABET_ZONE[position] != destination
    ]
