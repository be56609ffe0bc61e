"""`python -m course_lib evaluate`: bad options are one line, a resume file has its policy."""

import json

import pytest

from course_lib import commands, cyber_range
from course_lib.commands import evaluate, venv

BRIEF = ("--episodes", "2", "--steps", "20")


@pytest.fixture(autouse=True)
def stay(monkeypatch):
    """Commands stay in this Python."""
    monkeypatch.setattr(venv, "enter_if_ready", lambda arguments: None)


def refused(*arguments, capsys):
    """The one line with which the command stops."""
    assert commands.main(["evaluate", *arguments]) == 1
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1 and said.err[:-1].isprintable()
    return said.err


def test_the_defended_part_stands_beside_the_score(capsys):
    assert evaluate.run(["--policy", "sleep", "--episodes", "2", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    own = cyber_range.evaluate("sleep", episodes=2)
    assert answer["defended_scores"] == list(own.defended_scores)
    assert (answer["defended_mean"], answer["mean"]) == (own.defended_mean, own.mean)
    evaluate.run(["--policy", "sleep", "--episodes", "2"])
    assert f"defended part {own.defended_mean:.1f}" in capsys.readouterr().out


def test_an_unknown_name_lists_scripted_and_trained_policies(capsys):
    said = refused("--policy", "nobody\x1b[31m", *BRIEF, capsys=capsys)
    for name in ("three-layer", "flat", "expert", "sleep"):
        assert name in said


@pytest.mark.parametrize(
    "arguments",
    [
        ("--seed", "9223372036854775808"),
        ("--seed", "9223372036854775807"),
        ("--seed", "-1"),
        ("--episodes", "999999999999999999"),
        ("--processes", "999999999"),
        ("--steps", "2"),
    ],
)
def test_numbers_out_of_range_are_refused_before_anything_is_made(arguments, capsys):
    said = refused("--policy", "sleep", *BRIEF, *arguments, capsys=capsys)
    assert f"{arguments[0][2:]}={arguments[1]} is not a whole number from" in said


@pytest.mark.parametrize(
    "arguments",
    [("--seed", "１"), ("--seed", "1" * 5000), ("--seed", "1.0"), ("--seed", "--1")]
    + [("--episodes", "８"), ("--doctrine", "１")],
)
def test_what_is_no_number_is_refused(arguments, capsys):
    with pytest.raises(SystemExit) as left:
        evaluate.run(["--policy", "sleep", *arguments])
    assert left.value.code == 2
    assert len(capsys.readouterr().err.splitlines()[-1]) < 200


def test_a_resume_file_belongs_to_weights_and_doctrine(tmp_path, capsys):
    file = str(tmp_path / "episodes.jsonl")
    asked = ["--policy", "two-layer", *BRIEF, "--resume", file, "--json"]
    corners = [
        ("--weights", "random"),
        ("--doctrine", "0"),
        ("--weights", "random", "--doctrine", "0"),
    ]
    assert evaluate.run(asked) == 0
    first = capsys.readouterr().out
    for corner in corners:
        assert "belongs to another policy" in refused(*asked, *corner, capsys=capsys)
    assert evaluate.run(asked) == 0
    assert capsys.readouterr().out == first


def test_a_file_that_is_not_ours_is_left_as_it_is(tmp_path, capsys):
    file = tmp_path / "note.txt"
    file.write_text("my only copy")
    said = refused("--policy", "sleep", *BRIEF, "--resume", str(file), capsys=capsys)
    assert "not a file of finished episodes" in said and file.read_text() == "my only copy"
