"""Drawings of lesson 16: the way of a study, and networks whose owners are not of one mind."""

import math

from .sketch import Sketch

STEPS = (
    ("plan", "question, hypothesis,\none contrast, a control,\nseeds and budget", "blue"),
    ("runs", "one file for each\narm and seed", "plain"),
    ("judge", "intervals over seeds,\nHolm, the control", "plain"),
    ("report", "one verdict,\nin the words\nof the plan", "orange"),
)
"""Stations, what lies there, and their tint."""
OWNERS = ("hospital", "power plant", "town hall")


def draw_study_path() -> Sketch:
    """From plan to report, with the two gates that results do not pass."""
    sketch = Sketch(
        800,
        215,
        "Four boxes in a row: plan, runs, judge, report, joined by arrows. Below the runs an arrow "
        "leads back to them: stopped, it goes on. Below the judge a line from the plan ends in a "
        "cross: a plan that was changed after the runs is refused.",
    )
    for number, (name, words, fill) in enumerate(STEPS):
        x = 100 + 200 * number
        sketch.text(x, 24, name, bold=True)
        sketch.box(x, 80, 170, 78, words, fill)
        if number:
            sketch.arrow((x - 113, 80), (x - 87, 80), "ink", thick=2)
    sketch.line([(265, 121), (265, 152), (335, 152)], "blue")
    sketch.arrow((335, 152), (335, 121), "blue", thick=2)
    sketch.text(300, 168, "stopped: goes on", size=12)
    sketch.line([(100, 121), (100, 194), (470, 194)], "orange", dashed=True)
    sketch.line([(463, 187), (477, 201)], "orange", thick=2.4)
    sketch.line([(463, 201), (477, 187)], "orange", thick=2.4)
    sketch.text(490, 194, "changed afterwards: refused", "start", size=12)
    return sketch


def draw_owners() -> Sketch:
    """Three networks on a ring: who pays for an infection, and who for a cleaning."""
    sketch = Sketch(
        800,
        300,
        "Three networks on a ring, those of a hospital, a power plant and a town hall. The "
        "hospital's is infected: it costs the hospital half a point a tick and each of the two "
        "neighbours one point. Cleaning costs two points, which the hospital pays alone.",
    )
    centre_x, centre_y, radius = 330, 160, 105
    places = []
    for number in range(len(OWNERS)):
        angle = math.radians(180 + 120 * number)
        place = (centre_x + 1.7 * radius * math.cos(angle), centre_y + radius * math.sin(angle))
        places.append(place)
    hospital, plant, town = places
    sketch.line([plant, town], "faint")
    for neighbour in (plant, town):
        along_x, along_y = neighbour[0] - hospital[0], neighbour[1] - hospital[1]
        start = (hospital[0] + 0.33 * along_x, hospital[1] + 0.33 * along_y)
        end = (hospital[0] + 0.72 * along_x, hospital[1] + 0.72 * along_y)
        sketch.arrow(start, end, "orange", thick=2.4)
        middle_x = (start[0] + end[0]) / 2
        middle_y = (start[1] + end[1]) / 2
        sketch.text(middle_x, middle_y - 16, "-1 a tick", size=12)
    for place, name in zip(places, OWNERS, strict=True):
        infected = name == "hospital"
        words = f"{name}\ninfected: -0.5 a tick" if infected else f"{name}\nclean"
        sketch.box(*place, 150, 50, words, "orange" if infected else "blue")
    sketch.box(660, 160, 220, 92, "cleaning costs 2 points,\nand only the hospital pays;\n"
               "most of the gain is\nthe neighbours'", "plain")  # fmt: skip
    return sketch
