"""The result of an evaluation: scores, their interval, and where the points went.

A score is a sum of negative rewards, so every figure in points is zero or below. The breakdown
counts all ticks that were played (499 of an official episode), the score all but the last one
(section 10 of the rules), so the parts may add up to slightly less than the mean score.
"""

import dataclasses
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from course_lib.stats import mean_interval
from course_lib.validate import printable

from ..constants import (
    ACTION_CLASSES,
    DEFENDED_ZONES,
    OFFICIAL_DEFENDERS,
    PENALTIES,
    PER_ZONE_DEFENDERS,
    RED_ACTIONS,
    RIA,
    ZONES,
)
from ..engine.reward import PENALTY_POINTS
from ..options import RangeOptions

FORMAT, VERSION = "course_lib evaluation", 1
PHASES = ("pre-planning", "mission A", "mission B")
OFFICIAL_STEPS = 500


@dataclass(frozen=True)
class Report:
    """Scores of a policy over episodes with the seeds ``seed .. seed + episodes - 1``.

    ``breakdown`` holds means per episode (see ``break_down``); ``statistics`` the full counts, an
    array of STATISTICS records in the order of the seeds.
    """

    policy: str
    engine: str
    defenders: str
    steps: int
    seed: int
    options: dict[str, Any]
    scores: np.ndarray
    breakdown: dict[str, Any]
    statistics: np.ndarray = field(compare=False, repr=False)
    wrapped: bool = False
    """True if a wrapper stood between policy and environment."""

    @property
    def episodes(self) -> int:
        """Number of episodes."""
        return len(self.scores)

    @property
    def mean(self) -> float:
        """Mean score, points per episode."""
        return float(np.mean(self.scores))

    @property
    def std(self) -> float:
        """Sample standard deviation of the scores (ddof 1); nan for a single episode."""
        return mean_interval(self.scores).std

    @property
    def interval(self) -> tuple[float, float]:
        """95 % t interval of the mean (low, high); infinite for a single episode."""
        found = mean_interval(self.scores)
        return found.low, found.high

    @property
    def defended_scores(self) -> np.ndarray:
        """(n,) points lost in the seven defended zones, Restores included, the contractor's not.

        No agent defends the contractor's network (CON), so its points hide what a defence changes.
        All 499 ticks of an official episode count here, the last one too.
        """
        return defended_part(self.statistics)

    @property
    def defended_mean(self) -> float:
        """Mean of `defended_scores`, points per episode."""
        return float(self.defended_scores.mean())

    @property
    def defended_interval(self) -> tuple[float, float]:
        """95 % t interval of that mean (low, high); infinite for a single episode."""
        found = mean_interval(self.defended_scores)
        return found.low, found.high

    @property
    def official(self) -> bool:
        """True if the mean may be set beside published scores: five defenders, 500 steps, nothing
        changed."""
        return (
            self.defenders == "official"
            and self.steps == OFFICIAL_STEPS
            and not self.wrapped
            and not changed_options(self.options)
            and self.breakdown["overflow"] == 0
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, lists and strings for JSON; infinite and undefined figures become None."""
        options = {}
        for name, value in self.options.items():
            is_table = dataclasses.is_dataclass(value) and not isinstance(value, type)
            options[name] = dataclasses.asdict(value) if is_table else value
        record = {
            "format": FORMAT,
            "version": VERSION,
            "policy": self.policy,
            "engine": self.engine,
            "defenders": self.defenders,
            "steps": self.steps,
            "seed": self.seed,
            "options": options,
            "scores": self.scores.tolist(),
            "breakdown": self.breakdown,
            "wrapped": self.wrapped,
            "mean": self.mean,
            "std": self.std,
            "interval": list(self.interval),
            "defended_mean": self.defended_mean,
            "defended_interval": list(self.defended_interval),
            "defended_scores": self.defended_scores.tolist(),
            "episodes": self.episodes,
            "official": self.official,
        }
        return plain(record)

    def summary(self) -> str:
        """A dozen lines for a person: the score and where the points went."""
        low, high = self.interval
        own_low, own_high = self.defended_interval
        kind = "official protocol" if self.official else "not an official score"
        state = self.breakdown["operation"]
        lines = [
            f"{printable(self.policy)} on {self.engine}: {self.episodes} episodes, "
            f"first seed {self.seed}, {self.defenders}",
            f"score {self.mean:.1f} (std {self.std:.1f}, 95 % interval {low:.1f} to {high:.1f}; "
            f"{kind})",
            f"defended part {self.defended_mean:.1f} (95 % interval {own_low:.1f} to "
            f"{own_high:.1f}; own zones and Restores, without the contractor's zone)",
            "points by phase: " + _row(self.breakdown["phase"]),
            "points by event: " + _row(self.breakdown["event"]),
            "points by zone: " + _row(self.breakdown["zone"]),
            "actions per episode: " + _row(self.breakdown["actions"]),
            f"clean hosts {_percent(state['clean_share'])}, "
            f"recovery precision {_percent(state['recovery_precision'])}, "
            f"mean time to recover {_number(state['recovery_ticks'])} ticks, "
            f"red impacts {state['red_impacts']:.1f} "
            f"({state['defended_impacts']:.1f} in defended zones)",
        ]
        if self.breakdown["overflow"]:
            lines.append(f"INVALID: {self.breakdown['overflow']} table overflows")
        return "\n".join(lines)


def defended_part(statistics: np.ndarray) -> np.ndarray:
    """STATISTICS records (n,) -> (n,) points lost in the seven defended zones and by Restores."""
    penalties = statistics["penalties"][:, :, :DEFENDED_ZONES]
    lost = (penalties * PENALTY_POINTS[:, :DEFENDED_ZONES]).sum(axis=(1, 2, 3))
    return -(lost + statistics["restore_cost"]).astype(float)


def changed_options(options: dict[str, Any]) -> dict[str, Any]:
    """The options that differ from the public simulator's evaluation."""
    default = vars(RangeOptions())
    changed = {}
    for name, value in options.items():
        if name not in default or default[name] != value:
            changed[name] = value
    return changed


def break_down(statistics: np.ndarray, defenders: str) -> dict[str, Any]:
    """Means per episode of an (n,) array of STATISTICS records.

    Returns a dict of plain numbers: ``phase``, ``event`` and ``zone`` in points (zero or below);
    ``penalties`` event counts [phase][zone][kind]; ``actions`` accepted actions by class, and
    ``actions_by_defender``; ``red`` attempts and successes by action, ``red_dropped``, ``phished``;
    ``operation``: share of (defended host, tick) pairs without a red session, ticks an infection
    lasted until blue ended it, share of finished Remove and Restore actions that hit a host held by
    red, impacts charged in all and in the defended zones; ``overflow`` all table overflows.
    """
    events = statistics["penalties"].mean(axis=0)  # (phase, zone, kind)
    points = -events * PENALTY_POINTS
    phases = statistics["phase_reward"].mean(axis=0)
    by_event = dict(zip(PENALTIES, points.sum(axis=(0, 1)), strict=True))
    by_event["Restore"] = -statistics["restore_cost"].mean()
    agents = OFFICIAL_DEFENDERS if defenders == "official" else PER_ZONE_DEFENDERS
    blue = statistics["blue_actions"][:, : len(agents)].mean(axis=0)
    attempts = statistics["red_attempts"].mean(axis=0)
    successes = statistics["red_successes"].mean(axis=0)
    breakdown = {
        "phase": dict(zip(PHASES, phases, strict=True)),
        "event": by_event,
        "zone": dict(zip(ZONES, points.sum(axis=(0, 2)), strict=True)),
        "penalties": events.tolist(),
        "actions": _by_class(blue.sum(axis=0)),
        "actions_by_defender": dict(zip(agents, map(_by_class, blue), strict=True)),
        "red": dict(zip(RED_ACTIONS, zip(attempts, successes, strict=True), strict=True)),
        "red_dropped": statistics["red_dropped"].mean(),
        "phished": statistics["phished"].mean(),
        "operation": {
            "clean_share": _ratio(statistics, "clean_host_ticks", "host_ticks"),
            "recovery_ticks": _ratio(statistics, "recovery_ticks", "recoveries"),
            "recovery_precision": _ratio(statistics, "recover_useful", "recover_actions"),
            "red_impacts": events[:, :, RIA].sum(),
            "defended_impacts": events[:, :DEFENDED_ZONES, RIA].sum(),
        },
        "overflow": int(statistics["overflow"].sum()),
    }
    return plain(breakdown)


def _by_class(counts: np.ndarray) -> dict[str, float]:
    return dict(zip(ACTION_CLASSES, counts, strict=True))


def _ratio(statistics: np.ndarray, part: str, whole: str) -> float | None:
    """Sum over episodes of one count divided by that of another; None where there was nothing to
    divide by."""
    total = statistics[whole].sum()
    return statistics[part].sum() / total if total else None


def plain(value: Any) -> Any:
    """The same value in Python's own numbers, lists and tables; nan and infinity become None."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value + 0.0 if math.isfinite(value) else None  # adding 0 turns -0.0 into 0.0
    return value


def _row(parts: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.1f}" for name, value in parts.items())


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"
