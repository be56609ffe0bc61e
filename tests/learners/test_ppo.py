"""PPO, its policies with memory and for any number of hosts: probes, closed forms, and a published
result."""

from functools import partial

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from course_lib.games import PROBES
from course_lib.learners.entity_policy import entity_policy, mean_over_present
from course_lib.learners.networks import MLPPolicy, masked, seeded
from course_lib.learners.ppo import PPO, Batch, PPOConfig
from course_lib.learners.recurrent_policy import GRUPolicy
from course_lib.learners.vector_env import as_vector_env, choose, play

PUBLISHED_CARTPOLE = 500.0
"""PPO on CartPole-v1 after 100,000 steps, mean of 300 episodes: RL Baselines3 Zoo, benchmark.md
(one run)."""
SOLVED_CARTPOLE = 475.0
"""The reward threshold that Gymnasium registers for CartPole-v1."""


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def quick(**changes):
    return PPOConfig(
        **{
            "num_steps": 32,
            "learning_rate": 5e-3,
            "final_learning_rate": 5e-3,
            "discount": 0.9,
            **changes,
        }
    )


@pytest.mark.parametrize("name", [name for name in PROBES if name != "two-agent coordination"])
def test_probe(name):
    learner = PPO(PROBES[name], quick(ent_coef=0.0))
    learner.learn(5_000)
    probe = PROBES[name]()
    for seen, value in probe.values(0.9).items():
        with torch.no_grad():
            logits, estimate, _ = learner.policy(torch.tensor([[seen]]), None, None)
        assert float(estimate) == pytest.approx(value, abs=0.05), probe.mistake
        assert int(logits.argmax()) in probe.best_actions()[seen], probe.mistake


def cartpole(count=32):
    return gymnasium.make_vec(
        "CartPole-v1", num_envs=count, vectorization_mode="vector_entry_point"
    )


PUBLISHED_BUDGET = 102_400
"""Environment steps."""


def test_cartpole_reaches_the_published_result_with_the_published_budget():
    config = PPOConfig(
        num_steps=64,
        epochs=8,
        learning_rate=3e-3,
        final_learning_rate=0.0,
        discount=0.98,
        ent_coef=0,
    )
    learner = PPO(cartpole(), config)
    curve = learner.learn(12_800)
    # Usually it is there long before the budget is spent.
    while play(learner.policy, cartpole(), 20, seed=2).returns.mean() < SOLVED_CARTPOLE:
        assert learner.steps <= PUBLISHED_BUDGET - 14_336, "the budget is spent"
        learner.learn(12_800)
    assert learner.steps <= PUBLISHED_BUDGET
    assert play(learner.policy, cartpole(), 100, seed=1).returns.mean() >= SOLVED_CARTPOLE
    assert curve.score[0] < 50  # it began as badly as chance does
    assert PUBLISHED_CARTPOLE >= SOLVED_CARTPOLE


class Recall(gymnasium.Env):
    """A bit is shown once; two empty ticks later it must be named. Without memory half the answers
    are right."""

    observation_space = spaces.Box(-1, 1, (1,), np.float32)
    action_space = spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.bit, self.clock = int(self.np_random.integers(2)), 0
        return np.array([2 * self.bit - 1], np.float32), {}

    def step(self, action):
        self.clock += 1
        over = self.clock == 3
        return np.zeros(1, np.float32), float(over and action == self.bit), over, False, {}


def test_memory_beats_no_memory_where_a_bit_must_be_remembered():
    scores = {}
    for name, policy in (("memory", partial(GRUPolicy, memory_size=16)), ("none", MLPPolicy)):
        learner = PPO(
            Recall, quick(num_envs=32, num_steps=16, minibatch_size=512, ent_coef=0.0), policy
        )
        learner.learn(10_000)
        scores[name] = play(learner.policy, Recall, 200, seed=9).returns.mean()
    assert scores["memory"] > 0.95
    assert 0.35 < scores["none"] < 0.65


def test_memory_is_cleared_where_an_episode_begins():
    with seeded(0):
        policy = GRUPolicy(Recall.observation_space, Recall.action_space)
    seen, memory = torch.randn(5, 2, 1), torch.randn(2, 64)
    begins = torch.zeros(5, 2, dtype=torch.bool)
    begins[3, 0] = True  # the first environment starts anew in tick 3
    logits, values, last = policy(seen, memory, begins)
    alone = policy(seen[3:, :1], torch.zeros(1, 64), begins[:2, :1])
    torch.testing.assert_close(logits[3:, :1], alone[0])
    torch.testing.assert_close(last[:1], alone[2])
    first = policy(seen[:2], memory, begins[:2])
    torch.testing.assert_close(
        policy(seen[2:], first[2], begins[2:])[1], values[2:]
    )  # in two pieces: the same


