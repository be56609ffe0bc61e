"""Exercises and quiz of lesson 02, from bandits to deep RL."""

import numpy as np
import torch

from course_lib.learners.advantages import gae
from course_lib.workbook.exercise import Lesson, Probe, example
from course_lib.workbook.quiz import Question, Quiz

LESSON = Lesson(
    "02",
    quiz=Quiz(
        Question(
            "You know the exact probabilities of everything that can happen in a small network, "
            "and good defence takes several steps in the right order. What do you use?",
            right=(
                "Planning: backward induction or value iteration",
                (
                    "The model is known, so nothing has to be found out by trial; the plan is "
                    "exact and can be read."
                ),
            ),
            wrong={
                "A contextual bandit, with an arm for each action": (
                    "It looks at what an action pays now and never at where it leads."
                ),
                "UCB-VI, because its regret has a guarantee": (
                    "Its guarantee is about an unknown model; yours is known."
                ),
            },
        ),
        Question(
            "A policy reads a fixed vector with 24 places and was trained on networks with 8 "
            "hosts. On 16 hosts it does worse than a rule of thumb. Why?",
            right=(
                "The weights of places 9 to 16 never saw a host in training",
                "A fixed vector has weights of its own for every place; what it learned about host "
                "3 says nothing about host 12.",
            ),
            wrong={
                "It was trained for too short a time to cope with larger fleets": (
                    "More training on 8 hosts never touches places 9 to 16."
                ),
                "Sixteen hosts are too many for one operator with one act a tick": (
                    "The rule of thumb has the same operator and copes."
                ),
            },
        ),
        Question(
            "An agent sees an alarm only in the tick in which it rings. Which sentence is true?",
            right=(
                "It needs a memory: one observation can call for different actions",
                (
                    "A quiet screen may mean that all is well or that three alarms have scrolled "
                    "by; only the past tells."
                ),
            ),
            wrong={
                "It needs a larger network, to tell apart what looks the same to it": (
                    "A larger function of the same observation still gives the same answer to the "
                    "same screen."
                ),
                "It needs more exploration, to find out what follows an alarm": (
                    "Exploring finds good actions; it cannot tell two situations apart that look "
                    "alike."
                ),
            },
        ),
    ),
)


@LESSON.exercise(
    title="A bonus for the unknown",
    priority="must",
    difficulty="easy",
    minutes=10,
    hints=(
        "Which of the four quantities stand inside the square root?",
        "`np.maximum(visits, 1)` counts what was never tried as tried once.",
    ),
    examples=(
        example(
            np.array([[1, 1]]), horizon=1, log_term=1.0, scale=1.0, gives=np.array([[1.0, 1.0]])
        ),
        example(
            np.array([[0, 0]]), horizon=1, log_term=1.0, scale=1.0, gives=np.array([[1.0, 1.0]])
        ),
    ),
    look_at='"2. Exploration" in lesson 02',
    done=(
        "With this line UCB-VI finds the end of the river; without it (scale 0) it never leaves "
        "the tickets."
    ),
)
def exploration_bonus(probe: Probe) -> None:
    rng = np.random.default_rng(21)
    for horizon, log_term, scale in ((20, 18.0, 0.1), (5, 4.0, 1.0), (12, 9.5, 0.5)):
        visits = rng.integers(1, 500, size=(6, 2))
        expected = scale * horizon * np.sqrt(log_term / visits)
        probe.equal(
            probe(visits, horizon=horizon, log_term=log_term, scale=scale),
            expected,
            "the bonus is scale * horizon * sqrt(log_term / visits)",
        )
    # scale * sqrt(log_term) is 1.5 here: "tried once" and "the horizon at most" are not the same.
    got = probe(np.array([[0, 4]]), horizon=10, log_term=9.0, scale=0.5)
    said = "a pair that was never tried counts as tried once, and nothing cuts the bonus off"
    probe.equal(got, np.array([[15.0, 7.5]]), said)


