"""How long a reader needs for a lesson, measured on the notebook itself.

Nobody stood beside readers with a watch. The paces below are those of careful reading in a language
that may not be one's own; what they are applied to, words and lines and pictures, is counted. So a
lesson that grows says so: a test compares the minutes that its first cell states.
"""

import re

from course_lib.workbook.build import ANSWER

WORDS_A_MINUTE = 160
SECONDS_A_CODE_LINE = 2.5
"""Code is skimmed for what it asks, not checked: imports and blank lines do not count."""
SECONDS_A_FORMULA = 20.0
SECONDS_A_SHOWN = 20.0
"""For a table, a figure or a drawing."""
SECONDS_A_PREDICTION = 40.0
"""To think, to enter a guess and to compare."""
SECONDS_A_QUIZ = 180.0
CLOSE_ENOUGH = 5.0
"""Minutes by which a stated time may differ: it is rounded to five."""

FORMULA = re.compile(r"\$\$.*?\$\$", re.DOTALL)
INLINE_FORMULA = re.compile(r"\$[^$\n]+\$")
LINK = re.compile(r"\]\([^)]*\)")


def reading_minutes(notebook: dict) -> float:
    """Minutes for the text, the visible code, what it shows, the predictions and the quiz.

    notebook: as nbformat reads it.
    """
    seconds = 0.0
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            seconds += _text_seconds(cell["source"])
        elif cell["cell_type"] == "code":
            seconds += _code_seconds(cell)
    return seconds / 60


def _text_seconds(text: str) -> float:
    formulas = len(FORMULA.findall(text))
    text = INLINE_FORMULA.sub("x", FORMULA.sub("", text))
    words = len(re.findall(r"\w[\w'’-]*", LINK.sub("]", text)))
    return 60 * words / WORDS_A_MINUTE + SECONDS_A_FORMULA * formulas


def _code_seconds(cell: dict) -> float:
    hidden = cell["metadata"].get("jupyter", {}).get("source_hidden", False)
    lines = [] if hidden else _lines_to_read(cell["source"])
    shown = sum(_is_shown(output) for output in cell["outputs"])
    seconds = SECONDS_A_CODE_LINE * len(lines) + SECONDS_A_SHOWN * shown
    seconds += SECONDS_A_PREDICTION * len(ANSWER.findall(cell["source"]))
    return seconds + SECONDS_A_QUIZ * cell["source"].rstrip().endswith(".quiz")


def _lines_to_read(source: str) -> list[str]:
    """Lines of code without imports, the names in their brackets, and blank lines."""
    source = re.sub(r"^(from|import) [^\n(]*(\([^)]*\))?[^\n]*$", "", source, flags=re.MULTILINE)
    return [line for line in source.splitlines() if line.strip()]


def _is_shown(output: dict) -> bool:
    data = output.get("data", {})
    page = data.get("text/html", "")
    return "image/png" in data or "<table" in page or "<svg" in page
