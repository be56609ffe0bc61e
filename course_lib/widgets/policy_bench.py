"""The policy bench of lesson 11: what command, doctrine and IOC do to one unit's decision.

`recorded_situations` takes named messages from an episode, `decide` asks the defender's own policy
function about one of them, `describe` and `table` turn its answer into what is shown; `PolicyBench`
holds the settings and policy_bench_view.js shows the controls.
"""

import copy
import html
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import torch
import traitlets

from course_lib import static_twin, validate
from course_lib.cyber_range import VectorRange, load_policy
from course_lib.cyber_range.actions import action_layout
from course_lib.hierarchy import Doctrine, HierarchicalDefender, Observation
from course_lib.hierarchy.doctrine import HOSTS, SIGNS
from course_lib.hierarchy.policy import PolicyStages, class_probabilities
from course_lib.hierarchy.spaces import (
    ACTION_CLASSES,
    ACTION_SLOT,
    PHASE,
    PRIORITY,
    ZONE_NAMES,
    action_names,
    normalised,
)
from course_lib.hierarchy.team_observation import ON_HOST

from .bench_questions import bench_questions
from .picture_widget import TwinWidget
from .questions import asked, verdicts
from .script import widget_script

STAGES = ("network", "after command", "after doctrine", "pi, after mask")
"""What the columns are called; the fields of a `PolicyStages`."""
TOP = 5
"""How many actions are shown by name."""
PLAYER, SEED, TICKS = "expert", 2, 498
"""Whose episode the situations are taken from."""


def _some(sign: str, hosts: str = "all"):
    return lambda m: (SIGNS[sign](m) & HOSTS[hosts]).any(axis=1)


def _quiet(m):
    return ~(SIGNS["process event"](m) | (m[:, PRIORITY] > 0)).any(axis=1)


WANTED = {
    "quiet zone": _quiet,
    "quiet zone in a mission": lambda m: _quiet(m) & (m[:, PHASE] > 0),
    "exploit on a server": _some("exploit", "servers"),
    "exploit on a user host": _some("exploit", "users"),
    "user file": _some("user file"),
    "root file": _some("root file"),
    "decoy touched": _some("decoy touched"),
    "root file and another event": lambda m: _some("root file")(m) & _some("process event")(m),
}
"""Name of a situation -> raw messages (B, 76) to (B,) bool; the first zone of the episode that
shows it is taken."""


@dataclass(frozen=True)
class Situation:
    """What one zone's defender saw in one tick."""

    name: str
    zone: str
    tick: int
    message: np.ndarray
    """(76,) ints, raw."""
    allowed: np.ndarray
    """(82,) bool, False for actions on hosts that the episode does not have."""


@cache
def recorded_situations() -> dict[str, Situation]:
    """The situations of `WANTED` by name, from one episode of the scripted expert: the same on
    every machine."""
    policy, found = load_policy(PLAYER, "official"), {}
    vector = VectorRange(1, defenders="official", seed=SEED, observation="message")
    obs, info = vector.reset()
    policy.reset(SEED)
    exists = action_layout("official").host_entries(info["action_mask"])[0]
    for tick in range(TICKS):
        for name, shows in WANTED.items():
            zones = np.flatnonzero(shows(obs[0]))
            if name not in found and len(zones):
                allowed = exists[zones[0]][ACTION_SLOT] | ~ON_HOST
                found[name] = Situation(
                    name, ZONE_NAMES[zones[0]], tick, obs[0, zones[0]].astype(int), allowed
                )
        obs, *_, info = vector.step(policy.act_batch(obs, info))
    return {name: found[name] for name in WANTED if name in found}


@dataclass(frozen=True)
class Decision:
    """One unit's answer to one situation."""

    stages: PolicyStages
    """The four stages, each (1, 82)."""
    rule: str
    """Name of the rule that fired, "" if none did."""
    weight: float
    """w as it was used: raised by the IOC, 0 where no rule fires."""


@torch.no_grad()
def decide(
    defender: HierarchicalDefender,
    situation: Situation,
    doctrine: Doctrine,
    command,
    ioc: float,
    weight: float,
) -> Decision:
    """Ask the unit that defends the situation's zone, by its own policy function.

    Args:
        defender: its team must have a leaf of the situation's zone, else ValueError.
        situation: what the zone shows.
        doctrine: rules, in place of the defender's.
        command: 8 priorities of at least 0.
        ioc: the shared alert, 0 to 1.
        weight: w of the doctrine before the IOC raises it, 0 to 1.
    """
    number = defender.team.wiring.number(situation.zone)
    policy = copy.copy(
        defender.team.unit_at(0, number).policy_function
    )  # the same weights, another w
    policy.config = replace(policy.config, doctrine_weight=weight, learn_weight=False)
    mask, decided = doctrine.consult(situation.message[None], situation.allowed[None])
    message = torch.as_tensor(normalised(situation.message[None]))
    seen = Observation(
        message[:, PHASE],
        torch.as_tensor([list(command)], dtype=torch.float32),
        message,
        torch.tensor([float(ioc)]),
    )
    mask, allowed = torch.as_tensor(mask), torch.as_tensor(situation.allowed[None])
    rule = doctrine.rules[decided[0]].name if decided[0] < len(doctrine.rules) else ""
    return Decision(
        policy(seen, mask, allowed),
        rule,
        float(policy.doctrine_weight(seen.ioc, mask)),
    )


