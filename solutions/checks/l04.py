"""Exercises and quiz of lesson 04, the range."""

import math

import numpy as np

from course_lib.cyber_range import parallel_env
from course_lib.cyber_range.actions import TABLES
from course_lib.cyber_range.constants import (
    ALLOW,
    ALPHABET,
    ALPHABET_COUNT,
    FLAT_SMALL,
    SERVER_SLOTS,
    SLOTS,
    SMALL_ACTIONS,
)
from course_lib.workbook.exercise import Lesson, Probe, example
from course_lib.workbook.quiz import Question, Quiz

LESSON = Lesson(
    "04",
    quiz=Quiz(
        Question(
            (
                "A user opens a phishing mail, and red gets a session. What does the defender see "
                "in this tick?"
            ),
            right=(
                "Nothing, and no event of any kind",
                (
                    "Phishing makes no event. The session shows itself only later, through what "
                    "red does with it."
                ),
            ),
            wrong={
                "A process event on the user's host": (
                    "Exploits make process events. Phishing does not."
                ),
                "A connection event from the internet": (
                    "Mail is not part of the model; no connection is reported."
                ),
            },
        ),
        Question(
            (
                "Red submits Impact on a host that has no OT service, and fails. What does it cost "
                "the defenders?"
            ),
            right=(
                "The same as a success",
                "In CC4 every Impact that comes due is charged, as long as that red agent still "
                "has a session. The `Rules` switch `charge_every_impact` shows how much of the "
                "score this is.",
            ),
            wrong={
                "Nothing, since it failed": (
                    "That would be natural, but the public simulator charges the attempt."
                ),
                "Half of what a success costs": "There is no half price in the reward table.",
            },
        ),
        Question(
            "Losing every team message cost the defender next to nothing, tampering with one bit "
            "in five cost it hundreds of points. Why?",
            right=(
                "A forged message makes it act on hosts that are clean",
                (
                    "Silence carries no false information. A message that is trusted without a "
                    "check does."
                ),
            ),
            wrong={
                "A message that was changed arrives several ticks late": (
                    "Nothing is delayed; the bits are changed."
                ),
                "A message that was lost is sent again in the next tick": (
                    "They are not; the receiver sees zeros."
                ),
            },
        ),
    ),
)

PROCESS_AT, CONNECTION_AT = 28, 44
"""First process and connection entry of a one-zone flat vector."""


@LESSON.exercise(
    title="Read an observation",
    priority="must",
    difficulty="medium",
    minutes=10,
    hints=(
        (
            "Entry 0 is the phase, entries 1 to 9 say which zone this is, in alphabetical order of "
            "the nine names."
        ),
        (
            "Process events are entries 28 to 43, connection events 44 to 59. "
            "`np.flatnonzero(part).tolist()` lists slots."
        ),
    ),
    examples=(
        example(
            np.eye(1, FLAT_SMALL, 1 + ALPHABET.index("PAZ"), dtype=int)[0],
            gives={"phase": 0, "zone": "PAZ", "process": [], "connection": []},
        ),
    ),
    look_at='"What a defender sees" in lesson 04',
    done="Entries 10 to 27 are the firewall and the mission policy; the last exercise uses them.",
)
def read_flat(probe: Probe) -> None:
    rng = np.random.default_rng(41)
    for zone in ("RZA", "OZB", "ADM", "OZA", "RZB"):
        vector = rng.integers(0, 2, FLAT_SMALL)
        vector[0] = rng.integers(0, 3)
        vector[1:10] = 0
        vector[1 + ALPHABET.index(zone)] = 1
        process = np.unique([0, SLOTS - 1, *rng.choice(SLOTS, 3)])
        connection = np.unique([0, SLOTS - 1, *rng.choice(SLOTS, 5)])
        for start, slots in ((PROCESS_AT, process), (CONNECTION_AT, connection)):
            vector[start : start + SLOTS] = 0
            vector[start + slots] = 1
        got = probe(vector)
        probe.require(isinstance(got, dict), "a dictionary comes back")
        probe.require(
            set(got) == {"phase", "zone", "process", "connection"},
            "its keys are those of the docstring",
        )
        probe.equal(got["phase"], int(vector[0]), "the phase is entry 0")
        probe.equal(got["zone"], zone, "entries 1 to 9 name the zone in alphabetical order")
        probe.equal(
            list(got["process"]),
            process.tolist(),
            "process events are entries 28 to 43, slot 0 first",
        )
        probe.equal(
            list(got["connection"]), connection.tolist(), "connection events are entries 44 to 59"
        )


