"""The organisations of lesson 03: what they hide and forbid, and nothing else."""

import numpy as np
import pytest

from course_lib import cyber_range
from course_lib.cyber_range.actions import action_layout
from course_lib.cyber_range.constants import SLEEP
from course_lib.learners.multi_agent_q.learn import METHODS, Training, learn
from course_lib.lessons import l03_organisation as om

ASLEEP = action_layout("per-zone").single(SLEEP)


def rules():
    return cyber_range.make_policy("expert", defenders="per-zone")


def scores(policy, **options):
    return cyber_range.evaluate(policy, episodes=6, **options).scores.tolist()


@pytest.fixture(scope="module")
def ends():
    return scores(rules()), scores("sleep", defenders="per-zone")


def test_an_organisation_without_limits_is_the_team_and_one_without_links_sleeps(ends):
    team, sleepers = ends
    assert scores(om.central(rules(), om.Outages(0))) == team
    assert scores(om.central(rules(), om.Outages(1))) == sleepers
    assert scores(om.with_hands(rules(), 7, om.by_alarm)) == team
    assert (
        scores(om.without(rules())) == team and scores(om.without(rules(), *range(7))) == sleepers
    )
    half = scores(om.central(rules(), om.Outages(0.5)))
    assert np.mean(sleepers) < np.mean(half) < np.mean(team) and half == scores(
        om.central(rules(), om.Outages(0.5))
    )


@pytest.mark.parametrize("share, length", [(0.25, 5), (0.25, 50), (0.5, 20), (0.9, 10)])
def test_outages_have_their_share_and_length(share, length):
    up = om.Outages(share, length).draw(seed=1, size=60, ticks=2000)
    assert up.shape == (60, 2000, 7) and abs((~up).mean() - share) < 0.03
    repairs = (~up[:, :-1] & up[:, 1:]).sum()
    assert (~up[:, :-1]).sum() / repairs == pytest.approx(length, rel=0.1)
    assert (up == om.Outages(share, length).draw(1, 60, 2000)).all()
    assert (up != om.Outages(share, length).draw(2, 60, 2000)).any()


@pytest.mark.parametrize("wrong", [(-0.1, 5), (1.1, 5), (0.5, 0)])
def test_impossible_outages_are_refused(wrong):
    with pytest.raises(ValueError, match="between 0 and 1 and length"):
        om.Outages(*wrong).draw(0, 1)


def test_a_link_that_is_down_shows_the_last_message_and_lets_nothing_through():
    seen = []

    class Watching:
        observation, defenders = "message", "per-zone"

        def reset(self, seed):
            pass

        def act_batch(self, obs, info):
            seen.append((obs.copy(), info["busy"].copy()))
            return np.zeros((1, 7), int)

    links = iter([[True] * 7, [False] + [True] * 6, [True] * 7])
    organised = om.Organised(
        Watching(), lambda obs, info, seed: (row := np.array([next(links)]), row)
    )
    for tick in range(3):
        info = {"step": np.array([tick]), "busy": np.zeros((1, 7), int)}
        organised.act_batch(np.full((1, 7, 76), tick + 1), info)
    assert [obs[0, :, 0].tolist() for obs, _ in seen] == [[1] * 7, [1] + [2] * 6, [3] * 7]
    assert [busy[0].tolist() for _, busy in seen] == [[0] * 7, [1] + [0] * 6, [0] * 7]


@pytest.mark.parametrize("hands", [1, 3])
def test_no_more_orders_are_under_way_than_there_are_hands(hands):
    policy = om.with_hands(rules(), hands)
    world = cyber_range.VectorRange(3, "per-zone", seed=0, observation="message")
    obs, info = world.reset()
    policy.reset(0)
    most = 0
    for _ in range(120):
        actions = policy.act_batch(obs, info)
        under_way = (info["busy"] > 0) | (actions != ASLEEP)
        most = max(most, int(under_way.sum(axis=1).max()))
        obs, *_, info = world.step(actions)
    assert most == hands


def test_a_lost_agent_never_acts_and_points_are_counted_by_zone():
    report = cyber_range.evaluate(om.without(rules(), 3), episodes=4)
    assert (report.statistics["blue_actions"][:, 3, :7] == 0).all()
    assert (report.statistics["blue_actions"][:, 2, :7].sum(axis=1) > 0).all()
    points = om.points_by_zone(report.statistics)
    total = points.sum(axis=1) + report.statistics["restore_cost"]
    assert points.shape == (4, 8) and points[:, 3].mean() > 1000
    assert total == pytest.approx(-report.statistics["phase_reward"].sum(axis=1))


def test_wrong_policies_and_numbers_of_hands_are_refused():
    with pytest.raises(ValueError, match="per-zone"):
        om.without(cyber_range.make_policy("expert"))
    for hands in (0, 8):
        with pytest.raises(ValueError, match="whole number from 1 to 7"):
            om.with_hands(rules(), hands)


def test_noting_changes_nothing_and_tells_the_longest_wait():
    waits, signs, waited = [], np.zeros((2, 7)), np.arange(14.0).reshape(2, 7)
    assert (om.noting(om.in_turn, waits)(signs, waited) == waited).all()
    assert [found.tolist() for found in waits] == [[6, 13]]


def test_alarm_counts_hosts_with_a_sign():
    obs = np.zeros((1, 7, 76))
    obs[0, 2, [28, 44, 29, 60]] = 1  # slot 0: process, connection, root file; slot 1: process
    obs[0, 3, 65] = 3
    assert om.alarm(obs)[0].tolist() == [0, 0, 12, 1, 0, 0, 0]


def test_games_reward_what_they_say():
    together = om.all_together(3)
    assert together[0, 0, 0] == 10 and together[1, 1, 1] == 6
    assert together[0, 0, 1] == 0 and together[0, 2, 2] == 2 and together[2, 2, 2] == 3
    assert om.side_by_side(2).tolist() == [[4, 3, 2], [3, 2, 1], [2, 1, 0]]


def test_plays_needed_is_the_smallest_budget_that_is_enough():
    payoffs, budgets = om.side_by_side(2), (25, 50, 100, 200, 400)
    found = om.plays_needed(payoffs, "independent", budgets)
    for plays in budgets:
        training = Training(runs=50, plays=plays, moments=1, followed=0, seed=plays)
        enough = learn(payoffs, METHODS["independent"], training).optimal.mean() >= 0.9
        assert not enough if plays < found else enough or plays > found
    assert om.plays_needed(om.all_together(4), "independent", (50, 100)) is None


def test_commands_lie_between_0_and_1_and_add_up_where_they_should():
    free, added = om.commands(1, additive=False), om.commands(1, additive=True).reshape((2,) * 6)
    for worth in (free, added):
        assert (worth.min(), worth.max()) == (0, 1) and worth.size == 64
    assert np.allclose(added[1] - added[0], added[1, 0, 0, 0, 0, 0] - added[0, 0, 0, 0, 0, 0])
    assert om.reached(False, (64,), 800, tasks=1) > 0.99 > om.reached(False, (8, 8), 50, tasks=1)
