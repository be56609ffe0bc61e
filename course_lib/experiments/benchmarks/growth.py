"""What a larger network costs: steps, hours and price, from measured costs of a step.

The three-layer training of the report `training.json` defends 7 zones. Its time has three parts:
the engine, the team's decisions, and the update. All three grow with the number of zones: a unit a
zone, a message a unit. Engine and team spread over cores, one environment needs no other; an update
does not, unless the learner is spread as well.
"""

import json
import pathlib
from dataclasses import dataclass

TRAINING_REPORT = pathlib.Path(__file__).resolve().parents[2] / "data" / "reports" / "training.json"
MEASURED_ZONES = 7
STEPS = 1_500_000
"""Environment steps of the recorded study, for 7 zones."""
SECONDS_AN_HOUR = 3600
ZONES, CORES = (7, 70, 700), (1, 16, 256)
"""The sizes in the table."""
PRICE = 0.04
"""Of one core for one hour, in the currency of your choice: an assumption, change it."""


@dataclass(frozen=True)
class StepCost:
    """Seconds of one core for one environment step, 7 zones."""

    collecting: float
    """Engine and team."""
    updating: float

    @property
    def total(self) -> float:
        """Both."""
        return self.collecting + self.updating


@dataclass(frozen=True)
class Bill:
    """One training of a network of so many zones on so many cores."""

    zones: int
    cores: int
    steps: float
    hours_one_learner: float
    """Collecting on all cores, updating on one."""
    hours_spread: float
    """Both on all cores, as if that cost nothing: a lower bound."""
    price: float
    """Of ``hours_one_learner`` on all cores."""


def measured_cost(path: pathlib.Path = TRAINING_REPORT) -> StepCost:
    """The measured cost of a step of the three-layer training on one thread."""
    report = json.loads(path.read_text(encoding="utf-8"))
    (speed,) = [
        one for one in report["speeds"] if one["structure"] == "three-layer" and one["threads"] == 1
    ]
    seconds = 1 / speed["steps_per_second"]
    updating = speed["shares"]["update"] * seconds
    return StepCost(seconds - updating, updating)


def bill(
    zones: int, cores: int, cost: StepCost, steps: float = STEPS, price: float = PRICE
) -> Bill:
    """Time and price, if a step costs in proportion to the zones and as many steps are needed.

    The second assumption is the weak one: whether 700 zones need as many steps as 7 nobody knows.
    """
    factor = zones / MEASURED_ZONES
    collecting = steps * factor * cost.collecting
    updating = steps * factor * cost.updating
    one_learner = (collecting / cores + updating) / SECONDS_AN_HOUR
    spread = (collecting + updating) / cores / SECONDS_AN_HOUR
    total_price = one_learner * cores * price
    return Bill(zones, cores, steps, one_learner, spread, total_price)


def table_rows() -> list[tuple[str, ...]]:
    """Zones, cores, hours with one learner, hours with everything spread, price."""
    cost = measured_cost()
    rows = []
    for zone_count in ZONES:
        for core_count in CORES:
            found = bill(zone_count, core_count, cost)
            hours = [f"{value:.2g}" for value in (found.hours_one_learner, found.hours_spread)]
            rows.append((str(zone_count), str(core_count), *hours, f"{found.price:,.2f}"))
    return rows
