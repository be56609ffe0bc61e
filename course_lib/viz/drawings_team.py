"""Drawings of a team that learns together and works apart: the central critic, the mixers, and the
two-zone slice."""

from .sketch import Sketch

MIXERS = (
    ("VDN", "sum", "adds"),
    ("QMIX", "rises with\neach of them", "state sets\nthe weights"),
    ("QTRAN", "sum, held to a\nfree joint value", "must agree at\nthe best only"),
)
"""Name, what the mixer does, and the words below it."""


def draw_central_critic() -> Sketch:
    """The lab, where a critic sees the state, beside the duty, where only the actors are."""
    sketch = Sketch(
        800,
        330,
        "Left, in the lab: two actors, each with its own view, act in the network; a critic above "
        "them sees the state, both views and the truth about red, and tells both how good their "
        "actions were. Right, on duty: the same two actors with their own views, and no critic.",
    )
    sketch.box(270, 170, 500, 310, "", "none", dashed=True)
    sketch.text(40, 30, "in the lab", "start", bold=True)
    sketch.box(665, 170, 250, 310, "", "none", dashed=True)
    sketch.text(555, 30, "on duty", "start", bold=True)
    sketch.box(390, 60, 200, 46, "critic: how good\nis the state?", "orange")
    sketch.box(390, 160, 200, 46, "state: both views,\nand where red really is", "plain")
    sketch.arrow((390, 136), (390, 84), "orange", thick=2)
    for left, first in ((130, True), (620, False)):
        for number, zone in enumerate(("RZA", "OZA")):
            x = left + 95 * number - 20
            sketch.box(x, 205, 80, 40, f"actor\n{zone}", "blue")
            sketch.box(x, 290, 80, 34, "own view", "plain")
            sketch.arrow((x, 272), (x, 226), "ink")
            if first:
                sketch.arrow((290, 75), (x + 6, 184), "orange", dashed=True)
    sketch.text(70, 110, "advantage", "start", size=12, colour="orange")
    return sketch


def draw_mixers() -> Sketch:
    """Three ways to make one joint value out of two own values."""
    sketch = Sketch(
        800,
        260,
        "Three small diagrams side by side. In each two agents give their own value of their own "
        "action to a mixer, which makes one joint value. VDN adds; QMIX takes any function that "
        "rises with each own value; QTRAN adds, and is held to a free joint value.",
    )
    for number, (name, does, words) in enumerate(MIXERS):
        x = 135 + 265 * number
        sketch.text(x, 22, name, bold=True)
        sketch.box(x, 60, 110, 32, "Q_tot", "orange")
        sketch.box(x, 135, 150, 44, does, "plain")
        sketch.arrow((x, 113), (x, 77), "ink")
        for agent, shift in enumerate((-55, 55)):
            sketch.box(x + shift, 215, 96, 40, f"own value of\nagent {agent + 1}", "blue")
            sketch.arrow((x + shift, 194), (x + shift * 0.7, 158), "blue", thick=2)
        sketch.text(x + 14, 95, words, "start", size=11)
    return sketch


def draw_two_zones() -> Sketch:
    """The slice: two defenders, four orders each, and the rest of the network."""
    sketch = Sketch(
        800,
        210,
        "Two zones of the network, RZA and OZA, each with a defender that sees its own zone and "
        "orders Sleep, Analyse, Remove or Restore every five ticks. Red passes between the zones "
        "and the rest of the network, where every defender sleeps. One reward for both.",
    )
    sketch.box(120, 105, 190, 150, "rest of the network:\nall defenders sleep", "plain")
    for x, zone in ((340, "RZA"), (560, "OZA")):
        sketch.box(x, 135, 150, 90, f"zone {zone}\nup to 16 hosts", "none")
        sketch.box(x, 40, 150, 44, f"defender {zone}:\nown zone only", "blue")
        sketch.arrow((x - 12, 90), (x - 12, 63), "ink")
        sketch.arrow((x + 12, 63), (x + 12, 90), "blue", thick=2)
    sketch.arrow((216, 140), (264, 140), "orange", thick=2)
    sketch.arrow((416, 140), (484, 140), "orange", thick=2)
    sketch.text(240, 162, "red", size=12, colour="orange")
    sketch.text(450, 162, "red", size=12, colour="orange")
    sketch.box(725, 105, 120, 90, "one reward:\npoints lost\nin both zones", "orange")
    sketch.arrow((636, 135), (664, 118), "ink")
    return sketch
