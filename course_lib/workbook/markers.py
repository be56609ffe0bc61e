"""How a solution cell says which part is the solution.

Between ``### BEGIN SOLUTION`` and ``### END SOLUTION`` stands what readers are to find. In the
exercise the region is replaced by its lines that begin with ``#:``, without that sign, or by
``return ...`` where there are none::

    def joint_actions(actions, agents):
        '''Number of joint actions of a team.'''
        ### BEGIN SOLUTION
        #: return ...  # how many choices has each agent, and how many agents are there?
        return actions**agents
        ### END SOLUTION
"""

import ast
import pathlib
import re

from .notebooks import read

REGION = re.compile(
    r"^([ \t]*)### BEGIN SOLUTION *\n(.*?)^[ \t]*### END SOLUTION *$\n?", re.MULTILINE | re.DOTALL
)
MARK = re.compile(r"^[ \t]*### (BEGIN|END) SOLUTION *$", re.MULTILINE)
STUB_LINE = re.compile(r"^([ \t]*)#:(?: (.*)|)$")
DEFAULT_STUB = "return ...  # your code here"


def has_solution(source: str) -> bool:
    """Whether a cell marks a solution. Raises ValueError if a marker is without its partner."""
    marks = MARK.findall(source)
    if marks != ["BEGIN", "END"] * (len(marks) // 2):
        raise ValueError("### BEGIN SOLUTION and ### END SOLUTION do not come in pairs")
    return bool(marks)


def stub(source: str) -> str:
    """The cell as the exercise shows it. ValueError where no stub can be made."""
    return REGION.sub(_stub_of_region, source + "\n").rstrip("\n")


def _stub_of_region(region: re.Match) -> str:
    lines = [
        found.expand(r"\1") + (found[2] or "")
        for found in map(STUB_LINE.match, region[2].splitlines())
        if found
    ]
    if not lines and not region[1]:
        raise ValueError(
            "a solution that is not inside a function needs a stub: "
            "a line such as `#: answer = ...`"
        )
    return "\n".join(lines or [region[1] + DEFAULT_STUB]) + "\n"


def solution(source: str) -> str:
    """The cell as a reader is shown the solution: without markers and stub lines."""
    return "\n".join(
        line for line in source.splitlines() if not MARK.match(line) and not STUB_LINE.match(line)
    )


def region_lines(source: str) -> list[str]:
    """The lines of code that the exercise must not show, stripped: no comments, stub lines or
    closing brackets."""
    inside = [
        line.strip() for region in REGION.finditer(source + "\n") for line in region[2].splitlines()
    ]
    return [line for line in inside if len(line) > 3 and not line.startswith("#")]


def defined_names(source: str) -> set[str]:
    """Functions, classes and variables that a cell defines at its top level."""
    names = set()
    for node in ast.parse(source).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names.update(
                part.id
                for target in targets
                for part in ast.walk(target)
                if isinstance(part, ast.Name)
            )
    return names


def code_cells(notebook: pathlib.Path) -> list[str]:
    """The sources of a notebook's code cells, in order."""
    return [cell.source for cell in read(notebook).cells if cell.cell_type == "code"]


def solution_of(notebook: pathlib.Path, name: str) -> str:
    """The solution that defines ``name``. ValueError if no marked cell does."""
    for source in code_cells(notebook):
        if has_solution(source) and name in defined_names(source):
            return solution(source)
    raise ValueError(
        f"solutions/{notebook.name} has no cell with ### BEGIN SOLUTION that defines {name}"
    )
