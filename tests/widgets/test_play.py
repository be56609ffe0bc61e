"""A seat in the range is played by the rules, and what is shown afterwards follows from forks."""

import dataclasses
import re

import numpy as np
import pytest

from course_lib.cyber_range import ANALYSE, RESTORE, make_policy
from course_lib.cyber_range.constants import DECOY
from course_lib.stats import Interval
from course_lib.widgets.play import (
    AGAIN,
    NEWS,
    WAIT,
    PlayWidget,
    describe,
    draw,
    draw_points,
    summary,
    words,
)
from course_lib.widgets.seat import Cost, HostSigns, Seat

RIVALS = {"expert": "expert", "sleep": "sleep"}


def seat(ticks=20, seed=3, start=150, agent="blue_agent_1", others="expert"):
    rivals = {name: make_policy(kind) for name, kind in RIVALS.items()}
    return Seat(make_policy(others), rivals, agent, seed, start, ticks)


def play_as_advised(game):
    """Always do what the policy of the others would do."""
    while not game.done:
        obs, info = game.env.current()
        wanted = game.others.fork(0, 1, "own").act_batch(obs, info)
        game.play(int(wanted[0, game.defender]))


@pytest.mark.parametrize("agent", ["blue_agent_1", "blue_agent_4"])
def test_who_does_as_the_expert_advises_plays_the_experts_episode(agent):
    """Tick by tick, from the same state, with the same chances; and no decision cost anything."""
    game = seat(40, agent=agent)
    play_as_advised(game)
    rivals = game.rival_rewards()
    assert game.all_rewards().tolist() == game.rewards
    assert game.rewards == rivals["expert"].tolist() == game.rival_rewards()["expert"].tolist()
    assert game.costs() == []


def test_who_sleeps_plays_the_sleepers_episode():
    game = seat(40)
    while not game.done:
        game.play(game.nothing)
    assert len(game.choices) == 40
    assert game.rewards == game.rival_rewards()["sleep"].tolist()


def test_everybody_hands_over_to_the_others_in_the_aftermath():
    """Ten ticks of doing nothing, then the expert: so for the reader and for the rival."""
    rivals = {"sleep": make_policy("sleep")}
    game = Seat(make_policy("expert"), rivals, seed=3, start=150, ticks=10, aftermath=30)
    while not game.done:
        game.play(game.nothing)
    assert len(game.rewards) == 10
    both = game.all_rewards(), game.rival_rewards()["sleep"]
    assert both[0].shape == (40,) and both[0].tolist() == both[1].tolist()


def test_a_wasteful_decision_is_named_with_what_it_cost():
    """Restore of a clean server, where nothing was to be done: a point at least."""
    game = seat(12, start=20)
    clean = next(host for host in game.signs() if not (host.process or host.connection))
    game.play(game.action_on(RESTORE, clean.host))
    assert len(game.rewards) == 5  # its clock went on until it was free
    while not game.done:
        game.play(game.nothing)
    worst = game.costs()[0]
    assert worst.tick == 20 and worst.taken.startswith("Restore OZA")
    assert worst.gain.mean <= -1 and len(game.costs(most=1)) == 1


