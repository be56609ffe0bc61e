"""The crew slice of the range: its rewards, its codes, and teams that are taught."""

import gymnasium
import numpy as np
import pytest
import torch

from course_lib.experiments.lesson_runs import crew, crew_teams
from course_lib.experiments.lesson_runs.crew import HOME, CrewRange
from course_lib.learners.channel import muted
from course_lib.learners.dagger import DaggerConfig

BRIEF = DaggerConfig(rounds=1, update_epochs=2, minibatch_size=256)


@pytest.fixture
def short(monkeypatch):
    for module in (crew, crew_teams):
        monkeypatch.setattr(module, "ORDERS", 12)
    monkeypatch.setattr(crew_teams, "TRAIN_ENVS", 3)
    monkeypatch.setattr(crew_teams, "TEST_ENVS", 3)


def message(entries):
    """One zone's message (76,) with some entries set by number."""
    row = np.zeros(76, np.float32)
    for place, value in entries.items():
        row[place] = value
    return row


def test_levels_and_predefined_bits():
    quiet, event, decoy = message({}), message({30: 1}), message({62: 3})
    root = message({60: 1, 31: 1})
    rows = np.stack([quiet, event, decoy, root])
    assert crew.levels(rows).tolist() == [0, 1, 1, 2]
    bits = crew_teams.predefined_code(torch.as_tensor(rows)).numpy() > 0
    assert not bits[0].any()
    assert bits[1, 0] and not bits[1, 1]
    assert bits[2, 5] and not bits[2, 4]
    assert bits[3, :2].all() and bits[3, 4] and bits[3, 2]
    twice = crew_teams.repeated_code(torch.as_tensor(rows)).numpy() > 0
    assert (twice[:, :4] == bits[:, :1]).all() and (twice[:, 4:] == bits[:, 1:2]).all()


def test_the_teacher_goes_where_suspicion_is_highest():
    obs = np.stack([message({}), message({60: 2}), message({30: 1}), message({})])[None]
    assert crew_teams.teacher(obs)[0].tolist() == [0, 1, 0, 0, 0]
    assert crew_teams.teacher(np.zeros((1, 4, 76)))[0, HOME] == 1
    tie = np.stack([message({30: 1}), message({}), message({30: 1}), message({})])[None]
    assert crew_teams.teacher(tie)[0].tolist() == [0.5, 0, 0.5, 0, 0]


def test_the_slice_is_a_vector_environment_with_the_next_step_reset(short):
    env = CrewRange(4, seed=7)
    assert isinstance(env, gymnasium.vector.VectorEnv)
    first, _ = env.reset()
    assert first.shape == (4, HOME, 76)
    total = np.zeros(4)
    for order in range(12):
        _, reward, ended, over, _ = env.step(np.array([0, 1, 2, HOME]))
        total += reward
        assert over.all() == (order == 11) and not ended.any()
    assert (total < 0).any() and (total <= 0).all()
    fresh, reward, _, over, _ = env.step(np.zeros(4, int))
    assert not reward.any() and not over.any()
    assert not fresh[:, :, 28:].any()  # a new episode: nothing is remembered yet
    again, _ = CrewRange(4, seed=7).reset()
    assert (again == first).all()


def test_a_team_is_taught_and_its_messages_can_be_muted(short):
    team = crew_teams.teach(bits=4, runs=2, config=BRIEF)
    assert team.channel is None
    silent = crew_teams.team_scores(team, muted)
    assert silent.shape == (2,) and team.channel is None
    again = crew_teams.teach(bits=4, runs=2, config=BRIEF)
    assert (crew_teams.team_scores(again) == crew_teams.team_scores(team)).all()


def test_what_is_overheard_belongs_to_the_zone_it_is_about(short):
    words, zones = crew_teams.overheard(crew_teams.predefined_code, episodes=2)
    assert words.shape == (2 * 4 * 3, 8) and zones.shape == (24, 76)
    level = crew.levels(zones)
    assert (words[:, 0] == (level >= 1)).all() and (words[:, 1] == (level >= 2)).all()
