"""A small table in a notebook: HTML for the reader, aligned plain text for everything else."""

import html
from collections.abc import Iterable, Sequence

from course_lib import validate


def table_bundle(
    header: Sequence[str], rows: Iterable[Sequence[object]], caption: str = ""
) -> dict[str, str]:
    """MIME bundle of a table: "text/html" and its plain-text twin with the same cells.

    Columns of numbers are set right, the others left; numbers are written as ``str`` gives them, so
    round them first. ValueError for a row whose length is not that of the header.
    """
    header = _checked("header", header)
    rows = [_checked("row", row) for row in _checked("rows", rows)]
    validate.word("caption", caption)
    for row in rows:
        if len(row) != len(header):
            shown = validate.shown(row)
            raise ValueError(f"row {shown} has {len(row)} cells, the header has {len(header)}")
    return {
        "text/html": _as_html(header, rows, caption),
        "text/plain": _as_text(header, rows, caption),
    }


def _checked(name: str, value: object) -> list:
    """``value`` as a list; a single word is not taken for its letters."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise ValueError(f"{name}={validate.shown(value)} is no list")
    return list(value)


def show_table(header: Sequence[str], rows: Iterable[Sequence[object]], caption: str = "") -> None:
    """Display a table in a notebook; see `table_bundle`."""
    from IPython.display import display

    display(table_bundle(header, rows, caption), raw=True)


def _is_number(cell: object) -> bool:
    text = str(cell).rstrip(" %").replace(",", "")
    for once in ("-", "+", "."):
        text = text.replace(once, "", 1)
    return text.isdigit()


def _right(rows: list[list[object]], column: int) -> bool:
    """Whether a column is set right: all its cells are numbers."""
    return bool(rows) and all(_is_number(row[column]) for row in rows)


def _as_html(header: Sequence[str], rows: list[list[object]], caption: str) -> str:
    above = ""
    if caption:
        style = "caption-side:top;text-align:left"
        above = f'<caption style="{style}">{html.escape(caption)}</caption>'
    sides = ["right" if _right(rows, column) else "left" for column in range(len(header))]
    head = _cells('th scope="col"', header, sides)
    body = "".join(f"<tr>{_cells('td', row, sides)}</tr>" for row in rows)
    return f"<table>{above}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cells(tag: str, row: Sequence[object], sides: list[str]) -> str:
    """The cells of one row; ``tag`` is the element with its attributes."""
    element = tag.partition(" ")[0]
    cells = []
    for cell, side in zip(row, sides, strict=True):
        text = html.escape(str(cell))
        cells.append(f'<{tag} style="text-align:{side}">{text}</{element}>')
    return "".join(cells)


def _as_text(header: Sequence[str], rows: list[list[object]], caption: str) -> str:
    columns = []
    for column, name in enumerate(header):
        cells = [str(name)] + [str(row[column]) for row in rows]
        width = max(len(cell) for cell in cells)
        adjust = str.rjust if _right(rows, column) else str.ljust
        columns.append([adjust(cell, width) for cell in cells])
    lines = ["  ".join(cells).rstrip() for cells in zip(*columns, strict=True)]
    return "\n".join([caption, *lines] if caption else lines)
