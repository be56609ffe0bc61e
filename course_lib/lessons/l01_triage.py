"""The alert desk: generated log files with fields of many kinds, and what each decision about an
alert costs.

    log = generate("fuzzy", 2000, seed=0)          # records with the fields of ALERT
    points = costs(log["malicious"], actions)      # (n,) what the decisions cost

A world says how attacks and ordinary work look and how they change; see `WORLDS`. In "evasive" the
attacker reacts to the decisions, so the log cannot be written in advance: `work` deals the alerts
one by one. In `campaign` one decision changes what comes next; it is a game of one agent in tables,
so that its best policy can be computed.

All of it is invented: no real network looks like this, and nothing here may be used to tune a
detector.
"""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from course_lib.games.markov import MarkovGame

ALERT = np.dtype(
    [
        ("hour", "f8"),  # time of day, 0 to 24
        ("process", "U8"),  # the program that talked
        ("port", "i4"),  # where it connected to
        ("kilobytes", "f8"),  # sent out
        ("packets", "i8"),
        ("seconds", "f8"),  # how long the connection lasted
        ("failures", "i4"),  # failed logins in the hour before
        ("domain_days", "f8"),  # age of the destination's name; nan where it has no name
        ("signature", "U4"),  # the signature that fired, or "-"
        ("kind", "U12"),  # what it really was: known only afterwards
        ("malicious", "?"),
    ]
)
"""One alert. The last two fields are the truth; a decision may not use them."""

ACTIONS = ("close", "investigate", "isolate")
COSTS = np.array([[0.0, 1.0, 6.0], [20.0, 1.0, 0.0]])
"""Points, [benign or malicious][action]: an analyst's ten minutes cost 1, a user cut off 6, an
intrusion missed 20."""

PROCESSES = ("browser", "mail", "shell", "remote", "backup")
ATTACK_SHARE = 0.08
VERSION = ["alert log", "version 1"]


@dataclass(frozen=True)
class Kind:
    """How one kind of work or attack looks in the log; every field is drawn on its own."""

    processes: tuple[str, ...]
    ports: tuple[int, ...]
    hour: float
    """Middle of the day's work, with standard deviation ``hour_spread``."""
    volume: float
    """Mean of log10 kilobytes (standard deviation 0.5)."""
    failures: float = 0.1
    """Mean number of failed logins (Poisson)."""
    age: float = 3.2
    """Mean of log10 days of the destination's name (standard deviation 0.5)."""
    nameless: float = 0.1
    """Share without a name."""
    signature: float = 0.02
    """Share in which signature S-7 fires."""
    hour_spread: float = 3.0


WORK = {
    "browsing": Kind(("browser",), (443,), 13, 2.0),
    "mail": Kind(("mail",), (993,), 11, 1.5),
    "admin": Kind(("shell", "remote"), (22, 3389), 14, 2.0, failures=1.0, nameless=0.7),
    "backup": Kind(("backup",), (8443,), 2, 5.0, nameless=0.2),
    "forgot": Kind(("remote",), (3389,), 9, 1.0, failures=5.0, nameless=0.7),
}
"""Ordinary work, in the shares WORK_SHARES."""
WORK_SHARES = (0.45, 0.25, 0.15, 0.10, 0.05)

ATTACKS = {
    "brute force": Kind(
        ("remote", "shell"),
        (22, 3389),
        3,
        1.0,
        failures=9.0,
        nameless=0.9,
        signature=0.4,
        hour_spread=6.0,
    ),
    "theft": Kind(("browser", "shell"), (443,), 22, 4.5, age=1.3, signature=0.1),
    "beacon": Kind(
        ("browser", "shell"),
        (443, 53),
        12,
        0.5,
        age=1.2,
        signature=0.2,
        hour_spread=8,
    ),
}
"""The attacks of the past."""
VARIANTS = {
    "slow guess": replace(ATTACKS["brute force"], failures=4.0, hour=12, signature=0.0),
    "day theft": replace(ATTACKS["theft"], processes=("mail",), hour=13, age=3.0, signature=0.0),
    "quiet beacon": replace(ATTACKS["beacon"], processes=("backup",), age=3.0, signature=0.0),
}
"""What an attacker can turn to when the attacks of the past are stopped."""

WORLDS = {
    "known": "every attack shows a signature or ten failed logins, and ordinary work never does",
    "fuzzy": "no single field tells attacks from ordinary work",
    "drift": "as fuzzy; later, new software makes ordinary work look like the attacks of the past",
    "evasive": "as fuzzy; later, the attacker keeps what gets through and changes what is stopped",
}
LATER = {
    "backup": Kind(("shell",), (443,), 21, 4.5, age=1.5, hour_spread=2.0),
    "browsing": replace(WORK["browsing"], signature=0.3),
}
"""Ordinary work after the drift: backups are scripts that send to a young cloud service in the
evening, and a new browser version sets off the signature."""


