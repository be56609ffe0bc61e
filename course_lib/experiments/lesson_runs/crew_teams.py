"""Sensors and crews for `crew.CrewRange`: codes written by hand, a teacher who sees everything, and
teams that are taught what to say and what to do with it.

Taught means (`learners.dagger`): the team plays, and in every state the teacher says where it would
have sent the crew. The crew's error flows back through the channel, so the sensors learn to say
what the crew needs to act like a teacher who sees all four zones.
"""

from collections.abc import Callable

import numpy as np
import torch

from course_lib.learners.channel import Channel
from course_lib.learners.dagger import Dagger, DaggerConfig
from course_lib.learners.reporting import Code, ReportConfig, ReportingTeam

from .crew import EVENT, EVENT_FROM, FILE, HOME, ORDERS, CrewRange, levels, suspicion

TAUGHT = DaggerConfig(rounds=4, update_epochs=4, minibatch_size=256, learning_rate=2e-3)
TRAIN_ENVS, TEST_ENVS = 16, 32
"""Ranges for each run."""
TRAIN_SEED, TEST_SEED = 1_000_000, 500_000

PREDEFINED = (
    "an event or a file",
    "a file of red",
    "two or more suspicious hosts",
    "four or more",
    "a root file",
    "a touched decoy",
    "phase 1",
    "phase 2",
)
"""What the eight bits of `predefined_code` say."""


def predefined_code(seen: torch.Tensor) -> torch.Tensor:
    """Eight bits (..., 8) about a zone's message (..., 76), agreed before training."""
    messages = seen.numpy()
    level = levels(messages)
    suspicious = (suspicion(messages) >= EVENT_FROM).sum(axis=-1)
    priority = messages[..., -16:]
    facts = [
        level >= EVENT,
        level >= FILE,
        suspicious >= 2,
        suspicious >= 4,
        (priority == 1).any(axis=-1),
        (priority == 3).any(axis=-1),
        messages[..., 0] == 1,
        messages[..., 0] == 2,
    ]
    bits = 2.0 * np.stack(facts, axis=-1) - 1
    return torch.as_tensor(bits, dtype=torch.float32)


def repeated_code(seen: torch.Tensor) -> torch.Tensor:
    """The first two bits of `predefined_code`, four times over: redundancy against flipped bits."""
    return predefined_code(seen)[..., :2].repeat_interleave(4, dim=-1)


def teacher(obs: np.ndarray) -> np.ndarray:
    """Probabilities (..., 5): into the most suspicious zone, any of those that are equally so; home
    where all is quiet. ``obs`` is (..., 4, 76), all that the sensors see."""
    points = suspicion(obs).max(axis=-1)
    most = points.max(axis=-1, keepdims=True)
    wanted = np.zeros((*points.shape[:-1], HOME + 1), np.float32)
    wanted[..., :HOME] = (points == most) & (points >= EVENT_FROM)
    wanted[..., HOME] = most[..., 0] < EVENT_FROM  # a Restore costs: without a sign stay at home
    return wanted / wanted.sum(axis=-1, keepdims=True)


class TaughtStates:
    """States of one round with what the teacher said, as `learners.dagger` wants them."""

    def __init__(self, team: ReportingTeam, obs: np.ndarray, wanted: np.ndarray):
        """``obs`` (S, R, 4, 76) and ``wanted`` (S, R, 5)."""
        self.team = team
        self.obs = torch.as_tensor(obs)
        self.wanted = torch.as_tensor(wanted)

    def __len__(self) -> int:
        return self.obs.shape[1]

    def log_likelihood(self, decisions: torch.Tensor) -> torch.Tensor:
        """(B,) mean log-probability of the teacher's equally good choices, over the runs."""
        logits = self.team(self.obs[:, decisions])
        agreed = logits.log_softmax(dim=-1) * self.wanted[:, decisions]
        return agreed.sum(dim=-1).mean(dim=0)


