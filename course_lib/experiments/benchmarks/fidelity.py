"""Is the range the same world as the public simulator? Figures of whole episodes, compared defender
by defender.

Each defender plays official episodes on both engines. From the counts of an episode come about 170
figures: score, penalties by zone and kind, red's attempts and successes, hosts held over time,
alert rates by zone, rates of every host priority. Mean scores are compared by two one-sided tests
(Schuirmann 1987) with a margin of 10 % of the simulator's mean; every other figure by its
difference in units of its standard error.

The simulator's episodes are kept beside the code, one line of JSON each; they are the reference
where the simulator itself is absent.
"""

import pathlib
from dataclasses import asdict, dataclass

import numpy as np

from course_lib import markdown, storage
from course_lib.cyber_range.constants import DEFENDED_ZONES, PENALTIES, RED_ACTIONS, ZONES
from course_lib.cyber_range.engine.counters import CHECKPOINTS, STATISTICS
from course_lib.cyber_range.evaluation.episode_log import MAX_BYTES, read_episodes
from course_lib.stats import Equivalence, welch_tost

DEFENDERS = (
    "sleep",
    "random",
    "random-no-traffic",
    "blind-restore",
    "firewall",
    "decoy-roundrobin",
    "react-restore",
    "expert",
)
"""Defenders of very different behaviour, so that every rule has its weight in some of them."""

MARGIN = 0.10
"""Margin of equivalence, as a share of the simulator's mean score."""
RECORDINGS = pathlib.Path(__file__).resolve().parents[2] / "data" / "simulator"


def figures(statistics) -> dict[str, float]:
    """Named figures of one episode from its STATISTICS record; rates are per (host, tick)."""
    out = {"score": statistics.score, "restore cost": statistics.restore_cost}
    out |= {f"reward phase {phase}": points for phase, points in enumerate(statistics.phase_reward)}
    for zone, name in enumerate(ZONES):
        for kind, penalty in enumerate(PENALTIES):
            out[f"{penalty} {name}"] = statistics.penalties[:, zone, kind].sum()
    for kind, name in enumerate(RED_ACTIONS):
        out[f"attempts {name}"] = statistics.red_attempts[kind]
        out[f"successes {name}"] = statistics.red_successes[kind]
    out |= {"dropped": statistics.red_dropped, "phished": statistics.phished}
    for point in range(CHECKPOINTS):
        out[f"held at {point + 1}/10"] = statistics.held_at[point]
        out[f"root at {point + 1}/10"] = statistics.root_at[point]
    out["share of clean hosts"] = statistics.clean_host_ticks / statistics.host_ticks
    out["recoveries"] = statistics.recoveries
    out["ticks held before recovery"] = statistics.recovery_ticks
    out["recover actions"], out["useful recover actions"] = (
        statistics.recover_actions,
        statistics.recover_useful,
    )
    return out | zone_figures(statistics)


def zone_figures(statistics) -> dict[str, float]:
    """Rates of process and connection bits by zone, servers and users apart, and the share of each
    host priority.

    The priorities are all 0 for a defender that keeps none.
    """
    out = {}
    for zone, name in enumerate(ZONES[:DEFENDED_ZONES]):
        for group, hosts in enumerate(("servers", "users")):
            chances = statistics.hosts[zone, group] * statistics.steps
            out[f"process rate {name} {hosts}"] = statistics.process_bits[zone, group] / chances
            out[f"connection rate {name} {hosts}"] = (
                statistics.connection_bits[zone, group] / chances
            )
        pairs = max(1, statistics.priority[zone].sum())
        out |= {
            f"priority {value} {name}": statistics.priority[zone, value] / pairs
            for value in (1, 2, 3)
        }
    return out


def table(statistics) -> dict[str, np.ndarray]:
    """Figures of many episodes, name -> (n,) float64, from a STATISTICS array (n,)."""
    rows = [figures(record) for record in statistics]
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


def recorded_episodes(name: str, folder: pathlib.Path = RECORDINGS) -> np.ndarray:
    """STATISTICS (n,) of the episodes a defender has played on the public simulator.

    Raises:
        ValueError: where there is no such file, or it is damaged.
    """
    path = pathlib.Path(folder) / f"{name}.jsonl"
    if not path.is_file():
        raise ValueError(
            f"no simulator episodes of {name!r} in {folder}; record them with --record"
        )
    lines = storage.read_text(path, MAX_BYTES).splitlines()
    episodes = read_episodes(lines[1:], str(path))
    return np.array([statistics for _, statistics in episodes], STATISTICS)


