"""Exercise notebooks are the solutions without the solutions, and every way to break that is found
and named.

The fixture notebooks are small and made here; most tests break a stored one, as hands do, without
running it.
"""

import copy
import os
import pathlib
import subprocess

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from support.example_lesson import LESSON

from course_lib.commands import exercises as command
from course_lib.workbook import build, markers
from course_lib.workbook.notebooks import read

TESTS = pathlib.Path(__file__).resolve().parents[1]

UPDATE = '''def hysteretic_update(q, reward, alpha, beta):
    """The new estimate: alpha weighs a positive error, beta a negative one."""
    ### BEGIN SOLUTION
    #: rate = ...  # which rate for which sign of the error?
    #: return rate
    error = reward - q
    return q + (alpha if error > 0 else beta) * error
    ### END SOLUTION'''
COUNT = (
    "### BEGIN SOLUTION\n#: joint_actions = ...  # a number\njoint_actions = 3**4\n### END SOLUTION"
)

MARKDOWN, CODE = new_markdown_cell, new_code_cell
CELLS = [
    (MARKDOWN, "# 99 · Exercises"),
    (CODE, "from support.example_lesson import LESSON as check\n\ncheck.quiz"),
    (MARKDOWN, "## Exercise 1: Two learning rates\n*must · easy · 10 minutes*"),
    (CODE, UPDATE),
    (CODE, "check.hysteretic_update(hysteretic_update)"),
    (MARKDOWN, "An aside that only solutions have."),
    (MARKDOWN, "## Exercise 2: How many joint actions?\n*should · easy · 3 minutes*"),
    (CODE, COUNT),
    (CODE, "check.joint_actions(joint_actions)"),
]


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """A course folder with the example's notebooks, both run; tests must not change it."""
    root = tmp_path_factory.mktemp("course")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PYTHONPATH", str(TESTS))
        write(root, CELLS)
        command.build(root / "solutions" / "99-example.ipynb", run_solutions=True, lesson=LESSON)
    return root


def write(root, cells):
    """Store a solution notebook; cell ids are numbers, the sixth cell is for solutions only."""
    made = [new(source, id=f"cell-{i}") for i, (new, source) in enumerate(cells)]
    if len(made) > 5:
        made[5].metadata["tags"] = ["solution-only"]
    path = root / "solutions" / "99-example.ipynb"
    path.parent.mkdir(exist_ok=True)
    nbformat.write(new_notebook(cells=made), path)
    return path


@pytest.fixture
def pair(stored):
    """The two stored notebooks, to be broken."""
    return [
        copy.deepcopy(read(stored / name / "99-example.ipynb"))
        for name in ("solutions", "exercises")
    ]


def faults(pair):
    return build.faults(*pair, LESSON)


# What is built


def test_the_pair_is_without_fault(pair):
    assert faults(pair) == []


def test_the_exercise_has_the_stub_with_docstring_and_not_the_solution(pair):
    exercise = pair[1]
    assert exercise.cells[3].source == (
        "def hysteretic_update(q, reward, alpha, beta):\n"
        '    """The new estimate: alpha weighs a positive error, beta a negative one."""\n'
        "    rate = ...  # which rate for which sign of the error?\n"
        "    return rate"
    )
    assert exercise.cells[6].source == "joint_actions = ...  # a number"
    assert not any("aside" in cell.source for cell in exercise.cells)
    assert [cell.id for cell in exercise.cells] == [f"cell-{i}" for i in (0, 1, 2, 3, 4, 6, 7, 8)]


def test_the_stored_verdicts_are_those_of_a_run(pair):
    outputs = [
        [output for cell in notebook.cells for output in cell.get("outputs", [])]
        for notebook in pair
    ]
    said = [
        [build.VERDICT.findall(output.data["text/plain"]) for output in shown[1:]]
        for shown in outputs
    ]
    assert said[0] == [[("hysteretic_update", "correct")], [("joint_actions", "correct")]]
    assert said[1] == [
        [("hysteretic_update", "not attempted")],
        [("joint_actions", "not attempted")],
    ]


