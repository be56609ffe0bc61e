"""Two team games that show what a mixed value can represent, and what it cannot.

Sources: the 8 / -12 matrix, Son et al. (2019), "QTRAN"; the two-step game, Rashid et al. (2018),
"QMIX". The security stories are ours.
"""

import numpy as np

from course_lib.validate import instance

from .markov import MarkovGame
from .matrix import MatrixGame, team_game

FACTORING = ((8, -12, -12), (-12, 0, 0), (-12, 0, 0))

TWO_STEP_SAFE = 7
"""What the second step of the two-step game pays in state "safe", whatever is done there."""
TWO_STEP_JOINT = ((0, 1), (1, 8))
"""What it pays in state "joint"."""


def factoring() -> MatrixGame:
    """Two agents: acting together (a, a) pays 8, acting alone costs 12, not acting pays nothing.

    No sum of one value per agent and action represents these payoffs, nor does any function that
    rises with both of two such values.
    """
    story = "Two teams cut an intruder off at both ends of a link (a); cut at one end only, it "
    "turns into an outage."
    return team_game("factoring", FACTORING, "abc", story)


def two_step() -> MarkovGame:
    """Agent 0 chooses in the first step whether the second is safe (7 for certain) or joint.

    In the joint state both choosing b pays 8, so it is worth going there for agents that can
    represent what it pays.
    """
    start, safe, joint, over = range(4)
    rewards = np.zeros((4, 2, 2))
    rewards[safe] = TWO_STEP_SAFE
    rewards[joint] = TWO_STEP_JOINT
    transitions = np.zeros((4, 2, 2, 4))
    transitions[start, 0, :, safe] = 1
    transitions[start, 1, :, joint] = 1
    transitions[[safe, joint, over], :, :, over] = 1
    return MarkovGame(
        "two-step",
        rewards,
        transitions,
        start=np.eye(4)[start],
        terminal=np.eye(4, dtype=bool)[over],
        discount=0.99,
        horizon=2,
        actions=(("a", "b"),) * 2,
        features=np.arange(4)[:, None],
        story="One team decides whether to hand an incident to the provider or to handle it with "
        "a partner.",
    )


def one_shot(game: MatrixGame) -> MarkovGame:
    """A matrix game as a MarkovGame of one step; its payoffs are the expected ones."""
    instance("game", game, MatrixGame, "climbing() is one")
    playing, over = range(2)
    joint = game.shape
    rewards = np.zeros((2, *joint))
    rewards[playing] = game.team_payoffs
    transitions = np.zeros((2, *joint, 2))
    transitions[..., over] = 1
    return MarkovGame(
        game.name,
        rewards,
        transitions,
        start=np.eye(2)[playing],
        terminal=np.eye(2, dtype=bool)[over],
        discount=0.99,
        horizon=1,
        actions=game.actions,
        features=np.arange(2)[:, None],
        story=game.story,
    )
