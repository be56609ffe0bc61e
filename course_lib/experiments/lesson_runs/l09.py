"""Recorded runs of lesson 09 in the small network: what a learnt model saves, and what it gets
wrong."""

from collections.abc import Callable
from functools import cache

import numpy as np
import torch

from course_lib.games import (
    Outbreak,
    OutbreakOptions,
    OutbreakSolution,
    all_states,
    chain,
    clean_dearest,
    outbreak_step,
    solve_outbreak,
    state_number,
)
from course_lib.learners import (
    MBPO,
    DynamicsConfig,
    DynamicsModel,
    Frozen,
    GivenModel,
    ImaginationAgent,
    ImaginationConfig,
    MBPOConfig,
    WorldModel,
    imagined_bits,
)

from .record import LessonRun, Row

CURVE = (100, 200, 300, 400, 500, 750, 1000, 1500, 2000, 3000)
"""Real steps at which a learner is judged."""
ARMS = {  # name: (kind of model, rollout length)
    "model-free": ("learnt", 0),
    "learnt model, k = 1": ("learnt", 1),
    "learnt model, k = 5": ("learnt", 5),
    "learnt model, k = 20": ("learnt", 20),
    "perfect model, k = 5": ("perfect", 5),
    "random model, k = 5": ("random", 5),
}
MODEL_STEPS = 100
"""Gradient steps of each training of the model."""


@cache
def solved() -> OutbreakSolution:
    """The office network, solved exactly."""
    return solve_outbreak()


def world_model(kind: str, seed: int) -> WorldModel:
    """ "learnt": yet to be trained; "perfect": the rules themselves; "random": never trained."""
    options = solved().options
    if kind == "perfect":

        def rules(infected, actions, rng):
            return outbreak_step(options, infected, actions, rng)

        return GivenModel(rules, seed)
    config = DynamicsConfig(steps=MODEL_STEPS, seed=seed)
    model = DynamicsModel(options.hosts, options.hosts + 1, config)
    return Frozen(model) if kind == "random" else model


def mbpo(seed: int) -> list[Row]:
    """All arms on one seed: what the greedy policy is worth, exactly, after so many real steps."""
    rows = []
    for name, (kind, length) in ARMS.items():
        config = MBPOConfig(rollout_length=length, seed=seed)
        learner = MBPO(Outbreak(1), world_model(kind, seed), config)
        for steps in CURVE:
            learner.learn(steps - learner.steps)
            worth = solved().worth(learner.greedy())
            rows.append(
                {
                    "arm": name,
                    "steps": steps,
                    "imagined": learner.imagined,
                    "worth": round(worth, 3),
                }
            )
    return rows


DATA_SIZES = (100, 300, 1000, 3000)
"""Real transitions from which a model is learnt."""
LONGEST = 20
"""Steps of a rollout."""
STARTS = 20
COPIES = 400


