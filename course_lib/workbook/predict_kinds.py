"""What can be guessed: a number, a range, or one of several choices; and how far off a guess was.

Nothing here knows a notebook: a kind reads what was entered, and says in words how the guess and
the answer compare.
"""

import math
import re
from dataclasses import dataclass
from typing import Protocol

RATIO = 2.0
"""From this ratio of answer and guess on, the ratio is said as well as the difference."""


class Kind(Protocol):
    """One kind of guess. ``entered`` is what stands in the controls of the form, as texts."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The label of each field to fill in; none where there are options."""

    @property
    def options(self) -> tuple[str, ...]:
        """The choices; none where there are fields."""

    def read(self, entered: list[str]) -> object:
        """The guess. ValueError, with what to enter, where there is none."""

    def show(self, guess: object) -> str:
        """The guess in words."""

    def show_answer(self, answer: object) -> str:
        """The answer in words."""

    def compare(self, guess: object, answer: object) -> str:
        """The answer, and how far off the guess was, as the end of "You said ...; "."""

    def checked(self, answer: object) -> object:
        """The answer as this kind holds it. ValueError if it is no answer of this kind."""


@dataclass(frozen=True)
class Number:
    """One number. A guess at most ``within`` away counts as near enough."""

    unit: str = ""
    within: float = 0.0
    options: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        return (f"Your guess ({self.unit})" if self.unit else "Your guess",)

    def read(self, entered: list[str]) -> float:
        return number_in(entered[0], self.unit)

    def show(self, guess: float) -> str:
        return with_unit(guess, self.unit)

    def show_answer(self, answer: float) -> str:
        return with_unit(answer, self.unit)

    def compare(self, guess: float, answer: float) -> str:
        it_is = f"it is {self.show(answer)}"
        if math.isclose(guess, answer, abs_tol=1e-12):
            return f"{it_is}: exactly right."
        miss = f"{figure(abs(guess - answer))} too {'high' if guess > answer else 'low'}"
        if abs(guess - answer) <= self.within:
            return f"{it_is}: near enough, {miss}."
        return f"{it_is}: {miss}{times_off(guess, answer)}."

    def checked(self, answer: object) -> float:
        value = float(answer)
        if not math.isfinite(value):
            raise ValueError(f"the answer of a prediction is a finite number, not {value}")
        return value


@dataclass(frozen=True)
class Range:
    """Two numbers between which the answer is expected."""

    unit: str = ""
    options: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        return ("Between", f"and ({self.unit})" if self.unit else "and")

    def read(self, entered: list[str]) -> tuple[float, float]:
        low, high = sorted(number_in(text, self.unit) for text in entered)
        return low, high

    def show(self, guess: tuple[float, float]) -> str:
        low, high = guess
        return f"{figure(low)} to {with_unit(high, self.unit)}"

    def show_answer(self, answer: float) -> str:
        return with_unit(answer, self.unit)

    def compare(self, guess: tuple[float, float], answer: float) -> str:
        low, high = guess
        it_is = f"it is {self.show_answer(answer)}"
        if low <= answer <= high:
            return f"{it_is}: inside your range, which is {figure(high - low)} wide."
        miss, side = (low - answer, "below") if answer < low else (answer - high, "above")
        return f"{it_is}: {figure(miss)} {side} your range."

    def checked(self, answer: object) -> float:
        return Number(self.unit).checked(answer)


@dataclass(frozen=True)
class Choice:
    """One of several options, in the order given. What was entered is its number, from 0."""

    options: tuple[str, ...]
    fields: tuple[str, ...] = ()

    def read(self, entered: list[str]) -> str:
        if len(entered) != 1 or entered[0] not in map(str, range(len(self.options))):
            raise ValueError("Choose one of the options first.")
        return self.options[int(entered[0])]

    def show(self, guess: str) -> str:
        return f"“{guess}”"

    def show_answer(self, answer: str) -> str:
        return self.show(answer)

    def compare(self, guess: str, answer: str) -> str:
        return "right." if guess == answer else f"it is {self.show(answer)}."

    def checked(self, answer: object) -> str:
        if answer not in self.options:
            given = ", ".join(map(repr, self.options))
            raise ValueError(f"the answer {answer!r} is none of the choices: {given}")
        return str(answer)


def number_in(text: str, unit: str = "") -> float:
    """The number a reader wrote: "1,250", "-3", "40 %". ValueError, with examples, if none."""
    bare = text.strip().replace("\N{MINUS SIGN}", "-").removesuffix(unit).removesuffix("%")
    bare = re.sub(r"(?<=\d)[,_ ](?=\d{3}\b)", "", bare.strip())
    try:
        value = float(bare)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError("Write a number, such as 12, -3 or 0.5.")
    return value


def figure(value: float) -> str:
    """A number as it is read: whole ones in full, others with four digits that count."""
    if float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.1f}" if abs(value) >= 1000 else f"{value:.4g}"


def with_unit(value: float, unit: str) -> str:
    """A number and its unit, a plural such as "hosts" or "points per episode"; one host is one."""
    counted, space, rest = unit.partition(" ")
    if value == 1 and len(counted) > 1:
        counted = counted.removesuffix("s")
    return f"{figure(value)} {counted}{space}{rest}".rstrip()


def times_off(guess: float, answer: float) -> str:
    """The ratio of two numbers of one sign, where it says more than their difference."""
    if guess * answer <= 0:
        return ""
    ratio = max(guess / answer, answer / guess)
    if ratio < RATIO:
        return ""
    bigger = "your guess" if abs(guess) > abs(answer) else "the answer"
    other = "the answer" if bigger == "your guess" else "your guess"
    rounded = float(f"{ratio:.2g}")  # two figures, and written out: 270, not 2.7e+02
    return f", and {bigger} is {rounded:,g} times {other}"
