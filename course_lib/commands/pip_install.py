"""One run of pip: its own account on the screen, and one line with what to do when it fails."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys
import typing

from course_lib.installation import ROOT

AGAIN = "run the same command again: it goes on where it stopped"
SIGNS = {
    "the disk is full: free about 4 GB (10 GB with graphics-card libraries) and " + AGAIN: (
        "no space left on device", "[errno 28]", "[winerror 112]", "not enough space",
        "disk quota exceeded", "[errno 122]",
    ),
    "the server's certificate is not trusted. In a company, a proxy often presents its own: save "
    "the company's certificate as a file, set PIP_CERT to its path (and check this computer's "
    "date), and " + AGAIN: (
        "certificate_verify_failed", "certificate verify failed", "sslcertverificationerror",
        "local issuer certificate", "self signed certificate", "self-signed certificate",
        "certificate has expired", "certificateerror", "certificate is not trusted",
        "not trusted by the trust provider",
    ),
    "the proxy asks for a password (407, authentication required): set HTTPS_PROXY to "
    "http://NAME:PASSWORD@HOST:PORT and " + AGAIN: (
        "407 proxy", "proxy authentication", "failed: 407", "error 407", "407 client error",
        "407 authentication",
    ),
    "the package index refuses you (401 or 403): check the name and password in your pip settings "
    "(pip config list) and " + AGAIN: (
        "401 client error", "403 client error", "http error 401", "http error 403",
        "401 unauthorized", "403 forbidden", "failed: 403",
    ),
    "the packages could not be downloaded: connect to the internet (or set your proxy) and "
    + AGAIN: (
        "failed to establish a new connection", "newconnectionerror",
        "temporary failure in name resolution", "getaddrinfo failed", "name or service not known",
        "nodename nor servname", "network is unreachable", "no route to host",
        "connection refused", "connection reset", "connection aborted", "remote end closed",
        "connecttimeout", "readtimeout", "timed out", "proxyerror", "sslerror",
        "connection broken",
    ),
    "the folder .venv cannot be written: put the course where you may write, and " + AGAIN: (
        "read-only file system", "[errno 30]",
    ),
    "a path is too long for this Windows: move the course to a folder with a short name, such as "
    "C:\\course, or enable long paths, and " + AGAIN: ("long path support", "[winerror 206]"),
}  # fmt: skip
"""What to tell the user -> words of pip that mean it, in small letters; the first that fits
counts."""
FILE_IN_USE = ("[winerror 5]", "[winerror 32]", "permission denied")

ELSEWHERE = (
    "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_DRY_RUN", "PIP_USER", "PIP_NO_DEPS", "PIP_PYTHON",
    "PIP_REQUIRE_VIRTUALENV", "PIP_REPORT", "PIP_REQUIREMENT", "PIP_EDITABLE",
)  # fmt: skip
"""Settings that send packages past the environment, or only pretend; those that say where packages
come from (an index, a mirror, a certificate) are the user's business and are kept."""

LEFT_OUT = """import sys
from course_lib import installation
with open(sys.argv[1], encoding="utf-8") as file:
    print(*installation.missing_packages(file.read()), sep=", ")
"""


class Source(typing.NamedTuple):
    """pip's options for another source of torch."""

    torch_alone: list[str]
    """For a run of pip that installs torch and nothing else; none where no such run is needed."""
    everything: list[str]
    """For the run that installs the rest."""


def source_of(torch_source: str | None) -> Source:
    """pip's options for a folder or a web page of wheels, or a package index.

    What stands on the web is asked for torch alone: as a second index (--extra-index-url) it could
    supply any other package too, under a name that the first index has as well. A folder of the
    reader's own may hold everything.

    Raises ValueError for something that is neither an address nor an existing folder.
    """
    if not torch_source:
        return Source([], [])
    if re.match(r"https?://", torch_source):
        page = torch_source.partition("?")[0].endswith((".html", ".htm"))
        only = ["--no-index", "--find-links"] if page else ["--index-url"]
        return Source([*only, torch_source], [])
    folder = pathlib.Path(torch_source).expanduser()
    if not folder.is_dir():
        raise ValueError(
            f"--torch-source (COURSE_TORCH_SOURCE) is {torch_source!r}: neither a web address nor "
            "a folder with wheels"
        )
    return Source([], ["--find-links", str(folder.resolve())])


def forget_half_installed(packages: pathlib.Path) -> None:
    """Delete the records of packages whose installation was cut off; pip installs them again then.

    pip writes the file INSTALLER after the last file of a package, as uv and conda do; names that
    start with ~ are packages that were being replaced.
    """
    records = packages.glob("*.dist-info")
    broken = [record for record in records if not (record / "INSTALLER").exists()]
    for path in [*broken, *packages.glob("~*")]:
        shutil.rmtree(path, ignore_errors=True)


