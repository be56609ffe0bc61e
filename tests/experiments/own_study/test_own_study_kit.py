"""The study kit: resumed where it was, refused where it does not belong, judged as planned."""

import dataclasses
import json

import numpy as np
import pytest

from course_lib import commands
from course_lib.experiments import own_study
from course_lib.experiments.own_study import (
    EXAMPLES,
    TEMPLATE,
    Measured,
    StudyPlan,
    judge,
    read_study_file,
    run_study,
    write_report,
)
from course_lib.experiments.own_study.runs import result_path

PLAN = StudyPlan(
    name="small",
    question="Is the new one better?",
    hypothesis="By three points.",
    metric="score (points)",
    arms={"new": "with it", "old": "without", "old-again": "without, once more"},
    primary=("new", "old"),
    expected="higher",
    margin=1.0,
    control=("old-again", "old"),
    control_says="The same thing twice.",
    seeds=4,
    minutes=1.0,
    secondary=(("new", "old-again"),),
)


def changed(**fields):
    return dataclasses.replace(PLAN, **fields)


def measure(arm, seed, gain=3.0, apart=0.0):
    """Three values that share the luck of their seed; ``apart`` spoils the control."""
    rng = np.random.default_rng(seed)
    luck = rng.normal(0, 10) + rng.normal(0, 0.1, 3)
    own = np.random.default_rng([seed, sum(map(ord, arm))]).normal(0, 0.1, 3)
    plus = {"new": gain, "old-again": apart}.get(arm, 0.0)
    return Measured(list(luck + own + plus), {"seconds": 1.5})


def complete(folder, plan=PLAN, **how):
    run_study(plan, lambda arm, seed: measure(arm, seed, **how), folder)
    return judge(plan, folder)


def test_a_stopped_study_goes_on_where_it_was(tmp_path):
    ran = []

    def interrupted(arm, seed):
        ran.append((arm, seed))
        if len(ran) == 6:
            raise KeyboardInterrupt
        return measure(arm, seed)

    with pytest.raises(KeyboardInterrupt):
        run_study(PLAN, interrupted, tmp_path)
    assert len(list(tmp_path.glob("*-*.json"))) == 5
    run_study(PLAN, interrupted, tmp_path)
    assert len(ran) == PLAN.runs + 1 and ran[5] == ran[6]
    once = judge(PLAN, tmp_path)
    assert once == complete(tmp_path / "at once")
    assert not list(tmp_path.glob("*.part*"))


