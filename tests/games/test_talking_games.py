"""Games in which agents talk, against what can be counted by hand."""

from itertools import product

import numpy as np
import pytest

from course_lib import games
from course_lib.games.relay import RESPONDER, WATCHER


def test_the_ceilings_of_the_riddle():
    assert games.ceiling(3) == pytest.approx(540 / 729, abs=1e-12)
    assert games.ceiling(4) == pytest.approx(0.7806, abs=5e-5)
    # Three have all been there, by counting: 3^6 - 3 * 2^6 + 3 of 3^6 sequences.
    everybody = [len(set(rooms)) == 3 for rooms in product(range(3), repeat=6)]
    assert games.ceiling(3) == pytest.approx(np.mean(everybody))


def test_counting_reaches_the_ceiling_with_three_and_not_with_four():
    assert games.protocol_value(*games.counting_protocol(3), 3) == pytest.approx(games.ceiling(3))
    assert games.protocol_value(*games.counting_protocol(4), 4) < 0.5 * games.ceiling(4)


def play_protocol(game, tells, sets, episodes, seed):
    """Points of a protocol in the game itself: the messages are carried by hand."""
    turn = game.begin(episodes, np.random.default_rng(seed))
    been = np.zeros((episodes, game.agents), int)
    said = np.zeros((episodes, game.agents))
    rows, total = np.arange(episodes), np.zeros(episodes)
    for day in range(game.steps):
        inside = turn.observations[:, :, 0].argmax(axis=1)
        switch = np.einsum("els,es->el", turn.hears, said)[rows, inside].astype(int)
        before = been[rows, inside]
        actions = np.zeros((episodes, game.agents), int)
        actions[rows, inside] = np.where(tells[day, switch, before], games.TELL, 0)
        said[rows, inside] = sets[day, switch, before]
        been[rows, inside] = 1
        turn = game.step(actions)
        total += turn.rewards.mean(axis=1)
    return total


def test_the_exact_value_is_that_of_the_game_played():
    rng = np.random.default_rng(5)
    game = games.SwitchRiddle(3)
    protocols = [games.counting_protocol(3)]
    shape = (game.steps, 2, 2)
    protocols += [(rng.random(shape) < 0.2, rng.integers(2, size=shape)) for _ in range(3)]
    for tells, sets in protocols:
        points = play_protocol(game, tells, sets, 20_000, seed=1)
        assert points.mean() == pytest.approx(games.protocol_value(tells, sets, 3), abs=0.02)


def test_without_the_switch_there_is_less_to_get():
    silent = games.silent_value(3)
    assert 2 * games.ceiling(3) - 1 < silent < games.ceiling(3)
    with pytest.raises(ValueError, match="agents=4 is not a whole number from 2 to 3"):
        games.silent_value(4)


def test_what_the_switch_means():
    meaning = games.switch_meaning(*games.counting_protocol(3), 3)
    assert meaning.shape == (6, 2, 4)
    assert meaning[0, 0, 1] == 1 and meaning[2, 1, 2] == 1 and meaning[2, 0, 1] == 1
    assert not meaning[0, 1].any()  # on the first day nobody leaves it on


def test_a_protocol_as_text():
    tells, sets = games.read_protocol("oooo OoTO OoTO OoTO OoTO OoTO")
    assert games.protocol_value(tells, sets, 3) == pytest.approx(games.ceiling(3))
    for wrong in ("", "ooo", "oooo ooooo"):
        with pytest.raises(ValueError, match="words of four letters"):
            games.read_protocol(wrong)


def test_the_riddle_ends_and_copies_are_equal():
    game = games.SwitchRiddle(3)
    turn = game.begin(4, np.random.default_rng(0), copies=2)
    assert (turn.observations[:4] == turn.observations[4:]).all()
    assert not turn.hears.any()
    tell_all = np.ones((8, 3), int)
    turn = game.step(tell_all)  # one visitor so far: wrong
    assert (turn.rewards == -1).all() and turn.over.all()
    turn = game.step(tell_all)
    assert not turn.rewards.any()  # nothing happens in an episode that is over
    for _ in range(4):
        game.step(tell_all)
    with pytest.raises(ValueError, match="call begin"):
        game.step(tell_all)


@pytest.mark.parametrize("paid", ["team", "responder"])
def test_the_relay_pays_whom_it_says(paid):
    game = games.Relay(4, paid)
    first = game.begin(50, np.random.default_rng(0))
    alert = first.observations[:, WATCHER].argmax(axis=1)
    assert not first.observations[:, RESPONDER].any()
    second = game.step(np.zeros((50, 2), int))
    assert second.hears[0].tolist() == [[0, 0], [1, 0]] and not second.rewards.any()
    last = game.step(np.stack([np.zeros(50, int), alert], axis=1))
    assert (last.rewards[:, RESPONDER] == 1).all() and last.over.all()
    assert (last.rewards[:, WATCHER] == (1 if paid == "team" else 0)).all()
    assert game.silent_value == 0.25


def test_alerts_kept_back_leave_every_zone_and_kind_in_training():
    for seed in range(5):
        game = games.AlertGame(4, seed)
        known = game.alerts[~game.is_kept_back]
        assert len(known) == 12 and {len(set(column)) for column in known.T} == {4}
    assert game.seen().sum(axis=1).tolist() == [2.0] * 16
    assert game.name(0) == "scan in RZA"


def test_both_codes_have_the_same_words_and_only_one_has_parts():
    with_parts = games.compositional_code()
    without = games.holistic_code(np.random.default_rng(0))
    assert sorted(map(tuple, with_parts)) == sorted(map(tuple, without))
    by_zone = with_parts.reshape(4, 4, 4)[:, :, :2]
    assert (by_zone == by_zone[:, :1]).all()  # two bits say the zone, whatever the kind
    assert not (without == with_parts).all()
