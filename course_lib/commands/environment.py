"""The course's own Python environment: is there one, is it up to date, make it, and go on inside it.

``lab`` and ``test`` start on a bare Python. `enter` either returns at once, because the Python that runs already has
every pinned package, or brings `.venv` up to date with requirements.txt and starts the same command there.
`.venv/course-stamp` holds a digest of the requirements that were installed completely; it is written last, so an
interrupted installation is taken up again by the next call.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import os
import pathlib
import platform
import signal
import subprocess
import sys
import sysconfig

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".venv"
REQUIREMENTS = ROOT / "requirements.txt"
NEWEST = (3, 14)


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of every command that may install."""
    parser.add_argument(
        "--torch-source",
        metavar="URL_OR_FOLDER",
        default=os.environ.get("COURSE_TORCH_SOURCE"),
        help="where else pip may take torch from: a package index, a web page or a folder with wheels; "
        "used when torch is installed (also: COURSE_TORCH_SOURCE)",
    )
    parser.add_argument(
        "--here",
        action="store_true",
        default=os.environ.get("COURSE_HERE", "") not in ("", "0"),
        help="use the Python that runs this, with the packages it has; install nothing (also: COURSE_HERE=1)",
    )


def enter(arguments: list[str], torch_source: str | None = None, here: bool = False) -> None:
    """Return inside a Python that has the pinned packages, or start ``arguments`` again inside `.venv`.

    arguments: the command line after ``python -m course_lib``.
    Raises ValueError with what to do where this Python cannot run the course or the installation failed.
    """
    complaint = unsuitable(sys.version_info[:2], platform.system(), platform.machine())
    if complaint:
        raise ValueError(complaint)
    if here:
        refuse_missing(missing_packages(REQUIREMENTS.read_text(encoding="utf-8")))
    elif inside(FOLDER):
        bring_up_to_date(torch_source)
    elif missing_packages(REQUIREMENTS.read_text(encoding="utf-8"), at_most=1):
        bring_up_to_date(torch_source)
        hand_over([str(python_of(FOLDER)), "-m", "course_lib", *arguments])


def enter_if_ready(arguments: list[str]) -> None:
    """Like `enter`, for commands that do not install: go on in `.venv` if it is complete, else stay in this Python."""
    if not inside(FOLDER) and is_ready(FOLDER) and missing_packages(REQUIREMENTS.read_text("utf-8"), at_most=1):
        hand_over([str(python_of(FOLDER)), "-m", "course_lib", *arguments])


def unsuitable(version: tuple[int, int], system: str, machine: str) -> str | None:
    """Why this Python cannot run the course, with what to do, or None. Arguments as ``platform`` names them."""
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


def missing_packages(requirements: str, at_most: int | None = None) -> list[str]:
    """The pins (``name==version``) this Python does not satisfy, in order; stops after ``at_most`` of them.

    A local version such as 2.13.0+cpu satisfies the pin 2.13.0, as it does for pip.
    """
    missing = []
    for name, version, marker in pins(requirements):
        if marker and not applies(marker):
            continue
        try:
            found = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found = None
        if found is None or found.partition("+")[0] != version:
            missing.append(f"{name}=={version}")
            if len(missing) == at_most:
                break
    return missing


def pins(requirements: str) -> list[tuple[str, str, str]]:
    """(name, version, marker) of every line of a requirements file; the marker is '' where a line has none."""
    found = []
    for line in requirements.splitlines():
        requirement, _, marker = line.partition("#")[0].partition(";")
        if requirement.strip():
            name, _, version = requirement.strip().partition("==")
            found.append((name, version, marker.strip()))
    return found


def applies(marker: str) -> bool:
    """Whether an environment marker holds for this Python; True where that cannot be told (no ``packaging`` yet)."""
    try:
        from packaging.markers import Marker
    except ImportError:
        return True
    return Marker(marker).evaluate()


def refuse_missing(missing: list[str]) -> None:
    """ValueError that names the first missing packages, if there are any."""
    if missing:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise ValueError(
            f"this Python lacks {', '.join(missing[:3])}{more}. Install them with "
            f"`{sys.executable} -m pip install -r requirements.txt`, or leave out --here (COURSE_HERE)"
        )


