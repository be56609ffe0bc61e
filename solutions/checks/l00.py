"""Exercises and quiz of lesson 00, start here."""

import math

import numpy as np

from course_lib.cyber_range import parallel_env
from course_lib.cyber_range.actions import TABLES
from course_lib.cyber_range.constants import (
    CON,
    HOST_COUNT,
    MESSAGE_LENGTH,
    RESTORE,
    SERVER_SLOTS,
    SLEEP,
    SLOTS,
    SMALL_ACTIONS,
)
from course_lib.cyber_range.engine.message import PROCESS_AT
from course_lib.stats import t_quantile
from course_lib.workbook.exercise import Lesson, Probe, example
from course_lib.workbook.quiz import Question, Quiz

LESSON = Lesson(
    "00",
    quiz=Quiz(
        Question(
            (
                "An episode has 499 ticks and five defenders who all get the same reward. What is "
                "its official score?"
            ),
            right=(
                "The first 498 rewards, averaged over the five defenders, summed",
                "The official loop stops before it adds the last reward, and the mean of five "
                "equal numbers is the number itself.",
            ),
            wrong={
                "All 499 rewards of the five defenders, added up over the episode": (
                    "That is five times too large, and one tick too long: a frequent mistake when "
                    "scores are compared."
                ),
                "The mean reward of a tick, over all ticks and all five defenders": (
                    "That would be the score divided by 498. A score is a sum over the episode."
                ),
            },
        ),
        Question(
            (
                "Two defenders played the same 200 seeds. Their 95 % intervals overlap a little. "
                "What follows?"
            ),
            right=(
                "Nothing yet: look at the interval of the difference, seed by seed",
                "Both met the same networks and the same attacks, so the differences vary less "
                "than the scores. Their interval answers the question.",
            ),
            wrong={
                "The two are equally good, because the intervals overlap a little": (
                    "Overlap is not a proof of equality. The difference may still be clearly "
                    "different from zero."
                ),
                "The one with the higher mean is better: both played the same seeds": (
                    "Perhaps, perhaps luck. The mean alone does not say how far it can be trusted."
                ),
            },
        ),
        Question(
            "The same seed is played twice on the range with the same defender. What happens?",
            right=(
                "The same episode, tick by tick",
                "Every random number of the range comes from the seed: network, users, red. That "
                "is what makes an experiment repeatable and a comparison fair.",
            ),
            wrong={
                "The same network, another attack": "Red's draws come from the seed as well.",
                "Something else each time; only the average agrees": (
                    "That is what two different seeds do."
                ),
            },
        ),
    ),
)


@LESSON.exercise(
    title="Read a score",
    priority="must",
    difficulty="easy",
    minutes=5,
    hints=(
        "Two axes: ticks down, defenders across. Which one is summed, which one is averaged?",
        "`rewards[:-1]` leaves out the last tick. Then `.mean(axis=1).sum()`.",
    ),
    examples=(
        example(np.array([[0.0], [-3.0], [0.0]]), gives=-3.0),
        example(np.array([[-1.0, -1.0], [-2.0, -2.0], [-5.0, -5.0]]), gives=-3.0),
    ),
    look_at='"How a score is counted" in lesson 00',
    done="Compare any published score with this count before you compare it with yours.",
)
def official_score(probe: Probe) -> None:
    rng = np.random.default_rng(11)
    for ticks, defenders in ((499, 5), (29, 5), (99, 7), (499, 1)):
        rewards = -rng.integers(1, 12, (ticks, defenders)).astype(float)
        got = probe(rewards)
        counted = rewards[:-1].mean(axis=1).sum()
        kept = rewards[:498].mean(axis=1).sum()
        if ticks < 498 and np.ndim(got) == 0 and np.isclose(float(got), kept):
            probe.require(
                False,
                "all ticks but the last count, however long the episode is: `rewards[:498]` is "
                f"right for 499 ticks only, and this episode has {ticks}; write `rewards[:-1]`",
            )
        probe.equal(
            got,
            counted,
            "the score is the sum over all ticks but the last of the mean over the defenders "
            f"(this episode: {ticks} ticks, {defenders} defenders)",
        )


