"""One run of pip: its own account on the screen, and one line with what to do when it fails."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys

OFFLINE = (
    "Failed to establish a new connection", "NewConnectionError", "Temporary failure in name resolution",
    "getaddrinfo failed", "Name or service not known", "Network is unreachable", "Connection refused",
    "ConnectTimeout", "ReadTimeout", "Read timed out", "ProxyError", "SSLError", "Connection broken",
)  # fmt: skip
DISK_FULL = ("No space left on device", "[Errno 28]", "[WinError 112]", "not enough space")
FILE_IN_USE = ("[WinError 5]", "[WinError 32]", "Permission denied")


def source_options(torch_source: str | None) -> list[str]:
    """pip's options for another source of torch: a folder or a page of wheels, else the address of
    a package index.

    Raises ValueError for something that is neither an address nor an existing folder.
    """
    if not torch_source:
        return []
    if re.match(r"https?://", torch_source):
        page = torch_source.partition("?")[0].endswith((".html", ".htm"))
        return ["--find-links" if page else "--extra-index-url", torch_source]
    folder = pathlib.Path(torch_source).expanduser()
    if not folder.is_dir():
        raise ValueError(
            f"--torch-source (COURSE_TORCH_SOURCE) is {torch_source!r}: neither a web address nor a folder with wheels"
        )
    return ["--find-links", str(folder.resolve())]


def forget_half_installed(packages: pathlib.Path) -> None:
    """Delete the records of packages whose installation was cut off, so that pip installs them
    anew.

    pip writes the file INSTALLER after the last file of a package; names that start with ~ are
    packages that were being replaced.
    """
    broken = [
        record for record in packages.glob("*.dist-info") if not (record / "INSTALLER").exists()
    ]
    for path in [*broken, *packages.glob("~*")]:
        shutil.rmtree(path, ignore_errors=True)


def install(
    python: pathlib.Path, requirements: pathlib.Path, log: pathlib.Path, source: list[str]
) -> None:
    """Install ``requirements`` with the pip of ``python``, which shows its progress on the screen.

    Writes the environment of ``python`` and ``log``, pip's complaints. Raises ValueError with what
    to do when it fails.
    """
    print(
        "Installing the packages of the course (once; an interrupted installation can be taken up again)"
    )
    if sys.platform == "linux" and not source and not os.environ.get("PIP_FIND_LINKS"):
        print(
            "  pip's usual torch for Linux comes with gigabytes of graphics-card libraries. Without such a card, stop\n"
            "  here with Ctrl-C and give the address of PyTorch's CPU wheels with --torch-source (see README.md)."
        )
    sys.stdout.flush()
    command = [
        str(python), "-m", "pip", "install", "--requirement", str(requirements), "--only-binary", ":all:",
        "--no-input", "--disable-pip-version-check", *source,
    ]  # fmt: skip
    # PIP_USER would send the packages past the environment; the log must be readable whatever the
    # code page is
    variables = dict(os.environ, PIP_USER="0", PYTHONUTF8="1")
    with open(log, "w", encoding="utf-8") as complaints:
        status = subprocess.run(command, env=variables, stderr=complaints).returncode
    if status != 0:
        raise ValueError(
            f"{reason(log.read_text(encoding='utf-8', errors='replace'))} (pip's own words: {log})"
        )


def reason(said: str) -> str:
    """Why pip failed and what to do, in one line, from its complaints."""
    again = "run the same command again: it goes on where it stopped"
    if any(sign in said for sign in DISK_FULL):
        return f"the disk is full: free about 4 GB (10 GB with graphics-card libraries) and {again}"
    if any(sign in said for sign in OFFLINE):
        return f"the packages could not be downloaded: connect to the internet (or set your proxy) and {again}"
    absent = re.search(r"No matching distribution found for (\S+)", said)
    if absent:
        unreached = "from versions: none" in said
        return (
            f"pip finds no {absent[1]}: {'connect to the internet (or check your proxy or mirror); or ' * unreached}"
            f"this system or Python {sys.version_info[0]}.{sys.version_info[1]} is not served (needed: Linux with "
            "glibc 2.28, macOS 14 on Apple silicon, or Windows, all 64-bit; Python 3.11 to 3.14)"
        )
    if any(sign in said for sign in FILE_IN_USE):
        return f"a file could not be written: close every JupyterLab and Python of the course and {again}"
    errors = [line for line in said.splitlines() if line.startswith("ERROR:")]
    return f"pip failed: {errors[-1] if errors else 'it said nothing'}; delete the folder .venv and try again"