def class_table(stages: PolicyStages) -> np.ndarray:
    """(8, 4) share of each class in what the weights of a stage come to together; columns sum to
    1."""
    shares = np.stack([class_probabilities(stage)[0].numpy() for stage in stages], axis=1)
    return shares / np.maximum(shares.sum(axis=0), 1e-12)


def top_actions(stages: PolicyStages, zone: str) -> list[tuple[str, float]]:
    """The likeliest actions by name, the first of equals first."""
    probabilities = stages.probabilities[0].numpy()
    order = np.argsort(-probabilities.round(6), kind="stable")[:TOP]
    names = action_names(zone)
    return [(names[i], float(probabilities[i])) for i in order if probabilities[i] > 0]


def percent(share: float) -> str:
    """A share in per cent, whole numbers from 10 on; what is too small to be seen is "< 0.1"."""
    if 0 < share < 0.001:
        return "< 0.1 %"
    return f"{100 * share:.1f} %" if 0 < share < 0.0995 else f"{100 * share:.0f} %"


def describe(decision: Decision, situation: Situation) -> str:
    """What decided, and what is likeliest, in words."""
    fired = f'The rule "{decision.rule}" fires' if decision.rule else "No rule fires"
    left = float(decision.stages.modulated.sum())
    kept = f"the command leaves {percent(left)} of the network's weight"
    name, share = top_actions(decision.stages, situation.zone)[0]
    return f"{fired}; w = {decision.weight:.2f}; {kept}. Likeliest: {name}, {percent(share)}."


def table(decision: Decision, situation: Situation) -> str:
    """HTML: classes by stages with bars, and the likeliest actions by name."""
    classes = zip(ACTION_CLASSES, class_table(decision.stages), strict=True)
    actions = ((name, [share]) for name, share in top_actions(decision.stages, situation.zone))
    first = _bars("Share of each class of action", ("class", *STAGES), classes)
    return first + _bars("Likeliest actions", ("action", STAGES[-1]), actions)


def _bars(caption: str, header, rows) -> str:
    """A table whose rows are (name, shares); every share has a bar of its length."""
    head = "".join(f'<th scope="col" style="text-align:left">{name}</th>' for name in header)
    body = []
    for name, shares in rows:
        first = f'<th scope="row" style="text-align:left">{html.escape(name)}</th>'
        cells = "".join(_cell(share) for share in shares)
        body.append(f"<tr>{first}{cells}</tr>")
    return (
        f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(body)}</tbody></table>"
    )


def _cell(share: float) -> str:
    style = f"height:5px;width:{6.5 * share:.2f}em;background:var(--jp-brand-color1,#1976d2)"
    bar = f'<div style="{style}"></div>'
    return f'<td style="text-align:left;min-width:7em">{html.escape(percent(share))}{bar}</td>'


