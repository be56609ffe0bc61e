"""What lesson 09 counts: models of a whole network and of its parts, event rates mixed from two
simulators, and a guard who learns a habit."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from course_lib import cyber_range
from course_lib.experiments.lesson_runs import read_run
from course_lib.experiments.lesson_runs.l09 import (
    half_seen_env,
    random_transitions,
    world_model,
)
from course_lib.games import (
    OutbreakOptions,
    OutbreakSolution,
    all_states,
    best_loss,
    clean_dearest,
    cleaning_of,
    infection_chance,
    losses,
    strikes,
)
from course_lib.learners import HabitModel, best_response
from course_lib.stats import Contrast

__all__ = ["half_seen_env", "random_transitions", "read_run", "world_model"]

TEAM_CLEANS = 0.3
"""Chance that a defender cleans its host in a tick, while data are gathered."""
KINDS = ("joint", "each host alone", "with its neighbours")
"""Models that are counted: of the whole network at once, or host by host."""


@dataclass(frozen=True)
class TeamTicks:
    """K ticks of a team in which every host has a defender of its own."""

    infected: np.ndarray
    """(K, n) bool, before."""
    cleaned: np.ndarray
    """(K, n) bool, whose defender cleaned."""
    after: np.ndarray
    """(K, n) bool."""


def team_ticks(
    options: OutbreakOptions,
    count: int,
    seed: int,
) -> TeamTicks:
    """``count`` ticks of one network whose defenders clean at random."""
    rng = np.random.default_rng(seed)
    state = np.zeros((1, options.hosts), bool)
    before, cleanings, following = [], [], []
    for _ in range(count):
        cleaned = rng.random(state.shape) < TEAM_CLEANS
        after = rng.random(state.shape) < infection_chance(
            options,
            state,
            cleaned,
        )
        before.append(state[0])
        cleanings.append(cleaned[0])
        following.append(after[0])
        state = after
    return TeamTicks(
        np.array(before),
        np.array(cleanings),
        np.array(following),
    )


def true_bits(options: OutbreakOptions, ticks: TeamTicks) -> np.ndarray:
    """(K,) surprise of each tick under the true rules, bits: no model can be better on average."""
    chance = infection_chance(options, ticks.infected, ticks.cleaned)
    happened = np.where(
        ticks.after,
        chance,
        1 - chance,
    )
    return -np.log2(happened).sum(axis=1)


def joint_bits(known: TeamTicks, asked: TeamTicks) -> np.ndarray:
    """(K,) surprise under a table of the whole network: how often did this follow exactly that?

    Every next state begins with an equal share of one count, so nothing is impossible.
    """
    hosts = known.after.shape[1]
    situations = _rows_as_bytes(known.infected, known.cleaned)
    followed = Counter(
        zip(
            situations,
            _rows_as_bytes(known.after),
            strict=True,
        )
    )
    seen = Counter(situations)
    surprise = []
    asked_situations = _rows_as_bytes(asked.infected, asked.cleaned)
    for pair in zip(
        asked_situations,
        _rows_as_bytes(asked.after),
        strict=True,
    ):
        chance = (followed[pair] + 2.0**-hosts) / (seen[pair[0]] + 1)
        surprise.append(-np.log2(chance))
    return np.array(surprise)


def factored_bits(
    known: TeamTicks,
    asked: TeamTicks,
    parents: np.ndarray,
) -> np.ndarray:
    """(K,) surprise under one small table a host.

    Args:
        known: ticks that are counted; asked: ticks that are predicted.
        parents: (n, n) bool; host i is predicted from the hosts j with ``parents[i, j]``.
    """
    total = np.zeros(len(asked.after))
    for host, looks_at in enumerate(parents):
        situations = _situation(known, looks_at)
        size = 4 ** int(looks_at.sum())
        taken = np.bincount(
            situations,
            known.after[:, host],
            minlength=size,
        )
        seen = np.bincount(situations, minlength=size)
        chance = (taken + 0.5) / (seen + 1)
        now = chance[_situation(asked, looks_at)]
        total -= np.log2(
            np.where(
                asked.after[:, host],
                now,
                1 - now,
            )
        )
    return total


def excess_bits(
    options: OutbreakOptions,
    kind: str,
    known: TeamTicks,
    asked: TeamTicks,
) -> float:
    """Bits a tick that a counted model of that kind loses against the true rules."""
    if kind == "joint":
        surprise = joint_bits(known, asked)
    else:
        surprise = factored_bits(
            known,
            asked,
            parents_of(options, kind),
        )
    return float((surprise - true_bits(options, asked)).mean())


def parents_of(options: OutbreakOptions, kind: str) -> np.ndarray:
    """(n, n) bool: what each host's next state is predicted from."""
    alone = np.eye(options.hosts, dtype=bool)
    return alone if kind == KINDS[1] else alone | options.neighbours()


