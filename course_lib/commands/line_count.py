"""How much code the helper library is: lines that are neither blank, nor comment, nor docstring."""

from __future__ import annotations

import ast
import io
import pathlib
import tokenize

LIMIT_PYTHON = 15500
LIMIT_JAVASCRIPT = 600
SILENT = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def python_lines(source: str) -> int:
    """Number of code lines of a Python file. A bare string statement is documentation wherever it stands."""
    code = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in SILENT:
            code.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            code.difference_update(range(node.lineno, node.end_lineno + 1))
    return len(code)


def javascript_lines(source: str) -> int:
    """Number of lines of a JavaScript file that are neither blank nor a line of comment."""
    lines = (line.strip() for line in source.splitlines())
    return sum(bool(line) and not line.startswith(("//", "/*", "*")) for line in lines)


def count(folder: pathlib.Path) -> tuple[dict[str, int], int]:
    """Code lines of Python by room of ``folder`` (largest first), and of JavaScript altogether."""
    rooms: dict[str, int] = {}
    for path in folder.rglob("*.py"):
        room = path.relative_to(folder).parts[0]
        rooms[room] = rooms.get(room, 0) + python_lines(path.read_text(encoding="utf-8"))
    scripts = sum(javascript_lines(path.read_text(encoding="utf-8")) for path in folder.rglob("*.js"))
    return dict(sorted(rooms.items(), key=lambda item: -item[1])), scripts


def report(folder: pathlib.Path) -> str:
    """One line with the counts and their limits."""
    rooms, scripts = count(folder)
    parts = ", ".join(f"{room} {lines}" for room, lines in rooms.items() if lines)
    return (
        f"{folder.name}: {sum(rooms.values())} of at most {LIMIT_PYTHON} lines of code ({parts}); "
        f"JavaScript {scripts} of at most {LIMIT_JAVASCRIPT}"
    )
