"""Tables in Markdown, for reports that a command prints or writes."""

from collections.abc import Iterable, Sequence


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """The lines of a table; a cell is written as ``str`` gives it, so round numbers first.

    ValueError for a row whose length is not that of the headings.
    """
    lines = [_line(headings), "|" + "---|" * len(headings)]
    for row in rows:
        if len(row) != len(headings):
            raise ValueError(f"row {row} has {len(row)} cells, there are {len(headings)} headings")
        lines.append(_line(row))
    return lines


def _line(cells: Sequence[object]) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"