def table_entries(options: OutbreakOptions, kind: str) -> int:
    """Chances that such a model keeps."""
    if kind == "joint":
        return 4**options.hosts * 2**options.hosts
    parents = parents_of(options, kind).sum(axis=1)
    return int((4.0**parents).sum())


def _situation(ticks: TeamTicks, looks_at: np.ndarray) -> np.ndarray:
    """(K,) number of what the chosen hosts show: two bits each."""
    shown = np.concatenate([ticks.infected[:, looks_at], ticks.cleaned[:, looks_at]], axis=1)
    return shown @ (2 ** np.arange(shown.shape[1]))


def _rows_as_bytes(*parts: np.ndarray) -> list[bytes]:
    """Each row of the parts, side by side, as bytes."""
    return [row.tobytes() for row in np.concatenate(parts, axis=1)]


def independent_tables(solution: OutbreakSolution, ticks: TeamTicks) -> OutbreakSolution:
    """The model of one operator's network in which every host lives alone, counted from ticks."""
    options = solution.options
    states = all_states(options.hosts)
    chances = np.zeros((options.hosts, 2, 2))  # host, infected before, cleaned
    for host in range(options.hosts):
        for before in (0, 1):
            for cleaned in (0, 1):
                same = ticks.infected[:, host] == before
                same &= ticks.cleaned[:, host] == cleaned
                taken = ticks.after[same, host].sum()
                chances[host, before, cleaned] = (taken + 0.5) / (same.sum() + 1)
    transitions = np.zeros_like(solution.transitions)
    rows = np.arange(options.hosts)
    for action in range(options.hosts + 1):
        cleaned = cleaning_of(options, np.full(len(states), action)).astype(int)
        chance = chances[rows, states.astype(int), cleaned]
        after = np.ones((len(states), len(states)))
        for host in range(options.hosts):
            taken = chance[:, host, None]
            after *= np.where(
                states[:, host],
                taken,
                1 - taken,
            )
        transitions[:, action] = after
    lost = transitions @ -(states @ np.array(options.importance))
    lost[:, : options.hosts] -= options.cleaning
    return OutbreakSolution(options, transitions, lost)


SIMULATOR = Path(__file__).resolve().parents[1] / "data" / "simulator"
RED_KINDS = (3, 4, 5, 6, 7)
"""Discovery of decoys, exploit, escalation, Impact, degrading: kinds of red's actions."""


def event_rates(statistics: list[dict]) -> np.ndarray:
    """(K, 6) events an episode: hosts phished, and red's successes of five kinds."""
    rows = []
    for episode in statistics:
        successes = [episode["red_successes"][kind] for kind in RED_KINDS]
        rows.append([episode["phished"], *successes])
    return np.array(rows, float)


def simulator_rates(policy: str = "expert") -> np.ndarray:
    """The same of all recorded episodes of the public simulator."""
    lines = (SIMULATOR / f"{policy}.jsonl").read_text(encoding="utf-8").splitlines()
    return event_rates([json.loads(line)["statistics"] for line in lines[1:]])


