"""The course's own Python environment: is there one, is it up to date, make it, go on inside it.

``lab`` and ``test`` start on a bare Python. `enter` either returns at once, because the Python that
runs already has every pinned package, or brings `.venv` up to date with requirements.txt and starts
the same command there. `.venv/course-stamp` is a copy of the requirements that were installed
completely; it is written last, so an interrupted installation is taken up again by the next call.

An environment that the reader made there with another tool (uv, conda) is used, not replaced.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import pathlib
import platform
import signal
import subprocess
import sys
import sysconfig

from course_lib.installation import REQUIREMENTS, ROOT, missing_packages

FOLDER = ROOT / ".venv"
NEWEST = (3, 14)
STAMP = "course-stamp"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the option of every command that may install."""
    parser.add_argument(
        "--torch-source",
        metavar="URL_OR_FOLDER",
        default=os.environ.get("COURSE_TORCH_SOURCE"),
        help="where else pip may take torch from: a package index, a web page or a folder with "
        "wheels; used when torch is installed (also: COURSE_TORCH_SOURCE)",
    )


def enter(arguments: list[str], torch_source: str | None = None) -> None:
    """Return inside a Python that has the pinned packages, or start again inside `.venv`.

    arguments: the command line after ``python -m course_lib``, which is started there.
    Raises ValueError with what to do where this Python cannot run the course or the installation
    failed.
    """
    complaint = unsuitable(sys.version_info[:2], platform.system(), platform.machine())
    if complaint:
        raise ValueError(complaint)
    if inside(FOLDER):
        bring_up_to_date(torch_source)
        with contextlib.suppress(OSError):  # a course that cannot be written runs as it is
            show_the_course(pathlib.Path(sysconfig.get_path("purelib")))
    elif missing_packages(REQUIREMENTS.read_text("utf-8")):
        bring_up_to_date(torch_source)
        start_again(arguments)


def enter_if_ready(arguments: list[str]) -> None:
    """Like `enter`, for commands that do not install: go on in `.venv` only if it is complete."""
    if inside(FOLDER) or not is_ready(FOLDER):
        return
    if missing_packages(REQUIREMENTS.read_text("utf-8")):
        start_again(arguments)


def unsuitable(version: tuple[int, int], system: str, machine: str) -> str | None:
    """Why this Python cannot run the course, with what to do, or None.

    ``system`` and ``machine`` as the module ``platform`` names them.
    """
    if version > NEWEST:
        return (
            f"Python {version[0]}.{version[1]} is newer than the packages of the course (3.11 to "
            "3.14). Start it with an older one, for example: python3.13 -m course_lib lab"
        )
    if system == "Darwin" and machine == "x86_64":
        return (
            "there is no current torch for Intel Macs, nor for an Intel Python on Apple silicon. "
            "On Apple silicon install the Python from python.org; on an Intel Mac use Linux in a "
            "virtual machine or another computer"
        )
    return None


def inside(folder: pathlib.Path) -> bool:
    """Whether the Python that runs this is the one of the environment in ``folder``."""
    return pathlib.Path(sys.prefix).resolve() == folder.resolve()


def python_of(folder: pathlib.Path) -> pathlib.Path:
    """The Python of the environment in ``folder``; the file need not exist."""
    if os.name != "nt":
        return folder / "bin" / "python"
    conda = folder / "python.exe"
    return conda if conda.exists() else folder / "Scripts" / "python.exe"


def is_ready(folder: pathlib.Path, requirements: pathlib.Path = REQUIREMENTS) -> bool:
    """Whether these requirements were installed to the end into the environment in ``folder``."""
    stamp = folder / STAMP
    if not python_of(folder).exists() or not stamp.exists():
        return False
    return stamp.read_text("utf-8") == requirements.read_text("utf-8")


def bring_up_to_date(
    torch_source: str | None = None,
    folder: pathlib.Path = FOLDER,
    requirements: pathlib.Path = REQUIREMENTS,
) -> None:
    """Create the environment in ``folder`` if there is none, and install what it lacks.

    Writes ``folder`` only. Raises ValueError with what to do when that fails.
    """
    if is_ready(folder, requirements):
        return
    from . import pip_install

    source = pip_install.source_of(torch_source)
    packages = site_packages(folder)
    if packages is None:
        refuse_to_replace(folder)
        create(folder)
        packages = site_packages(folder)
    elif not has_pip(folder):
        add_pip(folder)
    pip_install.forget_half_installed(packages)
    pip_install.install(python_of(folder), requirements, folder / "install.log", source)
    show_the_course(packages)
    (folder / STAMP).write_text(requirements.read_text("utf-8"), encoding="utf-8")