@LESSON.exercise(
    title="How much better than expected?",
    priority="must",
    difficulty="medium",
    minutes=15,
    hints=(
        (
            "Start at the last step. What comes after it is worth `last_value`, and there is no "
            "later advantage."
        ),
        "delta = rewards[t] + gamma * next_value - values[t]; "
        "advantage[t] = delta + gamma * gae_lambda * advantage[t + 1].",
    ),
    examples=(
        example(
            np.array([1.0]),
            np.array([0.0]),
            last_value=0.0,
            gamma=0.5,
            gae_lambda=0.5,
            gives=np.array([1.0]),
        ),
        example(
            np.array([1.0, 2.0, 4.0]),
            np.array([1.0, 2.0, 3.0]),
            last_value=0.0,
            gamma=0.5,
            gae_lambda=0.5,
            gives=np.array([1.4375, 1.75, 1.0]),
        ),
    ),
    look_at='"4. A network that learns: PPO in two formulas" in lesson 02',
    done=(
        "With last_value = 0 the world has stopped; with the critic's value only the clock ran out."
    ),
)  # fmt: skip
def advantages(probe: Probe) -> None:
    rng = np.random.default_rng(22)
    for steps, gamma, gae_lambda in ((5, 0.9, 0.0), (6, 0.9, 0.8), (4, 0.99, 1.0)):
        rewards, values = rng.normal(size=(2, steps)).round(2)
        says = {
            0.0: (
                "with gae_lambda = 0 only the next step counts: reward + gamma * next value - value"
            ),
            0.8: "each later advantage is weighted with gamma * gae_lambda per step",
            1.0: "with gae_lambda = 1 the advantage is the whole discounted return minus the value",
        }[gae_lambda]
        for last_value in (0.0, 3.0):
            got = probe(rewards, values, last_value=last_value, gamma=gamma, gae_lambda=gae_lambda)
            expected = reference(rewards, values, last_value, gamma, gae_lambda)
            says = (
                says if last_value == 0 else "after the last step comes last_value, discounted once"
            )
            probe.equal(got, expected, says, tolerance=1e-4)


def reference(
    rewards: np.ndarray, values: np.ndarray, last_value: float, gamma: float, gae_lambda: float
) -> np.ndarray:
    """The course's own recursion, for one episode."""
    column = rewards[:, None]
    valid = np.ones((len(rewards), 1), bool)
    last_values = np.array([last_value])
    advantages, _ = gae(
        column, values[:, None], valid, ~valid, 0 * column, last_values, gamma, gae_lambda
    )
    return advantages[:, 0].astype(float)


@LESSON.exercise(
    title="The clip",
    priority="should",
    difficulty="medium",
    minutes=15,
    hints=(
        (
            "Compute two gains, one with the ratio as it is and one with the ratio kept within 1 - "
            "clip and 1 + clip."
        ),
        "`torch.minimum` takes the smaller of the two, sample by sample; then average.",
    ),
    examples=(
        example(torch.tensor([1.1]), torch.tensor([2.0]), clip=0.2, gives=torch.tensor(2.2)),
        example(torch.tensor([0.9]), torch.tensor([-1.0]), clip=0.2, gives=torch.tensor(-0.9)),
    ),
    look_at='"The clip" in lesson 02',
    done="Your objective can train PPO: the next cell does it.",
)
def clipped_objective(probe: Probe) -> None:
    for ratio, advantage, expected, says in CLIP_CASES:
        got = probe(torch.tensor([ratio]), torch.tensor([advantage]), clip=0.2)
        probe.equal(got, torch.tensor(expected), says, tolerance=1e-5)
    ratio = torch.tensor([1.5, 0.5, 0.5, 1.5], requires_grad=True)
    advantage = torch.tensor([2.0, 2.0, -2.0, -2.0])
    got = probe(ratio, advantage, clip=0.1)
    # Gains 2.2, 1.0, -1.8, -3.0: the smaller one sample by sample, and only then the mean.
    said = "the mean over the samples, each with its own smaller gain and with the clip handed in"
    probe.equal(got, torch.tensor(-0.4), said, tolerance=1e-5)
    # A clipped sample pulls at nothing; each of the others pulls with its advantage over B.
    said = (
        "it carries the gradient: the advantage / B of each sample that is not clipped, 0 of a "
        "clipped one"
    )
    probe.carries_gradient(got, 0, torch.tensor([0.0, 0.5, 0.0, -0.5]), said)


CLIP_CASES = (
    (1.5, 2.0, 2.4, (
        "a good action that is likely enough (ratio above 1 + clip) earns no more than at 1 + clip"
    )),
    (0.5, 2.0, 1.0, (
        "a good action that became less likely is not clipped: the smaller of the two gains counts"
    )),
    (0.5, -2.0, -1.6, (
        "a bad action that is unlikely enough (ratio below 1 - clip) earns no more than at 1 - clip"
    )),
    (1.5, -2.0, -3.0, (
        "a bad action that became more likely is not clipped: the smaller of the two gains counts"
    )),
)  # fmt: skip
"""Ratio, advantage, the objective with clip 0.2, and what the case shows."""