def generate(world: str, count: int, seed: int, later: bool = False) -> np.ndarray:
    """A log of ``count`` alerts, an array of ALERT records.

    ``later`` is the time after the training: it differs from the time before only in "drift"; for
    the reacting attacker of "evasive" see `work`.
    """
    if world not in WORLDS:
        raise ValueError(f"world={world!r} is unknown; allowed: {', '.join(WORLDS)}")
    if count < 1:
        raise ValueError(f"count={count} must be at least 1")
    rng = np.random.default_rng(seed)
    kinds = rng.choice([*WORK], count, p=WORK_SHARES).astype("U12")
    attacked = rng.random(count) < ATTACK_SHARE
    kinds[attacked] = rng.choice([*ATTACKS], attacked.sum())
    looks = {**WORK, **ATTACKS}
    if world == "drift" and later:
        looks.update(LATER)
    log = _draw(kinds, looks, rng)
    return _made_certain(log) if world == "known" else log


def _draw(
    kinds: np.ndarray,
    looks: dict[str, Kind],
    rng: np.random.Generator,
) -> np.ndarray:
    """Records of the given ``kinds`` (n,), each field drawn as its kind says."""
    log = np.zeros(len(kinds), ALERT)
    log["kind"] = kinds
    log["malicious"] = ~np.isin(kinds, [*WORK])
    for name, look in looks.items():
        rows = np.flatnonzero(kinds == name)
        count = len(rows)
        hour_noise, volume_noise, age_noise = rng.standard_normal((3, count))
        hour = (look.hour + look.hour_spread * hour_noise) % 24
        volume = 10 ** (look.volume + 0.5 * volume_noise)
        age = 10 ** (look.age + 0.5 * age_noise)
        log["hour"][rows] = np.round(hour, 2) % 24  # rounding can make 24 of 23.999
        log["process"][rows] = rng.choice(look.processes, count)
        log["port"][rows] = rng.choice(look.ports, count)
        log["kilobytes"][rows] = np.maximum(np.round(volume, 2), 0.01)
        log["failures"][rows] = rng.poisson(look.failures, count)
        nameless = rng.random(count) < look.nameless
        log["domain_days"][rows] = np.where(nameless, np.nan, np.ceil(age))
        signed = rng.random(count) < look.signature
        log["signature"][rows] = np.where(signed, "S-7", "-")
    blur = 10 ** (0.1 * rng.standard_normal((2, len(kinds))))
    log["packets"] = np.ceil(log["kilobytes"] * blur[0])
    seconds = np.sqrt(log["kilobytes"]) * blur[1]
    log["seconds"] = np.maximum(np.round(seconds, 2), 0.01)
    return log


def _made_certain(log: np.ndarray) -> np.ndarray:
    """The same log with the marks of an attack on every attack and on nothing else."""
    guessing = log["kind"] == "brute force"
    log["failures"] = np.where(guessing, log["failures"] + 10, np.minimum(log["failures"], 9))
    log["signature"] = np.where(log["malicious"] & ~guessing, "S-7", "-")
    return log


FEATURES = (
    "night",
    "kilobytes",
    "packets",
    "seconds",
    "failures",
    "signature",
    "domain age",
    "no domain",
    *PROCESSES,
)


def features(log: np.ndarray) -> np.ndarray:
    """The fields as numbers a learner can use, (n, 13) floats of about 0 to 1, named FEATURES.

    Sizes enter as logarithms, words as one yes/no column each, and a missing age as a column of its
    own. The truth (``kind``, ``malicious``) is not looked at.
    """
    missing = np.isnan(log["domain_days"])
    columns = [
        night(log),
        np.log10(log["kilobytes"]) / 5,
        np.log10(log["packets"]) / 5,
        np.log10(log["seconds"]) / 2.5,
        np.log1p(log["failures"]) / 3,
        log["signature"] != "-",
        np.log10(np.where(missing, 1, log["domain_days"])) / 4,
        missing,
        *(log["process"] == process for process in PROCESSES),
    ]
    return np.stack(columns, axis=1).astype(float)


def night(log: np.ndarray) -> np.ndarray:
    """(n,) bool: before 7 or after 20 o'clock."""
    return (log["hour"] < 7) | (log["hour"] > 20)


def situation(log: np.ndarray) -> np.ndarray:
    """(n,) int: the alert as one of 64 situations, six yes/no questions, for learners with a
    table."""
    questions = (
        log["signature"] != "-",
        log["failures"] >= 5,
        log["domain_days"] < 100,
        night(log),
        log["process"] == "shell",
        log["kilobytes"] > 3000,
    )
    return sum(2**k * answer for k, answer in enumerate(questions))


def costs(malicious: np.ndarray, actions: np.ndarray) -> np.ndarray:
    """(n,) points lost: ``actions`` (n,) are numbers of ACTIONS, ``malicious`` (n,) bool."""
    actions = np.asarray(actions)
    is_action = np.isin(actions, (0, 1, 2))
    if actions.shape != np.shape(malicious) or not is_action.all():
        raise ValueError(
            f"actions must be one of 0, 1, 2 for each alert; got shape {actions.shape}"
        )
    return COSTS[np.asarray(malicious, dtype=int), actions]


