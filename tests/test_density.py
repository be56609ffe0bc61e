"""A line of the library carries about as much as a line of the field's model codebases."""

import pathlib

import pytest

from course_lib.commands import density

LIBRARY = pathlib.Path(density.__file__).resolve().parents[1]
PACKAGES = density.packages(LIBRARY)


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_a_package_is_readable(package):
    assert PACKAGES[package].mean_tokens <= density.MAX_MEAN_TOKENS, density.report(LIBRARY)


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
