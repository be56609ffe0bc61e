"""Recorded runs of lesson 09 in the small network: what a learned model saves, and what it gets
wrong."""

from functools import cache

import numpy as np
import torch

from course_lib.games import (
    Outbreak,
    OutbreakSolution,
    all_states,
    chain,
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
)

from .record import LessonRun, Row

CURVE = (100, 200, 300, 400, 500, 750, 1000, 1500, 2000)
"""Real steps at which a learner is judged."""
ARMS = {  # name: (kind of model, rollout length)
    "model-free": ("learned", 0),
    "learned model, k = 1": ("learned", 1),
    "learned model, k = 5": ("learned", 5),
    "learned model, k = 20": ("learned", 20),
    "perfect model, k = 5": ("perfect", 5),
    "random model, k = 5": ("random", 5),
}
MODEL_STEPS = 100
"""Gradient steps of each training of the model."""
MODEL_EVERY = 200
"""Real steps between two trainings of the model."""
UPDATES = 250
"""Batches learned from after each 25 real steps, whatever the arm."""


@cache
def solved() -> OutbreakSolution:
    """The office network, solved exactly."""
    return solve_outbreak()


def world_model(kind: str, seed: int) -> WorldModel:
    """ "learned": yet to be trained; "perfect": the rules themselves; "random": never trained."""
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
        config = MBPOConfig(
            rollout_length=length,
            model_every=MODEL_EVERY,
            updates=UPDATES,
            seed=seed,
        )
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
"""Real transitions from which a model is learned."""
LONGEST = 20
"""Steps of a rollout."""
COPIES = 200
"""Imagined rollouts from each start, whose mean is compared with the exact chances."""
OPERATORS = ("anything", "best policy")
"""Who acts in the rollouts; the data are always those of an operator who does anything."""


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


def exact_bits(start: np.ndarray, policy: np.ndarray) -> np.ndarray:
    """(T, n) true chance of every host to be infected after each step.

    Args:
        start: (n,) bits.
        policy: (S, A) chance of each action in each state.
    """
    solution = solved()
    states = all_states(solution.options.hosts)
    moves = np.einsum("sa,sat->st", policy, solution.transitions)
    chance = np.zeros(len(states))
    chance[state_number(start)] = 1
    shares = []
    for _ in range(LONGEST):
        chance = chance @ moves
        shares.append(chance @ states)
    return np.array(shares)


def rollout_bits(
    model: WorldModel, start: np.ndarray, policy: np.ndarray, generator: torch.Generator
) -> np.ndarray:
    """(T, n) the same as the model imagines it, the mean of `COPIES` rollouts."""
    chances = torch.as_tensor(policy)
    obs = torch.as_tensor(start).expand(COPIES, -1)
    shares = []
    for _ in range(LONGEST):
        rows = chances[state_number(obs.numpy())]
        actions = torch.multinomial(rows, 1, generator=generator)[:, 0]
        obs, _ = model.sample(obs, actions, generator)
        shares.append(obs.mean(dim=0).numpy())
    return np.array(shares)


def policy_of(operator: str) -> np.ndarray:
    """(S, A) chances of an operator's actions."""
    states, actions = solved().rewards.shape
    if operator == "anything":
        return np.full((states, actions), 1 / actions)
    return np.eye(actions)[solved().best()]


def compounding(seed: int) -> list[Row]:
    """How far imagined chances are from the true ones, step by step: from the clean network and
    from one infected host, with two operators."""
    rng = np.random.default_rng(100 + seed)  # a pilot has used the seeds from 0
    hosts = solved().options.hosts
    clean = np.zeros((1, hosts), np.float32)
    starts = np.concatenate([clean, np.eye(hosts, dtype=np.float32)])
    models = {"perfect model": world_model("perfect", seed)}
    models["untrained model"] = world_model("random", seed)
    data = [torch.as_tensor(part) for part in random_transitions(max(DATA_SIZES), rng)]
    for size in DATA_SIZES:
        model = DynamicsModel(hosts, hosts + 1, DynamicsConfig(steps=400, seed=seed))
        model.fit(*(part[:size] for part in data))
        models[f"{size} real ticks"] = model
    generator = torch.Generator().manual_seed(seed)
    rows = []
    for operator in OPERATORS:
        policy = policy_of(operator)
        for name, model in models.items():
            errors = []
            for start in starts:
                imagined = rollout_bits(model, start, policy, generator)
                missed = np.abs(imagined - exact_bits(start, policy))
                errors.append(missed.mean(axis=1))
            for length, error in enumerate(np.mean(errors, axis=0), 1):
                row = {"operator": operator, "model": name, "length": length}
                rows.append({**row, "error": round(float(error), 5)})
    return rows


