"""The reader's copies of the notebooks, in my-work/: exercises there, lessons in my-work/lessons/.

Readers write into their copies only, also the guesses of a lesson, so that an update of the course
never meets a changed file. What a copy looked like when it was made is remembered in
``.copies.json``: a copy in which the reader changed nothing follows the original, a changed lesson
is kept under another name when a newer one comes, and a changed exercise is never touched.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import pathlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

NAME = "my-work"
LESSONS = "lessons"
FORMAT, VERSION = "course-copies", 1
LINK = re.compile(r"""(\]\(\s*<?|\b(?:href|src)=["'])([^)\s>"'#]+)""")
"""The beginning of a link or picture in Markdown or HTML, and the file it leads to."""


@dataclass(frozen=True)
class Copy:
    """One file of the course, and where its copy goes."""

    original: pathlib.Path
    target: pathlib.Path
    is_lesson: bool

    @property
    def name(self) -> str:
        """The copy below my-work/, with forward slashes."""
        folder = f"{LESSONS}/" if self.is_lesson else ""
        return folder + self.original.relative_to(_source_folder(self)).as_posix()


def _source_folder(copy: Copy) -> pathlib.Path:
    """notebooks/ or exercises/, whichever the original is in."""
    names = ("notebooks", "exercises")
    return next(folder for folder in copy.original.parents if folder.name in names)


def copies(root: pathlib.Path) -> list[Copy]:
    """Everything that is copied: exercises and lessons, with the data beside them.

    Pictures are not copied: the links of a copy lead to the originals.
    """
    found = []
    for folder, place in (("exercises", root / NAME), ("notebooks", root / NAME / LESSONS)):
        for original in files_of(root / folder):
            target = place / original.relative_to(root / folder)
            found.append(Copy(original, target, is_lesson=folder == "notebooks"))
    return found


def files_of(folder: pathlib.Path) -> Iterator[pathlib.Path]:
    """Notebooks and data below ``folder``, in order; nothing hidden, no caches, no pictures."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith((".", "__pycache__")) for part in parts)
        if path.is_file() and not hidden and path.suffix not in (".png", ".svg", ".pyc"):
            yield path


def bring_up_to_date(root: pathlib.Path) -> tuple[list[pathlib.Path], list[str]]:
    """Write the copies that are absent, empty or older than their originals.

    Returns the notebooks that were written, and sentences for the reader about copies of theirs
    that a newer version concerns. OSError, with the file, if my-work/ cannot be written.
    """
    from course_lib import storage

    every = copies(root)
    remembered_in = root / NAME / ".copies.json"
    as_made = _remembered(remembered_in)
    places = {copy.original: copy.target for copy in every}
    written, sentences = [], []
    for copy in every:
        content = content_of(copy, places)
        step = _what_to_do(copy, content, as_made.get(copy.name))
        if step == "newer exercise":
            number = copy.original.name.partition("-")[0]
            sentences.append(
                f"{NAME}/{copy.name}: the course has a newer version; yours is left as it is. For "
                f"a fresh copy: python -m course_lib exercises reset {number}"
            )
        if step not in ("write", "newer lesson"):
            continue
        if step == "newer lesson":
            kept = free_name(copy.target, "before-update")
            copy.target.rename(kept)
            sentences.append(
                f"{NAME}/{copy.name} is new; what you wrote in it is kept as {kept.name}"
            )
        copy.target.parent.mkdir(parents=True, exist_ok=True)
        storage.write_atomically(copy.target, content)
        as_made[copy.name] = fingerprint(content)
        if copy.target.suffix == ".ipynb":
            written.append(copy.target)
    if written or not remembered_in.exists():
        remembered_in.parent.mkdir(exist_ok=True)
        storage.write(remembered_in, FORMAT, VERSION, {"copies": as_made})
    return written, sentences


def _remembered(path: pathlib.Path) -> dict[str, str]:
    """The fingerprints of the copies as they were made; nothing where that is not known."""
    from course_lib import storage

    try:
        found = storage.read(path, FORMAT, VERSION).get("copies")
    except ValueError:  # absent or damaged: then every copy counts as changed by the reader
        return {}
    return dict(found) if isinstance(found, dict) else {}


def _what_to_do(copy: Copy, content: bytes, as_made: str | None) -> str:
    """ "write", "leave", "newer lesson" or "newer exercise"."""
    if not copy.target.exists() or copy.target.stat().st_size == 0:
        return "write"
    new = fingerprint(content)
    if new in (as_made, fingerprint(copy.target.read_bytes())):
        return "leave"
    if as_made == fingerprint(copy.target.read_bytes()):
        return "write"
    if copy.is_lesson:
        return "newer lesson"
    return "leave" if as_made is None else "newer exercise"


def fingerprint(content: bytes) -> str:
    """What a reader may change in a file: the cells of a notebook without their outputs."""
    try:
        cells = json.loads(content)["cells"]
        sources = [(cell["cell_type"], "".join(cell["source"])) for cell in cells]
        content = json.dumps(sources).encode()
    except (ValueError, TypeError, KeyError, RecursionError):
        pass  # no notebook: then every byte counts
    return hashlib.sha256(content).hexdigest()


def content_of(copy: Copy, places: dict[pathlib.Path, pathlib.Path]) -> bytes:
    """The bytes of a copy: those of the original, with links that lead on from where it lies.

    What a folded cell showed, the answer to a prediction, is left out: the reader runs it.

    places: original -> copy. A link to a notebook that is copied leads to its copy.
    """
    raw = copy.original.read_bytes()
    if copy.original.suffix != ".ipynb":
        return raw
    notebook = json.loads(raw)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            text = relinked("".join(cell["source"]), copy, places)
            cell["source"] = text.splitlines(keepends=True)
        elif cell["metadata"].get("jupyter", {}).get("outputs_hidden"):
            cell.update(outputs=[], execution_count=None)
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()


def relinked(text: str, copy: Copy, places: dict[pathlib.Path, pathlib.Path]) -> str:
    """A Markdown text whose relative links hold in the copy; links to nowhere stay as they are."""

    def moved(link: re.Match) -> str:
        # normpath and not resolve: a course folder that is itself a link keeps its name
        leads_to = pathlib.Path(os.path.normpath(copy.original.parent / link[2]))
        if not leads_to.exists():
            return link[0]
        leads_to = places.get(leads_to, leads_to)
        return link[1] + pathlib.Path(os.path.relpath(leads_to, copy.target.parent)).as_posix()

    return LINK.sub(moved, text)


def fresh_exercise(root: pathlib.Path, lesson: str) -> list[str]:
    """Put the exercise of a lesson into my-work/ as it was at the start.

    Returns sentences for the reader; the earlier copy is kept under another name. ValueError if
    there is no such exercise, or, with a way out, where my-work/ cannot be written.
    """
    every = [copy for copy in copies(root) if not copy.is_lesson]
    named = [copy for copy in every if copy.original.name.startswith(f"{lesson}-")]
    if not named:
        raise ValueError(f"there is no exercises/{lesson}-*.ipynb")
    (copy,) = named
    sentences = []
    with a_way_out(root):
        if copy.target.exists():
            kept = free_name(copy.target, "before-reset")
            copy.target.rename(kept)
            sentences.append(f"Your work so far is kept as {NAME}/{kept.name}")
        bring_up_to_date(root)
    sentences.append(
        f"{NAME}/{copy.name} is as it was at the start. Close and reopen it in JupyterLab if it "
        "is open."
    )
    return sentences


@contextlib.contextmanager
def a_way_out(root: pathlib.Path) -> Iterator[None]:
    """Turn "no space" and "read-only" into a ValueError that says what the reader can do."""
    try:
        yield
    except OSError as error:
        raise ValueError(
            f"{error.filename or root} cannot be written ({error.strerror}). Free some disk space; "
            "if the course lies in a folder that is not yours, copy it to one that is"
        ) from error


def free_name(path: pathlib.Path, why: str) -> pathlib.Path:
    """``05-title.ipynb`` -> ``05-title-before-reset-1.ipynb``, with the first free number."""
    number = 1
    while (kept := path.with_name(f"{path.stem}-{why}-{number}{path.suffix}")).exists():
        number += 1
    return kept


def trust(notebooks: list[pathlib.Path]) -> None:
    """Sign notebooks that the course brought along, so that JupyterLab shows their stored pictures.

    Writes JupyterLab's list of signatures in your own settings. A notebook that cannot be signed
    is only shown without them, so nothing is raised.
    """
    import nbformat
    from nbformat.sign import NotebookNotary

    name = "the notebooks"
    try:
        notary = NotebookNotary()  # makes its folder, where there is none
        for path in notebooks:
            name = path.name
            notary.sign(nbformat.read(path, as_version=4))
    except Exception as error:  # sqlite's, nbformat's: the lesson opens all the same
        print(f"Stored pictures of {name} will not show until a cell is run: {error}")
