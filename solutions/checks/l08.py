"""Exercises and quiz of lesson 08, learning to talk."""

import numpy as np
import torch

from course_lib.games import ceiling, protocol_value, read_protocol
from course_lib.learners import mutual_information
from course_lib.workbook.exercise import Lesson, Probe, example
from course_lib.workbook.quiz import Question, Quiz

LESSON = Lesson(
    "08",
    quiz=Quiz(
        Question(
            "A team scores far better with its messages than muted. What follows?",
            right=(
                "It reacts to what arrives, for whatever reason",
                "A muted listener sees something it never met in training. Only shuffled messages "
                "look the same and mean nothing.",
            ),
            wrong={
                "The messages carry information about the state": "A team that has only learned to "
                "expect some bits falls as well when they stop. Shuffle them.",
                "Another team could use these messages too": "That is what the foreign speaker "
                "tests, and it is another question.",
            },
        ),
        Question(
            "In the relay only the responder is paid. Why can DIAL teach the watcher to speak?",
            right=(
                "The responder's error goes back through the channel",
                "The gradient does not ask who is paid. It asks what would have made the "
                "listener's error smaller.",
            ),
            wrong={
                "It explores more of the possible messages than RIAL": (
                    "RIAL tries all messages as well, but their value to the watcher is the same, "
                    "whatever it says."
                ),
                "It gives both agents a larger network than RIAL does": (
                    "The networks are the same but for the head that speaks."
                ),
            },
        ),
        Question(
            "An intruder can flip bits on the line. What does an authentication tag buy?",
            right=(
                "Forged messages are recognised and dropped",
                "A tag tells forgery from truth. It brings no information back: the crew needs a "
                "rule for silence.",
            ),
            wrong={
                "Messages cannot be read by the intruder": "That is encryption. A tag "
                "leaves the bits in the open.",
                "What the true message said is restored": (
                    "That is what redundancy is for, as long as few bits are flipped."
                ),
            },
        ),
    ),
)


@LESSON.exercise(
    title="A bit that carries a gradient",
    priority="must",
    difficulty="medium",
    minutes=10,
    hints=(
        "Two cases. While training: add the noise to the logit, then squeeze the sum into (0, 1).",
        "`torch.sigmoid(logits + noise)` while training; `(logits > 0).float()` otherwise.",
    ),
    examples=(
        example(torch.tensor([0.0]), torch.tensor([0.0]), True, gives=torch.tensor([0.5])),
        example(torch.tensor([2.0]), torch.tensor([-9.0]), False, gives=torch.tensor([1.0])),
    ),
    look_at='"The gradient through the channel" in lesson 08',
    done="The next cell lets a listener's error flow back through your unit.",
)
def message_unit(probe: Probe) -> None:
    generator = torch.Generator().manual_seed(81)
    logits = 2 * torch.randn(9, generator=generator)
    logits[0] = 0.0
    noise = 2 * torch.randn(9, generator=generator)
    bits = probe(logits, noise, False)
    probe.equal(bits, (logits > 0).float(), "executed, a message is 1 where its logit is above 0")
    given = logits.clone().requires_grad_()
    said = probe(given, noise, True)
    expected = torch.sigmoid(logits + noise)
    probe.equal(said, expected, "while training, it is sigmoid(logit + noise)")
    slope = expected * (1 - expected)
    probe.carries_gradient(said, 0, slope, "while training, the gradient comes back to the logits")


@LESSON.exercise(
    title="How high is the ceiling?",
    priority="must",
    difficulty="medium",
    minutes=15,
    hints=(
        "Follow the chances of how many have been in the room. Before the first day: 0, for sure.",
        "If k of n have been there, the next visitor is new with probability (n - k) / n.",
    ),
    examples=(example(2, 1, gives=0.0), example(2, 2, gives=0.5), example(3, 3, gives=2 / 9)),
    look_at='"A riddle with a known answer" in lesson 08',
    done="540 / 729 for three and six days. The lesson divides its returns by such a number.",
)
def riddle_ceiling(probe: Probe) -> None:
    for agents, days in ((3, 6), (4, 10), (1, 1), (2, 7), (5, 14), (4, 3), (3, 4), (3, 5)):
        got = probe(agents, days)
        said = f"with {agents} agents and {days} days it is the chance that all have been there"
        probe.equal(got, ceiling(agents, days), said)


@LESSON.exercise(
    title="What does a bit say?",
    priority="must",
    difficulty="medium",
    minutes=10,
    hints=(
        "Divide the counts by their sum: that is p(x, y). Row sums are p(x), column sums p(y).",
        "Sum p(x, y) * log2(p(x, y) / (p(x) p(y))) over the cells that are not 0.",
    ),
    examples=(
        example(np.array([[5, 0], [0, 5]]), gives=1.0),
        example(np.array([[3, 3], [3, 3]]), gives=0.0),
    ),
    look_at='"What do the bits say?" in lesson 08',
    done="In bits, from counts: a plug-in estimate. It is never below 0, so chance looks like a "
    "little information. That is why a permutation null stands beside it.",
)
def information_of(probe: Probe) -> None:
    rng = np.random.default_rng(83)
    for rows, columns in ((2, 3), (4, 2), (3, 3), (2, 2)):
        counts = rng.integers(0, 9, size=(rows, columns))
        counts[0, 0], counts[-1, 0] = 0, 5
        if rows == 4:
            counts[1] = 0  # a message that was never sent
        x, y = np.nonzero(np.ones_like(counts))
        pairs = np.repeat(np.stack([x, y], axis=1), counts.reshape(-1), axis=0)
        expected = mutual_information(pairs[:, 0], pairs[:, 1])
        got = probe(counts)
        probe.require(np.isfinite(got), "a cell that never occurred counts 0, not nan")
        probe.equal(got, expected, "sum of p(x, y) log2(p(x, y) / (p(x) p(y))), in bits")


