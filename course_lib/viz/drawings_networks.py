"""Drawings of neural networks: what one is in five pictures, a vector against a set, attention."""

from collections.abc import Sequence

from .sketch import Sketch

PANEL = 164
"""Pixels: five of them fit beside the file browser of a window of 1,280."""


def draw_network_in_five() -> Sketch:
    """A network in five pictures: sum, bend, layer, choice, and a step downhill."""
    sketch = Sketch(
        5 * PANEL,
        230,
        "Five pictures. 1: two inputs times two weights, added up. 2: a bent line, zero for "
        "negative sums. 3: many such sums side by side, a layer, and a layer on top of it. 4: the "
        "last sums become probabilities of actions. 5: a curve of loss against one weight, and a "
        "ball that rolls one step downhill.",
    )
    titles = ("1 sum", "2 bend", "3 layers", "4 choose", "5 improve")
    for number, title in enumerate(titles):
        sketch.text(PANEL * number + PANEL / 2, 16, title, bold=True)
    _draw_sum(sketch, 0)
    _draw_bend(sketch, PANEL)
    _draw_layers(sketch, 2 * PANEL)
    _draw_choice(sketch, 3 * PANEL)
    _draw_descent(sketch, 4 * PANEL)
    return sketch


def _draw_sum(sketch: Sketch, left: float) -> None:
    for y, name, weight in ((70, "alarm\n1", "× 2"), (150, "patched\n1", "× -3")):
        sketch.circle(left + 38, y, 27, "", "plain")
        sketch.text(left + 38, y, name, size=12)
        sketch.arrow(
            (left + 66, y),
            (left + 122, 110 + (y - 110) * 0.25),
            "blue",
        )
        sketch.text(
            left + 96,
            y + (-14 if y < 110 else 16),
            weight,
            size=12,
        )
    sketch.circle(left + 142, 110, 20, "-1", "blue")
    sketch.text(left + PANEL / 2, 208, "inputs × weights, added", size=12)


def _draw_bend(sketch: Sketch, left: float) -> None:
    sketch.line(
        [(left + 20, 150), (left + 160, 150)],
        "faint",
    )
    sketch.line(
        [(left + 90, 50), (left + 90, 180)],
        "faint",
    )
    sketch.line(
        [(left + 20, 150), (left + 90, 150), (left + 158, 60)],
        "blue",
        thick=3,
    )
    sketch.circle(left + 56, 150, 5, "", "orange", "orange")
    sketch.text(left + 56, 168, "-1 → 0", size=12)
    sketch.text(left + PANEL / 2, 208, "below zero: silence", size=12)


def _draw_layers(sketch: Sketch, left: float) -> None:
    inputs, hidden, outputs = (70, 150), (55, 92, 129, 166), (85, 135)
    columns = ((30, inputs), (90, hidden), (150, outputs))
    for (x1, first), (x2, second) in zip(columns, columns[1:], strict=False):
        for y1 in first:
            for y2 in second:
                sketch.line(
                    [(left + x1, y1), (left + x2, y2)],
                    "faint",
                    thick=1,
                )
    for x, ys in columns:
        for y in ys:
            sketch.circle(left + x, y, 11, "", "plain" if x == 30 else "blue")
    sketch.text(left + PANEL / 2, 208, "sums of bent sums", size=12)


def _draw_choice(sketch: Sketch, left: float) -> None:
    rows = ((60, "patch", "1.1", 67), (110, "wait", "0", 22), (160, "restore", "-0.7", 11))
    for y, name, score, share in rows:
        sketch.text(left + 50, y, name, "end", size=12)
        sketch.text(left + 78, y, score, "end", size=12)
        width = 0.8 * share
        sketch.box(left + 86 + width / 2, y, width, 20, "", "blue")
        sketch.text(left + 90 + width, y, f"{share} %", "start", size=12)
    sketch.text(left + PANEL / 2, 208, "scores become chances", size=12)


def _draw_descent(sketch: Sketch, left: float) -> None:
    curve = []
    for step in range(-14, 15):
        across = step / 14
        curve.append((left + 90 + 62 * across, 168 - 100 * across**2))
    sketch.line(curve, "ink")
    x1, y1 = curve[3]
    x2, y2 = curve[8]
    sketch.circle(x1, y1, 6, "", "orange", "orange")
    sketch.arrow(
        (x1 + 12, y1 - 4),
        (x2 + 12, y2 - 10),
        "orange",
        thick=2,
    )
    sketch.text(left + 90, 52, "loss", size=12)
    sketch.text(left + PANEL / 2, 208, "one weight, one step down", size=12)


def draw_vector_and_set() -> Sketch:
    """A fixed vector with a place for each host, against one network that all hosts share."""
    sketch = Sketch(
        840,
        330,
        "Left, a fixed vector: four hosts are read by weights W1 to W4 of their own, two more "
        "places have weights that no host ever trained. Right, a set: all six hosts are read by "
        "the same weights W, look at each other by attention, and each gets a score of its own; "
        "the mean of all gives the value.",
    )
    sketch.text(190, 18, "a fixed vector", bold=True)
    sketch.text(630, 18, "a set", bold=True)
    for place in range(6):
        y = 58 + 42 * place
        _draw_place(sketch, y, place)
        _draw_member(sketch, y, place)
    sketch.text(190, 316, "hosts 5 and 6 joined after training")
    sketch.line(
        [(640, 58), (640, 268)],
        "blue",
        thick=8,
    )
    sketch.text(640, 300, "attention:\neach looks at all")
    return sketch


