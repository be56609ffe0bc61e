"""The recorded runs of lesson 08, made small: every line is tested, and what is read is kept."""

import pytest

from course_lib import games
from course_lib.experiments.lesson_runs import crew, crew_teams, l08_crew, l08_riddle
from course_lib.learners import ReportConfig, ReportingTeam, TalkConfig, TalkingTeam


def test_a_riddle_team_is_tested_on_the_way_and_with_every_line(monkeypatch):
    monkeypatch.setattr(l08_riddle, "TEST_EPISODES", 60)
    team = TalkingTeam(games.SwitchRiddle(3), TalkConfig(runs=2, episodes=4))
    rows = l08_riddle.learn_and_test(team, "DIAL", updates=4, every=2)
    opened = [row for row in rows if row["line"] == "open"]
    assert [row["updates"] for row in opened] == [0, 0, 2, 2, 4, 4]
    assert len({tuple(row) for row in rows}) == 1, "rows of one run share their columns"
    assert [row["protocol"] != "" for row in rows[:8]] == [False] * 4 + [True] * 2 + [False] * 2
    lines = {row["line"] for row in rows}
    assert {"muted", "shuffled", "foreign", "flipped 50 %"} < lines
    assert all(row["updates"] == 4 for row in rows[6:])


@pytest.fixture
def short(monkeypatch):
    for module in (crew, crew_teams):
        monkeypatch.setattr(module, "ORDERS", 6)
    monkeypatch.setattr(crew_teams, "TEST_ENVS", 2)


def test_a_crew_is_tested_on_every_line_and_with_a_foreign_speaker(short):
    team = ReportingTeam(ReportConfig(runs=2))
    rows = l08_crew.tested("learned", team)
    lines = [row["line"] for row in rows[::2]]
    assert lines == [*l08_crew.LINES, "foreign"]
    assert team.channel is None and team.speakers_from == 0


def test_a_crew_that_never_hears_scores_the_same_whatever_the_line(short):
    team = ReportingTeam(ReportConfig(bits=1, runs=2))
    rows = l08_crew.tested("learned, 0 bits", team, never_hears=True)
    assert len({(row["team"], row["points"]) for row in rows}) <= 2