def test_building_again_writes_the_same_bytes(stored, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    before = (stored / "exercises" / "99-example.ipynb").read_bytes()
    command.build(stored / "solutions" / "99-example.ipynb", lesson=LESSON)
    assert (stored / "exercises" / "99-example.ipynb").read_bytes() == before


def test_solution_reads_the_notebook(stored, monkeypatch):
    monkeypatch.setattr(LESSON, "folder", stored / "solutions")
    shown = repr(LESSON.hysteretic_update.solution())
    assert "error = reward - q" in shown and "SOLUTION" not in shown and "#:" not in shown
    assert "joint_actions = 3**4" in repr(LESSON.joint_actions.solution())
    with pytest.raises(ValueError, match="no cell with ### BEGIN SOLUTION that defines other"):
        markers.solution_of(LESSON.solutions, "other")
    monkeypatch.setattr(LESSON, "folder", stored / "exercises" / "nowhere")
    with pytest.raises(ValueError, match="0 notebooks in nowhere/ begin with 99-"):
        LESSON.hysteretic_update.solution()


def test_nbval_accepts_what_is_built_and_sees_a_changed_verdict(stored, tmp_path, python):
    for name, said in (("good", "not attempted"), ("bad", "correct")):
        text = (stored / "exercises" / "99-example.ipynb").read_text("utf-8")
        changed = text.replace("joint_actions: not attempted", f"joint_actions: {said}")
        (tmp_path / f"{name}.ipynb").write_text(changed, "utf-8")
    command_line = [
        python,
        "-m",
        "pytest",
        "--nbval",
        "--nbval-current-env",
        "-p",
        "no:cacheprovider",
        "-q",
        "-rf",
    ]
    path = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    variables = {**os.environ, "PYTHONPATH": path}
    ran = subprocess.run(
        [*command_line, "."], env=variables, cwd=tmp_path, capture_output=True, text=True
    )
    failed = [line for line in ran.stdout.splitlines() if line.startswith("FAILED")]
    assert len(failed) == 1 and "bad.ipynb::Cell 4" in failed[0], ran.stdout


# What is found


def test_a_changed_line_is_named(pair):
    pair[1].cells[3].source = pair[1].cells[3].source.replace("return rate", "return q")
    assert faults(pair) == [
        "exercises: cell 4, line 4: it is `return q`, it would be built as `return rate`"
    ]


def test_added_and_removed_lines_are_named(pair):
    pair[1].cells[1].source += "\nprint(1)"
    lines = pair[1].cells[3].source.splitlines()
    pair[1].cells[3].source = "\n".join([*lines[:2], *lines[3:]])
    assert faults(pair) == [
        "exercises: cell 2, line 4: it is `print(1)`, it would be built as ``",
        "exercises: cell 4, line 3: it is `return rate`, it would be built as "
        "`rate = ...  # which rate for which sign of the error?`",
    ]


def test_missing_and_added_cells_are_named(pair):
    del pair[1].cells[-1]
    assert "exercises: cell 8 is missing: `check.joint_actions(joint_actions)`" in faults(pair)
    assert "exercises: no cell ends with check.joint_actions(joint_actions)" in faults(pair)
    pair[1].cells += [new_markdown_cell("x"), new_markdown_cell("more")]
    assert any(
        "cell 8 is a markdown cell, it would be built as code" in fault for fault in faults(pair)
    )


def test_cells_run_out_of_order_are_named(pair):
    pair[1].cells[4].execution_count, pair[1].cells[6].execution_count = 4, 3
    assert faults(pair) == [
        "exercises: cell 5 was run out of order: as number 4, not 3",
        "exercises: cell 7 was run out of order: as number 3, not 4",
    ]


def test_a_partly_run_notebook_is_named(pair):
    for cell in pair[0].cells[7:]:
        cell.execution_count, cell.outputs = None, []
    assert faults(pair) == [
        "solutions: cell 8 was not run",
        "solutions: cell 9 was not run",
        "solutions: no cell ends with check.joint_actions(joint_actions)",
    ]


def test_a_stored_error_is_named(pair):
    pair[0].cells[1].outputs = [
        nbformat.v4.new_output("error", ename="ImportError", evalue="no such thing")
    ]
    assert faults(pair) == ["solutions: cell 2 failed: ImportError: no such thing"]


def test_a_solution_that_is_not_correct_is_named(pair):
    pair[0].cells[8].outputs[0].data["text/plain"] = "joint_actions: wrong\n  answer 64"
    assert faults(pair) == ["solutions: cell 9: the check of joint_actions says wrong, not correct"]


def test_an_exercise_that_is_already_solved_is_named(pair):
    pair[1].cells[7].outputs[0].data["text/plain"] = "joint_actions: correct"
    assert faults(pair) == [
        "exercises: cell 8: the check of joint_actions says correct, not not attempted"
    ]


@pytest.mark.parametrize("place", ["source", "stream", "html"])
def test_a_leaked_solution_is_found(pair, place):
    line = "return q + (alpha if error > 0  else beta) * error"
    cell = pair[1].cells[1]
    if place == "source":
        for notebook in pair:
            notebook.cells[0].source += f"\n{line}"
    elif place == "stream":
        cell.outputs = [nbformat.v4.new_output("stream", text=line)]
    else:
        page = f"<pre>{line.replace('>', '&gt;')}</pre>"
        cell.outputs = [nbformat.v4.new_output("display_data", {"text/html": page})]
    assert [
        "shows a line of a solution: `return q + (alpha" in fault for fault in faults(pair)
    ] == [True]


def test_an_exercise_without_introduction_or_solution_is_named(pair):
    for notebook in pair:
        notebook.cells[2].source = "## Exercise 1: Two learning rates\n*must · easy · 5 minutes*"
    pair[0].cells[7].source = COUNT.replace("joint_actions", "team_actions")
    found = "\n".join(faults(pair))
    assert (
        "introduces hysteretic_update with its title `Two learning rates` and its label `must "
        "· easy · 10"
    ) in found
    assert "no cell with ### BEGIN SOLUTION defines joint_actions" in found
    assert "this solution belongs to no exercise" in found


# Markers


BEGIN, END = "### BEGIN SOLUTION\n", "### END SOLUTION\n"


@pytest.mark.parametrize(
    "source", [BEGIN + "x = 1", "x = 1\n" + END, END + BEGIN, BEGIN + BEGIN + END]
)
def test_a_marker_without_its_partner_is_refused_with_the_cell(source):
    notebook = new_notebook(cells=[new_markdown_cell("text"), new_code_cell(source)])
    with pytest.raises(ValueError, match="cell 2: .* do not come in pairs"):
        build.exercise_of(notebook)


def test_stubs():
    inside = (
        "def f(x):\n    y = 1\n    ### BEGIN SOLUTION\n    return x + y\n    ### END "
        "SOLUTION\n\nprint(f)"
    )
    assert (
        markers.stub(inside) == "def f(x):\n    y = 1\n    return ...  # your code here\n\nprint(f)"
    )
    two = (
        BEGIN
        + "#: a = ...\n#:\n#: b = ...\na = b = 1\n"
        + END
        + BEGIN
        + "#: c = ...\nc = 2\n"
        + END
    )
    assert markers.stub(two) == "a = ...\n\nb = ...\nc = ..."
    with pytest.raises(ValueError, match="needs a stub"):
        markers.stub("### BEGIN SOLUTION\nx = 1\n### END SOLUTION")
    assert markers.solution(inside) == "def f(x):\n    y = 1\n    return x + y\n\nprint(f)"


def test_defined_names():
    assert markers.defined_names(
        "a, (b, c) = 1, (2, 3)\nd: int = 4\ndef f(): g = 1\nclass H: pass"
    ) == set("abcdfH")


# Running


def test_a_failing_solution_names_the_cell_and_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    cells = [*CELLS[:3], (CODE, "print('before')\n1 / 0"), *CELLS[4:]]
    path = write(tmp_path, cells)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="cell 4 failed: ZeroDivisionError: division by zero"):
        command.build(path, run_solutions=True, lesson=LESSON)
    assert path.read_bytes() == before and not (tmp_path / "exercises" / path.name).exists()


