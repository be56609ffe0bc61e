"""Planning on known models, UCB-VI and Q-learning on unknown ones: exact values, regret, and the
river itself."""

from itertools import product

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from course_lib import games
from course_lib.games.river import OneAgentEnv, river_swim
from course_lib.learners import planning, ucbvi
from course_lib.learners import q_learning as tabular_q
from course_lib.learners.multi_agent_q.learn import METHODS, Training
from course_lib.learners.multi_agent_q.learn import learn as learn_side_by_side

RIVER = river_swim()
MODEL = RIVER.transitions, RIVER.rewards
BEST = planning.backward_induction(*MODEL, RIVER.horizon).values[0, 0]


# --- planning
# --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hold", "value"), [(0.6, 3.3973), (0.4, 2.7492)])
def test_the_published_value_of_the_river(hold, value):
    river = river_swim(hold=hold)
    plan = planning.backward_induction(river.transitions, river.rewards, 20)
    assert plan.values[0, 0] == pytest.approx(value, abs=5e-5)


def test_backward_induction_beats_every_policy_tried_by_hand():
    rng = np.random.default_rng(0)
    transitions, rewards = rng.dirichlet(np.ones(2), (2, 2)), rng.normal(size=(2, 2))
    plan = planning.backward_induction(transitions, rewards, 3)
    values = [
        planning.policy_values(transitions, rewards, np.reshape(actions, (3, 2)))[0]
        for actions in product((0, 1), repeat=6)
    ]
    assert plan.values[0] == pytest.approx(np.max(values, axis=0))
    assert planning.policy_values(transitions, rewards, plan.policy) == pytest.approx(plan.values)


def test_policy_values_of_a_walk_by_hand():
    transitions = np.zeros((2, 1, 2))
    transitions[0, 0] = 0.5, 0.5
    transitions[1, 0, 1] = 1
    values = planning.policy_values(transitions, np.array([[1.0], [0.0]]), np.zeros((3, 2), int))
    assert values[:, 0].tolist() == [1.75, 1.5, 1.0, 0.0]


def test_value_iteration_agrees_with_the_games_own_solution():
    plan = planning.value_iteration(*MODEL, RIVER.discount)
    assert plan.values == pytest.approx(games.optimal_values(RIVER), abs=1e-6)
    assert plan.policy.tolist() == games.optimal_policy(RIVER)[0].tolist() == [1] * 6
    assert plan.values == pytest.approx(games.policy_values(RIVER, plan.policy[None]), abs=1e-6)


def test_growth_exponent_of_known_curves():
    rounds = np.arange(1, 2001)
    for power in (0.0, 0.5, 1.0):
        assert planning.growth_exponent(3.0 * rounds**power) == pytest.approx(power, abs=1e-9)
    bent = np.minimum(rounds, 500.0)
    assert (
        planning.growth_exponent(bent) == pytest.approx(0, abs=1e-9)
        and planning.growth_exponent(bent, 0.0) > 0.1
    )


def test_cumulative_regret_by_hand():
    assert planning.cumulative_regret(2.0, [1.0, 2.0, 0.5]).tolist() == [1.0, 1.0, 2.5]


# --- the river
# -------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("error")
def test_the_river_passes_the_public_check():
    check_env(OneAgentEnv(RIVER), skip_render_check=True)


def test_the_river_moves_as_its_tables_say():
    env, seen = OneAgentEnv(RIVER), np.zeros((6, 6))
    env.reset(seed=0)
    for _ in range(1500):
        state, over = env.reset()[0], False
        while not over:
            following, reward, _, over, _ = env.step(1)
            assert reward == (state == 5)
            seen[state, following] += 1
            state = following
    moved = seen / seen.sum(axis=1, keepdims=True)
    assert seen.sum() == 1500 * 20
    assert moved == pytest.approx(RIVER.transitions[:, 1], abs=0.03)


def test_drifting_pays_a_little_at_the_left_end():
    env = OneAgentEnv(river_swim(horizon=2))
    env.reset(seed=0)
    assert env.step(0) == (0, 0.005, False, False, {})
    assert env.step(0) == (0, 0.005, False, True, {})
    with pytest.raises(ValueError, match="call reset"):
        env.step(0)


def test_equal_seeds_give_equal_episodes():
    def walk(seed):
        env = OneAgentEnv(RIVER)
        return [env.reset(seed=seed)[0], *(env.step(1)[0] for _ in range(20))]

    assert walk(3) == walk(3) and len({tuple(walk(seed)) for seed in range(8)}) > 1


