"""Recorded runs of lesson 09 on the range: a planner in the perfect model, and a model of red."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

import numpy as np

from course_lib import cyber_range
from course_lib.cyber_range import VectorRange
from course_lib.cyber_range.constants import DEFENDED_ZONES, DEG, EXP, IMP, PE, SLOTS
from course_lib.cyber_range.evaluation.planner import PlannerConfig, play_planned
from course_lib.cyber_range.observations import CONNECTION, PHASE, PRIORITY, PROCESS
from course_lib.cyber_range.policies.expert import Expert
from course_lib.cyber_range.policy import Tick
from course_lib.learners import ActionPredictor, PredictorConfig, bits

from .record import LessonRun, Row

PLANNED_STEPS = 50
"""Nominal length of the planned episodes: all three phases, in a tenth of the time."""
PLANNER_SEED = 97_000
PLANNERS = {
    "expert": PlannerConfig(futures=8, horizon=40, caution=2.5, every=3),
    "react-restore": PlannerConfig(futures=6, horizon=30, caution=2.5, every=1),
}
"""How much is thought on top of each policy."""


def planned(name: str, seed: int) -> list[Row]:
    """One episode with the planner on top of a policy, and the same one with the policy alone."""
    parameters = {"steps": PLANNED_STEPS} if name == "expert" else {}
    base = cyber_range.make_policy(name, **parameters)
    config = PLANNERS[name]
    first = PLANNER_SEED + seed
    played = play_planned(1, first, config, base, PLANNED_STEPS)
    alone = cyber_range.evaluate(base, episodes=1, seed=first, steps=PLANNED_STEPS)
    ticks = PLANNED_STEPS / config.every
    return [
        {
            "planner": float(played.scores[0]),
            "base": float(alone.scores[0]),
            "departures": int(played.departures.sum()),
            "copies a planned tick": round(played.trials * config.futures / ticks),
            "seconds a planned tick": round(played.seconds / ticks, 4),
        }
    ]


def planner_expert(seed: int) -> list[Row]:
    """On top of the expert."""
    return planned("expert", seed)


def planner_react(seed: int) -> list[Row]:
    """On top of `react-restore`, which restores at every alarm."""
    return planned("react-restore", seed)


AHEAD = 10
"""Ticks within which red's next action on a host is predicted."""
MOVES = ("nothing", "exploit", "escalate", "damage")
"""What red may do to a host next; damage is Impact and DegradeServices."""
MOVE_OF = {EXP: 1, PE: 2, IMP: 3, DEG: 3}
EVERY = 5
"""A row of data is kept for each so many ticks."""
DATA_SEED = 91_000
USE_SEED = 95_000
TRAINING_EPISODES = 6
TEST_EPISODES = 3
USED_EPISODES = 4


@dataclass
class HostSigns:
    """What a defender can see about each host, tick by tick, as numbers for a predictor."""

    age: np.ndarray = field(default_factory=lambda: np.zeros(0))
    """(E, 7, 16) ticks since the last new process event, at most 40."""
    process: np.ndarray = field(default_factory=lambda: np.zeros(0))

    def read(self, obs: np.ndarray) -> np.ndarray:
        """(E, 7, 76) messages of this tick -> (E, 7, 16, F) float32. Call it once a tick."""
        process = obs[:, :, PROCESS] > 0
        if self.age.shape != process.shape:
            self.age = np.full(process.shape, 40.0)
            self.process = np.zeros_like(process)
        new = process & ~self.process
        self.age = np.where(new, 0.0, np.minimum(self.age + 1, 40.0))
        self.process = process
        priority = obs[:, :, PRIORITY]
        connection = obs[:, :, CONNECTION] > 0
        columns = [process, connection, new, self.age / 40, np.exp(-self.age / 4)]
        columns += [priority == kind for kind in range(1, 4)]
        columns.append(np.broadcast_to(np.arange(SLOTS) < 6, process.shape))
        for signs in (process, connection, priority > 0):
            share = signs.mean(axis=2, keepdims=True)
            columns.append(np.broadcast_to(share, process.shape))
        phase = obs[:, 0, PHASE]
        for number in range(3):
            now = phase[:, None, None] == number
            columns.append(np.broadcast_to(now, process.shape))
        for zone in range(DEFENDED_ZONES):
            here = np.arange(DEFENDED_ZONES)[:, None] == zone
            columns.append(np.broadcast_to(here, process.shape))
        return np.stack(columns, axis=-1).astype(np.float32)


