"""Rules that a notebook of the course keeps, checked on the stored file without running it.

nbval compares what a cell prints; it does not see a cell that was never run, a figure that a blind
reader cannot use, or a lesson without its quiz. A rule for code cells is a function that says what
is wrong with a cell, or ''.
"""

import ast
import io
import itertools
import pathlib
import re
import tokenize
import urllib.parse
from collections.abc import Callable, Iterable, Iterator

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

from course_lib.workbook.build import ANSWER
from course_lib.workbook.notebooks import read

MAX_CELL_LINES = 25
MAX_LINE_WIDTH = 90
"""Characters of a line of code that JupyterLab shows beside its folders without scrolling."""
MAX_PRINTED_WIDTH = 106
"""Characters of a printed line that fit the page of a window of 1280 pixels."""
MAX_IGNORED_SHARE = 0.05

IGNORE_TAGS = {"nbval-ignore-output", "nbval-skip", "nbval-raises-exception", "raises-exception"}
IGNORE_COMMENTS = re.compile(
    r"#\s*(NBVAL_IGNORE_OUTPUT|NBVAL_SKIP|NBVAL_RAISES_EXCEPTION)", re.IGNORECASE
)
REASON_COMMENT = re.compile(r"#\s*not compared: \S", re.IGNORECASE)

FORBIDDEN = {
    r"^\s*[!%]+\s*(pip|conda|mamba|uv|apt|apt-get|brew|npm)\b|-m\s+pip\b|\bpip\s+install\b": (
        "an install command"
    ),
    r"^\s*!|^\s*%%(bash|sh|script|cmd)\b": "a shell command",
    r"\b(urlopen|urlretrieve|load_state_dict_from_url)\(": "a network command",
    r"^\s*(import|from)\s+(requests|httpx|aiohttp|urllib\.request|socket|ftplib)\b": (
        "a network package"
    ),
    r"\bsys\.path\b|\bos\.chdir\b|^\s*%(cd|env|set_env)\b": "a path or environment trick",
    r"^\s*%matplotlib\s+(?!inline\b)\S+": "a matplotlib backend other than inline",
}

REQUIRED = {
    "an 'Objectives' heading": re.compile(r"^#+ .*\bobjectives\b", re.IGNORECASE | re.MULTILINE),
    "a 'Quiz' heading": re.compile(r"^#+ .*\bquiz\b", re.IGNORECASE | re.MULTILINE),
    "its minutes (a number and the word 'minutes')": re.compile(
        r"\d+\s*minutes\b|\bminutes\b[^\n]*\d", re.IGNORECASE
    ),
}

LINK = re.compile(r"(!?)\[([^\]]*)\]\(\s*<?([^)\s>]+)>?[^)]*\)")
HTML_LINK = re.compile(r"<(?:a|img)\b[^>]*?\b(?:href|src)=[\"']([^\"']+)[\"']", re.IGNORECASE)
HTML_IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
HTML_ALT = re.compile(r"\balt=(\"[^\"]+\"|'[^']+')", re.IGNORECASE)
SVG_TEXT = re.compile(r"<title[ >]|\baria-label(ledby)?=", re.IGNORECASE)


# Rules for a code cell


def never_executed(cell: NotebookNode) -> str:
    """nbval runs such a cell but compares nothing."""
    return "was never executed" if cell.execution_count is None else ""


def stored_error(cell: NotebookNode) -> str:
    """An error is shown by catching and printing it."""
    return (
        "stores an error" if any(output.output_type == "error" for output in cell.outputs) else ""
    )


def trailing_semicolon(cell: NotebookNode) -> str:
    """A statement that ends in ``;`` hides its value in JupyterLab but not in nbval, which then
    sees an address."""
    python = TransformerManager().transform_cell(cell.source)  # magic commands become calls
    tokens = tokenize.generate_tokens(io.StringIO(python).readline)
    pairs = itertools.pairwise(token for token in tokens if token.type != tokenize.COMMENT)
    found = any(one.string == ";" and after.type == tokenize.NEWLINE for one, after in pairs)
    return "has a line that ends in ';'" if found else ""


def forbidden_command(cell: NotebookNode) -> str:
    """Lessons are read offline, in the environment that ``lab`` made, from any folder."""
    found = [
        what for pattern, what in FORBIDDEN.items() if re.search(pattern, cell.source, re.MULTILINE)
    ]
    return f"holds {' and '.join(found)}" if found else ""


def silent_figure(cell: NotebookNode) -> str:
    """A figure carries text that says what it shows, for those who cannot see it and for the
    exported page."""
    silent = any(
        not described(output, kind) for output in cell.outputs for kind in output.get("data", {})
    )
    return "shows a figure without alternative text" if silent else ""


def described(output: NotebookNode, kind: str) -> bool:
    """Whether the part of ``output`` with this MIME type is no figure, or one with a text beside
    it.

    A bitmap has ``alt`` in its metadata or a plain text that starts with "Figure:"; a drawing in
    SVG, bare or within HTML, may have its text inside, as a title or label.
    """
    alt = output.metadata.get(kind, {}).get("alt", "")
    if alt.strip() or output.data.get("text/plain", "").startswith("Figure: "):
        return True
    if kind in ("image/png", "image/jpeg"):
        return False
    content = output.data[kind] if kind in ("image/svg+xml", "text/html") else ""
    return "<svg" not in content or bool(SVG_TEXT.search(content))


