"""Whatever stands on a command line, a command ends with an exit status and at most one reason.

Each option of each command gets each hostile value, one at a time, beside options that are right.
What would take minutes is replaced: the installation, JupyterLab, pytest, a training, a report.
"""

import argparse

import pytest

from course_lib import commands, cyber_range, publish
from course_lib.commands import bench, density, doctor, lab, submission, venv

HOSTILE = {
    "empty": "",
    "space": " ",
    "dash": "-",
    "negative": "-1",
    "zero": "0",
    "fraction": "0.5",
    "huge": "9" * 40,
    "beyond 64 bits": str(2**63),
    "not a number": "nan",
    "exponent": "1e400",
    "other digits": "１",
    "nul": "a\0b",
    "colours": "\x1b[31mred",
    "newline": "a\nb",
    "half a letter": "\udc80",
    "folder": "..",
    "long": "x" * 5000,
    "deep": "[" * 5000,
    "list": "1,2,3",
    "assignment": "a=b=c",
}
RIGHT = {
    "lab": [],
    "test": [],
    "doctor": [],
    "evaluate": ["--policy", "sleep", "--episodes", "1", "--steps", "5"],
    "submission": ["--policy", "sleep", "--out", "there"],
    "train": ["--structure", "three-layer", "--config", "fast", "--threads", "1"],
    "exercises": ["verify", "98"],
    "kit": ["--out", "there"],
    "site": [],
    "progress": [],
    "grade": ["nowhere", "--phrase", "a secret phrase"],
    "study": ["nowhere.py"],
}
"""A command line of each command that is right, or is refused early."""


def options_of(monkeypatch, *command):
    """The options of a command that take a value, found by asking its own parser."""
    found = []

    def add(parser, arguments, namespace=None):
        found.extend(parser._actions)
        raise ValueError("asked")

    with monkeypatch.context() as patched:
        patched.setattr(argparse.ArgumentParser, "parse_known_args", add)
        commands.main([*command])
    return [a.option_strings[-1] for a in found if a.option_strings and a.nargs != 0]


def ends_well(line, capsys):
    """Run a command line; its exit status, which must come with at most one line of reason."""
    capsys.readouterr()
    try:
        status = commands.main(line)
    except SystemExit as left:  # argparse's own refusal, with its usage
        status = left.code
        assert status in (0, 2), line
        return status
    said = capsys.readouterr().err
    assert status in (0, 1), line
    assert status == 0 or said.rstrip("\n").count("\n") == 0, (line, said)
    assert "Traceback" not in said and "\x1b" not in said and len(said) < 2000, (line, said)
    return status


@pytest.fixture
def harmless(monkeypatch, tmp_path):
    """Nothing is installed, started, trained or measured, and files are written to a new folder."""
    from course_lib.teaching import kit
    from course_lib.training import runs

    def refuse(*_, **__):
        raise ValueError("replaced by the test")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress.json"))
    monkeypatch.setenv("COURSE_CONFIG", str(tmp_path / "config"))
    monkeypatch.setattr(venv, "enter", lambda *_: None)
    monkeypatch.setattr(venv, "enter_if_ready", lambda *_: None)
    monkeypatch.setattr(venv, "hand_over", lambda *_: None)
    monkeypatch.setattr(lab, "warm_up", lambda: None)
    monkeypatch.setattr(lab, "prepare_notebooks", lambda root: None)
    monkeypatch.setattr(density, "report", lambda folder: "")
    monkeypatch.setattr(doctor, "examine", lambda: iter(()))
    monkeypatch.setattr(runs, "train", refuse)
    monkeypatch.setattr(cyber_range, "evaluate", refuse)
    monkeypatch.setattr(publish, "build_site", refuse)
    monkeypatch.setattr(kit, "stumbles_markdown", lambda: "")  # a kit of one page is soon written
    monkeypatch.setattr(kit, "index_markdown", lambda lessons: "")
    monkeypatch.setattr(kit, "lesson_numbers", lambda: ["00"])
    return monkeypatch


@pytest.mark.parametrize("command", RIGHT)
def test_no_value_of_an_option_ends_in_a_traceback(command, harmless, capsys):
    assert set(RIGHT) == set(commands.COMMANDS) - {"bench"}
    tried = 0
    for option in options_of(harmless, command):
        for value in HOSTILE.values():
            ends_well([command, *RIGHT[command], option, value], capsys)
            ends_well([command, *RIGHT[command], f"{option}={value}"], capsys)
            tried += 1
    assert tried or command in ("test", "exercises", "progress")


@pytest.mark.parametrize("command", [*RIGHT, "bench"])
def test_no_word_ends_in_a_traceback(command, harmless, capsys):
    for value in HOSTILE.values():
        ends_well([command, value], capsys)
        ends_well([value, command], capsys)


@pytest.mark.parametrize("report", bench.REPORTS)
def test_no_value_of_an_option_of_a_report_ends_in_a_traceback(report, harmless, capsys):
    def parsed(arguments):
        raise ValueError("it would be measured now")

    harmless.setattr(venv, "enter_if_ready", parsed)
    for option in options_of(harmless, "bench", report):
        for value in HOSTILE.values():
            assert ends_well(["bench", report, option, value], capsys) != 0


ODD_FILES = ["", "{", "[]", "{}", "null", '{"cells": 5, "nbformat": 4}', "[" * 50_000, "\udc80"]


@pytest.mark.parametrize(
    "line", [["exercises", "execute"], ["progress"], ["evaluate", "--episodes", "1", "--policy"]]
)
@pytest.mark.parametrize("content", ODD_FILES, ids=range(len(ODD_FILES)))
def test_no_content_of_a_file_ends_in_a_traceback(line, content, harmless, capsys, tmp_path):
    path = tmp_path / "odd" / "odd.json"
    path.parent.mkdir()
    path.write_text(content, encoding="utf-8", errors="surrogateescape")
    named = path.parent if line == ["progress"] else path
    assert ends_well([*line, str(named)], capsys) == 1


def test_a_run_of_one_episode_is_refused_by_its_own_name(harmless, capsys, tmp_path):
    assert ends_well(["submission", "--policy", "sleep", "--run", "1"], capsys) == 1
    with pytest.raises(ValueError, match="^--run 1: .* 2 episodes"):
        submission.parsed(["--policy", "sleep", "--run", "1"])
    assert list(tmp_path.iterdir()) == [], "nothing is written before that"
