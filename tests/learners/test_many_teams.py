"""Many teams at once learn as MAPPO does, and the noise is what it says."""

import numpy as np
import pytest
import torch

from course_lib.games import penalty
from course_lib.learners import ManyTeamsConfig, many_teams, train_teams
from course_lib.learners.networks import entropy
from course_lib.learners.ppo_loss import clipped_policy_loss, normalised

PAYOFFS = penalty(-30).team_payoffs


@pytest.mark.parametrize("share", [0.0, 0.8])
def test_the_gradient_is_that_of_mappos_objective(share):
    config = ManyTeamsConfig(advantage_noise=share, ent_coef=0.3)
    rng = np.random.default_rng(1)
    preferences, noise = rng.normal(size=(1, 2, 3)), rng.normal(size=(1, 2, 1))
    policies = many_teams.softmax(preferences)
    tried = many_teams.tried_shares(policies, 32, rng)
    uphill = many_teams.gradient(policies, tried, PAYOFFS, noise, config)

    logits = torch.tensor(preferences[0], requires_grad=True)
    counts = torch.as_tensor(np.rint(32 * tried[0])).long()
    joint = torch.cartesian_prod(torch.arange(3), torch.arange(3))
    actions = joint.repeat_interleave(counts.flatten(), dim=0)  # (32, 2)
    paid = torch.as_tensor(PAYOFFS)[actions[:, 0], actions[:, 1]]
    # One reward for both, so the mean and deviation of both agents' advantages are those of one.
    advantages = (1 - share) * normalised(paid)[:, None] + share * torch.as_tensor(noise[0, :, 0])
    log_probs = logits.log_softmax(-1)
    taken = log_probs.expand(32, 2, 3).gather(-1, actions[..., None])[..., 0]
    surrogate = clipped_policy_loss(taken, taken.detach(), advantages, 0.2)
    objective = -surrogate.loss + config.ent_coef * entropy(log_probs).mean()
    objective.backward()
    # MAPPO takes the mean over both agents, which Adam does not notice.
    assert uphill[0] == pytest.approx(2 * logits.grad.numpy(), abs=1e-6)


def test_every_team_finds_what_is_best_whatever_the_other_does():
    paid = train_teams(np.array([[3.0, 1.0], [1.0, 0.0]]), ManyTeamsConfig(teams=50))
    assert paid.shape == (50,) and (paid == 3).all()


def test_a_seed_repeats_itself_and_the_rows_are_the_first_agents():
    config = ManyTeamsConfig(teams=20, updates=5, advantage_noise=0.5)
    assert (train_teams(PAYOFFS, config) == train_teams(PAYOFFS, config)).all()
    # The first agent cannot help choosing well, the second has nothing to choose.
    paid = train_teams(np.array([[0.0, 0.0], [1.0, 1.0]]), ManyTeamsConfig(teams=20))
    assert (paid == 1).all()


def test_noise_leads_more_teams_to_the_best_where_the_other_is_dangerous():
    """The claim of lesson 07, small: with 300 teams the gap is many times its error."""
    shares = []
    for noise in (0.0, 0.9):
        paid = train_teams(PAYOFFS, ManyTeamsConfig(teams=300, advantage_noise=noise, seed=5))
        shares.append(float((paid == PAYOFFS.max()).mean()))
    assert shares[0] < 0.1 and shares[1] > 0.2


def test_the_same_noise_is_the_same_for_both():
    def drawn(noise):
        seen = []
        config = ManyTeamsConfig(teams=4, updates=1, advantage_noise=0.5, noise=noise)
        gradient = many_teams.gradient
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                many_teams, "gradient", lambda *given: seen.append(given[3]) or gradient(*given)
            )
            train_teams(PAYOFFS, config)
        return seen[0]

    own, same = drawn("own"), drawn("same")
    assert (own[:, 0] != own[:, 1]).all() and (same[:, 0] == same[:, 1]).all()


@pytest.mark.parametrize(
    "wrong",
    [{"teams": 0}, {"batch": 0}, {"advantage_noise": 2}, {"noise": "none"}, {"learning_rate": 0}],
)
def test_nonsense_is_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        ManyTeamsConfig(**wrong)


def test_payoffs_are_a_square_table():
    with pytest.raises(ValueError, match="square"):
        train_teams(np.zeros((2, 3)))