def a_single_listener_keeps_the_message(probe: Probe) -> None:
    """of two messages [[1, 1], [0, 1]] only the first is heard: they stay as they are"""
    messages = np.array([[1, 1], [0, 1]])
    got = probe(messages, np.array([True, False]), np.random.default_rng(0))
    probe.equal(got, messages, "with one listener there is nobody to change places with")


@LESSON.exercise(
    title="The shuffled control",
    priority="should",
    difficulty="medium",
    minutes=10,
    hints=(
        "One order for whole rows: the bits of a message stay together.",
        "`messages[rng.permutation(len(messages))]` moves rows. Where nobody listened, nothing "
        "may move: permute only the rows that `listening` names.",
    ),
    examples=(a_single_listener_keeps_the_message,),
    look_at='"Three controls" in lesson 08',
    done="Same messages, same frequencies, no meaning: what still works now never needed them.",
)
def shuffled(probe: Probe) -> None:
    draw = np.random.default_rng(84)
    messages = draw.integers(2, size=(60, 8))
    messages[:, 0] = np.arange(60)
    listening = draw.random(60) < 0.7
    listening[:2] = listening[-2:] = True, False
    got = np.asarray(probe(messages, listening, np.random.default_rng(1)))
    probe.require(got.shape == messages.shape, "as many messages of as many bits come back")
    still = got[~listening]
    probe.equal(still, messages[~listening], "where nobody listened, nothing is changed")
    before = sorted(map(tuple, messages[listening].tolist()))
    after = sorted(map(tuple, got[listening].tolist()))
    probe.require(before == after, "whole messages are moved: each of them arrives exactly once")
    moved = (got[listening] != messages[listening]).any(axis=1).mean()
    probe.require(moved > 0.8, "the order is drawn by chance, so that hardly a message stays")
    again = np.asarray(probe(messages, listening, np.random.default_rng(1)))
    probe.equal(again, got, "the order comes from `rng` alone: an equal generator, an equal order")
    other = np.asarray(probe(messages, listening, np.random.default_rng(2)))
    probe.require((other != got).any(), "another random generator gives another order")


@LESSON.exercise(
    title="Say it four times",
    priority="should",
    difficulty="easy",
    minutes=10,
    hints=(
        "Count for each fact how many of its copies are 1.",
        "More than half of the copies: 1. Fewer: 0. Exactly half: `unsure`.",
    ),
    examples=(
        example(np.array([[1, 1, 1, 0], [0, 0, 0, 0]]), gives=np.array([1.0, 0.0])),
        example(np.array([[1, 0, 1, 0]]), gives=np.array([0.5])),
    ),
    look_at='"Redundancy" in lesson 08',
    done="Two facts, four times each: eight bits. One flipped copy is outvoted, two are a tie.",
)
def majority(probe: Probe) -> None:
    rng = np.random.default_rng(85)
    for facts, copies in ((2, 4), (5, 3), (1, 8), (3, 5)):
        received = rng.integers(2, size=(facts, copies))
        received[0] = np.arange(copies) % 2
        ones = received.sum(axis=1)
        for unsure in (0.5, 0.0):
            expected = np.where(2 * ones > copies, 1.0, 0.0)
            expected[2 * ones == copies] = unsure
            got = probe(received, unsure=unsure)
            probe.require(np.shape(got) == (facts,), "one answer comes back for each fact")
            probe.equal(got, expected, "the majority of the copies decides, a tie is `unsure`")


def it_is_a_protocol(probe: Probe) -> None:
    """my_protocol is a text of six words of four letters, such as "oooo OoTo ..." """
    text = probe.answer
    fits = isinstance(text, str) and [len(word) for word in text.split()] == [4] * 6
    probe.require(fits, "six words of four letters, one word for each day")
    probe.require(set(text) <= set("oOT "), "the letters are o, O and T")


@LESSON.exercise(
    title="Your own protocol",
    priority="bonus",
    difficulty="hard",
    minutes=15,
    hints=(
        "What must the switch say? With three analysts, one or two have been here when you come "
        "in for the first time.",
        "Let *on* mean that two have been here. Who comes for the first time and finds it off is "
        "the second; who finds it on is the third, and tells. Mind the first day.",
    ),
    examples=(it_is_a_protocol,),
    look_at="the protocols that DIAL learned, in lesson 08",
    done="No message can do better: with three analysts one bit a day says all there is to say.",
)
def my_protocol(probe: Probe) -> None:
    share = protocol_value(*read_protocol(probe.answer), 3) / ceiling(3)
    said = f"it reaches the ceiling; yours is worth {100 * share:.1f} % of it, exactly"
    probe.require(share > 0.999, said)
