"""Doctrine: empirical knowledge as an ordered list of named rules, a mask over the 82 actions.

Section 3.5 of the paper: "once it is detected that an attacker has gained host privileges, remove
or restore operations should be immediately executed". A rule says what must be seen and what to do
about it; the first rule that fires in a zone decides, and its weight is spread evenly over the
actions it names. A doctrine is data: edit the list in a cell, save it as JSON, play by it.

    doctrine = Doctrine((Rule("privileged session", see="root file", do=("Restore",)), ...))
    doctrine.mask(messages, allowed)    # (B, 82), rows sum to 1, or to 0 where no rule fires
"""

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from course_lib import validate
from course_lib.cyber_range.constants import SERVER_SLOTS, SLOTS, Priority

from .spaces import (
    ACTION_CLASS,
    ACTION_CLASSES,
    ACTION_SLOT,
    ACTIONS,
    CONNECTION,
    MESSAGE,
    PHASE,
    PRIORITY,
    PROCESS,
)

IS_SERVER = np.arange(SLOTS) < SERVER_SLOTS
HOSTS = {"all": np.ones(SLOTS, bool), "servers": IS_SERVER, "users": ~IS_SERVER}

ON_TRAFFIC = ("AllowTraffic", "BlockTraffic")
"""Classes that no rule names: they have no host of the zone."""
HOSTLESS = ("Monitor", "Sleep")
RULE_CLASSES = tuple(name for name in ACTION_CLASSES if name not in ON_TRAFFIC)
"""Classes that a rule may name."""
PHASES = (0, 1, 2)


def _nothing_seen(messages: np.ndarray) -> np.ndarray:
    events = messages[:, PROCESS] + messages[:, CONNECTION]
    return (events == 0) & (messages[:, PRIORITY] == 0)


SIGNS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "root file": lambda m: m[:, PRIORITY] == Priority.ROOT_FILE,
    "user file": lambda m: m[:, PRIORITY] == Priority.USER_FILE,
    "decoy touched": lambda m: m[:, PRIORITY] == Priority.DECOY_TOUCHED,
    "process event": lambda m: m[:, PROCESS] > 0,
    "connection event": lambda m: m[:, CONNECTION] > 0,
    "exploit": lambda m: (m[:, PROCESS] > 0) & (m[:, CONNECTION] > 0),
    "no event": _nothing_seen,
    "anything": lambda m: np.ones((len(m), SLOTS), bool),
}
"""What a rule may look for on a host: each maps raw messages (B, 76) to (B, 16) bool."""


@dataclass(frozen=True)
class Rule:
    """One rule: where the sign is seen, these classes of action on those hosts get all the weight.

    Raises:
        ValueError: for an unknown sign, class, kind of host or phase, and for a rule that could
            never fire.
    """

    name: str
    """What a person calls it; the policy bench and the lessons print it."""
    see: str
    """One of `SIGNS`."""
    do: tuple[str, ...]
    """Classes of action on the hosts that show the sign, each with the same weight; Monitor and
    Sleep have no host."""
    hosts: str = "all"
    """Which hosts it speaks about: "all", "servers" or "users"."""
    phases: tuple[int, ...] = PHASES
    """Mission phases in which it holds, one or more."""
    enabled: bool = True
    """Switched off, it is kept in the list but never fires."""

    def __post_init__(self) -> None:
        where = f"rule {validate.shown(self.name)}"
        if not isinstance(self.name, str) or not isinstance(self.enabled, bool):
            raise ValueError(f"{where}: the name must be words, and enabled True or False")
        validate.choice(f"{where}: see", self.see, SIGNS)
        validate.choice(f"{where}: hosts", self.hosts, HOSTS)
        if not _some_of(self.do, RULE_CLASSES):
            listed = ", ".join(RULE_CLASSES)
            raise ValueError(
                f"{where}: do={validate.shown(self.do)} must be a tuple of one or more of {listed}"
            )
        if not _some_of(self.phases, PHASES):
            shown = validate.shown(self.phases)
            raise ValueError(f"{where}: phases={shown} must be a tuple of one or more of 0, 1, 2")
        object.__setattr__(self, "do", tuple(self.do))
        object.__setattr__(self, "phases", tuple(self.phases))

    def seen(self, messages: np.ndarray) -> np.ndarray:
        """Raw messages (B, 76) -> (B, 16) bool, the hosts of which the rule speaks now."""
        phase = messages[:, PHASE]
        holds = self._holds_in[phase][:, None]
        shown = SIGNS[self.see](messages)
        return shown & HOSTS[self.hosts] & holds & self.enabled

    def weights(self, messages: np.ndarray) -> np.ndarray:
        """(B, 82) float32: 1 for each action the rule names now, 0 elsewhere.

        Absent hosts are not left out here.
        """
        return self.named(self.seen(messages)).astype(np.float32)

    def named(self, seen: np.ndarray) -> np.ndarray:
        """Hosts of which the rule speaks (B, 16) bool -> the actions that it names (B, 82) bool."""
        on_hosts, without_host = self._actions
        on_seen_host = seen[:, ACTION_SLOT] & on_hosts
        anywhere = seen.any(axis=1, keepdims=True)
        return on_seen_host | (without_host & anywhere)

    @cached_property
    def _holds_in(self) -> np.ndarray:
        """(3,) bool, by phase."""
        return np.isin(PHASES, self.phases)

    @cached_property
    def _actions(self) -> tuple[np.ndarray, np.ndarray]:
        """Actions of the rule's classes that have a host, and those that have none: (82,) bool."""
        mine = np.isin(ACTION_CLASS, _class_numbers(self.do))
        hostless = np.isin(ACTION_CLASS, _class_numbers(HOSTLESS))
        return mine & ~hostless, mine & hostless


