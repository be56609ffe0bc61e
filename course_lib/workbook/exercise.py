"""Exercises that answer back: one object per exercise, called with the reader's answer.

In a notebook::

    from course_lib.workbook.exercise import lesson

    check = lesson("05")
    check.hysteretic_update(hysteretic_update)  # correct, wrong (and why), or not attempted
    check.hysteretic_update.hint(1)
    check.hysteretic_update.solution()          # read from solutions/, so that it cannot drift

An exercise is declared in ``solutions/checks/lNN.py`` by its check function, which is named as the
thing the reader writes::

    LESSON = Lesson("05")

    @LESSON.exercise(
        title="Two learning rates",
        priority="must",
        difficulty="easy",
        minutes=10,
        hints=("What is the sign of the error?",),
        examples=(example(1.0, 2.0, alpha=0.5, beta=0.1, gives=1.5),),
        look_at="the hysteretic update in lesson 06",
    )
    def hysteretic_update(probe):
        rng = np.random.default_rng(5)          # hidden inputs
        ...
        got = probe(q, reward, alpha=a, beta=b)
        probe.equal(got, expected, "a negative error is weighted by beta")

Its solution is the cell of ``solutions/NN-*.ipynb`` that defines the same name (see markers.py and
build.py); the wrong answers that it must reject are in ``tests/wrong_answers/lNN.py``.
"""

import importlib.util
import pathlib
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from course_lib import validate

from . import markers, progress
from .card import Card, Row
from .probe import NotAttempted, Probe, Wrong, describe
from .quiz import Quiz
from .values import show

ROOT = pathlib.Path(__file__).resolve().parents[2]
LESSONS = ROOT / "solutions" / "checks"
"""Where the exercises of each lesson are declared, ``l05.py`` for lesson 05."""
PRIORITIES = ("must", "should", "bonus")


@dataclass(frozen=True)
class Example:
    """One call a reader is shown, with what it gives. A wrong answer may pass it; the hidden inputs
    catch that."""

    arguments: tuple
    keywords: dict
    gives: object
    tolerance: float

    def __call__(self, probe: Probe) -> None:
        """Try it on an answer."""
        got = probe(*self.arguments, **self.keywords)
        probe.equal(
            got, self.gives, "the example of the exercise text comes out", tolerance=self.tolerance
        )

    def text(self, name: str) -> str:
        """The call and its value, as a reader writes them."""
        inside = [
            *map(show, self.arguments),
            *(f"{key}={show(value)}" for key, value in self.keywords.items()),
        ]
        return f"{name}({', '.join(inside)}) gives {show(self.gives)}"


def example(*arguments, gives, tolerance: float = 1e-6, **keywords) -> Example:
    """``example(1.0, alpha=0.5, gives=1.5)``: called so, the answer returns 1.5."""
    return Example(arguments, keywords, gives, tolerance)


@dataclass(frozen=True, repr=False, eq=False)
class Exercise:
    """One exercise; call it with an answer to have that checked."""

    lesson: "Lesson"
    try_hidden: Callable[[Probe], None]
    """Tries the answer on hidden inputs, drawn with a seed of its own."""
    title: str
    priority: str
    """"must", "should" or "bonus"."""
    difficulty: str
    """"easy", "medium" or "hard"."""
    minutes: int
    """Time a reader needs, in minutes."""
    hints: tuple[str, ...]
    look_at: str
    """Where to look when a check says nothing more precise."""
    examples: tuple[Callable[[Probe], None], ...] = ()
    """Shown to the reader, and tried as well: made by `example`, or a function of a probe with a
    one-line docstring."""
    done: str = ""
    """A sentence on the card of a correct answer: what to notice, or to try next."""

    @property
    def name(self) -> str:
        """The name of the function or variable the reader writes."""
        return self.try_hidden.__name__

    @property
    def key(self) -> str:
        """The exercise in a progress file, for example ``05/hysteretic_update``."""
        return f"{self.lesson.number}/{self.name}"

    @property
    def label(self) -> str:
        """The line under the heading of the exercise, for example ``must · easy · 10 minutes``."""
        return f"{self.priority} · {self.difficulty} · {self.minutes} minutes"

    def __repr__(self) -> str:
        return f"<exercise {self.name} of lesson {self.lesson.number}: {self.label}>"

    def __call__(self, answer: object) -> Card:
        """Check an answer, note the attempt in the progress file, and say what was found."""
        card = self.judge(answer)
        note = progress.record(self.key, "checks", card.outcome)
        return Card(card.name, card.outcome, card.title, card.rows + _as_rows("note", note))

    def check(self, answer: object) -> Card:
        """The same as calling the exercise."""
        return self(answer)

    def judge(self, answer: object) -> Card:
        """Check an answer without noting it."""
        probe = Probe(answer, self.look_at)
        try:
            probe.attempted(answer)
            for trial in (
                self.try_hidden,
                *self.examples,
            ):  # the check names the property, an example only a value
                self._try(trial, probe)
        except NotAttempted:
            return Card(self.name, "not attempted", self.title, self._first_steps())
        except Wrong as error:
            return Card(
                self.name,
                "wrong",
                self.title,
                (*error.rows, Row("next", f"`{self._call('hint(1)')}`")),
            )
        return Card(self.name, "correct", self.title, _as_rows("next", self.done))

    def hint(self, n: int = 1) -> Card:
        """The n-th hint, from 1. ValueError if there is none of that number."""
        if n not in range(1, len(self.hints) + 1):
            raise ValueError(f"exercise {self.name} has hints 1 to {len(self.hints)}, not {n!r}")
        more = f"hint({n + 1})" if n < len(self.hints) else "solution()"
        note = progress.record(self.key, "hints", n)
        rows = (
            Row("hint", self.hints[n - 1]),
            Row("next", f"`{self._call(more)}`"),
            *_as_rows("note", note),
        )
        return Card(self.name, "note", f"Hint {n} of {len(self.hints)}", rows)

    def solution(self) -> Card:
        """The solution, as it stands in the solutions notebook. ValueError if it is not there."""
        source = markers.solution_of(self.lesson.solutions, self.name)
        note = progress.record(self.key, "solution", True)
        rows = (
            Row("solution", source, code=True),
            Row("more", f"`solutions/{self.lesson.solutions.name}`"),
        )
        return Card(self.name, "note", "One solution", rows + _as_rows("note", note))

    def _try(self, trial: Callable[[Probe], None], probe: Probe) -> None:
        """Run part of a check; an error in it is what an unexpected value of the reader's led
        to."""
        try:
            trial(probe)
        except (NotAttempted, Wrong):
            raise
        except Exception as error:
            said = describe(error, with_line=False)  # the line would be one of the check's own
            probe.require(False, f"what comes back can be used as the docstring says; {said}")

    def _first_steps(self) -> tuple[Row, ...]:
        texts = [
            e.text(self.name) if isinstance(e, Example) else (e.__doc__ or "").strip()
            for e in self.examples
        ]
        todo = Row(
            "to do",
            "replace each `...` in the cell of the exercise, run it, and run this cell again",
        )
        rows = [Row("example", text, code=True) for text in texts]
        return (todo, *rows, Row("stuck?", f"`{self._call('hint(1)')}`"))

    def _call(self, method: str) -> str:
        return f"check.{self.name}.{method}"


