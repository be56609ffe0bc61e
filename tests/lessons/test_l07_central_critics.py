"""What lesson 07 computes and reads: exact where it can be, and whole."""

import numpy as np
import pytest

from course_lib.experiments.lesson_runs.l07 import RUNS
from course_lib.games import coverage
from course_lib.learners import difference_rewards, fit_payoffs
from course_lib.lessons import l07_central_critics as central


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
    # Nobody has learnt anything at the start: the same networks, the same points.
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


def test_the_recorded_noise_is_whole():
    for game in ("factoring", "penalty -10"):
        for noise in (0.0, 10.0):
            assert 0 <= central.teams_at_the_best(game, noise) <= 20


def test_a_frame_stands_around_what_the_agents_take():
    fit = fit_payoffs([[1.0, 0, 0], [0, 0, 0], [0, 0, 0]], "VDN", 50)
    figure = central.draw_tables({"paid": fit.payoffs, "said": fit.joint}, {"said": fit.choice})
    frames = [len(ax.patches) for ax in figure.axes]
    assert frames == [0, 1]
