"""The files for those who carry on call commands that exist, on what the README promises."""

import pathlib
import re

import pytest
import yaml

from course_lib import commands
from course_lib.commands.bench import notebooks as bench_notebooks
from course_lib.commands.bench.report_files import README, RUN_TIMES

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


LESSONS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "course_lib/README.md",
    "course_lib/scale/README.md",
)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


def readme() -> str:
    """The README's text."""
    return README.read_text("utf-8")


def test_every_lesson_has_its_row_in_the_readme():
    rows = re.findall(r"^\| \[[^]]+\]\(notebooks/([^)]+)\)", readme(), re.MULTILINE)
    assert rows == LESSONS


@pytest.mark.parametrize("page", PAGES)
def test_links_of_the_pages_for_readers_lead_somewhere(page):
    path = ROOT / page
    links = LINK.findall(path.read_text("utf-8"))
    assert links and [link for link in links if not (path.parent / link).exists()] == []


def test_the_readme_names_every_command_and_no_other():
    table = readme().partition("## Command line")[2].partition("\n## ")[0]
    named = re.findall(r"^\| `(\w+)", table, re.MULTILINE)
    named.remove("python")  # the row of the decision aid, a module of its own
    assert sorted([*named, "test"]) == sorted(commands.COMMANDS)  # lab and test share a row
    assert set(re.findall(r"python -m course_lib (\w+)", readme())) <= set(commands.COMMANDS)


def test_the_readme_says_how_long_cells_take():
    table = bench_notebooks.read_table(RUN_TIMES.read_text("utf-8"))
    took = [seconds for folder, _, seconds in table if folder == "notebooks"]
    assert f"cells take {min(took)} to {max(took)} seconds" in readme()