def random_transitions(
    count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """``count`` real transitions of an operator who does anything: obs, actions, next obs,
    rewards."""
    env = Outbreak(1)
    obs, _ = env.reset(seed=int(rng.integers(2**31)))
    parts = []
    begins = False
    while len(parts) < count:
        action = rng.integers(env.single_action_space.n, size=1)
        after, reward, _, truncated, _ = env.step(action)
        if not begins:
            parts.append((obs[0], action[0], after[0], reward[0]))
        begins = bool(truncated[0]) and not begins
        obs = after
    obs, actions, after, rewards = (np.array(part) for part in zip(*parts, strict=True))
    return obs, actions, after, rewards


def exact_bits(start: np.ndarray, plan: np.ndarray) -> np.ndarray:
    """(T, n) true chance of every host to be infected after each step of a plan (T,)."""
    solution = solved()
    states = all_states(solution.options.hosts)
    chance = np.zeros(len(states))
    chance[state_number(start)] = 1
    shares = []
    for action in plan:
        chance = chance @ solution.transitions[:, action]
        shares.append(chance @ states)
    return np.array(shares)


def compounding(seed: int) -> list[Row]:
    """How far imagined chances are from the true ones, step by step, from the same starts."""
    rng = np.random.default_rng(seed)
    hosts = solved().options.hosts
    starts = random_transitions(STARTS, rng)[0]
    plans = rng.integers(hosts + 1, size=(STARTS, LONGEST))
    truth = np.stack([exact_bits(*pair) for pair in zip(starts, plans, strict=True)])
    models = {"perfect model": world_model("perfect", seed)}
    models["random model"] = world_model("random", seed)
    data = [torch.as_tensor(part) for part in random_transitions(max(DATA_SIZES), rng)]
    for size in DATA_SIZES:
        model = DynamicsModel(hosts, hosts + 1, DynamicsConfig(steps=400, seed=seed))
        model.fit(*(part[:size] for part in data))
        models[f"{size} real ticks"] = model
    generator = torch.Generator().manual_seed(seed)
    rows = []
    for name, model in models.items():
        errors = []
        for start, plan, true in zip(starts, plans, truth, strict=True):
            begin = torch.as_tensor(start)
            imagined = imagined_bits(model, begin, torch.as_tensor(plan), COPIES, generator)
            errors.append(np.abs(imagined - true).mean(axis=1))
        for length, error in enumerate(np.mean(errors, axis=0), 1):
            rows.append({"model": name, "length": length, "error": round(float(error), 5)})
    return rows


HALF_SEEN = chain(
    4,
    importance=(1.0, 1.0, 1.0, 5.0),
    outside=(0.3, 0.05, 0.05, 0.05),
    spread=0.5,
    detection=0.5,
    false_alarm=0.05,
    ticks=30,
)
"""Four hosts in a line; an infected one shows an alarm in every other tick only."""
DREAM_CURVE = (500, 1000, 1500, 2000)
JUDGED_ON = 400
"""Episodes on which a policy is judged."""


def half_seen_env(num_envs: int = 1) -> Outbreak:
    """The half-seen network."""
    return Outbreak(num_envs, HALF_SEEN)


def imagination(seed: int) -> list[Row]:
    """The agent with a learnt and with an untrained world model, at equal real steps."""
    rows = []
    for name, trained in (("learnt model", True), ("random model", False)):
        config = ImaginationConfig(seed=seed, train_model=trained)
        agent = ImaginationAgent(half_seen_env(), config)
        for steps in DREAM_CURVE:
            agent.learn(steps - agent.steps)
            returns = agent.play(half_seen_env(JUDGED_ON), seed=10_000 + seed)
            rows.append({"arm": name, "steps": steps, "return": round(float(returns.mean()), 3)})
    return rows


def remembered_alarms(options: OutbreakOptions) -> Callable[..., np.ndarray]:
    """The best rule we could write by hand: an alarm counts until its host is cleaned."""

    def rule(seen: np.ndarray, before: np.ndarray | None, actions: np.ndarray | None):
        memory = seen if before is None else np.maximum(before, seen)
        if actions is not None:
            cleaned = actions[:, None] == np.arange(options.hosts)
            memory = np.where(cleaned, seen, memory)
        return clean_dearest(options, memory), memory

    return rule


RUNS = {
    "l09-mbpo": LessonRun(
        make=mbpo,
        seeds=5,
        question=(
            "How many real steps does a learnt model save? Primary contrast: exact worth after "
            "1,000 real steps, learnt model with k = 5 minus model-free, paired over 5 seeds."
        ),
        minutes=0.5,
        config={"arms": list(ARMS), "curve": list(CURVE), "model steps": MODEL_STEPS},
    ),
    "l09-compounding": LessonRun(
        make=compounding,
        seeds=5,
        question=(
            "How do the errors of a model grow with the length of a rollout? Primary contrast: "
            "mean error of a host's chance at length 20 minus that at length 1, for the model of "
            "300 real ticks, paired over 5 seeds."
        ),
        minutes=0.2,
        config={
            "data": list(DATA_SIZES),
            "longest": LONGEST,
            "starts": STARTS,
            "copies": COPIES,
        },
    ),
    "l09-imagination": LessonRun(
        make=imagination,
        seeds=5,
        question=(
            "Can a policy be learnt in imagination alone? Primary contrast: return after 2,000 "
            "real steps, learnt minus untrained world model, paired over 5 seeds."
        ),
        minutes=2.0,
        config={"curve": list(DREAM_CURVE), "judged on": JUDGED_ON},
    ),
}
