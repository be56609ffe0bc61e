"""A team that defends the range: the hierarchy as a policy in the sense of the course's contract.

In every tick: the zones' messages go up, the IOC is shared, every few ticks commands come down, and
each unit whose agent is free draws an action from its distribution. The same class plays in
training, evaluation and lessons, on both engines.
"""

from dataclasses import dataclass

import numpy as np
import torch

from course_lib.cyber_range.constants import (
    ANALYSE,
    DECOY,
    DEFENDED_ZONES,
    MONITOR,
    REMOVE,
    RESTORE,
    SLEEP,
)
from course_lib.cyber_range.policies.base import TickPolicy
from course_lib.cyber_range.policies.rng import uniform
from course_lib.cyber_range.policy import Tick

from . import arbitration
from .decisions import Choices, Commands, LeafActions, TickDecisions
from .doctrine import STANDARD, Doctrine
from .policy import Observation, draw, log_probability
from .spaces import ACTION_CLASS, ACTION_SLOT, ACTIONS, PHASE, ZONE_NAMES, normalised, zone_ioc
from .team import Team

ON_HOST = np.isin(ACTION_CLASS, (ANALYSE, REMOVE, RESTORE, DECOY))
"""(82,) bool, the actions that have a host."""
CHOICE_DRAW, LEAF_DRAW = 1, 2
"""Numbers of the independent draws of a tick; commands use draw 0."""


@dataclass
class Memory:
    """What a team keeps between ticks, for E environments."""

    command: torch.Tensor
    """(E, U, 8) the command every unit holds."""
    drawn: np.ndarray
    """(E, U) class each commander drew last."""


