"""Exercises and quiz of lesson 13b, what the hierarchy is worth."""

import numpy as np
import torch

from course_lib import cyber_range
from course_lib.stats import paired_contrast
from course_lib.workbook.exercise import Lesson, Probe, example
from course_lib.workbook.quiz import Question, Quiz

torch.set_num_threads(1)

LESSON = Lesson(
    "13b",
    quiz=Quiz(
        Question(
            "A three-layer team scores -160. With random weights and the same doctrine it scores "
            "-3,770, and five rules without a network score -107. What may you say?",
            right=(
                "It learned a lot, and less than the rules know",
                "The gain over random weights is large, but the bar for a learned defender is the "
                "best thing known without learning.",
            ),
            wrong={
                "The hierarchy has learned to defend the network": (
                    "Five rules without any network do better."
                ),
                "Training it was of no use at all to the defence": (
                    "It gained thousands of points over the weights it began with."
                ),
            },
        ),
        Question(
            "Two arms, one seed each, 1,000 evaluation episodes each; the intervals over episodes "
            "do not overlap. Which method is better?",
            right=(
                "Unknown: each method has one observation",
                "The episodes say how good these two teams are. How much another training of the "
                "same method would differ, they cannot tell.",
            ),
            wrong={
                "The one that has the higher mean score": (
                    "Another seed of the same arm can differ by more than the two did."
                ),
                "Neither; the episodes must be paired first": (
                    "Pairing makes the comparison of the two teams sharper, not that of the "
                    "methods."
                ),
            },
        ),
        Question(
            "A trained team obeys the commands of another episode and scores the same, with a "
            "narrow interval. What follows?",
            right=(
                "Its commands tell it nothing it can use",
                "Not that commands are useless everywhere: with one repair crew for all zones a "
                "commander is worth a hundred points.",
            ),
            wrong={
                "Commands are worth nothing anywhere": (
                    "This is one team on one range, where nothing is scarce and shared."
                ),
                "The commander was not trained enough": (
                    "Perhaps, but this trial cannot tell that from orders nobody needs."
                ),
            },
        ),
    ),
)


@LESSON.exercise(
    title="What training added",
    priority="must",
    difficulty="easy",
    minutes=15,
    hints=(
        "One number for each seed first: the mean over its episodes of trained minus random.",
        "With n seeds the half-width is `t_quantile(0.975, n - 1)` times the standard deviation "
        "(ddof 1) over the root of n.",
    ),
    examples=(
        example(
            [[-100.0, -120.0], [-110.0, -110.0], [-90.0, -130.0]],
            [[-300.0, -320.0], [-310.0, -310.0], [-290.0, -330.0]],
            gives=(200.0, 200.0, 200.0),
        ),
        example(
            [[-100.0, -120.0], [-100.0, -140.0]],
            [[-110.0, -110.0], [-120.0, -120.0]],
            gives=(0.0, 0.0, 0.0),
        ),
    ),
    look_at='"The study" and "The four corners" in lesson 13b',
    done="The next cell asks it about the recorded study.",
)
def training_gain(probe: Probe) -> None:
    rng = np.random.default_rng(131)
    for seeds, episodes in ((3, 8), (5, 20)):
        trained = [rng.normal(-150 + rng.normal(0, 30), 60, episodes) for _ in range(seeds)]
        untrained = [rng.normal(-200 + rng.normal(0, 5), 60, episodes) for _ in range(seeds)]
        means = [one.mean() - other.mean() for one, other in zip(trained, untrained, strict=True)]
        wanted = paired_contrast(means, np.zeros(seeds))
        got = probe([list(one) for one in trained], [list(one) for one in untrained])
        probe.require(np.shape(got) == (3,), "three numbers come back: gain, low, high")
        probe.equal(
            got[0], wanted.difference, "the gain is trained minus random, averaged over seeds"
        )
        probe.equal(
            got[2] - got[0], got[0] - got[1], "the interval lies symmetrically around the gain"
        )
        probe.equal(
            got[2] - got[1],
            wanted.high - wanted.low,
            (
                "a seed is one observation: t interval over the seeds' mean gains, n - 1 degrees "
                "of freedom"
            ),
            tolerance=1e-4,
        )


@LESSON.exercise(
    title="Beat a scripted defender",
    priority="bonus",
    difficulty="medium",
    minutes=20,
    hints=(
        "`react-restore` restores whatever shows an event. Events lie about half of the time "
        "(lesson 11), and a Restore costs a point and five ticks.",
        (
            "Any means will do: a trained team from `load_policy`, a doctrine with a weight of 1, "
            "a training of your own."
        ),
    ),
    look_at='"The four corners" in lesson 13b',
    done="Paired, on seeds that you could not search on.",
)
def my_defender(probe: Probe) -> None:
    policy = probe.answer
    kind = type(policy).__module__
    probe.require(
        hasattr(policy, "act_batch"), "the answer is a policy, for example a HierarchicalDefender"
    )
    probe.require(
        not kind.startswith("course_lib.cyber_range"),
        "it is not one of the ready scripted defenders",
    )
    probe.require(policy.defenders == "official", "it plays the five official defenders")
    mine, theirs = (
        cyber_range.evaluate(one, episodes=32, seed=6000).scores
        for one in (policy, "react-restore")
    )
    found = paired_contrast(mine, theirs)
    probe.require(
        found.low > 0,
        "better than react-restore, paired by episode, with an interval above 0; "
        f"yours differs by {found.difference:+,.0f} [{found.low:+,.0f}, {found.high:+,.0f}]",
    )
