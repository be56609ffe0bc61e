"""Plans for a workshop: what is read and solved when, with clock times worked out from the minutes
that the lessons and exercises state themselves.

A plan says only the order. How long a lesson takes stands in its first cell (reading and running),
how long its exercises take in their checks, so a changed lesson changes the plan.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from course_lib import validate
from course_lib.workbook import lesson
from course_lib.workbook.notebooks import read

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
TIME_ROW = re.compile(r"reading (\d+) minutes · running (\d+) minutes?")
MUST = ("must",)
MUST_AND_SHOULD = ("must", "should")


@dataclass(frozen=True)
class Block:
    """One entry of a plan: a lesson, exercises, or something with minutes of its own."""

    title: str
    lesson: str = ""
    """Number of the lesson, "" for a break or a talk."""
    exercises: tuple[str, ...] = ()
    """Which of the lesson's exercises: their priorities; empty for the lesson itself."""
    fixed: int = 0
    """Minutes of a break or a talk."""
    share: float = 1.0
    """Of the reading: below 1 where the teacher shows a part and leaves the rest for later."""
    check_in: str = ""
    """What everybody should be able to say or show afterwards; empty: no check-in here."""


@dataclass(frozen=True)
class Slot:
    """A block with its time of day."""

    begin: int
    """Minutes since midnight."""
    minutes: int
    block: Block


def talk(title: str, minutes: int, check_in: str = "") -> Block:
    """A block with minutes of its own."""
    return Block(title, fixed=minutes, check_in=check_in)


def read_together(number: str, check_in: str, share: float = 1.0) -> Block:
    """A lesson that everybody works through, or the part of it that is shown."""
    part = "" if share == 1 else f", about {100 * share:.0f} % of it"
    return Block(f"Lesson {number}{part}", number, share=share, check_in=check_in)


def solve(number: str, priorities: tuple[str, ...] = MUST) -> Block:
    """Exercises of a lesson."""
    return Block(f"Exercises {number}", number, priorities)


PAUSE = talk("Break", 15)
LUNCH = talk("Lunch", 45)
WELCOME = talk(
    "Welcome: open JupyterLab, run the first cell", 10, "Everybody sees the network fall"
)

OPENING = (
    WELCOME,
    read_together("00", "What is a score, and why an interval?"),
    solve("00"),
    PAUSE,
)
"""How every plan begins."""
FIRST_MORNING = (
    *OPENING,
    read_together("03", "When is one agent enough?", share=0.6),
    read_together("05", "Name a pathology that you have seen at work"),
    solve("05"),
    LUNCH,
)
"""The morning of a whole day, and of the first of two."""
HALF_DAY = (
    *OPENING,
    read_together("05", "Name a pathology that you have seen at work"),
    read_together("10", "Which four flows does a unit have?", share=0.6),
    read_together("10b", "What does a team lose with its commander?", share=0.6),
    talk("What to try at home; questions", 15, "Everybody names the lesson they go on with"),
)
ONE_DAY = (
    *FIRST_MORNING,
    read_together("10", "Which four flows does a unit have?"),
    solve("10"),
    PAUSE,
    read_together("13b", "Which claim of the paper holds, and how do we know?"),
    talk("What to try at home; questions", 15, "Everybody names the lesson they go on with"),
)
TWO_DAYS = (
    *FIRST_MORNING,
    read_together("04", "What does a defender not see?"),
    solve("04"),
    PAUSE,
    read_together("06", "Which method did which game defeat?", share=0.6),
    talk("First day: what surprised you?", 15, "One surprise each"),
    talk("Night", 0),
    talk("Second day: where we are", 10),
    read_together("10", "Which four flows does a unit have?"),
    solve("10"),
    PAUSE,
    read_together("12", "Whom does your reward pay?", share=0.7),
    solve("12"),
    LUNCH,
    read_together("13", "Why is a trained team worse than its own rules?", share=0.7),
    PAUSE,
    read_together("13b", "Which claim of the paper holds, and how do we know?", share=0.7),
    read_together("15", "Alike, or just not shown to differ?"),
    read_together("16", "One question of your own, and its primary contrast", share=0.4),
    talk("What each of you takes home", 20, "One thing to try in their own network"),
)
PLANS = {"half day": HALF_DAY, "one day": ONE_DAY, "two days": TWO_DAYS}
LONGEST = {"half day": 240, "one day": 480, "two days": 960}
"""Minutes that each plan may take, breaks and lunch included."""
DAY_BEGINS = 9 * 60


def lesson_path(number: str, folder: Path = NOTEBOOKS) -> Path:
    """The notebook of a lesson; ValueError where there is none."""
    validate.word("number", number)
    found = sorted(folder.glob(f"{number}-*.ipynb"))
    if len(found) != 1:
        raise ValueError(f"there is no lesson {validate.shown(number)}")
    return found[0]


def lesson_minutes(number: str) -> int:
    """Reading and running time that a lesson states in its first cell."""
    path = lesson_path(number)
    stated = TIME_ROW.search(read(path).cells[0].source)
    if stated is None:
        raise ValueError(f"{path.name} does not state its minutes")
    reading, running = stated.groups()
    return int(reading) + int(running)


def exercise_minutes(number: str, priorities: tuple[str, ...]) -> int:
    """Minutes of the exercises of a lesson with these priorities."""
    exercises = lesson(number).exercises.values()
    return sum(one.minutes for one in exercises if one.priority in priorities)


def block_minutes(block: Block) -> int:
    """How long a block takes, rounded up to 5 minutes where only a share is read."""
    if not block.lesson:
        return block.fixed
    if block.exercises:
        return exercise_minutes(block.lesson, block.exercises)
    minutes = lesson_minutes(block.lesson) * block.share
    return int(-(-minutes // 5) * 5) if block.share < 1 else int(minutes)


def timetable(name: str) -> list[Slot]:
    """The plan of that name with times of day; ValueError for another name."""
    validate.choice("plan", name, PLANS)
    now, slots = DAY_BEGINS, []
    for block in PLANS[name]:
        if block.title == "Night":
            now = DAY_BEGINS
            continue
        minutes = block_minutes(block)
        slots.append(Slot(now, minutes, block))
        now += minutes
    return slots


def clock(minutes: int) -> str:
    """Minutes since midnight -> "09:05"."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
