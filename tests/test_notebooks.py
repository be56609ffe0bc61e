"""The rules for notebooks: each is broken once on purpose, and then every notebook of the course
must keep them."""

import json
import pathlib

import pytest
from nbformat.v4 import new_code_cell
from support import notebook_rules as lint

ROOT = pathlib.Path(__file__).resolve().parents[1]
LESSONS = sorted((ROOT / "notebooks").rglob("*.ipynb"))
OTHERS = sorted(
    path for folder in ("exercises", "solutions") for path in (ROOT / folder).rglob("*.ipynb")
)

PNG = {"image/png": "iVBORw0KGgo="}
INTRODUCTION = (
    "# 00 Start here\n\nReading 20 minutes.\n\n## Objectives\n\n1. See.\n\n[the "
    "same](other.md#part)"
)


def code(source, outputs=(), count=1, tags=()):
    """One code cell as a notebook file holds it."""
    ran = {"outputs": list(outputs), "execution_count": count}
    return {
        "cell_type": "code",
        "source": source,
        "metadata": {"tags": list(tags)} if tags else {},
        **ran,
    }


def folded(source):
    """A code cell whose source is out of sight."""
    return {**code(source), "metadata": {"jupyter": {"source_hidden": True}}}


def prose(source):
    """One Markdown cell."""
    return {"cell_type": "markdown", "source": source.splitlines(keepends=True), "metadata": {}}


def stored(*cells):
    """A notebook file with these cells."""
    return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells})


def figure(data, metadata=None):
    """A displayed output."""
    return {"output_type": "display_data", "data": data, "metadata": metadata or {}}


@pytest.fixture
def check(tmp_path):
    """Write a notebook with an introduction, the given cells and a quiz, and lint it as a
    lesson."""

    def lint_cells(*cells, introduction=INTRODUCTION, ending="## Quiz\n\n1. Why?"):
        (tmp_path / "other.md").write_text("# Other")
        path = tmp_path / "00-start.ipynb"
        path.write_text(stored(prose(introduction), *cells, prose(ending)))
        return lint.lint(path, lesson=True)

    return lint_cells


def test_a_good_lesson_passes(check):
    cells = [
        code(
            "%matplotlib inline\nprint('a;')  # here;",
            [{"output_type": "stream", "name": "stdout", "text": "a;\n"}],
        ),
        code("show(f, alt='x')", [figure({**PNG, "text/plain": "Figure: red holds 3 hosts."})]),
        code("show(f)", [figure(PNG, {"image/png": {"alt": "Red holds 3 hosts."}})]),
        code(
            "html", [figure({"text/html": "<svg><title>Map</title></svg>", "text/plain": "<Map>"})]
        ),
        code("y" * 90, [figure({"text/plain": "z" * 106})]),
        code("show(t)", [figure({"text/html": "<table></table>", "text/plain": "z" * 107})]),
        folded("assert x"),
        code("x = '''\nends in ;\n'''\n" + "x = 1\n" * 22),
        code("time()  # not compared: a clock", tags=["nbval-ignore-output"]),
        code("   ", count=None),
        prose(
            "![the map](other.md) `[no](link.md)` [web](https://example.org) [here](#part) <a "
            "href='other.md'>o</a>"
        ),
    ]
    assert check(*cells) == []


