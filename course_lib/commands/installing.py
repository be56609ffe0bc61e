"""One run of pip: a short account on the screen, everything in a log, and one line when it fails."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys
import threading
import time

OFFLINE = (
    "Failed to establish a new connection", "NewConnectionError", "Temporary failure in name resolution",
    "getaddrinfo failed", "Name or service not known", "Network is unreachable", "Connection refused",
    "ConnectTimeout", "ReadTimeout", "Read timed out", "ProxyError", "SSLError", "Connection broken",
)  # fmt: skip
DISK_FULL = ("No space left on device", "[Errno 28]", "[WinError 112]", "not enough space")
FILE_IN_USE = ("[WinError 5]", "[WinError 32]", "Permission denied")


def source_options(torch_source: str | None) -> list[str]:
    """pip's options for another source of torch: a folder or a page of wheels, else the address of a package index.

    Raises ValueError for something that is neither an address nor an existing folder.
    """
    if not torch_source:
        return []
    if re.match(r"https?://", torch_source):
        page = torch_source.partition("?")[0].endswith((".html", ".htm"))
        return ["--find-links" if page else "--extra-index-url", torch_source]
    path = pathlib.Path(torch_source.removeprefix("file://")).expanduser()
    folder = path.parent if path.suffix == ".whl" else path
    if not folder.is_dir():
        raise ValueError(
            f"--torch-source (COURSE_TORCH_SOURCE) is {torch_source!r}: neither a web address nor a folder with wheels"
        )
    return ["--find-links", str(folder.resolve())]


def install(python: pathlib.Path, requirements: pathlib.Path, log: pathlib.Path, source: list[str]) -> None:
    """Install ``requirements`` with the pip of ``python``; what an interrupted run left is repaired first.

    Writes the environment of ``python`` and ``log``. Raises ValueError with what to do when pip fails.
    """
    forget_half_installed(python)
    announce(source)
    command = [
        str(python), "-m", "pip", "install", "--requirement", str(requirements), "--only-binary", ":all:",
        "--no-input", "--disable-pip-version-check", "--progress-bar", "off", *source,
    ]  # fmt: skip
    # PIP_USER would send the packages past the environment; a log must be readable whatever the code page is
    variables = dict(os.environ, PIP_USER="0", PYTHONUTF8="1", PYTHONUNBUFFERED="1")
    status = run_with_account(command, variables, log)
    if status != 0:
        raise ValueError(f"{reason(log.read_text(encoding='utf-8'))} (pip's own words: {log})")


def announce(source: list[str]) -> None:
    """Say what is about to be downloaded, and on Linux how to make it smaller."""
    print("Installing the packages of the course (once; an interrupted installation can be taken up again)")
    if sys.platform == "linux" and not source and not os.environ.get("PIP_FIND_LINKS"):
        print(
            "  pip's usual torch for Linux comes with gigabytes of graphics-card libraries. Without such a card, stop\n"
            "  here with Ctrl-C and give the address of PyTorch's CPU wheels with --torch-source (see README.md)."
        )
    sys.stdout.flush()


def forget_half_installed(python: pathlib.Path) -> None:
    """Delete the records of packages whose installation was cut off, so that pip installs them anew.

    pip writes the file INSTALLER after the last file of a package; names that start with ~ are packages that were
    being replaced.
    """
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    answer = subprocess.run([str(python), "-c", code], capture_output=True, text=True, encoding="utf-8", check=True)
    packages = pathlib.Path(answer.stdout.strip())
    broken = [record for record in packages.glob("*.dist-info") if not (record / "INSTALLER").exists()]
    for path in [*broken, *packages.glob("~*")]:
        shutil.rmtree(path, ignore_errors=True)


def run_with_account(command: list[str], variables: dict[str, str], log: pathlib.Path) -> int:
    """Run pip, copy what it says to ``log`` and show one moving line of it (a line per large file without terminal)."""
    line = StatusLine()
    process = subprocess.Popen(
        command, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, encoding="utf-8", errors="replace",
    )  # fmt: skip
    with line, open(log, "w", encoding="utf-8") as copy:
        try:
            for said in process.stdout:
                copy.write(said)
                line.follow(said)
            return process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise


class StatusLine:
    """What pip is doing, as one line that is rewritten every second; a context manager."""

    LARGE = 50.0
    """Downloads from this size on, in MB, are named where the output is no terminal."""

    def __init__(self) -> None:
        self.text, self.collected, self.begin = "asking for packages", 0, time.monotonic()
        self.moving = sys.stdout.isatty()
        self.over = threading.Event()
        self.clock = threading.Thread(target=self.tick, daemon=True)

    def __enter__(self) -> StatusLine:
        if self.moving:
            self.clock.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        if self.moving:
            self.clock.join()
            self.draw("")
        print(f"  pip ran for {time.monotonic() - self.begin:.0f} s", flush=True)

    def follow(self, said: str) -> None:
        """Take up one line of pip's output."""
        if said.startswith(("Collecting ", "Requirement already satisfied")):
            self.collected += 1
        download = re.match(r"\s*(?:Downloading|Using cached) (\S+?)-[\d.]+\S*\.whl.*\(([\d.]+) ([kMG])B\)", said)
        if download:
            name, size, unit = download[1], float(download[2]), download[3]
            megabytes = size * {"k": 0.001, "M": 1, "G": 1000}[unit]
            self.show(f"{name} ({size:g} {unit}B)", large=megabytes >= self.LARGE)
        elif said.startswith("Installing collected packages"):
            self.show(f"unpacking {said.count(',') + 1} packages, a minute or two", large=True)

    def show(self, text: str, large: bool) -> None:
        """Make ``text`` the current activity."""
        self.text = text
        if large and not self.moving:
            print(f"  {text}", flush=True)

    def tick(self) -> None:
        """Rewrite the line every second until the end."""
        while not self.over.wait(1.0):
            self.draw(f"  {time.monotonic() - self.begin:4.0f} s  {self.collected} packages seen; {self.text}")

    @staticmethod
    def draw(text: str) -> None:
        """Put ``text`` over the whole current line; plain blanks, because not every console knows control sequences."""
        width = shutil.get_terminal_size().columns - 1
        print("\r" + text[:width].ljust(width) + ("" if text else "\r"), end="", flush=True)


def reason(said: str) -> str:
    """Why pip failed and what to do, in one line, from everything it said."""
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
    errors = [line for line in said.splitlines() if line.startswith("ERROR:")] or said.strip().splitlines()[-1:]
    return f"pip failed: {errors[-1] if errors else 'it said nothing'}; delete the folder .venv and try again"
