"""A policy handed to the evaluation script of the challenge: the parts without a simulator, and the
script itself (marker ``cyborg``)."""

import importlib

import numpy as np
import pytest
from gymnasium.spaces import Discrete

from course_lib import cyber_range
from course_lib.cyber_range.cyborg.submission import Desk, OfficialSubmission

SHORT = 20
"""Steps of an episode that the script plays here."""


class Counting:
    """A policy that leaves out the last agent and counts how often it is asked."""

    observation, defenders, name = "flat", "official", "counting"

    def __init__(self):
        self.asked, self.seeds = 0, []

    def reset(self, seed):
        self.seeds.append(seed)

    def act(self, observations, infos):
        self.asked += 1
        return {agent: self.asked for agent in list(observations)[:4]}


def test_five_agents_share_one_decision_a_tick():
    policy = Counting()
    submission = OfficialSubmission(policy, seed=7)
    desk = submission._desk
    seen = dict.fromkeys(submission.AGENTS)
    for tick in (1, 2):
        desk.show(seen, {})
        sizes = (82, 82, 82, 82, 242)
        actions = [
            agent.get_action(None, Discrete(size))
            for agent, size in zip(submission.AGENTS.values(), sizes, strict=True)
        ]
        assert policy.asked == tick
        assert actions == [tick] * 4 + [145], "whoever is left out sleeps"


def test_every_episode_resets_the_policy_with_a_seed_of_its_own():
    policy = Counting()
    desk = Desk(policy, 7)
    desk.begin()
    desk.begin()
    assert policy.seeds == [7, 8]


def test_a_policy_of_seven_defenders_is_refused():
    with pytest.raises(ValueError, match="five official defenders"):
        OfficialSubmission(cyber_range.load_policy("expert", "per-zone"))
    with pytest.raises(ValueError, match="policy="):
        OfficialSubmission(None)


@pytest.fixture
def script(monkeypatch):
    """The simulator's evaluation script, with short episodes."""
    from course_lib.cyber_range.cyborg.load import load_simulator

    load_simulator()
    module = importlib.import_module("CybORG.Evaluation.evaluation")
    full = module.EnterpriseScenarioGenerator

    def short(steps, **agents):
        return full(steps=SHORT, **agents)

    monkeypatch.setattr(module, "EnterpriseScenarioGenerator", short)
    return module


@pytest.mark.cyborg
def test_the_script_scores_a_policy_as_the_bridge_does(script, tmp_path, capsys):
    policy = cyber_range.make_policy("expert")
    submission = OfficialSubmission(policy, team="us", seed=3, steps=SHORT)
    cyber_range.run_official_script(submission, tmp_path, episodes=2, seed=3)
    read = cyber_range.read_official_results(tmp_path)
    assert read.author == "expert" and read.team == "us" and read.seed == 3
    assert len(read.scores) == 2
    bridge = cyber_range.evaluate("expert", "cyborg", episodes=1, seed=3, steps=SHORT)
    assert read.scores[0] == bridge.scores[0], "the first episode is that of the bridge"


@pytest.mark.cyborg
def test_the_actions_arrive_in_the_script(script, tmp_path, capsys):
    scores = {}
    for name in ("sleep", "blind-restore"):
        submission = OfficialSubmission(cyber_range.make_policy(name), steps=SHORT)
        cyber_range.run_official_script(submission, tmp_path / name, episodes=2, seed=5)
        scores[name] = cyber_range.read_official_results(tmp_path / name).scores
    assert np.all(scores["blind-restore"] < scores["sleep"]), "a Restore costs a point at once"
