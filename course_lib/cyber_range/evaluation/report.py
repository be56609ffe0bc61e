"""The result of an evaluation: scores, their interval, and where the points went.

A score is a sum of negative rewards, so every figure in points is zero or below. The breakdown
counts all ticks that were played (499 of an official episode), the score all but the last one
(section 10 of the rules), so the parts may add up to slightly less than the mean score.
"""

import dataclasses
import math
from dataclasses import dataclass, field

import numpy as np

from course_lib.stats import mean_interval

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
    array of STATISTICS records in the order of the seeds, or None for a report that was read from a
    file.
    """

    policy: str
    engine: str
    defenders: str
    steps: int
    seed: int
    options: dict
    scores: np.ndarray
    breakdown: dict
    wrapped: bool = False
    """True if a wrapper stood between policy and environment."""
    statistics: np.ndarray | None = field(default=None, compare=False, repr=False)

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

    def require_valid(self) -> "Report":
        """The report itself; RuntimeError if a table of the engine was too small in any episode."""
        if self.breakdown["overflow"]:
            raise RuntimeError(
                f"{self.breakdown['overflow']} table overflows: these episodes broke the rules, do not use them"
            )
        return self

    def to_dict(self) -> dict:
        """Plain numbers, lists and strings for JSON; infinite and undefined figures become None."""
        low, high = self.interval
        summary = {
            "mean": self.mean,
            "std": self.std,
            "interval": [low, high],
            "episodes": self.episodes,
        }
        record = {
            f.name: getattr(self, f.name)
            for f in dataclasses.fields(self)
            if f.name != "statistics"
        }
        record["options"] = {
            k: dataclasses.asdict(v) if dataclasses.is_dataclass(v) else v
            for k, v in self.options.items()
        }
        record["scores"] = [float(s) for s in self.scores]
        return plain(
            {"format": FORMAT, "version": VERSION, **record, **summary, "official": self.official}
        )

    @classmethod
    def from_dict(cls, record: dict) -> "Report":
        """The report that ``to_dict`` wrote, without the full counts; ValueError for anything
        else."""
        if (
            not isinstance(record, dict)
            or record.get("format") != FORMAT
            or record.get("version") != VERSION
        ):
            raise ValueError(
                f"this is not a stored evaluation: format {FORMAT!r}, version {VERSION} is wanted"
            )
        names = [f.name for f in dataclasses.fields(cls) if f.name != "statistics"]
        missing = [name for name in names if name not in record]
        if missing:
            raise ValueError(f"the stored evaluation is damaged: it has no {missing[0]!r}")
        return cls(
            **{**{n: record[n] for n in names}, "scores": np.asarray(record["scores"], float)}
        )

    def summary(self) -> str:
        """A dozen lines for a person: the score and where the points went."""
        low, high = self.interval
        parts, acts, state = (self.breakdown[k] for k in ("event", "actions", "operation"))
        kind = "official protocol" if self.official else "not an official score"
        lines = [
            f"{self.policy} on {self.engine}: {self.episodes} episodes, first seed {self.seed}, {self.defenders}",
            f"score {self.mean:.1f} (std {self.std:.1f}, 95 % interval {low:.1f} to {high:.1f}; {kind})",
            "points by phase: " + _row(self.breakdown["phase"]),
            "points by event: " + _row(parts),
            "points by zone: " + _row(self.breakdown["zone"]),
            "actions per episode: " + _row(acts),
            f"clean hosts {_percent(state['clean_share'])}, "
            f"recovery precision {_percent(state['recovery_precision'])}, "
            f"mean time to recover {_number(state['recovery_ticks'])} ticks, red impacts {state['red_impacts']:.1f} "
            f"({state['defended_impacts']:.1f} in defended zones)",
        ]
        if self.breakdown["overflow"]:
            lines.append(f"INVALID: {self.breakdown['overflow']} table overflows")
        return "\n".join(lines)


def changed_options(options: dict) -> dict:
    """The options that differ from the public simulator's evaluation."""
    default = RangeOptions()
    return {k: v for k, v in options.items() if not hasattr(default, k) or getattr(default, k) != v}


def break_down(statistics: np.ndarray, defenders: str) -> dict:
    """Means per episode of an (n,) array of STATISTICS records.

    Returns a dict of plain numbers: ``phase``, ``event`` and ``zone`` in points (zero or below);
    ``penalties`` event counts [phase][zone][kind]; ``actions`` accepted actions by class, and
    ``actions_by_defender``; ``red`` attempts and successes by action, ``red_dropped``, ``phished``;
    ``operation``: share of (defended host, tick) pairs without a red session, ticks an infection
    lasted until blue ended it, share of finished Remove and Restore actions that hit a host held by
    red, impacts charged in all and in the defended zones; ``overflow`` all table overflows.
    """
    events = statistics["penalties"].mean(axis=0)
    points = -events * PENALTY_POINTS
    by_event = dict(zip(PENALTIES, points.sum(axis=(0, 1)), strict=True))
    agents = OFFICIAL_DEFENDERS if defenders == "official" else PER_ZONE_DEFENDERS
    blue = statistics["blue_actions"][:, : len(agents)].mean(axis=0)
    attempts, successes = (statistics[k].mean(axis=0) for k in ("red_attempts", "red_successes"))
    return plain(
        {
            "phase": dict(zip(PHASES, statistics["phase_reward"].mean(axis=0), strict=True)),
            "event": {**by_event, "Restore": -statistics["restore_cost"].mean()},
            "zone": dict(zip(ZONES, points.sum(axis=(0, 2)), strict=True)),
            "penalties": events.tolist(),
            "actions": dict(zip(ACTION_CLASSES, blue.sum(axis=0), strict=True)),
            "actions_by_defender": {
                a: dict(zip(ACTION_CLASSES, row, strict=True))
                for a, row in zip(agents, blue, strict=True)
            },
            "red": {k: [a, s] for k, a, s in zip(RED_ACTIONS, attempts, successes, strict=True)},
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
    )


def _ratio(statistics: np.ndarray, part: str, whole: str) -> float | None:
    """Sum over episodes of one count divided by that of another; None where there was nothing to
    divide by."""
    total = statistics[whole].sum()
    return statistics[part].sum() / total if total else None


def plain(value):
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


def _row(parts: dict) -> str:
    return ", ".join(f"{name} {value:.1f}" for name, value in parts.items())


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"