def test_the_seat_sees_its_own_zones_and_recalls_its_decoys():
    game = seat(30)
    assert {host.host // 16 for host in game.signs()} == {1}
    assert {host.host // 16 for host in seat(agent="blue_agent_4").signs()} == {4, 5, 6}
    target = game.signs()[0]
    before = target.decoys
    game.play(game.action_on(DECOY, target.host))
    assert game.signs()[0].decoys == before + 1
    game.play(game.action_on(RESTORE, target.host))
    assert game.signs()[0].decoys == 0


def test_the_clock_waits_and_ends():
    game = seat(4)
    assert game.tick == 150 and not game.done
    assert 1 <= game.wait_for_news() <= 4
    while not game.done:
        game.play(game.nothing)
    assert game.tick == 154
    with pytest.raises(ValueError, match="all 4 ticks are played"):
        game.play(game.nothing)
    with pytest.raises(ValueError, match="4 ticks are still to be played"):
        seat(4).all_rewards()
    with pytest.raises(ValueError, match="host"):
        seat().action_on(ANALYSE, 0)
    with pytest.raises(ValueError, match="agent"):
        seat(agent="blue_agent_9")
    with pytest.raises(ValueError, match="ticks"):
        seat(ticks=400, start=150)


QUIET = HostSigns(16, "OZA server_host_0", False, False, 0, 0)
LOUD = HostSigns(23, "OZA user_host_1", True, True, 1, 2)


def test_the_picture_shows_what_is_known_of_each_host():
    picture = draw([QUIET, LOUD], 23)
    assert picture.count("<rect") == 1 and picture.count("<circle") == 1
    assert re.findall(r'data-host="(\d+)"', picture) == ["16", "23"]
    # The zone's name once, and what each of its rows holds.
    assert [picture.count(f">{word}<") for word in ("OZA", "servers", "users")] == [1, 1, 1]
    assert ">root<" in picture and picture.count('stroke-width="4"') == 1
    assert "process event · connection event · a file of root found · 2 decoys" in picture


def test_points_are_drawn_for_everybody_and_said_in_words():
    runs = {"you": np.array([-1.0, -3.0]), "expert": np.array([0.0, -1.0])}
    picture = draw_points(runs)
    assert "you: 4" in picture and "expert: 1" in picture
    heights = [line.split(" ")[-1] for line in re.findall(r'points="(46,[^"]*)"', picture)]
    first, second = (float(point.split(",")[1]) for point in heights if not point.endswith(",16"))
    assert first < second  # more points lost stand higher
    cost = Cost(7, "Sleep", "Restore OZA server_host_0", Interval(-2.0, 1.0, -2.5, -1.5, 16))
    said = summary(runs, [cost])
    assert "you 4, expert 1" in said
    assert "1. Tick 7: Sleep, advised was Restore OZA server_host_0; cost 2.0 points" in said
    assert "(95 % interval 1.5 to 2.5)" in said
    assert "No decision of yours" in summary(runs, [])


def test_what_changed_is_said():
    game = seat(4)
    before = [HostSigns(h.host, h.name, False, False, 0, h.decoys) for h in game.signs()]
    changed = [h for h in game.signs() if h.process or h.connection or h.priority]
    assert changed and all(host.name in describe(game, "Sleep", before) for host in changed)
    assert "nothing new" in describe(game, "Sleep", game.signs())


def widget(ticks=6):
    rivals = {name: make_policy(kind) for name, kind in RIVALS.items()}
    return PlayWidget(make_policy("expert"), rivals, seed=3, start=150, ticks=ticks)


def test_a_game_is_played_by_orders_and_begins_again():
    shown = widget()
    first = shown.text
    assert "6 of your ticks are left" in first and len(shown.hosts) == len(shown.seat.signs())
    shown.selected = shown.hosts[1][0]
    assert shown.picture.count('stroke-width="4"') == 1
    shown.order = ["Analyse", 1]
    assert "You chose: Analyse OZA" in shown.text
    shown.order = [WAIT, 2]
    shown.order = [NEWS, 3]
    count = 3
    while not shown.done:
        count += 1
        shown.order = [WAIT, count]
    assert "Points lost in the same 6 ticks: you" in shown.text
    assert shown.picture.count("<svg") == 2
    shown.order = ["Remove", 99]  # too late: nothing happens
    assert shown.done
    shown.order = [AGAIN, 100]
    assert shown.text == first and not shown.done
    with pytest.raises(ValueError, match="no choice 'Panic'"):
        shown.choose("Panic")


def test_an_answer_is_one_message_and_says_which_choice_it_answers(monkeypatch):
    """In parts, the view would take the first for the answer, and a second choice be lost."""
    shown = widget()
    sent = []

    def send(self, key=None):
        sent.append({key} if isinstance(key, str) else set(key))

    monkeypatch.setattr(PlayWidget, "send_state", send)
    shown.set_state({"order": ["Analyse", 7]})
    assert sent == [{"hosts", "picture", "text", "answered"}] and shown.answered == 7


def test_a_choice_that_cannot_be_done_is_answered_too():
    """Else the view would wait for ever."""
    shown = widget()
    with pytest.raises(ValueError, match="no choice 'Panic'"):
        shown.order = ["Panic", 1]
    assert shown.answered == 1


def test_the_static_twin_says_the_same_every_time():
    bundles = [widget()._repr_mimebundle_() for _ in range(2)]
    for kind in ("text/plain", "text/html"):
        assert bundles[0][kind] == bundles[1][kind]
    assert "0x" not in bundles[0]["text/plain"] and "<svg" in bundles[0]["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in bundles[0]


def test_letters_of_the_picture_can_be_read():
    """At least 12 pixels, in the map of hosts and in the points."""
    hosts = seat(ticks=3).signs()
    points = draw_points({"you": np.array([-1.0, 0.0])})
    sizes = [int(size) for size in re.findall(r'font-size="(\d+)"', draw(hosts, -1) + points)]
    assert len(sizes) > 10 and min(sizes) >= 12


def test_one_decoy_is_no_decoys():
    host = HostSigns(16, "OZA server_host_0", False, False, 0, 1)
    assert words(host).endswith(" 1 decoy of yours")
    assert words(dataclasses.replace(host, decoys=2)).endswith(" 2 decoys of yours")
