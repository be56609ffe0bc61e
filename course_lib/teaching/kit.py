"""The teacher's kit: everything of this package as files in one folder."""

import ast
import os
from pathlib import Path

from course_lib import markdown, storage
from course_lib.workbook import lesson, lesson_numbers

from .glossary import glossary_markdown
from .plans import LONGEST, NOTEBOOKS, PLANS, clock, timetable
from .seed_index import index_markdown
from .worksheets import worksheet

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WRONG_ANSWERS = ROOT / "tests" / "wrong_answers"
TEXTS = ("not_learning.md", "room.md")


def write_kit(folder: str | Path) -> list[Path]:
    """Write the kit and return its files.

    Args:
        folder: made if it is not there; files of an older kit are replaced.

    Raises:
        ValueError: where ``folder`` names no folder; OSError where it cannot be written.
    """
    target = storage.path_of(folder, "folder")
    lessons = way_to_the_lessons(target)
    pages = {
        "plans.md": plans_markdown(),
        "stumbles.md": stumbles_markdown(),
        "glossary.md": glossary_markdown(lessons),
        "seed-index.md": index_markdown(lessons),
    }
    for name in TEXTS:
        pages[name.replace("_", "-")] = (HERE / name).read_text(encoding="utf-8")
    for number in lesson_numbers():
        pages[f"worksheets/{number}.html"] = worksheet(number)
    written = []
    for name, text in pages.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        storage.write_atomically(path, text)
        written.append(path)
    return written


def way_to_the_lessons(folder: Path) -> str:
    """From a folder to the notebooks, as links write it; with its root if it lies on another
    drive."""
    try:
        way = os.path.relpath(NOTEBOOKS, folder.absolute())
    except ValueError:
        way = str(NOTEBOOKS)
    return Path(way).as_posix()


def plans_markdown() -> str:
    """The three plans with their clock times."""
    lines = [
        "# Three plans",
        "",
        "Times come from the minutes that lessons and exercises state. Only *must* exercises stand "
        "in a plan; whoever is quick takes *should*, and *bonus* is for home. At a check-in "
        "everybody answers the question aloud or shows it, and nobody goes on before.",
        "",
    ]
    for name in PLANS:
        slots = timetable(name)
        total = sum(slot.minutes for slot in slots)
        hours = f"{total // 60} h {total % 60:02d} min of at most {LONGEST[name] // 60} h"
        lines += [f"## {name.capitalize()} ({hours})", ""]
        rows = [
            (clock(slot.begin), slot.minutes, slot.block.title, slot.block.check_in)
            for slot in slots
        ]
        lines += [*markdown.table(("begin", "minutes", "what", "check-in"), rows), ""]
    return "\n".join(lines)


def stumbles_markdown() -> str:
    """Each exercise with the mistakes that readers make in it, and the first hint."""
    lines = [
        "# Stumbling blocks",
        "",
        "The mistakes are those that the checks are tested against; what the check says to each "
        "stands behind it in quotes. Give the first hint before you look at anybody's code.",
        "",
    ]
    for number in lesson_numbers():
        lines += [f"## Lesson {number}", ""]
        mistakes = mistakes_of(number)
        for exercise in lesson(number).exercises.values():
            lines += [f"**{exercise.title}** ({exercise.label})", ""]
            lines += [f"- {mistake}" for mistake in mistakes.get(exercise.name, [])]
            if exercise.hints:
                lines.append(f"- *First hint:* {exercise.hints[0]}")
            lines.append("")
    return "\n".join(lines)


def mistakes_of(number: str) -> dict[str, list[str]]:
    """Exercise -> its known mistakes in words, from the wrong answers of the tests; empty where the
    tests do not lie beside the course."""
    path = WRONG_ANSWERS / f"l{number}.py"
    if not path.is_file():
        return {}
    found: dict[str, list[str]] = {}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for decorator in getattr(node, "decorator_list", []):
            if _is_wrong(decorator):
                mistake = node.name.replace("_", " ")  # type: ignore[attr-defined]
                found.setdefault(_exercise(decorator), []).append(mistake + _said(decorator))
        if isinstance(node, ast.Call) and _is_value(node):
            found.setdefault(_exercise(node), []).append("another value" + _said(node))
    return found


def _is_wrong(decorator: ast.expr) -> bool:
    """Whether it is ``@WRONG(...)``; ``@WRONG.right(...)`` marks a right answer."""
    return isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name)


def _is_value(call: ast.Call) -> bool:
    """Whether it is ``WRONG.value(...)``."""
    return isinstance(call.func, ast.Attribute) and call.func.attr == "value"


def _exercise(call: ast.Call) -> str:
    """The name that a call begins with; "" where it is no plain text."""
    first = call.args[0] if call.args else None
    return str(first.value) if isinstance(first, ast.Constant) else ""


def _said(call: ast.Call) -> str:
    """What the check says to it, as far as the tests ask."""
    for keyword in call.keywords:
        if keyword.arg == "says" and isinstance(keyword.value, ast.Constant):
            words = str(keyword.value.value).replace("*", "").replace("_", " ")
            return f': "… {words} …"'
    return ""
