"""The packages of course_lib: an import only goes down, packages of one layer do not know each
other, nothing is too long.

The sources are parsed, not imported, so a layer is kept even where a package is absent.
"""

import ast
import graphlib
import json
import pathlib
import sys

import pytest
from IPython.core.inputtransformer2 import TransformerManager

ROOT = pathlib.Path(__file__).resolve().parents[1]
LIBRARY = ROOT / "course_lib"

ARRAYS = {"numpy"}
WORLDS = ARRAYS | {"gymnasium", "pettingzoo"}
DRAWING = WORLDS | {"torch", "matplotlib", "networkx", "IPython"}
READERS = DRAWING | {"ipywidgets", "anywidget", "traitlets", "nbformat", "tqdm"}
TRAINERS = {"numba", "ray", "stable_baselines3", "sb3_contrib", "torchrl", "tensordict"}
TOOLS = {
    "stats",
    "validate",
    "array_checks",
    "storage",
    "array_record",
    "markdown",
    "installation",
    "output",
    "static_twin",
}
RANGE = TOOLS | {"cyber_range"}
TEAM = RANGE | {"learners", "hierarchy"}
BELOW_WIDGETS = TEAM | {"games", "suitability", "training", "viz"}

PACKAGES = {  # package: (packages of the library it may import, outside packages it may import)
    "__init__": (set(), set()),
    "validate": (set(), set()),
    "array_checks": ({"validate"}, ARRAYS),
    "stats": ({"validate", "array_checks"}, ARRAYS),
    "storage": ({"validate"}, set()),
    "array_record": ({"validate"}, ARRAYS),
    "installation": (set(), {"packaging", "pip"}),
    "markdown": (set(), set()),
    "output": (set(), set()),
    "static_twin": (set(), {"IPython"}),
    "games": (TOOLS, WORLDS),
    "suitability": (TOOLS, set()),
    "workbook": (TOOLS, READERS),
    "cyber_range": (TOOLS, WORLDS | {"numba"}),
    "learners": (TOOLS, ARRAYS | {"torch", "gymnasium"}),
    "hierarchy": (RANGE | {"learners"}, ARRAYS | {"torch"}),
    "training": (TEAM, ARRAYS | {"torch"}),
    "scale": (TEAM | {"training"}, WORLDS | {"torch", "ray"}),
    "viz": (TEAM, DRAWING),
    "experiments": (TEAM | {"games", "training", "viz", "scale"}, DRAWING | TRAINERS),
    "widgets": (BELOW_WIDGETS, READERS),
    "publish": (
        TOOLS | {"workbook", "teaching", "training", "widgets"},
        {"nbconvert", "nbformat", "latex2mathml"},
    ),
    "teaching": (TOOLS | {"workbook"}, set()),
    "lessons": (BELOW_WIDGETS | {"experiments", "widgets", "workbook"}, READERS),
    "commands": (None, None),
    "__main__": (None, None),
}
"""From the ground up. An import may only go to a package named here, inside functions neither. A
command may import everything, but only inside functions, which a test of its own checks."""

INSIDE = {  # part of a package: other parts of the package that it may import
    "cyber_range/engine": {"actions", "constants"},
    "cyber_range/policies": {
        "actions",
        "constants",
        "engine",
        "futures",
        "observations",
        "options",
        "policy",
    },  # fmt: skip
}
"""Inside the range: what numba compiles knows tables and numbers, and a policy no environment."""

NOTEBOOK_PACKAGES = (
    "cyber_range",
    "hierarchy",
    "training",
    "learners",
    "games",
    "suitability",
    "viz",
    "widgets",
    "workbook",
    "lessons",
)
NOTEBOOK_PATHS = {f"course_lib.{package}" for package in NOTEBOOK_PACKAGES}
"""What a notebook may import from the library: packages, never a module inside one."""
ONLY_IN = {"CybORG": "cyber_range/cyborg/", "ray": "experiments/benchmarks/"}
"""Packages that one part of a package may import although the rest may not."""

BARE = (
    "course_lib.commands",
    "course_lib.installation",
    "course_lib.output",
    "course_lib.validate",
)
"""What a bare Python loads for ``lab`` and ``test``."""

MAX_FILE_LINES, MAX_FUNCTION_LINES = 400, 50
LONG_FOR_A_REASON: dict[str, str] = {
    "commands/evaluate.py:parsed": "one option after the other",
    "cyber_range/evaluation/evaluate.py:evaluate": "one check of an argument after the other",
}
"""``path`` or ``path:function`` below course_lib -> why it may be longer."""


