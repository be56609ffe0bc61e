"""Doctrine: empirical knowledge as an ordered list of named rules, which becomes a mask over the 82 actions.

Section 3.5 of the paper: "once it is detected that an attacker has gained host privileges, remove or restore
operations should be immediately executed". A rule says what must be seen and what to do about it; the first rule that
fires in a zone decides, and its weight is spread evenly over the actions it names. A doctrine is data: edit the list in a
cell, save it as JSON, fly it on the range.

    doctrine = Doctrine((Rule("privileged session", see="root file", do=("Restore",)), ...))
    doctrine.mask(messages, allowed)        # (B, 82), rows sum to 1, or to 0 where no rule fires
"""

from dataclasses import asdict, dataclass

import numpy as np

from ..cyber_range.names import SERVER_SLOTS, SLOTS
from .layout import ACTION_CLASS, ACTION_CLASSES, ACTION_SLOT, ACTIONS, CONNECTION, PHASE, PRIORITY, PROCESS

IS_SERVER = np.arange(SLOTS) < SERVER_SLOTS
HOSTS = {"all": np.ones(SLOTS, bool), "servers": IS_SERVER, "users": ~IS_SERVER}

SIGNS = {
    "root file": lambda m: m[:, PRIORITY] == 1,
    "user file": lambda m: m[:, PRIORITY] == 2,
    "decoy touched": lambda m: m[:, PRIORITY] == 3,
    "process event": lambda m: m[:, PROCESS] > 0,
    "connection event": lambda m: m[:, CONNECTION] > 0,
    "exploit": lambda m: (m[:, PROCESS] > 0) & (m[:, CONNECTION] > 0),
    "no event": lambda m: (m[:, PROCESS] == 0) & (m[:, CONNECTION] == 0) & (m[:, PRIORITY] == 0),
    "anything": lambda m: np.ones((len(m), SLOTS), bool),
}
"""What a rule may look for on a host: each maps raw messages (B, 76) to (B, 16) bool."""


@dataclass(frozen=True)
class Rule:
    """One rule: where the sign is seen, give these classes of action on those hosts all the weight."""

    name: str
    """What a person calls it; the policy bench and the lessons print it."""
    see: str
    """One of `SIGNS`."""
    do: tuple[str, ...]
    """Classes of action on the hosts that show the sign, each with the same weight; Monitor and Sleep have no host."""
    hosts: str = "all"
    """Which hosts it speaks about: "all", "servers" or "users"."""
    phases: tuple[int, ...] = (0, 1, 2)
    """Mission phases in which it holds."""
    enabled: bool = True
    """Switched off, it is kept in the list but never fires."""

    def __post_init__(self):
        if self.see not in SIGNS:
            raise ValueError(f"rule {self.name!r}: sign {self.see!r} is unknown; there are {', '.join(SIGNS)}")
        if self.hosts not in HOSTS:
            raise ValueError(f"rule {self.name!r}: hosts={self.hosts!r} is unknown; there are {', '.join(HOSTS)}")
        allowed = set(ACTION_CLASSES) - {"AllowTraffic", "BlockTraffic"}
        if not self.do or not set(self.do) <= allowed:
            raise ValueError(f"rule {self.name!r}: do={self.do!r} must name one or more of {', '.join(sorted(allowed))}")

    def seen(self, messages: np.ndarray) -> np.ndarray:
        """Raw messages (B, 76) -> (B, 16) bool, the hosts of which the rule speaks now."""
        now = np.isin(messages[:, PHASE], self.phases)[:, None]
        return SIGNS[self.see](messages) & HOSTS[self.hosts] & now & self.enabled

    def weights(self, messages: np.ndarray) -> np.ndarray:
        """(B, 82) float32: 1 for each action the rule names now, 0 elsewhere; absent hosts are not left out here."""
        seen = self.seen(messages)  # (B, 16)
        named = np.isin(ACTION_CLASS, [ACTION_CLASSES.index(c) for c in self.do])
        without_host = named & np.isin(ACTION_CLASS, [ACTION_CLASSES.index(c) for c in ("Monitor", "Sleep")])
        weights = seen[:, ACTION_SLOT] & named & ~without_host
        return (weights | (without_host & seen.any(axis=1, keepdims=True))).astype(np.float32)


@dataclass(frozen=True)
class Doctrine:
    """Rules in order of urgency: the first one that fires and names an allowed action decides."""

    rules: tuple[Rule, ...] = ()

    def mask(self, messages: np.ndarray, allowed: np.ndarray) -> np.ndarray:
        """Raw messages (B, 76) and allowed actions (B, 82) bool -> (B, 82) float32; rows sum to 1, or to 0 without a rule."""
        return self.consult(messages, allowed)[0]

    def consult(self, messages: np.ndarray, allowed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The mask, and (B,) int64 which rule decided: its place in the list, or ``len(rules)`` where none fired."""
        messages, allowed = np.asarray(messages), np.asarray(allowed, bool)
        mask = np.zeros((len(messages), ACTIONS), np.float32)
        decided = np.full(len(messages), len(self.rules))
        open_rows = np.arange(len(messages))
        for number, rule in enumerate(self.rules):
            weights = rule.weights(messages[open_rows]) * allowed[open_rows]
            total = weights.sum(axis=1)
            fires = total > 0
            mask[open_rows[fires]] = weights[fires] / total[fires, None]
            decided[open_rows[fires]] = number
            open_rows = open_rows[~fires]
        return mask, decided

    def switched(self, **enabled: bool) -> "Doctrine":
        """A copy with rules switched on or off by name (spaces written as underscores)."""
        known = {rule.name.replace(" ", "_").replace("-", "_"): rule for rule in self.rules}
        for name in enabled:
            if name not in known:
                raise ValueError(f"no rule {name!r}; there are {', '.join(known)}")
        return Doctrine(
            tuple(Rule(**{**asdict(rule), "enabled": enabled.get(name, rule.enabled)}) for name, rule in known.items())
        )

    def to_list(self) -> list[dict]:
        """The rules as plain tables, for JSON."""
        return [asdict(rule) for rule in self.rules]

    @classmethod
    def from_list(cls, tables: list[dict]) -> "Doctrine":
        """The doctrine that ``to_list`` wrote; ValueError for a table that is no rule."""
        try:
            return cls(tuple(Rule(**{**t, "do": tuple(t["do"]), "phases": tuple(t["phases"])}) for t in tables))
        except (TypeError, KeyError) as error:
            raise ValueError(f"this is not a list of doctrine rules: {error}") from None


STANDARD = Doctrine(
    (
        Rule("restore what red holds as root", see="root file", do=("Restore",)),
        Rule("remove an exploit's session", see="exploit", do=("Remove",)),
        Rule("remove from servers", see="process event", do=("Remove",), hosts="servers"),
        Rule("remove a user-level session", see="user file", do=("Remove",)),
        Rule("clear a host that touched a decoy", see="decoy touched", do=("Remove",)),
        Rule("remove from users", see="process event", do=("Remove",), hosts="users"),
        Rule("look around", see="anything", do=("Analyse", "DeployDecoy")),
    )
)
"""The course's doctrine, most urgent first. Each rule's reason is lesson 11's subject."""
NONE = Doctrine()
"""No empirical knowledge at all."""
