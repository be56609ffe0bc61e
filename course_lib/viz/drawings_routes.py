"""A drawing of the firewall game of lesson 05: two editors, one access list, three routes."""

from .sketch import Sketch

ROUTES = (
    (60, "gateway", "11 points alone"),
    (125, "tunnel", "7 points alone"),
    (190, "mail relay", "5 points, watches itself"),
)
"""Height, name and worth of each route."""


def draw_access_list() -> Sketch:
    """Two administrators edit one access list, which opens some of three routes."""
    sketch = Sketch(
        800,
        250,
        "Left, two administrators, each with a learning agent that proposes a route. Both "
        "proposals go into one access list on the firewall. It opens routes from the partner's "
        "network to the operations zone: gateway, tunnel, mail relay. Gateway and tunnel share one "
        "sensor, which can watch only one of them; if both are open, that is a hole.",
    )
    for y, who in ((75, "administrator 1"), (175, "administrator 2")):
        sketch.box(75, y, 130, 44, f"{who}\nproposes a route", "blue")
        sketch.arrow((142, y), (192, 125 + 0.2 * (y - 125)), "blue", thick=2)
    sketch.box(250, 125, 112, 76, "one access list\npermit ...\ndeny ...", "plain")
    sketch.text(420, 18, "routes that it may open", bold=True)
    for y, name, worth in ROUTES:
        sketch.arrow((308, 125 + 0.2 * (y - 125)), (362, y), "ink", dashed=True)
        sketch.box(420, y, 112, 36, name, "plain")
        sketch.text(420, y + 29, worth, size=12)
        sketch.arrow((478, y), (690, 125 + 0.3 * (y - 125)), "ink", dashed=True)
    sketch.circle(560, 100, 27, "sensor", "orange", "orange")
    sketch.text(600, 30, "watches one of the two:", "start", size=12)
    sketch.text(600, 46, "both open is a hole, -30", "start", size=12)
    sketch.box(742, 125, 100, 60, "operations\nzone", "plain")
    return sketch
