"""What the hierarchy is measured against, on the same engine, with the same trainer.

*Flat*: every official agent has a network of its own kind and nobody commands. With a central
critic that is MAPPO, with a local one IPPO. The four one-zone agents share weights (their message
says which zone they are); the HQ agent reads the messages of its three zones and chooses among all
their actions at once.

*H-MARL in the manner of Singh et al. (2024)*: each agent has two sub-policies, *investigate*
(Analyse, DeployDecoy) and *recover* (Remove, Restore), and a master that picks one at each
decision: a rule ("expert": any sign of compromise in the own zones means recover) or a network
("learned"). Theirs trains sub-policies first and the master afterwards, for about 25 million steps;
ours trains both together, within the budget of the study.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from course_lib import validate
from course_lib.cyber_range.constants import ANALYSE, DECOY, REMOVE, RESTORE
from course_lib.cyber_range.policies.base import TickPolicy
from course_lib.cyber_range.policies.rng import uniform
from course_lib.cyber_range.policy import Tick
from course_lib.hierarchy.policy import dense_network, draw, log_probability
from course_lib.hierarchy.saving import save_defender
from course_lib.hierarchy.spaces import (
    ACTION_CLASS,
    ACTIONS,
    CLASS_MEMBERS,
    MESSAGE,
    ZONE_NAMES,
    agent_action,
    normalised,
    zone_ioc,
)
from course_lib.hierarchy.tree import Tree
from course_lib.hierarchy.wiring import Wiring

from .groups import AgentGroup, Data, Evaluated, Samples, entropy

MASTERS = ("none", "expert", "learned")
LARGEST_HIDDEN = 8192
INVESTIGATE, RECOVER = 0, 1
SUB_CLASSES = {INVESTIGATE: (ANALYSE, DECOY), RECOVER: (REMOVE, RESTORE)}


@dataclass(frozen=True)
class FlatConfig:
    """Choices of a flat team."""

    master: str = "none"
    """"none": one policy over all actions; "expert" or "learned": H-MARL with that master."""
    hidden: int = 256
    """Nodes of each hidden layer, as in the hierarchy."""

    def __post_init__(self) -> None:
        validate.check_kinds(self)
        validate.choice("master", self.master, MASTERS)
        validate.whole_number("hidden", self.hidden, 1, LARGEST_HIDDEN)


class FlatTeam(nn.Module):
    """Networks of agents without superiors; the tree is only the list of zones."""

    def __init__(self, config: FlatConfig | None = None, seed: int = 0):
        super().__init__()
        self.config = config or FlatConfig()
        self.tree = Tree.from_description({"team": list(ZONE_NAMES)})
        self.wiring = Wiring.of(self.tree)
        subs = 1 if self.config.master == "none" else len(SUB_CLASSES)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.actors = nn.ModuleDict()
            for kind, zones in KINDS.items():
                self.actors[kind] = _networks(subs, zones, self.config.hidden)
            self.masters = nn.ModuleDict()
            if self.config.master == "learned":
                for kind, zones in KINDS.items():
                    self.masters[kind] = dense_network(zones * MESSAGE, self.config.hidden, 2)

    def action_scores(self, kind: str, sub: int, messages: Tensor) -> Tensor:
        """(K, Z * 76) messages of the agents' Z zones -> (K, Z * 82) scores of a sub-policy."""
        subs = self.actors[kind]
        assert isinstance(subs, nn.ModuleList)
        return subs[sub](messages).float()

    def groups(self, level: int) -> list[tuple[nn.Module, np.ndarray]]:
        """All weights belong to the agents, level 0."""
        return [(self, np.arange(len(ZONE_NAMES)))] if level == 0 else []


KINDS = {"zone": 1, "headquarters": 3}
"""Kinds of official agents and how many zones each has."""


def _networks(count: int, zones: int, hidden: int) -> nn.ModuleList:
    sizes = (zones * MESSAGE, hidden, zones * ACTIONS)
    return nn.ModuleList([dense_network(*sizes) for _ in range(count)])


class FlatActions(NamedTuple):
    """Decisions of one kind of agent in one tick."""

    rows: np.ndarray
    """(K,) environments."""
    agents: np.ndarray
    """(K,) agent numbers."""
    data: Data
    log_prob: Tensor


@dataclass
class FlatDecisions:
    """All decisions of one tick."""

    actions: np.ndarray
    """(E, 5) indices for the range."""
    kinds: dict[str, FlatActions]


