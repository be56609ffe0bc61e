"""The plan of a study: what is asked and how it will be judged, written down before the first run.

A plan is data. It is stored beside the results before anything is measured, and results are only
ever read with the plan they were made for: whoever changes the question, the arms or the number of
seeds afterwards has begun another study.
"""

import dataclasses
import re
from dataclasses import dataclass, field
from typing import Any

from course_lib import validate

NAME = re.compile(r"[a-z][a-z0-9-]{1,39}")
"""What studies and arms may be called: they are names of files."""
MOST_SEEDS, FEWEST_SEEDS = 1000, 2
EXPECTATIONS = ("higher", "lower")

Pair = tuple[str, str]
"""Two arms: a contrast is the first minus the second, seed by seed."""


@dataclass(frozen=True)
class StudyPlan:
    """Everything that is decided before the first run. ValueError for a plan that cannot be judged.

    A result of a study is the mean of ``metric`` over the values that one arm and seed give.
    """

    name: str
    """Of the study and its folder: small letters, digits and hyphens."""
    question: str
    """What is asked, as a sentence with a question mark."""
    hypothesis: str
    """What you expect, and why."""
    metric: str
    """What is measured, with its unit in brackets: "points lost per tick (points)"."""
    arms: dict[str, str]
    """Name -> what it is, in a few words. Arms meet the same seeds."""
    primary: Pair
    """The one contrast that decides about the hypothesis."""
    expected: str
    """Whether the first arm of ``primary`` is expected to be "higher" or "lower"."""
    margin: float
    """Smallest difference that would matter to anybody, in the unit of the metric; above 0."""
    control: Pair
    """A contrast that must come out as no difference; if not, something else makes the effect."""
    control_says: str
    """Why it must."""
    seeds: int
    """Seeds 0 to ``seeds - 1`` are run for every arm; at least 2, and 5 say much more."""
    minutes: float
    """Budget: minutes of one processor for the whole study."""
    secondary: tuple[Pair, ...] = ()
    """Further contrasts. Each is one more question asked of the same data, and is counted."""
    settings: dict[str, Any] = field(default_factory=dict)
    """Numbers on which the results depend, as JSON values."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "primary", tuple(self.primary))
        object.__setattr__(self, "control", tuple(self.control))
        pairs = [tuple(pair) for pair in self.secondary]
        object.__setattr__(self, "secondary", tuple(pairs))
        _check_name("name", self.name)
        for text in ("question", "hypothesis", "metric", "control_says"):
            if not validate.word(text, getattr(self, text)).strip():
                raise ValueError(f"{text} is empty: write it down before the first run")
        if not self.metric.endswith(")") or "(" not in self.metric:
            raise ValueError(f"metric {self.metric!r} has no unit: end it with one, in brackets")
        validate.instance("arms", self.arms, dict, "a dict of names and descriptions")
        for arm, words in self.arms.items():
            _check_name("an arm", arm)
            validate.word(f"arm {arm}", words)
        validate.choice("expected", self.expected, EXPECTATIONS)
        validate.in_range("margin", self.margin, above=0)
        validate.whole_number("seeds", self.seeds, FEWEST_SEEDS, MOST_SEEDS)
        validate.in_range("minutes", self.minutes, above=0)
        validate.instance("settings", self.settings, dict, "a dict of JSON values")
        self._check_pairs()

    def _check_pairs(self) -> None:
        for pair in (*self.contrasts, self.control):
            named = set(pair)
            two_arms = len(pair) == 2 and len(named) == 2
            if not two_arms or not named <= set(self.arms):
                known = ", ".join(self.arms)
                raise ValueError(f"a contrast is two different arms of {known}; got {pair}")
        if len(set(self.contrasts)) < len(self.contrasts):
            raise ValueError("a contrast is named twice: each is one question")

    @property
    def contrasts(self) -> tuple[Pair, ...]:
        """Primary and secondary contrasts: the questions that are counted."""
        return (self.primary, *self.secondary)

    @property
    def runs(self) -> int:
        """How many results make the study complete."""
        return len(self.arms) * self.seeds

    def content(self) -> dict[str, Any]:
        """The plan as JSON values."""
        return dataclasses.asdict(self)


def _check_name(what: str, value: Any) -> None:
    if not isinstance(value, str) or not NAME.fullmatch(value):
        shown = validate.shown(value)
        raise ValueError(f"{what}={shown} must be small letters, digits and hyphens (2 to 40)")