def long_cell(cell: NotebookNode) -> str:
    """Longer code belongs to course_lib, where it is tested, and is shown by name and link.

    Imports do not count: sorted, one name a line, they are skimmed and not read.
    """
    lines = len(cell.source.strip().splitlines()) - import_lines(cell.source)
    return f"has {lines} lines, more than {MAX_CELL_LINES}" if lines > MAX_CELL_LINES else ""


def wide_line(cell: NotebookNode) -> str:
    """A line that runs out of the window is read by scrolling, or not at all."""
    widest = max(len(line) for line in cell.source.splitlines())
    return f"has a line of {widest} characters" if widest > MAX_LINE_WIDTH else ""


def wide_output(cell: NotebookNode) -> str:
    """A printed line that is wrapped tears its columns apart: print less, or show a table."""
    widest = max((len(line) for text in printed(cell) for line in text.splitlines()), default=0)
    return f"prints a line of {widest} characters" if widest > MAX_PRINTED_WIDTH else ""


def printed(cell: NotebookNode) -> Iterator[str]:
    """Outputs that JupyterLab shows as plain text; where there is HTML or a picture, it shows
    that."""
    for output in cell.outputs:
        if output.output_type == "stream":
            yield output.text
        elif set(output.get("data", {})) == {"text/plain"}:
            yield output.data["text/plain"]


def shown_assert(cell: NotebookNode) -> str:
    """A learner reads the cells that are open; checks of the page itself stand in folded ones."""
    folded = cell.metadata.get("jupyter", {}).get("source_hidden")
    checks = re.search(r"^\s*assert\b", cell.source, re.MULTILINE)
    return "has an assert and is not folded" if checks and not folded else ""


def import_lines(source: str) -> int:
    """How many lines of a cell are import statements; 0 for a cell that is no plain Python."""
    try:
        statements = ast.parse(source).body
    except SyntaxError:
        return 0
    imports = (node for node in statements if isinstance(node, ast.Import | ast.ImportFrom))
    return sum(node.end_lineno - node.lineno + 1 for node in imports)


def unexplained_ignore(cell: NotebookNode) -> str:
    """A cell whose output is not compared says why, in a comment ``# not compared: ...``."""
    explained = not is_ignored(cell) or REASON_COMMENT.search(cell.source)
    return (
        ""
        if explained
        else "is not compared by nbval and no comment '# not compared: ...' says why"
    )


def is_ignored(cell: NotebookNode) -> bool:
    """Whether nbval is told not to compare, not to run, or to expect an error."""
    return bool(
        IGNORE_TAGS & set(cell.metadata.get("tags", [])) or IGNORE_COMMENTS.search(cell.source)
    )


def unfolded_answer(cell: NotebookNode) -> str:
    """The stored answer to a prediction would be read before the reader has guessed."""
    answers = ANSWER.search(cell.source)
    folded = cell.metadata.get("jupyter", {}).get("outputs_hidden")
    return "answers a prediction and is not folded" if answers and not folded else ""


CODE_RULES: tuple[Callable[[NotebookNode], str], ...] = (
    never_executed,
    stored_error,
    trailing_semicolon,
    forbidden_command,
    silent_figure,
    long_cell,
    wide_line,
    wide_output,
    shown_assert,
    unexplained_ignore,
    unfolded_answer,
)


# Whole notebooks


def code_cells(notebook: NotebookNode) -> list[tuple[int, NotebookNode]]:
    """(number, cell) of the code cells that hold anything; numbered among the code cells from 0, as
    nbval does."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [(number, cell) for number, cell in enumerate(cells) if cell.source.strip()]


def prose_faults(text: str, folder: pathlib.Path) -> Iterator[str]:
    """What is wrong with a Markdown cell: its images have a text, and its links within the course
    lead to a file."""
    silent = any(mark and not words.strip() for mark, words, _ in LINK.findall(text))
    if silent or not all(HTML_ALT.search(image) for image in HTML_IMAGE.findall(text)):
        yield "has an image without alternative text"
    without_code = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    for target in [target for _, _, target in LINK.findall(without_code)] + HTML_LINK.findall(
        without_code
    ):
        path = urllib.parse.unquote(target.partition("#")[0])
        elsewhere = re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//", target)
        if path and not elsewhere and not (folder / path).exists():
            yield f"links to {target}, which does not exist"


def lint(path: pathlib.Path, lesson: bool = False) -> list[str]:
    """Everything that breaks a rule in the notebook stored in ``path``; an empty list is good.

    A ``lesson`` says, besides, what one can do afterwards and how long it takes, and asks at its
    end. ValueError where ``path`` is no notebook.
    """
    notebook = read(path)
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    code = ((number, rule(cell)) for number, cell in code_cells(notebook) for rule in CODE_RULES)
    found = [f"code cell {number} {fault}" for number, fault in code if fault]
    for number, text in enumerate(prose):
        found += [f"Markdown cell {number} {fault}" for fault in prose_faults(text, path.parent)]
    if lesson:
        found += [
            f"the lesson lacks {what}"
            for what, sign in REQUIRED.items()
            if not sign.search("\n\n".join(prose))
        ]
    return [f"{path.name}: {fault}" for fault in found]


def ignored_share(paths: Iterable[pathlib.Path]) -> float:
    """The share of code cells, over all these notebooks, that nbval does not compare: at most
    `MAX_IGNORED_SHARE`."""
    cells = [cell for path in paths for _, cell in code_cells(read(path))]
    return sum(is_ignored(cell) for cell in cells) / max(1, len(cells))
