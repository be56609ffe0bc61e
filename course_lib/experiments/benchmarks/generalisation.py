"""How well do defenders that learned against one opponent do against others?

Every defender plays the same episodes under every condition, so differences to `expert` are paired.
The conditions are those of the challenge's own analysis (Kiely et al., AAAI-25, table 2), and an
attacker that only destroys.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_lib import markdown
from course_lib.cyber_range import evaluate
from course_lib.cyber_range.policy import Policy
from course_lib.experiments.study.ablations import doctrine_alone
from course_lib.hierarchy.defender import HierarchicalDefender
from course_lib.stats import mean_interval
from course_lib.training.pretrained import load_policy, load_team

CONDITIONS: dict[str, dict[str, Any]] = {
    "official": {},
    "fixed size": {"servers": (6, 6), "users": (10, 10)},
    "phishing 0.75": {"phishing_rate": 0.75},
    "stealthy red": {"red": "stealthy"},
    "aggressive red": {"red": "aggressive"},
    "impact-hungry red": {"red": "impact-hungry"},
}
"""Name -> options of the range."""
FIRST_SEED = 800_000
"""Of the episodes: neither trained on nor used by any other report."""


@dataclass(frozen=True)
class Cell:
    """One defender under one condition."""

    defender: str
    condition: str
    scores: np.ndarray
    """(N,) official scores."""
    defended: np.ndarray
    """(N,) their defended parts."""

    def text(self) -> str:
        """Mean score with its 95 % half-width."""
        found = mean_interval(self.scores)
        return f"{found.mean:.0f} ± {found.half_width:.0f}"


def five_rules() -> HierarchicalDefender:
    """The full doctrine without a network."""
    return doctrine_alone(load_team("three-layer"))


DEFENDERS: dict[str, Callable[[], Policy]] = {
    "expert": lambda: load_policy("expert"),
    "five rules": five_rules,
    "from the reward": lambda: load_team("three-layer-settled"),
    "from the reward, greedy": lambda: load_team("three-layer-settled", greedy=True),
    "taught, greedy": lambda: load_team("three-layer-taught", greedy=True),
    "flat": lambda: load_policy("flat"),
}
"""Name -> how it is made; `expert` is what the others are paired with."""


def cells(episodes: int, seed: int = FIRST_SEED) -> Iterator[Cell]:
    """Every defender under every condition."""
    for condition, options in CONDITIONS.items():
        for name, make in DEFENDERS.items():
            report = evaluate(make(), episodes=episodes, seed=seed, **options)
            yield Cell(name, condition, report.scores, report.defended_scores)


def table(found: list[Cell]) -> str:
    """Markdown: a row a defender, a column a condition; below, differences to `expert`."""
    by_place = {(cell.defender, cell.condition): cell for cell in found}
    means = [[name] for name in DEFENDERS]
    gains = [[name] for name in DEFENDERS if name != "expert"]
    for row in means:
        row += [by_place[row[0], condition].text() for condition in CONDITIONS]
    for row in gains:
        for condition in CONDITIONS:
            own = by_place[row[0], condition]
            expert = by_place["expert", condition]
            gain = mean_interval(own.defended - expert.defended)
            row.append(f"{gain.mean:+.1f} [{gain.low:+.1f}, {gain.high:+.1f}]")
    headings = ("defender", *CONDITIONS)
    between = ["", "Minus `expert`, paired by episode, on the defended part:", ""]
    lines = [*markdown.table(headings, means), *between, *markdown.table(headings, gains)]
    return "\n".join(lines)


def figures(found: list[Cell]) -> dict[str, Any]:
    """The same as plain data."""
    return {
        cell.defender + ", " + cell.condition: {
            "scores": [int(score) for score in cell.scores],
            "defended": [int(part) for part in cell.defended],
        }
        for cell in found
    }