class HierarchicalDefender(TickPolicy):
    """A team on the range.

    Args:
        team: its leaves must be called like zones of the range (RZA, OZA, RZB, OZB, ADM, OFF, PAZ);
            a zone without a leaf is not defended.
        doctrine: rules for every unit; `doctrine.NONE` for none.
        defenders: "official" or "per-zone".
        name: what reports call it.

    Raises:
        ValueError: if a leaf is called otherwise.
    """

    observation = "message"

    def __init__(
        self,
        team: Team,
        doctrine: Doctrine = STANDARD,
        defenders: str = "official",
        name: str = "hierarchy",
    ):
        self.team, self.doctrine, self.name = team, doctrine, name
        # no dropout while playing, whatever the configuration; a trainer may switch it on
        self.team.eval()
        self.lost: frozenset[str] = frozenset()
        self.recorder = None
        self.command_override: str | None = None
        self.about: dict = {}
        super().__init__(defenders)
        self.rewire(team.tree)

    def rewire(self, tree) -> None:
        """Take another tree, also between two ticks of an episode: units join or leave, no weight
        changes."""
        leaves = [leaf.name for leaf in tree.leaves]
        strangers = [name for name in leaves if name not in ZONE_NAMES]
        if strangers:
            zones = ", ".join(ZONE_NAMES)
            raise ValueError(
                f"leaf {strangers[0]!r} is no zone of the range; leaves must be called {zones}"
            )
        old = self.team.wiring.names
        self.team.rewire(tree)
        self.zones = np.array([ZONE_NAMES.index(name) for name in leaves])
        self.zones = self.zones[np.argsort([self.team.wiring.number(name) for name in leaves])]
        self.owner = self.layout.owner[self.zones]
        self.arbiters = arbitration.arbiters(self.team.wiring, self.owner)
        self._carry_over(old)

    def lose(self, *names: str) -> None:
        """These units, and no others, are out from the next tick on; without a name, all are back.

        A reset does not bring them back, so that a team with losses can be evaluated.
        Nobody hears a lost unit, a lost leaf does not act, and the children of a lost commander get
        no command when the next is due. ValueError for an unknown name.
        """
        for name in names:
            self.team.wiring.number(name)
        self.lost = frozenset(names)

    def _carry_over(self, old: tuple[str, ...]) -> None:
        memory = getattr(self, "_memory", None)
        if memory is None or old == self.team.wiring.names:
            return
        fresh = self._blank(len(memory.command))
        for number, name in enumerate(self.team.wiring.names):
            if name in old:
                fresh.command[:, number] = memory.command[:, old.index(name)]
                fresh.drawn[:, number] = memory.drawn[:, old.index(name)]
        self._memory = fresh

    def _blank(self, size: int) -> Memory:
        units = self.team.wiring.count
        return Memory(torch.ones(size, units, 8), np.full((size, units), -1))

    def memory_state(self) -> dict[str, torch.Tensor]:
        """What a checkpoint must keep between ticks: the commands that hold."""
        return {"command": self._memory.command, "drawn": torch.as_tensor(self._memory.drawn)}

    def restore_memory(self, state: dict[str, torch.Tensor]) -> None:
        """Take up what ``memory_state`` gave."""
        self._memory = Memory(state["command"], state["drawn"].numpy())

    def start(self, size: int) -> None:
        """Neutral commands for everybody."""
        self._memory = self._blank(size)

    def forget(self, rows: np.ndarray) -> None:
        """Neutral commands in the environments (E,) bool where an episode begins."""
        self._memory.command[torch.as_tensor(rows)] = 1.0
        self._memory.drawn[rows] = -1

    def decide(self, tick: Tick) -> np.ndarray:
        """(E, D) action indices."""
        return self.decisions(tick).actions

    def decide_all(self, obs: np.ndarray, info: dict) -> TickDecisions:
        """Like ``act_batch``, but with everything that was decided, for the trainer."""
        return self.decisions(self.open_tick(np.asarray(obs), info))

    @torch.no_grad()
    def decisions(self, tick: Tick) -> TickDecisions:
        """Everything the team decided in this tick, for acting, for learning and for looking at
        it."""
        scene = self._scene(tick)
        commands = self._command(tick, scene)
        choices = self._choose(tick, scene)
        leaves = self._act(tick, scene)
        done = TickDecisions(self._actions(tick, leaves), leaves, commands, choices)
        if self.recorder is not None:
            self.recorder(self, tick, scene, done)
        return done

    def _scene(self, tick: Tick) -> "Scene":
        wiring, config = self.team.wiring, self.team.config.unit
        raw = np.asarray(tick.obs)[:, self.zones]  # (E, L, 76)
        alive = np.ones((tick.size, wiring.count), bool)
        alive[:, [wiring.number(name) for name in self.lost if name in wiring.names]] = False
        allowed = tick.exists[:, self.zones][:, :, ACTION_SLOT] | ~ON_HOST
        flat = raw.reshape(-1, raw.shape[2])
        doctrine, decided = self.doctrine.consult(flat, allowed.reshape(-1, ACTIONS))
        ioc = wiring.merge_up(zone_ioc(raw) * alive[:, : len(self.zones)], alive, config.ioc_merge)
        acts = tick.free[:, self.owner] & alive[:, : len(self.zones)]
        return Scene(
            raw,
            torch.as_tensor(normalised(raw)),
            alive,
            allowed,
            doctrine.reshape(allowed.shape),
            decided.reshape(raw.shape[:2]),
            torch.as_tensor(wiring.observed_ioc(ioc, config.ioc_scope, alive)),
            acts,
        )

    def _command(self, tick: Tick, scene: "Scene") -> Commands | None:
        """New commands where they are due."""
        wiring = self.team.wiring
        due = np.flatnonzero((tick.step % self.team.config.command_every == 0) | tick.fresh)
        if not len(due) or len(wiring.levels) == 1:
            return None
        alive = scene.alive[due]
        up = self.team.up(scene.messages[due], alive)
        doctrine = torch.as_tensor(wiring.merge_up(scene.doctrine[due], alive, "mean"))
        phase = scene.phase[due]
        draws = uniform(tick.seeds[due], tick.step[due], wiring.count)
        down = self.team.down(up.messages, phase, scene.ioc[due], doctrine, alive, draws)
        self._memory.command[due] = down.commands
        self._memory.drawn[due] = down.drawn.numpy()
        return Commands(due, up, down, phase, scene.ioc[due], doctrine, alive)

    def _choose(self, tick: Tick, scene: "Scene") -> list[Choices]:
        """For each shared agent that is free, the one leaf that acts; the others of that agent do
        not decide."""
        made = []
        for number, arbiter in enumerate(self.arbiters):
            alive = scene.alive[:, arbiter.leaves]
            rows = np.flatnonzero(scene.acts[:, arbiter.leaves].any(axis=1))
            scene.acts[:, arbiter.leaves] = False
            if not len(rows):
                continue
            made.append(self._choice(tick, scene, arbiter, rows, alive[rows], number))
            scene.acts[rows, arbiter.leaves[made[-1].chosen]] = True
        return made

    def _choice(self, tick, scene, arbiter, rows, alive, number) -> Choices:
        heard, present = self._heard(scene, arbiter, rows)
        unit = self.team.unit_at(arbiter.level, arbiter.place)
        pooling = unit.aggregate(heard, present).pooling[:, arbiter.child]
        urgent = arbitration.urgency(
            scene.decided[rows][:, arbiter.leaves], len(self.doctrine.rules), alive
        )
        urgent, there = torch.as_tensor(urgent), torch.as_tensor(alive)
        weight = unit.policy_function.config.doctrine_weight
        probabilities = arbitration.choice(pooling, urgent, there, weight)
        draws = uniform(tick.seeds[rows], tick.step[rows], len(self.arbiters), CHOICE_DRAW)[
            :, number
        ]
        chosen = draw(probabilities, draws)
        return Choices(
            arbiter,
            rows,
            heard,
            present,
            urgent,
            there,
            chosen.numpy(),
            log_probability(probabilities, chosen),
        )

    def _heard(self, scene, arbiter, rows):
        """Messages of the arbiter's children in these environments: leaves directly, inner units
        through phi.

        A lost arbiter hears nobody: then urgency and equal chances decide.
        """
        children = self.team.wiring.children[arbiter.level][arbiter.place]
        real = self.team.wiring.has_child[arbiter.level][arbiter.place]
        present = torch.as_tensor(
            scene.alive[rows][:, children] & real & scene.alive[rows, arbiter.unit][:, None]
        )
        if (children < len(self.zones)).all():
            return scene.messages[rows][:, children], present
        return self.team.up(scene.messages[rows], scene.alive[rows]).messages[:, children], present

    def _act(self, tick: Tick, scene: "Scene") -> LeafActions:
        rows, leaves = np.nonzero(scene.acts)
        command = overridden(self._memory.command, self.command_override)[rows, leaves]
        seen = Observation(
            scene.phase[rows], command, scene.messages[rows, leaves], scene.ioc[rows, leaves]
        )
        doctrine = torch.as_tensor(scene.doctrine[rows, leaves])
        allowed = torch.as_tensor(scene.allowed[rows, leaves])
        draws = uniform(tick.seeds, tick.step, len(self.zones), LEAF_DRAW)[rows, leaves]
        probabilities = torch.zeros(len(rows), ACTIONS)
        groups = self.team.groups(0)
        for unit, places in groups:
            mine = np.flatnonzero(np.isin(leaves, places)) if len(groups) > 1 else slice(None)
            part = Observation(*(entry[mine] for entry in seen))
            probabilities[mine] = unit.decide(part, doctrine[mine], allowed[mine]).probabilities
        chosen = draw(probabilities, draws)
        return LeafActions(
            rows,
            leaves,
            seen,
            doctrine,
            allowed,
            chosen.numpy(),
            log_probability(probabilities, chosen),
            probabilities,
        )

    def _actions(self, tick: Tick, done: LeafActions) -> np.ndarray:
        """Units' actions as indices of the agents' lists; everybody else sleeps."""
        actions = self.sleeping(tick.size)
        zone, action = self.zones[done.leaves], done.chosen
        classes = ACTION_CLASS[action]
        offset = self.layout.offset[classes, zone]
        item = np.where((classes == MONITOR) | (classes == SLEEP), 0, ACTION_SLOT[action])
        actions[done.rows, self.owner[done.leaves]] = offset + item
        return actions


