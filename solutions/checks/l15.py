"""Exercises and quiz of lesson 15, the real CybORG."""

import numpy as np

from course_lib.stats import t_quantile
from course_lib.workbook.exercise import Lesson, Probe, example
from course_lib.workbook.quiz import Question, Quiz

LESSON = Lesson(
    "15",
    quiz=Quiz(
        Question(
            "Both engines play seed 1000. What do the two episodes share?",
            right=(
                "The rules, and nothing that chance decides",
                "A seed feeds two different generators, so hosts, services and red's luck differ.",
            ),
            wrong={
                "The network, while red acts differently": (
                    "The network is drawn by chance too: other hosts exist in the two episodes."
                ),
                "Everything but the order of the agents": (
                    "Then their scores would go together. In the lesson they do not."
                ),
            },
        ),
        Question(
            "The 90 % interval of a difference reaches from -12 to +30, the margin is 15. So?",
            right=(
                "Open, since it crosses one end of it",
                "The interval holds differences inside the margin and beyond it.",
            ),
            wrong={
                "Equivalent, since the interval holds zero": (
                    "With few episodes every interval holds zero. That is no proof of likeness."
                ),
                "Different, since it leaves the margin": (
                    "It would have to lie outside the margin as a whole."
                ),
            },
        ),
        Question(
            "Where does the end of an official episode belong in a value target?",
            right=(
                "It cuts the record, so the next value is added",
                "The network goes on; only the clock has run out. That is a truncation.",
            ),
            wrong={
                "It ends the task, so nothing is added": (
                    "Then an agent would learn that nothing matters in the last ticks."
                ),
                "It resets the task, so the first value is added": (
                    "The next episode is another network, which this action cannot change."
                ),
            },
        ),
    ),
)


@LESSON.exercise(
    title="The official score",
    priority="must",
    difficulty="easy",
    minutes=10,
    hints=(
        "All five agents get the same reward, and the score counts it once: a mean over agents.",
        "When the flag goes up, the script leaves its loop before it adds: drop the last row.",
    ),
    examples=(
        example(np.array([[0.0, 0.0], [-3.0, -3.0], [0.0, 0.0]]), gives=-3.0),
        example(np.array([[0.0, 0.0], [-5.0, -5.0]]), gives=0.0),
    ),
    look_at='"Who counts, and how" in lesson 15',
    done="A sum over the agents would be five times as bad, a common way to misread a table.",
)
def official_score(probe: Probe) -> None:
    rng = np.random.default_rng(151)
    for ticks, agents in ((2, 5), (6, 5), (9, 7)):
        rewards = -rng.integers(1, 9, (ticks, agents)).astype(float)
        got = float(probe(rewards))
        probe.equal(
            got,
            rewards[:-1].mean(axis=1).sum(),
            "the mean over the agents, added up over all ticks but the last",
        )


@LESSON.exercise(
    title="What a summary.json says",
    priority="must",
    difficulty="easy",
    minutes=10,
    hints=(
        "The file gives the spread of *episodes*. A mean of n of them spreads less: divide by the "
        "square root of n.",
        '`t_quantile(0.975, n - 1)` standard errors to each side; n is `["parameters"]'
        '["max_episodes"]`.',
    ),
    examples=(
        example(
            {"reward": {"mean": -100.0, "stdev": 0.0}, "parameters": {"max_episodes": 10}},
            gives=(-100.0, -100.0, -100.0),
        ),
    ),
    look_at='"Hand it in" in lesson 15',
    done="`evaluate --read FOLDER` does the same, and reads the single scores where they are.",
)
def summary_interval(probe: Probe) -> None:
    rng = np.random.default_rng(152)
    for episodes in (2, 10, 100):
        mean, std = -float(rng.uniform(80, 300)), float(rng.uniform(20, 90))
        table = {"mean": mean, "stdev": std}
        got = probe({"reward": table, "parameters": {"max_episodes": episodes}})
        middle, low, high = probe.parts(got, "mean", "low", "high")
        half = t_quantile(0.975, episodes - 1) * std / np.sqrt(episodes)
        probe.equal(middle, mean, "the mean comes first")
        probe.require(low < high, "low comes before high")
        probe.equal(
            (high - low) / 2,
            half,
            "half the interval is t (n - 1 degrees of freedom) times the standard error",
        )
        probe.equal((low + high) / 2, mean, "the interval lies around the mean")