class PolicyBench(TwinWidget):
    """Sliders for command, IOC and w, a switch for each rule, and a choice of situations; every
    change asks the unit.

    Args:
        defender: whose leaf units are asked; trained or not.
        settings: first values of the traits below.
    """

    _esm = widget_script("policy_bench_view.js")
    _css = static_twin.HIDE_TWIN
    situation = traitlets.Unicode("quiet zone").tag(sync=True)
    """Which of `recorded_situations`."""
    command = traitlets.List(
        traitlets.Float(min=0, max=1),
        [1.0] * 8,
        minlen=8,
        maxlen=8,
    ).tag(sync=True)
    """Priorities of the classes; all ones: no command."""
    enabled = traitlets.List(traitlets.Bool()).tag(sync=True)
    """Which rules hold, in the order of the doctrine."""
    ioc = traitlets.Float(
        0,
        min=0,
        max=1,
    ).tag(sync=True)
    """The shared alert."""
    weight = traitlets.Float(
        0.5,
        min=0,
        max=1,
    ).tag(sync=True)
    """w of the doctrine."""
    situations = traitlets.List(traitlets.List(traitlets.Unicode())).tag(sync=True)
    """(name, label) of the situations to choose from."""
    classes = traitlets.List(traitlets.Unicode(), list(ACTION_CLASSES)).tag(sync=True)
    rules = traitlets.List(traitlets.Unicode()).tag(sync=True)
    """Names of the rules."""
    floor = traitlets.Float().tag(sync=True)
    """Priority that a commander of this team gives the classes it did not choose."""
    text = traitlets.Unicode().tag(sync=True)
    """What `describe` says."""
    table = traitlets.Unicode().tag(sync=True)
    """What `table` shows, HTML."""
    questions = traitlets.List(traitlets.Dict()).tag(sync=True)
    """What the reader can find out, see `bench_questions`."""
    answers = traitlets.Dict().tag(sync=True)
    """Place of a question -> the answer chosen."""
    verdicts = traitlets.List(traitlets.Unicode()).tag(sync=True)
    """What is said to each answer."""

    def __init__(self, defender: HierarchicalDefender, **settings):
        hint = "for example course_lib.training.load_policy('three-layer')"
        validate.instance("defender", defender, HierarchicalDefender, hint)
        self.defender = defender
        held = {
            name: s
            for name, s in recorded_situations().items()
            if s.zone in defender.team.wiring.names
        }
        self.held, rules = held, defender.doctrine.rules
        leaf = defender.team.unit_at(0, 0).policy_function
        learned = torch.sigmoid(leaf.weight_logit).item() if leaf.config.learn_weight else None
        given = {
            "enabled": [rule.enabled for rule in rules],
            "weight": leaf.config.doctrine_weight if learned is None else learned,
            "floor": defender.team.config.unit.command_floor,
            "rules": [rule.name for rule in rules],
            "situations": [
                [n, f"{n}: {s.zone}, phase {s.message[PHASE]}, tick {s.tick}"]
                for n, s in held.items()
            ],
        }
        super().__init__(**{**given, **settings})
        self._ask()
        self._questions = bench_questions(self._answered, held, defender.doctrine, self.weight)
        self.questions = asked(self._questions)
        self._answer()

    def _answered(
        self, name: str, doctrine: Doctrine, command: tuple, ioc: float, weight: float
    ) -> Decision:
        return decide(self.defender, self.held[name], doctrine, command, ioc, weight)

    @traitlets.observe("answers")
    def _answer(self, change=None) -> None:
        self.verdicts = verdicts(self._questions, self.answers)

    @traitlets.validate("situation")
    def _known(self, proposal):
        if proposal["value"] not in self.held:
            raise traitlets.TraitError(
                f"no situation {proposal['value']!r}; there are {', '.join(self.held)}"
            )
        return proposal["value"]

    @traitlets.validate("enabled")
    def _one_each(self, proposal):
        if len(proposal["value"]) != len(self.defender.doctrine.rules):
            raise traitlets.TraitError(
                f"enabled needs one entry for each of {len(self.defender.doctrine.rules)} rules"
            )
        return proposal["value"]

    @traitlets.observe("situation", "command", "enabled", "ioc", "weight")
    def _ask(self, change=None) -> None:
        if change is not None and not hasattr(self, "decision"):
            return  # still being made
        rules = zip(self.defender.doctrine.rules, self.enabled, strict=True)
        doctrine = Doctrine(tuple(replace(rule, enabled=on) for rule, on in rules))
        seen = self.held[self.situation]
        self.decision = decide(
            self.defender,
            seen,
            doctrine,
            self.command,
            self.ioc,
            self.weight,
        )
        self.table, self.text = table(self.decision, seen), describe(self.decision, seen)

    def __repr__(self) -> str:
        command = ", ".join(
            f"{n} {p:g}"
            for n, p in zip(
                ACTION_CLASSES,
                self.command,
                strict=True,
            )
        )
        off = [
            name
            for name, on in zip(
                self.rules,
                self.enabled,
                strict=True,
            )
            if not on
        ]
        lines = [
            f"The policy bench: {dict(self.situations)[self.situation]}",
            f"command: {command}; IOC {self.ioc:g}",
        ]
        lines += [f"switched off: {', '.join(off)}"] * bool(off)
        for name, line in zip(
            ACTION_CLASSES,
            class_table(self.decision.stages),
            strict=True,
        ):
            lines.append(f"{name:13}" + "".join(f"{percent(share):>10}" for share in line))
        head = f"{'class':13}" + "".join(f"{name.split(' ')[-1]:>10}" for name in STAGES)
        return "\n".join([*lines[:-8], head, *lines[-8:], self.text])

    def twin(self) -> str:
        """The words above the table."""
        return f"<figure><figcaption>{html.escape(self.text)}</figcaption>{self.table}</figure>"
