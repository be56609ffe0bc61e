"""Markdown that a command prints or writes: tables, and text between two marks."""

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


def between(text: str, marks: tuple[str, str], block: str, whose: str) -> str:
    """The text with another block between its two marks, each on a line of its own.

    ValueError, which names the file (``whose``), where a mark is missing.
    """
    before, opening, rest = text.partition(marks[0])
    _, closing, after = rest.partition(marks[1])
    if not (opening and closing):
        raise ValueError(f"{whose} has no place for this: it lacks {marks[0]} or {marks[1]}")
    return f"{before}{opening}\n{block}\n{closing}{after}"


def _line(cells: Sequence[object]) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"