# The command


def test_verify_says_what_is_wrong(stored, tmp_path, capsys):
    solutions = stored / "solutions" / "99-example.ipynb"
    assert command.verify([solutions], LESSON) == 0
    assert "1 exercise notebooks agree" in capsys.readouterr().out
    other = write(tmp_path, CELLS)
    assert command.verify([other], LESSON) == 1
    assert "exercises/ has no such file" in capsys.readouterr().out
    (tmp_path / "exercises").mkdir()
    (tmp_path / "exercises" / "99-renamed.ipynb").write_text("{}")
    command.verify([other], LESSON)
    assert "exercises/99-renamed.ipynb: it has no solution" in capsys.readouterr().out


def test_lessons_are_named_by_number(stored):
    assert [command.lesson_number(text) for text in ("5", "05", "5b", "12")] == [
        "05",
        "05",
        "05b",
        "12",
    ]
    for text in ("five", "٥", "005"):
        with pytest.raises(ValueError, match=f"'{text}' is no lesson"):
            command.lesson_number(text)
    assert command.chosen_solutions(stored, ["99"]) == command.chosen_solutions(stored, [])
    with pytest.raises(ValueError, match="there is no solutions/98"):
        command.chosen_solutions(stored, ["98"])


def test_the_courses_own_exercises_agree_with_their_solutions(capsys):
    chosen = command.chosen_solutions(TESTS.parent, [])
    assert command.verify(chosen) == 0, capsys.readouterr().out
