"""One defender's rules, organised in different ways: all zones at once, through links that fail, or
with few hands.

What decides in each zone is always the same scripted policy for seven defenders. What changes is
who may know and act: a wrapper hides a zone's new messages from the policy, or lets it Sleep there.
So differences in score are differences of organisation. Lesson 03 measures them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from course_lib.cyber_range.constants import DEFENDED_ZONES, Priority
from course_lib.cyber_range.engine.reward import PENALTY_POINTS
from course_lib.cyber_range.observations import CONNECTION, PRIORITY, PROCESS
from course_lib.cyber_range.policy import Policy
from course_lib.learners.multi_agent_q.learn import METHODS, Learner, Plain, Training, learn
from course_lib.validate import whole_number

Allow = Callable[[np.ndarray, dict, int], tuple[np.ndarray, np.ndarray]]
"""``allow(obs, info, seed)``: where a message arrives and where an order may be given, (E, 7) bool
each."""
Urgency = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""``urgency(signs, waited)``: how urgent each zone is, all (E, 7) floats."""


@dataclass(frozen=True)
class Outages:
    """Links between the zones and a centre that fail and come back, each on its own."""

    share: float
    """Share of the time a link is down, 0 to 1."""
    length: float = 50.0
    """Mean length of an outage, ticks."""

    def draw(self, seed: int, size: int, ticks: int = 500) -> np.ndarray:
        """(size, ticks, 7) bool, True where the link is up; the same for the same seed."""
        if not 0 <= self.share <= 1 or self.length < 1:
            raise ValueError(
                f"share={self.share} must lie between 0 and 1 and length={self.length} be at least "
                "1 tick"
            )
        if self.share in (0, 1):
            return np.full((size, ticks, DEFENDED_ZONES), self.share == 0)
        rng = np.random.default_rng([seed, 3])
        repaired = 1 / self.length
        fails = min(1.0, repaired * self.share / (1 - self.share))
        up = np.empty((size, ticks, DEFENDED_ZONES), bool)
        up[:, 0] = rng.random((size, DEFENDED_ZONES)) >= self.share
        for tick in range(1, ticks):
            draw = rng.random((size, DEFENDED_ZONES))
            up[:, tick] = np.where(
                up[:, tick - 1],
                draw >= fails,
                draw < repaired,
            )
        return up


class Organised:
    """A per-zone policy that sees and acts only where an organisation lets it.

    ``allow(obs, info, seed)`` returns two arrays (E, 7) bool: where this tick's message arrives,
    and where an order may be given. Without a message the policy goes on with the last one; without
    an order a zone's defender sleeps.
    """

    observation = "message"
    defenders = "per-zone"

    def __init__(self, policy: Policy, allow: Allow, name: str = "organised"):
        if (policy.observation, policy.defenders) != (self.observation, self.defenders):
            raise ValueError(
                'only a policy for defenders="per-zone" that reads messages can be organised anew'
            )
        self.policy = policy
        self.allow = allow
        self.name = name
        self.reset(0)

    def reset(self, seed: int) -> None:
        """Forget everything; see the contract of policies."""
        self.seed = int(seed)
        self.last: np.ndarray | None = None
        self.policy.reset(seed)

    def act(self, observations: dict, infos: dict) -> dict:
        """Not offered: an organisation is measured on the batch engine."""
        raise ValueError(
            "an organised policy plays on the batch engine only; use evaluate without wrap"
        )

    def act_batch(self, obs: np.ndarray, info: dict) -> np.ndarray:
        """(E, 7, 76) messages and the batch engine's info -> (E, 7) actions."""
        sees, acts = self.allow(obs, info, self.seed)
        if self.last is None:
            self.last = obs.copy()
        arrives = sees | (info["step"] == 0)[:, None]
        self.last[arrives] = obs[arrives]
        # A zone without an order counts as busy: its defender sleeps.
        busy = np.where(
            acts,
            info["busy"],
            np.maximum(info["busy"], 1),
        )
        return self.policy.act_batch(self.last.copy(), {**info, "busy": busy})


def central(policy: Policy, outages: Outages) -> Organised:
    """One program for all zones at a centre: through a link that is down it neither hears nor
    commands."""
    drawn: dict[tuple[int, int], np.ndarray] = {}

    def allow(obs: np.ndarray, info: dict, seed: int) -> tuple[np.ndarray, np.ndarray]:
        episodes = len(obs)
        if (seed, episodes) not in drawn:
            drawn.clear()  # only the outages of the episodes being played are kept
            drawn[seed, episodes] = outages.draw(seed, episodes)
        links = drawn[seed, episodes]
        up = links[np.arange(episodes), info["step"]]
        return up, up

    return Organised(policy, allow, f"centre, links down {outages.share:.0%}")


def without(policy: Policy, *zones: int) -> Organised:
    """Seven agents of which those of some zones (indices 0..6) are lost for the whole episode."""
    alive = ~np.isin(np.arange(DEFENDED_ZONES), zones)

    def allow(obs: np.ndarray, info: dict, seed: int) -> tuple[np.ndarray, np.ndarray]:
        rows = np.broadcast_to(alive, (len(obs), DEFENDED_ZONES))
        return rows, rows

    return Organised(
        policy,
        allow,
        "without " + ", ".join(map(str, zones)),
    )


def in_turn(signs: np.ndarray, waited: np.ndarray) -> np.ndarray:
    """Urgency of each zone (E, 7) if hands go where nobody has been for longest."""
    return waited


def by_alarm(signs: np.ndarray, waited: np.ndarray) -> np.ndarray:
    """Urgency of each zone (E, 7) if hands go where the signs are worst, and in turn where they are
    equal."""
    return 1000.0 * signs + waited