@LESSON.exercise(
    title="Equivalent, different, or open",
    priority="must",
    difficulty="medium",
    minutes=20,
    hints=(
        "Two one-sided tests at 5 % are one interval at 90 %: `t_quantile(0.95, freedom)` standard "
        "errors to each side.",
        "Inside the margin as a whole: equivalent. Outside it as a whole, on either side: "
        "different. Anything else: open.",
    ),
    examples=(
        example(0.0, 1.0, freedom=100.0, margin=10.0, gives="equivalent"),
        example(30.0, 1.0, freedom=100.0, margin=10.0, gives="different"),
        example(0.0, 50.0, freedom=100.0, margin=10.0, gives="open"),
    ),
    look_at='"The same team on both engines" in lesson 15',
    done="The next cell asks it about the recorded teams.",
)
def engines_verdict(probe: Probe) -> None:
    rng = np.random.default_rng(153)
    freedom = 40.0
    at_90, at_95 = t_quantile(0.95, freedom), t_quantile(0.975, freedom)
    between = (at_90 + at_95) / 2  # tells a 90 % interval from a 95 % one
    for _ in range(3):
        margin, error = float(rng.uniform(8, 16)), float(rng.uniform(1, 3))
        edge = margin - between * error
        cases = (
            (edge, "equivalent", "an interval of 90 % that lies inside the margin is equivalent"),
            (-edge, "equivalent", "both sides of the margin count alike"),
            (-margin - between * error, "different", "wholly below the margin is different"),
            (margin + between * error, "different", "wholly above the margin is different"),
            (margin, "open", "an interval that crosses the margin leaves the question open"),
            (-margin, "open", "an interval that crosses the margin leaves the question open"),
        )
        for difference, wanted, rule in cases:
            got = probe(difference, error, freedom=freedom, margin=margin)
            probe.equal(got, wanted, rule)
        wide = 5 * margin
        got = probe(0.0, wide, freedom=freedom, margin=margin)
        probe.equal(got, "open", "holding zero proves nothing when the interval is wide")
        got = probe(edge, error / 4, freedom=freedom, margin=margin)
        probe.equal(got, "equivalent", "a difference that is surely there may still be small")


@LESSON.exercise(
    title="The flag at the end",
    priority="should",
    difficulty="medium",
    minutes=15,
    hints=(
        "Who knows whether the flag means the clock? The tick does: the last tick of an episode of "
        "`steps` is number `steps - 1`.",
        "A target is reward + discount * next value, and without the second part only where the "
        "flag is up *before* the clock has run out.",
    ),
    examples=(
        example(
            np.array([-1.0, -1.0]),
            np.array([10.0, 10.0]),
            np.array([False, True]),
            np.array([3, 499]),
            steps=500,
            discount=0.5,
            gives=np.array([4.0, 4.0]),
        ),
        example(
            np.array([-1.0]),
            np.array([10.0]),
            np.array([True]),
            np.array([20]),
            steps=500,
            discount=0.5,
            gives=np.array([-1.0]),
        ),
    ),
    look_at='"What differs" in lesson 15',
    done="The bridge does this for you: it reports the end as a truncation.",
)
def value_targets(probe: Probe) -> None:
    rng = np.random.default_rng(154)
    for steps in (5, 30, 500):
        ticks = np.array([1, 2, steps - 2, steps - 1, steps - 1])
        flags = np.array([False, True, True, True, False])
        rewards, values = rng.normal(size=5) - 3, rng.normal(size=5) + 20
        got = np.asarray(probe(rewards, values, flags, ticks, steps=steps, discount=0.9))
        probe.require(got.shape == (5,), "one target comes back for each tick")
        probe.equal(got[0], rewards[0] + 0.9 * values[0], "without a flag the next value is added")
        probe.equal(got[1:3], rewards[1:3], "a flag before the clock has run out ends the task")
        probe.equal(
            got[3],
            rewards[3] + 0.9 * values[3],
            "at tick steps - 1 only the clock has run out, and the network goes on",
        )
        probe.equal(got[4], rewards[4] + 0.9 * values[4], "without a flag the next value is added")


@LESSON.exercise(
    title="The bill of a training",
    priority="bonus",
    difficulty="easy",
    minutes=10,
    hints=(
        "All cores together make `rate * cores * efficiency` steps a second.",
        "Hours are seconds / 3600; every core is paid for every hour, busy or not.",
    ),
    examples=(
        example(3600.0, 1.0, cores=1, efficiency=1.0, price=2.0, gives=(1.0, 2.0)),
        example(7200.0, 1.0, cores=4, efficiency=0.5, price=1.0, gives=(1.0, 4.0)),
    ),
    look_at='"More machines than one" in lesson 15',
    done="Twice the cores halve the hours only if the efficiency stays; the price never falls.",
)
def training_bill(probe: Probe) -> None:
    rng = np.random.default_rng(155)
    for cores in (1, 16, 256):
        steps, rate = float(rng.uniform(1e6, 1e8)), float(rng.uniform(50, 5000))
        efficiency, price = float(rng.uniform(0.3, 0.9)), float(rng.uniform(0.01, 0.1))
        got = probe(steps, rate, cores=cores, efficiency=efficiency, price=price)
        hours, cost = probe.parts(got, "hours", "price")
        wanted = steps / (rate * cores * efficiency) / 3600
        probe.equal(hours, wanted, "steps divided by what all cores make in an hour")
        probe.equal(cost, wanted * cores * price, "every core is paid for every hour")
