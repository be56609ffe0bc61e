"""Tabular multi-agent Q-learning: single updates in closed form, and who ends where."""

from dataclasses import replace

import numpy as np
import pytest

from course_lib import games
from course_lib.learners.multi_agent_q.games import make_world
from course_lib.learners.multi_agent_q.learn import (
    METHODS,
    Distributed,
    Hysteretic,
    Learner,
    Lenient,
    Plain,
    Team,
    Training,
    difference_rewards,
    learn,
    table_entries,
)
from course_lib.lessons.l06_pathology_table import (
    LENIENT,
    TABLE_METHODS,
    pathology_table,
    wilson_interval,
)

# --- one update, in closed form
# --------------------------------------------------------------------------------


def one_play(table, learner, epsilon=1.0, seed=3):
    """A team in one run after one play of a table, its action values before it, and what it
    chose."""
    team = Team(
        make_world(np.array(table, dtype=float)),
        learner,
        Training(runs=1, plays=1, moments=1, seed=seed),
    )
    return team, team.play(0, epsilon)[0][0]


def chosen_entries(values, before):
    return values[values != before]


@pytest.mark.parametrize(
    "rule, good, bad",
    [
        (Plain(0.2), 0.2, 0.2),
        (Hysteretic(0.2, 0.05), 0.2, 0.05),
        (Distributed(), 1.0, 0.0),
        (Lenient(0.2), 0.2, 0.0),
    ],
    ids=["plain", "hysteretic", "distributed", "lenient"],
)
def test_step_sizes_after_good_and_bad_surprises(rule, good, bad):
    steps = rule(np.array([8.0, -8.0]), np.zeros(2), np.full(2, 0.5))
    assert steps.tolist() == [good, bad]
    good_only, payoff = one_play([[8, 8], [8, 8]], Learner(rule=rule))
    assert payoff == 8 and chosen_entries(good_only.values, 0) == pytest.approx([good * 8] * 2)
    bad_only, _ = one_play([[-8, -8], [-8, -8]], Learner(rule=rule))
    assert bad_only.values.sum() == pytest.approx(2 * bad * -8)


def test_a_second_update_starts_from_the_first():
    team, _ = one_play([[8.0]] * 1, Learner(rule=Plain(0.25)))
    team.play(1, 1.0)
    assert team.values.ravel() == pytest.approx([2 + 0.25 * (8 - 2)] * 2)
    assert team.visits.ravel().tolist() == [2, 2]


def test_a_use_that_is_shared_by_half_counts_as_half_a_visit():
    # A lenient learner cools with its visits: the other agent's use moves the value by half a step
    # and must cool it by half as much.
    team, _ = one_play([[8.0]], METHODS["shared with identity"])
    assert team.visits.ravel().tolist() == [1.5, 1.5]
    team.play(1, 1.0)
    assert team.visits.ravel().tolist() == [3.0, 3.0]
    lenient = Learner(rule=Lenient(), tables="identity")
    team, _ = one_play([[8.0]], lenient)
    assert team.visits.ravel().tolist() == [1.5, 1.5]


def test_leniency_falls_with_visits_as_stated():
    rule = Lenient(alpha=0.1, temperature=2.0, cooling=0.5, moderation=1.5)
    assert rule.leniency([0, 1, 3]) == pytest.approx(1 - np.exp([-3.0, -1.5, -0.375]))
    border = 1 - np.exp(-1.5)
    steps = rule(np.full(3, -1.0), np.ones(3), border + np.array([-0.01, 0.0, 0.01]))
    assert steps.tolist() == [0.0, 0.1, 0.1]  # ignored when luck falls below the leniency


def test_joint_learner_updates_the_one_entry_of_the_joint_action():
    table = np.arange(1.0, 7.0).reshape(2, 3)
    team, payoff = one_play(table, METHODS["joint-action"])
    assert team.values.shape == (1, 1, 1, 6)
    expected = np.zeros(6)
    expected[int(payoff) - 1] = 0.1 * payoff  # entries are numbered as numpy numbers them
    assert team.values.ravel() == pytest.approx(expected)
    team.values[0, 0, 0] = [0, 0, 0, 0, 9, 0]
    team._choose_again()
    assert team.greedy_actions(0).tolist() == [[1, 1]]