class FlatDefender(TickPolicy):
    """Agents without superiors on the range; the same methods as a HierarchicalDefender, so the
    same trainer trains it."""

    observation = "message"
    doctrine = None
    about: dict = {}

    def __init__(self, team: FlatTeam, name: str = "flat"):
        self.team, self.name = team, name
        self.zones = np.arange(len(ZONE_NAMES))
        super().__init__("official")
        self.agents = {kind: self._agents_with(zones) for kind, zones in KINDS.items()}

    def _agents_with(self, zones: int) -> np.ndarray:
        """Numbers of the agents that have so many zones."""
        counts = [len(own) for own in self.layout.zones]
        return np.flatnonzero(np.array(counts) == zones)

    def save(self, path: str | Path) -> None:
        """Write choices and weights (as float16); `load_policy` reads it."""
        save_defender(self, path, self.about)

    def decide(self, tick: Tick) -> np.ndarray:
        """(E, 5) action indices."""
        return self.decisions(tick).actions

    def decide_all(self, obs: np.ndarray, info: dict) -> FlatDecisions:
        """Like ``act_batch``, but with everything that was decided, for the trainer."""
        return self.decisions(self.open_tick(np.asarray(obs), info))

    @torch.no_grad()
    def decisions(self, tick: Tick) -> FlatDecisions:
        """Everything the agents decided in this tick."""
        actions, kinds = self.sleeping(tick.size), {}
        for number, (kind, agents) in enumerate(self.agents.items()):
            rows, place = np.nonzero(tick.free[:, agents])
            mine = agents[place]
            zones_of_kind = np.stack([self.layout.zones[agent] for agent in agents])
            zones = zones_of_kind[place]
            # One number for each agent's action, and one for each agent's sub-policy.
            numbers = uniform(tick.seeds, tick.step, 2 * len(agents), number)
            data = self._data(tick, rows, zones)
            data["sub"] = self._sub(
                kind, data, tick, rows, zones, numbers[rows, place + len(agents)]
            )
            pi = action_probabilities(self.team, kind, data)
            data["chosen"] = draw(pi, numbers[rows, place])
            kinds[kind] = FlatActions(
                rows=rows,
                agents=mine,
                data=data,
                log_prob=log_of_choices(self.team, kind, data, pi),
            )
            self._place(actions, rows, mine, zones, data["chosen"].numpy())
        return FlatDecisions(actions, kinds)

    def _data(self, tick: Tick, rows: np.ndarray, zones: np.ndarray) -> Data:
        raw = tick.obs[rows[:, None], zones]  # (K, Z, 76)
        exists = tick.exists[rows[:, None], zones]  # (K, Z, 16)
        allowed = np.ones((*zones.shape, ACTIONS), bool)
        for members in CLASS_MEMBERS[:4]:
            allowed[:, :, members] = exists
        # The zones of an agent stand side by side, as the inputs of one network.
        width = zones.shape[1]
        messages = normalised(raw).reshape(len(rows), width * MESSAGE)
        return {
            "message": torch.as_tensor(messages),
            "allowed": torch.as_tensor(allowed.reshape(len(rows), width * ACTIONS)),
        }

    def _sub(
        self,
        kind: str,
        data: Data,
        tick: Tick,
        rows: np.ndarray,
        zones: np.ndarray,
        numbers: np.ndarray,
    ) -> Tensor:
        """(K,) which sub-policy acts; 0 where there is only one."""
        if self.team.config.master == "none":
            return torch.zeros(len(rows), dtype=torch.long)
        if self.team.config.master == "expert":
            own = tick.obs[rows[:, None], zones]
            alarm = zone_ioc(own).max(axis=1) > 0
            return torch.as_tensor(np.where(alarm, RECOVER, INVESTIGATE))
        scores = self.team.masters[kind](data["message"])
        return draw(torch.softmax(scores, dim=1), numbers)

    def _place(
        self,
        actions: np.ndarray,
        rows: np.ndarray,
        agents: np.ndarray,
        zones: np.ndarray,
        chosen: np.ndarray,
    ) -> None:
        """Write what was chosen, (K,) among Z * 82, into the range's actions (E, 5)."""
        zone = zones[np.arange(len(rows)), chosen // ACTIONS]
        actions[rows, agents] = agent_action(self.layout, zone, chosen % ACTIONS)


def action_probabilities(team: FlatTeam, kind: str, data: Data) -> Tensor:
    """(K, Z * 82) distribution over the agent's actions, given the sub-policy."""
    outputs = team.action_scores(kind, 0, data["message"])
    allowed = data["allowed"]
    if team.config.master != "none":
        recover = (data["sub"] == RECOVER)[:, None]
        outputs = torch.where(recover, team.action_scores(kind, RECOVER, data["message"]), outputs)
        classes = np.tile(ACTION_CLASS, KINDS[kind])
        by_sub = [np.isin(classes, SUB_CLASSES[sub]) for sub in (INVESTIGATE, RECOVER)]
        allowed = allowed & torch.as_tensor(np.stack(by_sub))[data["sub"]]
    return torch.softmax(outputs.masked_fill(~allowed, -1e9), dim=1)


def log_of_choices(team: FlatTeam, kind: str, data: Data, pi: Tensor) -> Tensor:
    """(K,) log-probability of the action, plus that of the sub-policy where a network chose it."""
    log_prob = log_probability(pi, data["chosen"])
    if team.config.master != "learned":
        return log_prob
    scores = team.masters[kind](data["message"]).float()
    masters = torch.softmax(scores, dim=1)
    return log_prob + log_probability(masters, data["sub"])


class FlatGroup:
    """Decisions of one kind of agent, for the trainer."""

    level = 0

    def __init__(self, defender: FlatDefender, kind: str):
        self.team, self.kind, self.name = defender.team, kind, f"{kind} agents"
        self.own_message = KINDS[kind] == 1
        self._agents = defender.agents[kind]
        self.zones_below = [np.asarray(defender.layout.zones[agent]) for agent in self._agents]
        self.units = np.array([zones[0] for zones in self.zones_below])
        self.rewarded_by = self.zones_below

    def samples(self, done: FlatDecisions) -> list[Samples]:
        """The actions drawn in a tick."""
        made = done.kinds[self.kind]
        unit_idx = np.searchsorted(self._agents, made.agents)
        samples = Samples(
            env_idx=made.rows,
            unit_idx=unit_idx,
            data=made.data,
            log_prob=made.log_prob,
        )
        return [samples]

    def evaluate(self, data: Data, unit_idx: Tensor) -> Evaluated:
        """Log-probabilities and entropies (B,) of actions that were drawn."""
        pi = action_probabilities(self.team, self.kind, data)
        return log_of_choices(self.team, self.kind, data, pi), entropy(pi)


def flat_groups(defender: FlatDefender) -> list[AgentGroup]:
    """One group for the one-zone agents and one for HQ."""
    return [FlatGroup(defender, kind) for kind in KINDS]
