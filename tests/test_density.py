"""A line of the library carries about as much as a line of the field's model codebases."""

import functools
import pathlib

import pytest

from course_lib.commands import density

LIBRARY = pathlib.Path(density.__file__).resolve().parents[1]
PACKAGES = sorted(path.parent.name for path in LIBRARY.glob("*/__init__.py"))


@functools.cache
def measured():
    """Every package, counted once; not while tests are collected, which each process does."""
    return density.packages(LIBRARY)


@pytest.mark.parametrize("package", [*PACKAGES, density.SINGLE_FILES])
def test_a_package_is_readable(package):
    assert measured()[package].mean_tokens <= density.MAX_MEAN_TOKENS, density.report(LIBRARY)


def test_no_package_is_left_out():
    assert set(measured()) == {*PACKAGES, density.SINGLE_FILES}


HEAVY_FOR_A_REASON = {
    "cyber_range/engine/reward.py": "a row of the rules' table of penalties: three phases",
    "cyber_range/engine/step.py": "the one call of the compiled tick, with all its records",
    "games/catalogue.py": "a payoff matrix, row by row",
    "cyber_range/envs/two_zones.py": "what an environment's step returns: five arrays and a table",
    "games/factoring.py": "a payoff matrix",
    "games/team_batch.py": "what an environment's step returns",
    "learners/team_env.py": "what an environment's step returns",
    "lessons/l03_choice.py": "steps, end and answers of one path through the questions",
    "games/outbreak.py": "the links of a small network",
    "viz/drawings_choice.py": "places of a drawing",
    "viz/drawings_networks.py": "rows of a drawing",
}
"""Files with lines of more than 30 tokens, and why: tables, and one long call."""


@pytest.mark.parametrize("path", sorted(LIBRARY.rglob("*.py")), ids=lambda path: path.stem)
def test_a_heavy_line_has_a_reason(path):
    heavy = density.heavy_lines(path.read_text(encoding="utf-8"))
    assert not heavy or path.relative_to(LIBRARY).as_posix() in HEAVY_FOR_A_REASON, (
        f"{path}: lines {heavy} carry more than {density.MAX_TOKENS} tokens: give parts of them a "
        "name, or the file a reason"
    )


def test_no_reason_is_left_over():
    for name in HEAVY_FOR_A_REASON:
        assert density.heavy_lines((LIBRARY / name).read_text(encoding="utf-8")), name


def test_there_is_little_javascript():
    assert density.javascript(LIBRARY) <= density.MAX_JAVASCRIPT


def test_documentation_and_blank_lines_do_not_count():
    source = (
        '"""Module."""\n\n# why\ndef f():\n    """Doc\n    more."""\n    return [\n        '
        "1,\n\n    ]\n"
    )
    found = density.measure(source)
    assert (found.code_lines, found.comments, found.heavy_lines) == (4, 1, 0)
    assert density.measure('X = """one\ntwo"""\n').code_lines == 2
    assert density.javascript_lines("// no\n\n/* no\n * no */\nlet a = 1; // yes\n") == 1


def test_a_heavy_line_is_found():
    assert density.measure("x = " + " + ".join("1" * 16) + "\n").heavy_lines == 1
    assert density.measure("x = " + " + ".join("1" * 10) + "\n").heavy_lines == 0
    assert density.heavy_lines("y = 1\nx = " + " + ".join("1" * 16) + "\n") == [2]