def test_shared_tables_stay_equal_and_learn_from_both_agents():
    team, payoff = one_play(np.full((2, 2), 4.0), METHODS["shared"])
    assert np.array_equal(team.values[:, 0], team.values[:, 1])
    if (
        team.visits.max() == 2
    ):  # both tried the same action: the second error is what the first left over
        assert team.values.max() == pytest.approx(0.4 + 0.1 * (4 - 0.4))
    else:
        assert team.values[0, 0, 0].tolist() == pytest.approx([0.4, 0.4])


def test_identity_shares_half_of_every_step():
    found = set()
    for seed in range(20):
        team, _ = one_play([[4, 4], [4, 4]], METHODS["shared with identity"], seed=seed)
        found.add(tuple(np.round(np.sort(team.values.ravel()), 6).tolist()))
    same = 0.1 * (4 - 0.2)  # the second agent starts from the half step the first one gave it
    both = sorted([0.0, 0.0, 0.4 + same / 2, 0.2 + same])
    assert found == {(0.2, 0.2, 0.4, 0.4), tuple(np.round(both, 6).tolist())}


def test_identity_equals_a_linear_function_of_constant_and_one_hot():
    """Q_i(a) = (w_0[a] + w_i[a]) / sqrt 2, learned by gradient steps, against the shares of steps
    used here."""
    rng, alpha = np.random.default_rng(0), 0.1
    weights, values = np.zeros((3, 2)), np.zeros((2, 2))
    for _ in range(30):
        i, action, target = rng.integers(2), rng.integers(2), rng.normal()
        error = target - (weights[0, action] + weights[1 + i, action]) / np.sqrt(2)
        weights[[0, 1 + i], action] += alpha * error / np.sqrt(2)
        step = alpha * (target - values[i, action])
        values[i, action] += step
        values[1 - i, action] += 0.5 * step
    assert values == pytest.approx((weights[0] + weights[1:]) / np.sqrt(2))


def two_state_game(discount=0.5):
    """From state 0 every joint action earns -1 and leads to 1; from 1 it earns 3 and ends in 2
    (terminal)."""
    transitions = np.zeros((3, 1, 1, 3))
    transitions[[0, 1, 2], 0, 0, [1, 2, 2]] = 1
    return games.MarkovGame(
        name="two states",
        rewards=np.array([-1.0, 3.0, 0.0]).reshape(3, 1, 1),
        transitions=transitions,
        start=np.array([1.0, 0, 0]),
        terminal=np.array([False, False, True]),
        discount=discount,
        horizon=10,
        actions=(("go",), ("go",)),
        features=np.arange(3)[:, None],
    )


@pytest.mark.parametrize("method", ["independent", "joint-action"])
def test_targets_bootstrap_from_the_next_state_and_stop_at_the_end(method):
    learner = replace(METHODS[method], rule=Plain(1.0), first_value=10.0)
    record = learn(two_state_game(), learner, Training(runs=1, plays=1, moments=1))
    assert record.values[0, 0, :, 0].tolist() == [-1 + 0.5 * 10, 10, 10]
    record = learn(two_state_game(), learner, Training(runs=1, plays=6, moments=6))
    assert record.values[0, 0, :, 0].tolist() == [-1 + 0.5 * 3, 3, 10]  # nothing follows the end
    assert record.payoff[:, 0].tolist() == [-1, 3, -1, 3, -1, 3]


def test_a_cut_episode_still_counts_its_future():
    record = learn(
        replace(two_state_game(), horizon=1),
        Learner(rule=Plain(1.0), first_value=10.0),
        Training(runs=1, plays=4, moments=4),
    )
    assert record.payoff[:, 0].tolist() == [-1] * 4  # every tick begins anew ...
    assert record.values[0, 0, 0, 0] == -1 + 0.5 * 10  # ... and state 0 still looks ahead


