"""``exercises``: make the exercise notebooks from the solutions, check that they agree, give a reader a fresh copy."""

from __future__ import annotations

import argparse
import pathlib
import re
import shutil
import time

from course_lib.commands import environment, lab

DESCRIPTION = """\
The notebooks in solutions/ are the source of those in exercises/.

  build [NN ...]    make exercises/NN-*.ipynb from solutions/NN-*.ipynb (all, if no lesson is named) and run it;
                    with --solutions, run and store the solutions first
  verify [NN ...]   say where exercises/ is not what would be built, where a notebook was not run from top to bottom,
                    and where a stored verdict is not "correct" (solutions) or "not attempted" (exercises)
  reset NN          put a fresh copy of an exercise into my-work/; what was there is kept beside it
  execute FILE ...  run notebooks from top to bottom and store their outputs

Writes: exercises/ (build), solutions/ (build --solutions), my-work/ (reset), the named files (execute)."""

CELL_SECONDS = 240


def run(arguments: list[str]) -> int:
    """Run one of the four; 1 if `verify` finds a fault."""
    options = parser().parse_args(arguments)
    environment.enter_if_ready(["exercises", *arguments])
    root = environment.ROOT
    if options.action == "reset":
        lessons = [lesson_number(text) for text in options.what]
        if len(lessons) != 1:
            raise ValueError("name one lesson to reset, for example: exercises reset 05")
        return reset(root, lessons[0])
    if options.action == "execute":
        for name in options.what:
            execute_file(pathlib.Path(name))
        return 0
    chosen = chosen_solutions(root, [lesson_number(text) for text in options.what])
    if options.action == "verify":
        return verify(chosen)
    for solutions in chosen:
        build(solutions, run_solutions=options.solutions)
    return 0


def parser() -> argparse.ArgumentParser:
    """The options of ``exercises``."""
    made = argparse.ArgumentParser("python -m course_lib exercises", description=DESCRIPTION, formatter_class=lab.RAW)
    made.add_argument("action", choices=("build", "verify", "reset", "execute"), metavar="build|verify|reset|execute")
    made.add_argument("what", nargs="*", help="lessons, such as 05 (for execute: files)")
    made.add_argument("--solutions", action="store_true", help="build: run and store the solution notebooks as well")
    return made


def lesson_number(text: str) -> str:
    """A lesson as files are named by it: "05" for "5" and "05"."""
    if not re.fullmatch(r"\d{1,2}[a-z]?", text):
        raise ValueError(f"{text!r} is no lesson: give its number, for example 05")
    digits = text.rstrip("abcdefghijklmnopqrstuvwxyz")
    return digits.zfill(2) + text[len(digits) :]


def chosen_solutions(root: pathlib.Path, lessons: list[str]) -> list[pathlib.Path]:
    """The solution notebooks of the named lessons, or all. ValueError for a lesson that has none."""
    every = sorted((root / "solutions").glob("[0-9][0-9]*-*.ipynb"))
    chosen = [path for path in every if not lessons or path.name.partition("-")[0] in lessons]
    missing = set(lessons) - {path.name.partition("-")[0] for path in chosen}
    if missing:
        raise ValueError(f"there is no solutions/{min(missing)}-*.ipynb")
    return chosen


def build(solutions: pathlib.Path, run_solutions: bool = False, lesson=None) -> pathlib.Path:
    """Write the exercise notebook of one solution notebook into the folder exercises/ beside solutions/.

    ValueError if the result has a fault; nothing is written then.
    """
    import nbformat

    from course_lib.workbook import build as rules
    from course_lib.workbook.progress import write_whole

    if run_solutions:
        execute_file(solutions)
    source = read(solutions)
    made = rules.exercise_of(source)
    target = solutions.parents[1] / "exercises" / solutions.name
    target.parent.mkdir(exist_ok=True)
    begin = time.monotonic()
    execute(made, target.parent, f"exercises/{target.name}")
    found = rules.faults(source, made, lesson or lesson_of(solutions))
    if found:
        raise ValueError(f"{solutions.name} was not built: " + "; ".join(found))
    write_whole(target, nbformat.writes(made) + "\n")
    print(f"exercises/{target.name}: {len(made.cells)} cells, run in {time.monotonic() - begin:.1f} s", flush=True)
    return target


