"""Right calls of learners of teams, of the games of lesson 09, and of authorised bounds. Importing
this file adds them to `right_calls.CALLS`."""

import functools
from typing import Any

import numpy as np
import torch

from course_lib import cyber_range, games, hierarchy, learners, widgets
from course_lib.cyber_range.policies.bounds import BoundedPolicy

from .right_calls import right


def team_batch() -> games.TeamBatch:
    """Two copies of a game of two agents."""
    return games.TeamBatch(games.one_shot(games.climbing()), num_envs=2)


def always_first(obs: np.ndarray) -> np.ndarray:
    """A team in which everybody takes action 0."""
    return np.zeros(obs.shape[:2], int)


def team_networks() -> learners.AgentNetworks:
    return learners.AgentNetworks(2, 3, 4, hidden=(4,))


@functools.cache
def small_office() -> games.OutbreakOptions:
    return games.chain(2)


# learners of teams
right(games.TeamBatch, lambda: {"game": games.one_shot(games.climbing()), "num_envs": 2})
right(learners.AgentNetworks, lambda: {"agents": 2, "inputs": 3, "outputs": 4})
right(learners.SumMixer)
right(learners.MonotoneMixer, lambda: {"agents": 2, "state_size": 3})
for _learner in ("COMA", "MAPPO", "FactoredQ", "QTRAN", "WeightedQMIX"):
    right(getattr(learners, _learner), lambda: {"env": team_batch()})
right(learners.greedy, lambda: {"network": team_networks()})
right(learners.drawn, lambda: {"network": team_networks()})
right(learners.play_team, lambda: {"act": always_first, "env": team_batch()})

# messages
right(games.Relay)
right(learners.ReportConfig)
right(learners.SignalConfig)
right(learners.TalkConfig)

# the outbreak
right(games.Outbreak)
right(games.outbreak_tables, lambda: {"options": small_office()})
right(games.solve_outbreak, lambda: {"options": small_office()})
right(games.state_number, lambda: {"infected": np.zeros((2, 2), bool)})
right(games.cleaning_of, lambda: {"options": small_office(), "actions": np.array([0, 2])})
right(games.clean_dearest, lambda: {"options": small_office(), "seen": np.ones((3, 2))})
for _rule in (games.infection_chance, games.outbreak_reward):
    right(
        _rule,
        lambda: {
            "options": small_office(),
            "infected": np.ones((3, 2), bool),
            "cleaned": np.zeros((3, 2), bool),
        },
    )
right(
    games.outbreak_step,
    lambda: {
        "options": small_office(),
        "infected": np.ones((3, 2), bool),
        "actions": np.array([0, 1, 2]),
        "rng": np.random.default_rng(0),
    },
)

# formulas of the learners, and one head's attention by hand
right(
    learners.of_actions,
    lambda: {"values": torch.zeros(2, 3, 4), "actions": torch.zeros(2, 3, dtype=torch.int64)},
)
right(
    learners.counterfactual_advantages,
    lambda: {
        "values": torch.zeros(2, 3, 4),
        "probabilities": torch.full((2, 3, 4), 0.25),
        "actions": torch.zeros(2, 3, dtype=torch.int64),
    },
)
right(
    learners.trace_returns,
    lambda: {
        "rewards": torch.zeros(4, 2),
        "values": torch.zeros(5, 2),
        "discount": 0.9,
        "trace": 0.5,
    },
)
right(
    learners.fit_payoffs,
    lambda: {"payoffs": np.eye(3), "method": "VDN", "updates": 2},
)
right(learners.GivenModel, lambda: {"step": always_first})
right(widgets.MixerWidget)


@functools.cache
def message_function() -> hierarchy.MessageFunction:
    return hierarchy.MessageFunction()


def three_children() -> dict[str, Any]:
    """What one head is asked about."""
    return {
        "phi": message_function(),
        "messages": np.zeros((3, hierarchy.MESSAGE), np.float32),
        "mask": np.ones(3, bool),
        "head": 0,
        "receiver": 0,
    }


right(hierarchy.head_arithmetic, three_children)
right(hierarchy.without_each_entry, lambda: {**three_children(), "sender": 1})

# bounds
right(
    BoundedPolicy,
    lambda: {"inside": cyber_range.make_policy("expert"), "bounds": cyber_range.Bounds()},
)
