"""Exercise notebooks, which are made from the solution notebooks.

  build [NN ...]    make exercises/NN-*.ipynb from solutions/NN-*.ipynb and run it; all, if no
                    lesson is named; with --solutions, run and store the solutions first
  verify [NN ...]   say where exercises/ is not what would be built, where a notebook was not run
                    from top to bottom, and where a stored verdict is not the one expected:
                    "correct" (solutions) or "not attempted" (exercises)
  reset NN          put a fresh copy of an exercise into my-work/; what was there is kept beside it
  execute FILE ...  run notebooks from top to bottom and store their outputs

Writes: exercises/ (build), solutions/ (build --solutions), my-work/ (reset), the named files
(execute)."""

from __future__ import annotations

import pathlib
import re
import time
from typing import TYPE_CHECKING

from . import my_work, parser, venv

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from course_lib.workbook.exercise import Lesson

ACTIONS = ("build", "verify", "reset", "execute")
CELL_SECONDS = 240
"""Seconds that one cell may take."""


def run(arguments: list[str]) -> int:
    """Run one of the four; 1 if `verify` finds a fault."""
    command = parser(__name__)
    command.add_argument("action", choices=ACTIONS, metavar="|".join(ACTIONS))
    command.add_argument("what", nargs="*", help="lessons, such as 05 (for execute: files)")
    command.add_argument(
        "--solutions",
        action="store_true",
        help="build: run and store the solution notebooks as well",
    )
    options = command.parse_args(arguments)
    venv.enter_if_ready(["exercises", *arguments])
    if options.action == "execute":
        if not options.what:
            raise ValueError("name the notebooks: exercises execute notebooks/00-start-here.ipynb")
        for name in options.what:
            execute_file(pathlib.Path(name))
        return 0
    lessons = [lesson_number(text) for text in options.what]
    if options.action == "reset":
        if len(lessons) != 1:
            raise ValueError("name one lesson to reset, for example: exercises reset 05")
        print(*my_work.fresh_exercise(venv.ROOT, lessons[0]), sep="\n")
        return 0
    chosen = chosen_solutions(venv.ROOT, lessons)
    if options.action == "verify":
        return verify(chosen)
    for solutions in chosen:
        build(solutions, run_solutions=options.solutions)
    return 0


def lesson_number(text: str) -> str:
    """A lesson as files are named by it: "05" for "5" and "05"."""
    found = re.fullmatch(r"([0-9]{1,2})([a-z]?)", text)
    if not found:
        raise ValueError(f"{text!r} is no lesson: give its number, for example 05")
    return found[1].zfill(2) + found[2]


def chosen_solutions(root: pathlib.Path, lessons: list[str]) -> list[pathlib.Path]:
    """The solution notebooks of the named lessons, or all; ValueError if a lesson has none."""
    every = {
        path.name.partition("-")[0]: path
        for path in sorted((root / "solutions").glob("[0-9][0-9]*-*.ipynb"))
    }
    for lesson in lessons:
        if lesson not in every:
            raise ValueError(f"there is no solutions/{lesson}-*.ipynb")
    return [every[lesson] for lesson in lessons or every]


def build(
    solutions: pathlib.Path, run_solutions: bool = False, lesson: Lesson | None = None
) -> None:
    """Write the exercise notebook of one solution notebook into the folder exercises/ beside
    solutions/.

    ValueError if the result has a fault; nothing is written then. Tests hand in a ``lesson`` of
    their own.
    """
    from course_lib.workbook import build as rules
    from course_lib.workbook.notebooks import read

    if run_solutions:
        execute_file(solutions)
    source = read(solutions)
    made = rules.exercise_of(source)
    target = exercise_beside(solutions)
    target.parent.mkdir(exist_ok=True)
    seconds = execute(made, target)
    found = rules.faults(source, made, lesson or lesson_of(solutions))
    if found:
        raise ValueError(f"{solutions.name} was not built: " + "; ".join(found))
    store(made, target, seconds)


