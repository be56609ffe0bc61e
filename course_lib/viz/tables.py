"""A small table in a notebook: HTML for the reader, aligned plain text for everything else."""

import html
from collections.abc import Iterable, Sequence


def table_bundle(
    header: Sequence[str], rows: Iterable[Sequence[object]], caption: str = ""
) -> dict[str, str]:
    """MIME bundle of a table: "text/html" and its plain-text twin with the same cells.

    Columns of numbers are set right, the others left; numbers are written as ``str`` gives them, so
    round them first. ValueError for a row whose length is not that of the header.
    """
    rows = [list(row) for row in rows]
    for row in rows:
        if len(row) != len(header):
            raise ValueError(f"row {row} has {len(row)} cells, the header has {len(header)}")
    return {
        "text/html": _as_html(header, rows, caption),
        "text/plain": _as_text(header, rows, caption),
    }


def show_table(header: Sequence[str], rows: Iterable[Sequence[object]], caption: str = "") -> None:
    """Display a table in a notebook; see `table_bundle`."""
    from IPython.display import display

    display(table_bundle(header, rows, caption), raw=True)


def _is_number(cell: object) -> bool:
    text = str(cell).replace(",", "").replace("-", "", 1).replace("+", "", 1).rstrip(" %")
    return text.replace(".", "", 1).isdigit()


def _right(rows: list[list[object]], column: int) -> bool:
    """Whether a column is set right: all its cells are numbers."""
    return bool(rows) and all(_is_number(row[column]) for row in rows)


def _as_html(header: Sequence[str], rows: list[list[object]], caption: str) -> str:
    above = (
        f'<caption style="caption-side:top;text-align:left">{html.escape(caption)}</caption>'
        if caption
        else ""
    )
    sides = ["right" if _right(rows, column) else "left" for column in range(len(header))]
    head = "".join(
        f'<th scope="col" style="text-align:{side}">{html.escape(str(cell))}</th>'
        for cell, side in zip(header, sides, strict=True)
    )
    body = "".join(f"<tr>{_cells(row, sides)}</tr>" for row in rows)
    return f"<table>{above}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cells(row: list[object], sides: list[str]) -> str:
    pairs = zip(row, sides, strict=True)
    return "".join(
        f'<td style="text-align:{side}">{html.escape(str(cell))}</td>' for cell, side in pairs
    )


def _as_text(header: Sequence[str], rows: list[list[object]], caption: str) -> str:
    lines = [[str(cell) for cell in row] for row in (header, *rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    adjust = [str.rjust if _right(rows, column) else str.ljust for column in range(len(header))]
    padded = [
        [place(cell, width) for cell, width, place in zip(line, widths, adjust, strict=True)]
        for line in lines
    ]
    text = ["  ".join(line) for line in padded]
    return "\n".join([*([caption] if caption else []), *(line.rstrip() for line in text)])
