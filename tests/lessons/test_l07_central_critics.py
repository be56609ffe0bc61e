"""What lesson 07 computes and reads: exact where it can be, and whole."""

import numpy as np
import pytest

from course_lib.experiments.lesson_runs.l07 import RUNS
from course_lib.experiments.lesson_runs.l07_noise import NOISES
from course_lib.games import coverage
from course_lib.learners import difference_rewards, fit_payoffs
from course_lib.lessons import l07_central_critics as central
from course_lib.lessons import l07_figures as figures
from course_lib.lessons import paired_contrast


def test_with_an_exact_critic_the_credit_is_the_difference_reward():
    game = coverage((3, 2, 1), agents=3)
    expected = difference_rewards(np.repeat(game.team_payoffs[None], 3, axis=0))[0]
    assert central.even_credit(game) == pytest.approx(expected)


def test_a_defender_reads_its_own_level():
    obs = np.zeros((1, 2, 15))
    obs[0, 0, 3] = obs[0, 1, 5] = 1  # quiet, and a file
    assert central.by_level((1, 2, 3))(obs).tolist() == [[1, 3]]


def test_orders_at_random_repeat_themselves():
    obs = np.zeros((6, 2, 15))
    first, second = central.at_random(4), central.at_random(4)
    assert (first(obs) == second(obs)).all()


def test_the_recorded_comparison_is_whole():
    records = central.method_records()
    seeds = RUNS["l07-methods"].seeds
    assert list(records)[:3] == ["IPPO", "IPPO, paid own zone", "MAPPO"] and len(records) == 10
    for record in records.values():
        assert record.points.shape == record.first_choice.shape == (seeds, len(record.steps))
        assert record.steps[0] == 0 and 40_000 <= record.steps[-1] <= 42_000
        assert (record.seconds > 0).all() and (record.points < 0).all()
    # Nobody has learned anything at the start: the same networks, the same points.
    assert (records["IPPO"].points[:, 0] == records["MAPPO"].points[:, 0]).all()


def test_the_recorded_critics_are_whole():
    shape = (RUNS["l07-few-episodes"].seeds,)
    for critic in ("own", "state", "state, noisy"):
        for amount in ("2 episodes", "any number"):
            for where in ("trained on", "held out"):
                points, explained = central.few_episodes(critic, amount, where)
                assert points.shape == explained.shape == shape and (explained <= 1).all()
    with pytest.raises(ValueError, match="no record"):
        central.few_episodes("own", "3 episodes", "held out")


GAMES = ("factoring", "climbing", "penalty -10", "penalty -30")


def test_the_recorded_noise_is_whole():
    for game in GAMES:
        for noise in NOISES:
            assert 0 <= central.teams_at_the_best(game, noise) <= 20
        teams = central.fresh_teams(game)
        assert {len(one.best) for one in teams.values()} == {5}
        assert all((one.best >= 0).all() and (one.best <= 1).all() for one in teams.values())
    assert 0 <= central.networks_at_the_best(False) < central.networks_at_the_best(True) <= 100


def test_noise_helps_in_one_game_and_not_in_another():
    """What lesson 07 says, and the control: no bonus for randomness does it everywhere."""
    gain = {}
    for game in GAMES:
        teams = central.fresh_teams(game)
        pair = (teams["own noise"].best, teams["no noise"].best)
        gain[game] = paired_contrast(*pair)
    assert gain["penalty -30"].low > 0.2
    assert gain["penalty -10"].low < 0 < gain["penalty -10"].high
    best = {game: central.fresh_teams(game)["best entropy bonus"].best.mean() for game in GAMES}
    assert best["penalty -30"] > 0.9 and best["climbing"] == 0


def test_teams_trained_now_show_the_same():
    assert central.noise_triples_the_share(seed=77)


def test_a_frame_stands_around_what_the_agents_take():
    fit = fit_payoffs([[1.0, 0, 0], [0, 0, 0], [0, 0, 0]], "VDN", 50)
    figure = central.draw_tables({"paid": fit.payoffs, "said": fit.joint}, {"said": fit.choice})
    frames = [len(ax.patches) for ax in figure.axes]
    assert frames == [0, 1]


def test_tables_and_figures_hold_every_learner():
    found = {
        (name, "2 episodes", place): central.few_episodes(critic, "2 episodes", place)
        for name, critic in (("IPPO", "own"), ("MAPPO", "state"))
        for place in figures.PLACES
    }
    points, explained = found["MAPPO", "2 episodes", "held out"]
    row = figures.place_rows(found)[1]
    assert row[:2] == ("MAPPO", "2 episodes") and len(row) == 6
    assert row[3] == f"{100 * np.median(explained):.0f} %" and row[5] == f"{points.mean():.0f}"
    (ax,) = figures.draw_places(found).axes
    assert [mark.get_label() for mark in ax.lines[:2]] == list(figures.PLACES)
    assert sorted(ax.lines[3].get_xdata()) == sorted(points)


def test_the_table_of_fresh_teams_has_a_column_a_game():
    rows = figures.fresh_rows({game: central.fresh_teams(game) for game in GAMES})
    share = central.fresh_teams("penalty -30")["own noise"].best.mean()
    assert rows[1][0] == "own noise" and rows[1][-1] == f"{100 * share:.1f} %"
    assert {len(row) for row in rows} == {1 + len(GAMES)} and len(rows) == 8


def test_the_table_of_learners_ends_with_the_rule():
    records = central.method_records()
    rows = figures.learner_rows(records, rule=-82.4)
    assert [row[0] for row in rows[:-1]] == list(records)
    assert rows[-1][1] == "-82" and {len(row) for row in rows} == {5}
    middle = records["MAPPO"].points[:, 2].mean()
    assert rows[list(records).index("MAPPO")][2] == f"{middle:.0f}"
    left, right = figures.draw_learners(records, rule=-82.4).axes
    named = [text.get_text() for text in right.get_legend().get_texts()]
    assert named == [*figures.FACTORED, "rule: restore on an event"]
    assert list(left.lines[-1].get_ydata()) == [-82.4, -82.4]
