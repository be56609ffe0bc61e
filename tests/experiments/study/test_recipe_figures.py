"""Recorded recipes as tables: every figure is worked out from the records."""

import json

import numpy as np
import pytest

from course_lib.commands.bench import report_files
from course_lib.experiments.study import recipe_figures, recipe_readme, recipe_report, recipes
from course_lib.experiments.study.recipe_report import against_teacher, greedy_gap
from course_lib.stats import mean_interval

CURVE = """steps,episodes,score,wall_seconds
1000000,96,-900,10
2000000,96,-140,20
3000000,96,-104,30
"""


@pytest.fixture
def kept(tmp_path):
    """Two seeds of the strong team, one of a control and its whole recipe."""
    rng = np.random.default_rng(0)
    luck = rng.normal(0, 5, 40)
    luck -= luck.mean()
    for name, seed, score, greedy_loss in (
        ("three-layer-strong", 0, -103.0, 2.0),
        ("three-layer-strong", 1, -101.0, 4.0),
        ("short", 0, -120.0, 0.0),
        ("short-horizon", 0, -150.0, 0.0),
    ):
        folder = tmp_path / f"{name}-{seed}"
        folder.mkdir()
        (folder / "curve.csv").write_text(CURVE)
        plays = {
            "sampled": {"scores": (score + luck).tolist(), "defended": (luck - 30).tolist()},
            "greedy": {
                "scores": (score - greedy_loss + luck).tolist(),
                "defended": (luck - 30).tolist(),
            },
        }
        record = {"format": recipes.FORMAT, "version": recipes.VERSION, **plays}
        (folder / "result.json").write_text(json.dumps(record))
    return tmp_path


def test_a_control_is_paired_with_the_whole_recipe(kept):
    found = recipe_figures.difference("short-horizon", "short", "sampled", kept)
    assert found.mean == pytest.approx(-30) and found.half_width < 0.01  # the same luck in both
    rows = recipe_figures.control_rows(["short", "short-horizon", "short-traffic"], "short", kept)
    assert len(rows) == 2 and rows[1][-1].startswith("-30.0 [")  # nothing of traffic is recorded
    with pytest.raises(ValueError, match="no recorded seed in common"):
        recipe_figures.difference("short-traffic", "short", "sampled", kept)


def test_a_contrast_between_recipes_is_over_trainings_where_there_are_two(kept):
    """The seeds' own intervals are over episodes; that of the last row is over their means."""
    write_run(kept, "three-layer-reward", 0, -36.0)
    write_run(kept, "three-layer-reward", 1, -38.0)
    pair = "three-layer-reward", "three-layer-strong", "sampled", kept
    rows = recipe_figures.rows_by_training(*pair)
    assert rows[0][:3] == ("0", "-36.0", "-30.0") and rows[0][3].startswith("-6.0 [-6.0")
    assert rows[1][3].startswith("-8.0")
    assert rows[2] == ("2 trainings", "", "", recipe_figures.str_of(mean_interval([-6.0, -8.0])))
    write_run(kept, "three-layer-reward", 2, -90.0)  # the other recipe has no seed 2
    assert recipe_figures.rows_by_training(*pair) == rows


def write_run(folder, name, seed, defended):
    """A record of 40 episodes with the luck of the others."""
    record = json.loads((folder / "three-layer-strong-0" / "result.json").read_text())
    luck = np.array(record["sampled"]["defended"]) + 30
    record["sampled"]["defended"] = (defended + luck).tolist()
    (folder / f"{name}-{seed}").mkdir()
    (folder / f"{name}-{seed}" / "result.json").write_text(json.dumps(record))


def test_the_gap_of_greedy_play_is_told_seed_by_seed(kept):
    np.testing.assert_allclose(greedy_gap("three-layer-strong", kept), [-2, -4])


@pytest.fixture
def rules_lose_32(monkeypatch):
    """Written rules whose defended part is -32 in every episode."""
    monkeypatch.setattr(
        recipe_report, "defended_parts_of", lambda rules, episodes: np.full(episodes, -32.0)
    )


def test_a_team_is_compared_with_the_teacher_episode_by_episode(kept, rules_lose_32):
    (kept / "three-layer-strong-0").rename(kept / "three-layer-taught-0")
    gain = against_teacher("three-layer-taught", "greedy", kept)
    assert gain.mean == pytest.approx(2) and gain.n == 40
    with pytest.raises(ValueError, match="not taught by anybody"):
        against_teacher("three-layer-strong", "greedy", kept)


def test_a_team_that_nobody_taught_is_compared_with_the_best_rules(kept, rules_lose_32):
    rows = recipe_figures.gain_rows("expert", "three-layer-strong", kept)
    assert [row[1] for row in rows] == ["sampled", "greedy"]
    assert rows[0][2].startswith("+2.0 [") and rows[0][3] == "better"


def test_rules_are_played_once_for_every_question(monkeypatch):
    class Played:
        defended_scores = np.full(3, -31.0)

    asked = []
    monkeypatch.setattr(recipe_report, "evaluate", lambda *_, **how: asked.append(how) or Played)
    recipe_report.defended_parts_of.cache_clear()
    for _ in range(2):
        assert recipe_report.defended_parts_of("expert", 3).mean() == -31
    recipe_report.defended_parts_of.cache_clear()
    assert asked == [{"episodes": 3, "seed": 700_000}]


def test_the_defended_part_is_compared_where_it_is_asked_for(kept):
    of_scores = recipe_figures.difference("short-horizon", "short", "sampled", kept)
    defended = recipe_figures.difference("short-horizon", "short", "sampled", kept, "defended")
    assert of_scores.mean == pytest.approx(-30) and defended.mean == pytest.approx(0)


def test_replaced_parts_get_a_verdict_from_two_seeds_on(kept, monkeypatch):
    found = {"messages: zeros": mean_interval([1.0, 2.0]), "commands: ones": mean_interval([9, 9])}
    monkeypatch.setattr(recipe_figures, "part_costs", lambda name, folder: found)
    for seeds, verdicts in (([0, 1], ["no difference shown", "missed"]), ([], [])):
        monkeypatch.setattr(recipe_figures, "recorded_parts", lambda *_, s=seeds: s)
        rows = recipe_figures.part_rows(["three-layer-reward"], kept)
        assert [row[3] for row in rows] == verdicts


def test_the_readme_block_says_whether_the_aims_were_reached(kept, rules_lose_32):
    text = recipe_readme.learned_block(kept)
    assert "scores -102.0" in text and "-104, is reached" in text and "within 3, is reached" in text
    assert "| 3.00 to 3.00 | never |" in text  # the running score has passed -500 and no more
    assert "Taught teams" not in text and "Does the hierarchy matter" not in text
    assert "`three-layer-strong` sampled: +2.0" in text


def test_report_and_readme_say_what_the_recipes_show():
    anew = "write it anew with: python -m course_lib bench recipes --readme"
    report = report_files.LEARNED.read_text(encoding="utf-8")
    assert report == recipe_readme.with_learned_block(report), anew
    readme = report_files.README.read_text(encoding="utf-8")
    assert readme == recipe_readme.with_summary(readme), anew


def test_a_readme_without_the_marks_is_refused():
    for renewed in (recipe_readme.with_learned_block, recipe_readme.with_summary):
        with pytest.raises(ValueError, match="lacks <!-- learned -->"):
            renewed("nothing here")