def range_rates(
    episodes: int,
    seed: int,
    policy: str = "expert",
    **options,
) -> np.ndarray:
    """The same of episodes of the range, possibly with other options than the simulator has."""
    report = cyber_range.evaluate(
        policy,
        episodes=episodes,
        seed=seed,
        **options,
    )
    fields = ("phished", "red_successes")
    return event_rates([{name: row[name] for name in fields} for row in report.statistics])


def mixed_rates(
    simulated: np.ndarray,
    real: np.ndarray,
    weight: float,
) -> np.ndarray:
    """(6,) mean rates, where the simulated mean counts like ``weight`` real episodes.

    Args:
        simulated: (K, 6); real: (M, 6), possibly no row at all.
        weight: 0 trusts the real episodes alone.
    """
    total = weight * simulated.mean(axis=0) + real.sum(axis=0)
    return total / (weight + len(real))


def rate_error(rates: np.ndarray, truth: np.ndarray) -> float:
    """Mean relative error of the rates, in percent."""
    return float(100 * np.mean(np.abs(rates - truth) / truth))


def watch(
    struck: np.ndarray,
    importance: np.ndarray,
    model: HabitModel,
) -> np.ndarray:
    """(T,) hosts that a guard watches who learns the habit while it is struck."""
    watched = np.zeros(len(struck), np.int64)
    last = 0
    for tick, strike in enumerate(struck):
        watched[tick] = best_response(model.probabilities(last), importance)
        model.observe(last, int(strike))
        last = int(strike)
    return watched


def alarm_rule(remembers: bool, episodes: int, seed: int) -> np.ndarray:
    """(E,) returns of a rule on the half-seen network: clean the dearest host with an alarm.

    With ``remembers`` an alarm counts until its host is cleaned, which is the best rule we could
    write by hand; otherwise only those of this tick.
    """
    env = half_seen_env(episodes)
    obs, _ = env.reset(seed=seed)
    alarms = obs
    total = np.zeros(episodes)
    over = False
    while not over:
        actions = clean_dearest(env.options, alarms)
        obs, reward, _, truncated, _ = env.step(actions)
        total += reward
        kept = np.where(cleaning_of(env.options, actions), 0.0, alarms)
        alarms = np.maximum(kept, obs) if remembers else obs
        over = bool(truncated.all())
    return total


GUARDS: dict[str, Callable[[int], HabitModel]] = {
    "count": lambda hosts: HabitModel(hosts, hosts),
    "count and forget": lambda hosts: HabitModel(hosts, hosts, memory=0.9),
}
"""Guards who learn the attacker's habit."""


def guard_losses(habits: list[np.ndarray], importance: np.ndarray, ticks: int, seed: int) -> dict:
    """Mean points lost in a tick: by a guard of the dearest host, by those who learn, and by one
    who knows the habits (exact)."""
    struck = strikes(habits, ticks, seed)
    dearest = np.full(ticks, int(np.argmax(importance)))
    lost = {"watch the dearest": losses(struck, dearest, importance).mean()}
    for name, make in GUARDS.items():
        watched = watch(struck, importance, make(len(importance)))
        lost[name] = losses(struck, watched, importance).mean()
    lost["know the habit"] = np.mean([best_loss(habit, importance) for habit in habits])
    return lost


def mixing_error(
    simulated: np.ndarray, weight: float, pool: np.ndarray, count: int, truth: np.ndarray
) -> float:
    """Mean `rate_error` over 60 draws of ``count`` real episodes; nan without any data."""
    if weight + count == 0:
        return float("nan")
    rng = np.random.default_rng(count)
    errors = []
    for _ in range(60):
        drawn = pool[rng.permutation(len(pool))[:count]]
        errors.append(rate_error(mixed_rates(simulated, drawn, weight), truth))
    return float(np.mean(errors))


def verdict(gain: Contrast) -> str:
    """What an interval of a gain in points allows to say."""
    if gain.low > 0:
        return "it scores clearly better"
    if gain.high < 0:
        return "it scores clearly worse"
    return "no clear difference"