def work(
    world: str,
    count: int,
    seed: int,
    encode: Callable[[np.ndarray], Sequence],
    choose: Callable[[object], int],
    learn: Callable[[object, int, float], None] | None = None,
    later: bool = True,
) -> np.ndarray:
    """Let a desk work through ``count`` alerts, one after the other; returns the points lost at
    each, (count,).

    Args:
        world, count, seed, later: which log; see `generate`.
        encode: what the desk sees of an alert: maps a log (n,) to n things, for example `features`.
        choose: maps one such thing to an action.
        learn: is told ``(thing, action, reward)`` after each decision, with reward = minus the
            points lost.

    In "evasive" (later) the attacker goes on with the technique that was closed without a look, and
    turns to a random other one of six, old and new, when it was investigated or isolated.
    """
    log = generate(world, count, seed, later)
    rng = np.random.default_rng((seed, 1))
    as_logged = encode(log)
    by_technique = []  # what every alert would look like if it were an attack of that technique
    if world == "evasive" and later:
        techniques = {**ATTACKS, **VARIANTS}
        for name in techniques:
            attacks = _draw(np.full(count, name, "U12"), techniques, rng)
            by_technique.append(encode(attacks))
    lost = np.zeros(count)
    technique = 0
    for t, malicious in enumerate(log["malicious"].tolist()):
        reacts = malicious and bool(by_technique)
        thing = by_technique[technique][t] if reacts else as_logged[t]
        action = choose(thing)
        lost[t] = COSTS[int(malicious), action]
        if learn:
            learn(thing, action, -lost[t])
        if reacts and action != 0:  # stopped: on with one of the other five
            technique = int(technique + rng.integers(1, 6)) % 6
    return lost


def write_csv(log: np.ndarray, path: str | Path) -> None:
    """Store a log as text; a missing age is an empty field. The first line names the format and its
    version."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerows([VERSION, ALERT.names])
        writer.writerows(
            [["" if value != value else value for value in row] for row in log.tolist()]
        )


def read_csv(path: str | Path) -> np.ndarray:
    """A log stored by `write_csv`; ValueError for any other or a damaged file."""
    with open(path, newline="", encoding="utf-8", errors="replace") as file:
        rows = list(csv.reader(file))
    if rows[:2] != [VERSION, list(ALERT.names)]:
        raise ValueError(f"{path} is no alert log of {VERSION[1]}; make one with write_csv")
    convert = {
        "f": lambda text: float(text or "nan"),
        "i": int,
        "U": str,
        "b": {"True": True, "False": False}.get,
    }
    kinds = [ALERT[name].kind for name in ALERT.names]
    try:
        return np.array(
            [
                tuple(convert[kind](text) for kind, text in zip(kinds, row, strict=True))
                for row in rows[2:]
            ],
            ALERT,
        )
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path} is damaged: {error}") from None


STATES = ("quiet", "foothold", "foothold, scoped", "spread", "spread, scoped")


def campaign(discount: float = 0.95, horizon: int = 50) -> MarkovGame:
    """The desk when decisions have consequences: one intruder, tick by tick, as a game of one agent
    in tables.

    Isolating the host that alarmed looks best at each single tick, but warns the intruder, who
    comes back through the hosts nobody had found. Investigating first (*scoping* the case) costs
    more now and makes isolation work. States STATES (all seen by the desk), actions ACTIONS,
    rewards minus points.
    """
    costs_of_foothold = [2, 3, 1]  # of each action; scoped or not makes no difference yet
    costs_of_spread = [8, 9, 4]
    rewards = -np.array(
        [
            [0, 1, 6],
            costs_of_foothold,
            costs_of_foothold,
            costs_of_spread,
            costs_of_spread,
        ],
        dtype=float,
    )
    quiet, foothold, scoped, spread, spread_scoped = np.eye(5)
    arrives = 0.9 * quiet + 0.1 * foothold
    held = 0.9 * scoped + 0.1 * spread_scoped  # also who is being watched grows now and then
    transitions = np.array(
        [
            [arrives] * 3,
            [0.7 * foothold + 0.3 * spread, held, 0.2 * quiet + 0.6 * foothold + 0.2 * spread],
            [0.7 * scoped + 0.3 * spread_scoped, held, 0.95 * quiet + 0.05 * foothold],
            [spread, spread_scoped, 0.1 * quiet + 0.4 * foothold + 0.5 * spread],
            [spread_scoped, spread_scoped, 0.9 * quiet + 0.1 * foothold],
        ]
    )
    return MarkovGame(
        name="campaign",
        rewards=rewards,
        transitions=transitions,
        start=quiet,
        terminal=np.zeros(5, dtype=bool),
        discount=discount,
        horizon=horizon,
        actions=(ACTIONS,),
        features=np.arange(5)[:, None],
        story=(
            "Isolate at the first sign and be played with, or find out first how far the intruder "
            "has come."
        ),
    )
