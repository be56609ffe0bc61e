"""How much code the library is, and how much a reader meets on one line of it.

A *code line* is neither blank, nor comment, nor docstring. Tokens are Python's own. The test
command prints the table; ``tests/test_density.py`` holds the packages to the limits below.
"""

from __future__ import annotations

import ast
import io
import pathlib
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

MAX_MEAN_TOKENS = 9.0
"""Tokens a code line, in the mean of a package."""
MAX_TOKENS = 30
"""Tokens of one line; more needs a reason."""
MAX_JAVASCRIPT = 1000
"""Lines of JavaScript in all."""
OUTSIDE_THE_CORE = ("lessons", "widgets", "viz", "experiments", "commands")
"""They serve one lesson, draw, measure or install: nobody needs them to know the method."""
SINGLE_FILES = "single files"
"""Those beside the packages: argument checks, storage, intervals and the like."""
NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


@dataclass
class Density:
    """Counts of one file, or of a package."""

    code_lines: int = 0
    tokens: int = 0
    comments: int = 0
    heavy_lines: int = 0
    """Code lines with more than `MAX_TOKENS` tokens."""

    @property
    def mean_tokens(self) -> float:
        """Tokens a code line."""
        return self.tokens / max(self.code_lines, 1)

    @property
    def comments_per_hundred(self) -> float:
        """Comments for each hundred code lines."""
        return 100 * self.comments / max(self.code_lines, 1)

    def add(self, other: Density) -> None:
        """Count another file in."""
        self.code_lines += other.code_lines
        self.tokens += other.tokens
        self.comments += other.comments
        self.heavy_lines += other.heavy_lines


def documentation(source: str) -> set[int]:
    """Numbers of the lines that belong to a bare string statement, wherever it stands."""
    lines: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Constant):
            continue
        if isinstance(node.value.value, str):
            lines.update(range(node.lineno, node.end_lineno + 1))
    return lines


def measure(source: str) -> Density:
    """The density of one Python file."""
    silent = documentation(source)
    code: set[int] = set()
    beginning: dict[int, int] = {}  # tokens that begin on each line
    comments = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        line = token.start[0]
        comments += token.type == tokenize.COMMENT
        if token.type in NO_CODE or line in silent:
            continue
        code.update(range(line, token.end[0] + 1))
        beginning[line] = beginning.get(line, 0) + 1
    heavy = sum(count > MAX_TOKENS for count in beginning.values())
    return Density(len(code), sum(beginning.values()), comments, heavy)


def heavy_lines(source: str) -> list[int]:
    """Numbers of the lines on which more than `MAX_TOKENS` tokens begin."""
    tokens: dict[int, int] = {}
    for token in code_tokens(source):
        line = token.start[0]
        tokens[line] = tokens.get(line, 0) + 1
    return [line for line, count in tokens.items() if count > MAX_TOKENS]


def code_tokens(source: str) -> Iterator[tokenize.TokenInfo]:
    """The tokens of a file without comments, line ends and documentation."""
    silent = documentation(source)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in NO_CODE and token.start[0] not in silent:
            yield token


def javascript_lines(source: str) -> int:
    """Number of lines of a JavaScript file that are neither blank nor a line of comment."""
    lines = (line.strip() for line in source.splitlines())
    return sum(bool(line) and not line.startswith(("//", "/*", "*")) for line in lines)


def packages(folder: pathlib.Path) -> dict[str, Density]:
    """The density of each package of ``folder``, largest first."""
    found: dict[str, Density] = {}
    for path in folder.rglob("*.py"):
        parts = path.relative_to(folder).parts
        package = parts[0] if len(parts) > 1 else SINGLE_FILES
        found.setdefault(package, Density()).add(measure(path.read_text(encoding="utf-8")))
    by_size = sorted(found.items(), key=lambda item: -item[1].code_lines)
    return dict(by_size)


def javascript(folder: pathlib.Path) -> int:
    """Lines of JavaScript below ``folder``."""
    return sum(javascript_lines(path.read_text(encoding="utf-8")) for path in folder.rglob("*.js"))


def report(folder: pathlib.Path) -> str:
    """The table that the test command prints."""
    lines = [f"{'package':<14}{'lines':>7}{'tokens/line':>13}{'comments/100':>14}{'over 30':>9}"]
    whole, core = Density(), Density()
    for package, density in packages(folder).items():
        lines.append(row(package, density))
        whole.add(density)
        if package not in OUTSIDE_THE_CORE:
            core.add(density)
    lines.append(row("core", core))
    lines.append(row("all", whole))
    lines.append(f"JavaScript: {javascript(folder)} of at most {MAX_JAVASCRIPT} lines")
    return "\n".join(lines)


def row(name: str, density: Density) -> str:
    """One line of the table."""
    return (
        f"{name:<14}{density.code_lines:>7,}{density.mean_tokens:>13.1f}"
        f"{density.comments_per_hundred:>14.1f}{density.heavy_lines:>9}"
    )


if __name__ == "__main__":
    print(report(pathlib.Path(__file__).resolve().parents[1]))
