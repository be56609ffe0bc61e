"""Drawings of the hierarchy's one part: a unit with its four flows, and how it listens."""

from collections.abc import Sequence

from .sketch import Sketch

UNIT_PARTS = (
    (205, 200, "policy π: command,\nmessage and IOC →\ncommands, or an action"),
    (410, 160, "ϕ: any number of\nmessages → one"),
    (563, 110, "φ: rewards\n→ one"),
    (672, 84, "the worst\nIOC"),
)
"""Centre, width and words of each box inside a unit."""
UNIT_FLOWS = (
    (205, "command (8)", "blue"),
    (410, "message (76)", "ink"),
    (563, "reward (1)", "orange"),
    (672, "IOC (1)", "faint"),
)
"""Where each flow passes between a unit and its superior, its name and size, and its colour."""


def draw_unit() -> Sketch:
    """A unit between its superior and its children, with the four flows of the paper's figure 2."""
    sketch = Sketch(
        820,
        430,
        "A unit in the middle, its superior above, its children below. Down: a command of 8 "
        "numbers, from the superior to the unit and from the unit to each child. Up: from each "
        "child a message of 76 numbers, a reward and an IOC of one number each; the unit fuses "
        "the messages with phi, the rewards with varphi, and sends one of each on.",
    )
    sketch.box(410, 34, 640, 44, "superior", "plain")
    sketch.box(410, 205, 640, 124, "", "blue")
    sketch.text(104, 156, "unit", "start", bold=True)
    for x, width, words in UNIT_PARTS:
        sketch.box(x, 215, width, 74, words, "plain")
    for x, words, colour in UNIT_FLOWS:
        above, below = (x, 57), (x, 177)
        start, end = (above, below) if colour == "blue" else (below, above)
        sketch.arrow(start, end, colour, thick=2)
        sketch.text(x + 8, 100, words, "start", size=12)
    _draw_children(sketch)
    return sketch


def _draw_children(sketch: Sketch) -> None:
    """Three children below, each with a command down and three flows up."""
    for number, x in enumerate((190, 420, 650)):
        sketch.box(x, 390, 150, 44, f"child {number + 1}", "plain")
        sketch.arrow(
            (x - 40, 268),
            (x - 40, 366),
            "blue",
            thick=2,
        )
        sketch.arrow(
            (x + 10, 366),
            (x + 10, 268),
            "ink",
            thick=2,
        )
        sketch.arrow(
            (x + 32, 366),
            (x + 32, 268),
            "orange",
            thick=2,
        )
        sketch.arrow(
            (x + 54, 366),
            (x + 54, 268),
            "faint",
            thick=2,
        )
    sketch.text(190 - 48, 322, "command", "end", size=12)
    sketch.text(190 + 66, 322, "message,\nreward, IOC", "start", size=12)


def draw_one_receiver(
    names: Sequence[str], scores: Sequence[str], shares: Sequence[float]
) -> Sketch:
    """One receiver's attention, step by step: q meets each k, scores become shares, shares weigh v.

    Args:
        names: the senders; the first one is the receiver, too.
        scores: each q·k/√d as it is written, such as "ln 3".
        shares: the softmax of the scores.
    """
    said = "; ".join(
        f"{name}: score {score}, share {share:.2f}"
        for name, score, share in zip(names, scores, shares, strict=True)
    )
    sketch = Sketch(
        760,
        64 + 74 * len(names),
        f"How {names[0]} listens, from left to right: its query q meets the key k of each sender; "
        "the scores become shares by a softmax; each share weighs the sender's value v. "
        f"{said}.",
    )
    middle = 50 + 74 * (len(names) - 1) / 2
    sketch.box(70, middle, 110, 50, f"{names[0]}\nasks: q", "blue")
    heads = ((235, "sender: key k"), (385, "score q·k/√d"), (505, "share"), (610, "value v"))
    for x, words in heads:
        sketch.text(x, 14, words, size=12, bold=True)
    rows = zip(names, scores, shares, strict=True)
    for number, (name, score, share) in enumerate(rows):
        y = 50 + 74 * number
        sketch.arrow((126, middle), (180, y), "blue")
        sketch.box(235, y, 106, 40, f"{name}: k", "plain")
        sketch.arrow((290, y), (350, y))
        sketch.text(385, y, score)
        sketch.arrow((420, y), (462, y))
        sketch.box(505, y, 80 * share + 4, 30, "", "blue")
        sketch.text(505, y + 26, f"{share:.2f}", size=12)
        sketch.box(610, y, 60, 40, "v", "plain")
        sketch.line(
            [(642, y), (690, middle)],
            "blue",
            thick=1 + 6 * share,
        )
    sketch.circle(714, middle, 24, "h", "blue")
    below = 46 + 74 * len(names)
    sketch.text(380, below, "h = the values, added with these shares; the shares sum to 1", size=12)
    return sketch
