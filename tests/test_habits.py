"""The files for those who carry on call commands that exist, on what the README promises."""

import pathlib
import re

import yaml

from course_lib import commands

ROOT = pathlib.Path(__file__).resolve().parents[1]
WORKFLOW = ROOT / ".github" / "workflows" / "course.yml"


def test_the_workflow_runs_on_three_systems_and_three_pythons():
    jobs = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]
    matrix = jobs["quick"]["strategy"]["matrix"]
    assert len(matrix["system"]) == 3
    assert matrix["python"][0] == "3.11" and matrix["python"][-1] == "3.14"
    assert "3.11 to 3.14" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_workflow_calls_commands_of_the_course():
    called = re.findall(r"python -m course_lib (\w+)", WORKFLOW.read_text(encoding="utf-8"))
    assert set(called) >= {"test", "doctor"}
    assert set(called) <= set(commands.COMMANDS)


def test_ruff_looks_at_a_commit_without_downloading_anything():
    table = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    (repository,) = table["repos"]
    assert repository["repo"] == "local"
    entries = [hook["entry"] for hook in repository["hooks"]]
    assert entries == ["python -m ruff format", "python -m ruff check"]