def _class_numbers(names: tuple[str, ...]) -> list[int]:
    return [ACTION_CLASSES.index(name) for name in names]


def _some_of(values: object, allowed: tuple[Any, ...]) -> bool:
    """Whether ``values`` is a tuple, or list, of one or more of the allowed ones."""
    if not isinstance(values, tuple | list) or not values:
        return False
    kinds = {type(value) for value in allowed}
    return all(type(value) in kinds and value in allowed for value in values)


@dataclass(frozen=True)
class Doctrine:
    """Rules in order of urgency: the first one that fires and names an allowed action decides."""

    rules: tuple[Rule, ...] = ()
    """The most urgent first; no two with the same name."""

    def __post_init__(self) -> None:
        if not isinstance(self.rules, tuple | list):
            raise ValueError(f"rules={validate.shown(self.rules)} is not a list of Rule")
        object.__setattr__(self, "rules", tuple(self.rules))
        known: set[str] = set()
        for rule in self.rules:
            validate.instance("a rule", rule, Rule, "Doctrine.from_list reads plain tables")
            if rule.name in known:
                raise ValueError(
                    f"two rules are called {rule.name!r}; "
                    "every rule of a doctrine needs a name of its own"
                )
            known.add(rule.name)

    def mask(self, messages: np.ndarray, allowed: np.ndarray) -> np.ndarray:
        """The weight that the doctrine gives each action, see `consult`.

        Returns:
            (B, 82) float32; rows sum to 1, or to 0 where no rule fires.
        """
        return self.consult(messages, allowed)[0]

    def consult(self, messages: np.ndarray, allowed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The mask, and which rule decided.

        Args:
            messages: (B, 76) raw, in the range's whole numbers.
            allowed: (B, 82) bool, which actions have a target.

        Returns:
            (B, 82) float32, and (B,) int64 place of the rule in the list, ``len(rules)`` where none
            fired.

        Raises:
            ValueError: for other shapes, and for messages that are not raw.
        """
        messages, allowed = _checked(messages, allowed)
        mask = np.zeros((len(messages), ACTIONS), np.float32)
        decided = np.full(len(messages), len(self.rules))
        undecided = np.arange(len(messages))  # rows that wait for a rule
        for number, rule in enumerate(self.rules):
            seen = rule.seen(messages[undecided])
            rows = np.flatnonzero(seen.any(axis=1))
            named = rule.named(seen[rows]) & allowed[undecided[rows]]
            count = np.count_nonzero(named, axis=1)
            # A rule that names only what is not allowed passes to the next one.
            fires = count > 0
            fired = rows[fires]
            decides = undecided[fired]
            # The rule's whole weight, spread evenly over what it names.
            mask[decides] = named[fires] / count[fires, None]
            decided[decides] = number
            undecided = np.delete(undecided, fired)
        return mask, decided

    def switched(self, **enabled: bool) -> "Doctrine":
        """A copy with rules switched on or off by name.

        Underscores may stand for any character other than a letter or digit:
        ``STANDARD.switched(look_around=False)``, or
        ``STANDARD.switched(**{"look around": False})``.
        """
        switches = {_identifier(name): switch for name, switch in enabled.items()}
        known = [_identifier(rule.name) for rule in self.rules]
        for name in switches:
            if name not in known:
                raise ValueError(f"no rule {name!r}; there are {', '.join(known) or 'none'}")
        rules = []
        for name, rule in zip(known, self.rules, strict=True):
            rules.append(replace(rule, enabled=switches.get(name, rule.enabled)))
        return Doctrine(tuple(rules))

    def to_list(self) -> list[dict[str, Any]]:
        """The rules as plain tables, for JSON."""
        return [asdict(rule) for rule in self.rules]

    @classmethod
    def from_list(cls, tables: list[dict[str, Any]]) -> "Doctrine":
        """The doctrine that ``to_list`` wrote; ValueError for a table that is no rule."""
        try:
            rules = [_rule_from(table) for table in tables]
        except KeyError as error:
            raise ValueError(
                f"this is not a list of doctrine rules: a rule lacks the entry {error}"
            ) from None
        except TypeError as error:
            raise ValueError(f"this is not a list of doctrine rules: {error}") from None
        return cls(tuple(rules))


def _rule_from(table: dict[str, Any]) -> Rule:
    """A rule from its table; JSON has lists where a rule has tuples."""
    tuples = {"do": tuple(table["do"]), "phases": tuple(table["phases"])}
    return Rule(**{**table, **tuples})


def _checked(messages: np.ndarray, allowed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Messages and allowed actions as arrays of the same length, after a look at both."""
    messages = np.asarray(messages)
    allowed = np.asarray(allowed, bool)
    if messages.ndim != 2 or messages.shape[1] != MESSAGE:
        raise ValueError(f"messages have shape {messages.shape}; wanted (B, {MESSAGE})")
    wanted = (len(messages), ACTIONS)
    if allowed.shape != wanted:
        raise ValueError(f"allowed has shape {allowed.shape}; wanted {wanted}, a row a message")
    phase = messages[:, PHASE]
    possible = (phase >= 0) & (phase <= max(PHASES))
    if messages.dtype.kind not in "iu" or not possible.all():
        raise ValueError("messages must be raw, as the range gives them: whole numbers, phase 0..2")
    return messages, allowed


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