def overridden(command: torch.Tensor, how: str | None) -> torch.Tensor:
    """The commands (E, U, 8) that leaves obey, for the ablations: their own, "ones", or those of
    "another" episode.

    ValueError for "another" in a single environment, and for any other word.
    """
    if how is None:
        return command
    if how == "ones":
        return torch.ones_like(command)
    if how == "another" and len(command) > 1:
        return command.roll(1, dims=0)
    raise ValueError(
        f"command_override={how!r}: allowed are None, 'ones', and with several environments 'another'"
    )


@dataclass
class Scene:
    """What a tick shows the team, for E environments and L leaves."""

    raw: np.ndarray
    """(E, L, 76) messages of the range."""
    messages: torch.Tensor
    """(E, L, 76) the same, normalised."""
    alive: np.ndarray
    """(E, U) bool."""
    allowed: np.ndarray
    """(E, L, 82) bool."""
    doctrine: np.ndarray
    """(E, L, 82)."""
    decided: np.ndarray
    """(E, L) which rule fired."""
    ioc: torch.Tensor
    """(E, U) the IOC each unit observes."""
    acts: np.ndarray
    """(E, L) bool, who may act now; of the leaves of a shared agent, once it is chosen, that one
    alone."""

    @property
    def phase(self) -> torch.Tensor:
        """(E,) mission phase, halved; the same in every zone."""
        return self.messages[:, 0, PHASE]


assert len(ZONE_NAMES) == DEFENDED_ZONES
