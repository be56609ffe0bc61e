"""Figures and tables of the study: every seed is drawn, missing arms are named, verdicts follow
from the numbers."""

import json

import matplotlib.pyplot as plt
import numpy as np
import pytest

from course_lib.cyber_range.constants import ACTION_CLASSES
from course_lib.experiments.study import ablations, claims, figures, report, verdicts
from course_lib.experiments.study import arms as study
from course_lib.hierarchy import (
    FULL,
    THREE_LAYER,
    HierarchicalDefender,
    PolicyConfig,
    Team,
    TeamConfig,
    UnitConfig,
)
from course_lib.lessons.l12_reward_audit import audit
from course_lib.training.rewards import RewardConfig, signs


def write_result(folder, arm, seed, mean, rises=False, analyse=0.1):
    """A recorded run whose two evaluation episodes have this mean."""
    place = folder / f"{arm}-{seed}"
    place.mkdir(parents=True)
    scores = np.linspace(-900, mean, 20) if rises else np.r_[-900.0, np.full(19, mean)]
    lines = "".join(f"{i},{100 * i},{score},{i}\n" for i, score in enumerate(scores, 1))
    (place / "curve.csv").write_text("iteration,steps,score,wall_seconds\n" + lines)
    actions = dict.fromkeys(ACTION_CLASSES, (1 - analyse) / 7) | {"Analyse": analyse}
    record = {
        "format": study.FORMAT,
        "version": study.VERSION,
        "arm": arm,
        "seed": seed,
        "steps": 2000,
    }
    record |= {"train_seconds": 60.0, "scores": [mean - 10, mean + 10], "actions": actions}
    (place / "result.json").write_text(json.dumps(record))


@pytest.fixture
def folder(tmp_path):
    for seed, mean in enumerate((-100, -104, -108)):
        write_result(tmp_path, "three-layer", seed, mean, analyse=0.3)
        write_result(tmp_path, "flat", seed, mean - 200)
        write_result(tmp_path, "no-shaping", seed, mean - (0, 10, -10)[seed])
        write_result(tmp_path, "no-command", seed, mean - 100, rises=True)
    write_result(tmp_path, "scaled", 0, -150)
    yield tmp_path
    plt.close("all")


@pytest.mark.parametrize(
    ("pair", "says"),
    [
        (("three-layer", "flat"), "the interval excludes 0: better"),
        (("flat", "three-layer"), "the interval excludes 0: worse"),
        (("three-layer", "no-shaping"), "contains 0"),
        (("three-layer", "scaled"), "exploratory: too few seeds of scaled"),
        (("three-layer", "no-command"), "still rising: no-command; nothing is ranked"),
        (("three-layer", "two-layer"), "not recorded: two-layer"),
    ],
)
def test_the_verdict_follows_from_the_records(pair, says, folder):
    assert says in verdicts.verdict(*pair, folder).words


def test_a_row_of_differences_has_interval_and_percentage(folder):
    pair, difference, interval, per_cent, said = claims.difference_row(
        "three-layer", "flat", folder
    )
    assert (pair, difference, per_cent) == (
        "three-layer - flat",
        "+200.0",
        "+66 %",
    ) and said.endswith("better")
    assert interval == "+190.9 to +209.1"  # t(4) = 2.776 times 4 * sqrt(2 / 3)
    assert claims.difference_row("three-layer", "scaled", folder)[2] == "one seed: none"
    assert claims.difference_row("two-layer", "flat", folder)[1:4] == ("", "", "")


def test_every_seed_is_a_line_and_a_dot(folder):
    figure, alt = figures.curves_and_scores(figures.LAYERS, "Figure 9", folder)
    left, right = figure.axes
    assert len(left.lines) == 6, "three seeds of each of the two recorded arms"
    dots = [line for line in right.lines if line.get_marker() not in ("", "None")]
    assert [len(line.get_xdata()) for line in dots] == [3, 3]
    assert "flat climbs from -900, has -304 in its best tenth and ends with -300, -304, -308" in alt
    assert "two-layer" not in alt
    with pytest.raises(ValueError, match="nothing of two-layer is recorded"):
        figures.curves_and_scores(["two-layer"], "nothing", folder)


def test_action_shares_are_drawn_in_per_cent(folder):
    figure, alt = figures.action_shares(["no-shaping", "three-layer"], folder)
    heights = [bar.get_height() for bar in figure.axes[0].patches]
    assert (
        len(heights) == 16 and heights[8] == pytest.approx(30) and "three-layer: Analyse 30" in alt
    )


def test_smoothing_averages_what_came_before():
    assert figures.smooth(np.array([1.0, 3, 5, 7]), 2).tolist() == [1, 2, 4, 6]