@dataclass(frozen=True)
class Difference:
    """One figure on both engines."""

    name: str
    simulator: float
    simulator_error: float
    """Standard error of the simulator's mean."""
    range: float
    range_error: float
    z: float
    """Difference in units of its standard error, from the pooled spread."""


@dataclass(frozen=True)
class DefenderFidelity:
    """One defender on both engines."""

    defender: str
    simulator_episodes: int
    range_episodes: int
    score: Equivalence
    differences: tuple[Difference, ...]

    def far(self, z: float = 4.0) -> list[Difference]:
        """Figures whose means differ by more than ``z`` standard errors."""
        return [d for d in self.differences if abs(d.z) > z]

    def to_dict(self) -> dict:
        """For JSON."""
        return asdict(self)


def compare(
    defender: str, simulator: dict[str, np.ndarray], ours: dict[str, np.ndarray]
) -> DefenderFidelity:
    """Compare the figures of many episodes, name -> (n,) values, of one defender on both
    engines."""
    margin = MARGIN * abs(simulator["score"].mean())
    score = welch_tost(ours["score"], simulator["score"], margin)
    differences = [difference(name, simulator[name], ours[name]) for name in simulator]
    return DefenderFidelity(
        defender, len(simulator["score"]), len(ours["score"]), score, tuple(differences)
    )


def difference(name: str, simulator: np.ndarray, ours: np.ndarray) -> Difference:
    """One figure on both engines; z is 0 where neither ever varies and both agree.

    The spread is pooled: many figures count rare events that come in clusters, whose spread a few
    dozen episodes of the simulator show too small, or as zero.
    """
    sizes = np.array([len(simulator), len(ours)])
    variances = np.array([simulator.var(ddof=1), ours.var(ddof=1)])
    pooled = float(((sizes - 1) * variances).sum() / (sizes.sum() - 2))
    combined = np.sqrt(pooled * (1 / sizes).sum())
    gap = ours.mean() - simulator.mean()
    z = 0.0 if gap == 0 else float(gap / combined) if combined > 0 else float("inf")
    errors = np.sqrt(variances / sizes)
    return Difference(
        name,
        simulator=float(simulator.mean()),
        simulator_error=float(errors[0]),
        range=float(ours.mean()),
        range_error=float(errors[1]),
        z=z,
    )


def wanted_episodes(pilot_scores: np.ndarray) -> int:
    """Episodes of the simulator for 80 % power within the margin: 1,080 x squared coefficient of
    variation, 20..120."""
    variation = pilot_scores.std(ddof=1) / abs(pilot_scores.mean())
    return int(np.clip(np.ceil(1080 * variation**2), 20, 120))


def as_text(results: list[DefenderFidelity], facts: dict) -> str:
    """The report as Markdown: scores with their equivalence tests, then the farthest figures of
    each defender."""
    lines = [
        f"Measured {facts['date']}. Score = official protocol (498 rewards). "
        f"Margin = {MARGIN:.0%} of the simulator's mean.",
        "",
    ]
    rows = []
    for r in results:
        score = next(d for d in r.differences if d.name == "score")
        sim = f"{score.simulator:,.1f} ± {score.simulator_error:.1f} ({r.simulator_episodes})"
        ours = f"{score.range:,.1f} ± {score.range_error:.1f} ({r.range_episodes})"
        gap = f"{r.score.difference:+.1f} [{r.score.low:+.1f}, {r.score.high:+.1f}]"
        verdict = "yes" if r.score.equivalent else "no"
        rows.append([r.defender, sim, ours, gap, f"{r.score.margin:.1f}", verdict])
    headings = ["defender", "simulator: mean ± s.e. (n)", "range: mean ± s.e. (n)"]
    headings += ["difference, 90 % interval", "margin", "equivalent"]
    lines += markdown.table(headings, rows)
    total = sum(len(r.differences) for r in results)
    beyond = {}
    for z in (2.0, 3.0, 4.0):
        beyond[z] = sum(len(r.far(z)) for r in results)
    lines += [
        "",
        f"Of {total} figures {beyond[2.0]} differ by more than 2 standard errors "
        f"({0.0455 * total:.0f} expected by chance if all were equal and normal), {beyond[3.0]} by "
        f"more than 3 ({0.0027 * total:.1f} expected), {beyond[4.0]} by more than 4.",
        "",
    ]
    farthest = []
    for r in results:
        for d in sorted(r.differences, key=lambda d: -abs(d.z))[:3]:
            values = [f"{d.simulator:.4g}", f"{d.range:.4g}", f"{d.z:+.1f}"]
            farthest.append([r.defender, d.name, *values])
    lines += markdown.table(["defender", "farthest figures", "simulator", "range", "z"], farthest)
    return "\n".join(lines) + "\n"
