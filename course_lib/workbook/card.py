"""What an exercise answers: a small card, as HTML for JupyterLab and as plain text for everything
else.

The HTML uses JupyterLab's own colours, so that it reads in the light and in the dark theme, and
holds nothing that changes from run to run (no counts, times or random ids): notebooks are compared
with their stored outputs.
"""

import html
import re
import textwrap
from dataclasses import dataclass

LOOKS = {
    "correct": ("✓", "--jp-success-color1", "#388e3c"),
    "wrong": ("✗", "--jp-error-color1", "#d32f2f"),
    "not attempted": ("○", "--jp-warn-color1", "#f57c00"),
    "note": ("›", "--jp-info-color1", "#0288d1"),
}
"""Sign, JupyterLab colour and colour elsewhere of each kind of card; the kind also stands on it as
a word."""

FRAME = (
    "border:1px solid var(--jp-border-color2,#bbb);border-left:5px solid {};border-radius:3px;"
    "padding:.5em .9em;margin:.3em 0;max-width:60em;color:var(--jp-content-font-color1,inherit);"
    "background:var(--jp-layout-color1,transparent);"
    "font-size:var(--jp-content-font-size1,14px);line-height:1.5"
)
CODE = (
    "font-family:var(--jp-code-font-family,monospace);font-size:.93em;"
    "white-space:pre-wrap;overflow-wrap:anywhere"
)
LABEL = (
    "color:var(--jp-content-font-color2,inherit);padding:.1em 1em .1em 0;"
    "vertical-align:top;white-space:nowrap"
)
CELL = "text-align:left;padding:.1em 0;vertical-align:top"


@dataclass(frozen=True)
class Row:
    """One line of a card: what it is about, and the text; ``code`` sets the text in the code
    font."""

    label: str
    text: str
    code: bool = False


@dataclass(frozen=True)
class Card:
    """A message of the workbook. ``repr`` is its plain text; JupyterLab shows the HTML."""

    name: str
    """The exercise, by the name the reader writes."""
    outcome: str
    """"correct", "wrong" or "not attempted"; "note" for hints, solutions and overviews."""
    title: str
    """The exercise in words, or what kind of note this is."""
    rows: tuple[Row, ...] = ()

    @property
    def correct(self) -> bool:
        """Whether the answer was right."""
        return self.outcome == "correct"

    def __repr__(self) -> str:
        head = f"{self.name}: {self.title if self.outcome == 'note' else self.outcome}"
        return "\n".join([head, *(_plain(row) for row in self.rows)])

    def _repr_html_(self) -> str:
        sign, colour, elsewhere = LOOKS[self.outcome]
        colour = f"var({colour},{elsewhere})"
        verdict = "" if self.outcome == "note" else f"{self.outcome.capitalize()} · "
        head = (
            f'<b><span style="color:{colour}" aria-hidden="true">{sign}</span> '
            f"{verdict}{inline(self.title)}</b>"
        )
        name = f' <code style="background:transparent">{html.escape(self.name)}</code>'
        rows = "".join(_html_row(row) for row in self.rows)
        table = (
            f'<table role="presentation" style="border:0;margin:.3em 0 0">{rows}</table>'
            if rows
            else ""
        )
        return f'<div style="{FRAME.format(colour)}">{head}{name}{table}</div>'


def _plain(row: Row) -> str:
    lines = row.text.splitlines() if row.code else textwrap.wrap(row.text, 100)
    return f"  {row.label:<11} " + textwrap.indent("\n".join(lines), " " * 14)[14:]


def _html_row(row: Row) -> str:
    text = f'<div style="{CODE}">{html.escape(row.text)}</div>' if row.code else inline(row.text)
    style = ' style="background:transparent;border:0"'
    return (
        f'<tr{style}><td style="{LABEL}">{html.escape(row.label)}</td>'
        f'<td style="{CELL}">{text}</td></tr>'
    )


def inline(text: str) -> str:
    """Escaped HTML, in which `backticks` set code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))


def plain(text: str) -> str:
    """The text without the backticks."""
    return re.sub(r"`([^`]+)`", r"\1", text)
