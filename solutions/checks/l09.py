"""Exercises and quiz of lesson 09, learning a model."""

import numpy as np

from course_lib.stats import mean_interval
from course_lib.workbook.exercise import Lesson, Probe, example
from course_lib.workbook.quiz import Question, Quiz

LESSON = Lesson(
    "09",
    quiz=Quiz(
        Question(
            "Why does MBPO imagine short branches from real states, and not whole episodes?",
            right=(
                "Every imagined step adds an error of its own",
                "And a branch begins where something real was seen, so the first steps can be "
                "trusted.",
            ),
            wrong={
                "Whole episodes would take too much memory": (
                    "Imagined steps are cheap to make and to keep; their errors are the trouble."
                ),
                "Short branches explore the real network more": (
                    "Exploration happens in the real network. A model cannot show what was never "
                    "seen there."
                ),
            },
        ),
        Question(
            "A model of every host alone fits its data as well as it can. What does it still miss?",
            right=(
                "What a host does to others",
                "More data do not help: the connection is not in the table.",
            ),
            wrong={
                "Rare states, which need more data": (
                    "It has four numbers a host, and all of them are well known after a few "
                    "hundred ticks."
                ),
                "Nothing, if all hosts are defended": (
                    "The worm still travels from host to host, whoever defends them."
                ),
            },
        ),
        Question(
            "Why does the value of an action use the same futures with and without it?",
            right=(
                "What both share cancels in the difference",
                "The mean stays the same; the interval shrinks.",
            ),
            wrong={
                "Otherwise the mean difference would be wrong": (
                    "It would be right on average, only far less precise."
                ),
                "So that the planner knows what red will do": (
                    "The futures are drawn anew. What really comes is none of them."
                ),
            },
        ),
    ),
)


@LESSON.exercise(
    title="The rules as a model",
    priority="must",
    difficulty="medium",
    minutes=15,
    hints=(
        "An attacker is an infected neighbour that is *not* cleaned just now. Count them for each "
        "host: `links[host] & infected & ~cleaned`.",
        "To stay clean a host must escape from outside *and* from each attacker: "
        "`(1 - outside) * (1 - spread) ** attackers`.",
    ),
    examples=(
        example(
            np.array([False, False]),
            np.array([False, False]),
            np.array([[False, True], [True, False]]),
            np.array([0.5, 0.0]),
            spread=0.5,
            gives=np.array([0.5, 0.0]),
        ),
        example(
            np.array([True, False]),
            np.array([False, False]),
            np.array([[False, True], [True, False]]),
            np.array([0.0, 0.0]),
            spread=0.25,
            gives=np.array([1.0, 0.25]),
        ),
    ),
    look_at="the rules under the drawing of the office network in lesson 09",
    done="Three lines are a perfect model. The rest of the lesson does without them.",
)
def next_chance(probe: Probe) -> None:
    rng = np.random.default_rng(91)
    for hosts in (3, 5, 6):
        links = np.triu(rng.random((hosts, hosts)) < 0.7, 1)
        links = links | links.T
        links[0, 1] = links[1, 0] = links[0, 2] = links[2, 0] = True
        links[0, -1] = links[-1, 0] = True
        outside = rng.uniform(0.05, 0.4, hosts)
        spread = float(rng.uniform(0.3, 0.7))
        infected = rng.random(hosts) < 0.5
        infected[:3] = False, True, True
        infected[-1] = True
        if hosts > 4:  # the last host has a neighbour that the one before it has not
            links[0, -2] = links[-2, 0] = False
        for case in range(3):
            cleaned = np.zeros(hosts, bool)
            if case == 1:
                cleaned[1] = True
            if case == 2:
                cleaned[[0, 1, 2]] = True
            got = np.asarray(probe(infected, cleaned, links, outside, spread))
            probe.require(got.shape == (hosts,), "one chance comes back for each host")
            probe.equal(got[cleaned], np.zeros(cleaned.sum()), "a cleaned host is free of the worm")
            stays = infected & ~cleaned
            probe.equal(got[stays], np.ones(stays.sum()), "what has the worm keeps it")
            attackers = (links & (infected & ~cleaned)).sum(axis=1)
            chance = 1 - (1 - outside) * (1 - spread) ** attackers
            open_hosts = ~infected & ~cleaned
            probe.equal(
                got[open_hosts],
                chance[open_hosts],
                "a clean host escapes from outside and from each infected neighbour that is not "
                "cleaned, independently",
            )