class Clock(gymnasium.Env):
    """Reward 1 for ever, and a clock to be seen; it runs out after 5 ticks."""

    observation_space, action_space = spaces.Discrete(5), spaces.Discrete(1)
    stops = False

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.clock = 0
        return 0, {}

    def step(self, action):
        self.clock += 1
        over = self.clock == 5
        return min(self.clock, 4), 1.0, over and self.stops, over and not self.stops, {}


class Stop(Clock):
    """The same, but the world ends."""

    stops = True


@pytest.mark.parametrize(
    ("env", "exact"), [(Clock, [2] * 5), (Stop, [2 - 0.5**left for left in (4, 3, 2, 1, 0)])]
)
def test_truncation_is_bootstrapped_and_termination_is_not(env, exact):
    learner = PPO(env, quick(discount=0.5, gae_lambda=0.5))
    learner.learn(6_000)
    with torch.no_grad():
        values = learner.policy(torch.arange(5)[:, None], None, None)[1][:, 0]
    assert values.tolist() == pytest.approx(exact, abs=0.06)


def test_the_tick_between_two_episodes_is_not_learned_from():
    learner = PPO(PROBES["action matters"], quick(num_envs=2, num_steps=6))
    learner._begin()
    batch, finished = learner.collect()
    assert batch.valid.tolist() == [[True, True], [False, False]] * 3
    assert (
        batch.episode_starts.tolist() == [[True, True], [False, False]] * 3
    )  # the gap shows the old episode's last sight
    assert (batch.returns[~batch.valid] == 0).all()
    torch.testing.assert_close(batch.returns[batch.valid].abs(), torch.ones(6))
    assert batch.flat().actions.shape == (1, 6) and len(finished) == 6


def test_an_iteration_begins_where_the_last_one_ended():
    whole, parts = (PPO(Recall, quick(num_envs=3, num_steps=ticks, seed=4)) for ticks in (8, 4))
    whole._begin(), parts._begin()
    one = whole.collect()[0]
    two, three = parts.collect()[0], parts.collect()[0]
    for name in ("obs", "episode_starts", "valid", "actions", "log_probs"):
        assert torch.equal(
            getattr(one, name), torch.cat([getattr(two, name), getattr(three, name)])
        )


class Masked(gymnasium.Env):
    """Four actions, of which the two that pay most are forbidden."""

    observation_space, action_space = spaces.Discrete(1), spaces.Discrete(4)
    mask = np.array([True, True, False, False])

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return 0, {"action_mask": self.mask}

    def step(self, action):
        assert self.mask[action], "a forbidden action was chosen"
        return 0, float(action), True, False, {"action_mask": self.mask}


def test_forbidden_actions_are_never_chosen():
    learner = PPO(Masked, quick())
    learner.learn(2_000)
    assert play(learner.policy, Masked, 20).returns.mean() == 1.0
    vector = SyncVectorEnv([Masked] * 4, autoreset_mode=AutoresetMode.NEXT_STEP)
    assert play(learner.policy, vector, 20, greedy=False).returns.min() >= 0


def test_the_loss_is_the_formula_of_the_paper():
    with seeded(1):
        learner = PPO(Recall, quick(clip_coef=0.2, vf_coef=0.5, ent_coef=0.1))
    learner._begin()
    batch, _ = learner.collect()
    part = batch.flat()
    part.log_probs = part.log_probs + 0.3 * torch.randn(
        part.log_probs.shape, generator=learner.generator
    )
    loss, notes = learner.loss(part)
    logits, values, _ = learner.policy(part.obs, None, None)
    probabilities = logits[0].softmax(-1)
    rows = torch.arange(part.actions.shape[1])
    ratio = probabilities[rows, part.actions[0]] / part.log_probs[0].exp()
    advantage = (part.advantages[0] - part.advantages[0].mean()) / part.advantages[0].std(
        correction=0
    )
    gain = torch.minimum(ratio * advantage, ratio.clip(0.8, 1.2) * advantage).mean()
    error = 0.5 * ((values[0] - part.returns[0]) ** 2).mean()
    random = -(probabilities * probabilities.log()).sum(-1).mean()
    torch.testing.assert_close(loss, -gain + 0.5 * error - 0.1 * random)
    assert 0 < float(notes["clip_fraction"]) < 1


@pytest.mark.parametrize("policy", [MLPPolicy, GRUPolicy])
def test_a_resumed_run_gives_the_same_numbers(policy):
    config = quick(num_envs=4, num_steps=8, scale_returns=True, seed=3)
    straight, first, second = (PPO(Recall, config, policy) for _ in range(3))
    straight.learn(64), straight.learn(64)
    first.learn(64)
    second.load_state_dict(first.state_dict())
    second.learn(64)
    assert straight.curve.entropy[2:] == second.curve.entropy
    for one, two in zip(straight.policy.parameters(), second.policy.parameters(), strict=True):
        assert torch.equal(one, two)


