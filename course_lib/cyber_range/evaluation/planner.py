"""A defender that plans by playing on: costly, strong, and not allowed in the challenge.

In every tick, each free defender of each episode asks for each of the eight classes of action:
what if I did that now, and then all went on with the base policy? The copies are played, all
candidates in the same futures, and a defender departs from the base policy where the paired gain
is above 0 beyond its error. That is one step of policy improvement at every tick, known as
*rollout* (Tesauro and Galperin 1996; Bertsekas 2019, for several agents).

The planner knows the rules and the true state, red's included, but not the future: its copies draw
other random numbers than the episode will. So its score says what perfect knowledge of the present
is worth, and no defender that only observes can be blamed for being below.
"""

import time
from dataclasses import dataclass

import numpy as np

from course_lib import validate

from ..actions import ActionLayout
from ..constants import ACTION_CLASSES, ANALYSE, DECOY, MONITOR, REMOVE, RESTORE, SLEEP, Priority
from ..envs.vector import VectorRange
from ..observations import BLOCKED, POLICY, PRIORITY
from ..policies.expert import Expert
from ..policies.firewall import FOREIGN, Firewall
from ..policies.wishes import Wishes, carry_out
from ..policy import ForkablePolicy, Tick
from .forks import Trial, play_trials

TESTS_AT_ONCE = 20_000
"""Most copies that are played side by side; more are played in several batches."""


@dataclass(frozen=True)
class PlannerConfig:
    """How much a planner thinks. Raises ValueError for values out of range."""

    futures: int = 12
    """Common futures of each candidate."""
    horizon: int = 30
    """Ticks that are played on in each."""
    caution: float = 1.5
    """A defender departs from the base policy where its gain is so many standard errors above
    0."""
    every: int = 1
    """Plan in each so many ticks; in the others the base policy plays."""

    def __post_init__(self) -> None:
        validate.check_kinds(self)
        validate.whole_number("futures", self.futures, 2)
        validate.counts(self, "horizon", "every")
        validate.not_negative(self, "caution")


@dataclass
class PlannedEpisodes:
    """What came of E planned episodes."""

    scores: np.ndarray
    """(E,) official scores, points."""
    departures: np.ndarray
    """(8,) how often the planner chose each class against the base policy."""
    trials: int
    """Candidates that were played on."""
    seconds: float
    """Wall time of all ticks."""
    ticks: int
    """Ticks of all episodes together."""