def _draw_place(sketch: Sketch, y: float, place: int) -> None:
    """One host of the fixed vector."""
    new = place >= 4
    sketch.box(50, y, 80, 28, f"host {place + 1}", "orange" if new else "plain")
    sketch.arrow(
        (92, y),
        (128, y),
        "orange" if new else "ink",
        dashed=new,
    )
    sketch.box(
        165,
        y,
        70,
        28,
        f"W{place + 1}" + (" ?" if new else ""),
        "orange" if new else "blue",
    )
    sketch.line(
        [(201, y), (262, 163)],
        "orange" if new else "faint",
        dashed=new,
    )
    if place == 0:
        sketch.box(300, 163, 76, 60, "scores\nof all\nactions", "plain")


def _draw_member(sketch: Sketch, y: float, place: int) -> None:
    """One host of the set."""
    new = place >= 4
    sketch.box(470, y, 80, 28, f"host {place + 1}", "orange" if new else "plain")
    sketch.arrow((512, y), (542, y))
    sketch.box(572, y, 58, 28, "W", "blue")
    sketch.line([(601, y), (636, y)])
    sketch.arrow((644, y), (700, y))
    sketch.box(760, y, 118, 28, f"score of host {place + 1}", "plain")


def draw_attention(
    weights: Sequence[Sequence[float]], names: Sequence[str], what: str = "attention"
) -> Sketch:
    """Shares as squares, darker for more: a row for each receiver, a column for each sender.

    Each row is written out, so that it can be seen to sum to 1.
    """
    said = []
    for name, row in zip(names, weights, strict=True):
        shares = ", ".join(
            f"{share:.2f} to {other}" for share, other in zip(row, names, strict=True)
        )
        said.append(f"{name} gives {shares}")
    size = 64
    many = len(names)
    sketch = Sketch(120 + size * many, 84 + size * many, f"A square of {what}: {'; '.join(said)}.")
    sketch.text(100 + size * many / 2, 14, "sender (its key k and value v)", size=12)
    for column, name in enumerate(names):
        sketch.text(100 + size * (column + 0.5), 36, name, size=12)
    for line, (name, row) in enumerate(zip(names, weights, strict=True)):
        y = 54 + size * (line + 0.5)
        sketch.text(92, y, f"{name}\nasks (q)", "end", size=12)
        for column, share in enumerate(row):
            x = 100 + size * (column + 0.5)
            sketch.box(x, y, size - 4, size - 4, "", "none", "faint")
            side = (size - 8) * share**0.5
            sketch.box(x, y, side, side, "", "blue", "blue")
            sketch.text(x, y, f"{share:.2f}")
    return sketch


FLEET = (
    ("A", 5, "alarm"),
    ("A", 1, "clean"),
    ("B", 2, "patched"),
    ("B", 2, "clean"),
    ("C", 1, "alarm"),
    ("C", 5, "patched"),
)
"""A fleet of six: zone, importance and look of each host."""
LOOKS = {"alarm": "orange", "clean": "plain", "patched": "blue"}


def draw_fleet() -> Sketch:
    """Six hosts in three zones under a wave, and the table that the operator sees."""
    sketch = Sketch(
        820,
        300,
        "Left: six hosts in three zones A, B and C, larger circles for important hosts; a wave "
        "of attacks comes from the left, two hosts show an alarm, two are patched. Right: the same "
        "as the operator sees it, a table with a row for each host: zone, importance, look.",
    )
    for y in (110, 150, 190):
        sketch.arrow((6, y), (66, y), "orange", thick=2)
    sketch.text(38, 84, "wave", size=12)
    for number, zone in enumerate("ABC"):
        sketch.box(140 + 120 * number, 150, 104, 210, "", "none", "faint", dashed=True)
        sketch.text(140 + 120 * number, 32, f"zone {zone}", size=12)
    for row, (zone, importance, look) in enumerate(FLEET):
        x = 140 + 120 * "ABC".index(zone)
        sketch.circle(x, 100 + 100 * (row % 2), 16 + 4 * importance, f"{row + 1}", LOOKS[look])
        y = 66 + 34 * row
        for column, words in ((520, f"host {row + 1}"), (600, zone), (670, f"{importance}")):
            sketch.text(column, y, words)
        sketch.box(754, y, 84, 26, look, LOOKS[look], "faint")
    heads = ((600, "zone"), (670, "importance"), (754, "looks"))
    for column, words in heads:
        sketch.text(column, 32, words, bold=True, size=12)
    sketch.text(260, 284, "one operator: restore one host, patch one, or wait", size=12)
    sketch.text(650, 284, "what the operator sees", size=12)
    return sketch