def install(
    python: pathlib.Path, requirements: pathlib.Path, log: pathlib.Path, source: Source
) -> None:
    """Install ``requirements`` with the pip of ``python``, which shows its progress on the screen.

    Where torch has a source of its own it comes first, alone; the second run finds it there.

    Writes the environment of ``python`` and ``log``, pip's complaints. Raises ValueError with what
    to do when it fails, or when it claims success and the packages are not there.
    """
    print(
        "Installing the packages of the course "
        "(once; an interrupted installation can be taken up again)"
    )
    if sys.platform == "linux" and not any(source) and not os.environ.get("PIP_FIND_LINKS"):
        print(
            "  pip's usual torch for Linux comes with gigabytes of graphics-card libraries. "
            "Without such a card, stop\n  here with Ctrl-C and give the address of PyTorch's CPU "
            "wheels with --torch-source (see README.md)."
        )
    sys.stdout.flush()
    torch = pinned("torch", requirements.read_text("utf-8"))
    if source.torch_alone and torch:
        run_pip(python, log, [torch, "--no-deps", *source.torch_alone])
    run_pip(python, log, ["--requirement", str(requirements), *source.everything])
    check_complete(python, requirements)


def pinned(name: str, requirements: str) -> str | None:
    """The requirement of one package, such as ``torch==2.13.0``; None if it is not listed."""
    found = re.search(rf"^{name}==[^\s;#]+", requirements, re.MULTILINE)
    return found[0] if found else None


def run_pip(python: pathlib.Path, log: pathlib.Path, arguments: list[str]) -> None:
    """One ``pip install``; ValueError with what to do when it fails."""
    command = [
        str(python), "-m", "pip", "install", *arguments,
        "--only-binary", ":all:", "--no-input", "--disable-pip-version-check",
    ]  # fmt: skip
    with open(log, "w", encoding="utf-8") as complaints:
        status = subprocess.run(command, env=pip_variables(), stderr=complaints).returncode
    if status != 0:
        said = log.read_text(encoding="utf-8", errors="replace")
        raise ValueError(f"{reason(said)} (pip's own words: {log})")


def pip_variables() -> dict[str, str]:
    """The variables that pip runs with: the user's, without those that send packages elsewhere."""
    kept = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
    # the log must be readable whatever the code page is
    return {**kept, "PIP_USER": "0", "PYTHONUTF8": "1"}


def check_complete(python: pathlib.Path, requirements: pathlib.Path) -> None:
    """Raise ValueError if a pinned package is not in the environment of ``python`` after all.

    A settings file of pip (``target``, ``prefix``, ``dry-run`` ...) cannot be overruled without
    losing the company's index that it may name as well; so the result is looked at.
    """
    command = [str(python), "-c", LEFT_OUT, str(requirements)]
    variables = dict(os.environ, PYTHONPATH=str(ROOT), PYTHONUTF8="1")
    ran = subprocess.run(command, env=variables, capture_output=True, text=True)
    if ran.returncode != 0 or ran.stdout.strip():
        absent = ran.stdout.strip() or "its packages"
        raise ValueError(
            f"pip reports success, but {python} does not have {absent}: your pip settings send "
            "packages elsewhere. Look for target, prefix, root, user or dry-run in `pip config "
            "list`, take them out with `pip config unset`, and run the same command again"
        )


def reason(said: str) -> str:
    """Why pip failed and what to do, in one line, from its complaints."""
    in_small_letters = said.lower()
    for advice, signs in SIGNS.items():
        if any(sign in in_small_letters for sign in signs):
            return advice
    absent = re.search(r"No matching distribution found for (\S+)", said)
    if absent:
        unreached = "connect to the internet (or check your proxy or mirror); or "
        return (
            f"pip finds no {absent[1]}: {unreached if 'from versions: none' in said else ''}this "
            f"system or Python {sys.version_info[0]}.{sys.version_info[1]} is not served (needed: "
            "Linux with glibc 2.28, macOS 14 on Apple silicon, or Windows, all 64-bit; Python 3.11 "
            "to 3.14)"
        )
    if any(sign in in_small_letters for sign in FILE_IN_USE):
        return f"a file could not be written: close every JupyterLab and Python here and {AGAIN}"
    errors = [line for line in said.splitlines() if line.startswith("ERROR:")]
    last = errors[-1] if errors else "it said nothing"
    return f"pip failed: {last}; delete the folder .venv and try again"
