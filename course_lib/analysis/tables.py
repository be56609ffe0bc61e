"""A small table in a notebook: HTML for the reader, aligned plain text for everything else."""

import html
from collections.abc import Iterable, Sequence


def table_bundle(header: Sequence[str], rows: Iterable[Sequence[object]], caption: str = "") -> dict[str, str]:
    """MIME bundle of a table: "text/html" and its plain-text twin with the same cells.

    Numbers are set right, everything else left; numbers are written as ``str`` gives them, so round them first.
    ValueError for a row whose length is not that of the header.
    """
    rows = [list(row) for row in rows]
    for row in rows:
        if len(row) != len(header):
            raise ValueError(f"row {row} has {len(row)} cells, the header has {len(header)}")
    return {"text/html": _as_html(header, rows, caption), "text/plain": _as_text(header, rows, caption)}


def show_table(header: Sequence[str], rows: Iterable[Sequence[object]], caption: str = "") -> None:
    """Display a table in a notebook; see `table_bundle`."""
    from IPython.display import display

    display(table_bundle(header, rows, caption), raw=True)


def _is_number(cell: object) -> bool:
    text = str(cell).replace(",", "").replace("-", "", 1).replace("+", "", 1).rstrip(" %")
    return text.replace(".", "", 1).isdigit()


def _as_html(header: Sequence[str], rows: list[list[object]], caption: str) -> str:
    above = f'<caption style="caption-side:top;text-align:left">{html.escape(caption)}</caption>' if caption else ""
    head = "".join(f'<th scope="col" style="text-align:left">{html.escape(str(cell))}</th>' for cell in header)
    body = "".join(f"<tr>{''.join(_cell(cell) for cell in row)}</tr>" for row in rows)
    return f"<table>{above}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(cell: object) -> str:
    side = "right" if _is_number(cell) else "left"
    return f'<td style="text-align:{side}">{html.escape(str(cell))}</td>'


def _as_text(header: Sequence[str], rows: list[list[object]], caption: str) -> str:
    lines = [[str(cell) for cell in row] for row in (header, *rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    text = ["  ".join(_padded(cell, width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    return "\n".join([*([caption] if caption else []), *(line.rstrip() for line in text)])


def _padded(cell: str, width: int) -> str:
    return cell.rjust(width) if _is_number(cell) else cell.ljust(width)
