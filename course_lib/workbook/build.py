"""Exercise notebooks from solution notebooks, and what can be wrong with a pair of them.

Nothing here runs a notebook: ``course_lib/commands/exercises.py`` does that between `exercise_of`
and `faults`. Cells are numbered from 1, as JupyterLab numbers them after a run from top to bottom,
but text cells count as well.
"""

import copy
import html
import itertools
import re
from collections.abc import Iterator

import nbformat

from . import markers
from .exercise import Lesson

SOLUTION_ONLY = "solution-only"
"""Tag of cells that the exercise leaves out."""
WIDGET = "application/vnd.jupyter.widget-view+json"
ANSWER = re.compile(r"\.reveal\(")
"""What the cell that answers a prediction holds."""
VERDICT = re.compile(r"^(\w+): (correct|wrong|not attempted)$", re.MULTILINE)


def exercise_of(solutions: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The exercise notebook, not yet run. ValueError, with the number of the cell, where a marker
    is wrong."""
    made = copy.deepcopy(solutions)
    without_outputs(made)
    for number, cell in enumerate(made.cells, 1):
        try:
            if cell.cell_type == "code" and markers.has_solution(cell.source):
                cell.source = markers.stub(cell.source)
        except ValueError as error:
            raise ValueError(f"cell {number}: {error}") from None
    made.cells = [cell for cell in made.cells if SOLUTION_ONLY not in cell.metadata.get("tags", [])]
    return made


def without_outputs(notebook: nbformat.NotebookNode) -> None:
    """Make every code cell one that was never run."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None


def hide_answers(notebook: nbformat.NotebookNode) -> None:
    """Fold away the stored outputs of every cell that answers a prediction, and of no other.

    Running the cell unfolds them, and the prediction hides them from then on.
    """
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        look = cell.metadata.setdefault("jupyter", {})
        look["outputs_hidden"] = bool(ANSWER.search(cell.source))
        if not look["outputs_hidden"]:
            del look["outputs_hidden"]
        if not look:
            del cell.metadata["jupyter"]


def without_random_ids(notebook: nbformat.NotebookNode) -> None:
    """Take out what differs from run to run: ids of widgets, whose kernel is gone.

    An output that was nothing else goes with it; its static twin stands before it.
    """
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        cell.outputs = [
            output for output in cell.outputs if set(output.get("data", {})) != {WIDGET}
        ]
        for output in cell.outputs:
            output.get("data", {}).pop(WIDGET, None)


def faults(
    solutions: nbformat.NotebookNode, exercises: nbformat.NotebookNode, lesson: Lesson
) -> list[str]:
    """Everything that is wrong with a pair of notebooks and the lesson's exercises, as sentences;
    empty is good."""
    expected = exercise_of(solutions)
    found = [
        f"exercises: {fault}"
        for fault in (*differences(expected, exercises), *leaks(solutions, exercises))
    ]
    for folder, notebook in (("solutions", solutions), ("exercises", exercises)):
        found += [f"{folder}: {fault}" for fault in not_run_in_order(notebook)]
    found += [f"solutions: {fault}" for fault in undeclared(solutions, lesson)]
    for folder, notebook, outcome in (
        ("solutions", solutions, "correct"),
        ("exercises", exercises, "not attempted"),
    ):
        found += [f"{folder}: {fault}" for fault in other_verdicts(notebook, lesson, outcome)]
    return found


def differences(expected: nbformat.NotebookNode, stored: nbformat.NotebookNode) -> Iterator[str]:
    """Where the sources of a stored exercise notebook are not what would be built: cell and nearest
    line."""
    pairs = list(zip(expected.cells, stored.cells, strict=False))
    for number, (want, have) in enumerate(pairs, 1):
        if want.cell_type != have.cell_type:
            yield f"cell {number} is a {have.cell_type} cell, it would be built as {want.cell_type}"
            return
        if want.source != have.source:
            yield f"cell {number}, {nearest_line(want.source, have.source)}"
    if len(expected.cells) != len(stored.cells):
        longer, what = (
            (stored, "is not built") if len(stored.cells) > len(pairs) else (expected, "is missing")
        )
        yield f"cell {len(pairs) + 1} {what}: {_first_line(longer.cells[len(pairs)].source)}"


def nearest_line(want: str, have: str) -> str:
    """The first line in which two different sources differ."""
    pairs = itertools.zip_longest(want.splitlines(), have.splitlines(), fillvalue="")
    number, wanted, line = next(
        (number, *pair) for number, pair in enumerate(pairs, 1) if pair[0] != pair[1]
    )
    return f"line {number}: it is `{line.strip()}`, it would be built as `{wanted.strip()}`"


def leaks(solutions: nbformat.NotebookNode, exercises: nbformat.NotebookNode) -> Iterator[str]:
    """Solutions that can be seen in the exercise: the longest line of one, in a source or an
    output."""
    shown = [
        (number, _squeezed(_everything(cell))) for number, cell in enumerate(exercises.cells, 1)
    ]
    for cell in solutions.cells:
        lines = markers.region_lines(cell.source) if cell.cell_type == "code" else []
        telling = max(lines, key=len, default="")
        for number, text in shown if telling else []:
            if _squeezed(telling) in text:
                yield f"cell {number} shows a line of a solution: `{telling}`"


def not_run_in_order(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Cells that were not run, failed, or were not run from top to bottom in a fresh kernel."""
    count = 0
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        count += 1
        if cell.execution_count is None:
            yield f"cell {number} was not run"
        elif cell.execution_count != count:
            ran = cell.execution_count
            yield f"cell {number} was run out of order: as number {ran}, not {count}"
        for output in cell.outputs:
            if output.output_type == "error":
                yield f"cell {number} failed: {output.ename}: {output.evalue}"


def undeclared(solutions: nbformat.NotebookNode, lesson: Lesson) -> Iterator[str]:
    """Exercises of the lesson that the notebook does not introduce or solve, and marked cells of no
    exercise."""
    prose = [cell.source for cell in solutions.cells if cell.cell_type == "markdown"]
    marked = [
        cell.source
        for cell in solutions.cells
        if cell.cell_type == "code" and markers.has_solution(cell.source)
    ]
    for name, exercise in lesson.exercises.items():
        if not any(exercise.title in text and exercise.label in text for text in prose):
            yield (
                f"no cell introduces {name} with its title `{exercise.title}` and its label "
                f"`{exercise.label}`"
            )
        if not any(name in markers.defined_names(source) for source in marked):
            yield f"no cell with ### BEGIN SOLUTION defines {name}"
    for source in marked:
        if not markers.defined_names(source) & set(lesson.exercises):
            yield f"this solution belongs to no exercise of the lesson: {_first_line(source)}"


def other_verdicts(notebook: nbformat.NotebookNode, lesson: Lesson, outcome: str) -> Iterator[str]:
    """Checks whose stored verdict is not ``outcome``, and exercises without a check."""
    verdicts = dict.fromkeys(lesson.exercises, "")
    for number, cell in enumerate(notebook.cells, 1):
        for output in cell.get("outputs", []):
            for name, said in VERDICT.findall(output.get("data", {}).get("text/plain", "")):
                verdicts[name] = said
                if said != outcome:
                    yield f"cell {number}: the check of {name} says {said}, not {outcome}"
    for name, said in verdicts.items():
        if not said:
            yield f"no cell ends with check.{name}({name})"


def _everything(cell: nbformat.NotebookNode) -> str:
    texts = [cell.source]
    for output in cell.get("outputs", []):
        texts += [output.get("text", "")]
        texts += [text for kind, text in output.get("data", {}).items() if kind.startswith("text/")]
    return html.unescape("\n".join(texts))


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _first_line(source: str) -> str:
    return f"`{source.strip().splitlines()[0]}`" if source.strip() else "an empty cell"
