"""What each defender contributed, measured by replaying: the same moment, the same chances, and
some of the defenders asleep.

Difference rewards (Wolpert and Tumer 2002) ask about one action of one agent; the worths of all
coalitions, for Shapley values (`games.shapley`), about everything an agent does from now on. Both
replay from the running episode instead of playing another one: that costs a fork and the ticks of
the horizon, and the chances of both sides are the same, so few futures are enough.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from course_lib import validate

from ..constants import SLEEP
from ..envs.vector import VectorRange
from ..policy import ForkablePolicy
from .forks import Overruled, Trial, play_copies, play_trials


def replayed_differences(
    env: VectorRange,
    policy: ForkablePolicy,
    row: int,
    *,
    futures: int = 16,
    horizon: int = 50,
    seed: int = 0,
) -> np.ndarray:
    """(D, F) what the team earns in the next ticks, minus what it would earn if defender d slept in
    this tick and everything else, chance included, were the same. Points; a busy defender's are 0.

    Arguments as in `action_values`.
    """
    row = validate.whole_number("row", row, 0, env.num_envs - 1)
    sleep = env.layout.single(SLEEP)
    _, info = env.current()
    trials = [Trial(row, -1, 0)]
    for defender, action in enumerate(sleep):
        # A busy one is left alone, or its policy would recall a Sleep that never was.
        is_free = info["busy"][row, defender] == 0
        trials.append(Trial(row, defender if is_free else -1, int(action)))
    returns = play_trials(
        env,
        policy,
        trials,
        futures=futures,
        horizon=horizon,
        seed=seed,
    )
    return returns[0] - returns[1:]


def coalition_worths(
    env: VectorRange,
    policy: ForkablePolicy,
    row: int,
    coalitions: Sequence[frozenset[int]],
    *,
    futures: int = 8,
    horizon: int = 100,
    seed: int = 0,
) -> np.ndarray:
    """(K, F) points of the next ticks if only the defenders of each coalition go on acting.

    Args:
        env: a running range; ``policy`` has played its ticks so far, at least one, but not this.
        policy: plays for those who act; it is told that the others sleep.
        row: which environment of ``env``.
        coalitions: (K,) sets of numbers of defenders, 0 to D - 1.
        futures: common futures of each coalition.
        horizon: ticks that are played.
        seed: what the futures are drawn from.

    Raises:
        ValueError: for a row or a defender that there is not.
    """
    row = validate.whole_number("row", row, 0, env.num_envs - 1)
    acts = np.repeat(_members(coalitions, env.num_defenders), futures, axis=0)
    asleep = env.layout.single(SLEEP)

    def send_to_sleep(_: int, actions: np.ndarray, info: Mapping[str, np.ndarray]) -> Overruled:
        return np.where(acts, actions, asleep), ~acts & (info["busy"] == 0)

    rows = [row] * len(coalitions)
    return play_copies(
        env, policy, rows, send_to_sleep, futures=futures, horizon=horizon, seed=seed
    )


def _members(coalitions: Sequence[frozenset[int]], defenders: int) -> np.ndarray:
    """(K, D) bool, who is in; ValueError for a defender that there is not."""
    if not coalitions:
        raise ValueError("coalitions is empty: name at least one")
    members = np.zeros((len(coalitions), defenders), bool)
    for number, coalition in enumerate(coalitions):
        for defender in coalition:
            validate.whole_number("defender", defender, 0, defenders - 1)
            members[number, defender] = True
    return members