def noting(urgency: Urgency, waits: list[np.ndarray]) -> Urgency:
    """The same urgency; besides, each call appends the longest wait of any zone, (E,) ticks, to
    ``waits``."""

    def noted(signs: np.ndarray, waited: np.ndarray) -> np.ndarray:
        waits.append(waited.max(axis=1))
        return urgency(signs, waited)

    return noted


def with_hands(policy: Policy, hands: int, urgency: Urgency = in_turn) -> Organised:
    """A centre that hears everything but can have only ``hands`` orders under way, one per zone.

    ``urgency(signs, waited)`` is the upper level: from `alarm` levels and the ticks since a hand
    was last sent, both (E, 7), it tells how urgent each zone is. A hand stays until its order is
    carried out. ValueError for less than one hand or more than seven.
    """
    whole_number("hands", hands, 1, DEFENDED_ZONES)
    in_order = np.arange(DEFENDED_ZONES) / 100  # the later zone first among equals
    last_sent: dict[tuple[int, int], np.ndarray] = {}

    def allow(obs: np.ndarray, info: dict, seed: int) -> tuple[np.ndarray, np.ndarray]:
        busy = info["busy"] > 0
        step = info["step"][:, None]
        played = (seed, len(obs))
        if played not in last_sent:
            last_sent.clear()
            last_sent[played] = np.full(busy.shape, -1)
        sent = np.where(
            step == 0,
            -1,
            last_sent[played],
        )
        waited = (step - sent).astype(float)
        wanted = urgency(alarm(obs), waited) + in_order
        wanted = np.where(busy, np.inf, wanted)  # who is at work stays first
        order = wanted.argsort(axis=1)[:, ::-1]
        rank = order.argsort(axis=1)
        acts = rank < hands
        last_sent[played] = np.where(acts, step, sent)
        return np.ones_like(acts), acts

    return Organised(policy, allow, f"{hands} hands")


def alarm(obs: np.ndarray) -> np.ndarray:
    """How many hosts of each zone show a sign, (E, 7) floats, from messages (E, 7, 76); a root file
    counts ten."""
    process = obs[:, :, PROCESS] > 0
    connection = obs[:, :, CONNECTION] > 0
    priority = obs[:, :, PRIORITY]
    root = priority == Priority.ROOT_FILE
    sign = process | connection | (priority > Priority.ROOT_FILE)
    return (10.0 * root + sign).sum(axis=2)


def points_by_zone(statistics: np.ndarray) -> np.ndarray:
    """Points lost in each zone, (E, 8) at least 0, from STATISTICS records; the price of Restores
    is not in it."""
    return (statistics["penalties"] * PENALTY_POINTS).sum(axis=(1, 3))


def all_together(agents: int) -> np.ndarray:
    """Team payoffs (3,) * agents in which all must act at the same time: 10 if all do a, 6 if all
    do b, else 0.

    Action c is caution: an agent that chooses it earns the team 1, whatever the others do.
    """
    joint = np.indices((3,) * agents)
    careful = (joint == 2).sum(axis=0).astype(float)
    all_second = np.where(
        (joint == 1).all(axis=0),
        6.0,
        careful,
    )
    return np.where(
        (joint == 0).all(axis=0),
        10.0,
        all_second,
    )


def side_by_side(agents: int) -> np.ndarray:
    """Team payoffs (3,) * agents that add up over the agents: each earns the team 2, 1 or 0 by its
    own action."""
    joint = np.indices((3,) * agents)
    return (2.0 - joint).sum(axis=0)


def plays_needed(
    payoffs: np.ndarray,
    method: str,
    budgets: Sequence[int],
    share: float = 0.9,
    runs: int = 50,
) -> int | None:
    """The smallest of some budgets (plays) with which ``share`` of the runs end on the best joint
    action.

    None if even the largest is not enough. payoffs: (A, ..., A), one axis per agent.
    """
    for plays in budgets:
        training = Training(
            runs=runs,
            plays=plays,
            moments=1,
            followed=0,
            seed=plays,
        )
        if (
            learn(
                payoffs,
                METHODS[method],
                training,
            ).optimal.mean()
            >= share
        ):
            return plays
    return None


def commands(seed: int, additive: bool) -> np.ndarray:
    """What each of 64 commands of a single task is worth, (64,) floats from 0 (worst) to 1 (best),
    drawn by ``seed``.

    ``additive``: a command is six switches, each of which is worth something by itself. Otherwise
    every command has a worth of its own, and nothing can be learned about one from another.
    """
    rng = np.random.default_rng(seed)
    switches = np.indices((2,) * 6).reshape(6, 64)
    worth = rng.random(6) @ switches if additive else rng.random(64)
    return (worth - worth.min()) / (worth.max() - worth.min())


def reached(
    additive: bool, shape: tuple[int, ...], plays: int, tasks: int = 4, runs: int = 20
) -> float:
    """Mean worth (0 to 1) of the command a team ends on after ``plays`` tries, with the best of
    three learning rates.

    shape: how many parts of the command each agent chooses from, for example (8, 8); (64,) is one
        agent for all.
    """
    tables = "own"
    if shape == (64,):
        tables = "joint"  # one learner that chooses for two agents chooses among 64
        shape = (8, 8)
    means = []
    for rate in (0.1, 0.3, 1.0):
        learner = Learner(rule=Plain(rate), tables=tables)
        worths = []
        for seed in range(tasks):
            worth = commands(seed, additive).reshape(shape)
            training = Training(
                runs=runs,
                plays=plays,
                moments=1,
                followed=0,
                seed=seed,
            )
            final_joint = learn(worth, learner, training).final_joint
            worths.append(worth[tuple(final_joint.T)].mean())
        means.append(float(np.mean(worths)))
    return max(means)
