"""Agents in the form of the challenge's submissions play the range."""

import types

import numpy as np
import pytest

from course_lib import cyber_range
from course_lib.cyber_range import SLEEP, action_layout
from course_lib.cyber_range.policies.submission import SubmissionPolicy


class Sampling:
    """Samples from the action space it is given."""

    def get_action(self, observation, action_space):
        assert observation.shape in ((92,), (210,))
        return action_space.sample()


class Fixed:
    def __init__(self, action):
        self.action = action

    def get_action(self, observation, action_space):
        return self.action(action_space) if callable(self.action) else self.action


class ShortSighted:
    def get_action(self, observation):
        return 0


class Bare:
    """Takes what it is given under names of its own, without an object."""

    @staticmethod
    def get_action(*given, training=False):
        return 1


class Habitual:
    """Has the other members that the challenge's own agents have; nobody calls them."""

    def __init__(self, action=1, verbose=False):
        self.action, self.verbose = action, verbose

    def get_action(self, obs, action_space=None, **more):
        obs[:] = 0  # its own copy
        return np.array([self.action])

    def train(self, results):
        raise AssertionError

    def end_episode(self):
        raise AssertionError

    def set_initial_values(self, action_space, observation):
        raise AssertionError


def submission(agent, names=range(5)):
    class Submission:
        NAME, TEAM, TECHNIQUE = "mine", "team", "none"
        AGENTS = {f"blue_agent_{i}": agent for i in names}

        def wrap(env):
            raise AssertionError("the range is wrapped already")

    return Submission


def test_classes_objects_and_modules_are_scored():
    given = submission(Sampling())
    module = types.ModuleType("submission")
    module.AGENTS = given.AGENTS
    runs = []
    for form in (given, given(), module):
        report = cyber_range.evaluate(form, episodes=2, seed=3, steps=60)
        runs.append(report.scores.tolist())
    assert runs[0] == runs[1] == runs[2] and len(set(runs[0])) == 2
    assert cyber_range.evaluate(given, episodes=1, steps=20).policy == "mine"
    assert cyber_range.evaluate(given, episodes=1, steps=20).defenders == "official"


def test_scores_do_not_depend_on_the_order_of_episodes():
    both = cyber_range.evaluate(submission(Sampling()), episodes=2, seed=3, steps=60).scores
    assert (
        cyber_range.evaluate(submission(Sampling()), episodes=1, seed=4, steps=60).scores == both[1]
    )


def test_arrays_of_one_number_count_and_missing_agents_sleep():
    layout = action_layout("official")
    sleep = {layout.size(d): index for d, index in enumerate(layout.single(SLEEP))}
    last = submission(Fixed(lambda space: np.array([sleep[space.n]])))
    one = submission(Fixed(lambda space: np.int64(sleep[space.n])), names=[2])
    asleep = cyber_range.evaluate("sleep", episodes=2, steps=100).scores
    assert np.array_equal(cyber_range.evaluate(last, episodes=2, steps=100).scores, asleep)
    assert np.array_equal(cyber_range.evaluate(one, episodes=2, steps=100).scores, asleep)


@pytest.mark.parametrize("action", [242, -1, 1.0, None, "Sleep", [1, 2], True])
def test_what_is_no_action(action):
    with pytest.raises(
        ValueError, match="get_action of blue_agent_0 returned .*an index from 0 to"
    ):
        cyber_range.evaluate(submission(Fixed(action)), episodes=1, steps=20)


@pytest.mark.parametrize(
    "agents, message",
    [
        ({}, "must be a table: agent name -> agent"),
        ([Sampling()], "must be a table"),
        ({"red_agent_0": Sampling()}, "AGENTS has 'red_agent_0'; the agents are blue_agent_0"),
        ({"blue_agent_0": 3}, "blue_agent_0 of AGENTS is a int without get_action"),
        ({"blue_agent_0": Sampling}, r"is the class Sampling: put an object .* Sampling\(\)"),
        ({"blue_agent_0": Fixed}, "is the class Fixed"),
        ({"blue_agent_0": ShortSighted()}, "of AGENTS takes .observation.; it is called with"),
        (property(lambda self: {}), "AGENTS of this class is a property: pass an object"),
    ],
)
def test_what_is_missing_is_named(agents, message):
    with pytest.raises(ValueError, match=message):
        SubmissionPolicy(types.SimpleNamespace(AGENTS=agents))


def test_it_can_be_recorded_and_resumed(tmp_path):
    file = tmp_path / "episodes.jsonl"
    first = cyber_range.evaluate(submission(Sampling()), episodes=1, steps=30, resume=file)
    again = cyber_range.evaluate(submission(Sampling()), episodes=2, steps=30, resume=file)
    assert again.scores[0] == first.scores[0]
    with pytest.raises(ValueError, match="another policy of that name"):
        cyber_range.evaluate(submission(Fixed(0)), episodes=1, steps=30, resume=file)
    assert cyber_range.record_episode(submission(Sampling()), steps=30).policy == "mine"


@pytest.mark.parametrize("agent", [Bare, Bare(), Habitual(), Habitual(verbose=True)])
def test_agents_with_other_members_and_arguments_play(agent):
    """As long as an observation and a space can be handed to ``get_action``."""
    wanted = cyber_range.evaluate(submission(Fixed(1)), episodes=1, steps=30).scores
    assert cyber_range.evaluate(submission(agent), episodes=1, steps=30).scores == wanted