@dataclass(repr=False, eq=False)
class Lesson:
    """The exercises of one lesson, as attributes by name, and its quiz."""

    number: str
    """Two digits, and a letter where a lesson was split: "05", "05b"."""
    quiz: Quiz | None = None
    folder: pathlib.Path = ROOT / "solutions"
    """Where the notebook with the solutions is."""
    exercises: dict[str, Exercise] = field(default_factory=dict)
    """By name, in the order of the notebook."""

    def exercise(self, **about) -> Callable[[Callable[[Probe], None]], Exercise]:
        """Decorator that makes a check function the next exercise; the keywords are the fields of
        `Exercise`."""

        def declare(try_hidden: Callable[[Probe], None]) -> Exercise:
            made = Exercise(self, try_hidden, **about)
            self.exercises[made.name] = made
            return made

        return declare

    def __getattr__(self, name: str) -> Exercise:
        exercises = self.__dict__.get("exercises", {})
        if name in exercises:
            return exercises[name]
        moved = progress.MOVED.get(f"{self.__dict__.get('number')}/{name}")
        if moved:  # asked by a reader's copy from before this lesson was divided
            number, _ = moved.split("/")
            return lesson(number).exercises[name]
        raise AttributeError(
            f"this lesson has no exercise {name!r}; it has: {', '.join(exercises)}"
        )

    def __dir__(self) -> list[str]:
        return [*self.exercises, "quiz", "exercises"]

    @property
    def solutions(self) -> pathlib.Path:
        """The solutions notebook of the lesson. ValueError if there is none."""
        found = sorted(self.folder.glob(f"{self.number}-*.ipynb"))
        if len(found) != 1:
            raise ValueError(
                f"{len(found)} notebooks in {self.folder.name}/ begin with {self.number}-; one is "
                "needed"
            )
        return found[0]

    def overview(self) -> Card:
        """The exercises with priority, difficulty and minutes."""
        rows = tuple(
            Row(name, f"{made.title} ({made.label})") for name, made in self.exercises.items()
        )
        minutes = {
            p: sum(e.minutes for e in self.exercises.values() if e.priority == p)
            for p in PRIORITIES
        }
        times = ", ".join(f"{p} {m} minutes" for p, m in minutes.items() if m)
        return Card(f"lesson {self.number}", "note", f"Exercises: {times}", rows)

    def __repr__(self) -> str:
        return repr(self.overview())

    def _repr_html_(self) -> str:
        return self.overview()._repr_html_()


def lesson(number: str) -> Lesson:
    """The exercises of a lesson, e.g. ``lesson("05")``. ValueError if there is no such lesson."""
    validate.word("number", number)
    if number not in lesson_numbers():
        raise ValueError(
            f"lesson {number!r} has no exercises; these have: {', '.join(lesson_numbers())}"
        )
    name = f"course_checks_l{number}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, LESSONS / f"l{number}.py")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name].LESSON


def lesson_numbers() -> list[str]:
    """The lessons that have exercises or a quiz, in order: "00", "04" ..."""
    return sorted(path.stem[1:] for path in LESSONS.glob("l[0-9][0-9]*.py"))


def _as_rows(label: str, text: str) -> tuple[Row, ...]:
    return (Row(label, text),) if text else ()
