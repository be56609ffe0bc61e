"""The probes of recorded games, and the helpers of lesson 08."""

import numpy as np
import torch

from course_lib import games
from course_lib.experiments.lesson_runs.team_probes import Games, probes
from course_lib.learners import ReportConfig, ReportingTeam, TalkConfig, TalkingTeam
from course_lib.lessons import l08_talk
from course_lib.lessons.l08_protocol import protocol_text


def made_up_games(told=False, remembered=False, seed=0):
    """Games in which a zone's level follows its neighbour's, or its own past, or nothing."""
    rng = np.random.default_rng(seed)
    level = rng.integers(3, size=(498, 12, 4))
    for tick in range(10, 498):
        if told:
            level[tick] = level[tick - 5][:, [1, 0, 3, 2]]
        if remembered:
            level[tick] = level[tick - 10]
    action = rng.integers(8, size=level.shape)
    free = np.ones(level.shape, bool)
    return Games(level, np.zeros((498, 12), int), action, free)


def test_the_probes_find_what_was_put_in_and_nothing_else():
    told = probes(made_up_games(told=True))
    assert told["next: talk"].p_value < 0.02 and told["next: talk"].excess > 1
    remembered = probes(made_up_games(remembered=True))
    assert remembered["next: memory"].p_value < 0.02
    nothing = probes(made_up_games())
    assert min(found.p_value for found in nothing.values()) > 0.01
    assert max(abs(found.excess) for found in nothing.values()) < 0.1


def test_a_protocol_is_read_from_what_a_team_does():
    team = TalkingTeam(games.SwitchRiddle(3), TalkConfig(runs=2, episodes=4))
    text = protocol_text(team.play(200, seed=0), 1)
    tells, sets = games.read_protocol(text)
    assert tells.shape == (6, 2, 2) and text.split()[0][1:] == "..."
    assert set(text) <= set("oOT?. ")


def test_words_of_one_run_are_that_runs():
    team = ReportingTeam(ReportConfig(inputs=76, runs=2))
    seen = torch.rand(5, 76)
    with torch.no_grad():
        everything = team.say(seen[None, :, None].expand(2, -1, -1, -1))
        assert (l08_talk.words_of(team, 1)(seen) == everything[1, :, 0]).all()


def test_bars_stand_beside_each_other():
    from course_lib.viz import new_figure

    _, ax = new_figure()
    values = np.array([1.0, 2.0, 3.0])
    l08_talk.draw_bars(ax, {"a": {"x": values, "y": 2 * values}, "b": {"x": values, "y": values}})
    heights = [bar.get_height() for bar in ax.patches]
    assert heights == [2, 2, 4, 2]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "b"]
