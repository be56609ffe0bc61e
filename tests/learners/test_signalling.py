"""Pairs that make up a language for alerts, and the network with a channel inside."""

import numpy as np
import torch

from course_lib import games
from course_lib.learners.channel import muted
from course_lib.learners.reporting import ReportConfig, ReportingTeam
from course_lib.learners.signalling import SignalConfig, SignallingPairs


def pairs(code=None, **settings):
    game = games.AlertGame(4)
    config = SignalConfig(runs=3, **settings)
    made = SignallingPairs(game.seen(), game.alerts, game.sizes, config, code)
    made.learn(400, on=~game.is_kept_back)
    return game, made


def test_pairs_understand_themselves_and_not_each_other():
    game, made = pairs()
    known = ~game.is_kept_back
    words = made.words()
    assert made.accuracy()[:, known].mean() > 0.8
    assert made.accuracy(np.roll(words, 1, axis=0))[:, known].mean() < 0.5
    assert made.accuracy(np.zeros_like(words))[:, known].mean() < 0.3


def test_only_a_code_with_parts_can_say_what_was_never_said():
    game, made = pairs(games.compositional_code())
    assert made.accuracy()[:, game.is_kept_back].mean() > 0.6
    game, without = pairs(games.holistic_code(np.random.default_rng(0)))
    assert without.accuracy()[:, game.is_kept_back].mean() < 0.4
    # A predefined speaker learns nothing.
    assert (made.words() == games.compositional_code()).all()


def test_a_beginner_knows_nothing():
    _, made = pairs(beginner_every=399)
    assert made.beginners == 3  # the first one, and at updates 0 and 399
    assert made.accuracy().mean() < 0.5


SMALL = ReportConfig(sensors=4, inputs=6, bits=3, actions=5, runs=2)


def test_the_listeners_error_reaches_its_own_sensors_only():
    team = ReportingTeam(SMALL)
    obs = torch.rand(2, 7, 4, 6)
    logits = team(obs)
    assert logits.shape == (2, 7, 5)
    logits[0].sum().backward()
    gradient = team.speaker[0].weight.grad
    assert gradient[0].abs().sum() > 0 and not gradient[1].any()


def test_bits_while_playing_and_a_channel_in_between():
    team = ReportingTeam(SMALL)
    obs = torch.rand(2, 7, 4, 6)
    with torch.no_grad():
        assert set(team.say(obs).unique().tolist()) <= {-1.0, 1.0}
        team.channel = muted
        silent = team(obs)
    assert torch.allclose(silent, silent[:, :1].expand_as(silent))  # nothing heard, nothing told


def test_a_predefined_code_is_left_as_it_is():
    team = ReportingTeam(SMALL, code=lambda seen: seen[..., :3].sign())
    obs = torch.rand(2, 7, 4, 6) - 0.5
    assert (team.say(obs) == obs[..., :3].sign()).all()
    assert not hasattr(team, "speaker")
