"""Recommender mode: nothing without approval, reasons, and a log that replays."""

import numpy as np
import pytest

from course_lib.cyber_range import VectorRange
from course_lib.hierarchy import FULL, THREE_LAYER, HierarchicalDefender, Team
from course_lib.hierarchy.recommender import AuditLog, Recommender


def played(operator, ticks=40, seed=4):
    """A recommender after some ticks, and the rewards of the range."""
    recommender = Recommender(HierarchicalDefender(Team(THREE_LAYER), FULL), operator, steps=60)
    recommender.reset(seed)
    env = VectorRange(1, seed=seed, observation="message", steps=60)
    obs, info = env.reset()
    rewards = []
    for _ in range(ticks):
        obs, reward, _, _, info = env.step(recommender.act_batch(obs, info))
        rewards.append(float(reward[0]))
    return recommender, np.array(rewards)


def test_an_operator_who_says_yes_changes_nothing():
    """The same actions as the team alone."""
    recommender, _ = played(lambda proposal: True)
    alone = HierarchicalDefender(recommender.inside.team, FULL)
    alone.reset(4)
    env = VectorRange(1, seed=4, observation="message", steps=60)
    obs, info = env.reset()
    for logged in recommender.log.actions:
        actions = alone.act_batch(obs, info)
        assert actions[0].tolist() == logged
        obs, _, _, _, info = env.step(actions)


def test_without_approval_everybody_sleeps():
    recommender, _ = played(lambda proposal: False)
    asleep = [49, 49, 49, 49, 145]
    assert all(actions == asleep for actions in recommender.log.actions)
    assert len(recommender.log.proposals) > 40
    assert not any(entry["approved"] for entry in recommender.log.proposals)


def test_a_proposal_says_why():
    """A rule by its name, weights that sum to one, another action."""
    kept = []
    played(lambda proposal: kept.append(proposal) or True)
    names = {rule.name for rule in FULL.rules}
    assert {proposal.rule for proposal in kept} & names
    for proposal in kept:
        assert abs(sum(proposal.heard.values()) - 1) < 1e-4
        assert proposal.label != proposal.alternative
        assert 0 <= proposal.alternative_probability <= 1
        assert proposal.label in proposal.reason() and proposal.unit in proposal.reason()


def test_a_saved_log_replays_the_episode(tmp_path):
    recommender, rewards = played(lambda proposal: proposal.tick % 2 == 0)
    recommender.log.save(tmp_path / "log.json")
    log = AuditLog.load(tmp_path / "log.json")
    assert log == recommender.log and rewards.min() < 0
    assert np.allclose(log.replay(), rewards)


def test_a_new_episode_begins_a_new_log():
    recommender, _ = played(lambda proposal: True, ticks=70)
    assert len(recommender.log.actions) == 70 - 59 and recommender.log.seed == 5


def test_nonsense_is_refused(tmp_path):
    with pytest.raises(ValueError, match="defender"):
        Recommender("expert", lambda proposal: True)
    recommender = Recommender(HierarchicalDefender(Team(THREE_LAYER)), lambda proposal: True)
    with pytest.raises(ValueError, match="one episode at a time"):
        recommender.start(2)
    with pytest.raises(ValueError, match="no tick"):
        AuditLog(0, "official").replay()
    (tmp_path / "log.json").write_text('{"format": "course_lib audit log", "version": 1}')
    with pytest.raises(ValueError, match="damaged"):
        AuditLog.load(tmp_path / "log.json")
