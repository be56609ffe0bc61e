"""Exercises and quiz of lesson 03, one agent or many?"""

import functools
import math

import numpy as np

from course_lib.cyber_range import evaluate, make_policy
from course_lib.lessons.l03_organisation import by_alarm, with_hands
from course_lib.suitability import QUESTIONS, assess
from course_lib.workbook.exercise import Lesson, Probe, example
from course_lib.workbook.quiz import Question, Quiz

LESSON = Lesson(
    "03",
    quiz=Quiz(
        Question(
            (
                "Seven defenders have 82 actions each. Why can a network for a central agent still "
                "have only 574 outputs?"
            ),
            right=(
                "It may choose for each zone separately, with 7 times 82 outputs",
                "The product counts combinations. They must be told apart only where the best "
                "action here depends on what is done there.",
            ),
            wrong={
                "Most joint actions are masked, and 574 of them are left over": (
                    "Masks shorten the list, but seven zones with 40 possible actions each still "
                    "have 164 billion combinations."
                ),
                "574 is the number of joint actions of seven defenders with 82 each": (
                    "That is 82 to the power of 7: 25 trillion."
                ),
            },
        ),
        Question(
            "Two plants have links that work 75 % of the time. In A they fail often for 5 ticks, "
            "in B seldom for 200. For a central agent, what follows from the lesson?",
            right=(
                "B is far worse: red has time to climb",
                "With the same rules 5 ticks cost about 2 points, 200 ticks about 700.",
            ),
            wrong={
                "Both cost the same, since the share is the same": (
                    "The share says nothing about how long a zone is left alone."
                ),
                "A is worse, because it fails more often": (
                    "Short outages end before red has got anywhere."
                ),
            },
        ),
        Question(
            "Switching off one zone's agent hurts that zone alone. Which conclusion is justified?",
            right=(
                "With these defenders the zones depend on each other only weakly",
                (
                    "That makes several agents cheap. Whether they are needed depends on links, "
                    "losses and size."
                ),
            ),
            wrong={
                "Several agents are necessary, since one cannot watch all zones": (
                    "Weak dependence alone is no need: one sound centre scores the same."
                ),
                "No attack can pass from one zone to the next on this network": (
                    "It can; but the neighbour's awake agent throws it out again, and red has "
                    "other ways in besides."
                ),
            },
        ),
    ),
)

SITUATIONS = {
    "a": ("POMDP", "one program decides, and alerts are missing: partly observed"),
    "b": (
        "Dec-MDP",
        "one shared score, and each of the six sees everything (in the literature: MMDP)",
    ),
    "c": ("Dec-POMDP", "one shared score, and each agent sees its own zone only"),
    "d": ("POMG", "each company pays for its own losses, and sees its own network only"),
    "e": (
        "Markov game",
        "each owner has a budget of its own to spare, and both see the whole state",
    ),
    "f": ("MDP", "one program decides, and it sees the whole state"),
}
TYPES = ("MDP", "POMDP", "Dec-MDP", "Markov game", "Dec-POMDP", "POMG")
OTHER_NAMES = {
    "mmdp": "Dec-MDP",
    "multi-agent mdp": "Dec-MDP",
    "stochastic game": "Markov game",
    "posg": "POMG",
}
"""What the literature calls some of these types -> the guidelines' word."""


@LESSON.exercise(
    title="What kind of environment?",
    priority="must",
    difficulty="easy",
    minutes=10,
    hints=(
        "Ask twice: how many decide, and does each of those who decide see the whole state?",
        "With several who decide, ask a third time: do they all receive the same reward?",
    ),
    look_at='the table of types at "7. The decision aid" in lesson 03',
    done="Two or three questions settle it: who decides, what they see, whose reward it is.",
)
def types(probe: Probe) -> None:
    answers = probe.answer
    probe.attempted(answers)
    probe.require(
        isinstance(answers, dict), "the answer is a dict: letter of the situation -> type"
    )
    words = {one.lower(): one for one in TYPES}
    for letter in SITUATIONS:
        probe.attempted(answers.get(letter, ...))
    for letter, (wanted, why) in SITUATIONS.items():
        word = str(answers[letter]).strip().lower()
        guidelines_word = OTHER_NAMES.get(word)
        said = (
            f"situation {letter}: in the guidelines' words {answers[letter]} is {guidelines_word}"
        )
        probe.require(guidelines_word is None, said)
        said = f"situation {letter}: the types are {', '.join(TYPES)}"
        probe.require(word in words, said)
        probe.require(words[word] == wanted, f"situation {letter}: {why}")