def observed_ticks(episodes: int, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Play the expert; in every tick (E, 7, 16, F) signs, (E, 7, 16) which hosts exist, and
    (E, 7, 16) the move that red ended on each in that tick, 0 for none."""
    env = VectorRange(episodes, seed=seed, observation="message")
    expert = Expert()
    expert.reset(seed)
    signs = HostSigns()
    obs, info = env.reset()
    over = False
    while not over:
        exists = expert.layout.host_entries(info["action_mask"])
        yield signs.read(obs), exists, red_moves(env)
        obs, _, _, truncated, info = env.step(expert.act_batch(obs, info))
        over = bool(truncated.any())


def red_moves(env: VectorRange) -> np.ndarray:
    """(E, 7, 16) what red ended on each host in this tick, by the numbers of `MOVES`: the truth,
    which no defender sees."""
    moves = np.zeros((env.num_envs, 8 * SLOTS), np.int64)
    rows = np.arange(env.num_envs)
    for agent in range(env.state["due_kind"].shape[1]):
        kind = env.state["due_kind"][:, agent]
        host = env.state["due_host"][:, agent]
        for code, move in MOVE_OF.items():
            hit = (kind == code) & (host >= 0)
            moves[rows[hit], host[hit]] = move
    return moves.reshape(-1, 8, SLOTS)[:, :DEFENDED_ZONES]


@dataclass
class Examples:
    """K hosts at some ticks, and what came next."""

    features: np.ndarray
    """(K, F)."""
    moves: np.ndarray
    """(K,) red's next move on the host within `AHEAD` ticks."""
    zone: np.ndarray
    """(K,) number of its zone."""


def red_examples(episodes: int, seed: int) -> tuple[Examples, Examples]:
    """Examples from so many episodes of the expert: to learn from, and of the last
    `TEST_EPISODES`, to be asked."""
    ticks = list(observed_ticks(episodes, seed))
    moves = np.stack([tick[2] for tick in ticks])
    features, following, places = [], [], []
    for now in range(0, len(ticks) - AHEAD, EVERY):
        signs, exists, _ = ticks[now]
        coming = moves[now + 1 : now + 1 + AHEAD]
        # Where red does nothing in all these ticks, that is 0, and so is the move found there.
        first = (coming > 0).argmax(axis=0)
        next_move = np.take_along_axis(coming, first[None], axis=0)[0]
        features.append(signs[exists])
        following.append(next_move[exists])
        places.append(np.argwhere(exists))
    place = np.concatenate(places)
    all_features, all_moves = np.concatenate(features), np.concatenate(following)
    # Whole episodes are held out: two moments of one episode are too much alike.
    is_test = place[:, 0] >= episodes - TEST_EPISODES
    parts = []
    for chosen in (~is_test, is_test):
        parts.append(Examples(all_features[chosen], all_moves[chosen], place[chosen, 1]))
    return parts[0], parts[1]


def frequencies(known: Examples, asked: Examples) -> np.ndarray:
    """(K, 4) chances by how often each move came in the same zone and phase: the mark to beat."""
    chances = np.zeros((len(asked.moves), len(MOVES)))
    phase_at = slice(-DEFENDED_ZONES - 3, -DEFENDED_ZONES)
    known_phase = known.features[:, phase_at].argmax(axis=1)
    asked_phase = asked.features[:, phase_at].argmax(axis=1)
    for zone in range(DEFENDED_ZONES):
        for phase in range(3):
            there = known.moves[(known.zone == zone) & (known_phase == phase)]
            # Half a count more: what was never seen must not be impossible, or bits are infinite.
            counts = np.bincount(there, minlength=len(MOVES)) + 0.5
            same = (asked.zone == zone) & (asked_phase == phase)
            chances[same] = counts / counts.sum()
    return chances


class ForesightExpert(Expert):
    """The expert, but it looks round where a model of red expects the next move.

    Args:
        predictor: trained on `HostSigns`.
        shuffled: True hands the expectations to wrong hosts of the same zone, the control.
    """

    def __init__(self, predictor: ActionPredictor, shuffled: bool = False) -> None:
        super().__init__()
        self.predictor = predictor
        self.shuffled = shuffled
        self.signs = HostSigns()

    def start(self, size: int) -> None:
        """Blank beliefs and signs."""
        super().start(size)
        self.signs = HostSigns()

    def keep(self, rows: np.ndarray) -> None:
        """Beliefs and signs of these rows."""
        super().keep(rows)
        self.signs = HostSigns(self.signs.age[rows], self.signs.process[rows])

    def _waiting(self, tick: Tick) -> np.ndarray:
        signs = self.signs.read(tick.obs)
        flat = signs.reshape(-1, signs.shape[-1])
        chances = self.predictor.probabilities(flat)[:, 1:].sum(axis=1)
        risk = chances.reshape(tick.exists.shape)
        if self.shuffled:
            risk = np.roll(risk, 1, axis=2)  # the same numbers, at the neighbour's place
        hosts = np.maximum(tick.exists.sum(axis=2), 1)
        mean = (risk * tick.exists).sum(axis=2) / hosts
        relative = risk / np.maximum(mean, 1e-6)[:, :, None]
        # Within limits: where the model is wrong, looks must still come by.
        return super()._waiting(tick) * np.clip(relative, 0.2, 5.0)


def red_model(seed: int) -> list[Row]:
    """How well red's next move is predicted, and what it is good for."""
    together = TRAINING_EPISODES + TEST_EPISODES
    known, asked = red_examples(together, DATA_SEED + 100 * seed)
    config = PredictorConfig(steps=300, seed=seed)
    predictor = ActionPredictor(known.features.shape[1], len(MOVES), config)
    predictor.fit(known.features, known.moves)
    answers = predictor.probabilities(asked.features)
    # The control learns from the same moves, given to the wrong hosts.
    shuffled = np.random.default_rng(seed).permutation(known.moves)
    blind = ActionPredictor(known.features.shape[1], len(MOVES), config)
    blind.fit(known.features, shuffled)
    first = USE_SEED + USED_EPISODES * seed
    judged = {
        "expert": "expert",
        "with the model of red": ForesightExpert(predictor),
        "with it, hosts shuffled": ForesightExpert(predictor, shuffled=True),
    }
    row: Row = {
        "examples": len(asked.moves),
        "bits, frequencies": float(bits(frequencies(known, asked), asked.moves).mean()),
        "bits, model": float(bits(answers, asked.moves).mean()),
        "bits, model of shuffled moves": float(
            bits(blind.probabilities(asked.features), asked.moves).mean()
        ),
        "moves in the riskiest tenth": share_in_top(answers[:, 1:].sum(axis=1), asked.moves > 0),
    }
    for name, policy in judged.items():
        report = cyber_range.evaluate(policy, episodes=USED_EPISODES, seed=first)
        row[f"score, {name}"] = float(report.mean)
    return [{name: round(value, 5) for name, value in row.items()}]


def share_in_top(risk: np.ndarray, happened: np.ndarray, part: float = 0.1) -> float:
    """Share of what happened that fell on the ``part`` of the examples with the largest risk."""
    limit = np.quantile(risk, 1 - part)
    return float(happened[risk >= limit].sum() / max(happened.sum(), 1))


RUNS = {
    "l09-planner-expert": LessonRun(
        make=planner_expert,
        seeds=5,
        question=(
            "What does planning in the perfect model add to the expert? Primary contrast: score of "
            "the planner minus that of the expert, paired over 5 episodes of 50 ticks."
        ),
        minutes=0.4,
        config={**asdict(PLANNERS["expert"]), "steps": PLANNED_STEPS, "seed": PLANNER_SEED},
    ),
    "l09-planner-react": LessonRun(
        make=planner_react,
        seeds=5,
        question=(
            "What does planning in the perfect model add to react-restore? Primary contrast: score "
            "of the planner minus that of the policy, paired over 5 episodes of 50 ticks."
        ),
        minutes=0.4,
        config={**asdict(PLANNERS["react-restore"]), "steps": PLANNED_STEPS, "seed": PLANNER_SEED},
    ),
    "l09-red-model": LessonRun(
        make=red_model,
        seeds=5,
        question=(
            "Is red predictable from what defenders see, and does it help? Primary contrasts over "
            "5 seeds, paired: bits of the model minus bits of the frequencies, and score of the "
            "expert with the model minus that of the expert."
        ),
        minutes=0.3,
        config={
            "ahead": AHEAD,
            "training episodes": TRAINING_EPISODES,
            "test episodes": TEST_EPISODES,
            "used episodes": USED_EPISODES,
            "first seeds": [DATA_SEED, USE_SEED],
        },
    ),
}
