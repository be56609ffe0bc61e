"""The small games against answers worked out by hand, and their environments against the public API
checks."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from pettingzoo.test import parallel_api_test
from support import game_solvers

from course_lib import games
from course_lib.games import acl
from course_lib.games.matrix import MatrixGame, team_game
from course_lib.games.patching import INFECTED, PATCHED, VULNERABLE, tick


def strategies_of(equilibria):
    return [tuple(tuple(np.round(s, 6).tolist()) for s in e.strategies) for e in equilibria]


def two_agents(row_payoffs, column_payoffs):
    return np.array([row_payoffs, column_payoffs], dtype=float)


# --- matrix games
# -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("noise", ["none", "partial", "full"])
def test_climbing_has_the_printed_rows_however_noisy(noise):
    game = games.climbing(noise)
    assert game.team_payoffs.tolist() == [[11, -30, 0], [-30, 7, 6], [0, 0, 5]]
    assert (
        game.payoffs[0, 1, 2] == 6 and game.payoffs[0, 2, 1] == 0
    )  # a well-known copy has these two swapped


def test_only_the_second_best_joint_action_is_noisy_in_partial_climbing():
    spread = np.ptp(games.climbing("partial").outcomes[:, 0], axis=0)
    assert spread[1, 1] == 14 and spread.sum() == 14
    assert (np.ptp(games.climbing("full").outcomes[:, 0], axis=0) > 0).all()


def test_climbing_equilibria_and_pareto_set_by_hand():
    game = games.climbing()
    assert games.pure_equilibria(game) == [(0, 0), (1, 1)]
    assert games.pareto_set(game) == games.team_optima(game) == [(0, 0)]


def test_uniform_partners_make_the_best_action_of_climbing_look_bad():
    row, column = games.action_values(games.climbing())
    assert row == pytest.approx([-19 / 3, -17 / 3, 5 / 3])
    assert column == pytest.approx([-19 / 3, -23 / 3, 11 / 3])


def test_action_values_against_given_strategies():
    row, column = games.action_values(games.climbing(), [[1, 0, 0], [0, 0.5, 0.5]])
    assert row.tolist() == [-15, 6.5, 2.5]
    assert column.tolist() == [11, -30, 0]


def test_penalty_game_by_hand():
    game = games.penalty(-100)
    assert game.team_payoffs.tolist() == [[10, 0, -100], [0, 2, 0], [-100, 0, 10]]
    assert games.pure_equilibria(game) == [(0, 0), (1, 1), (2, 2)]
    assert games.pareto_set(game) == [(0, 0), (2, 2)]
    mixed = strategies_of(game_solvers.mixed_equilibria(game))
    assert ((0.166667, 0.833333, 0), (0.166667, 0.833333, 0)) in mixed  # 10 p = 2 (1 - p)


def test_each_type_of_game_is_recognised_from_its_tables():
    assert games.coverage().kind == "cooperative"
    assert game_solvers.inspection().kind == "zero-sum"
    assert games.intelligence_sharing().kind == "general-sum"
    spoilt = game_solvers.inspection().payoffs.copy()
    spoilt[0, 0, 0] += 1
    assert (
        MatrixGame("spoilt", spoilt[None], np.ones(1), game_solvers.inspection().actions).kind
        == "general-sum"
    )


def test_pareto_and_nash_part_ways_when_organisations_share_intelligence():
    game = games.intelligence_sharing()
    assert games.pure_equilibria(game) == [(1, 1)]
    assert games.pareto_set(game) == [(0, 0), (0, 1), (1, 0)]
    assert games.regrets(game)[:, 0, 0].tolist() == [2, 2]


def test_inspection_has_no_pure_equilibrium_and_a_mixed_one_by_hand():
    game = game_solvers.inspection()
    assert games.pure_equilibria(game) == []
    (equilibrium,) = game_solvers.mixed_equilibria(game)
    assert equilibrium.strategies[0] == pytest.approx([0.8, 0.2])  # watch where it hurts ...
    assert equilibrium.strategies[1] == pytest.approx(
        [0.2, 0.8]
    )  # ... strike where it is not watched
    assert equilibrium.values == pytest.approx([-0.8, 0.8])
    assert game_solvers.zero_sum_value(game).values == pytest.approx(equilibrium.values)


ZERO_SUM = [
    ([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], 0.0),  # rock, paper, scissors
    ([[3, 1], [5, 2]], 2.0),  # a saddle point
    ([[2, 2], [2, 2]], 2.0),  # degenerate: everything is optimal
    (
        [[2, -1, 3], [-1, 1, 2]],
        0.2,
    ),  # x = (0.4, 0.6) against the first two columns; nobody plays the third
]


@pytest.mark.parametrize("table, value", ZERO_SUM)
def test_zero_sum_values_by_hand(table, value):
    table = np.array(table, dtype=float)
    answer = game_solvers.zero_sum_value(two_agents(table, -table))
    assert answer.values == pytest.approx([value, -value], abs=1e-9)
    x, y = answer.strategies
    assert (x @ table).min() == pytest.approx(value, abs=1e-9)  # x guarantees the value ...
    assert (table @ y).max() == pytest.approx(value, abs=1e-9)  # ... and y gives no more away


def test_zero_sum_value_of_random_games_leaves_neither_side_a_better_reply():
    rng = np.random.default_rng(0)
    for _ in range(30):
        table = rng.integers(-3, 4, size=rng.integers(2, 5, size=2)).astype(float)
        x, y = game_solvers.zero_sum_value(two_agents(table, -table)).strategies
        assert (x @ table).min() == pytest.approx((table @ y).max(), abs=1e-7)


def test_battle_of_the_sexes_has_its_three_equilibria():
    game = two_agents([[3, 0], [0, 2]], [[2, 0], [0, 3]])
    found = strategies_of(game_solvers.mixed_equilibria(game))
    assert found == [((1, 0), (1, 0)), ((0, 1), (0, 1)), ((0.6, 0.4), (0.4, 0.6))]
    assert game_solvers.mixed_equilibria(game)[2].values == pytest.approx([1.2, 1.2])


@pytest.mark.parametrize("wrong", [[2, -1], [0.5, 0.6], [0.5, 0.25, 0.25], [np.nan, 1]])
def test_what_is_no_probability_vector_is_refused(wrong):
    with pytest.raises(ValueError, match="a strategy holds|one probability vector"):
        games.action_values(game_solvers.inspection(), [wrong, [0.5, 0.5]])


@pytest.mark.parametrize("ask", [games.pure_equilibria, games.pareto_set, games.team_optima])
def test_a_table_with_a_nan_is_refused_rather_than_found_to_have_no_answer(ask):
    table = np.ones((2, 2, 2))
    table[1, 0, 1] = np.nan
    with pytest.raises(ValueError, match="finite"):
        ask(table)


def test_is_nash_refuses_a_strategy_with_a_better_reply():
    game = game_solvers.inspection()
    assert game_solvers.is_nash(game, [[0.8, 0.2], [0.2, 0.8]])
    assert not game_solvers.is_nash(game, [[0.7, 0.3], [0.2, 0.8]])


def test_equilibria_of_three_agents():
    game = games.coverage((3, 2, 1), agents=3)
    assert (
        game.team_payoffs[0, 1, 2] == 6
        and game.team_payoffs[0, 0, 1] == 5
        and game.team_payoffs[2, 2, 2] == 1
    )
    assert sorted(games.pure_equilibria(game)) == sorted(set(games.team_optima(game)))
    assert len(games.team_optima(game)) == 6


def test_coverage_rewards_agents_that_differ():
    assert games.coverage().team_payoffs.tolist() == [[5, 10], [10, 5]]


def test_additive_fit_of_the_factoring_game_has_its_closed_form():
    fit = games.additive_fit(game_solvers.factoring_game())
    assert fit[0, 0] == pytest.approx(-56 / 9) and fit[1, 2] == pytest.approx(-32 / 9)
    assert fit[0, 1] == pytest.approx(-44 / 9) and fit[2, 0] == pytest.approx(-44 / 9)
    assert games.team_optima(game_solvers.factoring_game()) == [(0, 0)]
    assert np.unravel_index(fit.argmax(), fit.shape) != (0, 0)


def test_additive_fit_leaves_an_additive_game_alone():
    table = np.add.outer(np.add.outer([1.0, 5.0], [0.0, 2.0, 4.0]), [-1.0, 3.0])
    assert games.additive_fit(team_game("sum", table[:, :2], ("x", "y"))) == pytest.approx(
        table[:, :2]
    )


def test_averaging_removes_chance_and_keeps_the_payoffs():
    noisy = games.climbing("full")
    assert noisy.averaged().outcomes.shape[0] == 1
    assert np.array_equal(noisy.averaged().payoffs, noisy.payoffs)


# --- the firewall
# ----------------------------------------------------------------------------------------------


def test_contradictory_edits_leave_both_routes_open():
    made = acl.commit((0, 1))
    assert (
        made.access_list[:2] == (("permit", 0), ("permit", 1)) and ("deny", 0) in made.access_list
    )
    assert made.open_routes == (0, 1) and made.hole
    assert str(made).endswith("-> open: gateway, tunnel (HOLE)")


def test_agreeing_agents_open_one_watched_route():
    for route in range(3):
        made = acl.commit((route, route))
        assert made.open_routes == (route,) and not made.hole
        assert (
            made.access_list[0] == ("permit", route)
            and ("permit", (route + 1) % 3) not in made.access_list
        )


def test_a_route_without_any_line_is_closed_and_the_first_line_decides():
    assert not acl.is_open((), 0)
    assert acl.is_open((("permit", 0), ("deny", 0)), 0) and not acl.is_open(
        (("deny", 0), ("permit", 0)), 0
    )


def test_firewall_payoffs_follow_from_the_rules():
    game = games.firewall_acl()
    assert game.team_payoffs.tolist() == [[11, -30, 0], [-30, 7, 0], [0, 0, 5]]
    assert games.pure_equilibria(game) == [(0, 0), (1, 1), (2, 2)]
    assert games.team_optima(game) == [(0, 0)]
    quiet = games.firewall_acl(attack_probability=0.0)
    assert (
        games.team_optima(quiet) == [(1, 1)] and quiet.team_payoffs[0, 1] == 5
    )  # a hole nobody uses looks harmless


@pytest.mark.parametrize("agents", [2, 3, 4])
def test_firewall_optimum_is_known_for_any_number_of_agents(agents):
    game = games.firewall_acl(agents)
    assert games.team_optima(game) == [(0,) * agents] and game.team_payoffs.max() == 11
    uniform = games.action_values(game)[0]
    assert (
        uniform.argmax() == 2 and game.team_payoffs[(2,) * agents] == 5
    )  # the safe relay looks best while exploring


def test_noisy_firewall_has_the_same_means():
    assert np.array_equal(games.firewall_acl(3, noisy=True).payoffs, games.firewall_acl(3).payoffs)
    assert games.firewall_acl(noisy=True).outcomes[:, 0, 0, 1].tolist() == [5, -65]


# --- patch the network
# -----------------------------------------------------------------------------------------


def outcome(state, joint, **changes):
    return tick(state, joint, games.PatchingOptions(hosts=len(state), **changes))


def test_two_defenders_clean_an_infected_host_and_one_alarms_the_intruder():
    calm = {"spread": 0.0, "outside": 0.0, "alarm_cost": 7.0}
    line = (INFECTED, VULNERABLE, VULNERABLE)
    assert outcome(line, (0, 0), **calm) == [(1.0, (PATCHED, VULNERABLE, VULNERABLE), 0.0)]
    assert outcome(line, (0, 3), **calm) == [(1.0, (INFECTED, INFECTED, VULNERABLE), -2 - 7.0)]
    assert outcome(line, (0, 2), **calm) == [(1.0, (INFECTED, INFECTED, PATCHED), -2 - 7.0)]


def test_two_installers_on_one_vulnerable_host_collide():
    calm = {"spread": 0.0, "outside": 0.0}
    line = (INFECTED, VULNERABLE, VULNERABLE)
    assert outcome(line, (1, 1), **calm) == [(1.0, line, -1.0)]
    assert outcome(line, (1, 2), **calm) == [(1.0, (INFECTED, PATCHED, PATCHED), -1.0)]


def test_the_worm_spreads_to_neighbours_with_the_stated_probability():
    happenings = outcome((VULNERABLE, INFECTED, VULNERABLE), (3, 3), spread=0.3, outside=0.1)
    assert sum(p for p, _, _ in happenings) == pytest.approx(1)
    danger = 1 - 0.7 * 0.9
    assert sum(p for p, after, _ in happenings if after[0] == INFECTED) == pytest.approx(danger)
    assert {after: p for p, after, _ in happenings}[(INFECTED,) * 3] == pytest.approx(danger**2)


def state_of(game, *features):
    """Number of the state in which the hosts are as named."""
    return int(np.flatnonzero((game.features == features).all(axis=1))[0])


def test_one_step_worlds_have_hand_computed_values():
    game = games.patch_the_network(hosts=2, spread=0.0, outside=0.0, alarm_cost=20.0, discount=0.9)
    start = state_of(game, INFECTED, VULNERABLE)
    assert start == game.first_state and game.states == 9
    assert games.optimal_values(game)[start] == pytest.approx(0)  # clean together, then patch
    waiting = np.full((2, game.states), 2)
    assert games.policy_values(game, waiting)[start] == pytest.approx(-1 / (1 - 0.9))
    assert games.policy_values(game, waiting)[state_of(game, INFECTED, INFECTED)] == pytest.approx(
        -20
    )


def containment(game):
    """Agent 0 patches host 1, agent 1 host 2, and nobody ever touches an infected host."""
    wait = game.shape[0] - 1
    return np.stack([np.where(game.features[:, host] == VULNERABLE, host, wait) for host in (1, 2)])


def test_containment_is_an_equilibrium_that_a_better_joint_policy_beats():
    game = games.patch_the_network()
    start, policy = game.first_state, containment(game)
    assert games.policy_values(game, policy)[start] == pytest.approx(
        -10
    )  # one infected host for ever, discount 0.9
    assert game_solvers.is_equilibrium(game, policy, state=start)
    assert games.optimal_values(game)[start] == pytest.approx(-0.10652, abs=1e-4)
    best = games.optimal_policy(game)
    assert games.policy_values(game, best) == pytest.approx(games.optimal_values(game), abs=1e-8)
    assert game_solvers.is_equilibrium(game, best)
    assert best[:, start].tolist() == [0, 0]


def test_is_equilibrium_sees_a_profitable_deviation():
    game = games.patch_the_network()
    lazy = np.full((2, game.states), 3)
    assert not game_solvers.is_equilibrium(game, lazy)  # patching alone already helps
    own, better = (
        games.policy_values(game, lazy),
        game_solvers.best_response_values(game, lazy, agent=1),
    )
    assert (better >= own - 1e-9).all() and better[game.first_state] > own[game.first_state] + 1


def test_exact_values_agree_with_played_episodes():
    game = games.patch_the_network(horizon=60)
    other = state_of(game, VULNERABLE, INFECTED, VULNERABLE)
    env = games.MarkovEnv(replace(game, start=np.eye(game.states)[other]))
    policy, returns = containment(game), []
    env.reset(seed=1)
    for _ in range(150):
        env.reset()
        total, weight = 0.0, 1.0
        while env.agents:
            actions = {agent: policy[i, env.state] for i, agent in enumerate(env.agents)}
            _, rewards, _, _, _ = env.step(actions)
            total, weight = total + weight * rewards["agent_0"], weight * game.discount
        returns.append(total)
    exact, error = games.policy_values(game, policy)[other], np.std(returns) / np.sqrt(len(returns))
    assert np.mean(returns) == pytest.approx(exact, abs=4 * error + 0.02) and error < 0.5


def test_every_state_hides_a_matrix_game():
    game = games.patch_the_network()
    stage = games.stage_payoffs(game, games.optimal_values(game))[game.first_state]
    assert games.pure_equilibria(np.stack([stage, stage])) == [(0, 0), (1, 2), (2, 1)]
    assert stage[game.shape[0] - 1, 0] < -10


# --- faces
# --------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "env",
    [
        games.MarkovEnv(games.patch_the_network()),
        games.PROBES["two-agent coordination"](),
    ],
    ids=["patching", "coordination probe"],
)
def test_multi_agent_faces_pass_the_public_check(env):
    parallel_api_test(env, num_cycles=60)


SINGLE = [name for name in games.PROBES if name != "two-agent coordination"]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", SINGLE)
def test_single_agent_probes_pass_the_public_check(name):
    check_env(games.PROBES[name](), skip_render_check=True)


def played_values(probe, discount):
    """Value of each observation when every best action is tried: returns of many seeded episodes,
    by observation."""
    returns = {}
    best = probe.best_actions()
    for seed in range(20):
        seen, _ = probe.reset(seed=seed)
        trail, over = [], False
        while not over:
            observation = seen
            seen, reward, over, _, _ = probe.step(min(best[observation]))
            trail.append((observation, reward))
        for k, (observation, _) in enumerate(trail):
            returns[observation] = sum(r * discount**j for j, (_, r) in enumerate(trail[k:]))
    return returns


@pytest.mark.parametrize("name", SINGLE)
def test_probes_know_their_exact_values(name):
    probe = games.PROBES[name]()
    assert played_values(probe, 0.5) == probe.values(0.5)


def test_action_probe_pays_for_the_right_action_alone():
    probe = games.PROBES["action matters"]()
    rewards = []
    for action in (0, 1):
        probe.reset(seed=0)
        rewards.append(probe.step(action)[1])
    assert rewards == [-1, 1] and probe.best_actions() == {0: {1}}


def test_coordination_probe_pays_only_when_both_name_the_bit():
    env = games.PROBES["two-agent coordination"]()
    for a, b in product((0, 1), repeat=2):
        seen, _ = env.reset(seed=3)
        bit = seen["agent_0"]
        rewards = env.step({"agent_0": a, "agent_1": b})[1]
        assert set(rewards.values()) == {float(a == b == bit)}
    assert {env.reset(seed=s)[0]["agent_1"] for s in range(10)} == {0, 1}
    assert all(probe.mistake for probe in games.PROBES.values())


def test_equal_seeds_give_equal_chance():
    def rewards(seed):
        env = games.MarkovEnv(games.patch_the_network(horizon=60))
        env.reset(seed=seed)
        return [env.step({"agent_0": 3, "agent_1": 3})[1]["agent_0"] for _ in range(60)]

    assert rewards(5) == rewards(5) != rewards(6)


def test_a_cut_episode_is_a_truncation_and_a_patched_network_an_end():
    env = games.MarkovEnv(games.patch_the_network(hosts=2, outside=0.0, spread=0.0, horizon=2))
    env.reset(seed=0)
    env.step({"agent_0": 2, "agent_1": 2})
    _, _, terminated, truncated, _ = env.step({"agent_0": 2, "agent_1": 2})
    assert all(truncated.values()) and not any(terminated.values())
    env.reset()
    env.step({"agent_0": 0, "agent_1": 0})
    seen, _, terminated, truncated, _ = env.step({"agent_0": 1, "agent_1": 2})
    assert (
        all(terminated.values())
        and not any(truncated.values())
        and seen["agent_0"].tolist() == [2, 2]
    )


def stepped(env, actions):
    env.reset(seed=0)
    return lambda: env.step(actions)


MISUSE = {
    "unknown noise": (lambda: games.climbing("some"), "allowed: none, partial, full"),
    "penalty above 0": (lambda: games.penalty(3), "at most 0"),
    "coverage of one zone": (lambda: games.coverage([1]), "at least two numbers"),
    "coverage too large": (lambda: games.coverage(range(10), 9), "agents=9"),
    "one agent at the firewall": (lambda: games.firewall_acl(1), "from 2 to 8"),
    "attack probability": (lambda: games.firewall_acl(attack_probability=2), "from 0 to 1"),
    "unknown route": (lambda: acl.commit((0, 3)), "from 0 to 2"),
    "too many hosts": (
        lambda: games.patch_the_network(hosts=9),
        "hosts=9 is not a whole number from 2 to 5",
    ),
    "too many defenders": (
        lambda: games.patch_the_network(agents=1),
        "agents=1 is not a whole number from 2 to 4",
    ),
    "spread": (lambda: games.patch_the_network(spread=-1), "probability"),
    "alarm": (lambda: games.patch_the_network(alarm_cost=-1), "at least 0"),
    "discount": (lambda: games.patch_the_network(discount=1.0), "below 1"),
    "policy shape": (
        lambda: games.policy_values(games.patch_the_network(), np.zeros((2, 3))),
        "integer array",
    ),
    "which agent": (
        lambda: game_solvers.best_response_values(
            games.patch_the_network(), np.zeros((2, 27), int), 2
        ),
        "must be 0 to 1",
    ),
    "payoff shape": (lambda: games.pure_equilibria(np.zeros((2, 3))), "one table per agent"),
    "no team payoff": (lambda: game_solvers.inspection().team_payoffs, "use .payoffs"),
    "not zero-sum": (lambda: game_solvers.zero_sum_value(games.climbing()), "sum to 0"),
    "mixed for three": (lambda: game_solvers.mixed_equilibria(games.firewall_acl(3)), "two agents"),
    "additive fit": (lambda: games.additive_fit(game_solvers.inspection()), "not cooperative"),
    "strategies": (
        lambda: games.action_values(games.climbing(), [[1, 0], [1, 0]]),
        "lengths (3, 3)",
    ),
    "table shape": (
        lambda: MatrixGame("x", np.zeros((1, 2, 3)), np.ones(1), ((), ())),
        "one action axis per agent",
    ),
    "probabilities": (
        lambda: team_game("x", np.zeros((2, 2, 2)), "ab", "", (0.5, 0.6)),
        "sum to 1",
    ),
    "names": (lambda: team_game("x", np.zeros((2, 2)), "abc"), "match the action axes"),
    "nan payoff": (lambda: team_game("x", [[0, np.nan], [0, 0]], "ab"), "finite"),
    "step before reset": (
        lambda: games.MarkovEnv(games.patch_the_network()).step({}),
        "call reset()",
    ),
    "missing agent": (
        stepped(games.MarkovEnv(games.patch_the_network()), {"agent_0": 0}),
        "one action for each",
    ),
    "action out of range": (
        stepped(games.MarkovEnv(games.patch_the_network()), {"agent_0": 0, "agent_1": 4}),
        "0 .. 3",
    ),
    "probe before reset": (lambda: games.PROBES["constant reward"]().step(0), "call reset()"),
    "probe action": (stepped(games.PROBES["action matters"](), 2), "0 .. 1"),
    "coordination action": (
        stepped(games.PROBES["two-agent coordination"](), {"agent_0": 0}),
        "one action for each",
    ),
}


@pytest.mark.parametrize("misuse", MISUSE)
def test_misuse_is_one_clear_line(misuse):
    call, words = MISUSE[misuse]
    with pytest.raises(ValueError) as caught:
        call()
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_tables_of_a_game_cannot_be_overwritten():
    for table in (
        games.climbing().outcomes,
        games.climbing().probabilities,
        games.patch_the_network().start,
    ):
        with pytest.raises(ValueError, match="read-only"):
            table[0] = 99
