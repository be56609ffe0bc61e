"""Doctrine: empirical knowledge as an ordered list of named rules, which becomes a mask over the 82
actions.

Section 3.5 of the paper: "once it is detected that an attacker has gained host privileges, remove
or restore operations should be immediately executed". A rule says what must be seen and what to do
about it; the first rule that fires in a zone decides, and its weight is spread evenly over the
actions it names. A doctrine is data: edit the list in a cell, save it as JSON, fly it on the range.

    doctrine = Doctrine((Rule("privileged session", see="root file", do=("Restore",)), ...))
    doctrine.mask(messages, allowed)        # (B, 82), rows sum to 1, or to 0 where no rule fires
"""

import re
from dataclasses import asdict, dataclass, replace
from functools import cached_property

import numpy as np

from course_lib.cyber_range.constants import SERVER_SLOTS, SLOTS, Priority

from .spaces import (
    ACTION_CLASS,
    ACTION_CLASSES,
    ACTION_SLOT,
    ACTIONS,
    CONNECTION,
    PHASE,
    PRIORITY,
    PROCESS,
)

IS_SERVER = np.arange(SLOTS) < SERVER_SLOTS
HOSTS = {"all": np.ones(SLOTS, bool), "servers": IS_SERVER, "users": ~IS_SERVER}

SIGNS = {
    "root file": lambda m: m[:, PRIORITY] == Priority.ROOT_FILE,
    "user file": lambda m: m[:, PRIORITY] == Priority.USER_FILE,
    "decoy touched": lambda m: m[:, PRIORITY] == Priority.DECOY_TOUCHED,
    "process event": lambda m: m[:, PROCESS] > 0,
    "connection event": lambda m: m[:, CONNECTION] > 0,
    "exploit": lambda m: (m[:, PROCESS] > 0) & (m[:, CONNECTION] > 0),
    "no event": lambda m: (m[:, PROCESS] == 0) & (m[:, CONNECTION] == 0) & (m[:, PRIORITY] == 0),
    "anything": lambda m: np.ones((len(m), SLOTS), bool),
}
"""What a rule may look for on a host: each maps raw messages (B, 76) to (B, 16) bool."""


@dataclass(frozen=True)
class Rule:
    """One rule: where the sign is seen, give these classes of action on those hosts all the
    weight."""

    name: str
    """What a person calls it; the policy bench and the lessons print it."""
    see: str
    """One of `SIGNS`."""
    do: tuple[str, ...]
    """Classes of action on the hosts that show the sign, each with the same weight; Monitor and
    Sleep have no host."""
    hosts: str = "all"
    """Which hosts it speaks about: "all", "servers" or "users"."""
    phases: tuple[int, ...] = (0, 1, 2)
    """Mission phases in which it holds."""
    enabled: bool = True
    """Switched off, it is kept in the list but never fires."""

    def __post_init__(self):
        if self.see not in SIGNS:
            raise ValueError(
                f"rule {self.name!r}: sign {self.see!r} is unknown; there are {', '.join(SIGNS)}"
            )
        if self.hosts not in HOSTS:
            raise ValueError(
                f"rule {self.name!r}: hosts={self.hosts!r} is unknown; there are {', '.join(HOSTS)}"
            )
        possible = [name for name in ACTION_CLASSES if name not in ("AllowTraffic", "BlockTraffic")]
        if not self.do or not set(self.do) <= set(possible):
            raise ValueError(
                f"rule {self.name!r}: do={self.do!r} must name one or more of {', '.join(possible)}"
            )
        if not set(self.phases) <= {0, 1, 2}:
            raise ValueError(f"rule {self.name!r}: phases={self.phases!r} must be some of 0, 1, 2")
        if not isinstance(self.name, str) or not isinstance(self.enabled, bool):
            raise ValueError(
                f"rule {self.name!r}: the name must be words, and enabled True or False"
            )

    def seen(self, messages: np.ndarray) -> np.ndarray:
        """Raw messages (B, 76) -> (B, 16) bool, the hosts of which the rule speaks now."""
        now = self._holds_in[messages[:, PHASE]][:, None]
        return SIGNS[self.see](messages) & HOSTS[self.hosts] & now & self.enabled

    def weights(self, messages: np.ndarray) -> np.ndarray:
        """(B, 82) float32: 1 for each action the rule names now, 0 elsewhere; absent hosts are not
        left out here."""
        return self.named(self.seen(messages)).astype(np.float32)

    def named(self, seen: np.ndarray) -> np.ndarray:
        """Hosts of which the rule speaks (B, 16) bool -> the actions that it names (B, 82) bool."""
        on_hosts, without_host = self._actions
        return (seen[:, ACTION_SLOT] & on_hosts) | (without_host & seen.any(axis=1, keepdims=True))

    @cached_property
    def _holds_in(self) -> np.ndarray:
        return np.isin(range(3), self.phases)

    @cached_property
    def _actions(self) -> tuple[np.ndarray, np.ndarray]:
        """(82,) bool twice: actions of the rule's classes that have a host, and those that have
        none."""
        mine = np.isin(ACTION_CLASS, [ACTION_CLASSES.index(c) for c in self.do])
        hostless = np.isin(ACTION_CLASS, [ACTION_CLASSES.index(c) for c in ("Monitor", "Sleep")])
        return mine & ~hostless, mine & hostless


