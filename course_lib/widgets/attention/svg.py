"""Pieces of SVG and HTML that every panel of the explorer is made of.

Text takes the colour of its surroundings, so that it reads on a light and on a dark page. An
element with ``data-set`` can be clicked: it names a choice and, in ``data-value``, its new value.
"""

import html
from collections.abc import Sequence

SMALLEST_TEXT = 12
"""Pixels; nothing in the explorer is written smaller."""


def escape(text: object) -> str:
    """Text that is safe inside HTML and SVG."""
    return html.escape(str(text))


def picture(width: float, height: float, label: str, body: str) -> str:
    """A picture of its natural size, which shrinks where there is less room."""
    return (
        f'<svg role="img" aria-label="{escape(label)}" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" fill="currentColor" '
        f'style="font:{SMALLEST_TEXT}px sans-serif;max-width:100%;height:auto">{body}</svg>'
    )


def text(x: float, y: float, content: object, anchor: str = "start") -> str:
    """One line of text; ``anchor`` is "start", "middle" or "end"."""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(content)}</text>'


def clickable(choice: str, value: str, title: str, body: str) -> str:
    """A group that sets a choice when it is clicked, or chosen with Enter; focus is drawn."""
    words = escape(title)
    return (
        f'<g data-set="{choice}" data-value="{escape(value)}" tabindex="0" role="button" '
        f'aria-label="{words}" style="cursor:pointer"><title>{words}</title>{body}</g>'
    )


def table(caption: str, titles: Sequence[str], rows: Sequence[str]) -> str:
    """A table; ``rows`` are finished ``<tr>`` elements."""
    head = "".join(f'<th scope="col">{escape(title)}</th>' for title in titles)
    body = "".join(rows)
    return (
        f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )


def row(name: str, cells: Sequence[str]) -> str:
    """One row: a name, escaped here, and finished contents of cells."""
    body = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr><th scope="row">{escape(name)}</th>{body}</tr>'


def number(value: float, digits: int = 2) -> str:
    """A number with so many digits, never minus zero."""
    return f"{round(float(value), digits) + 0.0:.{digits}f}"


def percent(share: float, signed: bool = False) -> str:
    """A share in per cent, to a tenth; what is smaller but not nothing is "< 0.1 %"."""
    value = 100 * float(share)
    if 1e-6 < abs(value) < 0.05:
        return "< 0.1 %"
    rounded = round(value, 1) + 0.0
    return f"{rounded:+.1f} %" if signed and rounded else f"{rounded:.1f} %"