def add_and_pay_tenfold(obs: np.ndarray, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A model without chance: the action is added; the reward is ten times what was there."""
    return obs + actions, 10.0 * obs


def always_one(obs: np.ndarray) -> np.ndarray:
    """A policy that adds 1."""
    return np.ones_like(obs)


@LESSON.exercise(
    title="Short branches",
    priority="must",
    difficulty="medium",
    minutes=15,
    hints=(
        "In each round: ask the policy for actions, ask the model what follows, keep the four "
        "arrays, go on from what followed.",
        "Four lists, one append each a round, and `np.concatenate` at the end.",
    ),
    examples=(
        example(
            add_and_pay_tenfold,
            always_one,
            np.array([5.0]),
            length=1,
            gives=(np.array([5.0]), np.array([1.0]), np.array([6.0]), np.array([50.0])),
        ),
    ),
    look_at='"Short branches" in lesson 09, and `_imagine` in course_lib/learners/mbpo.py',
    done="This is all that MBPO adds to a model-free learner.",
)
def branches(probe: Probe) -> None:
    rng = np.random.default_rng(92)
    for shape, length in (((1,), 3), ((4,), 1), ((3,), 5), ((3, 2), 2)):
        starts = rng.normal(size=shape)
        count = len(starts)

        def step(obs, actions):
            gains = obs - actions
            return 0.5 * obs + actions, gains.reshape(len(obs), -1).sum(axis=1)

        def policy(obs):  # its action changes from step to step, so a kept one is seen
            return np.where(obs > 0, -1.0, 1.0)

        obs, actions, after, rewards = [], [], [], []
        present = starts
        for _ in range(length):
            chosen = policy(present)
            following, paid = step(present, chosen)
            for kept, part in zip(
                (obs, actions, after, rewards), (present, chosen, following, paid), strict=True
            ):
                kept.append(part)
            present = following
        names = ("observations", "actions", "next observations", "rewards")
        got = probe.parts(probe(step, policy, starts, length), *names)
        size = count * length
        wanted = [np.concatenate(part) for part in (obs, actions, after, rewards)]
        for part, right in zip(got, wanted, strict=True):
            probe.require(
                np.shape(part) == right.shape,
                f"{count} branches of {length} steps are {size} transitions, one a row",
            )
        probe.equal(got[0], wanted[0], "each step begins where the step before has ended")
        probe.equal(got[1], wanted[1], "the policy is asked in every step, about the present state")
        probe.equal(got[2], wanted[2], "the next observation is what the model said")
        probe.equal(got[3], wanted[3], "the reward is that of the same step")


@LESSON.exercise(
    title="What a dream is worth",
    priority="should",
    difficulty="medium",
    minutes=15,
    hints=(
        "Go backwards. After the last reward only the critic is left: begin with `values[-1]`.",
        "G_t = r_t + discount * ((1 - trace) * values[t + 1] + trace * G_{t+1}).",
    ),
    examples=(
        example(
            np.array([1.0]), np.array([0.0, 0.0]), discount=0.9, trace=0.5, gives=np.array([1.0])
        ),
        example(
            np.array([1.0, 1.0]),
            np.zeros(3),
            discount=1.0,
            trace=1.0,
            gives=np.array([2.0, 1.0]),
        ),
    ),
    look_at='"Learning in a dream" in lesson 09',
    done="With trace 0 the critic is asked at once, with 1 only at the end of the dream.",
)
def dream_returns(probe: Probe) -> None:
    rng = np.random.default_rng(93)
    for ticks, discount, trace in ((1, 0.9, 0.3), (3, 0.5, 0.0), (4, 0.9, 1.0), (6, 0.95, 0.8)):
        rewards = rng.normal(size=ticks)
        values = rng.normal(size=ticks + 1) + 3
        wanted = np.zeros(ticks)
        following = values[-1]
        for t in reversed(range(ticks)):
            following = rewards[t] + discount * ((1 - trace) * values[t + 1] + trace * following)
            wanted[t] = following
        got = probe(rewards, values, discount=discount, trace=trace)
        probe.require(np.shape(got) == (ticks,), "one return comes back for each reward")
        probe.equal(
            np.asarray(got)[-1],
            wanted[-1],
            "the last return is the last reward plus the discounted value after it",
        )
        probe.equal(
            got,
            wanted,
            "G_t = r_t + discount * ((1 - trace) * values[t + 1] + trace * G_{t+1})",
        )


@LESSON.exercise(
    title="The value of one action",
    priority="must",
    difficulty="medium",
    minutes=15,
    hints=(
        "First the difference in each future; then its mean, and the standard deviation (ddof=1) "
        "divided by the square root of the number of futures.",
        "`course_lib.lessons.t_quantile(0.975, n - 1)` times that is half the interval.",
    ),
    examples=(
        example(np.array([3.0, 5.0]), np.array([2.0, 4.0]), gives=(1.0, 1.0, 1.0)),
        example(np.zeros(4), np.zeros(4), gives=(0.0, 0.0, 0.0)),
    ),
    look_at='"Fork it" in lesson 09',
    done="Above 0 with the whole interval: the action gains, and not by luck.",
)
def action_gain(probe: Probe) -> None:
    rng = np.random.default_rng(94)
    for futures in (2, 8, 32):
        shared = rng.normal(-50, 20, futures)
        without = shared + rng.normal(0, 1, futures)
        with_it = shared + rng.normal(2, 1.5, futures)
        wanted = mean_interval(with_it - without)
        got = probe.parts(probe(with_it, without), "mean", "low", "high")
        mean, low, high = got
        probe.equal(mean, wanted.mean, "the gain is positive where the action does better")
        probe.require(
            abs((high - low) / 2 - wanted.half_width) < 1e-6 * max(1.0, wanted.half_width),
            "half the interval is t (n - 1 degrees of freedom) times the standard error of the "
            "paired differences",
        )
        probe.equal((low, high), (wanted.low, wanted.high), "the interval lies around the mean")


@LESSON.exercise(
    title="Know the attacker's habit",
    priority="bonus",
    difficulty="easy",
    minutes=10,
    hints=(
        "Only the row of the last strike matters: `counts[last]`.",
        "Add the prior to *every* count of the row, then divide by their sum.",
    ),
    examples=(
        example(np.zeros((2, 2)), 0, prior=1.0, gives=np.array([0.5, 0.5])),
        example(np.array([[1.0, 3.0], [1.0, 3.0]]), 1, prior=0.0, gives=np.array([0.25, 0.75])),
    ),
    look_at='"The other side" in lesson 09',
    done="The next cell lets your model guard the hosts.",
)
def next_strike(probe: Probe) -> None:
    rng = np.random.default_rng(95)
    for hosts, prior in ((3, 0.5), (4, 2.0), (6, 0.1)):
        counts = rng.integers(0, 9, (hosts, hosts)).astype(float)
        for last in (0, hosts - 1, 1):
            got = np.asarray(probe(counts, last, prior=prior))
            probe.require(got.shape == (hosts,), "one chance comes back for each host")
            probe.equal(got.sum(), 1.0, "the chances add up to 1")
            row = counts[last] + prior
            probe.equal(
                got,
                row / row.sum(),
                "the counts after the last strike, each with the prior, divided by their sum",
            )
