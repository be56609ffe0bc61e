"""Rules that a notebook of the course keeps, checked on the stored file without running it.

nbval compares what a cell prints; it does not see a cell that was never run, a figure that a blind reader cannot use,
or a lesson without its quiz. Each rule below is a function that takes a `Notebook` and yields one sentence for each
place that breaks it.
"""

import io
import json
import pathlib
import re
import tokenize
import urllib.parse
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

MAX_CELL_LINES = 25
MAX_IGNORED_SHARE = 0.05

IGNORE_TAGS = {"nbval-ignore-output", "nbval-skip", "nbval-raises-exception", "raises-exception"}
IGNORE_COMMENTS = re.compile(r"#\s*(NBVAL_IGNORE_OUTPUT|NBVAL_SKIP|NBVAL_RAISES_EXCEPTION)", re.IGNORECASE)
REASON_COMMENT = re.compile(r"#\s*not compared: \S", re.IGNORECASE)

FORBIDDEN = {
    r"^\s*[!%]+\s*(pip|conda|mamba|uv|apt|apt-get|brew|npm)\b|-m\s+pip\b|\bpip\s+install\b": "an install command",
    r"^\s*!|^\s*%%(bash|sh|script|cmd)\b": "a shell command",
    r"\b(urlopen|urlretrieve|load_state_dict_from_url)\(": "a network command",
    r"^\s*(import|from)\s+(requests|httpx|aiohttp|urllib\.request|socket|ftplib)\b": "a network package",
    r"\bsys\.path\b|\bos\.chdir\b|^\s*%(cd|env|set_env)\b": "a path or environment trick",
    r"^\s*%matplotlib\s+(?!inline\b)\S+": "a matplotlib backend other than inline",
}

REQUIRED = {
    "an 'Objectives' heading": re.compile(r"^#+ .*\bobjectives\b", re.IGNORECASE | re.MULTILINE),
    "a 'Quiz' heading": re.compile(r"^#+ .*\bquiz\b", re.IGNORECASE | re.MULTILINE),
    "its minutes (a number and the word 'minutes')": re.compile(r"\d+\s*minutes\b|\bminutes\b[^\n]*\d", re.IGNORECASE),
}

LINK = re.compile(r"(!?)\[([^\]]*)\]\(\s*<?([^)\s>]+)>?[^)]*\)")
HTML_LINK = re.compile(r"<(?:a|img)\b[^>]*?\b(?:href|src)=[\"']([^\"']+)[\"']", re.IGNORECASE)
HTML_IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
HTML_ALT = re.compile(r"\balt=(\"[^\"]+\"|'[^']+')", re.IGNORECASE)
SVG_TEXT = re.compile(r"<title[ >]|\baria-label(ledby)?=", re.IGNORECASE)


@dataclass(frozen=True)
class Notebook:
    """A stored notebook."""

    path: pathlib.Path  # where it is; links are relative to its folder
    cells: tuple[dict, ...]  # as in the file

    @property
    def code(self) -> list[tuple[int, dict]]:
        """(number, cell) of the code cells that hold anything; numbered among the code cells from 0, as nbval does."""
        code = [cell for cell in self.cells if cell["cell_type"] == "code"]
        return [(number, cell) for number, cell in enumerate(code) if source(cell).strip()]

    @property
    def prose(self) -> list[tuple[int, str]]:
        """(number, text) of the Markdown cells, numbered among themselves from 0."""
        return list(enumerate(source(cell) for cell in self.cells if cell["cell_type"] == "markdown"))