def inside(folder: pathlib.Path) -> bool:
    """Whether the Python that runs this is the one of the environment in ``folder``."""
    return pathlib.Path(sys.prefix).resolve() == folder.resolve()


def python_of(folder: pathlib.Path) -> pathlib.Path:
    """The Python of the environment in ``folder``; the file need not exist."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def digest(requirements: pathlib.Path) -> str:
    """What the stamp holds when exactly these requirements are installed (line endings do not count)."""
    return hashlib.sha256(requirements.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def is_ready(folder: pathlib.Path, requirements: pathlib.Path = REQUIREMENTS) -> bool:
    """Whether ``folder`` holds an environment into which these requirements were installed to the end."""
    stamp = folder / "course-stamp"
    return python_of(folder).exists() and stamp.exists() and stamp.read_text("utf-8") == digest(requirements)


def bring_up_to_date(
    torch_source: str | None = None, folder: pathlib.Path = FOLDER, requirements: pathlib.Path = REQUIREMENTS
) -> None:
    """Create the environment in ``folder`` if there is none and install what it lacks; nothing to do is the fast path.

    Writes ``folder`` only. Raises ValueError with what to do when that fails.
    """
    if is_ready(folder, requirements):
        return
    from course_lib.commands import installing

    source = installing.source_options(torch_source)
    if not python_works(folder):
        create(folder)
    installing.install(python_of(folder), requirements, folder / "install.log", source)
    (site_packages(folder) / "course.pth").write_text(f"{ROOT}\n", encoding="utf-8")
    (folder / "course-stamp").write_text(digest(requirements), encoding="utf-8")


def python_works(folder: pathlib.Path) -> bool:
    """Whether the environment's Python starts and has pip; not so if it is half made or its Python was removed."""
    try:
        probe = [str(python_of(folder)), "-c", "import pip"]
        return subprocess.run(probe, stdin=subprocess.DEVNULL, capture_output=True).returncode == 0
    except OSError:
        return False


def create(folder: pathlib.Path) -> None:
    """Make an empty environment with pip in ``folder``, replacing a broken one. Raises ValueError with what to do."""
    print(f"Creating the Python environment {folder}", flush=True)
    command = [sys.executable, "-m", "venv", "--clear", str(folder)]
    made = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    if made.returncode == 0:
        return
    said = made.stdout + made.stderr
    if "ensurepip" in said:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise ValueError(
            f"this Python cannot make environments. On Debian or Ubuntu: sudo apt install python{version}-venv; "
            "elsewhere install the Python from python.org. Then run the same command again"
        )
    last = said.strip().splitlines()[-1:] or ["no reason given"]
    raise ValueError(f"could not create {folder}: {last[0]}. Free disk space or delete that folder, and try again")


def site_packages(folder: pathlib.Path) -> pathlib.Path:
    """Where the environment in ``folder`` keeps its packages."""
    if os.name == "nt":
        return folder / "Lib" / "site-packages"
    found = sorted(folder.glob("lib/python3.*/site-packages"))
    return found[-1] if found else pathlib.Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))


def child_variables() -> dict[str, str]:
    """Environment variables for a process of the course: it finds ``course_lib`` from every folder.

    Kernels get one OpenMP thread unless the user chose otherwise: the networks here are small, and on shared cores
    two threads can be many times slower than one.
    """
    variables = dict(os.environ)
    earlier = variables.get("PYTHONPATH")
    variables["PYTHONPATH"] = os.pathsep.join([str(ROOT), *([earlier] if earlier else [])])
    variables["JUPYTER_PREFER_ENV_PATH"] = "1"  # this environment's kernel, not one of the same name in the home folder
    variables.setdefault("OMP_NUM_THREADS", "1")
    return variables


def hand_over(command: list[str], variables: dict[str, str] | None = None) -> None:
    """Replace this process by ``command``; does not return. On Windows: wait for it and exit with its status."""
    sys.stdout.flush()
    variables = dict(os.environ, PYTHONPATH=child_variables()["PYTHONPATH"]) if variables is None else variables
    if os.name != "nt":
        os.execve(command[0], command, variables)
    process = subprocess.Popen(command, env=variables)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the child too, and it decides what to do
    sys.exit(process.wait())
