"""What one action is worth at one moment: play on from there, with it and without it.

The range is a perfect model of itself, so the question needs no theory. The running episode is
forked; in each copy one defender does one thing now, and then everybody goes on with the same
policy. All candidates meet the same futures (common random numbers), so the value of an action is a
mean of paired differences, with its interval.

Such a value is a fact about the range and no policy: who forks an episode copies what defenders
cannot see, red's sessions and beliefs included.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from course_lib import stats, validate

from ..actions import action_label
from ..constants import LARGE_ACTIONS
from ..envs.vector import VectorRange
from ..policy import ForkablePolicy

FUTURES = 32
"""Common futures of each candidate."""
HORIZON = 50
"""Ticks that are played on: a Restore takes five, and red needs some more to come back."""


@dataclass(frozen=True)
class Trial:
    """One candidate: in this row, this defender does this now, all others what they would."""

    row: int
    defender: int
    """-1: nobody is overruled."""
    action: int


@dataclass(frozen=True)
class ActionValues:
    """What K candidates of one defender at one moment are worth, over F common futures."""

    actions: np.ndarray
    """(K,) action indices."""
    labels: tuple[str, ...]
    """What they are."""
    returns: np.ndarray
    """(K, F) rewards of the following ticks together, points."""
    reference: np.ndarray
    """(F,) the same when the policy itself decides."""

    @property
    def gains(self) -> np.ndarray:
        """(K, F) how much better each candidate does than the policy's own action, future by
        future, points."""
        return self.returns - self.reference

    def intervals(self, level: float = 0.95) -> list[stats.Interval]:
        """Mean gain of each candidate with its t interval, points."""
        return [stats.mean_interval(gains, level) for gains in self.gains]

    def unpaired(self, level: float = 0.95) -> list[stats.Difference]:
        """The same from the same numbers as if the futures had nothing in common."""
        reference = self.reference
        return [stats.welch_difference(returns, reference, level) for returns in self.returns]


def action_values(
    env: VectorRange,
    policy: ForkablePolicy,
    row: int,
    defender: int,
    actions: list[int] | np.ndarray,
    *,
    futures: int = FUTURES,
    horizon: int = HORIZON,
    seed: int = 0,
) -> ActionValues:
    """The value of each action of one defender in this tick, against what the policy would do.

    Neither the range nor the policy moves.

    Args:
        env: a running range; ``policy`` has played its ticks so far, at least one, but not this.
        policy: who plays on, in every copy.
        row: which environment of ``env``.
        defender: whose action is varied, 0 to D - 1. It must be free: what a busy one submits is
            thrown away.
        actions: (K,) its candidates, indices of its list.
        futures: copies of each candidate, at least 2.
        horizon: ticks that are played, at least 1; rewards end with the episode.
        seed: what the common futures are drawn from.

    Raises:
        ValueError: for a row, a defender or an action that there is not, or a busy defender.
    """
    row = validate.whole_number("row", row, 0, env.num_envs - 1)
    defender = validate.whole_number("defender", defender, 0, env.num_defenders - 1)
    last = env.layout.size(defender) - 1
    chosen = [validate.whole_number("action", action, 0, last) for action in actions]
    validate.whole_number("futures", futures, 2)
    _, info = env.current()
    left = info["busy"][row, defender]
    if left:
        name = env.layout.agents[defender]
        raise ValueError(f"{name} is busy for {left} more ticks: it has no choice in this tick")
    trials = [Trial(row, -1, 0)]
    trials += [Trial(row, defender, action) for action in chosen]
    returns = play_trials(
        env,
        policy,
        trials,
        futures=futures,
        horizon=horizon,
        seed=seed,
    )
    labels = [action_label(env.defenders, defender, action) for action in chosen]
    return ActionValues(
        actions=np.array(chosen, np.int64),
        labels=tuple(labels),
        returns=returns[1:],
        reference=returns[0],
    )


def play_trials(
    env: VectorRange,
    policy: ForkablePolicy,
    trials: list[Trial],
    *,
    futures: int = FUTURES,
    horizon: int = HORIZON,
    seed: int = 0,
) -> np.ndarray:
    """(K, F) rewards of the next ticks for K trials, each in the same F common futures.

    Arguments as in `action_values`; the trials may be of several rows.
    """
    rows = [trial.row for trial in trials]
    overruled, forced = _overruled(trials, futures, env.num_defenders)

    def force(tick: int, actions: np.ndarray, _: Mapping[str, np.ndarray]) -> Overruled | None:
        return (np.where(overruled, forced, actions), overruled) if tick == 0 else None

    return play_copies(env, policy, rows, force, futures=futures, horizon=horizon, seed=seed)


Overruled = tuple[np.ndarray, np.ndarray]
"""(C, D) actions after somebody else has decided, and (C, D) bool where that was so."""
Overrule = Callable[[int, np.ndarray, Mapping[str, np.ndarray]], Overruled | None]
"""Tick of the fork, the (C, D) actions that the policy wants, and info -> what is done instead, or
None where the policy decides."""


def play_copies(
    env: VectorRange,
    policy: ForkablePolicy,
    rows: list[int],
    overrule: Overrule,
    *,
    futures: int,
    horizon: int,
    seed: int,
) -> np.ndarray:
    """(K, F) rewards of the next ticks for K rows, each in the same F common futures.

    Args:
        env, policy, futures, horizon, seed: as in `action_values`.
        rows: (K,) of ``env``; a row may come up more than once.
        overrule: changes what the policy wants; the policy is told.
    """
    horizon = validate.whole_number("horizon", horizon, 1)
    copies = env.fork(rows, futures, "common", seed)
    player = policy.fork(rows, futures, "common", seed)
    total = np.zeros(copies.num_envs)
    goes_on = np.ones(copies.num_envs, bool)
    obs, info = copies.current()
    for tick in range(horizon):
        actions = player.act_batch(obs, info)
        instead = overrule(tick, actions, info)
        if instead is not None:
            actions, overruled = instead
            player.overrule(actions, overruled)
        obs, reward, _, truncated, info = copies.step(actions)
        total += reward * goes_on
        goes_on &= ~truncated
        if not goes_on.any():
            break
    return total.reshape(len(rows), futures)


def _overruled(
    trials: list[Trial], futures: int, num_defenders: int
) -> tuple[np.ndarray, np.ndarray]:
    """(K * F, D) which defenders are overruled in the first tick, and by which action."""
    overruled = np.zeros((len(trials), num_defenders), bool)
    forced = np.zeros((len(trials), num_defenders), np.int64)
    for k, trial in enumerate(trials):
        if trial.defender >= 0:
            validate.whole_number("action", trial.action, 0, LARGE_ACTIONS - 1)
            overruled[k, trial.defender] = True
            forced[k, trial.defender] = trial.action
    return np.repeat(overruled, futures, axis=0), np.repeat(forced, futures, axis=0)
