"""What the message widget shows follows from the protocol and the episode alone."""

import numpy as np
import pytest
import traitlets

from course_lib.widgets.talk import TalkWidget, describe, draw, play

COUNTING = "oooo OoTO OoTO OoTO OoTO OoTO"
ROOMS = np.array([0, 0, 1, 1, 2, 0])


def test_an_episode_is_followed_to_the_day_on_which_somebody_tells():
    visits = play(COUNTING, ROOMS)
    assert [visit.left for visit in visits[:4]] == [0, 0, 1, 1]
    assert visits[-1].tells and visits[-1].day == 5 and visits[-1].visited == 3
    assert [visit.meaning for visit in visits[1:3]] == ["1 been here", "2 been here"]


def test_a_turned_switch_costs_two_points_or_the_chance_to_tell():
    early = play(COUNTING, ROOMS, flip_day=3)  # the second visitor is taken for the third
    assert early[-1].tells and early[-1].visited == 2 and early[-1].flipped
    late = play(COUNTING, ROOMS, flip_day=5)  # the third is taken for the second
    assert not any(visit.tells for visit in late)


def test_the_words_say_who_speaks_to_whom_and_what_it_is_worth():
    said = describe("by hand", COUNTING, play(COUNTING, ROOMS), 3)
    assert said.startswith("by hand: worth 100.0 % of the ceiling, exactly.")
    assert "Day 3: Ben to Ben: on (2 been here)." in said
    assert said.endswith("Cleo tells on day 5: right, +1 point.")
    wrong = describe("by hand", COUNTING, play(COUNTING, ROOMS, flip_day=3), 3)
    assert "turned to on by an intruder" in wrong and wrong.endswith("wrong, -1 point.")
    silent = describe("silent", "oooo " * 6, play("oooo " * 6, ROOMS), 3)
    assert silent.endswith("Nobody tells: 0 points.")


def test_the_picture_has_a_dot_a_visit_and_a_line_a_message():
    visits = play(COUNTING, ROOMS)
    picture = draw(visits, 3, 6)
    assert picture.count("<circle") == 5 and picture.count('stroke="#0e8ae6"') == 4
    assert "aria-label" in picture and " id=" not in picture
    assert "flipped" in draw(play(COUNTING, ROOMS, flip_day=3), 3, 6)


def test_settings_are_followed_and_nonsense_is_refused():
    widget = TalkWidget({"by hand": COUNTING, "silent": "oooo " * 6}, episode=1)
    before = widget.text
    widget.protocol = "silent"
    assert widget.text != before and "silent" in widget.text
    widget.protocol = "by hand"
    assert widget.text == before
    with pytest.raises(traitlets.TraitError, match="there are by hand, silent"):
        widget.protocol = "telepathy"
    with pytest.raises(traitlets.TraitError):
        widget.episode = -1


def test_the_static_twin_says_the_same_every_time():
    bundles = [TalkWidget({"by hand": COUNTING})._repr_mimebundle_() for _ in range(2)]
    for kind in ("text/plain", "text/html"):
        assert bundles[0][kind] == bundles[1][kind]
    assert "0x" not in bundles[0]["text/plain"] and "<svg" in bundles[0]["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in bundles[0]
