"""Where the public simulator (CybORG of CAGE Challenge 4) is on this computer.

The simulator is in no package index, and the package that is called ``cyborg`` there is another
project. So the user clones its repository once, anywhere, and the course finds it in one of three
ways, in this order:

1. the environment variable ``COURSE_CYBORG`` names the clone;
2. ``doctor --cyborg FOLDER`` was run once, which wrote the folder into a small JSON file;
3. ``import CybORG`` works anyway, because the user installed the clone or put it on the path.

Nothing here imports the simulator, runs git, or writes into the clone.
"""

import importlib.metadata
import importlib.util
import json
import os
import pathlib
import re
import sys
import warnings
from dataclasses import dataclass

TESTED_COMMIT = "8c3c50ca54b176c2de199847944e8dcc035497e3"
"""Commit of ``cage-challenge/cage-challenge-4`` that every figure and test of the course refers
to."""

FOLDER_VARIABLE = "COURSE_CYBORG"
CONFIG_VARIABLE = "COURSE_CONFIG"
SETTINGS_VERSION = 1
MARKS = ("CybORG/env.py", "CybORG/Simulator/Scenarios/EnterpriseScenarioGenerator.py")
"""Files that every clone of CAGE Challenge 4 has; those of the earlier challenges lack the
second."""

HOW_TO_GET = (
    "clone the GitHub repository cage-challenge/cage-challenge-4 anywhere, then run"
    " 'python -m course_lib doctor --cyborg FOLDER' once with the folder of the clone"
)
OTHER_PROJECT = "the package that 'pip install cyborg' brings is another project of the same name"


class SimulatorNotFound(ValueError):
    """The public simulator is not on this computer, or what is there is something else."""


@dataclass(frozen=True)
class Location:
    """A clone of the simulator that was found."""

    folder: pathlib.Path  # the folder that holds the package CybORG
    how: str  # in words, how it was found
    commit: str | None  # full commit hash, None where the clone carries no git data


def find_simulator() -> Location:
    """Find the simulator; SimulatorNotFound (one line, with what to do) where it is absent.

    A folder that was named but holds no simulator is an error, too: ValueError for the environment
    variable or a damaged settings file, SimulatorNotFound for a remembered clone that has since
    gone.
    """
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        folder = checked_folder(named, f"the environment variable {FOLDER_VARIABLE}")
        return Location(folder, f"environment variable {FOLDER_VARIABLE}", commit_of(folder))
    remembered = remembered_folder()
    if remembered is not None:
        try:
            folder = checked_folder(remembered, "the remembered folder")
        except ValueError as problem:
            raise SimulatorNotFound(
                f"{problem}; run 'python -m course_lib doctor --cyborg FOLDER' again"
            ) from None
        return Location(folder, f"remembered in {settings_file()}", commit_of(folder))
    folder = importable_folder()
    if folder is not None:
        return Location(folder, "importable", commit_of(folder))
    if other_cyborg_installed():
        raise SimulatorNotFound(
            f"the installed package 'cyborg' is not the simulator ({OTHER_PROJECT}): {HOW_TO_GET}"
        )
    raise SimulatorNotFound(
        f"the CybORG simulator is not on this computer: {HOW_TO_GET} ({OTHER_PROJECT})"
    )


def remember_location(folder: str | os.PathLike) -> Location:
    """Check that ``folder`` is a clone of the simulator and remember it for every later run.

    ValueError where it is not. Writes only the settings file of the course.
    """
    checked = checked_folder(folder, "the folder given")
    path = settings_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    settings = {"version": SETTINGS_VERSION, "cyborg_folder": str(checked)}
    path.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
    return Location(checked, f"remembered in {path}", commit_of(checked))


