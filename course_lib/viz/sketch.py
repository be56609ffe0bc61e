"""Drawings that explain: boxes, circles, arrows and words, as SVG in the colours of the page.

A figure of data is matplotlib's (figures.py); what a reader should *picture*, a loop, a tree, a
flow, is a `Sketch`. It takes the text colour of the notebook, so that it reads in the light and in
the dark theme, and the same calls give the same bytes. The alternative text is part of the drawing.

Positions are pixels, x to the right and y downwards; boxes and circles are placed by their centre.
"""

import html
import math

from course_lib import static_twin
from course_lib.validate import in_range, word

from .figures import BACKGROUND, PALETTE, SHORTEST_ALT
from .figures import INK as DARK

INK = "var(--jp-content-font-color1, currentColor)"
FONT = "var(--jp-content-font-family, sans-serif)"
SIZE = 13
SMALLEST = 12.0
"""Pixels of a letter as it is seen, at least."""
PAGE_WIDTH = 824
"""Pixels of the widest drawing in JupyterLab, in a window of 1,280: what remains of a picture's
width beside the margins of a cell's result. A wider drawing is shown smaller."""
LARGEST = 10_000
"""Pixels of a side, at most."""
LINE = 16
"""Pixels from one line of text to the next."""
HEAD = 8.0
"""Length of an arrow's head."""
BLUE, ORANGE, NAVY, MAUVE = PALETTE[:4]
FILLS = {
    "none": "none",
    "plain": "rgba(128,128,128,0.14)",
    "blue": "rgba(14,138,230,0.28)",
    "orange": "rgba(242,92,5,0.32)",
    "mauve": "rgba(170,128,165,0.34)",
}
"""Tints that leave the words on them readable in both themes."""
PAPER = "var(--jp-layout-color0, Canvas)"
"""What lies under a tint, so that no line behind a box shows through."""
LINES = {"ink": INK, "blue": BLUE, "orange": ORANGE, "faint": "rgba(128,128,128,0.6)"}