def read(path: pathlib.Path) -> Notebook:
    """The notebook stored in ``path``. ValueError where that is no notebook of format 4."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return Notebook(path, tuple(stored["cells"]))
    except (json.JSONDecodeError, KeyError, TypeError):
        raise ValueError(f"{path} is no Jupyter notebook of format 4: save it from JupyterLab again") from None


def source(cell: dict) -> str:
    """The text of a cell; a file may hold it as one string or as a list of lines."""
    text = cell["source"]
    return text if isinstance(text, str) else "".join(text)


def never_executed(notebook: Notebook) -> Iterator[str]:
    """nbval runs such a cell but compares nothing."""
    for number, cell in notebook.code:
        if cell.get("execution_count") is None:
            yield f"code cell {number} was never executed"


def stored_error(notebook: Notebook) -> Iterator[str]:
    """An error is shown by catching and printing it."""
    for number, cell in notebook.code:
        if any(output["output_type"] == "error" for output in cell.get("outputs", [])):
            yield f"code cell {number} stores an error"


def trailing_semicolon(notebook: Notebook) -> Iterator[str]:
    """A statement that ends in ``;`` hides its value in JupyterLab but not in nbval, which then sees an address."""
    for number, cell in notebook.code:
        if ends_in_semicolon(source(cell)):
            yield f"code cell {number} has a line that ends in ';'"


def ends_in_semicolon(code: str) -> bool:
    """Whether a statement of ``code`` ends in ``;``. Magic lines are left out; strings and comments do not count."""
    python = "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in code.splitlines()) + "\n"
    last = ""
    try:
        for token in tokenize.generate_tokens(io.StringIO(python).readline):
            if token.type == tokenize.NEWLINE and last == ";":
                return True
            if token.type != tokenize.COMMENT:
                last = token.string
    except (tokenize.TokenError, SyntaxError):
        return any(line.rstrip().endswith(";") for line in python.splitlines())
    return False


def forbidden_command(notebook: Notebook) -> Iterator[str]:
    """Lessons are read offline, in the environment that ``lab`` made, from any folder."""
    for number, cell in notebook.code:
        for pattern, what in FORBIDDEN.items():
            if re.search(pattern, source(cell), re.MULTILINE):
                yield f"code cell {number} holds {what}"


def silent_figure(notebook: Notebook) -> Iterator[str]:
    """A figure carries text that says what it shows, for those who cannot see it and for the exported page."""
    for number, cell in notebook.code:
        for output in cell.get("outputs", []):
            if not all(described(output, kind) for kind in output.get("data", {})):
                yield f"code cell {number} shows a figure without alternative text"
    for number, text in notebook.prose:
        if any(mark and not words.strip() for mark, words, _ in LINK.findall(text)):
            yield f"Markdown cell {number} has an image without alternative text"
        if any(not HTML_ALT.search(image) for image in HTML_IMAGE.findall(text)):
            yield f"Markdown cell {number} has an image without alternative text"


def described(output: dict, kind: str) -> bool:
    """Whether the part of ``output`` with this MIME type is no figure, or one with a text beside it.

    A bitmap has ``alt`` in its metadata or a plain text that starts with "Figure:"; a drawing in SVG, bare or within
    HTML, may have its text inside, as a title or label.
    """
    plain = text_of(output["data"].get("text/plain", ""))
    alt = output.get("metadata", {}).get(kind, {})
    if plain.startswith("Figure: ") or (isinstance(alt, dict) and str(alt.get("alt", "")).strip()):
        return True
    if kind in ("image/png", "image/jpeg"):
        return False
    content = text_of(output["data"][kind]) if kind in ("image/svg+xml", "text/html") else ""
    return "<svg" not in content or bool(SVG_TEXT.search(content))


def text_of(stored: object) -> str:
    """Output text as one string."""
    return "".join(stored) if isinstance(stored, list) else str(stored)


def long_cell(notebook: Notebook) -> Iterator[str]:
    """Longer code belongs to course_lib, where it is tested, and is shown by name and link."""
    for number, cell in notebook.code:
        lines = len(source(cell).strip().splitlines())
        if lines > MAX_CELL_LINES:
            yield f"code cell {number} has {lines} lines, more than {MAX_CELL_LINES}"


def missing_section(notebook: Notebook) -> Iterator[str]:
    """A lesson says what one can do afterwards and how long it takes, and asks at its end."""
    text = "\n\n".join(text for _, text in notebook.prose)
    for what, pattern in REQUIRED.items():
        if not pattern.search(text):
            yield f"the lesson lacks {what}"


def unexplained_ignore(notebook: Notebook) -> Iterator[str]:
    """A cell whose output is not compared says why, in a comment ``# not compared: ...``."""
    for number, cell in notebook.code:
        if is_ignored(cell) and not REASON_COMMENT.search(source(cell)):
            yield f"code cell {number} is not compared by nbval and no comment '# not compared: ...' says why"


def is_ignored(cell: dict) -> bool:
    """Whether nbval is told not to compare, not to run, or to expect an error."""
    tags = set(cell.get("metadata", {}).get("tags", []))
    return bool(tags & IGNORE_TAGS) or bool(IGNORE_COMMENTS.search(source(cell)))


def dead_link(notebook: Notebook) -> Iterator[str]:
    """A link within the course leads to a file that exists."""
    for number, text in notebook.prose:
        without_code = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
        targets = [target for _, _, target in LINK.findall(without_code)] + HTML_LINK.findall(without_code)
        for target in targets:
            path = urllib.parse.unquote(target.partition("#")[0])
            elsewhere = re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//", target)
            if path and not elsewhere and not (notebook.path.parent / path).exists():
                yield f"Markdown cell {number} links to {target}, which does not exist"


Rule = Callable[[Notebook], Iterator[str]]
EVERYWHERE: tuple[Rule, ...] = (
    never_executed, stored_error, trailing_semicolon, forbidden_command, silent_figure, long_cell, unexplained_ignore,
    dead_link,
)  # fmt: skip
LESSONS: tuple[Rule, ...] = (*EVERYWHERE, missing_section)


def lint(path: pathlib.Path, rules: Iterable[Rule] = EVERYWHERE) -> list[str]:
    """Everything that breaks one of the ``rules`` in the notebook stored in ``path``; an empty list is good.

    `LESSONS` are the rules for notebooks/, `EVERYWHERE` those for exercises/ and solutions/ too. ValueError where
    ``path`` is no notebook.
    """
    notebook = read(path)
    return [f"{path.name}: {place}" for rule in rules for place in rule(notebook)]


def ignored_share(paths: Iterable[pathlib.Path]) -> float:
    """The share of code cells, over all these notebooks, that nbval does not compare: at most `MAX_IGNORED_SHARE`."""
    cells = [cell for path in paths for _, cell in read(path).code]
    return sum(is_ignored(cell) for cell in cells) / max(1, len(cells))