@LESSON.exercise(
    title="Count the choices",
    priority="must",
    difficulty="easy",
    minutes=5,
    hints=(
        "Combinations multiply, separate choices add up.",
        "`math.prod(sizes)` is exact for integers; `np.prod` may overflow without a word.",
    ),
    examples=(example([82], gives=(82, 82)), example([2, 2], gives=(4, 4))),
    look_at='"1. How much one agent would have to choose from" in lesson 03',
    done="With 24 zones the product has 46 digits. numpy's 64-bit integers end at 19.",
)
def choices(probe: Probe) -> None:
    for sizes in ([82, 82], [82] * 4 + [242], [3, 5, 7], [82] * 7, [82] * 24):
        joint, separate = math.prod(sizes), sum(sizes)
        got = probe(sizes)
        probe.require(
            isinstance(got, tuple | list) and len(got) == 2,
            "a pair comes back: joint actions, separate actions",
        )
        probe.require(
            got[0] == joint,  # no int() around it: a float is not exact
            "combinations multiply, and the number is exact however large it is",
        )
        probe.require(got[1] == separate, "separate choices add up")


HOSPITAL = {
    "steps_known": ("no", "nobody could list the steps"),
    "signal": ("consequences", "the score follows what was done"),
    "may_explore": ("yes", "there is a simulator of the wards"),
    "long_effect": ("yes", "a ward isolated too early delays everything that comes after it"),
    "model_known": ("no", "how the staff react is only found out by trying"),
    "only_speed": ("no", "training time was not mentioned as a reason"),
    "simple_structure": ("no", "it was called anything but simple"),
    "fragmented": ("no", "the backbone is doubled and has not failed in nine years"),
    "resilience": ("no", "a pause of ten minutes is acceptable"),
    "joint_size": ("yes", "900 devices are too many for one learner"),
    "weak_dependence": ("no", "all wards share laboratory and pharmacy"),
    "levels": ("yes", "a crisis team sets priorities, each ward's staff carries them out"),
}


@LESSON.exercise(
    title="Answer for a hospital",
    priority="must",
    difficulty="medium",
    minutes=15,
    hints=(
        (
            "Go through the text sentence by sentence: each answers one question. "
            '`QUESTIONS["levels"].text` shows one.'
        ),
        (
            "Do not answer what you would like to be true: the text says that the wards are *not* "
            "independent."
        ),
    ),
    look_at='"7. The decision aid" in lesson 03, and the text of the exercise',
    done=(
        "A hierarchy: too large for one, too entangled for equals, and its levels are there "
        "already."
    ),
)
def hospital(probe: Probe) -> None:
    answers = probe.answer
    probe.attempted(answers)
    probe.require(isinstance(answers, dict), "the answer is a dict: question -> answer")
    for question, (wanted, why) in HOSPITAL.items():
        given = answers.get(question, ...)
        probe.attempted(given)
        allowed = QUESTIONS[question].answers
        probe.require(given in allowed, f"{question} takes {', '.join(allowed)}")
        probe.require(given == wanted, f"{question}: {why}")
    extra = sorted(set(answers) - set(HOSPITAL))
    probe.require(
        not extra,
        f"only what the text says is answered, and it says nothing about {', '.join(extra)}",
    )


@LESSON.exercise(
    title="How much spills over?",
    priority="should",
    difficulty="medium",
    minutes=10,
    hints=(
        "`np.diag(damage)` is what stays at home; everything else in the row has spilt over.",
        (
            "Add up first, then divide once. Damage below zero is noise: count it as 0 with "
            "`np.maximum`."
        ),
    ),
    examples=(
        example(np.array([[90.0, 10.0], [0.0, 100.0]]), gives=0.05),
        example(np.array([[30.0, 30.0], [30.0, 30.0]]), gives=0.5),
    ),
    look_at='"3. An agent is lost" in lesson 03',
    done=(
        "0: zones that could not care less about each other. On the range a few parts in a "
        "thousand."
    ),
)
def spill(probe: Probe) -> None:
    rng = np.random.default_rng(34)
    for zones, columns in ((3, 3), (4, 4), (7, 8), (5, 6)):
        damage = rng.uniform(0, 40, (zones, columns)).round(1) + 100 * np.eye(zones, columns)
        damage[0, 1] = -5.0
        damage[1, 0] = 250.0  # more is lost elsewhere than at home
        damage[-1, zones - 1] = -3.0  # and here the agent's own zone only has noise
        counted = np.maximum(damage, 0)
        home = sum(counted[i, i] for i in range(zones))
        said = "all damage off the diagonal (below zero counts as 0), divided by all damage"
        probe.equal(probe(damage), 1 - home / counted.sum(), said)