# --- UCB-VI
# --------------------------------------------------------------------------------------------------


def river_regret(bonus, **options):
    """Exact cumulative regret (K,) of UCB-VI on the river, and its record."""
    record = ucbvi.learn(
        OneAgentEnv(RIVER),
        RIVER.horizon,
        ucbvi.Options(bonus=bonus, **options),
        value_of=lambda policy: planning.policy_values(*MODEL, policy)[0, 0],
    )
    return planning.cumulative_regret(BEST, record.values), record


@pytest.mark.parametrize("seed", [0, 1])
def test_with_a_scaled_bonus_the_regret_flattens(seed):
    regret, record = river_regret(ucbvi.Scaled(0.1), seed=seed)
    assert len(regret) == 10_000 and planning.growth_exponent(regret) < 0.5
    assert record.values[-1] > BEST - 0.1
    assert (
        record.plans < 100
    )  # the plan is renewed when counts have doubled, which is why this test is quick


def test_with_the_bonus_of_the_theorem_it_does_not_within_10000_episodes():
    regret, record = river_regret(ucbvi.Theory())
    assert planning.growth_exponent(regret) > 0.95 and record.values[-1] < BEST / 2


def test_planning_before_every_episode_changes_little():
    often, record = river_regret(ucbvi.Scaled(0.1), episodes=2000, every_episode=True)
    rarely, _ = river_regret(ucbvi.Scaled(0.1), episodes=2000)
    assert record.plans == 2000
    assert often[-1] == pytest.approx(rarely[-1], rel=0.4)


def test_without_a_bonus_nobody_finds_the_right_end():
    regret, record = river_regret(
        lambda visits, horizon, steps: np.zeros(visits.shape), episodes=500
    )
    assert planning.growth_exponent(regret) > 0.95 and record.visits[-1].sum() < 500


def test_the_bonuses_by_hand():
    visits = np.array([[0, 1], [4, 100]])
    log = np.log(5 * 4 * 200 / 0.1)
    assert ucbvi.Theory()(visits, 20, 200) == pytest.approx(140 * log / np.array([[1, 1], [2, 10]]))
    assert ucbvi.Scaled(0.5)(visits, 20, 200) == pytest.approx(
        10 * np.sqrt(log) / np.array([[1, 1], [2, 10]])
    )


def test_the_bounds_stay_above_the_truth_and_never_rise():
    """One plan with the true model and any bonus is optimistic; a later one can only be lower."""
    visits, start = np.full((6, 2), 9), np.full((20, 6, 2), 20.0)
    plan = planning.backward_induction(*MODEL, 20)
    wide = ucbvi.optimistic_values(*MODEL, np.full((6, 2), 0.3), visits, start)
    assert (wide >= plan.action_values - 1e-12).all() and (wide <= 20).all()
    exact = ucbvi.optimistic_values(*MODEL, np.zeros((6, 2)), visits, wide)
    assert exact == pytest.approx(plan.action_values)
    assert ucbvi.optimistic_values(*MODEL, np.full((6, 2), 9.0), visits, exact) == pytest.approx(
        plan.action_values
    )
    untried = ucbvi.optimistic_values(*MODEL, np.zeros((6, 2)), np.zeros((6, 2)), start)
    assert (untried == 20).all()


def test_counts_give_frequencies_and_know_when_they_doubled():
    counts = ucbvi.Counts(2, 1)
    for following, reward in ((0, 1.0), (1, 0.0), (1, 0.5)):
        counts.add(0, 0, reward, following)
    transitions, rewards = counts.model()
    assert transitions[0, 0] == pytest.approx([1 / 3, 2 / 3]) and rewards[0, 0] == pytest.approx(
        0.5
    )
    assert (transitions[1] == 0).all()
    assert not counts.doubled(np.array([[2], [0]])) and counts.doubled(np.array([[1], [0]]))
    counts.add(0, 0, 0.0, 0)
    assert counts.doubled(np.array([[2], [0]])) and not counts.doubled(np.array([[3], [0]]))
    assert (
        counts.doubled(np.array([[4], [0]])) is False
        and ucbvi.Counts(1, 1).doubled(np.zeros((1, 1))) is False
    )


def test_ucbvi_wants_episodes_of_its_length():
    with pytest.raises(ValueError, match="exactly horizon=19 steps"):
        ucbvi.learn(OneAgentEnv(RIVER), 19, ucbvi.Options(episodes=1))


# --- Q-learning
# ------------------------------------------------------------------------------------------------


