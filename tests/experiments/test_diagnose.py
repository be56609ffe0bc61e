"""The diagnosis of a trained team, on distributions made by hand."""

import numpy as np
import pytest
import torch

from course_lib.experiments.diagnose import diagnose, look_alikes, sharpened
from course_lib.hierarchy import (
    NONE,
    THREE_LAYER,
    HierarchicalDefender,
    PolicyConfig,
    Team,
    TeamConfig,
    UnitConfig,
)
from course_lib.hierarchy.host_policy import HOST_ACTION
from course_lib.hierarchy.spaces import ACTION_CLASS, ACTION_SLOT, PROCESS


def test_hosts_that_look_alike_share_their_probability():
    torch.manual_seed(0)
    pi = torch.softmax(torch.randn(1, 82), dim=1)
    message = torch.zeros(1, 76)
    message[0, PROCESS.start + 9] = 1  # a user host that shows an event
    exists = np.ones(16, bool)
    exists[12] = False
    allowed = torch.as_tensor(exists[ACTION_SLOT] | (ACTION_CLASS >= 4))[None]
    pi = pi * allowed / (pi * allowed).sum()
    averaged = look_alikes(pi, message, allowed)
    for actions in HOST_ACTION:
        users = [slot for slot in range(6, 16) if slot not in (9, 12)]
        servers = list(range(6))
        for alike in (users, servers, [9]):
            wanted = pi[0, actions[alike]].mean().expand(len(alike))
            torch.testing.assert_close(averaged[0, actions[alike]], wanted)
        assert averaged[0, actions[12]] == 0
    assert averaged.sum() == pytest.approx(1, abs=1e-5)
    others = ACTION_CLASS >= 4
    torch.testing.assert_close(averaged[:, others], pi[:, others])


def test_sharpening_keeps_the_order_and_the_sum():
    pi = torch.tensor([[0.5, 0.3, 0.2]])
    squared = sharpened(2.0)(pi, pi, pi)
    torch.testing.assert_close(squared, torch.tensor([[25.0, 9.0, 4.0]]) / 38)
    torch.testing.assert_close(sharpened(1.0)(pi, pi, pi), pi)


def test_a_diagnosis_counts_what_was_done_and_leaves_the_team_as_it_is():
    policy = PolicyConfig(hidden=8, traffic=False, doctrine_weight=0.0)
    team = Team(THREE_LAYER, TeamConfig(UnitConfig(policy=policy)))
    defender = HierarchicalDefender(team, NONE, name="tiny")
    found = diagnose(defender, episodes=3, steps=60)
    assert defender.recorder is None and defender.reshape is None and not defender.greedy
    assert set(found.scores) == set(found.defended) and len(found.scores) == 4
    assert 0 < found.looks < 59 and 0 <= found.never_looked_at <= 1
    assert found.actions["BlockTraffic"] == 0 < found.actions["Analyse"]
    assert all(0 <= share <= 1 for share in found.aim.values())
    assert found.gain("squared")[1] <= found.gain("squared")[0] <= found.gain("squared")[2]
    assert "tiny: 3 episodes" in found.text() and "greedy: score" in found.text()
