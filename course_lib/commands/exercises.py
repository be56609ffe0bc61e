"""The notebooks in solutions/ are the source of those in exercises/.

  build [NN ...]    make exercises/NN-*.ipynb from solutions/NN-*.ipynb (all, if no lesson is named)
  and run it;
                    with --solutions, run and store the solutions first
  verify [NN ...]   say where exercises/ is not what would be built, where a notebook was not run
  from top to bottom,
                    and where a stored verdict is not "correct" (solutions) or "not attempted"
                    (exercises)
  reset NN          put a fresh copy of an exercise into my-work/; what was there is kept beside it
  execute FILE ...  run notebooks from top to bottom and store their outputs

Writes: exercises/ (build), solutions/ (build --solutions), my-work/ (reset), the named files
    (execute)."""

from __future__ import annotations

import pathlib
import re
import shutil
import time

from . import parser
from . import venv as environment

CELL_SECONDS = 240


def run(arguments: list[str]) -> int:
    """Run one of the four; 1 if `verify` finds a fault."""
    made = parser(__name__)
    made.add_argument(
        "action",
        choices=("build", "verify", "reset", "execute"),
        metavar="build|verify|reset|execute",
    )
    made.add_argument("what", nargs="*", help="lessons, such as 05 (for execute: files)")
    made.add_argument(
        "--solutions",
        action="store_true",
        help="build: run and store the solution notebooks as well",
    )
    options = made.parse_args(arguments)
    environment.enter_if_ready(["exercises", *arguments])
    if options.action == "execute":
        for name in options.what:
            execute_file(pathlib.Path(name))
        return 0
    lessons = [lesson_number(text) for text in options.what]
    if options.action == "reset":
        if len(lessons) != 1:
            raise ValueError("name one lesson to reset, for example: exercises reset 05")
        return reset(environment.ROOT, lessons[0])
    chosen = chosen_solutions(environment.ROOT, lessons)
    if options.action == "verify":
        return verify(chosen)
    for solutions in chosen:
        build(solutions, run_solutions=options.solutions)
    return 0


def lesson_number(text: str) -> str:
    """A lesson as files are named by it: "05" for "5" and "05"."""
    found = re.fullmatch(r"(\d{1,2})([a-z]?)", text)
    if not found:
        raise ValueError(f"{text!r} is no lesson: give its number, for example 05")
    return found[1].zfill(2) + found[2]


def chosen_solutions(root: pathlib.Path, lessons: list[str]) -> list[pathlib.Path]:
    """The solution notebooks of the named lessons, or all. ValueError for a lesson that has
    none."""
    every = {
        path.name.partition("-")[0]: path
        for path in sorted((root / "solutions").glob("[0-9][0-9]*-*.ipynb"))
    }
    for lesson in lessons:
        if lesson not in every:
            raise ValueError(f"there is no solutions/{lesson}-*.ipynb")
    return [every[lesson] for lesson in lessons or every]


def build(solutions: pathlib.Path, run_solutions: bool = False, lesson=None) -> None:
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


def verify(chosen: list[pathlib.Path], lesson=None) -> int:
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


def lesson_of(solutions: pathlib.Path):
    """The lesson a solution notebook belongs to."""
    from course_lib.workbook.exercise import lesson

    return lesson(solutions.name.partition("-")[0])


def execute_file(path: pathlib.Path) -> None:
    """Run a notebook from top to bottom in its own folder and store its outputs. ValueError if a
    cell fails."""
    from course_lib.workbook.notebooks import read

    notebook = read(path)
    store(notebook, path, execute(notebook, path))


def execute(notebook, path: pathlib.Path) -> float:
    """Run a notebook in a fresh kernel in the folder of ``path``, and return the seconds it took.

    Its outputs hold no times, random ids or torn lines of text. ValueError if a cell fails.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    from course_lib.workbook.build import not_run_in_order, without_outputs, without_random_ids

    client = NotebookClient(
        notebook, timeout=CELL_SECONDS, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}},
        record_timing=False, store_widget_state=False, coalesce_streams=True,
    )  # fmt: skip
    without_outputs(notebook)
    begin = time.monotonic()
    try:
        client.execute(
            env={**environment.child_variables(), "COURSE_PROGRESS": "", "PYTHONHASHSEED": "0"}
        )
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        fault = next(
            (f for f in not_run_in_order(notebook) if "failed" in f),
            str(error).strip().splitlines()[-1],
        )
        raise ValueError(f"{path.name}: {fault}") from None
    without_random_ids(notebook)
    return time.monotonic() - begin


def store(notebook, path: pathlib.Path, seconds: float) -> None:
    """Write a notebook that was run."""
    import nbformat

    from course_lib.workbook.progress import write_whole

    write_whole(path, nbformat.writes(notebook) + "\n")
    print(f"{path}: {len(notebook.cells)} cells, run in {seconds:.1f} s", flush=True)


def reset(root: pathlib.Path, lesson: str) -> int:
    """Copy the exercise of a lesson to my-work/; the earlier copy is kept under another name."""
    original = next((root / "exercises").glob(f"{lesson}-*.ipynb"), None)
    if original is None:
        raise ValueError(f"there is no exercises/{lesson}-*.ipynb")
    copy = root / "my-work" / original.name
    copy.parent.mkdir(exist_ok=True)
    if copy.exists():
        kept = free_name(copy)
        copy.rename(kept)
        print(f"Your work so far is kept as my-work/{kept.name}")
    shutil.copyfile(original, copy)
    print(
        f"my-work/{copy.name} is as it was at the start. Close and reopen it in JupyterLab if it is open."
    )
    return 0


def free_name(path: pathlib.Path) -> pathlib.Path:
    """``05-title.ipynb`` -> ``05-title-before-reset-1.ipynb``, with the first number that is
    free."""
    number = 1
    while (kept := path.with_name(f"{path.stem}-before-reset-{number}{path.suffix}")).exists():
        number += 1
    return kept