@LESSON.exercise(
    title="Is it really better?",
    priority="must",
    difficulty="easy",
    minutes=10,
    hints=(
        (
            "Both defenders played the same seeds. Which single list of numbers has the luck of "
            "the seed taken out?"
        ),
        "`mean_interval(first - second)` from `course_lib.stats` has `.mean`, `.low` and `.high`.",
    ),
    examples=(
        example(
            np.array([-100.0, -100.0, -100.0]),
            np.array([-100.0, -100.0, -100.0]),
            gives=(0.0, 0.0, 0.0),
        ),
        example(
            np.array([-100.0, -100.0, -100.0]),
            np.array([-130.0, -130.0, -130.0]),
            gives=(30.0, 30.0, 30.0),
        ),
    ),
    look_at='"Is the difference real?" in lesson 00',
    done="An interval that does not contain 0 says: the difference is larger than luck explains.",
)
def difference_interval(probe: Probe) -> None:
    rng = np.random.default_rng(12)
    for n in (5, 12, 40):
        seed_luck = rng.normal(-300, 80, n)
        first, second = seed_luck + rng.normal(0, 10, n), seed_luck + rng.normal(-15, 10, n)
        difference = first - second
        half = t_quantile(0.975, n - 1) * difference.std(ddof=1) / math.sqrt(n)
        got = probe(first, second)
        probe.require(
            np.shape(got) == (3,), "the answer is a tuple of three numbers: difference, low, high"
        )
        probe.equal(
            got[0],
            difference.mean(),
            "first the mean of first - second: positive if the first is better",
        )
        probe.equal(
            tuple(got[1:]),
            (difference.mean() - half, difference.mean() + half),
            (
                "the interval is that of the paired differences: t quantile times std (ddof 1) / "
                "sqrt(n)"
            ),
        )