class Sketch:
    """One drawing. As the last expression of a cell it shows itself."""

    def __init__(self, width: float, height: float, alt: str):
        """``alt`` says what the drawing shows, in a sentence or two. ValueError if it does not."""
        self.width = in_range("width", width, 1, LARGEST)
        self.height = in_range("height", height, 1, LARGEST)
        self.alt = " ".join(word("alt", alt).split())
        if len(self.alt) < SHORTEST_ALT:
            raise ValueError(f"alt must say what the drawing shows ({SHORTEST_ALT} characters)")
        self.parts: list[str] = []

    def text(
        self,
        x: float,
        y: float,
        words: str,
        anchor: str = "middle",
        size: float = SIZE,
        bold: bool = False,
        colour: str = "ink",
    ) -> None:
        """Words, centred on y; a line break begins a new line. ``anchor``: start, middle, end.

        A drawing wider than the page is shown smaller; there even the smallest letters are drawn
        so large that they are still seen with `SMALLEST` pixels.
        """
        size = max(size, SMALLEST * max(1.0, self.width / PAGE_WIDTH))
        lines = words.split("\n")
        first = y - LINE * (len(lines) - 1) / 2 + size * 0.35
        weight = ' font-weight="bold"' if bold else ""
        for number, line in enumerate(lines):
            place = f'x="{x:.1f}" y="{first + LINE * number:.1f}"'
            look = f'text-anchor="{anchor}" font-size="{size:.3g}" fill="{LINES[colour]}"{weight}'
            self.parts.append(f"<text {place} {look}>{html.escape(line)}</text>")

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        words: str = "",
        fill: str = "plain",
        line: str = "ink",
        dashed: bool = False,
        bold: bool = False,
        thick: float = 1.2,
    ) -> None:
        """A rounded rectangle with words in its middle."""
        corner = f'x="{x - width / 2:.1f}" y="{y - height / 2:.1f}"'
        size = f'width="{width:.1f}" height="{height:.1f}" rx="6"'
        if fill != "none":
            self.parts.append(f'<rect {corner} {size} fill="{PAPER}"/>')
        self.parts.append(f"<rect {corner} {size} {_look(fill, line, thick, dashed)}/>")
        if words:
            self.text(x, y, words, bold=bold)

    def circle(
        self,
        x: float,
        y: float,
        radius: float,
        words: str = "",
        fill: str = "plain",
        line: str = "ink",
        thick: float = 1.2,
    ) -> None:
        """A circle with words in its middle."""
        place = f'cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"'
        self.parts.append(f'<circle {place} fill="{PAPER}"/>')
        self.parts.append(f"<circle {place} {_look(fill, line, thick)}/>")
        if words:
            self.text(x, y, words)

    def line(
        self,
        points: list[tuple[float, float]],
        colour: str = "ink",
        dashed: bool = False,
        thick: float = 1.4,
    ) -> None:
        """A line through points."""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        look = _look("none", colour, thick, dashed)
        self.parts.append(f'<polyline points="{path}" {look}/>')

    def arrow(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        colour: str = "ink",
        dashed: bool = False,
        thick: float = 1.4,
        bend: float = 0.0,
    ) -> None:
        """An arrow; ``bend`` pixels to the left of its direction in the middle."""
        (x1, y1), (x2, y2) = start, end
        length = math.hypot(x2 - x1, y2 - y1)
        across_x = (y2 - y1) / length
        across_y = -(x2 - x1) / length
        # The control point of a quadratic curve stands twice as far out as the curve itself.
        control_x = (x1 + x2) / 2 + 2 * bend * across_x
        control_y = (y1 + y2) / 2 + 2 * bend * across_y
        angle = math.atan2(y2 - control_y, x2 - control_x)
        neck_x = x2 - HEAD * math.cos(angle)
        neck_y = y2 - HEAD * math.sin(angle)
        path = f"M{x1:.1f},{y1:.1f} Q{control_x:.1f},{control_y:.1f} {neck_x:.1f},{neck_y:.1f}"
        self.parts.append(f'<path d="{path}" {_look("none", colour, thick, dashed)}/>')
        self._head(x2, y2, angle, colour)

    def _head(self, x: float, y: float, angle: float, colour: str) -> None:
        """The tip of an arrow."""
        corners = [(x, y)]
        for side in (-0.45, 0.45):
            back_x = x - HEAD * 1.2 * math.cos(angle + side)
            back_y = y - HEAD * 1.2 * math.sin(angle + side)
            corners.append((back_x, back_y))
        path = " ".join(f"{px:.1f},{py:.1f}" for px, py in corners)
        self.parts.append(f'<polygon points="{path}" fill="{LINES[colour]}"/>')

    def svg(self) -> str:
        """The drawing as one SVG element."""
        view = f'viewBox="0 0 {self.width:g} {self.height:g}" width="{self.width:g}"'
        style = f'style="max-width:100%;height:auto;font-family:{FONT}"'
        label = html.escape(self.alt)
        body = "".join(self.parts)
        return f'<svg role="img" aria-label="{label}" {view} {style}>{body}</svg>'

    def __repr__(self) -> str:
        return f"Figure: {self.alt}"

    def _repr_html_(self) -> str:
        return static_twin.with_still(_still(self.svg(), self.alt), self.svg())


def _still(svg: str, alt: str) -> str:
    """A drawing as an image with colours of its own: an image knows no theme."""
    plain = svg.replace(INK, DARK).replace(PAPER, BACKGROUND).replace(FONT, "sans-serif")
    sheet = f'<rect width="100%" height="100%" fill="{BACKGROUND}"/>'
    head, tag, body = plain.partition(">")
    space = 'xmlns="http://www.w3.org/2000/svg" '
    alone = head.replace("<svg ", f"<svg {space}") + tag + sheet + body
    return f'<img alt="{html.escape(alt)}" src="{static_twin.svg_address(alone)}">'


def _look(fill: str, line: str, thick: float, dashed: bool = False) -> str:
    """Fill and outline of a shape."""
    dash = ' stroke-dasharray="6 4"' if dashed else ""
    return f'fill="{FILLS[fill]}" stroke="{LINES[line]}" stroke-width="{thick:g}"{dash}'
