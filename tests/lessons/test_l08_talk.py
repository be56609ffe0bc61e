"""The probes of recorded games, and the helpers of lesson 08."""

import numpy as np
import torch

from course_lib import games
from course_lib.experiments.lesson_runs.protocol import protocol_text, switch_information
from course_lib.experiments.lesson_runs.team_probes import Games, probes
from course_lib.learners import ReportConfig, ReportingTeam, TalkConfig, TalkingTeam
from course_lib.learners.communication import Episodes
from course_lib.learners.information import Information
from course_lib.lessons import l08_talk


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


def hand_made_riddle(says_truth, seed=0):
    """600 episodes of one team in which nobody tells; the switch says whether two have been here,
    or anything."""
    rng = np.random.default_rng(seed)
    rooms = rng.integers(3, size=(6, 600))
    been = np.cumsum(np.eye(3, dtype=bool)[rooms], axis=0) > 0
    two = been.sum(axis=2) >= 2
    bits = two if says_truth else rng.random(two.shape) < 0.5
    played = Episodes()
    for day in range(6):
        inside = np.eye(3)[rooms[day]]
        said = inside * (2.0 * bits[day] - 1)[:, None]
        played.observations.append(torch.as_tensor(inside)[None, :, :, None])
        played.said.append(torch.as_tensor(said)[None, :, :, None])
        played.actions.append(torch.zeros(1, 600, 3, dtype=torch.long))
        played.going_on.append(torch.ones(1, 600, dtype=torch.bool))
    return played


def test_the_switch_tells_what_it_says_and_chance_is_not_taken_for_a_message():
    told = switch_information(hand_made_riddle(True), 0)
    assert 0.5 < told.entropy < 1 and told.visitors.bits > 0.25
    assert told.visitors.bits > 3 * told.visitors.null_high
    idle = switch_information(hand_made_riddle(False), 0)
    assert idle.entropy > 0.98 and idle.visitors.bits < 1.5 * idle.visitors.null_high


def test_records_come_back_by_learner_and_line(monkeypatch):
    columns = {
        "method": np.array(["DIAL"] * 6),
        "team": np.array([0.0, 1, 0, 1, 0, 1]),
        "updates": np.array([0.0, 0, 10, 10, 10, 10]),
        "line": np.array(["open"] * 4 + ["muted"] * 2),
        "share": np.array([0.1, 0.2, 0.8, 0.9, 0.5, 0.6]),
        "protocol": np.array(["", "", "a", "b", "", ""]),
        "entropy": np.array([np.nan, np.nan, 0.7, 0.8, np.nan, np.nan]),
    }
    columns |= {"information": columns["entropy"], "chance": columns["entropy"]}
    monkeypatch.setattr(l08_talk, "read_run", lambda name: columns)
    record = l08_talk.riddle_records("l08-riddle-3")["DIAL"]
    assert record.updates.tolist() == [0, 10]
    assert record.curve.tolist() == [[0.1, 0.8], [0.2, 0.9]]
    assert record.by_line["open"].tolist() == [0.8, 0.9]
    assert record.by_line["muted"].tolist() == [0.5, 0.6]
    assert record.protocols == ["a", "b"] and record.entropy.tolist() == [0.7, 0.8]


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


def test_a_field_says_what_lies_above_chance():
    clear, nothing = Information(1.25, 0.1, 0.25, 0.01), Information(0.1, 0.1, 0.25, 0.5)
    table = {"0": {"level": nothing}, "word": {"level": clear}}
    figure = l08_talk.draw_bits({"predefined": table, "learned": table})
    left, right = figure.axes
    assert [text.get_text() for text in left.texts] == ["-", "1.00"]
    assert right.get_title(loc="left") == "learned: bits above chance"


def test_the_bars_of_understanding_have_a_group_a_code():
    shares = {"known alerts": np.array([90.0, 100]), "kept back": np.array([10.0, 20])}
    (ax,) = l08_talk.draw_understood({"learned": shares, "predefined": shares}).axes
    assert [text.get_text() for text in ax.get_legend().get_texts()] == list(shares)
    assert ax.get_ylabel() == "understood in full (%)"
