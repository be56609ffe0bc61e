"""Check this installation: Python, packages, disk, whether the folders of the course can be
written, the notebook kernel (one is started), the compiled range, the widgets and the public
simulator; print how to fix what is wrong. The exit status is 1 if something must be fixed.

Writes nothing that stays, but for --cyborg FOLDER: the folder is remembered in your own settings,
for every later run."""

from __future__ import annotations

import importlib.metadata
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from course_lib import installation
from course_lib.validate import printable

from . import my_work, parser, venv

INSTALL = "run: python -m course_lib lab"
KERNEL_SECONDS = 60
MARKS = {"good": "ok  ", "note": "note", "bad": "FIX "}


@dataclass(frozen=True)
class Finding:
    """What one check found."""

    subject: str  # what was looked at
    state: str  # "good", "note" (the course works without it) or "bad"
    found: str  # what is there
    fix: str = ""  # what to do, where state is not "good"

    def __str__(self) -> str:
        advice = f"\n      -> {self.fix}" if self.fix else ""
        return f"{MARKS[self.state]}  {self.subject}: {self.found}{advice}"


def run(arguments: list[str]) -> int:
    """Run the command."""
    command = parser(__name__)
    command.add_argument(
        "--cyborg",
        metavar="FOLDER",
        help="remember FOLDER as the simulator's clone, cage-challenge-4",
    )
    options = command.parse_args(arguments)
    venv.enter_if_ready(["doctor", *arguments])
    if options.cyborg is not None:
        from course_lib.cyber_range.cyborg import locate

        folder = locate.remember_location(options.cyborg).folder
        print(f"The public simulator in {folder} is remembered.")
    bad = 0
    for finding in examine():
        print(finding, flush=True)
        bad += finding.state == "bad"
    print(f"{bad} to fix" if bad else "Everything the course needs is in order.")
    return min(bad, 1)


def examine() -> Iterator[Finding]:
    """Every check, in the order in which things are to be fixed.

    What a check raises becomes its finding.
    """
    checks = (python, disk, folders, packages, kernel, compiled_range, widgets, simulator)
    for check in checks:
        try:
            yield check()
        # a broken installation may raise anything, and the other checks still count
        except Exception as error:
            found = f"{type(error).__name__}: {printable(str(error))}"
            yield Finding(check.__name__, "bad", found, INSTALL)


def python() -> Finding:
    """Is this a Python the course runs on?"""
    found = (
        f"{platform.python_version()} on {platform.system()} {platform.machine()}, {sys.executable}"
    )
    complaint = venv.unsuitable(sys.version_info[:2], platform.system(), platform.machine())
    return Finding("Python", "bad" if complaint else "good", found, complaint or "")


def disk(folder: pathlib.Path = venv.ROOT, needed: float = 4.0) -> Finding:
    """Is there room for the environment, or for a session once that is there? ``needed`` in GB."""
    needed = 0.5 if venv.is_ready(venv.FOLDER) else needed
    free = shutil.disk_usage(folder).free / 1e9
    found = f"{free:.1f} GB free for {folder}"
    if free >= needed:
        return Finding("disk", "good", found)
    fix = f"free at least {needed:g} GB (10 GB with torch's graphics-card libraries)"
    return Finding("disk", "bad", found, fix)


def folders(root: pathlib.Path = venv.ROOT) -> Finding:
    """Can the other commands write where they will write?"""
    for name in (my_work.NAME, ".venv"):
        place = root / name
        nearest = place if place.is_dir() else root
        try:
            with tempfile.TemporaryFile(dir=nearest):
                pass
        except OSError as error:
            fix = "copy the course into a folder of your own, or ask for the right to write there"
            return Finding("folders", "bad", f"{place} cannot be written: {error.strerror}", fix)
    return Finding("folders", "good", f"{root / my_work.NAME} can be written")


def packages() -> Finding:
    """Are the versions of requirements.txt what is installed?"""
    missing = installation.missing_packages(venv.REQUIREMENTS.read_text(encoding="utf-8"))
    if not missing:
        return Finding("packages", "good", "exactly the versions of requirements.txt")
    shown = [f"{pin} (here: {version})" for pin, version in missing.items()]
    more = " ..." if len(shown) > 4 else ""
    return Finding("packages", "bad", f"{len(shown)} differ: {', '.join(shown[:4])}{more}", INSTALL)


def kernel() -> Finding:
    """Does a notebook kernel start, is it this Python, and does it find the course?"""
    from jupyter_client.manager import run_kernel

    os.environ.update(venv.child_variables())
    options = dict(startup_timeout=KERNEL_SECONDS, kernel_name="python3", stderr=subprocess.DEVNULL)
    said: list[str] = []
    with tempfile.TemporaryDirectory() as elsewhere, run_kernel(cwd=elsewhere, **options) as client:
        client.execute_interactive(
            "import sys, course_lib; print(sys.prefix)",
            timeout=KERNEL_SECONDS,
            output_hook=lambda message: said.append(message["content"].get("text", "")),
        )
    there = "".join(said).strip()
    if there and venv.inside(pathlib.Path(there)):
        return Finding("kernel", "good", "starts with this Python")
    other = there or "it could not import course_lib"
    fix = (
        "a kernel of your own is called python3: remove it with `jupyter kernelspec remove python3`"
    )
    return Finding("kernel", "bad", f"starts with another Python: {other}", fix)


def compiled_range() -> Finding:
    """Can the compiled range be kept, and has it been compiled?"""
    from course_lib.cyber_range.engine import compiled

    folder = compiled.cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass
    if compiled.is_warm():
        return Finding("compiled range", "good", f"compiled, in {folder}")
    return Finding(
        "compiled range", "note", f"not yet in {folder}", "nothing to do: the first use compiles it"
    )


def widgets() -> Finding:
    """Are the interactive views installed, in Python and in JupyterLab's page?"""
    versions = {
        name: importlib.metadata.version(name) for name in ("ipywidgets", "anywidget", "jupyterlab")
    }
    found = ", ".join(f"{name} {version}" for name, version in versions.items())
    extensions = pathlib.Path(sys.prefix) / "share" / "jupyter" / "labextensions"
    absent = [
        name
        for name in ("@jupyter-widgets/jupyterlab-manager", "anywidget")
        if not (extensions / name).is_dir()
    ]
    if not absent:
        return Finding("widgets", "good", found)
    fix = (
        f"{sys.executable} -m pip install --force-reinstall --no-deps jupyterlab_widgets anywidget"
    )
    return Finding("widgets", "bad", f"{found}; JupyterLab lacks {', '.join(absent)}", fix)


def simulator() -> Finding:
    """Is the public simulator known, and is it the version the course was tested with? It is
    optional."""
    from course_lib.cyber_range.cyborg import load, locate

    try:
        location = locate.find_simulator()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # another commit than the tested one is said below
            load.load_simulator()
    except (ImportError, ValueError) as error:
        return Finding(
            "public simulator", "note", "not usable; the course runs without it", str(error)
        )
    note = locate.commit_note(location)
    found = f"{location.folder} ({location.how})"
    return Finding("public simulator", "note" if note else "good", found, note or "")