@dataclass(frozen=True)
class Doctrine:
    """Rules in order of urgency: the first one that fires and names an allowed action decides."""

    rules: tuple[Rule, ...] = ()
    """The most urgent first; no two with the same name."""

    def __post_init__(self):
        object.__setattr__(self, "rules", tuple(self.rules))
        names = [rule.name for rule in self.rules]
        twice = [name for place, name in enumerate(names) if name in names[:place]]
        if twice:
            raise ValueError(
                f"two rules are called {twice[0]!r}; every rule of a doctrine needs a name of its own"
            )

    def mask(self, messages: np.ndarray, allowed: np.ndarray) -> np.ndarray:
        """Raw messages (B, 76), allowed actions (B, 82) bool -> (B, 82) float32; rows sum to 1, or
        0 without a rule."""
        return self.consult(messages, allowed)[0]

    def consult(self, messages: np.ndarray, allowed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The mask, and (B,) int64 which rule decided: its place in the list, or ``len(rules)``
        where none fired."""
        messages, allowed = np.asarray(messages), np.asarray(allowed, bool)
        mask = np.zeros((len(messages), ACTIONS), np.float32)
        decided = np.full(len(messages), len(self.rules))
        open_rows = np.arange(len(messages))
        for number, rule in enumerate(self.rules):
            seen = rule.seen(messages[open_rows])
            rows = np.flatnonzero(seen.any(axis=1))
            named = rule.named(seen[rows]) & allowed[open_rows[rows]]
            count = np.count_nonzero(named, axis=1)
            fires = count > 0  # a rule that names only what is not allowed passes to the next one
            decides = open_rows[rows[fires]]
            mask[decides] = named[fires] / count[fires, None]
            decided[decides] = number
            open_rows = np.delete(open_rows, rows[fires])
        return mask, decided

    def switched(self, **enabled: bool) -> "Doctrine":
        """A copy with rules switched on or off by name; underscores may stand for what is no letter
        or digit.

        ``STANDARD.switched(look_around=False)``, or ``STANDARD.switched(**{"look around":
        False})``.
        """
        wanted = {_identifier(name): switch for name, switch in enabled.items()}
        known = [_identifier(rule.name) for rule in self.rules]
        for name in wanted:
            if name not in known:
                raise ValueError(f"no rule {name!r}; there are {', '.join(known) or 'none'}")
        pairs = zip(known, self.rules, strict=True)
        return Doctrine(
            tuple(replace(rule, enabled=wanted.get(name, rule.enabled)) for name, rule in pairs)
        )

    def to_list(self) -> list[dict]:
        """The rules as plain tables, for JSON."""
        return [asdict(rule) for rule in self.rules]

    @classmethod
    def from_list(cls, tables: list[dict]) -> "Doctrine":
        """The doctrine that ``to_list`` wrote; ValueError for a table that is no rule."""
        try:
            return cls(
                tuple(
                    Rule(**{**t, "do": tuple(t["do"]), "phases": tuple(t["phases"])})
                    for t in tables
                )
            )
        except KeyError as error:
            raise ValueError(
                f"this is not a list of doctrine rules: a rule lacks the entry {error}"
            ) from None
        except TypeError as error:
            raise ValueError(f"this is not a list of doctrine rules: {error}") from None


def _identifier(name: str) -> str:
    return re.sub(r"\W", "_", name)


STANDARD = Doctrine(
    (
        Rule("restore what red holds as root", see="root file", do=("Restore",)),
        Rule("restore what touched a decoy", see="decoy touched", do=("Restore",)),
        Rule("remove where a process was reported", see="process event", do=("Remove",)),
    )
)
"""The course's doctrine, most urgent first: what to do once something is seen. While nothing is,
the network decides alone."""
FULL = Doctrine(
    (
        *STANDARD.rules,
        Rule(
            "lay decoys before the missions",
            see="anything",
            do=("Analyse", "DeployDecoy"),
            hosts="users",
            phases=(0,),
        ),
        Rule("look around", see="anything", do=("Analyse",)),
    )
)
"""The same, and what to do while nothing is seen: with a doctrine weight of 1 a complete rule-based
defender."""
NONE = Doctrine()
"""No empirical knowledge at all."""