def checked_folder(folder: str | os.PathLike, source: str) -> pathlib.Path:
    """Absolute path of the folder that holds the package CybORG; ValueError where it does not."""
    path = pathlib.Path(folder).expanduser().absolute()
    for candidate in (path, path.parent if path.name == "CybORG" else path):
        if all((candidate / mark).is_file() for mark in MARKS):
            return candidate
    if (path / MARKS[0]).is_file():
        raise ValueError(
            f"{source}, {path}, holds an older CybORG without the scenario of CAGE Challenge 4"
        )
    raise ValueError(f"{source}, {path}, is not a clone of cage-challenge-4: it has no {MARKS[0]}")


def settings_file() -> pathlib.Path:
    """File in which the course remembers the clone: in ``COURSE_CONFIG``, else in the user's own
    settings folder."""
    chosen = os.environ.get(CONFIG_VARIABLE)
    if chosen:
        return pathlib.Path(chosen).expanduser() / "cyborg.json"
    if sys.platform == "win32":
        parent = os.environ.get("APPDATA") or pathlib.Path.home() / "AppData" / "Roaming"
    else:
        parent = os.environ.get("XDG_CONFIG_HOME") or pathlib.Path.home() / ".config"
    return pathlib.Path(parent) / "cyber-marl-course" / "cyborg.json"


def remembered_folder() -> str | None:
    """The folder in the settings file, None without such a file; ValueError where the file is
    damaged."""
    path = settings_file()
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        return None
    try:
        settings = json.loads(text)
        version, folder = settings["version"], settings["cyborg_folder"]
    except (ValueError, KeyError, TypeError):
        version, folder = None, None
    if version != SETTINGS_VERSION or not isinstance(folder, str):
        raise ValueError(
            f"the settings file {path} is damaged or of another version: delete it, then {HOW_TO_GET}"
        )
    return folder


def importable_folder() -> pathlib.Path | None:
    """Folder of a CybORG that ``import`` would find, None where there is none of CAGE Challenge
    4."""
    spec = importlib.util.find_spec("CybORG")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = pathlib.Path(spec.submodule_search_locations[0]).parent
    return folder if all((folder / mark).is_file() for mark in MARKS) else None


def other_cyborg_installed() -> bool:
    """Whether the other project is installed; a clone installed by its own setup.py calls itself
    ``CybORG``."""
    try:
        return importlib.metadata.distribution("cyborg").metadata["Name"] != "CybORG"
    except importlib.metadata.PackageNotFoundError:
        return importlib.util.find_spec("cyborg") is not None


def commit_of(folder: pathlib.Path) -> str | None:
    """Commit that the clone has checked out, read from its git files; None where they do not
    say."""
    git = folder / ".git"
    try:
        if git.is_file():  # a linked work tree or submodule: the file names the real directory
            git = (
                folder / git.read_text(encoding="utf-8").partition("gitdir:")[2].strip()
            ).resolve()
        head = (git / "HEAD").read_text(encoding="utf-8").strip()
        if head.startswith("ref:"):
            head = resolved_reference(git, head.partition("ref:")[2].strip())
    except OSError:
        return None
    return head if re.fullmatch("[0-9a-f]{40}", head) else None


def resolved_reference(git: pathlib.Path, name: str) -> str:
    """Commit that a branch name stands for, from its own file or from git's list of packed ones; ''
    if unknown."""
    if (git / name).is_file():
        return (git / name).read_text(encoding="utf-8").strip()
    lines = (git / "packed-refs").read_text(encoding="utf-8").splitlines()
    return next((line.split()[0] for line in lines if line.endswith(" " + name)), "")


def commit_note(location: Location) -> str | None:
    """A sentence if the clone is not at the tested commit, None if it is."""
    if location.commit == TESTED_COMMIT:
        return None
    if location.commit is None:
        return f"the commit of {location.folder} is unknown; the course was tested with {TESTED_COMMIT[:7]}"
    return f"{location.folder} is at commit {location.commit[:7]}; the course was tested with {TESTED_COMMIT[:7]}"


def warn_of_other_commit(location: Location) -> None:
    """Issue a UserWarning if the clone is not at the tested commit."""
    note = commit_note(location)
    if note is not None:
        warnings.warn(note, UserWarning, stacklevel=3)