def show_the_course(packages: pathlib.Path) -> None:
    """Let the Python that has these site-packages find ``course_lib`` from any folder.

    The environment lies in the course's folder, so the line says how to go up from one to the
    other: it stays true when the folder is moved or renamed. OSError if it cannot be written.
    """
    place = ROOT
    if packages.is_relative_to(ROOT):
        place = pathlib.Path(os.path.relpath(ROOT, packages))
    file = packages / "course.pth"
    line = f"{place}\n"
    if not file.exists() or file.read_text("utf-8") != line:
        file.write_text(line, encoding="utf-8")


def answer_of(folder: pathlib.Path, *arguments: str) -> str | None:
    """What the Python of ``folder`` prints when started so; None if it does not run or fails."""
    try:
        ran = subprocess.run(
            [str(python_of(folder)), *arguments], capture_output=True, text=True, cwd=ROOT
        )
    except OSError:
        return None
    return ran.stdout.strip() if ran.returncode == 0 else None


def site_packages(folder: pathlib.Path) -> pathlib.Path | None:
    """Where the environment keeps its packages; None if its Python does not run."""
    place = answer_of(folder, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))")
    return pathlib.Path(place) if place else None


def has_pip(folder: pathlib.Path) -> bool:
    """Whether packages can be installed into the environment as it is."""
    return answer_of(folder, "-c", "import pip") is not None


def add_pip(folder: pathlib.Path) -> None:
    """Put pip into an environment that was made without it, and leave its packages alone.

    Raises ValueError with what to do where its Python brings no pip along.
    """
    print(f"The environment {folder} has no pip; adding it", flush=True)
    if answer_of(folder, "-m", "ensurepip", "--default-pip") is None:
        raise ValueError(
            f"the environment {folder} has no pip, and its Python brings none along. Add it with "
            f"the tool that made the environment (uv pip install --python {python_of(folder)} pip; "
            "conda install pip), or delete that folder, and run the same command again"
        )


def refuse_to_replace(folder: pathlib.Path) -> None:
    """Raise ValueError if ``folder`` holds something of the reader's, so that it is not emptied.

    What may be replaced: nothing, an environment of the course's whose Python is gone, and one
    that was cut off while it was made, which holds no packages yet.
    """
    ours = any((folder / name).exists() for name in (STAMP, "install.log"))
    empty = not folder.exists() or folder.is_dir() and not any(folder.iterdir())
    if ours or empty:
        return
    cut_off = (folder / "pyvenv.cfg").exists() and not packages_of_others(folder)
    if not cut_off:
        raise ValueError(
            f"{folder} is not an environment that the course made, and no Python runs in it. "
            "Move it away or delete it, and run the same command again"
        )


def packages_of_others(folder: pathlib.Path) -> list[str]:
    """Names in any site-packages below ``folder``, but for those that every new one has."""
    found = [path.name for place in folder.rglob("site-packages") for path in place.iterdir()]
    usual = ("pip", "setuptools", "_distutils_hack", "distutils-precedence", "__pycache__")
    return [name for name in found if not name.startswith(usual)]


def create(folder: pathlib.Path) -> None:
    """Make an empty environment with pip in ``folder``, replacing a broken one.

    Raises ValueError with what to do.
    """
    print(f"Creating the Python environment {folder}", flush=True)
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(folder)], capture_output=True, text=True
    )
    said = made.stdout + made.stderr
    if "ensurepip" in said:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise ValueError(
            "this Python cannot make environments. On Debian or Ubuntu: sudo apt install "
            f"python{version}-venv; elsewhere install the Python from python.org. Then run the "
            "same command again"
        )
    if made.returncode != 0:
        raise ValueError(
            f"could not create {folder}: {said}. Free disk space or delete that folder, and try "
            "again"
        )


def child_variables() -> dict[str, str]:
    """Environment variables for a process of the course, which finds ``course_lib`` anywhere.

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
    """Replace this process by ``command``; does not return.

    On Windows: wait for it and exit with its status.
    """
    sys.stdout.flush()
    if os.name != "nt":
        os.execve(command[0], command, variables)
    process = subprocess.Popen(command, env=variables)
    # Ctrl-C reaches the child too, and it decides what to do
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(process.wait())
