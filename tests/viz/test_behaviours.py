"""Defenders are placed by what they do."""

import numpy as np
import pytest

from course_lib.cyber_range import ACTION_CLASSES, RESTORE, SLEEP, action_layout, load_policy
from course_lib.viz import behaviour_figure, measure_behaviour, twins
from course_lib.viz.behaviours import Behaviour


class Scripted:
    """Sleeps, or restores the first server of every zone that shows an event."""

    observation = "message"
    defenders = "per-zone"

    def __init__(self, restores):
        self.restores = restores

    def reset(self, seed):
        pass

    def act_batch(self, obs, info):
        layout = action_layout(self.defenders)
        zones = np.arange(7)
        sleep = layout.offset[SLEEP, zones]
        alarmed = (obs[:, :, 28:60] > 0).any(axis=2) & self.restores
        return np.where(alarmed, layout.offset[RESTORE, zones], sleep)


def test_who_answers_every_alarm_and_nothing_else_has_response_one():
    keen = measure_behaviour(Scripted(True), "keen", episodes=4, ticks=120)
    assert keen.response == 1.0 and 0 < keen.cures == keen.mix[RESTORE] < 1
    asleep = measure_behaviour(Scripted(False), "asleep", episodes=4, ticks=60)
    assert (asleep.response, asleep.cures, asleep.mix[SLEEP]) == (0.0, 0.0, 1.0)


def test_the_nearest_is_named_with_its_distance():
    def one(name, *shares):
        return Behaviour(name, np.array([*shares, *[0.0] * (len(ACTION_CLASSES) - 3)]), 0.1, 0.2)

    found = twins([one("a", 0.5, 0.5, 0), one("b", 0.4, 0.6, 0), one("c", 0, 0, 1)])
    assert found[0] == ("a", "b", pytest.approx(0.1)) and found[1][1] == "a"
    assert found[2][2] == pytest.approx(1.0)
    figure = behaviour_figure([one("a", 1, 0, 0), one("b", 0, 1, 0)])
    texts = {text.get_text() for text in figure.axes[0].texts}
    assert texts == {"a", "b"} and "(%)" in figure.axes[0].get_xlabel()


def test_a_policy_that_sees_no_alarms_is_refused():
    with pytest.raises(ValueError, match="'sleep' reads the observation 'flat'"):
        measure_behaviour(load_policy("sleep"), "sleep")