def verify(chosen: list[pathlib.Path], lesson: Lesson | None = None) -> int:
    """Print every fault of the pairs, one a line, or that there is none."""
    from course_lib.workbook import build as rules
    from course_lib.workbook.notebooks import read

    lines = []
    for solutions in chosen:
        exercise = exercise_beside(solutions)
        if exercise.exists():
            found = rules.faults(read(solutions), read(exercise), lesson or lesson_of(solutions))
        else:
            found = ["exercises/ has no such file; run `python -m course_lib exercises build`"]
        lines += [f"{solutions.name}: {fault}" for fault in found]
    for folder in {path.parent for path in chosen}:
        names = {path.name for path in (folder.parent / "exercises").glob("*.ipynb")}
        lines += [
            f"exercises/{name}: it has no solution"
            for name in sorted(names)
            if not (folder / name).exists()
        ]
    print("\n".join(lines or [f"{len(chosen)} exercise notebooks agree with their solutions."]))
    return 1 if lines else 0


def exercise_beside(solutions: pathlib.Path) -> pathlib.Path:
    """The exercise notebook that belongs to a solution notebook; it need not exist."""
    return solutions.parents[1] / "exercises" / solutions.name


def lesson_of(solutions: pathlib.Path) -> Lesson:
    """The lesson a solution notebook belongs to."""
    from course_lib.workbook.exercise import lesson

    return lesson(solutions.name.partition("-")[0])


def execute_file(path: pathlib.Path) -> None:
    """Run a notebook from top to bottom in its own folder and store its outputs. ValueError if a
    cell fails."""
    from course_lib.workbook.notebooks import read

    notebook = read(path)
    store(notebook, path, execute(notebook, path))


def execute(notebook: NotebookNode, path: pathlib.Path) -> float:
    """Run a notebook in a fresh kernel in the folder of ``path``, and return the seconds it took.

    Its outputs hold no times, random ids or torn lines of text. ValueError if a cell fails or
    takes longer than `CELL_SECONDS`.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    from course_lib.workbook.build import hide_answers, without_outputs, without_random_ids

    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
    )
    without_outputs(notebook)
    variables = {**venv.child_variables(), "COURSE_PROGRESS": "", "PYTHONHASHSEED": "0"}
    begin = time.monotonic()
    try:
        client.execute(env=variables)
    except CellTimeoutError:
        raise ValueError(f"{path.name}: {unfinished_cell(notebook)}") from None
    except (CellExecutionError, DeadKernelError) as error:
        raise ValueError(f"{path.name}: {failed_cell(notebook) or last_line(error)}") from None
    without_random_ids(notebook)
    hide_answers(notebook)
    return time.monotonic() - begin


def unfinished_cell(notebook: NotebookNode) -> str:
    """Which cell did not end in time: the last one that was begun, or the first to be run."""
    code = [(n, cell) for n, cell in enumerate(notebook.cells, 1) if cell.cell_type == "code"]
    begun = [n for n, cell in code if cell.get("execution_count")]
    number = begun[-1] if begun else code[0][0]
    return f"cell {number} took longer than {CELL_SECONDS} seconds"


def failed_cell(notebook: NotebookNode) -> str:
    """Which cell failed, and how, or ''."""
    from course_lib.workbook.build import not_run_in_order

    return next((fault for fault in not_run_in_order(notebook) if "failed" in fault), "")


def last_line(error: Exception) -> str:
    """The last line of what an exception says."""
    return str(error).strip().splitlines()[-1]


def store(notebook: NotebookNode, path: pathlib.Path, seconds: float) -> None:
    """Write a notebook that was run."""
    import nbformat

    from course_lib import storage

    storage.write_atomically(path, nbformat.writes(notebook) + "\n")
    print(f"{path}: {len(notebook.cells)} cells, run in {seconds:.1f} s", flush=True)