def test_transitions_happen_as_often_as_stated():
    game = games.patch_the_network()
    world, rng = make_world(game), np.random.default_rng(0)
    states = np.full(20_000, game.first_state)
    _, _, following, _, _ = world.step(states, np.full(20_000, 15), 0, rng)
    seen = np.bincount(following, minlength=game.states) / 20_000
    assert seen == pytest.approx(game.transitions[game.first_state, 3, 3], abs=0.012)


def test_outcomes_of_a_noisy_game_happen_as_often_as_stated():
    noisy = games.firewall_acl(noisy=True, attack_probability=0.2)
    world = make_world(noisy)
    rewards, payoff, *_ = world.step(
        np.zeros(20_000, int), np.ones(20_000, int), 0, np.random.default_rng(0)
    )
    assert np.mean(payoff == -65) == pytest.approx(0.2, abs=0.012) and set(payoff) == {5, -65}
    assert np.array_equal(rewards[:, 0], payoff)


def test_difference_rewards_by_hand():
    table = np.repeat(np.array([[1.0, 2.0], [4.0, 8.0]])[None], 2, axis=0)
    absent = difference_rewards(table, default=0)
    assert absent[0].tolist() == [[0, 0], [3, 6]] and absent[1].tolist() == [[0, 1], [0, 4]]
    averaged = difference_rewards(table)
    assert averaged[0].tolist() == [[-1.5, -3], [1.5, 3]] and averaged[1].tolist() == [
        [-0.5, 0.5],
        [-2, 2],
    ]


def test_difference_rewards_keep_every_best_reply():
    payoffs = games.firewall_acl(3).payoffs
    for default in (None, 2):
        changed = difference_rewards(payoffs, default)
        assert np.array_equal(
            np.isclose(games.regrets(changed), 0), np.isclose(games.regrets(payoffs), 0)
        )


def test_difference_rewards_compare_within_one_outcome_of_chance():
    noisy = games.climbing("full")
    world = make_world(noisy, credit="difference", default=2)
    rewards, payoff, *_ = world.step(
        np.zeros(500, int), np.full(500, 1), 0, np.random.default_rng(0)
    )  # joint (0, 1)
    pairs = {(team, *own) for team, own in zip(payoff.tolist(), rewards.tolist(), strict=True)}
    assert pairs == {(5, 5 - 5, 5 - 8), (-65, -65 + 5, -65 + 8)}


def test_three_agents_with_two_actions_each_are_not_taken_for_something_else():
    payoffs = games.coverage(agents=3).payoffs
    assert difference_rewards(payoffs, default=0)[2, 0, 0].tolist() == [0, 5]
    assert learn(games.coverage(agents=3), METHODS["difference rewards"], SHORT).payoff.min() >= 5


# --- the core
# --------------------------------------------------------------------------------------------------

SHORT = Training(runs=8, plays=400, moments=20, followed=2)