CLAIMS = {
    "steps_known": "no",
    "signal": "consequences",
    "may_explore": "yes",
    "long_effect": "yes",
    "model_known": "no",
    "explore_or_plan": "plan",
    "fragmented": "yes",
    "links": "good",
    "only_speed": "yes",
    "simple_structure": "no",
    "weak_dependence": "yes",
    "coordination": "high",
}
"""A colleague's answers with four contradictions; the exercise shows them, and a test compares."""


@LESSON.exercise(
    title="A colleague's contradictions",
    priority="should",
    difficulty="medium",
    minutes=15,
    hints=(
        "`assess(claims).conflicts` lists the pairs; two of them share an answer.",
        (
            "The minutes of the meeting say which side of each pair is the true one. Change only "
            "the other side."
        ),
    ),
    look_at="the contradictions that `assess` finds, and the minutes of the meeting in the text",
    done="Without contradictions the verdict holds: several agents, and one can say why.",
)
def repaired(probe: Probe) -> None:
    answers = probe.answer
    probe.attempted(answers)
    probe.require(isinstance(answers, dict), "the answer is a dict: question -> answer")
    for given in answers.values():
        probe.attempted(given)
    probe.require(
        set(answers) == set(CLAIMS),
        "the same questions are answered as in claims, none added, none dropped",
    )
    try:
        found = assess(answers)
    except ValueError as error:
        probe.require(False, str(error))
    left = [one.says for one in found.conflicts if one.kind == "contradiction"]
    probe.require(
        not left, f"no contradiction is left; there is still this one: {(left or [''])[0]}"
    )
    true = {"model_known": "no", "fragmented": "yes", "weak_dependence": "yes"}
    for question, answer in true.items():
        probe.require(
            answers[question] == answer, f"{question} is as the minutes of the meeting have it"
        )
    changed = [question for question in CLAIMS if answers[question] != CLAIMS[question]]
    said = f"only what contradicts is changed, four answers; changed are {', '.join(changed)}"
    probe.require(len(changed) == 4, said)
    probe.require(found.verdict == "several", "the verdict is several agents")


EPISODES = 20


@functools.cache
def _loudest_alarm_score() -> float:
    """Score of three hands that follow the loudest alarm, on the episodes of the check."""
    rules = make_policy("expert", defenders="per-zone")
    return evaluate(with_hands(rules, 3, by_alarm), episodes=EPISODES).mean


def one_number_per_zone(probe: Probe) -> None:
    """For signs and waited of shape (E, 7) it returns numbers of shape (E, 7)."""
    _urgency(probe, np.zeros((2, 7)), np.ones((2, 7)))


def _urgency(probe: Probe, signs: np.ndarray, waited: np.ndarray) -> np.ndarray:
    """What the answer says, as an array of floats (E, 7)."""
    got = np.asarray(probe(signs, waited), dtype=float)
    said = "one number for each zone of each episode, and no nan"
    probe.require(got.shape == waited.shape and not np.isnan(got).any(), said)
    return got


@LESSON.exercise(
    title="Send the hands yourself",
    priority="bonus",
    difficulty="medium",
    minutes=15,
    hints=(
        (
            "The rota's urgency is `waited`; the loudest alarm's is the signs. What does each of "
            "them forget?"
        ),
        (
            "Let a sign make a zone come earlier without ever keeping all hands: `waited * (1 + "
            "signs / 10)`, for example."
        ),
    ),
    examples=(one_number_per_zone,),
    look_at=(
        '"4. A hierarchy" in lesson 03, and in_turn() in course_lib/lessons/l03_organisation.py'
    ),
    done=(
        "It beats the loudest alarm. Whether it beats the rota is another question: look at the "
        "next cell's interval."
    ),
)
def urgency(probe: Probe) -> None:
    rng = np.random.default_rng(36)
    signs = rng.integers(0, 30, (5, 7)).astype(float)
    waited = rng.integers(1, 60, (5, 7)).astype(float)
    together = _urgency(probe, signs, waited)
    said = "the same signs and the same waits give the same urgency"
    probe.equal(_urgency(probe, signs, waited), together, said)
    alone = [_urgency(probe, signs[i : i + 1], waited[i : i + 1])[0] for i in range(5)]
    said = "each row is an episode of its own: what happens in one changes nothing in another"
    probe.equal(np.array(alone), together, said)
    rules = make_policy("expert", defenders="per-zone")
    score = evaluate(with_hands(rules, 3, probe.answer), episodes=EPISODES).mean
    alarm = _loudest_alarm_score()
    said = (
        f"at least 300 points better than the loudest alarm, which scores {alarm:.0f} on these "
        f"{EPISODES} episodes; yours scores {score:.0f}"
    )
    probe.require(score >= alarm + 300, said)
