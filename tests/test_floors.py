"""The rooms of course_lib: an import only goes down, rooms of one floor do not know each other, nothing is too long.

The sources are parsed, not imported, so a floor is kept even where a package is absent.
"""

import ast
import graphlib
import pathlib
import sys

import pytest

from course_lib.commands import line_count

ROOT = pathlib.Path(__file__).resolve().parents[1]
LIBRARY = ROOT / "course_lib"

ARRAYS = {"numpy"}
WORLDS = ARRAYS | {"gymnasium", "pettingzoo"}
DRAWING = WORLDS | {"torch", "matplotlib", "networkx", "IPython"}
READERS = DRAWING | {"ipywidgets", "anywidget", "traitlets", "nbformat", "tqdm"}
BELOW_ANALYSIS = {"statistics", "games", "cyber_range", "suitability", "learners", "hierarchy"}

ROOMS = {  # room: (rooms it may import, packages it may import)
    "__init__": (set(), set()),
    "statistics": (set(), ARRAYS),
    "games": (set(), WORLDS),
    "cyber_range": ({"statistics"}, WORLDS | {"numba"}),
    "suitability": (set(), set()),
    "learners": ({"statistics"}, ARRAYS | {"torch"}),
    "hierarchy": ({"statistics", "cyber_range", "learners"}, ARRAYS | {"torch"}),
    "analysis": (BELOW_ANALYSIS, DRAWING),
    "scale": ({"hierarchy", "learners", "cyber_range"}, WORLDS | {"torch", "ray"}),
    "widgets": (BELOW_ANALYSIS | {"analysis"}, READERS),
    "workbook": (BELOW_ANALYSIS | {"analysis"}, READERS),
    "commands": (None, None),  # everything, but packages only inside functions, which a test of its own checks
    "__main__": (None, None),
}
ONLY_IN = {"CybORG": "cyber_range/bridge/"}
"""Packages that one part of a room may import although the room may not."""

MAX_FILE_LINES, MAX_FUNCTION_LINES = 400, 50
LONG_FOR_A_REASON: dict[str, str] = {}
"""``path`` or ``path:function`` below course_lib -> why it may be longer."""


def sources() -> list[str]:
    """Every Python file of the library, relative to it, with forward slashes."""
    return sorted(path.relative_to(LIBRARY).as_posix() for path in LIBRARY.rglob("*.py"))


def room_of(path: str) -> str:
    """The room a file is in."""
    return path.partition("/")[0].removesuffix(".py")


def module_name(path: str) -> str:
    """The dotted name of a file of the library."""
    return "course_lib." + path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imported(tree: ast.Module, path: str, top_level: bool = False) -> list[str]:
    """Dotted names of everything a file imports; with ``top_level`` only what is imported when it is loaded.

    ``from package import name`` gives ``package.name``. Relative imports are resolved; blocks for type checkers count
    as not loaded.
    """
    names = []
    for node in at_top_level(tree) if top_level else ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            package = ("course_lib/" + path).split("/")[: -node.level] if node.level else []
            origin = ".".join([*package, *([node.module] if node.module else [])])
            names += [f"{origin}.{alias.name}" for alias in node.names]
    return names


def at_top_level(node: ast.AST) -> list[ast.AST]:
    """The statements that run when a module is loaded: not those of functions, nor of ``if TYPE_CHECKING``."""
    found = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        found += [child, *at_top_level(child)]
    return found


def broken_floors(path: str, source: str) -> list[str]:
    """The imports of one file that its room does not allow, each as a sentence."""
    room = room_of(path)
    if room not in ROOMS:
        return [f"{path}: there is no room {room}"]
    rooms, packages = ROOMS[room]
    faults = []
    for name in imported(ast.parse(source), path):
        first, _, rest = name.partition(".")
        if first == "course_lib":
            target = rest.partition(".")[0]
            if rooms is not None and target != room and target not in rooms:
                faults.append(f"{path}: {room} may not import {name}")
        elif first not in sys.stdlib_module_names and packages is not None and first not in packages:
            if not (first in ONLY_IN and path.startswith(ONLY_IN[first])):
                faults.append(f"{path}: {room} may not import the package {first}")
    return faults


def loading_graph(files: dict[str, str]) -> dict[str, set[str]]:
    """Which module loads which, over the given files (path -> source); a name that is no module is its package."""
    modules = {module_name(path) for path in files}
    graph: dict[str, set[str]] = {}
    for path, source in files.items():
        loads = graph.setdefault(module_name(path), set())
        for name in imported(ast.parse(source), path, top_level=True):
            target = name if name in modules else name.rpartition(".")[0]
            if target in modules and target != module_name(path):
                loads.add(target)
    return graph


def circle(graph: dict[str, set[str]]) -> list[str]:
    """One circle of modules that load each other, or nothing."""
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return error.args[1]
    return []