SHOWN_MODELS = {"model of 300 ticks": 300, "model of 3,000 ticks": 3000, "untrained model": 0}
"""Models whose rollouts are recorded step by step, and from how many real ticks each is
learned."""


def rollouts(seed: int) -> list[Row]:
    """True and imagined chance of each host, step by step from the clean network."""
    rng = np.random.default_rng(100 + seed)
    hosts = solved().options.hosts
    clean = np.zeros(hosts, np.float32)
    data = [torch.as_tensor(part) for part in random_transitions(max(DATA_SIZES), rng)]
    generator = torch.Generator().manual_seed(seed)
    rows = []
    for name, size in SHOWN_MODELS.items():
        model = world_model("random", seed)
        if size:
            model = DynamicsModel(hosts, hosts + 1, DynamicsConfig(steps=400, seed=seed))
            model.fit(*(part[:size] for part in data))
        for operator in OPERATORS:
            policy = policy_of(operator)
            real = exact_bits(clean, policy)
            imagined = rollout_bits(model, clean, policy, generator)
            rows += rollout_rows(operator, name, real, imagined)
    return rows


def rollout_rows(operator: str, model: str, real: np.ndarray, imagined: np.ndarray) -> list[Row]:
    """A row for each step and host of two tables (T, n)."""
    return [
        {
            "operator": operator,
            "model": model,
            "step": step + 1,
            "host": host,
            "real": round(float(real[step, host]), 4),
            "imagined": round(float(imagined[step, host]), 4),
        }
        for step, host in np.ndindex(*real.shape)
    ]


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
DREAM_CURVE = (500, 1000, 2000)
JUDGED_ON = 200
"""Episodes on which a policy is judged."""


def half_seen_env(num_envs: int = 1) -> Outbreak:
    """The half-seen network."""
    return Outbreak(num_envs, HALF_SEEN)


def imagination(seed: int) -> list[Row]:
    """Return of the agent after so many real steps."""
    return dreamer_curve(ImaginationConfig(seed=seed))


def untrained(seed: int) -> list[Row]:
    """The control: its world model stays as it was drawn."""
    return dreamer_curve(ImaginationConfig(seed=seed, train_model=False))


def dreamer_curve(config: ImaginationConfig) -> list[Row]:
    """Returns at all places of `DREAM_CURVE`."""
    agent = ImaginationAgent(half_seen_env(), config)
    rows = []
    for steps in DREAM_CURVE:
        agent.learn(steps - agent.steps)
        returns = agent.play(half_seen_env(JUDGED_ON), seed=10_000 + config.seed)
        rows.append({"steps": steps, "return": round(float(returns.mean()), 3)})
    return rows


RUNS = {
    "l09-mbpo": LessonRun(
        make=mbpo,
        seeds=5,
        question=(
            "How many real steps does a learned model save? Primary contrast: exact worth after "
            "1,000 real steps, learned model with k = 5 minus model-free, paired over 5 seeds."
        ),
        minutes=0.5,
        config={
            "arms": list(ARMS),
            "curve": list(CURVE),
            "model steps": MODEL_STEPS,
            "model every": MODEL_EVERY,
            "updates": UPDATES,
        },
    ),
    "l09-compounding": LessonRun(
        make=compounding,
        seeds=5,
        question=(
            "How do the errors of a model grow with the length of a rollout? Primary contrast: "
            "mean error of a host's chance at length 20 minus that at length 1, for the model of "
            "300 real ticks while the best policy acts, paired over 5 seeds."
        ),
        minutes=0.3,
        config={
            "data": list(DATA_SIZES),
            "longest": LONGEST,
            "copies": COPIES,
            "operators": list(OPERATORS),
        },
    ),
    "l09-rollouts": LessonRun(
        make=rollouts,
        seeds=1,
        question=(
            "What does a rollout look like, host by host? An illustration of l09-compounding, one "
            "seed; nothing is concluded from it."
        ),
        minutes=0.2,
        config={"models": SHOWN_MODELS, "longest": LONGEST, "copies": COPIES},
    ),
    "l09-imagination": LessonRun(
        make=imagination,
        seeds=5,
        question=(
            "Can a policy be learned in imagination alone? Primary contrast: return after 2,000 "
            "real steps, learned minus untrained world model, paired over 5 seeds."
        ),
        minutes=0.5,
        config={"curve": list(DREAM_CURVE), "judged on": JUDGED_ON},
    ),
    "l09-imagination-untrained": LessonRun(
        make=untrained,
        seeds=5,
        question="The control of l09-imagination: a world model that is never trained.",
        minutes=0.5,
        config={"curve": list(DREAM_CURVE), "judged on": JUDGED_ON},
    ),
}