def verify(chosen: list[pathlib.Path], lesson=None) -> int:
    """Print every fault of the pairs, one a line, or that there is none."""
    from course_lib.workbook import build as rules

    lines = []
    for solutions in chosen:
        exercise = solutions.parents[1] / "exercises" / solutions.name
        if not exercise.exists():
            lines.append(f"{solutions.name}: exercises/ has no such file; run `python -m course_lib exercises build`")
            continue
        found = rules.faults(read(solutions), read(exercise), lesson or lesson_of(solutions))
        lines += [f"{solutions.name}: {fault}" for fault in found]
    lines += [f"exercises/{name}: it has no solution" for name in orphans(chosen)]
    print("\n".join(lines or [f"{len(chosen)} exercise notebooks agree with their solutions."]))
    return 1 if lines else 0


def orphans(chosen: list[pathlib.Path]) -> list[str]:
    """Exercise notebooks beside the chosen ones without a file of the same name in solutions/."""
    folders = {path.parents[1] for path in chosen}
    exercises = [path for folder in folders for path in (folder / "exercises").glob("*.ipynb")]
    return sorted(path.name for path in exercises if not (path.parents[1] / "solutions" / path.name).exists())


def lesson_of(solutions: pathlib.Path):
    """The lesson a solution notebook belongs to."""
    from course_lib.workbook.exercise import lesson

    return lesson(solutions.name.partition("-")[0])


def read(path: pathlib.Path):
    """A stored notebook. ValueError where the file is none."""
    import nbformat

    try:
        return nbformat.read(path, as_version=4)
    except (nbformat.reader.NotJSONError, nbformat.ValidationError, AttributeError) as error:
        raise ValueError(f"{path} is no notebook") from error


def execute_file(path: pathlib.Path) -> None:
    """Run a notebook from top to bottom in its own folder and store its outputs. ValueError if a cell fails."""
    import nbformat

    from course_lib.workbook.progress import write_whole

    notebook, begin = read(path), time.monotonic()
    execute(notebook, path.parent, str(path))
    write_whole(path, nbformat.writes(notebook) + "\n")
    print(f"{path}: {len(notebook.cells)} cells, run in {time.monotonic() - begin:.1f} s", flush=True)


def execute(notebook, folder: pathlib.Path, name: str) -> None:
    """Run a notebook in a fresh kernel in ``folder``; its outputs hold no times, random ids or torn lines of text."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    from course_lib.workbook.build import not_run_in_order, without_random_ids

    client = NotebookClient(
        notebook, timeout=CELL_SECONDS, kernel_name="python3", resources={"metadata": {"path": str(folder)}},
        record_timing=False, store_widget_state=False, coalesce_streams=True,
    )  # fmt: skip
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    try:
        client.execute(env={**environment.child_variables(), "COURSE_PROGRESS": "", "PYTHONHASHSEED": "0"})
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        fault = next((f for f in not_run_in_order(notebook) if "failed" in f), str(error).strip().splitlines()[-1])
        raise ValueError(f"{name}: {fault}") from None
    without_random_ids(notebook)


def reset(root: pathlib.Path, lesson: str) -> int:
    """Copy the exercise of a lesson to my-work/; the earlier copy is kept under another name."""
    originals = sorted((root / "exercises").glob(f"{lesson}-*.ipynb"))
    if not originals:
        raise ValueError(f"there is no exercises/{lesson}-*.ipynb")
    for original in originals:
        copy = root / "my-work" / original.name
        copy.parent.mkdir(exist_ok=True)
        if copy.exists():
            kept = free_name(copy)
            copy.rename(kept)
            print(f"Your work so far is kept as my-work/{kept.name}")
        shutil.copyfile(original, copy)
        print(f"my-work/{copy.name} is as it was at the start. Close and reopen it in JupyterLab if it is open.")
    return 0


def free_name(path: pathlib.Path) -> pathlib.Path:
    """``05-title.ipynb`` -> ``05-title-before-reset-1.ipynb``, with the first number that is free."""
    number = 1
    while (kept := path.with_name(f"{path.stem}-before-reset-{number}{path.suffix}")).exists():
        number += 1
    return kept