@LESSON.exercise(
    title="How many joint actions?",
    priority="must",
    difficulty="easy",
    minutes=5,
    hints=(
        "Each choice of the first defender can be combined with each choice of the second.",
        "`math.prod(sizes)`: Python's own whole numbers never overflow, NumPy's do.",
    ),
    examples=(example((2, 2), gives=4), example((5,), gives=5)),
    look_at='"The formal model" in lesson 04',
    done="A learner that lists joint actions is out of the question here.",
)
def joint_actions(probe: Probe) -> None:
    for sizes in ((82, 82, 82, 82, 242), (3, 4, 5), (82,) * 7, (242,) * 11):
        expected = math.prod(sizes)
        got = probe(sizes)
        probe.require(
            int(got) == expected,
            f"every combination counts once, exactly: the product of the sizes is {expected}",
        )


def _mask(servers: int, users: int) -> np.ndarray:
    """Action mask of a one-zone defender whose zone has that many hosts."""
    exists = [
        slot < servers if slot < SERVER_SLOTS else slot - SERVER_SLOTS < users
        for slot in range(SLOTS)
    ]
    return np.array(
        [command >= ALLOW or exists[slot] for command, _, slot in TABLES[0, :SMALL_ACTIONS]]
    )


@LESSON.exercise(
    title="The size of a network, from a mask",
    priority="should",
    difficulty="easy",
    minutes=5,
    hints=(
        "Actions 0 to 15 are Analyse, one for each host slot. Where is the mask False among them?",
        "Servers are slots 0 to 5, users slots 6 to 15: count the True entries in both parts.",
    ),
    examples=(
        example(np.ones(SMALL_ACTIONS, bool), gives=(6, 10)),
        example(_mask(servers=3, users=4), gives=(3, 4)),
    ),
    look_at='"Actions and masks" in lesson 04',
    done=(
        "Masks are information: a learner that ignores them tries actions on hosts that do not "
        "exist."
    ),
)
def count_hosts(probe: Probe) -> None:
    env = parallel_env(steps=30)
    for seed in range(8):
        _, infos = env.reset(seed=seed)
        for agent in env.agents[:4]:
            mask = infos[agent]["action_mask"]
            servers, users = int(mask[:SERVER_SLOTS].sum()), int(mask[SERVER_SLOTS:SLOTS].sum())
            probe.equal(
                probe(mask),
                (servers, users),
                "servers are True entries among 0..5, users among 6..15",
            )


def changes_nothing(probe: Probe) -> None:
    """ObservationDelay(env, ticks=0) changes nothing"""
    _compare(probe, ticks=0, seeds=(1,))


@LESSON.exercise(
    title="A wrapper: late observations",
    priority="should",
    difficulty="medium",
    minutes=15,
    hints=(
        "Keep the last ticks + 1 observations in a queue. Which end do you show?",
        "`collections.deque([observations] * (self.ticks + 1), maxlen=self.ticks + 1)` in reset; "
        "append in step, show entry 0.",
    ),
    examples=(changes_nothing,),
    look_at=(
        "the nuisances in lesson 04, and class ActionDelay in "
        "course_lib/cyber_range/envs/wrappers.py"
    ),
    done="The same wrapper works on the real simulator: it only knows the PettingZoo API.",
)
def ObservationDelay(probe: Probe) -> None:
    for ticks in (1, 3):
        _compare(probe, ticks, seeds=(2, 3))


