"""A team that defends the range: the hierarchy as a policy in the sense of the course's contract.

In every tick: the zones' messages go up, the IOC is shared, every few ticks commands come down, and
each unit whose agent is free draws an action from its distribution. The same class plays in
training, evaluation and lessons, on both engines.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from course_lib import validate
from course_lib.cyber_range.constants import DEFENDED_ZONES, SLOTS
from course_lib.cyber_range.policies.base import TickPolicy
from course_lib.cyber_range.policies.rng import uniform
from course_lib.cyber_range.policy import Tick

from . import arbitration
from .arbitration import Arbiter
from .decisions import Commands, LeafActions, LeafInputs, TickDecisions
from .doctrine import STANDARD, Doctrine
from .held_commands import HeldCommands, overridden
from .host_memory import HostMemory
from .note_table import NO_HOST
from .notes import Notes
from .observation import Observation
from .policy import draw, log_probability
from .saving import save_defender
from .spaces import ACTION_CLASS, ACTION_SLOT, ACTIONS, ZONE_NAMES, agent_action
from .team import Team
from .team_observation import ON_HOST, TeamObservation, observe_team
from .tree import Tree
from .zone_choice import ZoneChoice, only_chosen

COMMAND_DRAW = 0
LEAF_DRAW = 2
"""Numbers of the draws of a tick: no kind of decision shares its chance with another (1 is
`zone_choice`)."""


Recorder = Callable[["HierarchicalDefender", Tick, TeamObservation, TickDecisions], None]
"""Called once a tick with everything that was observed and decided."""


class HierarchicalDefender(TickPolicy):
    """A team on the range.

    Args:
        team: its leaves must be called like zones of the range (RZA, OZA, RZB, OZB, ADM, OFF, PAZ);
            a zone without a leaf is not defended.
        doctrine: rules for every unit; `doctrine.NONE` for none.
        defenders: "official" or "per-zone".
        name: what reports call it.

    Raises:
        ValueError: if a leaf is called otherwise, or an argument is of another kind.
    """

    observation = "message"
    team: Team
    zones: np.ndarray
    """(L,) number of the zone that each leaf defends."""
    owner: np.ndarray
    """(L,) number of the agent that each leaf acts through."""
    arbiters: tuple[Arbiter, ...]
    """One for each agent that several leaves share."""

    def __init__(
        self,
        team: Team,
        doctrine: Doctrine = STANDARD,
        defenders: str = "official",
        name: str = "hierarchy",
    ) -> None:
        super().__init__(defenders)
        self.team = validate.instance("team", team, Team, "for example Team(THREE_LAYER)")
        self.doctrine = doctrine
        self.name = validate.word("name", name)
        # No dropout while playing, whatever the configuration; a trainer may switch it on.
        self.team.eval()
        self.lost: frozenset[str] = frozenset()
        self.recorder: Recorder | None = None
        self.command_override: str | None = None
        """How `overridden` replaces the commands that leaves obey, for the ablations."""
        self.about: dict[str, Any] = {}
        self.greedy = False
        """Whether every unit does what it thinks likeliest, instead of drawing."""
        self.reshape: Callable[[Tensor, Tensor, Tensor], Tensor] | None = None
        """Changes the leaves' probabilities (K, 82) before they act, from the normalised messages
        (K, 76) and the allowed actions (K, 82); for experiments."""
        self._held: HeldCommands | None = None
        self._notes: Notes | None = None
        self.rewire(team.tree)

    @property
    def doctrine(self) -> Doctrine:
        """The rules that every unit follows."""
        return self._doctrine

    @doctrine.setter
    def doctrine(self, doctrine: Doctrine) -> None:
        hint = "take STANDARD, FULL or NONE of course_lib.hierarchy, or make one of rules"
        self._doctrine: Doctrine = validate.instance("doctrine", doctrine, Doctrine, hint)

    @property
    def held_commands(self) -> HeldCommands:
        """The commands that hold now; ValueError before the first tick."""
        if self._held is None:
            raise ValueError("nothing is commanded before the first tick of an episode")
        return self._held

    def save(self, path: str | Path) -> None:
        """Write tree, choices, doctrine and weights (as float16); `training.load_policy` reads it.

        In what is loaded no unit is lost. ValueError if a weight is no finite number, OSError if
        the file cannot be written.
        """
        save_defender(self, path, self.about)

    def rewire(self, tree: Tree) -> None:
        """Take another tree, also between two ticks of an episode; no weight changes.

        Units that join begin without a command, the others keep theirs.
        """
        Tree.check(tree)
        for leaf in tree.leaves:
            if leaf.name not in ZONE_NAMES:
                zones = ", ".join(ZONE_NAMES)
                raise ValueError(
                    f"leaf {leaf.name!r} is no zone of the range; leaves must be called {zones}"
                )
        before = self.team.wiring.names
        self.team.rewire(tree)
        leaves = self.team.wiring.names[: self.team.wiring.leaf_count]
        self.zones = np.array([ZONE_NAMES.index(name) for name in leaves])
        self.owner = self.layout.owner[self.zones]
        self.arbiters = arbitration.arbiters(self.team.wiring, self.owner)
        if self._held is not None:
            self._held = self._held.rewired(before, self.team.wiring.names)

    def lose(self, *names: str) -> None:
        """These units, and no others, are out from the next tick on; without a name, all are back.

        A reset does not bring them back, so that a team with losses can be evaluated. Nobody hears
        a lost unit, a lost leaf does not act, and the children of a lost commander get no command
        when the next is due. ValueError for an unknown name.
        """
        for name in names:
            self.team.wiring.number(name)
        self.lost = frozenset(names)

    def state_dict(self) -> dict[str, Any]:
        """What must be kept between two ticks to go on later: seeds, commands that hold, and notes.

        The weights are those of ``team.state_dict()``.
        """
        commands = None if self._held is None else self._held.state_dict()
        notes = None
        if self._notes is not None:
            arrays = self._notes.state_dict()
            notes = {name: torch.as_tensor(array) for name, array in arrays.items()}
        return {**super().state_dict(), "commands": commands, "notes": notes}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take up what ``state_dict`` gave; ValueError for commands of another tree."""
        commands, arrays = state["commands"], state.get("notes")
        held, notes = None, None
        if commands is not None:
            held = HeldCommands.from_state_dict(commands, self.team.wiring.count)
        if arrays is not None:
            notes = self._blank_notes(len(arrays["host"]))
            assert notes is not None
            notes.load_state_dict({name: a.numpy().copy() for name, a in arrays.items()})
        super().load_state_dict(state)
        self._held, self._notes = held, notes

    def start(self, size: int) -> None:
        """Neutral commands and blank notes for everybody."""
        self._held = HeldCommands.none(size, self.team.wiring.count)
        self._notes = self._blank_notes(size)
        self._acted: LeafActions | None = None

    def _blank_notes(self, size: int) -> Notes | None:
        kept = self.team.config.unit.policy.notes
        if kept == "none":
            return None
        cell = self.team.unit_at(0, 0).policy_function.cell
        if cell is not None:
            return HostMemory(size, self.layout.owner, kept, cell)
        return Notes(size, self.layout.owner, kept)

    @property
    def notes(self) -> Notes:
        """What the leaves remember; ValueError for a team without notes, or before the first
        tick."""
        if self._notes is None:
            raise ValueError("this team keeps no notes, or no episode has begun")
        return self._notes

    def forget(self, rows: np.ndarray) -> None:
        """Neutral commands and blank notes where an episode begins; ``rows`` is (E,) bool."""
        self.held_commands.priorities[torch.as_tensor(rows)] = 1.0
        self.held_commands.drawn[rows] = -1
        if self._notes is not None:
            self._notes.forget(rows)

    def keep(self, rows: np.ndarray) -> None:
        """Commands and notes of these rows; a recorder stays with the team that was forked."""
        self._held = self.held_commands.of(rows)
        self._notes = None if self._notes is None else self._notes.of(rows)
        self.recorder = None

    def overrule(self, actions: np.ndarray, where: np.ndarray) -> None:
        """Note the actions of somebody else where (E, D) bool says so."""
        if self._notes is not None:
            classes, hosts = self.layout.targets(actions)
            env_idx, agent_idx = np.nonzero(where)
            self._notes.begin(env_idx, agent_idx, classes[where], hosts[where])

    def decide(self, tick: Tick) -> np.ndarray:
        """(E, D) action indices."""
        decided = self.decisions(tick)
        self._acted = decided.leaves
        return decided.actions

    def ranking(self, size: int) -> np.ndarray:
        """(E, D, 242) probabilities in the tick just decided; of leaves that share an agent, those
        of the one that acted."""
        acted = self._acted
        scores = super().ranking(size)
        if acted is None:
            return scores
        likely = acted.probabilities.numpy()
        for k, env in enumerate(acted.env_idx):
            leaf = acted.leaf_idx[k]
            zones = np.full(ACTIONS, self.zones[leaf])
            indices = self.agent_action(zones, np.arange(ACTIONS))
            would_do = likely[k] > 0
            of_agent = scores[env, self.owner[leaf]]
            of_agent[indices[would_do]] = likely[k, would_do]
        return scores

    def decide_all(self, obs: np.ndarray, info: Mapping[str, np.ndarray]) -> TickDecisions:
        """Like ``act_batch``, but with everything that was decided, for the trainer."""
        return self.decisions(self.open_tick(np.asarray(obs), info))

    @torch.no_grad()
    def decisions(self, tick: Tick) -> TickDecisions:
        """Everything the team decides in this tick, for acting, learning and recording."""
        observation = self.observe(tick)
        commands = self._command(tick, observation)
        may_act = tick.free[:, self.owner] & observation.alive[:, : len(self.zones)]
        chooser = ZoneChoice(self.team, len(self.doctrine.rules), self.greedy, self.leaf_inputs)
        choices = chooser.choose(tick, self.arbiters, observation, may_act)
        leaves = self._act(tick, self._asked(observation, only_chosen(may_act, choices)))
        actions = self.carried_out(tick.size, leaves, leaves.chosen)
        decided = TickDecisions(actions, leaves, commands, choices)
        if self.recorder is not None:
            self.recorder(self, tick, observation, decided)
        return decided

    @torch.no_grad()
    def ask(self, tick: Tick) -> LeafInputs:
        """What the leaves that may act know, for somebody else to decide; `carried_out` takes the
        answer. Once a tick, instead of `decisions`. ValueError where leaves share an agent."""
        if self.arbiters:
            raise ValueError('leaves that share an agent cannot be asked; take "per-zone"')
        observation = self.observe(tick)
        self._command(tick, observation)
        may_act = tick.free[:, self.owner] & observation.alive[:, : len(self.zones)]
        return self._asked(observation, may_act)

    def alive(self, tick: Tick) -> np.ndarray:
        """(E, U) bool, which units are there in this tick: all but those of `lose`."""
        names = self.team.wiring.names
        return np.tile([name not in self.lost for name in names], (tick.size, 1))

    def observe(self, tick: Tick) -> TeamObservation:
        """What the tick shows the team, and what it remembers; to be called once a tick."""
        alive = self.alive(tick)
        raw = np.asarray(tick.obs)[:, self.zones]
        exists = tick.exists[:, self.zones]
        notes = None
        if self._notes is not None:
            self._notes.read(np.asarray(tick.obs), tick.step, tick.free)
            absent = np.ones((tick.size, DEFENDED_ZONES), bool)
            absent[:, self.zones] = ~alive[:, : len(self.zones)]
            self._notes.leave_out(absent)
            notes = self._notes.vectors(tick.step)[:, self.zones]
        return observe_team(
            self.team, self.doctrine, raw=raw, exists=exists, alive=alive, notes=notes
        )

    def _command(self, tick: Tick, observation: TeamObservation) -> Commands | None:
        """New commands where they are due; they hold from this tick on."""
        # A new episode needs commands at once, at whatever tick it begins.
        is_due = (tick.step % self.team.config.command_every == 0) | tick.fresh
        due = np.flatnonzero(is_due)
        if not len(due) or len(self.team.wiring.levels) == 1:
            return None
        alive = observation.alive[due]
        phase = observation.phase[due]
        ioc = observation.ioc[due]
        doctrine = observation.unit_doctrine(due)
        draws = None
        if not self.greedy:
            seeds, step = tick.seeds[due], tick.step[due]
            draws = uniform(seeds, step, self.team.wiring.count, COMMAND_DRAW)
        up = self.team.up(observation.messages[due], alive)
        down = self.team.down(up.messages, phase, ioc, doctrine, alive, draws)
        self.held_commands.priorities[due] = down.commands
        self.held_commands.drawn[due] = down.drawn.numpy()
        return Commands(due, up, down, phase, ioc, doctrine, alive)

    def leaf_inputs(
        self, observation: TeamObservation, env_idx: np.ndarray, leaf_idx: np.ndarray
    ) -> Observation:
        """What K leaves observe, each in its environment."""
        held = overridden(self.held_commands.priorities, self.command_override)
        notes = observation.notes
        return Observation(
            phase=observation.phase[env_idx],
            command=held[env_idx, leaf_idx],
            message=observation.messages[env_idx, leaf_idx],
            ioc=observation.ioc[env_idx, leaf_idx],
            notes=None if notes is None else notes[env_idx, leaf_idx],
        )

    def _asked(self, observation: TeamObservation, acting: np.ndarray) -> LeafInputs:
        """What each leaf that acts, (E, L) bool, decides on."""
        env_idx, leaf_idx = np.nonzero(acting)
        return LeafInputs(
            env_idx=env_idx,
            leaf_idx=leaf_idx,
            observation=self.leaf_inputs(observation, env_idx, leaf_idx),
            doctrine=torch.as_tensor(observation.doctrine[env_idx, leaf_idx]),
            allowed=torch.as_tensor(observation.allowed[env_idx, leaf_idx]),
        )

    def _act(self, tick: Tick, asked: LeafInputs) -> LeafActions:
        """Draw an action for each leaf."""
        inputs = asked.observation
        probabilities = self._probabilities(asked.leaf_idx, inputs, asked.doctrine, asked.allowed)
        # Every leaf has its own number, also one that cannot act: so an episode plays the same
        # whoever is busy.
        of_all = uniform(tick.seeds, tick.step, len(self.zones), LEAF_DRAW)
        draws = of_all[asked.env_idx, asked.leaf_idx]
        if self.reshape is not None:
            probabilities = self.reshape(probabilities, inputs.message, asked.allowed)
        chosen = probabilities.argmax(dim=1) if self.greedy else draw(probabilities, draws)
        return LeafActions(
            **vars(asked),
            chosen=chosen.numpy(),
            log_prob=log_probability(probabilities, chosen),
            probabilities=probabilities,
        )

    def _probabilities(
        self,
        leaf_idx: np.ndarray,
        inputs: Observation,
        doctrine: Tensor,
        allowed: Tensor,
    ) -> Tensor:
        """(K, 82) distributions of K leaves, each by the weights that serve it."""
        groups = self.team.groups(0)
        if len(groups) == 1:
            unit, _ = groups[0]
            return unit.decide(inputs, doctrine, allowed).probabilities
        probabilities = torch.zeros(len(leaf_idx), ACTIONS)
        for unit, places in groups:
            mine = np.flatnonzero(np.isin(leaf_idx, places))
            part = inputs.part(mine)
            probabilities[mine] = unit.decide(part, doctrine[mine], allowed[mine]).probabilities
        return probabilities

    def agent_action(self, zones: np.ndarray, chosen: np.ndarray) -> np.ndarray:
        """(K,) actions 0..81 of zone units as indices of their agents' lists."""
        return agent_action(self.layout, zones, chosen)

    def carried_out(self, size: int, asked: LeafInputs, chosen: np.ndarray) -> np.ndarray:
        """(K,) actions of the leaves asked as (E, D) indices of the agents, noted; others sleep."""
        actions = self.sleeping(size)
        classes = ACTION_CLASS[chosen]
        agents = self.owner[asked.leaf_idx]
        zones = self.zones[asked.leaf_idx]
        actions[asked.env_idx, agents] = self.agent_action(zones, chosen)
        if self._notes is not None:
            hosts = SLOTS * zones + ACTION_SLOT[chosen]
            hosts = np.where(ON_HOST[chosen], hosts, NO_HOST)
            self._notes.begin(asked.env_idx, agents, classes, hosts)
        return actions