def sources() -> list[str]:
    """Every Python file of the library, relative to it, with forward slashes."""
    return sorted(path.relative_to(LIBRARY).as_posix() for path in LIBRARY.rglob("*.py"))


def package_of(path: str) -> str:
    """The package a file is in."""
    return path.partition("/")[0].removesuffix(".py")


def module_name(path: str) -> str:
    """The dotted name of a file of the library."""
    return "course_lib." + path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imported(tree: ast.Module, path: str, top_level: bool = False) -> list[str]:
    """Dotted names of everything a file imports; with ``top_level`` only what is imported when it
    is loaded.

    ``from package import name`` gives ``package.name``. Relative imports are resolved; blocks for
    type checkers count as not loaded.
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
    """The statements that run when a module is loaded: not those of functions, nor of ``if
    TYPE_CHECKING``."""
    found = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        found += [child, *at_top_level(child)]
    return found


def forbidden_imports(path: str, source: str) -> list[str]:
    """The imports of one file that its package does not allow, each as a sentence."""
    package = package_of(path)
    if package not in PACKAGES:
        return [f"{path}: there is no package {package}"]
    inside, outside = PACKAGES[package]
    faults = []
    for name in imported(ast.parse(source), path):
        first, _, rest = name.partition(".")
        if first == "course_lib":
            target = rest.partition(".")[0]
            if inside is not None and target != package and target not in inside:
                faults.append(f"{path}: {package} may not import {name}")
        elif first not in sys.stdlib_module_names and outside is not None and first not in outside:
            if not (first in ONLY_IN and path.startswith(ONLY_IN[first])):
                faults.append(f"{path}: {package} may not import the package {first}")
    return faults


def forbidden_inside(path: str, source: str) -> list[str]:
    """The imports of one file that its part of a package does not allow, each as a sentence."""
    faults = []
    for part, allowed in INSIDE.items():
        if not path.startswith(f"{part}/"):
            continue
        package, own = part.split("/")
        prefix = f"course_lib.{package}."
        names = imported(ast.parse(source), path)
        targets = {name.removeprefix(prefix).partition(".")[0] for name in names if prefix in name}
        faults += [f"{path}: {part} may not import {t}" for t in targets - allowed - {own}]
    return faults


def notebook_imports(path: pathlib.Path) -> set[str]:
    """Paths of the library from which the code cells of a notebook import."""
    found = set()
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        python = TransformerManager().transform_cell("".join(cell["source"]))
        for node in ast.walk(ast.parse(python)):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module == "course_lib":
                found |= {f"course_lib.{alias.name}" for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add(node.module)
    return {name for name in found if name.partition(".")[0] == "course_lib"}


def loading_graph(files: dict[str, str]) -> dict[str, set[str]]:
    """Which module loads which, over the given files (path -> source); a name that is no module is
    its package."""
    modules = {module_name(path) for path in files}
    graph: dict[str, set[str]] = {}
    for path, source in files.items():
        loads = graph.setdefault(module_name(path), set())
        for name in imported(ast.parse(source), path):
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
    """The file itself and its functions, where they are longer than allowed and no reason is
    listed."""
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
    assert forbidden_imports(path, (LIBRARY / path).read_text("utf-8")) == []


@pytest.mark.parametrize("path", [path for path in sources() if path.startswith(tuple(INSIDE))])
def test_parts_of_a_package_keep_to_their_neighbours(path):
    assert forbidden_inside(path, (LIBRARY / path).read_text("utf-8")) == []


def test_the_method_knows_neither_its_training_nor_a_lesson():
    assert "training" not in PACKAGES["hierarchy"][0]
    knows_lessons = [name for name, (inside, _) in PACKAGES.items() if "lessons" in (inside or ())]
    assert knows_lessons == []
    for path in sources():
        names = imported(ast.parse((LIBRARY / path).read_text("utf-8")), path)
        if package_of(path) != "lessons":
            assert not any(name.startswith("course_lib.lessons") for name in names), path


@pytest.mark.parametrize("folder", ["notebooks", "exercises", "solutions"])
def test_notebooks_import_packages_and_no_modules_inside_them(folder):
    assert len(NOTEBOOK_PATHS) <= 10
    found = {path.name: notebook_imports(path) for path in (ROOT / folder).glob("*.ipynb")}
    assert len(found) > 5
    assert {
        name: paths - NOTEBOOK_PATHS for name, paths in found.items() if paths - NOTEBOOK_PATHS
    } == {}


def test_no_module_loads_itself_in_a_circle():
    files = {path: (LIBRARY / path).read_text("utf-8") for path in sources()}
    assert circle(loading_graph(files)) == []


def test_the_package_itself_imports_nothing():
    assert imported(ast.parse((LIBRARY / "__init__.py").read_text("utf-8")), "__init__.py") == []


@pytest.mark.parametrize(
    "path", [path for path in sources() if package_of(path) in ("commands", "__main__")]
)
def test_the_commands_load_without_packages(path):
    loaded = imported(ast.parse((LIBRARY / path).read_text("utf-8")), path, top_level=True)
    others = [
        name
        for name in loaded
        if name.partition(".")[0] not in {*sys.stdlib_module_names, "course_lib"}
    ]
    ours = [name for name in loaded if name.startswith("course_lib.") and not name.startswith(BARE)]
    assert (others, ours) == ([], [])


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


# The checks themselves must be able to fail.

BAD_IMPORTS = [
    ("stats.py", "from course_lib.cyber_range import constants"),  # up
    (
        "games/climbing.py",
        "from course_lib import cyber_range",
    ),  # another package of the same layer
    ("cyber_range/engine/blue.py", "from ...learners import ppo"),  # up, relative
    (
        "cyber_range/envs/vector.py",
        "def f():\n    import torch",
    ),  # a package it may not have, even inside a function
    ("cyber_range/envs/vector.py", "import CybORG"),  # the simulator outside its folder
    ("viz/figures.py", "from course_lib.workbook import exercise"),
    ("shed/new.py", "import math"),  # a package that is not in the plan
]


@pytest.mark.parametrize(("path", "source"), BAD_IMPORTS)
def test_a_forbidden_import_is_found(path, source):
    assert len(forbidden_imports(path, source)) == 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("cyber_range/cyborg/load.py", "import CybORG.Agents"),
        (
            "cyber_range/engine/blue.py",
            "from ..constants import ZONES\nfrom . import rng\nimport numba, math",
        ),
        (
            "viz/figures.py",
            "from course_lib.stats import t_quantile\nimport matplotlib.pyplot",
        ),
        ("commands/lab.py", "def f():\n    from course_lib import hierarchy\n    import torch"),
    ],
)
def test_an_allowed_import_is_not_reported(path, source):
    assert forbidden_imports(path, source) == []


def test_a_forbidden_neighbour_is_found():
    path = "cyber_range/engine/blue.py"
    assert forbidden_inside(path, "from ..constants import ZONES\nfrom . import rng") == []
    assert len(forbidden_inside(path, "def f():\n    from ..envs import vector")) == 1
    assert len(forbidden_inside(path, "import course_lib.cyber_range.options")) == 1
    assert forbidden_inside("cyber_range/envs/vector.py", "from ..engine import step") == []


def test_a_notebook_that_reaches_inside_a_package_is_found(tmp_path):
    source = (
        "%matplotlib inline\nfrom course_lib.viz.figures import show\nfrom course_lib import games"
    )
    cells = [{"cell_type": "code", "source": source}, {"cell_type": "markdown", "source": "# A"}]
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": cells}))
    found = notebook_imports(tmp_path / "a.ipynb")
    assert found == {"course_lib.viz.figures", "course_lib.games"}


def test_a_circle_is_found():
    files = {
        "games/__init__.py": "",
        "games/a.py": "from . import b",
        "games/b.py": "from course_lib.games.a import X",
    }
    assert set(circle(loading_graph(files))) == {"course_lib.games.a", "course_lib.games.b"}
    files["games/b.py"] = "def later():\n    from course_lib.games.a import X"
    assert circle(loading_graph(files)) != []
    files["games/b.py"] = "X = 1"
    assert circle(loading_graph(files)) == []


def test_length_is_measured():
    short = "def f():\n    '''Text.'''\n" + "    x = 1\n" * 49
    assert too_long("games/a.py", short) == []
    assert too_long("games/a.py", short + "    x = 2\n") == ["games/a.py:f: 51 lines, more than 50"]
    assert too_long("games/a.py", "x = 1\n" * 401) == ["games/a.py: 401 lines, more than 400"]
