"""A worksheet to print for each lesson: its questions, without a single answer.

Predictions come from the lesson's own cells, exercises and quiz from its checks.
"""

import ast
import html

from course_lib.workbook import lesson
from course_lib.workbook.notebooks import read

from .plans import lesson_path

STYLE = (
    "body{font:12pt/1.4 sans-serif;max-width:18cm;margin:1cm auto}h2{margin-top:1.2em}"
    "li{margin:.4em 0}.line{border-bottom:1px solid #888;height:1.8em}@page{margin:1.5cm}"
)
LINES = 2
"""Empty lines to write on below a question."""


def worksheet(number: str) -> str:
    """The worksheet of a lesson as one HTML page; ValueError where there is no such lesson."""
    path = lesson_path(number)
    cells = read(path).cells
    title = cells[0].source.splitlines()[0].lstrip("# ")
    lines = "<div class='line'></div>" * LINES
    parts = [f"<h1>{html.escape(title)}</h1><p>Name: ____________________________</p>"]
    guesses = [question for cell in cells for question in predictions(cell.source)]
    if guesses:
        parts.append("<h2>Predict, then run</h2>")
        parts += [f"<p>{html.escape(question)}</p>{lines}" for question in guesses]
    checks = lesson(number)
    if checks.exercises:
        entries = [
            f"<li>☐ {html.escape(one.title)} ({html.escape(one.label)})</li>"
            for one in checks.exercises.values()
        ]
        parts.append(f"<h2>Exercises</h2><ul>{''.join(entries)}</ul>")
    if checks.quiz is not None:
        parts.append("<h2>Quiz</h2>")
        for question in checks.quiz.questions:
            options = "".join(f"<li>{html.escape(option)}</li>" for option in question.options)
            text = html.escape(question.text)
            parts.append(f"<p>{text}</p><ol type='a'>{options}</ol>")
    parts.append(f"<h2>What I want to remember</h2>{lines}{lines}")
    head = f"<meta charset='utf-8'><title>{html.escape(title)}</title><style>{STYLE}</style>"
    return f"<!doctype html><html lang='en'><head>{head}</head><body>{''.join(parts)}</body></html>"


def predictions(source: str) -> list[str]:
    """The questions of the ``predict(...)`` calls in a cell; none in a cell that is no Python."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return []
    found = []
    for node in ast.walk(tree):
        named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if named and node.func.id == "predict" and node.args:  # type: ignore[attr-defined]
            found.append(str(ast.literal_eval(node.args[0])))
    return found
