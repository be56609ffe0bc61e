"""The owners' dilemma: its tables, its exact values, and what would make the dilemma collapse."""

import numpy as np
import pytest

from course_lib.games import CLEAN, WAIT, OwnersGame, OwnersOptions


def constant(game, action):
    return np.full((game.states, game.options.owners), action)


def reactive(game):
    """Who is infected cleans."""
    return game.infected.astype(int)


def test_the_tables_are_those_of_the_rules():
    game = OwnersGame(OwnersOptions(owners=3))
    assert game.rewards.shape == (8, 8, 3) and np.allclose(game.transitions.sum(axis=2), 1)
    only_first, first_cleans = 4, 4  # the first owner counts four
    assert game.infected[only_first].tolist() == [True, False, False]
    # It pays its own 0.5, and the neighbours 1 each; cleaning costs 2 more.
    assert game.rewards[only_first, 0].tolist() == [-0.5, -1.0, -1.0]
    assert game.rewards[only_first, first_cleans].tolist() == [-2.5, -1.0, -1.0]
    # Not cleaned it stays, and both neighbours are attacked from outside and by it.
    stays_alone = game.transitions[only_first, 0, only_first]
    assert stays_alone == pytest.approx((0.7 * 0.8) ** 2)
    assert game.transitions[only_first, 0, 0] == 0
    assert game.transitions[only_first, first_cleans, 0] == pytest.approx(0.7**3)


def test_the_dilemma_in_exact_numbers():
    """Everybody waits: 3 x (0.5 + 2) a tick. Whoever is infected cleans: 3 x 0.3 x 4.5."""
    game = OwnersGame()
    wait, best = constant(game, WAIT), game.best_joint_policy()
    assert game.cost_per_tick(wait) == pytest.approx(7.5)
    assert game.cost_per_tick(best) == pytest.approx(0.3 * 3 * (0.5 + 2 + 2))
    assert (best == reactive(game)).all()
    assert game.is_equilibrium(wait) and not game.is_equilibrium(best)
    assert (game.values(best) > game.values(wait)).all(), "everybody is worse off in equilibrium"


def test_the_dilemma_collapses_where_the_harm_stays_at_home():
    at_home = OwnersGame(OwnersOptions(own=2.5, spill=0.0))
    assert at_home.is_equilibrium(reactive(at_home))
    assert not at_home.is_equilibrium(constant(at_home, WAIT))
    shared, home = OwnersGame().rewards.sum(axis=2), at_home.rewards.sum(axis=2)
    assert np.allclose(shared, home), "the same points are lost, somebody else pays them"


def test_a_policy_is_worth_what_its_episodes_earn():
    game = OwnersGame(OwnersOptions(owners=2))
    policy = reactive(game)
    rng = np.random.default_rng(0)
    state, total = np.zeros(20_000, int), np.zeros(2)
    limits = game.transitions.cumsum(axis=2)
    for tick in range(60):
        joint = policy[state] @ [2, 1]
        total += 0.9**tick * game.rewards[state, joint].mean(axis=0)
        state = (rng.random(len(state))[:, None] >= limits[state, joint, :-1]).sum(axis=1)
    assert total == pytest.approx(game.values(policy)[0], abs=0.1)


def test_two_owners_are_neighbours_once():
    pair = OwnersOptions(owners=2).neighbours
    assert pair.tolist() == [[False, True], [True, False]]
    assert OwnersOptions(owners=4).neighbours.sum(axis=1).tolist() == [2, 2, 2, 2]
    assert (WAIT, CLEAN) == (0, 1)


@pytest.mark.parametrize(
    "policy", [np.zeros((8, 2), int), np.full((8, 3), 2), np.full((8, 3), 0.5)]
)
def test_a_policy_of_another_shape_is_refused(policy):
    with pytest.raises(ValueError, match="policy"):
        OwnersGame().values(policy)