@LESSON.exercise(
    title="One summary for any number of hosts",
    priority="must",
    difficulty="medium",
    minutes=15,
    hints=(
        (
            "Multiply the rows of empty slots by 0 before you add up: `present.unsqueeze(-1)` has "
            "the shape (B, S, 1)."
        ),
        "Divide by the number of hosts that are present, but by at least 1: `.clamp_min(1)`.",
    ),
    examples=(
        example(
            torch.tensor([[[1.0, 4.0], [1.0, 4.0]]]),
            torch.tensor([[True, True]]),
            gives=torch.tensor([[1.0, 4.0]]),
        ),
        example(
            torch.tensor([[[3.0, 5.0], [0.0, 0.0]]]),
            torch.tensor([[True, False]]),
            gives=torch.tensor([[3.0, 5.0]]),
        ),
    ),
    look_at='"6. An unknown number of hosts" in lesson 02, and learners/entity_policy.py',
    done="Neither the order of the hosts nor an empty slot can change what the value network sees.",
)
def pool_hosts(probe: Probe) -> None:
    generator = torch.Generator().manual_seed(24)
    for slots in (3, 6):
        hosts = torch.randn(4, slots, 5, generator=generator)
        present = torch.rand(4, slots, generator=generator) < 0.6
        present[:, 1] = True
        present[0, 0] = False  # no host in the first slot, none in the last
        present[1, -1] = False
        present[2] = False
        present[2, -1] = True  # only the last
        pairs = zip(hosts, present, strict=True)
        expected = torch.stack([rows[there].mean(0) for rows, there in pairs])
        said = "the mean over the hosts that are present, whatever stands in empty slots"
        probe.equal(probe(hosts, present), expected, said, None, 1e-5)
        order = torch.randperm(slots, generator=generator)
        said = "the order of the hosts does not matter"
        probe.equal(probe(hosts[:, order], present[:, order]), expected, said, None, 1e-5)
    hosts = torch.ones(2, 3, 2, requires_grad=True)
    present = torch.tensor([[False, False, False], [False, True, True]])
    got = probe(hosts, present)
    said = "a network without any host gives zeros, not nan, whatever the others in the batch have"
    probe.equal(got, torch.tensor([[0.0, 0.0], [1.0, 1.0]]), said)
    share = present[..., None].expand(2, 3, 2) / 2.0  # two hosts: each has half of the mean
    said = "it carries the gradient to the hosts that are present, and to no empty slot"
    probe.carries_gradient(got, 0, share, said)


def _heard(
    queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, present: torch.Tensor
) -> torch.Tensor:
    """What comes out, host by host: (..., S, D)."""
    match = torch.einsum("...rd,...sd->...rs", queries, keys) / keys.shape[-1] ** 0.5
    share = torch.exp(match - match.amax()) * present.unsqueeze(-2)
    return (share / share.sum(dim=-1, keepdim=True)) @ values


@LESSON.exercise(
    title="Who listens to whom",
    priority="should",
    difficulty="hard",
    minutes=20,
    hints=(
        (
            "`queries @ keys.transpose(-1, -2)` has a row for each host that asks and a column "
            "for each host that offers; divide it by the root of D."
        ),
        (
            "Empty slots leave before the softmax: `.masked_fill(~present.unsqueeze(-2), -1e9)`. "
            "Then `.softmax(dim=-1)`, and multiply by the values."
        ),
    ),
    examples=(
        example(
            torch.tensor([[[1.0], [0.0]]]),
            torch.tensor([[[0.0], [0.0]]]),
            torch.tensor([[[2.0], [4.0]]]),
            torch.tensor([[True, True]]),
            gives=torch.tensor([[[3.0], [3.0]]]),
        ),
    ),
    look_at='"6. An unknown number of hosts" in lesson 02, and learners/entity_policy.py',
    done="This is the attention of lesson 10, too: there the hosts are children of a commander.",
)
def listen(probe: Probe) -> None:
    generator = torch.Generator().manual_seed(25)

    def numbers(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator)

    # Two heads of a batch, and a batch without heads: only the last axes may be counted on.
    for shape in ((4, 3), (2, 2, 5), (3, 6)):
        queries, keys = numbers(*shape, 4), numbers(*shape, 4)
        values = numbers(*shape, 3)
        present = torch.rand(shape, generator=generator) < 0.5
        present[..., 1] = True
        present[0, ..., 0] = False
        everyone = torch.ones_like(present)
        said = "each host hears the values by softmax(q . k / sqrt(D)) over the senders"
        expected = _heard(queries, keys, values, everyone)
        probe.equal(probe(queries, keys, values, everyone), expected, said, None, 1e-5)
        said = "an empty slot is heard by nobody, and the shares of the others add up to 1"
        expected = _heard(queries, keys, values, present)
        probe.equal(probe(queries, keys, values, present), expected, said, None, 1e-5)
    values = numbers(1, 3, 2).requires_grad_()
    queries, keys = numbers(1, 3, 4), numbers(1, 3, 4)
    present = torch.tensor([[True, False, True]])
    got = probe(queries, keys, values, present)
    # How much all receivers together listen to each sender.
    listened = _heard(queries, keys, torch.eye(3)[None], present).sum(dim=1)[..., None]
    said = "the gradient comes back to the values of those who were heard"
    probe.carries_gradient(got, 2, listened.expand(1, 3, 2), said)
