"""What lesson 14 works out: contributions, tables and the recommender."""

import numpy as np

from course_lib import cyber_range
from course_lib.hierarchy import FULL, THREE_LAYER, HierarchicalDefender, Team
from course_lib.lessons import l14_hold as l14
from course_lib.training import load_recording


def test_contributions_add_up_in_every_future():
    """Efficiency, future by future; and nobody contributes to a team that sleeps."""
    env, expert = l14.running("expert", seed=8, ticks=60)
    values = l14.contributions(env, expert, futures=3, horizon=15)
    pair = [frozenset(range(5)), frozenset()]
    worths = cyber_range.coalition_worths(env, expert, 0, pair, futures=3, horizon=15)
    assert values.shape == (5, 3)
    assert np.allclose(values.sum(axis=0), worths[0] - worths[1])
    env, nobody = l14.running("sleep", seed=8, ticks=20)
    assert not l14.contributions(env, nobody, futures=2, horizon=10).any()


def test_the_worst_world_is_that_of_the_smallest_mean():
    points = {"a": {"one": np.array([-1.0, -2.0]), "two": np.array([-9.0, 5.0])}}
    assert l14.worst_worlds(points) == {"a": ("two", -2.0)}
    assert l14.mean_rows(points)[0][0] == "one" and len(l14.mean_rows(points)) == 2


def test_contrasts_are_paired():
    shared = np.array([-50.0, -10.0, -90.0])
    found = l14.contrasts({"base": shared, "better": shared + [4.0, 5.0, 6.0]}, "base")
    assert found["better"].difference == 5 and found["better"].low > 2


def test_a_recommender_watches_the_first_ticks():
    team = HierarchicalDefender(Team(THREE_LAYER), FULL)
    recommender = l14.recommended(team, lambda proposal: True, seed=3, ticks=12)
    assert len(recommender.log.actions) == 12 and recommender.log.seed == 3
    assert len(recommender.log.replay()) == 12


def test_a_verdict_needs_an_interval_that_excludes_zero():
    worse = l14.contrasts({"a": np.arange(9.0), "b": np.arange(9.0) - 5}, "a")["b"]
    better = l14.contrasts({"a": np.arange(9.0) - 5, "b": np.arange(9.0)}, "a")["b"]
    same = l14.contrasts({"a": np.arange(9.0), "b": np.arange(9.0)[::-1]}, "a")["b"]
    found = [l14.verdict(one) for one in (worse, better, same)]
    assert found == ["clearly worse", "clearly better", "no clear difference"]


def test_a_proposal_earns_nothing_more_than_itself_and_the_log_leads_to_its_moment():
    team = HierarchicalDefender(Team(THREE_LAYER), FULL)
    recommender = l14.recommended(team, lambda proposal: proposal.tick % 2 == 0, seed=3, ticks=30)
    actions = recommender.log.actions
    last = recommender.log.proposals[-1]
    same = {**last, "alternative": last["label"]}
    nothing = l14.gain_of(recommender, same, futures=3, horizon=4)
    assert (nothing.difference, nothing.low, nothing.high) == (0, 0, 0)
    between = recommender.log.proposals[len(recommender.log.proposals) // 2]
    assert np.isfinite(l14.gain_of(recommender, between, futures=3, horizon=4).difference)
    assert recommender.log.actions is actions  # asking changes no log
    followed = l14.watch(l14.AsLogged(team, actions), 3, 30)
    again = l14.watch(l14.Recommender(team, recommender.operator), 3, 30)
    assert np.array_equal(followed.state["host_sessions"], again.state["host_sessions"])


def test_weights_of_a_commander_are_shares():
    record = load_recording("three-layer")
    rows = l14.weight_and_influence(record, record.commanders[-1])
    assert [row[0] for row in rows] == list(record.children(record.commanders[-1]))
    assert abs(sum(float(row[1]) for row in rows) - 1) < 0.02
    assert all(0 <= float(row[2][:-1]) <= 100 for row in rows)


def test_false_alarms_cost_nothing_where_nobody_hears_them():
    """The mended expert of lesson 14: the same one, without its events."""
    honest, lying = l14.with_false_alarms(cyber_range.make_policy("expert"), 2)
    deaf = l14.deaf(cyber_range.make_policy("expert"))
    deaf_honest, deaf_lying = l14.with_false_alarms(deaf, 2)
    assert lying.defended_scores.mean() < honest.defended_scores.mean()
    assert (deaf_lying.defended_scores == deaf_honest.defended_scores).all()


def test_a_search_goes_where_the_update_sends_it():
    """The reader's update gets every generation's tries and losses; what it says is drawn from."""
    budget = l14.CrossEntropyConfig(population=3, elite=1, generations=3)
    asked = []

    def update(tries, lost, elite, least):
        asked.append((tries, lost, elite, least))
        return np.full(tries.shape[1], 7.0), np.zeros(tries.shape[1])

    means = l14.search_by(update, cyber_range.make_policy("sleep"), budget, episodes=1)
    assert len(means) == len(asked) == 3
    for (tries, lost, elite, least), mean in zip(asked, means, strict=True):
        assert tries.shape[0] == 3 and lost.mean() == mean > 0
        assert (elite, least) == (1, budget.least_spread)
    assert not (asked[0][0] == 7).all() and (asked[1][0] == 7).all()


def test_worlds_can_be_sizes():
    """In the smallest network each zone has one server and three users, in the largest all."""
    seeds = l14.held_out_seeds(861_000, 2)
    points = l14.play_worlds(seeds, ("expert",), l14.SIZES)
    assert list(points["expert"]) == list(l14.SIZES)
    by_size = [tuple(points["expert"][name]) for name in l14.SIZES]
    assert len(set(by_size)) == 3
    watching = cyber_range.make_policy("sleep")
    counts = {}
    for name, options in l14.SIZES.items():
        env = cyber_range.VectorRange(1, observation="message", **options)
        watching.reset(0)
        exists = watching.open_tick(*env.reset()).exists
        counts[name] = set(exists.sum(axis=2).ravel().tolist())
    small, official, full = counts.values()
    assert small == {4} and full == {16} and min(official) < max(official)