def test_the_seed_decides_everything_and_leaves_other_generators_alone():
    torch.manual_seed(5)
    runs = [PPO(Recall, quick(num_envs=4, num_steps=8, seed=seed)) for seed in (3, 3, 4)]
    losses = [run.learn(64).value_loss for run in runs]
    assert losses[0] == losses[1] != losses[2]
    after = torch.rand(1)
    torch.manual_seed(5)
    assert torch.equal(after, torch.rand(1))


def test_choices_follow_the_softmax():
    logits = torch.tensor([[0.0, 1.0, 2.0]]).expand(20_000, 3)
    counts = torch.bincount(choose(logits, torch.Generator().manual_seed(0)), minlength=3) / 20_000
    torch.testing.assert_close(counts, logits[0].softmax(-1), atol=0.015, rtol=0)
    assert choose(masked(logits, logits < 2)).unique().tolist() == [1]


def test_every_environment_contributes_as_many_episodes():
    class Fixed(Clock):
        made = 0

        def __init__(self):
            Fixed.made += 1
            self.long = 2 if Fixed.made % 2 else 20

        def step(self, action):
            self.clock += 1
            return 1, 1.0, self.clock == self.long, False, {}

    played = play(MLPPolicy(Clock.observation_space, Clock.action_space), Fixed, 10, num_envs=2)
    assert sorted(played.returns.tolist()) == [2.0] * 5 + [20.0] * 5


# Any number of hosts


def table(hosts, seed=0):
    seen = torch.rand(1, 3, hosts, 7, generator=torch.Generator().manual_seed(seed))
    seen[..., 0] = 1
    return seen


def entity(slots=5):
    box = spaces.Box(0, 1, (slots, 7), np.float32)
    with seeded(2):
        policy = entity_policy()(box, spaces.Discrete(2 * slots + 1))
    for parameter in policy.parameters():  # the tiny first logits would hide a mistake
        parameter.data += 0.1
    return policy


def test_renaming_hosts_renames_their_actions_and_leaves_the_value_alone():
    policy, seen, order = entity(), table(5), torch.tensor([3, 0, 4, 1, 2])
    logits, values, _ = policy(seen)
    renamed, same, _ = policy(seen[:, :, order])
    torch.testing.assert_close(
        renamed, logits[..., torch.cat([order, order + 5, torch.tensor([10])])]
    )
    torch.testing.assert_close(same, values)


def test_empty_slots_change_nothing():
    policy, seen = entity(), table(5)
    logits, values, _ = policy(seen)
    padded = torch.cat([seen, torch.zeros(1, 3, 4, 7)], 2)
    more, same, _ = policy(padded)
    torch.testing.assert_close(same, values)
    torch.testing.assert_close(more[..., [*range(5), *range(9, 14), 18]], logits)


def test_the_same_weights_serve_any_number_of_hosts():
    policy = entity()
    for hosts in (1, 2, 30):
        assert policy(table(hosts))[0].shape == (1, 3, 2 * hosts + 1)
    assert torch.isfinite(policy(torch.zeros(1, 1, 4, 7))[0]).all()  # even an empty network


def test_pooling_means_over_the_hosts_that_are_there():
    hosts = torch.tensor([[1.0, 10.0], [3.0, 30.0], [99.0, 99.0]])
    present = torch.tensor([True, True, False])
    assert mean_over_present(hosts, present).tolist() == [2.0, 20.0]
    assert mean_over_present(hosts, ~present & present).tolist() == [0.0, 0.0]


# What does not fit


def test_what_does_not_fit_is_said():
    with pytest.raises(ValueError, match="clip_coef=0"):
        PPOConfig(clip_coef=0)
    with pytest.raises(ValueError, match="discount=2"):
        PPOConfig(discount=2)
    with pytest.raises(ValueError, match="NEXT_STEP"):
        PPO(SyncVectorEnv([Recall] * 2, autoreset_mode=AutoresetMode.SAME_STEP))
    with pytest.raises(ValueError, match="vector environment or a function"):
        as_vector_env(Recall(), 2)
    with pytest.raises(ValueError, match="Discrete"):
        MLPPolicy(Recall.observation_space, Recall.observation_space)
    with pytest.raises(ValueError, match="5 actions do not fit 3 slots"):
        entity_policy()(spaces.Box(0, 1, (3, 7)), spaces.Discrete(5))
    with pytest.raises(ValueError, match="not shape"):
        PPO(Recall, policy=entity_policy())


def test_a_loss_that_is_no_number_stops_the_run():
    learner = PPO(Recall, quick(num_envs=2, num_steps=4))
    learner._begin()
    batch: Batch = learner.collect()[0]
    batch.returns[:] = float("nan")
    with pytest.raises(ValueError, match="no longer finite"):
        learner.update(batch)
