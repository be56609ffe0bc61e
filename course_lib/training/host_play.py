"""Playing a host-shared team fast: many environments, and nothing computed that decides nothing.

`HierarchicalDefender` computes every zone in every tick, for it also serves recorders, doctrine and
lost units. While a team learns, most of that is wasted: two thirds of the agents are busy, a third
of the host slots are empty. `HostPlayer` plays the same distributions (a test compares them) from a
log of host rows (`decision_log.DecisionLog`): all agents with one zone together, then those that
share three zones.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from course_lib.cyber_range.actions import ActionLayout
from course_lib.cyber_range.constants import RESTORE, SLOTS
from course_lib.cyber_range.policy import Tick
from course_lib.hierarchy.decisions import Commands
from course_lib.hierarchy.defender import HierarchicalDefender
from course_lib.hierarchy.host_memory import HostMemory
from course_lib.hierarchy.host_policy import FORBIDDEN, HOST_CLASSES, HostRows, with_memory
from course_lib.hierarchy.note_entries import PHASES
from course_lib.hierarchy.note_table import NO_HOST
from course_lib.hierarchy.notes import Notes
from course_lib.hierarchy.policy import ON_HOST_ROWS, TINY, PolicyFunction
from course_lib.hierarchy.spaces import ACTION_CLASS, ACTION_SLOT, ACTIONS, agent_action

from .decision_log import DecisionLog
from .through_time import Told


@dataclass(eq=False)
class Agents:
    """The agents that own the same number of zones; they act and learn together."""

    members: np.ndarray
    """(A,) numbers of the agents."""
    zones: np.ndarray
    """(A, zones_each) zones of each."""

    @property
    def zones_each(self) -> int:
        """How many zones a decision is about."""
        return self.zones.shape[1]


def kinds_of_agents(layout: ActionLayout) -> list[Agents]:
    """The kinds of agents of an `action_layout`: with one zone, and with several."""
    sizes = np.array([len(zones) for zones in layout.zones])
    kinds = []
    for size in np.unique(sizes):
        members = np.flatnonzero(sizes == size)
        zones = np.stack([layout.zones[agent] for agent in members])
        kinds.append(Agents(members, zones))
    return kinds


def log_probabilities(
    policy: PolicyFunction, rows: HostRows, commands: Tensor, zones_each: int
) -> Tensor:
    """(B, zones_each * 82) one softmax over all actions in all zones of an agent, under a command.

    Args:
        policy: of the leaves, host-shared and without doctrine.
        rows: what B decisions are about.
        commands: (B * zones_each, 8) the priorities that hold in each zone.
        zones_each: zones that a decision is about.
    """
    scores = policy.network(rows).float()
    message = rows.zones[:, PHASES - 1 :]  # its first entries stand as in a message from here on
    permitted = policy.permitted(message, torch.ones_like(scores, dtype=torch.bool))
    priority = commands[:, torch.as_tensor(ACTION_CLASS)].clamp(min=TINY).log()
    scores = (scores + priority).masked_fill(~permitted, FORBIDDEN)
    return torch.log_softmax(scores.view(-1, zones_each * ACTIONS), dim=1)


def sampled(log_probs: Tensor) -> Tensor:
    """(B,) draws by the inverse of the running sum."""
    running = log_probs.exp().cumsum(dim=1)
    place = torch.rand(len(running), 1) * running[:, -1:]
    return (running <= place).sum(dim=1).clamp(max=running.shape[1] - 1)


def greedy(log_probs: Tensor) -> Tensor:
    """(B,) the likeliest."""
    return log_probs.argmax(dim=1)


Draw = Callable[[Tensor], Tensor]
"""Log-probabilities (B, K) -> (B,) choices."""
Override = Callable[[Agents, np.ndarray, np.ndarray, Tensor], Tensor]
"""What a teacher makes of choices: kind of agents, environments (B,), agents (B,), choices (B,)."""


class HostPlayer:
    """Plays a team whose leaves are host-shared, without doctrine and without losses.

    Args:
        defender: a three-layer team, say; ``require_host_shared`` says what it must be.
        num_envs: E.
        num_steps: ticks that a log holds.
    """

    def __init__(self, defender: HierarchicalDefender, num_envs: int, num_steps: int):
        require_host_shared(defender)
        self.defender, self.layout = defender, defender.layout
        self.leaf_of_zone = np.argsort(defender.zones)
        self.kinds = kinds_of_agents(self.layout)
        # Without a learned memory nothing has to be told again.
        self.told = Told(num_steps, num_envs if self.policy.cell is not None else 0)
        self.logs = [
            DecisionLog(num_steps * num_envs * len(kind.members), kind.zones_each)
            for kind in self.kinds
        ]

    @property
    def policy(self) -> PolicyFunction:
        """The policy function of the leaves."""
        return self.defender.team.unit_at(0, 0).policy_function

    def clear(self) -> None:
        """Forget all decisions."""
        for log in self.logs:
            log.clear()

    @torch.no_grad()
    def act(
        self,
        obs: np.ndarray,
        info: dict[str, np.ndarray],
        tick: int,
        draw: Draw,
        override: Override | None = None,
    ) -> tuple[np.ndarray, np.ndarray, Commands | None]:
        """One tick.

        Args:
            obs, info: of the batch engine.
            tick: of the rollout.
            draw: log-probabilities (B, K) -> (B,) choices: `sampled` or `greedy`.
            override: optional function ``(kind, env_idx, agent_idx, chosen) -> chosen``, for a
                teacher that takes over.

        Returns:
            (E, 5) action indices; (E, 5) how many Restores each agent begins; the new `Commands`,
            or None where none were due.
        """
        defender = self.defender
        state = defender.open_tick(obs, info)
        commands = self._command(state)
        notes = defender.notes
        if commands is None:  # else `observe` has read them
            notes.read(obs, state.step, state.free)
        if isinstance(notes, HostMemory):
            self.told.add(tick, obs, notes.table.finished)
        actions = defender.sleeping(len(obs))
        restores = np.zeros(actions.shape, np.float32)
        for kind, log in zip(
            self.kinds,
            self.logs,
            strict=True,
        ):
            env_idx, place = np.nonzero(state.free[:, kind.members])
            if not len(env_idx):
                continue
            agent_idx, zones = kind.members[place], kind.zones[place]
            held = defender.held_commands.priorities[env_idx[:, None], self.leaf_of_zone[zones]]
            held = held.flatten(0, 1)
            where = env_idx, agent_idx, zones
            rows = log.observe(
                notes,
                obs,
                state.step,
                state.exists,
                *where,
                tick,
                held.numpy(),
            )
            rows = _remembering(rows, notes, env_idx, zones)
            log_probs = log_probabilities(self.policy, rows, held, kind.zones_each)
            chosen = draw(log_probs)
            if override is not None:
                chosen = override(kind, env_idx, agent_idx, chosen)
            log_prob = log_probs.gather(1, chosen[:, None]).squeeze(1)
            log.choose(chosen.numpy(), log_prob.numpy())
            classes = self._carry_out(actions, *where, chosen.numpy())
            restores[env_idx, agent_idx] = classes == RESTORE
        return actions, restores, commands

    def _command(self, state: Tick) -> Commands | None:
        """New commands where they are due, by the defender itself."""
        every = self.defender.team.config.command_every
        if not ((state.step % every == 0) | state.fresh).any():
            return None
        return self.defender._command(state, self.defender.observe(state))

    def _carry_out(
        self,
        actions: np.ndarray,
        env_idx: np.ndarray,
        agent_idx: np.ndarray,
        zones: np.ndarray,
        chosen: np.ndarray,
    ) -> np.ndarray:
        """Write the actions' indices, note what was begun, and return the classes (K,)."""
        zone = zones[np.arange(len(zones)), chosen // ACTIONS]
        action = chosen % ACTIONS
        classes, slots = ACTION_CLASS[action], ACTION_SLOT[action]
        actions[env_idx, agent_idx] = agent_action(self.layout, zone, action)
        hosts = np.where(
            classes < HOST_CLASSES,
            zone * SLOTS + slots,
            NO_HOST,
        )
        self.defender.notes.begin(env_idx, agent_idx, classes, hosts)
        return classes


def _remembering(rows: HostRows, notes: Notes, env_idx: np.ndarray, zones: np.ndarray) -> HostRows:
    """The rows of decisions (K,) about zones (K, zones_each), with the hosts' memory if there is
    one."""
    if not isinstance(notes, HostMemory):
        return rows
    zone_env = env_idx.repeat(zones.shape[1])
    return with_memory(rows, notes.of_hosts(zone_env, zones.reshape(-1), rows))


def require_host_shared(defender: HierarchicalDefender) -> None:
    """ValueError for a team that cannot be played or trained from host rows."""
    if not isinstance(defender, HierarchicalDefender):
        raise ValueError("only a hierarchy can be trained by its host rows, not a flat team")
    team = defender.team
    policy = team.config.unit.policy
    wanted = (
        ("policy.weights", policy.weights, "softmax"),
        ("policy.inputs", policy.inputs, "message"),
        ("team.share", team.config.share, "level"),
        ("team.arbitration", team.config.arbitration, "scores"),
        ("defenders", defender.defenders, "official"),
    )
    for name, value, needed in wanted:
        if value != needed:
            raise ValueError(f"{name}={value!r}: this training needs {needed!r}")
    if policy.network not in ON_HOST_ROWS:
        networks = " or ".join(ON_HOST_ROWS)
        raise ValueError(f"policy.network={policy.network!r}: this training needs {networks}")
    if policy.notes == "none" or policy.doctrine_weight or len(team.wiring.levels[0]) != 7:
        raise ValueError("this training needs policy.notes, no doctrine, and all seven zones")