def _compare(probe: Probe, ticks: int, seeds: tuple[int, ...]) -> None:
    """The answer beside an environment without it, with the same random actions; one wrapper for
    all seeds."""
    plain, late = parallel_env(steps=40), probe(env=parallel_env(steps=40), ticks=ticks)
    for number, seed in enumerate(seeds):
        history = [plain.reset(seed=seed)[0]]
        shown = probe.call(late.reset, seed=seed)
        probe.require(
            isinstance(shown, tuple) and len(shown) == 2, "reset returns observations and infos"
        )
        again = "after a second reset nothing of the first episode is left"
        again = again if number else "after reset the first observation is shown"
        probe.equal(shown[0], history[0], again)
        rng = np.random.default_rng(seed)
        while plain.agents:
            actions = {a: int(rng.integers(plain.action_space(a).n)) for a in plain.agents}
            observations, rewards, terminated, truncated, infos = plain.step(actions)
            history.append(observations)
            got = probe.call(late.step, actions)
            five = ("observations", "rewards", "terminated", "truncated", "infos")
            got = probe.parts(got, *five)
            now = f" (tick {len(history) - 1} of episode {number + 1})"
            probe.equal(got[1], rewards, "rewards are not delayed, only observations" + now)
            wanted = history[max(0, len(history) - 1 - ticks)]
            said = (
                f"with ticks={ticks} the observation of {ticks} ticks ago is shown; until then the "
                "first one"
            )
            probe.equal(got[0], wanted, said + now)
            probe.equal(got[2:4], (terminated, truncated), "the episode ends when it ends" + now)
            said = "infos are not delayed: action mask and busy ticks are those of now"
            probe.equal(got[4], infos, said + now)


@LESSON.exercise(
    title="What does a worn service cost?",
    priority="must",
    difficulty="easy",
    minutes=10,
    hints=(
        (
            "Three things must happen: the user works locally (1 in 3), picks a service (all "
            "alike), and it fails."
        ),
        (
            "A service of reliability r percent fails with probability 1 - r / 100. Average that "
            "over the services."
        ),
    ),
    examples=(
        example(np.array([100.0, 100.0]), 10, gives=0.0),
        example(np.array([0.0]), 3, gives=1.0),
    ),
    look_at='"What red is after" in lesson 04',
    done=(
        "A failure in the operational zone of the mission costs ten points: a worn host there is "
        "dear."
    ),
)
def expected_loss(probe: Probe) -> None:
    rng = np.random.default_rng(44)
    for _ in range(8):
        reliability = 20.0 * rng.integers(0, 6, rng.integers(2, 6))
        reliability[0] = 40.0
        points = int(rng.choice([1, 2, 10]))
        expected = points * np.mean(1 - reliability / 100) / 3
        probe.equal(
            probe(reliability, points),
            expected,
            "1/3 (local work) times the mean failure probability of the services times the points",
        )


@LESSON.exercise(
    title="A firewall that follows the mission policy",
    priority="bonus",
    difficulty="medium",
    minutes=15,
    hints=(
        (
            "The eight sources of a zone's traffic actions are the nine names in order, without "
            "the zone itself."
        ),
        (
            "A source at position p is item p if p is before the zone's own position, and item p - "
            "1 if it is after it."
        ),
    ),
    examples=(
        example(
            np.eye(1, ALPHABET_COUNT, 7, dtype=int)[0],
            np.zeros(ALPHABET_COUNT, int),
            own=7,
            gives=49,
        ),
        example(
            np.array([0, 1, 0, 0, 0, 0, 0, 1, 0]),
            np.array([0, 0, 0, 0, 0, 0, 0, 0, 0]),
            own=7,
            gives=59,
        ),
    ),
    look_at='"Actions and masks" in lesson 04',
    done=(
        "Obeying the policy is not enough: blocks stop neither phishing nor what red does inside a "
        "zone."
    ),
)
def firewall_action(probe: Probe) -> None:
    rng = np.random.default_rng(45)
    for own in (0, 4, 7, 8):
        others = [p for p in range(ALPHABET_COUNT) if p != own]
        one = np.eye(ALPHABET_COUNT, dtype=int)
        none = np.zeros(ALPHABET_COUNT, int)
        # Only the first or the last source is wrong; then sources at random.
        pairs = [(one[p], none) for p in (others[0], others[-1])]
        pairs += [(none, one[p]) for p in (others[0], others[-1])]
        pairs += [tuple(rng.integers(0, 2, (2, ALPHABET_COUNT))) for _ in range(6)]
        for policy, blocked in pairs:
            policy, blocked = policy.copy(), blocked.copy()
            policy[own], blocked[own] = 1, 0
            missing = [item for item, p in enumerate(others) if policy[p] and not blocked[p]]
            surplus = [item for item, p in enumerate(others) if blocked[p] and not policy[p]]
            expected = 58 + missing[0] if missing else 50 + surplus[0] if surplus else 49
            got = probe(policy, blocked, own=own)
            probe.equal(
                got,
                expected,
                "block the first forbidden source that is open (58 + item), else allow the first "
                "permitted one that is blocked (50 + item), else sleep (49)",
            )