@LESSON.exercise(
    title="When does red hold the first server?",
    priority="should",
    difficulty="medium",
    minutes=10,
    hints=(
        "Host number = 16 * zone + slot; slots 0 to 5 are servers. What is `host % 16 < 6`?",
        "The contractor network is zone 7. Combine both conditions, then find the first row in "
        "which any is held: `held.any(axis=1)` and `argmax`.",
    ),
    examples=(
        example(level=np.zeros((4, HOST_COUNT), int), gives=-1),
        example(
            level=np.concatenate(
                [np.zeros((2, HOST_COUNT), int), 2 * np.eye(1, HOST_COUNT, 17, dtype=int)]
            ),
            gives=2,
        ),
    ),
    look_at='"What is in a record?" in the text of exercise 3',
    done="On a real network this number is called the time to first critical compromise.",
)
def first_server_tick(probe: Probe) -> None:
    rng = np.random.default_rng(13)
    servers = [h for h in range(HOST_COUNT) if h % SLOTS < SERVER_SLOTS and h // SLOTS != CON]
    users = [h for h in range(HOST_COUNT) if h % SLOTS >= SERVER_SLOTS and h // SLOTS != CON]
    held = [servers[0], servers[SERVER_SLOTS - 1], servers[-1], *rng.choice(servers, 5)]
    for k, host in enumerate(held):
        frames = int(rng.integers(20, 60))
        level, start = np.zeros((frames, HOST_COUNT), int), int(rng.integers(8, frames - 4))
        level[2:, [users[0], users[-1], *rng.choice(users, 3)]] = 2
        level[start : start + 3, host] = 1 + k % 2  # cleaned again: it counts all the same
        got = probe(level)
        probe.equal(
            got,
            start,
            "the first frame with a red session (user or root) on a server counts, users do not",
        )
        level[1:, CON * SLOTS + int(rng.integers(SERVER_SLOTS))] = 2
        probe.equal(
            probe(level),
            start,
            "the contractor network (zone 7) is nobody's to defend and does not count",
        )
    level[0, servers[0]] = 1
    probe.equal(probe(level), 0, "frame 0 is the first frame: a server may be held from the start")
    level[:, servers] = 0
    probe.equal(probe(level), -1, "-1 says that no server fell")


@LESSON.exercise(
    title="A first policy",
    priority="must",
    difficulty="medium",
    minutes=15,
    hints=(
        "How many entries does your slice of the message have? There are 16 slots, and the end of "
        "a Python slice is not part of it.",
        "Restore of slot s is action 33 + s, Sleep is 49. A busy defender should sleep: a Restore "
        "submitted while busy is thrown away and still costs a point.",
    ),
    examples=(
        example(np.zeros(MESSAGE_LENGTH, int), 0, gives=49),
        example(np.eye(1, MESSAGE_LENGTH, PROCESS_AT + 7, dtype=int)[0], 0, gives=40),
    ),
    look_at=(
        'the table of actions in the text of the exercise, and "What a defender sees" in lesson 04'
    ),
    done=(
        "You wrote a policy: a rule from what is seen to what is done. Put it to work in the next "
        "cell."
    ),
)
def respond(probe: Probe) -> None:
    rng = np.random.default_rng(14)
    restore = {
        int(slot): i for i, (c, _, slot) in enumerate(TABLES[0, :SMALL_ACTIONS]) if c == RESTORE
    }
    sleep = int(np.flatnonzero(TABLES[0, :SMALL_ACTIONS, 0] == SLEEP)[0])
    several = [np.sort(rng.choice(SLOTS, 3, replace=False)) for _ in range(6)]
    for slots in [*several, *(np.array([slot]) for slot in range(SLOTS))]:
        message = rng.integers(0, 2, MESSAGE_LENGTH)
        message[PROCESS_AT : PROCESS_AT + SLOTS] = 0
        probe.equal(
            probe(message, 0),
            sleep,
            "without a process event the defender sleeps, whatever else it sees",
        )
        message[PROCESS_AT + slots] = 1
        for ticks_left in (1, 4):
            probe.equal(probe(message, ticks_left), sleep, "a busy defender sleeps")
        probe.equal(
            probe(message, 0),
            restore[int(slots[0])],
            "the first slot with a process event is restored: 33 + slot",
        )
    _play(probe, sleep)


def _play(probe: Probe, sleep: int) -> None:
    """The answer on the range: its indices must be those of real actions."""
    env = parallel_env(defenders="per-zone", observation="message", steps=120)
    observations, infos = env.reset(seed=5)
    restores = 0
    while env.agents:
        actions = {a: probe(observations[a], infos[a]["busy"]) for a in env.agents}
        restores += sum(action != sleep for action in actions.values())
        observations, _, _, _, infos = env.step({a: int(action) for a, action in actions.items()})
    probe.require(
        restores > 0, "in an episode of 120 ticks on the range (seed 5) something is restored"
    )


@LESSON.exercise(
    title="How many episodes are enough?",
    priority="bonus",
    difficulty="easy",
    minutes=5,
    hints=(
        "The half width of a 95 % interval of a mean is about 1.96 * std / sqrt(n). Solve for n.",
        "n = (1.96 * std / half_width) ** 2, rounded up: `math.ceil`.",
    ),
    examples=(
        example(std=50.0, half_width=98.0, gives=1),
        example(std=100.0, half_width=98.0, gives=4),
        example(std=10.0, half_width=2.0, gives=97),
    ),
    look_at="the formula of the interval in lesson 00",
    done="Half the width costs four times the episodes. That is why a fast simulator matters.",
)
def episodes_needed(probe: Probe) -> None:
    rng = np.random.default_rng(15)
    for _ in range(10):
        std, half_width = rng.uniform(20, 1500), rng.uniform(3, 40)
        expected = math.ceil((1.96 * std / half_width) ** 2)
        got = probe(std=std, half_width=half_width)
        probe.equal(
            got, expected, "n is (1.96 std / half width) squared, rounded up to a whole episode"
        )