def same(first, second):
    pairs = [
        (getattr(first, name), getattr(second, name))
        for name in ("values", "greedy", "payoff", "exploring")
    ]
    return all(np.array_equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("method", METHODS)
def test_equal_seeds_give_equal_records(method):
    game = games.climbing("full")
    first = learn(game, METHODS[method], SHORT)
    assert same(first, learn(game, METHODS[method], SHORT))
    assert not same(first, learn(game, METHODS[method], replace(SHORT, seed=1)))


def test_runs_are_independent_of_one_another():
    record = learn(games.climbing(), training=SHORT)
    assert len(np.unique(record.values[:, 0, 0], axis=0)) == 8


def test_shapes_of_a_record():
    record = learn(games.firewall_acl(3), METHODS["hysteretic"], SHORT)
    assert record.payoff.shape == (20, 8) and record.greedy_path.shape == (20, 8, 3)
    assert record.values_path.shape == (20, 2, 3, 1, 3) and record.plays.tolist() == list(
        range(20, 401, 20)
    )
    assert np.array_equal(record.greedy_path[-1], record.final_joint)
    assert np.array_equal(record.values_path[-1], record.values[:2])
    assert record.optimal.tolist() == [joint == [0, 0, 0] for joint in record.final_joint.tolist()]


def test_a_plain_table_is_a_team_game():
    table = games.climbing().team_payoffs
    assert same(learn(table, training=SHORT), learn(games.climbing(), training=SHORT))


def test_a_readers_function_is_a_rule():
    def halfway(error, visits, luck):
        return np.where(error > 0, 0.1, 0.01)

    assert same(
        learn(games.climbing(), Learner(rule=halfway), SHORT),
        learn(games.climbing(), METHODS["hysteretic"], SHORT),
    )


def test_epsilon_falls_linearly_over_the_stated_share():
    training = Training(plays=100, epsilon_start=1.0, epsilon_end=0.2, decay_share=0.5, moments=1)
    assert [training.epsilon(t) for t in (0, 25, 50, 99)] == pytest.approx([1.0, 0.6, 0.2, 0.2])
    assert Training(decay_share=0.0).epsilon(0) == pytest.approx(0.01)


@pytest.mark.parametrize("agents", [2, 3, 5])
def test_somebody_explores_as_often_as_predicted(agents):
    training = Training(runs=200, plays=200, epsilon_start=0.1, epsilon_end=0.1, moments=1)
    record = learn(games.firewall_acl(agents), training=training)
    predicted = 1 - (1 - 0.1) ** agents
    assert record.exploring[0] == pytest.approx(
        predicted, abs=5 * np.sqrt(predicted * (1 - predicted) / 40_000)
    )
    assert record.epsilon[0] == pytest.approx(0.1)


def test_a_tie_keeps_the_old_greedy_action_and_a_better_value_changes_it():
    team, _ = one_play(np.zeros((3, 3)), Learner(), epsilon=0.0)
    team.greedy[0, :, 0] = [2, 1]
    team.values[0, 0, 0], team.values[0, 1, 0] = [5, 0, 5], [5, 4, 0]
    team._choose_again()
    assert team.greedy[0, :, 0].tolist() == [2, 0]


def test_without_exploration_agents_play_their_greedy_actions():
    table = np.arange(9.0).reshape(3, 3)
    team, _ = one_play(table, Learner())
    team.greedy[0, :, 0] = [1, 2]
    assert team.play(1, 0.0)[0][0] == table[1, 2]


@pytest.mark.parametrize("method", ["independent", "joint-action"])
def test_joint_actions_are_numbered_as_numpy_does(method):
    table = np.arange(24.0).reshape(2, 3, 4)
    team, _ = one_play(table, METHODS[method])
    for joint in np.ndindex(2, 3, 4):
        team.greedy[0, :, 0] = (
            joint if method == "independent" else np.ravel_multi_index(joint, table.shape)
        )
        assert team.play(1, 0.0)[0][0] == table[joint]


def test_agents_with_different_numbers_of_actions():
    record = learn(np.ones((2, 3)), training=SHORT)
    assert np.isneginf(record.values[:, 0, :, 2]).all() and np.isfinite(record.values[:, 1]).all()
    assert set(record.greedy_path[:, :, 0].ravel()) <= {0, 1} and record.optimal.all()


def test_agents_learn_their_own_reward_in_a_general_sum_game():
    record = learn(games.intelligence_sharing(), training=replace(SHORT, plays=3000))
    assert (record.final_joint == 1).all()  # both withhold: the equilibrium, not the Pareto optimum
    welfare = learn(
        games.intelligence_sharing(), METHODS["joint-action"], replace(SHORT, plays=3000)
    )
    assert (welfare.final_joint == 0).all()


def test_joint_tables_grow_exponentially():
    assert [table_entries((3,) * n, "joint") for n in (2, 4, 8)] == [9, 81, 6561]
    assert [table_entries((3,) * n, "own") for n in (2, 4, 8)] == [6, 12, 24]
    assert table_entries((3, 3), "shared", states=2) == 6 and table_entries((3, 3), "identity") == 9
    assert learn(games.firewall_acl(4), METHODS["joint-action"], SHORT).values[0].size == 81


# --- which game defeats which method
# ---------------------------------------------------------------------------

FULL = {"plays": 15_000, "moments": 1, "followed": 0}
"""The length of the published table, with fewer runs."""


def wins(game, method, runs=24, **changes):
    return learn(
        game, TABLE_METHODS.get(method) or METHODS[method], Training(runs=runs, **(FULL | changes))
    ).optimal


ALWAYS = [  # (game, method): every run ends on the optimum
    ("climbing", "hysteretic"),
    ("climbing", "distributed"),
    ("climbing", "joint-action"),
    ("partial", "joint-action"),
    ("full", "joint-action"),
    ("k = -100", "hysteretic"),
    ("k = -100", "distributed"),
    ("k = -100", "joint-action"),
]
NEVER = [
    ("climbing", "independent"),
    ("partial", "independent"),
    ("full", "independent"),
    ("k = -100", "independent"),
    ("partial", "distributed"),
    ("full", "distributed"),
]
GAMES = {
    "climbing": games.climbing(),
    "partial": games.climbing("partial"),
    "full": games.climbing("full"),
    "k = -100": games.penalty(-100),
}


@pytest.mark.parametrize("game, method", ALWAYS)
def test_methods_that_always_succeed(game, method):
    assert wins(GAMES[game], method).all()


@pytest.mark.parametrize("game, method", NEVER)
def test_methods_that_always_fail(game, method):
    assert not wins(GAMES[game], method).any()


def test_chance_hurts_hysteretic_learners_more_the_more_there_is():
    partial, full = wins(GAMES["partial"], "hysteretic", 60), wins(GAMES["full"], "hysteretic", 60)
    assert 0.7 < partial.mean() < 1 and full.mean() < 0.2


def test_how_long_forgiveness_lasts_decides():
    assert (
        wins(GAMES["climbing"], "lenient, long").all()
        and not wins(GAMES["partial"], "lenient, long").any()
    )
    assert wins(GAMES["partial"], "lenient, middle").mean() > 0.9


def test_sign_changes_in_the_update_would_be_seen():
    def pessimist(error, visits, luck):  # hysteretic with its inequality turned round
        return np.where(error >= 0, 0.01, 0.1)

    def runaway(error, visits, luck):  # away from the target
        return np.full_like(error, -0.01)

    training = Training(runs=24, plays=1500, moments=1)
    assert not learn(GAMES["climbing"], Learner(rule=pessimist), training).optimal.any()
    assert not learn(GAMES["climbing"], Learner(rule=runaway), training).optimal.all()
    assert learn(GAMES["climbing"], METHODS["hysteretic"], training).optimal.mean() > 0.9


def test_agents_that_share_a_table_without_identity_cannot_split_the_work():
    training = Training(runs=50, plays=2000, moments=1)
    shared, named = (
        learn(games.coverage(), METHODS[m], training) for m in ("shared", "shared with identity")
    )
    assert not shared.optimal.any() and (shared.final_joint[:, 0] == shared.final_joint[:, 1]).all()
    assert named.optimal.mean() > 0.95


def test_difference_rewards_help_many_agents_find_their_place():
    game, training = (
        games.coverage((6, 5, 4, 3, 2, 1), agents=6),
        Training(runs=40, plays=3000, moments=1),
    )
    team, difference = (
        learn(game, METHODS[m], training).optimal.mean()
        for m in ("independent", "difference rewards")
    )
    assert difference > team + 0.1


@pytest.mark.parametrize("agents", [2, 3])
def test_the_firewall_defeats_independent_learners_and_a_joint_learner_opens_the_gateway(agents):
    game, training = games.firewall_acl(agents), Training(runs=24, plays=6000, moments=1)
    assert not learn(game, METHODS["independent"], training).optimal.any()
    assert learn(game, METHODS["joint-action"], training).optimal.all()


def test_independent_defenders_leave_the_worm_that_a_joint_learner_cleans():
    game = games.patch_the_network()
    start, best = game.first_state, games.optimal_values(game)[game.first_state]
    training = Training(runs=30, plays=20_000, moments=1)

    def final_values(method):
        policies = learn(game, METHODS[method], training).greedy
        return np.array([games.policy_values(game, policy)[start] for policy in policies])

    assert np.median(final_values("independent")) < best - 2
    assert np.median(final_values("joint-action")) > best - 0.1


# --- the table
# -------------------------------------------------------------------------------------------------


def test_wilson_interval_agrees_with_printed_values():
    assert wilson_interval(0, 10) == pytest.approx((0, 0.2775), abs=1e-4)
    assert wilson_interval(10, 10) == pytest.approx((0.7225, 1), abs=1e-4)
    assert wilson_interval(15, 50) == pytest.approx((0.1910, 0.4375), abs=1e-4)
    low, high = wilson_interval(5, 10, level=0.99)
    assert low < wilson_interval(5, 10)[0] and high == pytest.approx(1 - low)


def test_table_counts_runs_and_prints_markdown():
    table = pathology_table(
        [GAMES["climbing"]], {"joint-action": METHODS["joint-action"], **LENIENT}, runs=5, plays=300
    )
    assert len(table.cells) == 4 and table.training.plays == 300
    cell = table.cell("climbing", "joint-action")
    assert (
        cell.wins == learn(GAMES["climbing"], METHODS["joint-action"], table.training).optimal.sum()
    )
    assert cell.runs == 5 and cell.low <= cell.share <= cell.high
    assert str(table).startswith("| game | joint-action | lenient, short |")
    assert f"| climbing | {100 * cell.share:.1f} [" in str(table)


MISUSE = {
    "alpha": (lambda: Plain(0.0), "of at most 1 and above 0"),
    "beta above alpha": (
        lambda: Hysteretic(0.1, 0.2),
        "beta=0.2 is not a finite number",
    ),
    "cooling": (lambda: Lenient(cooling=1.0), "above 0 and below 1"),
    "temperature": (lambda: Lenient(temperature=0.0), "above 0"),
    "rule": (lambda: Learner(rule=0.1), "callable as rule(error, visits, luck)"),
    "tables": (lambda: Learner(tables="common"), "allowed: own, identity, shared, joint"),
    "credit": (
        lambda: learn(games.climbing(), Learner(credit="shapley"), SHORT),
        "allowed: team, difference",
    ),
    "joint and difference": (lambda: Learner(tables="joint", credit="difference"), "credit='team'"),
    "default action": (
        lambda: difference_rewards(games.climbing().payoffs, default=3),
        "from 0 to 2",
    ),
    "axes": (lambda: difference_rewards(np.zeros((4, 3, 3))), "one table per agent"),
    "runs": (lambda: Training(runs=0), "runs=0 is not a whole number from 1"),
    "epsilon": (lambda: Training(epsilon_end=1.5), "from 0 to 1"),
    "moments": (lambda: Training(plays=10, moments=11), "from 1 to 10"),
    "followed": (lambda: Training(runs=2, followed=3), "from 0 to 2"),
    "seed": (lambda: Training(seed=-1), "seed=-1 is not a whole number from 0"),
    "table of one agent": (lambda: learn([1.0, 2.0]), "one axis per agent"),
    "unequal actions": (
        lambda: learn(np.zeros((2, 3)), METHODS["shared"], SHORT),
        "equal numbers of actions",
    ),
    "entries": (lambda: table_entries((2, 2), "both"), "allowed: own"),
    "wilson": (lambda: wilson_interval(3, 2), "from 0 to 2"),
    "wilson level": (lambda: wilson_interval(1, 2, level=95), "0.95 is usual"),
    "cell": (lambda: pathology_table([], {}).cell("chess", "none"), "no cell"),
}


@pytest.mark.parametrize("misuse", MISUSE)
def test_misuse_is_one_clear_line(misuse):
    call, words = MISUSE[misuse]
    with pytest.raises(ValueError) as caught:
        call()
    assert words in str(caught.value) and "\n" not in str(caught.value)