def test_epsilon_greedy_q_learning_never_gets_up_the_river():
    options = tabular_q.Options(episodes=3000, discount=0.99, epsilon_start=0.1, epsilon_end=0.1)
    regret = planning.cumulative_regret(BEST, tabular_q.learn(OneAgentEnv(RIVER), options).returns)
    assert planning.growth_exponent(regret) > 0.95


@pytest.mark.parametrize(
    "name", ["constant reward", "reward equals observation", "delayed reward", "action matters"]
)
def test_q_learning_passes_the_probes(name):
    probe = games.PROBES[name]()
    record = tabular_q.learn(probe, tabular_q.Options(episodes=600, discount=0.5, seed=1))
    for seen, value in probe.values(0.5).items():
        assert record.values[seen].max() == pytest.approx(value, abs=0.01)
        assert record.policy[seen] in probe.best_actions()[seen]


def test_one_q_update_by_hand():
    table = tabular_q.QTable(
        2, 2, tabular_q.Options(alpha=0.5, discount=0.5), np.random.default_rng(0)
    )
    table.values[1] = 4, 2
    table.update(0, 1, reward=1.0, next_state=1)
    assert table.values[0].tolist() == [0, 0.5 * (1 + 0.5 * 4)]
    table.update(0, 1, reward=1.0, next_state=None)
    assert table.values[0, 1] == 0.5 * 1.5 + 0.5 * 1.0


def test_a_stream_learns_each_step_once_its_successor_is_known():
    table = tabular_q.QTable(
        2, 2, tabular_q.Options(alpha=0.5, discount=0.5), np.random.default_rng(0)
    )
    stream = tabular_q.Stream(table, epsilon=0.0)
    stream.tell(0, 1, 1.0)
    assert (table.values == 0).all()
    table.values[1] = 4, 2
    stream.tell(1, 0, -1.0)
    assert table.values[0].tolist() == [0, 0.5 * (1 + 0.5 * 4)] and table.values[1].tolist() == [
        4,
        2,
    ]
    assert stream.choose(1) == 0


def test_without_discount_it_is_a_bandit():
    chain = river_swim(states=3, horizon=20)
    myopic = tabular_q.learn(
        OneAgentEnv(chain), tabular_q.Options(episodes=400, discount=0.0, epsilon_end=1.0)
    )
    assert myopic.values == pytest.approx(chain.rewards, abs=1e-6)


def test_one_agent_of_the_multi_agent_family_finds_the_same_policy():
    """The vectorised family of `tabular` with one agent is the same algorithm; both find the
    planner's policy."""
    chain = river_swim(states=3, horizon=40)
    best = planning.value_iteration(
        chain.transitions, chain.rewards, chain.discount
    ).policy.tolist()
    rates = {"epsilon_start": 1.0, "epsilon_end": 0.2}
    alone = tabular_q.learn(
        OneAgentEnv(chain), tabular_q.Options(episodes=400, discount=0.99, **rates)
    )
    many = learn_side_by_side(
        chain, METHODS["independent"], Training(runs=4, plays=16_000, moments=1, **rates)
    )
    assert alone.policy.tolist() == best == [1, 1, 1]
    assert (many.greedy[:, 0] == best).all()


# --- nonsense
# --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: planning.backward_induction(*MODEL, 0), "horizon=0"),
        (lambda: planning.value_iteration(*MODEL, 1.0), "use backward_induction"),
        (lambda: planning.backward_induction(MODEL[0] * 2, MODEL[1], 3), "sum to 1"),
        (lambda: planning.backward_induction(MODEL[0], MODEL[1].T, 3), "transitions"),
        (lambda: planning.policy_values(*MODEL, np.zeros(6, int)), "policy has shape"),
        (lambda: planning.growth_exponent(np.zeros(10)), "above 0"),
        (lambda: ucbvi.Scaled(-1), "scale=-1"),
        (lambda: ucbvi.Options(episodes=0), "episodes=0"),
        (lambda: tabular_q.Options(alpha=0), "alpha=0"),
        (lambda: tabular_q.Options(discount=1.5), "discount=1.5"),
        (lambda: river_swim(states=2), "states=2"),
        (lambda: river_swim(hold=1.5), "hold=1.5"),
        (lambda: OneAgentEnv(games.patch_the_network()), "use MarkovEnv"),
        (lambda: OneAgentEnv(RIVER).step(0), "call reset"),
    ],
)
def test_nonsense_is_one_clear_line(call, says):
    with pytest.raises(ValueError, match=says):
        call()
