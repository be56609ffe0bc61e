"""Teams and messages that several tests share."""

import numpy as np
import torch

from course_lib.cyber_range.constants import SLOTS
from course_lib.cyber_range.policies.rng import uniform
from course_lib.hierarchy import MESSAGE, STANDARD, Team, TeamConfig
from course_lib.hierarchy.attention.record import EVENTS, TeamEpisode
from course_lib.hierarchy.attention.recorder import recompute
from course_lib.hierarchy.team_observation import observe_team


def opinionated(tree, seed=0, **config):
    """An untrained team whose decisions depend on its messages: the last layers of pi are 100 times
    larger."""
    team = Team(tree, TeamConfig(**config), seed=seed)
    with torch.no_grad():
        for unit in team.units.values():
            unit.policy_function.network[-1].weight.mul_(100)
            unit.message_function.score.weight.normal_(
                0, 0.3, generator=torch.Generator().manual_seed(seed)
            )
    return team


def some_messages(ticks, leaves, seed=0):
    """(T, L, 76) messages with a few events each."""
    rng = np.random.default_rng(seed)
    raw = np.zeros((ticks, leaves, MESSAGE), np.int8)
    raw[:, :, 28:60] = rng.random((ticks, leaves, 32)) < 0.1
    raw[:, :, 60:] = rng.integers(0, 4, (ticks, leaves, 16)) * (
        rng.random((ticks, leaves, 16)) < 0.1
    )
    return raw


def record_messages(team, raw, doctrine=STANDARD, seed=0):
    """An attention record of a team that is not on the range: any tree will do.

    ``raw`` (T, L, 76) is what its leaves say. Commands come down as often as the team's
    configuration says; no action is chosen, no event is known.
    """
    ticks, leaves = raw.shape[:2]
    alive, exists = np.ones((ticks, team.wiring.count), bool), np.ones((leaves, SLOTS), bool)
    due = np.arange(0, ticks, team.config.command_every)
    with torch.no_grad():
        seen = observe_team(team, doctrine, raw=raw[due], exists=exists, alive=alive[due])
        messages = team.up(seen.messages, alive[due]).messages
        draws = uniform(np.full(len(due), seed), due, team.wiring.count)
        down = team.down(messages, seen.phase, seen.ioc, seen.all_doctrine, alive[due], draws)
    held = np.arange(ticks) // team.config.command_every
    episode = TeamEpisode(
        policy="team",
        seed=seed,
        defenders="",
        doctrine=doctrine,
        raw=raw,
        exists=exists,
        owner=np.arange(leaves),
        alive=alive,
        commands=down.commands.numpy()[held],
        drawn=down.drawn.numpy()[held][:, leaves:],
        chosen=np.full((ticks, leaves), -1),
        reward=np.zeros(ticks),
        events=np.zeros((ticks, leaves, len(EVENTS))),
        notes=None,
    )
    return recompute(team, episode)