def test_corners_are_paired_over_seeds(folder):
    assert report.corner_rows(folder=folder) == [] and "no ablation" in claims.training_gain(
        folder=folder
    )
    trained = np.array([-100, -90])
    for seed, gain in ((0, 40), (1, 44), (2, 48)):
        found = {
            ablations.TRAINED: trained.tolist(),
            ablations.UNTRAINED: (trained - gain).tolist(),
        }
        study.keep_scores("ablations", "three-layer", seed, found, 1, folder)
    rows = dict((row[0], row[1:]) for row in report.corner_rows(folder=folder))
    assert rows[ablations.UNTRAINED] == ("-139.0", "-135, -139, -143", "+44.0 [+34.1, +53.9]")
    assert claims.training_gain(folder=folder) == "+44.0 [+34.1, +53.9]"


def test_one_seed_is_paired_over_episodes_and_says_so(folder):
    scores = {ablations.TRAINED: [-100, -90, -80], ablations.UNTRAINED: [-100, -80, -90]}
    study.keep_scores("ablations", "three-layer", 0, scores, 1, folder)
    assert "episodes of one seed (contains 0)" in claims.training_gain(folder=folder)


def test_published_scores_are_compared_with_the_interval_over_seeds(folder):
    rows = report.published_rows("three-layer", folder)  # -104 with an interval of -113.9 to -94.1
    assert [row[3] for row in rows] == ["better", "better", "the interval contains it"]
    assert report.published_rows("scaled", folder)[0][2:] == (
        "-150, one seed",
        "exploratory: one seed",
        "",
        "",
    )
    assert rows[0][4:] == ("", "")
    for seed, mean in enumerate((-115, -125)):
        scores = {"simulator": [mean - 5, mean + 5]}
        study.keep_scores("simulator", "three-layer", seed, scores, 1000, folder)
    rows = report.published_rows("three-layer", folder)  # t(1) = 12.7 times s.e. 5
    assert rows[0][4:] == ("-184 to -56, 2 seeds", "the interval contains it")


def test_claims_name_what_is_missing_and_judge_the_rest(folder):
    rows = {row[0]: row[1:] for row in claims.claim_rows(folder)}
    text = {claim.split(":")[0]: said for claim, (_, said) in rows.items()}
    assert (
        text["two layers beat the baseline by about 30 % (figure 9)"] == "not recorded: two-layer"
    )
    one_sided = "not comparable: only three-layer has rules, and they decide"
    for claim in (
        "three layers beat the baseline by about 30 % (figure 9)",
        "the hierarchy converges faster (figure 9)",
    ):
        assert text[claim] == one_sided, "flat has no rules, whatever the difference is"
    preference = rows["with local rewards more Analyse and DeployDecoy (figure 7)"]
    assert preference[0] == "40 % with, 23 % without"
    steadier = rows["rewards make learning steadier (figure 6)"]
    assert "three-layer: s.d. over episodes" in steadier[0] and "between seeds 4.0" in steadier[0]
    assert steadier[1] == "over episodes: difference [+0, +0]: the interval contains 0"
    for seed, spread in enumerate((50, 60, 70)):
        path = folder / f"no-shaping-{seed}" / "result.json"
        path.write_text(
            json.dumps(json.loads(path.read_text()) | {"scores": [-100 - spread, -100 + spread]})
        )
    wider = {row[0]: row[2] for row in claims.claim_rows(folder)}[
        "rewards make learning steadier (figure 6)"
    ]
    assert wider.endswith("the interval excludes 0, as claimed"), (
        "the other arm's episodes spread more"
    )


def test_faster_means_fewer_steps_to_most_of_the_own_gain(folder):
    _, measured, said = claims._speed_claim("a claim", "three-layer", "no-command", folder)
    assert measured == "thousand steps to 90 % of its own gain: three-layer 0, no-command 2"
    assert said.endswith("excludes 0, as claimed"), "a jump at the second point against a slow rise"
    assert claims._speed_claim("a claim", "no-command", "three-layer", folder)[2].endswith(
        "the other way round"
    )


def test_the_audit_adds_up_the_official_score_and_every_term():
    unit = UnitConfig(policy=PolicyConfig(doctrine_weight=1.0))
    defender = HierarchicalDefender(Team(THREE_LAYER, TeamConfig(unit=unit)), FULL)

    def first_signs(before, after, finished, team):
        return 0.5 * (signs(after) & ~signs(before)).any(axis=3).sum(axis=2)

    found = audit(defender, RewardConfig(potential=1.0), first_signs, episodes=3)
    again = audit(defender, RewardConfig(staged_again=True), episodes=3)
    assert (
        np.allclose(found.terms["custom"], again.terms["staged"])
        and found.pay("custom") > found.pay("staged") > 0
    )
    assert np.allclose(found.terms["potential"], 0, atol=1e-4), (
        "with discount 1 it takes back what it gave"
    )
    assert np.abs(found.terms["global"] - found.scores).max() < 30, (
        "all 499 rewards, of which the score sums 498"
    )
    assert found.score == found.scores.mean() and found.pay() == pytest.approx(
        found.pay(*found.terms)
    )
