"""The course's own Python environment: is there one, is it up to date, make it, and go on inside
it.

``lab`` and ``test`` start on a bare Python. `enter` either returns at once, because the Python that
runs already has every pinned package, or brings `.venv` up to date with requirements.txt and starts
the same command there. `.venv/course-stamp` is a copy of the requirements that were installed
completely; it is written last, so an interrupted installation is taken up again by the next call.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import pathlib
import platform
import signal
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".venv"
REQUIREMENTS = ROOT / "requirements.txt"
NEWEST = (3, 14)


def add_options(parser: argparse.ArgumentParser) -> None:
    """The option of every command that may install."""
    parser.add_argument(
        "--torch-source",
        metavar="URL_OR_FOLDER",
        default=os.environ.get("COURSE_TORCH_SOURCE"),
        help="where else pip may take torch from: a package index, a web page or a folder with wheels; "
        "used when torch is installed (also: COURSE_TORCH_SOURCE)",
    )


def enter(arguments: list[str], torch_source: str | None = None) -> None:
    """Return inside a Python that has the pinned packages, or start ``arguments`` again inside
    `.venv`.

    arguments: the command line after ``python -m course_lib``.
    Raises ValueError with what to do where this Python cannot run the course or the installation
    failed.
    """
    complaint = unsuitable(sys.version_info[:2], platform.system(), platform.machine())
    if complaint:
        raise ValueError(complaint)
    if inside(FOLDER):
        bring_up_to_date(torch_source)
    elif missing_packages(REQUIREMENTS.read_text("utf-8")):
        bring_up_to_date(torch_source)
        start_again(arguments)


def enter_if_ready(arguments: list[str]) -> None:
    """Like `enter`, for commands that do not install: go on in `.venv` if it is complete, else stay
    in this Python."""
    if (
        not inside(FOLDER)
        and is_ready(FOLDER)
        and missing_packages(REQUIREMENTS.read_text("utf-8"))
    ):
        start_again(arguments)


def unsuitable(version: tuple[int, int], system: str, machine: str) -> str | None:
    """Why this Python cannot run the course, with what to do, or None. Arguments as ``platform``
    names them."""
    if version > NEWEST:
        return (
            f"Python {version[0]}.{version[1]} is newer than the packages of the course (3.11 to 3.14). "
            "Start it with an older one, for example: python3.13 -m course_lib lab"
        )
    if system == "Darwin" and machine == "x86_64":
        return (
            "there is no current torch for Intel Macs, nor for an Intel Python on Apple silicon. On Apple silicon "
            "install the Python from python.org; on an Intel Mac use Linux in a virtual machine or another computer"
        )
    return None


def missing_packages(requirements: str) -> dict[str, str]:
    """The pins (``name==version``) this Python does not satisfy, in order, each with the version
    that is here instead.

    A local version such as 2.13.0+cpu satisfies the pin 2.13.0, as it does for pip.
    """
    pins = [pin for line in requirements.splitlines() if (pin := line.partition("#")[0].strip())]
    try:
        from packaging.requirements import Requirement
    except ImportError:  # one of the pinned packages itself: nothing has been installed yet
        return dict.fromkeys(pins, "unknown")
    missing = {}
    for pin in map(Requirement, pins):
        try:
            here = importlib.metadata.version(pin.name)
        except importlib.metadata.PackageNotFoundError:
            here = "none"
        if (pin.marker is None or pin.marker.evaluate()) and (
            here == "none" or here not in pin.specifier
        ):
            missing[f"{pin.name}{pin.specifier}"] = here
    return missing


def inside(folder: pathlib.Path) -> bool:
    """Whether the Python that runs this is the one of the environment in ``folder``."""
    return pathlib.Path(sys.prefix).resolve() == folder.resolve()


def python_of(folder: pathlib.Path) -> pathlib.Path:
    """The Python of the environment in ``folder``; the file need not exist."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def is_ready(folder: pathlib.Path, requirements: pathlib.Path = REQUIREMENTS) -> bool:
    """Whether ``folder`` holds an environment into which these requirements were installed to the
    end."""
    stamp = folder / "course-stamp"
    return (
        python_of(folder).exists()
        and stamp.exists()
        and stamp.read_text("utf-8") == requirements.read_text("utf-8")
    )


def bring_up_to_date(
    torch_source: str | None = None,
    folder: pathlib.Path = FOLDER,
    requirements: pathlib.Path = REQUIREMENTS,
) -> None:
    """Create the environment in ``folder`` if there is none and install what it lacks; nothing to
    do is the fast path.

    Writes ``folder`` only. Raises ValueError with what to do when that fails.
    """
    if is_ready(folder, requirements):
        return
    from . import pip_install as installing

    source = installing.source_options(torch_source)
    if site_packages(folder) is None:
        create(folder)
    packages = site_packages(folder)
    installing.forget_half_installed(packages)
    installing.install(python_of(folder), requirements, folder / "install.log", source)
    (packages / "course.pth").write_text(f"{ROOT}\n", encoding="utf-8")
    (folder / "course-stamp").write_text(requirements.read_text("utf-8"), encoding="utf-8")


def site_packages(folder: pathlib.Path) -> pathlib.Path | None:
    """Where the environment keeps its packages; None if it is half made, has no pip, or its Python
    was removed."""
    code = "import pip, sysconfig; print(sysconfig.get_path('purelib'))"
    try:
        answer = subprocess.run(
            [str(python_of(folder)), "-c", code], capture_output=True, text=True
        )
    except OSError:
        return None
    return pathlib.Path(answer.stdout.strip()) if answer.returncode == 0 else None


def create(folder: pathlib.Path) -> None:
    """Make an empty environment with pip in ``folder``, replacing a broken one. Raises ValueError
    with what to do."""
    print(f"Creating the Python environment {folder}", flush=True)
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(folder)], capture_output=True, text=True
    )
    said = made.stdout + made.stderr
    if "ensurepip" in said:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise ValueError(
            f"this Python cannot make environments. On Debian or Ubuntu: sudo apt install python{version}-venv; "
            "elsewhere install the Python from python.org. Then run the same command again"
        )
    if made.returncode != 0:
        raise ValueError(
            f"could not create {folder}: {said}. Free disk space or delete that folder, and try again"
        )


def child_variables() -> dict[str, str]:
    """Environment variables for a process of the course: it finds ``course_lib`` from every folder.

    Kernels get one OpenMP thread unless the user chose otherwise: the networks here are small, and
    on shared cores two threads can be many times slower than one.
    """
    return {
        "OMP_NUM_THREADS": "1",
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
        # this environment's kernel, not one of the same name in the home folder
        "JUPYTER_PREFER_ENV_PATH": "1",
    }


def start_again(arguments: list[str]) -> None:
    """Go on with the same command line in the course's own environment."""
    hand_over([str(python_of(FOLDER)), "-m", "course_lib", *arguments], dict(os.environ))


def hand_over(command: list[str], variables: dict[str, str]) -> None:
    """Replace this process by ``command``; does not return. On Windows: wait for it and exit with
    its status."""
    sys.stdout.flush()
    if os.name != "nt":
        os.execve(command[0], command, variables)
    process = subprocess.Popen(command, env=variables)
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C reaches the child too, and it decides what to do
    sys.exit(process.wait())