def test_progress_counts_results(tmp_path):
    told = []
    run_study(PLAN, measure, tmp_path, lambda done, line: told.append((done, line)))
    assert [done for done, _ in told] == list(range(1, PLAN.runs + 1))
    assert told[0][1].startswith("new, seed 0")


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("seeds", {"seeds": 6}),
        ("margin", {"margin": 0.1}),
        ("hypothesis", {"hypothesis": "By four points."}),
        ("primary", {"primary": ("old-again", "old"), "control": ("new", "old")}),
        ("settings", {"settings": {"rate": 0.1}}),
    ],
)
def test_results_of_a_changed_plan_are_refused(tmp_path, name, fields):
    complete(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    for ask in (lambda plan: run_study(plan, measure, tmp_path), lambda p: judge(p, tmp_path)):
        with pytest.raises(ValueError, match=f"another plan .*{name}.* changed") as refused:
            ask(changed(**fields))
        assert "\n" not in str(refused.value)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_more_minutes_are_no_other_plan(tmp_path):
    complete(tmp_path)
    assert judge(changed(minutes=9.0), tmp_path) == judge(PLAN, tmp_path)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda text: "", "damaged, or it is not JSON"),
        (lambda text: text[: len(text) // 2], "damaged, or it is not JSON"),
        (lambda text: text.replace('"seed": 1', '"seed": 2'), "another plan, arm or seed"),
        (lambda text: text.replace("study result", "something"), "something else"),
        (lambda text: text.replace('"seconds": ', '"seconds": "x", "was": '), "is damaged"),
        (lambda text: json.dumps({**json.loads(text), "values": []}), "is damaged"),
        (lambda text: json.dumps({**json.loads(text), "values": ["a"]}), "is damaged"),
    ],
)
def test_a_damaged_or_foreign_result_is_refused_and_kept(tmp_path, damage, says):
    complete(tmp_path)
    path = result_path(tmp_path, "old", 1)
    spoiled = damage(path.read_text())
    path.write_text(spoiled)
    for ask in (lambda: run_study(PLAN, measure, tmp_path), lambda: judge(PLAN, tmp_path)):
        with pytest.raises(ValueError, match=says) as refused:
            ask()
        assert "\n" not in str(refused.value) and "old-1.json" in str(refused.value)
    assert path.read_text() == spoiled


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ValueError, match="holds something else"):
        run_study(PLAN, measure, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_the_budget_ends_a_study_and_keeps_what_there_is(tmp_path, monkeypatch):
    clock = iter(range(0, 10_000, 25))  # each result takes 25 seconds
    monkeypatch.setattr(own_study.runs.time, "process_time", lambda: next(clock))
    with pytest.raises(ValueError, match="budget of 1 minutes is spent after 3 of 12 results"):
        run_study(PLAN, measure, tmp_path)
    assert len(list(tmp_path.glob("*-*.json"))) == 3
    run_study(changed(minutes=30.0), measure, tmp_path)


@pytest.mark.parametrize(
    "made", [Measured([]), Measured([float("nan")]), Measured([[1.0]]), [1.0], None]
)
def test_a_measurement_without_numbers_is_refused(tmp_path, made):
    with pytest.raises(ValueError):
        run_study(PLAN, lambda arm, seed: made, tmp_path)
    assert not list(tmp_path.glob("*-*.json"))


def test_arms_are_paired_by_seed(tmp_path):
    """Seeds lie ten points apart, and three points are still seen."""
    primary = complete(tmp_path).contrasts[0]
    assert primary.difference == pytest.approx(3.0, abs=0.1)
    assert 2.7 < primary.low < primary.high < 3.3
    low, high = primary.bootstrap
    assert low < 3.0 < high and high - low < primary.high - primary.low


@pytest.mark.parametrize(
    ("how", "plan", "says"),
    [
        ({}, PLAN, "Supported, by more"),
        ({}, changed(margin=5.0), "Supported in direction"),
        ({"gain": -3.0}, PLAN, "Contradicted"),
        ({}, changed(expected="lower"), "Contradicted"),
        ({"gain": -3.0}, changed(expected="lower"), "Supported, by more"),
        ({"gain": 0.0}, PLAN, "Not supported: any difference is smaller"),
        ({"apart": 3.0}, PLAN, "No verdict: the control"),
    ],
)
def test_the_verdict_is_the_one_that_was_planned(tmp_path, how, plan, says):
    assert complete(tmp_path, plan, **how).verdict.startswith(says)


def test_a_wide_interval_leaves_the_question_open(tmp_path):
    def noisy(arm, seed):
        rng = np.random.default_rng([seed, arm == "new"])
        return Measured([rng.normal(0, 9)])

    run_study(PLAN, noisy, tmp_path)
    assert judge(PLAN, tmp_path).verdict.startswith("Open")


def test_questions_are_counted(tmp_path):
    """Holm: the smaller of two p-values counts twice; the control is no question."""
    found = complete(tmp_path / "both", gain=0.2)
    raw = []
    for number, pair in enumerate(PLAN.contrasts):
        alone = complete(tmp_path / str(number), changed(primary=pair, secondary=()), gain=0.2)
        raw.append(alone.contrasts[0].p_value)
        assert alone.control == found.control
    smaller, larger = sorted(raw)
    corrected = sorted(one.p_value for one in found.contrasts)
    assert corrected == pytest.approx([2 * smaller, max(2 * smaller, larger)])


def test_an_incomplete_study_is_not_judged(tmp_path):
    complete(tmp_path)
    result_path(tmp_path, "new", 3).unlink()
    with pytest.raises(ValueError, match="11 of 12 results"):
        judge(PLAN, tmp_path)


def test_the_report_says_what_was_planned_and_found(tmp_path):
    found = complete(tmp_path)
    text = write_report(PLAN, tmp_path, "study small")
    for words in (
        PLAN.question,
        PLAN.hypothesis,
        found.verdict,
        "Questions asked of these runs: 2",
    ):
        assert words in text
    primary = found.contrasts[0]
    assert f"| primary: `new` minus `old` | {primary} |" in text
    assert f"| `new` | with it | {found.arms['new'].mean:.3g} [" in text
    assert "Made by `study small`." in text and "| `old` | 1.5 |" in text
    assert (tmp_path / "report.md").read_text() == text
    assert (tmp_path / "report.png").read_bytes()[:4] == b"\x89PNG"
    assert "](report.png)" in text and "every seed as a dot" in text


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"name": "../up"}, "small letters"),
        ({"arms": {"new": "a", "../old": "b"}}, "small letters"),
        ({"question": "  "}, "question is empty"),
        ({"metric": "score"}, "has no unit"),
        ({"primary": ("new", "new")}, "two different arms"),
        ({"primary": ("new", "nobody")}, "two different arms"),
        ({"secondary": (("new", "old"),)}, "named twice"),
        ({"expected": "better"}, "expected"),
        ({"margin": 0.0}, "margin"),
        ({"seeds": 1}, "seeds"),
        ({"minutes": 0}, "minutes"),
    ],
)
def test_a_plan_that_cannot_be_judged_is_refused(fields, says):
    with pytest.raises(ValueError, match=says):
        changed(**fields)


def test_the_template_is_a_study_that_runs(tmp_path, monkeypatch, capsys):
    file = tmp_path / "mine.py"
    assert commands.main(["study", str(file), "--new"]) == 0
    assert file.read_text() == TEMPLATE
    assert commands.main(["study", str(file), "--new"]) == 1, "nothing is overwritten"
    plan, of_file = read_study_file(file)
    assert isinstance(of_file("decoys", 0).values[0], float)
    small = TEMPLATE.replace("seeds=5", "seeds=2").replace("episodes=8", "episodes=1, steps=20")
    file.write_text(small)
    capsys.readouterr()
    assert commands.main(["study", str(file)]) == 0
    assert "## Contrasts" in capsys.readouterr().out
    assert (tmp_path / plan.name / "report.md").is_file()
    assert commands.main(["study", str(file), "--report"]) == 0


@pytest.mark.parametrize("text", ["PLAN = (", "PLAN = 3", ""])
def test_a_file_without_a_study_is_refused(tmp_path, capsys, text):
    file = tmp_path / "mine.py"
    file.write_text(text)
    assert commands.main(["study", str(file)]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_the_examples_are_listed(capsys):
    assert commands.main(["study", "--list"]) == 0
    said = capsys.readouterr().out
    assert all(f"{name}: " in said for name in EXAMPLES) and len(EXAMPLES) == 3