def teach(
    code: Code | None = None,
    bits: int = 8,
    line: Channel | None = None,
    runs: int = 5,
    seed: int = 0,
    config: DaggerConfig = TAUGHT,
) -> ReportingTeam:
    """Sensors and crews, several runs side by side.

    Args:
        code: a predefined code, or None for one that is learned.
        bits: that a sensor sends in a step.
        line: what happens to messages during training.
        runs: how many training runs.
        seed: fixes everything that is drawn.
        config: how they are taught.
    """
    env = CrewRange(TRAIN_ENVS * runs, seed=TRAIN_SEED * (seed + 1))
    team = ReportingTeam(ReportConfig(bits=bits, runs=runs, seed=seed), code)
    team.channel = line
    rng = np.random.default_rng(seed)

    def collect(share: float) -> list[TaughtStates]:
        return [play_round(env, team, share, rng)]

    for _ in Dagger(team.parameters(), collect, config, seed).run():
        pass
    team.channel = None
    return team


def play_round(
    env: CrewRange,
    team: ReportingTeam,
    share: float,
    rng: np.random.Generator,
) -> TaughtStates:
    """One episode in each range; the teacher plays in a share of them."""
    obs, _ = env.reset()
    by_teacher = rng.random(env.num_envs) < share
    seen, wanted = [], []
    for _ in range(ORDERS):
        said = teacher(obs)
        seen.append(by_run(obs, team))
        wanted.append(by_run(said, team))
        # The teacher's choice among equals, by chance.
        chosen = (said * rng.random(said.shape)).argmax(axis=1)
        obs, *_ = env.step(np.where(by_teacher, chosen, act(team, obs)))
    return TaughtStates(team, np.concatenate(seen, axis=1), np.concatenate(wanted, axis=1))


def by_run(rows: np.ndarray, team: ReportingTeam) -> np.ndarray:
    """(S * E, ...) as (S, E, ...)."""
    return rows.reshape(team.config.runs, -1, *rows.shape[1:])


@torch.no_grad()
def act(team: ReportingTeam, obs: np.ndarray) -> np.ndarray:
    """The crews' orders (S * E,)."""
    logits = team(torch.as_tensor(by_run(obs, team)))
    return logits.argmax(dim=-1).flatten().numpy()


Crew = Callable[[np.ndarray, int], np.ndarray]
"""From what the sensors see (E, 4, 76) and the number of the order to the crews' orders (E,)."""


def crew_scores(crew: Crew, runs: int = 5) -> np.ndarray:
    """Points (runs, 32) of one test episode each; every run has test episodes of its own."""
    env = CrewRange(TEST_ENVS * runs, seed=TEST_SEED)
    obs, _ = env.reset()
    total = np.zeros(env.num_envs)
    for order in range(ORDERS):
        obs, reward, *_ = env.step(crew(obs, order))
        total += reward
    return total.reshape(runs, -1)


def team_scores(team: ReportingTeam, channel: Channel | None = None) -> np.ndarray:
    """Mean points (runs,) of each run's team, its messages going through ``channel``."""
    team.channel = channel
    scores = crew_scores(lambda obs, order: act(team, obs), team.config.runs)
    team.channel = None
    return scores.mean(axis=1)


def at_home(obs: np.ndarray, order: int) -> np.ndarray:
    """A crew that never goes anywhere."""
    return np.full(len(obs), HOME)


def in_turn(obs: np.ndarray, order: int) -> np.ndarray:
    """The best crew we found that hears nothing: one zone after the other."""
    return np.full(len(obs), order % HOME)


def by_rule(obs: np.ndarray, order: int) -> np.ndarray:
    """The teacher as a crew: equals take turns."""
    turn = (np.arange(HOME + 1) - order) % (HOME + 1) / 100
    return (teacher(obs) * (1 + turn)).argmax(axis=1)


def overheard(
    code: Code,
    crew: Crew = by_rule,
    episodes: int = 16,
    seed: int = 700_000,
) -> tuple[np.ndarray, np.ndarray]:
    """What is said on the line, (n, B) of 0 and 1, and the message (n, 76) that each is about.

    Every fifth order of some episodes: neighbours in time would say nearly the same.
    """
    env = CrewRange(episodes, seed=seed)
    obs, _ = env.reset()
    seen = []
    for order in range(ORDERS):
        if order % 5 == 0:  # neighbouring messages are nearly the same
            seen.append(obs)
        obs, *_ = env.step(crew(obs, order))
    zones = np.concatenate(seen).reshape(-1, obs.shape[-1])
    with torch.no_grad():
        words = code(torch.as_tensor(zones))
    return (words.numpy() > 0).astype(int), zones
