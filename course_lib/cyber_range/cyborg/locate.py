"""Where the public simulator (CybORG of CAGE Challenge 4) is on this computer.

The simulator is in no package index, and the package that is called ``cyborg`` there is another
project. So the user clones its repository once, anywhere, and tells the course by ``doctor --cyborg
FOLDER``, which keeps the folder in a small JSON file. Where no file can be kept, the environment
variable ``COURSE_CYBORG`` names the clone instead; and one that Python can import needs no telling.

Nothing here imports the simulator or writes into the clone.
"""

import importlib.util
import os
import pathlib
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from course_lib import storage

TESTED_COMMIT = "8c3c50ca54b176c2de199847944e8dcc035497e3"
"""Commit of ``cage-challenge/cage-challenge-4`` that every figure and test of the course refers
to."""

FOLDER_VARIABLE = "COURSE_CYBORG"
CONFIG_VARIABLE = "COURSE_CONFIG"
FORMAT, VERSION = "cyber-marl-course simulator", 1
MARKS = ("CybORG/env.py", "CybORG/Simulator/Scenarios/EnterpriseScenarioGenerator.py")
"""Files that every clone of CAGE Challenge 4 has; those of the earlier challenges lack the
second."""

TELL_AGAIN = "run 'python -m course_lib doctor --cyborg FOLDER'"
HOW_TO_GET = (
    "clone the GitHub repository cage-challenge/cage-challenge-4 anywhere, then"
    f" {TELL_AGAIN} once with the folder of the clone (the package that 'pip install cyborg'"
    " brings is another project of the same name)"
)


class SimulatorNotFound(ValueError):
    """The public simulator is not on this computer."""


@dataclass(frozen=True)
class Location:
    """A clone of the simulator that was found."""

    folder: pathlib.Path
    """The folder that holds the package CybORG."""
    how: str
    """In words, how it was found."""
    commit: str | None
    """Full commit hash, None where the clone carries no git data."""


def find_simulator() -> Location:
    """Find the simulator where the user said it is; the first that is named counts.

    Raises:
        SimulatorNotFound: one line that says what to do, where none is named, or where the
            remembered clone has gone.
        ValueError: where the environment variable or a damaged settings file is wrong.
    """
    for folder, how in named_folders():
        return Location(checked_folder(folder, how), how, commit_of(folder))
    raise SimulatorNotFound(f"the CybORG simulator is not on this computer: {HOW_TO_GET}")


def named_folders() -> Iterator[tuple[pathlib.Path, str]]:
    """Folders that are said to hold the simulator, each with the place where it is said."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        yield pathlib.Path(named), f"environment variable {FOLDER_VARIABLE}"
    if settings_file().is_file():
        yield remembered_folder(), f"remembered in {settings_file()}"
    spec = importlib.util.find_spec("CybORG")
    if spec is not None and spec.submodule_search_locations:
        yield pathlib.Path(spec.submodule_search_locations[0]).parent, "importable"


def remember_location(folder: str | os.PathLike[str]) -> Location:
    """Check that ``folder`` is a clone of the simulator and remember it for every later run.

    ValueError where it is not. Writes only the settings file of the course.
    """
    checked = checked_folder(pathlib.Path(folder), "the folder given")
    path = settings_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    storage.write(path, FORMAT, VERSION, {"cyborg_folder": str(checked)})
    return Location(checked, f"remembered in {path}", commit_of(checked))


def checked_folder(folder: pathlib.Path, how: str) -> pathlib.Path:
    """Absolute path of the folder that holds the package CybORG; ValueError where it does not."""
    path = folder.expanduser().absolute()
    if path.name == "CybORG":
        path = path.parent
    missing = [mark for mark in MARKS if not (path / mark).is_file()]
    if not missing:
        return path
    if missing == [MARKS[1]]:
        problem = "holds an older CybORG without the scenario of CAGE Challenge 4"
    else:
        problem = f"is not a clone of cage-challenge-4: it has no {MARKS[0]}"
    if how.startswith("remembered"):
        raise SimulatorNotFound(f"{path}, {how}, {problem}; {TELL_AGAIN} again")
    raise ValueError(f"{path}, {how}, {problem}")


def settings_file() -> pathlib.Path:
    """File in which the course remembers the clone: in ``COURSE_CONFIG``, else in the user's own
    settings folder."""
    chosen = os.environ.get(CONFIG_VARIABLE)
    if chosen:
        return pathlib.Path(chosen).expanduser() / "cyborg.json"
    if sys.platform == "win32":
        parent = os.environ.get("APPDATA") or "~/AppData/Roaming"
    else:
        parent = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return pathlib.Path(parent).expanduser() / "cyber-marl-course" / "cyborg.json"


def remembered_folder() -> pathlib.Path:
    """The folder in the settings file; ValueError where the file is damaged or another one."""
    path = settings_file()
    try:
        folder = storage.read(path, FORMAT, VERSION).get("cyborg_folder")
    except ValueError as problem:
        raise ValueError(f"{problem}: delete it, then {HOW_TO_GET}") from None
    if not isinstance(folder, str):
        raise ValueError(f"{path} names no folder: delete it, then {HOW_TO_GET}")
    return pathlib.Path(folder)


def commit_of(folder: pathlib.Path) -> str | None:
    """Commit that the clone has checked out, as git says; None without git or git data."""
    if not (folder / ".git").exists():  # git would answer for a repository further out
        return None
    # The clone of a shared computer may belong to somebody else; reading its commit does no harm.
    command = ("git", "-c", "safe.directory=*", "-C", str(folder), "rev-parse", "HEAD")
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()


def commit_note(location: Location) -> str | None:
    """A sentence if the clone is not at the tested commit, None if it is."""
    if location.commit == TESTED_COMMIT:
        return None
    tested = f"the course was tested with {TESTED_COMMIT[:7]}"
    if location.commit is None:
        return f"the commit of {location.folder} is unknown; {tested}"
    return f"{location.folder} is at commit {location.commit[:7]}; {tested}"


def warn_of_other_commit(location: Location) -> None:
    """Issue a UserWarning if the clone is not at the tested commit."""
    note = commit_note(location)
    if note is not None:
        warnings.warn(note, UserWarning, stacklevel=3)