class RolloutPlanner:
    """Plans for E episodes at once, on top of another policy.

    Args:
        base: who plays on in the copies, and in the episode unless something is surely better; by
            default the expert. It must be one for the five official defenders.
        config: how much it thinks.
        seed: of the futures that it imagines; they are other ones in every tick.
    """

    def __init__(
        self,
        base: ForkablePolicy | None = None,
        config: PlannerConfig | None = None,
        seed: int = 0,
    ) -> None:
        self.base = base or Expert()
        self.config = config or PlannerConfig()
        self.seed = validate.seed(seed)
        self.adviser = Expert()
        """Knows on which host each class of action promises most."""
        self.departures = np.zeros(len(ACTION_CLASSES), np.int64)
        self.trials = 0

    def reset(self, seed: int) -> None:
        """Forget everything; row e is about to play the episode of seed ``seed + e``."""
        self.base.reset(seed)
        self.adviser.reset(seed)

    def act(self, env: VectorRange) -> np.ndarray:
        """(E, D) actions for the present tick of ``env``, which is forked but not moved.

        Call it once a tick, for every tick of the episodes.
        """
        obs, info = env.current()
        free = info["busy"] == 0
        self.adviser.act_batch(obs, info)
        tick_number = int(info["step"][0])
        if tick_number == 0 or tick_number % self.config.every:
            actions = self.base.act_batch(obs, info)
            self.adviser.overrule(actions, free)
            return actions
        rows = np.arange(env.num_envs)
        before = self.base.fork(rows, futures="own")
        own = self.base.act_batch(obs, info)
        options = class_options(self.adviser, obs, info)
        trials = candidates(own, options, info["busy"])
        self.trials += len(trials)
        returns = self._played(env, before, trials, tick_number)
        actions = self._improved(own, trials, returns)
        changed = actions != own
        self.base.overrule(actions, changed)
        self.adviser.overrule(actions, free)
        classes, _ = self.adviser.layout.targets(actions)
        self.departures += np.bincount(classes[changed], minlength=len(ACTION_CLASSES))
        return actions

    def _played(
        self,
        env: VectorRange,
        policy: ForkablePolicy,
        trials: list[Trial],
        tick_number: int,
    ) -> np.ndarray:
        """(K, F) rewards of all trials, in batches that fit."""
        size = max(1, TESTS_AT_ONCE // self.config.futures)
        parts = []
        for first in range(0, len(trials), size):
            part = play_trials(
                env,
                policy,
                trials[first : first + size],
                futures=self.config.futures,
                horizon=self.config.horizon,
                seed=self.seed + tick_number,
            )
            parts.append(part)
        return np.concatenate(parts)

    def _improved(self, own: np.ndarray, trials: list[Trial], returns: np.ndarray) -> np.ndarray:
        """(E, D) the base policy's actions, replaced where another one is better beyond doubt."""
        actions = own.copy()
        best = np.zeros(own.shape)
        reference = {}
        for trial, rewards in zip(trials, returns, strict=True):
            if trial.defender < 0:
                reference[trial.row] = rewards
                continue
            gains = rewards - reference[trial.row]
            error = gains.std(ddof=1) / np.sqrt(len(gains))
            surplus = gains.mean() - self.config.caution * error
            if surplus > best[trial.row, trial.defender]:
                best[trial.row, trial.defender] = surplus
                actions[trial.row, trial.defender] = trial.action
        return actions


def candidates(own: np.ndarray, options: np.ndarray, busy: np.ndarray) -> list[Trial]:
    """The trials of one tick: for each row first the base policy itself, then every other action of
    every free defender.

    Args:
        own: (E, D) what the base policy does.
        options: (E, D, 8) the best action of each class.
        busy: (E, D) ticks left of actions in progress.
    """
    trials = []
    for row in range(len(own)):
        trials.append(Trial(row, -1, 0))
        for defender in np.flatnonzero(busy[row] == 0):
            others = set(options[row, defender].tolist())
            others.discard(int(own[row, defender]))
            for action in sorted(others):
                trials.append(Trial(row, int(defender), action))
    return trials


def class_options(expert: Expert, obs: np.ndarray, info: dict[str, np.ndarray]) -> np.ndarray:
    """(E, D, 8) the action of each class on the host, or the traffic, where it promises most.

    The expert's beliefs say where; they must have taken in this tick already. A class for which
    there is nothing to do gives a Sleep.
    """
    layout = expert.layout
    mask = info["action_mask"]
    busy = info["busy"]
    tick = Tick(
        obs=obs,
        mask=mask,
        exists=layout.host_entries(mask),
        free=busy == 0,
        step=info["step"],
        fresh=np.zeros(len(obs), bool),
        seeds=np.zeros(len(obs), np.int64),
    )
    asleep = expert.sleeping(len(obs))
    options = np.repeat(asleep[:, :, None], len(ACTION_CLASSES), axis=2)
    options[:, :, MONITOR] = layout.single(MONITOR)
    options[:, :, SLEEP] = layout.single(SLEEP)
    for action_class, urgency in host_urgency(expert, tick).items():
        wishes = Wishes(tick.size)
        wishes.want(action_class, tick.exists, urgency)
        orders = carry_out(wishes, tick.exists, tick.free, layout)
        options[:, :, action_class] = orders.actions
    add_traffic(options, tick, layout)
    return options


def host_urgency(expert: Expert, tick: Tick) -> dict[int, np.ndarray]:
    """(E, 7, 16) above 0, by class of action: how much each host asks for it."""
    beliefs = expert.beliefs
    root = tick.obs[:, :, PRIORITY] == Priority.ROOT_FILE
    unseen = 1e-4 * (tick.step[:, None, None] - beliefs.looked_at)
    return {
        ANALYSE: 1.0 + beliefs.check + unseen + beliefs.exploited + beliefs.foothold,
        REMOVE: 1.0 + 4.0 * beliefs.session + 2.0 * beliefs.alarm + unseen,
        RESTORE: 1.0 + 8.0 * root + 4.0 * beliefs.foothold + 2.0 * beliefs.session + unseen,
        DECOY: 2.0 / (1.0 + beliefs.decoys) + unseen,
    }


def add_traffic(options: np.ndarray, tick: Tick, layout: ActionLayout) -> None:
    """Write the Block and the Allow that bring the zones closer to the written policy, each where
    there is one."""
    firewall = Firewall()
    policy = tick.obs[:, :, POLICY] > 0
    blocked = tick.obs[:, :, BLOCKED] > 0
    for wanted in (policy & FOREIGN | blocked, policy & FOREIGN & blocked):
        actions = firewall.change_blocks(wanted, blocked, tick)
        classes, _ = layout.targets(actions)
        for row, defender in np.argwhere(actions != firewall.sleeping(tick.size)):
            options[row, defender, classes[row, defender]] = actions[row, defender]


def play_planned(
    episodes: int,
    seed: int,
    config: PlannerConfig | None = None,
    base: ForkablePolicy | None = None,
    steps: int = 500,
) -> PlannedEpisodes:
    """Play whole episodes with the planner.

    Args:
        episodes: E, stepped side by side; episode e has seed ``seed + e``.
        seed: of the first one.
        config: how much the planner thinks.
        base: the policy that it stands on, by default the expert.
        steps: nominal length of an episode.
    """
    env = VectorRange(episodes, seed=seed, observation="message", steps=steps)
    # The planner imagines other numbers than the episodes draw.
    planner = RolloutPlanner(base, config, seed=seed + 1_000_000)
    planner.reset(seed)
    env.reset()
    begun = time.perf_counter()
    ticks = 0
    over = False
    while not over:
        _, _, _, truncated, info = env.step(planner.act(env))
        ticks += 1
        over = bool(truncated.any())
    return PlannedEpisodes(
        scores=info["final_statistics"]["score"].copy(),
        departures=planner.departures,
        trials=planner.trials,
        seconds=time.perf_counter() - begun,
        ticks=ticks * episodes,
    )