BROKEN = {
    "code cell 0 was never executed": code("1 + 1", count=None),
    "code cell 0 stores an error": code(
        "1 / 0", [{"output_type": "error", "ename": "ZeroDivisionError"}]
    ),
    "code cell 0 has a line that ends in ';'": code(
        "for i in range(2):\n    plot(i);  # quiet\nprint()"
    ),
    "code cell 0 holds a shell command": code("!ls"),
    "code cell 0 holds an install command": code("%pip install torch"),
    "code cell 0 holds a network package": code("import requests"),
    "code cell 0 holds a network command": code("torch.hub.load_state_dict_from_url(place)"),
    "code cell 0 holds a path or environment trick": code("import sys\nsys.path.append('..')"),
    "code cell 0 holds a matplotlib backend other than inline": code("%matplotlib widget"),
    "code cell 0 shows a figure without alternative text": code(
        "plot()", [figure({**PNG, "text/plain": "<Figure>"})]
    ),
    "code cell 0 answers a prediction and is not folded": code("guess.reveal(61)"),
    "code cell 0 has 26 lines, more than 25": code("x = 1\n" * 26),
    "code cell 0 has a line of 91 characters": code("x = 1\n" + "y" * 91),
    "code cell 0 prints a line of 107 characters": code(
        "print(x)", [{"output_type": "stream", "name": "stdout", "text": "x\n" + "y" * 107}]
    ),
    "code cell 0 has an assert and is not folded": code("for x in y:\n    assert x"),
    "code cell 0 is not compared by nbval and no comment": code(
        "time()", tags=["nbval-ignore-output"]
    ),
    "Markdown cell 1 links to gone.ipynb#part, which does not exist": prose(
        "See [there](gone.ipynb#part)."
    ),
    "Markdown cell 1 has an image without alternative text": prose("![](other.md)"),
}


@pytest.mark.parametrize("expected", BROKEN)
def test_each_rule_finds_its_fault_and_only_that(expected, check):
    (found,) = check(BROKEN[expected])
    assert found.startswith(f"00-start.ipynb: {expected}")


@pytest.mark.parametrize(
    "cell",
    [
        code("map", [figure({"image/svg+xml": ["<svg>", "</svg>"]})]),
        code("map", [figure({"text/html": "<div><svg></svg></div>", "text/plain": "<Map>"})]),
        code("plt.show()", [figure(PNG, {"image/png": {"alt": " "}})]),
        prose("<img src='other.md'>"),
    ],
)
def test_other_figures_need_a_text_too(cell, check):
    (found,) = check(cell)
    assert "without alternative text" in found


@pytest.mark.parametrize(
    ("introduction", "ending", "lacks"),
    [
        (INTRODUCTION.replace("Objectives", "Goals"), "## Quiz", "an 'Objectives' heading"),
        (INTRODUCTION.replace("20 minutes", "a while"), "## Quiz", "its minutes"),
        (INTRODUCTION, "The end. No quiz.", "a 'Quiz' heading"),
    ],
)
def test_a_lesson_has_its_sections(introduction, ending, lacks, check):
    (found,) = check(introduction=introduction, ending=ending)
    assert f"the lesson lacks {lacks}" in found


def test_the_share_of_ignored_cells_is_counted_over_all_notebooks(tmp_path):
    tagged, marked = code("a", tags=["nbval-skip"]), code("# NBVAL_IGNORE_OUTPUT\nb")
    (tmp_path / "a.ipynb").write_text(stored(tagged, code("b")))
    (tmp_path / "b.ipynb").write_text(stored(marked, *[code("c")] * 5, prose("d"), code("")))
    assert lint.ignored_share([tmp_path / "a.ipynb", tmp_path / "b.ipynb"]) == 2 / 8
    assert lint.ignored_share([]) == 0


@pytest.mark.parametrize("text", ["", "{", "[]", "{}"])
def test_a_damaged_notebook_is_one_clear_line(text, tmp_path):
    (tmp_path / "a.ipynb").write_text(text)
    with pytest.raises(ValueError, match="is no Jupyter notebook of format 4"):
        lint.lint(tmp_path / "a.ipynb")


# The notebooks of the course


def test_imports_do_not_make_a_cell_long():
    names = "".join(f"    name_{i},\n" for i in range(30))
    assert lint.long_cell(new_code_cell(f"from course_lib import (\n{names})\nx = 1")) == ""
    assert (
        lint.long_cell(new_code_cell(f"from course_lib import (\n{names})\n" + "x = 1\n" * 26))
        != ""
    )


def test_every_lesson_keeps_the_rules():
    assert [fault for path in LESSONS for fault in lint.lint(path, lesson=True)] == []


def test_every_exercise_and_solution_keeps_the_rules():
    assert [fault for path in OTHERS for fault in lint.lint(path)] == []


def test_few_cells_are_left_out_of_the_comparison():
    assert lint.ignored_share([*LESSONS, *OTHERS]) <= lint.MAX_IGNORED_SHARE
