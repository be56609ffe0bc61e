"""RIAL and DIAL: the gradient through the channel, and the probe that tells them apart."""

import numpy as np
import pytest
import torch

from course_lib import games
from course_lib.learners import channel
from course_lib.learners.communication import TalkConfig, TalkingTeam, bits_of, choose
from course_lib.learners.many_networks import clip_each_run
from course_lib.lessons.l08_talk import listener_gradient, listener_loss

SMALL = {"runs": 4, "episodes": 16, "hidden": 16, "learning_rate": 5e-3, "target_every": 20}


def taught(method, paid, updates=500):
    team = TalkingTeam(games.Relay(2, paid), TalkConfig(method=method, **SMALL))
    team.learn(updates)
    return team


def responder_points(team, line=None):
    """(runs,) what the responder earns on average."""
    played = team.play(400, seed=9, channel=line)
    return torch.stack(played.rewards)[..., 1].sum(0).mean(-1).numpy()


def test_dial_solves_the_relay_even_if_only_the_listener_is_paid():
    team = taught("dial", "responder")
    assert np.median(responder_points(team)) == 1
    assert responder_points(team, channel.muted).max() < 0.6
    assert responder_points(team, channel.shuffled).max() < 0.65


def test_rial_cannot_learn_to_speak_if_only_the_listener_is_paid():
    assert responder_points(taught("rial", "responder")).max() < 0.6


def test_rial_can_if_the_team_is_paid_and_silence_never():
    assert responder_points(taught("rial", "team")).max() == 1
    assert responder_points(taught("mute", "team")).max() < 0.6


def test_the_listeners_error_reaches_the_speaker_through_dials_channel_only():
    gradients = {}
    for method in ("dial", "rial", "mute"):
        team = TalkingTeam(games.Relay(2), TalkConfig(method=method, **SMALL))
        gradients[method] = listener_gradient(team)
    assert gradients["dial"].abs().max() > 1e-4
    assert not gradients["rial"].any() and not gradients["mute"].any()


def test_the_gradient_is_the_slope_of_the_listeners_error():
    team = TalkingTeam(games.Relay(2), TalkConfig(**{**SMALL, "runs": 1, "epsilon": 0.0}))
    gradient = listener_gradient(team)
    place = tuple(int(i) for i in np.unravel_index(gradient.abs().argmax(), gradient.shape))
    losses = []
    for change in (0.01, -0.02):
        with torch.no_grad():
            team.network.speech.weight[place] += change
        losses.append(float(listener_loss(team).detach()))
    slope = (losses[0] - losses[1]) / 0.02
    assert slope == pytest.approx(float(gradient[place]), rel=0.02)


def test_runs_side_by_side_do_not_touch_each_other():
    team = TalkingTeam(games.Relay(2), TalkConfig(**SMALL))
    played = team.rollout(8, np.random.default_rng(0), torch.Generator(), None, training=True)
    first_run = played.chosen[1][0].sum()
    (gradient,) = torch.autograd.grad(first_run, team.network.values.weight)
    assert gradient[0].abs().sum() > 0 and not gradient[1:].any()


def test_every_run_trains_on_episodes_of_its_own_and_all_play_the_same():
    team = TalkingTeam(games.SwitchRiddle(3), TalkConfig(runs=2, episodes=4))
    luck = torch.Generator().manual_seed(0)
    training = team.rollout(50, np.random.default_rng(0), luck, None, training=True)
    visits = torch.stack([seen[..., 0] for seen in training.observations])
    assert (visits[:, 0] != visits[:, 1]).any()
    played = team.play(50, seed=0)
    visits = torch.stack([seen[..., 0] for seen in played.observations])
    assert (visits[:, 0] == visits[:, 1]).all()


def test_a_steep_run_does_not_shorten_the_gradient_of_another():
    team = TalkingTeam(games.SwitchRiddle(3), TalkConfig(runs=2, shared=False))
    for weight in team.network.parameters():
        weight.grad = torch.zeros_like(weight)
    weight = team.network.values.weight  # (2 runs x 3 agents, ...)
    weight.grad[0, 0, 0], weight.grad[3, 0, 0] = 300.0, 4.0
    clip_each_run(team.network, runs=2, longest=10.0)
    assert weight.grad[0, 0, 0] == pytest.approx(10)
    assert weight.grad[3, 0, 0] == pytest.approx(4)


def test_separate_networks_and_shared_ones():
    game = games.SwitchRiddle(3)
    for shared, networks in ((True, 2), (False, 6)):
        team = TalkingTeam(game, TalkConfig(runs=2, shared=shared, episodes=4))
        assert len(team.network.values.weight) == networks
        curve = team.learn(2)
        assert curve.shape == (2, 2) and (np.abs(curve) <= 1).all()


def test_the_target_is_reward_plus_best_value_and_stops_at_the_end():
    team = TalkingTeam(games.SwitchRiddle(3), TalkConfig(runs=1, episodes=4))
    played = team.rollout(4, np.random.default_rng(0), torch.Generator(), None, training=True)
    expected = 0.0
    for step in range(6):
        target = played.rewards[step].clone()
        if step < 5:
            target += played.going_on[step + 1][..., None] * played.best[step + 1]
        error = (target - played.chosen[step]) * played.going_on[step][..., None]
        expected += float((error**2).sum().detach()) / 4
    assert float(team.loss(played)) == pytest.approx(expected, rel=1e-5)


def test_the_same_seed_gives_the_same_team():
    curves = [TalkingTeam(games.Relay(2), TalkConfig(**SMALL)).learn(20) for _ in range(2)]
    assert (curves[0] == curves[1]).all()


def test_small_pieces():
    assert bits_of(torch.tensor([0, 1, 2, 3]), 2).tolist() == [[-1, -1], [1, -1], [-1, 1], [1, 1]]
    values = torch.tensor([[0.0, 2.0, 1.0]]).repeat(1000, 1)
    chosen = choose(values, 0.3, torch.Generator().manual_seed(0))
    assert (chosen == 1).float().mean() == pytest.approx(0.8, abs=0.05)
    with pytest.raises(ValueError, match="method='telepathy' is unknown"):
        TalkConfig(method="telepathy")