def too_long(path: str, source: str) -> list[str]:
    """The file itself and its functions, where they are longer than allowed and no reason is listed."""
    found = {path: (len(source.splitlines()), MAX_FILE_LINES)}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = node.end_lineno - node.lineno + 1
            if ast.get_docstring(node) is not None:
                lines -= node.body[0].end_lineno - node.body[0].lineno + 1
            found[f"{path}:{node.name}"] = (lines, MAX_FUNCTION_LINES)
    return [
        f"{name}: {lines} lines, more than {limit}"
        for name, (lines, limit) in found.items()
        if lines > limit and name not in LONG_FOR_A_REASON
    ]


@pytest.mark.parametrize("path", sources())
def test_imports_go_down(path):
    assert broken_floors(path, (LIBRARY / path).read_text("utf-8")) == []


def test_no_module_loads_itself_in_a_circle():
    files = {path: (LIBRARY / path).read_text("utf-8") for path in sources()}
    assert circle(loading_graph(files)) == []


def test_the_package_itself_imports_nothing():
    assert imported(ast.parse((LIBRARY / "__init__.py").read_text("utf-8")), "__init__.py") == []


@pytest.mark.parametrize("path", [path for path in sources() if room_of(path) in ("commands", "__main__")])
def test_the_commands_load_without_packages(path):
    loaded = imported(ast.parse((LIBRARY / path).read_text("utf-8")), path, top_level=True)
    others = [name for name in loaded if name.partition(".")[0] not in {*sys.stdlib_module_names, "course_lib"}]
    rooms = [name for name in loaded if name.startswith("course_lib.") and not name.startswith("course_lib.commands")]
    assert (others, rooms) == ([], [])


@pytest.mark.parametrize("path", sources())
def test_files_and_functions_are_short(path):
    assert too_long(path, (LIBRARY / path).read_text("utf-8")) == []


def test_every_listed_reason_is_still_needed():
    names = {path for path in sources()} | {
        f"{path}:{node.name}"
        for path in sources()
        for node in ast.walk(ast.parse((LIBRARY / path).read_text("utf-8")))
        if isinstance(node, ast.FunctionDef)
    }
    assert set(LONG_FOR_A_REASON) <= names


def test_the_library_stays_small():
    rooms, scripts = line_count.count(LIBRARY)
    assert sum(rooms.values()) <= line_count.LIMIT_PYTHON, line_count.report(LIBRARY)
    assert scripts <= line_count.LIMIT_JAVASCRIPT, line_count.report(LIBRARY)


# The checks themselves must be able to fail.

BAD_IMPORTS = [
    ("statistics.py", "from course_lib.cyber_range import names"),  # up
    ("games/climbing.py", "from course_lib import cyber_range"),  # another room of the same floor
    ("cyber_range/rules/blue.py", "from ...learners import ppo"),  # up, relative
    ("cyber_range/vector.py", "def f():\n    import torch"),  # a package it may not have, even inside a function
    ("cyber_range/vector.py", "import CybORG"),  # the simulator outside the bridge
    ("analysis/figures.py", "from course_lib.workbook import lint"),
    ("shed/new.py", "import math"),  # a room that is not in the plan
]


@pytest.mark.parametrize(("path", "source"), BAD_IMPORTS)
def test_a_forbidden_import_is_found(path, source):
    assert len(broken_floors(path, source)) == 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("cyber_range/bridge/load.py", "import CybORG.Agents"),
        ("cyber_range/rules/blue.py", "from ..names import ZONES\nfrom . import draws\nimport numba, math"),
        ("analysis/figures.py", "from course_lib.statistics import t_quantile\nimport matplotlib.pyplot"),
        ("commands/lab.py", "def f():\n    from course_lib import hierarchy\n    import torch"),
    ],
)
def test_an_allowed_import_is_not_reported(path, source):
    assert broken_floors(path, source) == []


def test_a_circle_is_found():
    files = {"games/__init__.py": "", "games/a.py": "from . import b", "games/b.py": "from course_lib.games.a import X"}
    assert set(circle(loading_graph(files))) == {"course_lib.games.a", "course_lib.games.b"}
    files["games/b.py"] = "def later():\n    from course_lib.games.a import X"
    assert circle(loading_graph(files)) == []


def test_length_is_measured():
    short = "def f():\n    '''Text.'''\n" + "    x = 1\n" * 49
    assert too_long("games/a.py", short) == []
    assert too_long("games/a.py", short + "    x = 2\n") == ["games/a.py:f: 51 lines, more than 50"]
    assert too_long("games/a.py", "x = 1\n" * 401) == ["games/a.py: 401 lines, more than 400"]


def test_lines_of_code_leave_out_blanks_comments_and_docstrings():
    documented = '"""Module."""\n\n# comment\ndef f():\n    """Doc\n    more."""\n    return [\n        1,\n\n    ]\n'
    assert line_count.python_lines(documented) == 4
    assert line_count.python_lines('X = """one\ntwo"""\n') == 2
    assert line_count.javascript_lines("// no\n\n/* no\n * no */\nlet a = 1; // yes\n") == 1
