"""The trainer: what is learned from, credit across levels, one update against a plain reference,
runs that go on."""

import copy
import csv
import errno
import json
import os
import shutil
import signal
import subprocess
from dataclasses import asdict

import numpy as np
import pytest
import torch

from course_lib import commands
from course_lib.commands import train as command
from course_lib.commands import venv
from course_lib.cyber_range import VectorRange
from course_lib.hierarchy import (
    NONE,
    STANDARD,
    THREE_LAYER,
    TWO_LAYER,
    HierarchicalDefender,
    PolicyConfig,
    Team,
    TeamConfig,
    Tree,
    UnitConfig,
)
from course_lib.hierarchy.checksum import sha256_of
from course_lib.hierarchy.spaces import ACTION_CLASS, PRIORITY, PROCESS
from course_lib.learners.ppo_loss import RunningMeanStd
from course_lib.training import runs
from course_lib.training.baselines import FlatConfig, FlatDefender, FlatTeam
from course_lib.training.checkpoint import load_checkpoint, save_checkpoint
from course_lib.training.config import CONFIGS, TrainConfig, get_config
from course_lib.training.critic import SUMMARY, Critic, summary, zones_seen
from course_lib.training.curve import read_curve
from course_lib.training.groups import CommandGroup, LeafGroup, Samples, entropy
from course_lib.training.ppo_update import update
from course_lib.training.pretrained import SHIPPED, WEIGHTS_FOLDER, load_policy
from course_lib.training.rewards import RewardConfig
from course_lib.training.rollout_buffer import Rollout, SampleLog, make_batch
from course_lib.training.saving import load_defender, save_defender, write_defender
from course_lib.training.trainer import (
    FIRST_SEED,
    SEEDS_EACH,
    Trainer,
    agent_groups,
    training_seeds,
)

torch.set_num_threads(1)
SMALL = {
    "num_envs": 4,
    "num_steps": 30,
    "iterations": 4,
    "minibatch_size": 64,
    "epochs": 2,
    "precision": "float32",
}
TINY = {**SMALL, "num_steps": 6, "epochs": 1}
FLAT = {"flat": "none", "singh-expert": "expert", "singh-learned": "learned"}
KINDS = ["two-layer", "three-layer", "per-unit", "per-zone", *FLAT]


def defender(kind="three-layer", doctrine=STANDARD, **unit):
    if kind in FLAT:
        return FlatDefender(FlatTeam(FlatConfig(FLAT[kind], hidden=32)))
    small = TeamConfig(
        UnitConfig(policy=PolicyConfig(hidden=32), **unit),
        "unit" if kind == "per-unit" else "level",
    )
    tree = TWO_LAYER if kind in ("two-layer", "per-unit") else THREE_LAYER
    return HierarchicalDefender(
        Team(tree, small), doctrine, "per-zone" if kind == "per-zone" else "official"
    )


def trainer(kind="three-layer", rewards=None, custom=None, doctrine=STANDARD, seed=0, **changes):
    """A small trainer; episodes have 39 ticks, so that some end within a rollout of 30."""
    return Trainer(
        defender(kind, doctrine),
        rewards,
        TrainConfig(**{**SMALL, **changes}),
        seed,
        custom,
        steps=40,
    )


def weights(made):
    return torch.cat([p.detach().flatten() for p in made.team.parameters()])


def batches(made):
    """(group, its batch) after one rollout of a trainer."""
    collected = made.collect()
    rollout, logs = collected.rollout, collected.logs
    found = []
    for group in made.groups:
        if logs[group.name].samples:
            zones = made.defender.zones[group.units] if group.own_message else None
            own = (
                made.critics[group.name],
                made.scales[group.name],
                zones,
                made.config.discount,
                made.config.gae_lambda,
            )
            found.append((group, make_batch(group, logs[group.name], rollout, *own)))
    return found


# what is learned from


@pytest.mark.parametrize("kind", KINDS)
def test_every_stream_recomputes_the_log_probabilities_of_the_rollout(kind):
    made = trainer(kind)
    with torch.no_grad():  # weights away from their start, where everything is nearly uniform
        for p in made.defender.team.parameters():
            p.add_(
                0.3
                * torch.randn(p.shape, generator=torch.Generator().manual_seed(p.numel()))
                * p.abs().mean()
            )
    names = []
    for group, batch in batches(made):
        log_prob, entropies = group.evaluate(batch.data, batch.unit_idx)
        torch.testing.assert_close(log_prob, batch.log_prob, atol=2e-5, rtol=1e-4)
        assert torch.isfinite(entropies).all() and (entropies >= -1e-6).all() and log_prob.std() > 0
        mixed = torch.randperm(len(batch), generator=torch.Generator().manual_seed(0))[
            : len(batch) // 2
        ]
        part = {name: values[mixed] for name, values in batch.data.items()}
        torch.testing.assert_close(group.evaluate(part, batch.unit_idx[mixed])[0], log_prob[mixed])
        names.append(group.name)
    wanted = {
        "two-layer": ["leaves", "commands 2", "choice of commander"],
        "per-unit": ["leaves", "commands 2", "choice of commander"],
        "three-layer": ["leaves", "commands 2", "commands 3", "choice of headquarters"],
        "per-zone": ["leaves", "commands 2", "commands 3"],
    }
    assert names == wanted.get(kind, ["zone agents", "headquarters agents"])


@pytest.mark.parametrize("kind", ["three-layer", "per-zone", "flat"])
def test_busy_agents_give_no_samples_and_free_ones_one_each(kind):
    policy = defender(kind)
    world = VectorRange(4, policy.defenders, 3, "message")
    policy.reset(3)
    obs, info = world.reset()
    groups = agent_groups(policy)
    acting = [s for s in groups if s.own_message or kind == "flat"]
    owner = policy.layout.owner if kind == "flat" else policy.owner
    seen_busy = 0
    for _ in range(12):
        free = info["busy"] == 0
        done = policy.decide_all(obs, info)
        given = np.zeros_like(free, int)
        for group in acting:
            for part in group.samples(done):
                np.add.at(given, (part.env_idx, owner[group.units[part.unit_idx]]), 1)
        np.testing.assert_array_equal(given, free)
        seen_busy += (~free).sum()
        obs, _, _, _, info = world.step(done.actions)
    assert seen_busy > 20


def test_impossible_actions_have_no_chance_a_finite_entropy_and_no_gradient():
    made = defender("per-zone", NONE)
    group = LeafGroup(made)
    rows = 5
    allowed = torch.zeros(rows, 82, dtype=torch.bool)
    allowed[:, [3, 40, 81]] = True
    allowed[0] = False
    allowed[0, 49] = True  # a single action left: nothing to choose
    data = {
        "phase": torch.zeros(rows), "command": torch.ones(rows, 8), "message": torch.rand(rows, 76),
        "ioc": torch.zeros(rows), "doctrine": torch.zeros(rows, 82), "allowed": allowed,
        "chosen": torch.tensor([49, 3, 40, 81, 3]),
    }  # fmt: skip
    log_prob, entropies = group.evaluate(data, torch.zeros(rows, dtype=torch.long))
    assert (
        entropies[0] == 0
        and (entropies[1:] <= np.log(3) + 1e-6).all()
        and (entropies[1:] > 1).all()
    )
    last = group.team.unit_at(0, 0).policy_function.network[-1]
    (entropies.sum() + log_prob.sum()).backward()
    assert torch.isfinite(last.weight.grad).all()
    assert (
        last.weight.grad[~allowed.any(dim=0)].abs().max() < 1e-6
    ) and last.weight.grad.abs().max() > 1e-4


def test_the_entropy_is_that_of_the_definition():
    p = torch.tensor([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0], [0.2, 0.3, 0.5]], requires_grad=True)
    wanted = [np.log(2), 0, -sum(x * np.log(x) for x in (0.2, 0.3, 0.5))]
    np.testing.assert_allclose(entropy(p).detach(), wanted, atol=1e-6)
    entropy(p).sum().backward()
    assert torch.isfinite(p.grad).all()


def test_commands_are_decisions_of_their_tick_and_lost_commanders_make_none():
    made = defender("three-layer")
    made.lose("operational")
    world = VectorRange(3, "official", 0, "message")
    made.reset(0)
    obs, info = world.reset()
    groups, top = CommandGroup(made, 1), CommandGroup(made, 2)
    counts = []
    for _ in range(11):
        done = made.decide_all(obs, info)
        counts.append(
            [sum(len(part.env_idx) for part in group.samples(done)) for group in (groups, top)]
        )
        obs, _, _, _, info = world.step(done.actions)
    assert counts == [[6, 3]] + [[0, 0]] * 9 + [
        [6, 3]
    ]  # two of three group commanders in three environments
    assert made.team.wiring.names[groups.units[1]] == "operational"
    assert all(1 not in part.unit_idx for part in groups.samples(made.decide_all(*world.reset())))


# credit across levels


class Says:
    """A critic with a fixed value for every unit."""

    own_message = False

    def __init__(self, values):
        self.values = torch.as_tensor(values, dtype=torch.float32)
        self.seen = np.zeros((len(values), SUMMARY))

    def eval(self):
        return self

    def __call__(self, summaries, message, unit):
        return (
            self.values[unit] + summaries[:, 0]
        )  # and what it sees, so that a mixed-up tick is noticed


def credited(units, rewarded_by=None):
    """As much of a group as `make_batch` needs."""
    units = np.array(units)
    return type(
        "Stream",
        (),
        {"units": units, "rewarded_by": units[:, None] if rewarded_by is None else rewarded_by},
    )


def test_credit_of_decisions_that_last_against_sums_written_by_hand():
    """A command of tick 0 earns until tick 3, where the next is drawn; the episode of row 1 ends in
    tick 2."""
    gamma, lam, ticks = 0.9, 0.8, 5
    rewards = np.zeros((ticks, 2, 3), np.float32)
    rewards[:, 0, 2] = [1, 2, 4, 8, 16]
    rewards[:, 1, 2] = [1, 2, 4, 8, 16]
    rewards[:, :, :2] = 99  # children's pay: it must not be added a second time
    ended = np.zeros((ticks, 2), bool)
    ended[2, 1] = True
    summaries = np.zeros((ticks + 1, 2, SUMMARY), np.float32)
    summaries[..., 0] = np.arange(ticks + 1)[:, None] / 10
    final = np.full((2, SUMMARY), 7.0, np.float32)
    rollout = Rollout(
        rewards, ended, summaries, np.zeros((2, 7, 76)), {2: (final, np.zeros((2, 7, 76)))}
    )
    log = SampleLog()
    for tick in (0, 3):
        chosen = torch.tensor([tick, tick])
        log.add(
            tick, [Samples(np.array([0, 1]), np.array([0, 0]), {"chosen": chosen}, torch.zeros(2))]
        )
    group = credited([2])
    scale = RunningMeanStd()
    scale.count, scale.mean, scale.variance = (
        1.0,
        100.0,
        4.0,
    )  # the critic says V in its own units: 100 + 2 V
    batch = make_batch(group, log, rollout, Says([1.0]), scale, None, gamma, lam)

    def value(seen):
        return 100 + 2 * (1 + seen)

    late = (
        8 + gamma * 16 + gamma**2 * value(0.5) - value(0.3)
    )  # tick 3, in both rows: bootstrap after tick 4
    first = 1 + gamma * 2 + gamma**2 * 4 + gamma**3 * (value(0.3) + lam * late) - value(0.0)
    over = (
        1 + gamma * 2 + gamma**2 * 4 + gamma**3 * value(7.0) - value(0.0)
    )  # the clock ran out: its last observation
    np.testing.assert_allclose(batch.advantage, [first, over, late, late], rtol=1e-5)
    np.testing.assert_allclose(batch.value, [value(0.0)] * 2 + [value(0.3)] * 2, rtol=1e-6)
    np.testing.assert_allclose(batch.target, batch.advantage + batch.value, rtol=1e-6)
    assert batch.data["chosen"].tolist() == [0, 0, 3, 3] and len(batch) == 4


def test_where_the_end_is_the_end_nothing_is_expected_after_it():
    """The same ticks, learned from with and without a value after the end of an episode."""
    targets = []
    for bootstrap in (True, False):
        made = trainer("per-zone", bootstrap_end=bootstrap, num_steps=39, gae_lambda=1.0)
        with torch.no_grad():
            for name, critic in made.critics.items():
                critic.network[-1].weight.zero_()
                critic.network[-1].bias.fill_(
                    10.0 if name == "leaves" else 0.0
                )  # every leaf expects 10 points more
        targets.append(batches(made)[0][1].target.numpy())
    gained = np.log((targets[0] - targets[1]) / 10) / np.log(
        0.99
    )  # ticks from each decision to the end
    np.testing.assert_allclose(gained, gained.round(), atol=0.01)
    assert gained.round().min() == 1 and gained.round().max() == 39


def test_an_agent_with_three_zones_is_paid_for_all_of_them():
    made = trainer("flat", RewardConfig(scale=0, staged=0, own_share=1.0))
    collected = made.collect()
    rollout, logs = collected.rollout, collected.logs
    rollout.rewards[:] = np.arange(8)  # ADM 4, OFF 5, PAZ 6
    for group, wanted in zip(made.groups, ({0, 1, 2, 3}, {5}), strict=True):
        zones = made.defender.zones[group.units] if group.own_message else None
        own = made.critics[group.name], made.scales[group.name]
        batch = make_batch(group, logs[group.name], rollout, *own, zones, 0.0, 1.0)
        assert set(batch.target.round(decimals=4).tolist()) == wanted
        assert [list(zones) for zones in group.rewarded_by] == (
            [[0], [1], [2], [3]] if len(wanted) > 1 else [[4, 5, 6]]
        )


def test_units_of_a_stream_are_credited_apart():
    rewards = np.zeros((2, 1, 4), np.float32)
    rewards[:, 0] = [[0, 1, 5, 0], [0, 2, 6, 0]]
    rollout = Rollout(
        rewards,
        np.array([[False], [True]]),
        np.zeros((3, 1, SUMMARY), np.float32),
        np.zeros((1, 7, 76)),
        {1: (np.zeros((1, SUMMARY), np.float32), np.zeros((1, 7, 76)))},
    )
    log = SampleLog()
    log.add(0, [Samples(np.array([0, 0]), np.array([0, 1]), {}, torch.zeros(2))])
    log.add(1, [Samples(np.array([0]), np.array([1]), {}, torch.zeros(1))])
    group = credited([1, 2])
    batch = make_batch(group, log, rollout, Says([0.0, 0.0]), RunningMeanStd(), None, 0.5, 1.0)
    assert batch.unit_idx.tolist() == [0, 1, 1]
    assert batch.target.tolist() == [1 + 0.5 * 2, 5 + 0.5 * 6, 6]


def test_what_critics_see():
    raw = np.zeros((1, 7, 76), np.int8)
    raw[0, 2, PROCESS.start : PROCESS.start + 3] = 1  # three process events in RZB
    raw[0, 6, PRIORITY.start] = 2  # a user-level file in PAZ
    raw[0, :, 0] = 1
    seen = summary(raw, np.array([125]), 500)[0]
    assert np.flatnonzero(seen).tolist() == [12, 39, 43, 45]
    assert seen[[12, 39, 43, 45]].tolist() == [0.75, 0.25, 1, 0.25]
    local = zones_seen([np.array([2]), np.array([4, 5, 6])])
    assert (
        local.sum(axis=1).tolist() == [6 + 4, 18 + 4]
        and local[0, 12:18].all()
        and local[1, 24:].all()
    )
    torch.manual_seed(0)
    critic = Critic(local, own_message=False, noise=1.0).eval()
    other = torch.as_tensor(seen)[None].clone()
    other[0, 39] = 5.0  # what happens in PAZ is none of RZB's business
    unit, messages = torch.tensor([0]), torch.zeros(1, 76)
    assert critic(torch.as_tensor(seen)[None], messages, unit) == critic(other, messages, unit)
    assert critic(torch.as_tensor(seen)[None], messages, unit + 1) != critic(
        other, messages, unit + 1
    )
    critic.train()
    assert critic(other, messages, unit) != critic(other, messages, unit)


# one update


def tiny_config(**changes):
    return TrainConfig(
        **{**SMALL, "epochs": 1, "minibatch_size": 10**6, "target_kl": 0.0, **changes}
    )


def plain_pi(network, data):
    """The leaves' distribution, written out again: softmax, command, doctrine, mask."""
    base = torch.softmax(network(data["message"]), dim=1)
    obeyed = base * data["command"][:, torch.as_tensor(ACTION_CLASS)]
    fires = (data["doctrine"].sum(dim=1) > 0).float()
    weight = ((0.8 + 0.2 * data["ioc"] * (1 - 0.8)) * fires)[:, None]
    kept = ((1 - weight) * obeyed + weight * data["doctrine"]) * data["allowed"]
    return kept / kept.sum(dim=1, keepdim=True)


def adam_by_hand(parameter, gradient, rate):
    """The first step of Adam: both averages, corrected, are the gradient and its square."""
    return parameter - rate * gradient / (gradient.abs() + 1e-5)


def test_one_update_is_that_of_the_formulas():
    """Clipped loss, entropy, squared error in scaled units, limited gradient, Adam: against a plain
    reference."""
    made = trainer(
        "per-zone", epochs=1, minibatch_size=10**6, ent_coef=0.03, clip_coef=0.1, max_grad_norm=0.05
    )
    (group, batch), *_ = batches(made)
    torch.manual_seed(1)
    batch = copy.copy(batch)
    batch.log_prob = batch.log_prob + 0.2 * torch.randn(
        len(batch)
    )  # as if the policy had moved: clips matter
    unit = made.defender.team.unit_at(0, 0)
    network, critic = (
        copy.deepcopy(unit.policy_function.network),
        copy.deepcopy(made.critics["leaves"]),
    )
    own = [*network.parameters(), *critic.parameters()]
    pi = plain_pi(network, batch.data)
    ratio = pi.gather(1, batch.data["chosen"][:, None])[:, 0].log().sub(batch.log_prob).exp()
    advantage = (batch.advantage - batch.advantage.mean()) / batch.advantage.std(correction=0)
    gain = torch.where(advantage > 0, ratio.clamp(max=1.1), ratio.clamp(min=0.9)) * advantage
    uncertain = -torch.where(pi > 0, pi * pi.clamp(min=1e-30).log(), 0.0).sum(dim=1)
    target = (batch.target - batch.target.mean()) / batch.target.std(correction=0)
    error = critic(batch.summaries, batch.data["message"], batch.unit_idx) - target
    loss = -gain.mean() - 0.03 * uncertain.mean() + 0.5 * error.square().mean()
    gradients = torch.autograd.grad(loss, own)
    length = torch.sqrt(sum(g.square().sum() for g in gradients))
    assert length > made.config.max_grad_norm  # so that the limit is tested too
    limited = [g * made.config.max_grad_norm / length for g in gradients]
    wanted = [
        adam_by_hand(p.detach(), g, made.config.learning_rate)
        for p, g in zip(own, limited, strict=True)
    ]

    said = update(
        group,
        made.critics["leaves"],
        made.scales["leaves"],
        batch,
        made.optimisers[0],
        made.config,
        made.generator,
    )
    got = [*unit.policy_function.network.parameters(), *made.critics["leaves"].parameters()]
    for mine, theirs in zip(got, wanted, strict=True):
        torch.testing.assert_close(mine.detach(), theirs, atol=2e-5, rtol=1e-4)
    kl = (ratio - 1 - ratio.log()).mean()
    outside = ((ratio - 1).abs() > 0.1).float().mean()
    found = [said.policy_loss, said.value_loss, said.entropy, said.kl, said.clip_fraction]
    expected = [-gain.mean(), 0.5 * error.square().mean(), uncertain.mean(), kl, outside]
    np.testing.assert_allclose(found, [float(e.detach()) for e in expected], rtol=1e-3, atol=1e-5)
    assert 0.2 < said.clip_fraction < 0.9
    spread = float(batch.target.var(correction=0))
    assert said.explained == pytest.approx(
        1 - float((batch.target - batch.value).var(correction=0)) / spread, abs=1e-4
    )


def test_the_first_step_finds_ratio_one_and_many_steps_stop_at_the_target_kl():
    made = trainer("two-layer", epochs=1, minibatch_size=10**6)
    (group, batch), *_ = batches(made)
    said = made.critics["leaves"], made.scales["leaves"]
    first = update(group, *said, batch, made.optimisers[0], made.config, made.generator)
    assert abs(first.kl) < 1e-6 and first.clip_fraction == 0
    steps = []
    for limit in (0.0, 1e-9):
        made = trainer(
            "two-layer", epochs=6, minibatch_size=10**6, target_kl=limit, learning_rate=3e-3
        )
        (group, batch), *_ = batches(made)
        said = made.critics["leaves"], made.scales["leaves"]
        far = update(group, *said, batch, made.optimisers[0], made.config, made.generator)
        steps.append(
            int(made.optimisers[0].state[next(iter(made.critics["leaves"].parameters()))]["step"])
        )
    assert (
        steps == [6, 2] and far.kl > 0
    )  # the first epoch's single step begins where the batch was collected


def test_the_superiors_loss_reaches_its_message_function_and_nobody_elses():
    made = trainer("three-layer")
    by_name = {group.name: (group, batch) for group, batch in batches(made)}
    team = made.defender.team
    for name, level in (
        ("commands 2", 1),
        ("commands 3", 2),
        ("choice of headquarters", 1),
        ("leaves", 0),
    ):
        group, batch = by_name[name]
        team.zero_grad(set_to_none=True)
        log_prob, _ = group.evaluate(batch.data, batch.unit_idx)
        (log_prob * torch.linspace(-1, 1, len(batch))).sum().backward()
        touched = {
            k for k in range(3) if any(p.grad is not None for p in team.unit_at(k, 0).parameters())
        }
        assert touched == {level}, name
        phi = [
            p for p in team.unit_at(level, 0).message_function.parameters() if p.grad is not None
        ]
        reaches = any(p.grad.abs().max() > 0 for p in phi)
        assert reaches == (level > 0), name
        if name.startswith("commands"):
            assert (
                team.unit_at(level, 0)
                .message_function.layers[0]
                .query_key_value.weight.grad.abs()
                .max()
                > 0
            )


def test_every_level_learns_with_its_own_optimiser_and_only_from_its_own_decisions():
    made = trainer("three-layer")
    owned = {
        level: {id(p) for g in o.param_groups for p in g["params"]}
        for level, o in made.optimisers.items()
    }
    assert sorted(owned) == [0, 1, 2]
    assert not owned[0] & owned[1] and not owned[1] & owned[2] and not owned[0] & owned[2]
    everything = {id(p) for p in made.defender.team.parameters()}
    everything |= {id(p) for critic in made.critics.values() for p in critic.parameters()}
    assert set().union(*owned.values()) == everything
    before = weights(made.defender)
    record = made.step()
    assert set(record.groups) == {"leaves", "commands 2", "commands 3", "choice of headquarters"}
    assert (
        not torch.equal(before, weights(made.defender))
        and record.decisions > 100
        and record.steps == 120
    )
    assert sum(record.seconds.values()) > 0 and set(record.seconds) == {"engine", "team", "update"}


def test_the_learning_rate_falls_to_zero_or_stays():
    for anneal, wanted in ((True, [1e-3, 5e-4]), (False, [1e-3, 1e-3])):
        made = trainer("flat", **{**TINY, "iterations": 2, "anneal_lr": anneal})
        rates = []
        for _ in made.run():
            rates += [group["lr"] for group in made.optimisers[0].param_groups]
        assert rates == pytest.approx(wanted)


# configurations


def test_the_papers_configuration_by_name():
    paper = get_config("paper")
    assert (paper.learning_rate, paper.discount, paper.minibatch_size, paper.epochs) == (
        1e-3,
        0.99,
        8192,
        15,
    )
    assert (
        paper.clip_coef,
        paper.iterations,
        paper.num_envs * paper.num_steps,
        paper.anneal_lr,
    ) == (
        0.3,
        200,
        32768,
        False,
    )
    assert paper.total_steps == 6_553_600 and CONFIGS["study"].total_steps >= 1_500_000
    assert PolicyConfig().hidden == 256


@pytest.mark.parametrize(
    ("name", "changes", "says"),
    [
        ("best", {}, "config=.best. is unknown"),
        ("fast", {"speed": 3}, "no such field"),
        ("fast", {"epochs": 0}, "epochs=0"),
        ("fast", {"critic": "global"}, "allowed: central, local"),
        ("fast", {"precision": "int8"}, "allowed: float32, bfloat16"),
    ],
)
def test_a_wrong_choice_is_one_line(name, changes, says):
    with pytest.raises(ValueError, match=says) as error:
        get_config(name, **changes)
    assert "\n" not in str(error.value)


# going on


@pytest.mark.parametrize("kind", ["three-layer", "per-unit", "singh-learned"])
def test_a_resumed_training_gives_the_very_same_numbers(kind, tmp_path):
    """Stopped in mid-episode (39 ticks an episode, 30 a rollout), with shaping that remembers."""
    rewards = RewardConfig(potential=0.3, zone_share=0.5)
    whole = trainer(kind, rewards)
    records = [whole.step() for _ in range(4)]
    stopped = trainer(kind, rewards)
    for _ in range(2):
        stopped.step()
    save_checkpoint(stopped, tmp_path / "checkpoint.pt")
    again = trainer(kind, rewards)
    load_checkpoint(again, tmp_path / "checkpoint.pt")
    assert again.iteration == 2
    for record in records[2:]:
        repeated = again.step()
        assert repeated.terms == record.terms and repeated.groups == record.groups
        assert (
            repeated.scores.tolist() == record.scores.tolist()
            and repeated.decisions == record.decisions
        )
    assert torch.equal(weights(again.defender), weights(whole.defender))
    assert sum(len(record.scores) for record in records[2:]) > 0
    assert os.listdir(tmp_path) == ["checkpoint.pt"]


def test_training_depends_on_its_seed_alone():
    """Also with noise on the critics' inputs, and whatever else has drawn random numbers."""
    losses = []
    for state, seed in ((1, 0), (2, 0), (2, 1)):
        torch.manual_seed(state)
        made = trainer("flat", **{**TINY, "value_noise": 0.5}, seed=seed)
        losses.append([made.step().groups["zone agents"].value_loss for _ in range(2)])
    assert losses[0] == losses[1] and losses[0] != losses[2]


def test_commands_that_nobody_draws_cannot_be_learned():
    with pytest.raises(ValueError, match="train with 'sample'"):
        Trainer(defender("two-layer", command_from="shares"), config=TrainConfig(**TINY))


def test_a_checkpoint_that_does_not_belong_is_one_line(tmp_path):
    made = trainer(**TINY)
    made.step()
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(made, path)
    for other, says in (
        (trainer(**TINY, seed=1), "another training: seed is 0, wanted 1"),
        (trainer("two-layer", **TINY), "another training: tree is"),
        (trainer("flat", **TINY), "another training: tree is"),
        (
            trainer(**{**TINY, "clip_coef": 0.1}),
            'another training: config is {"clip_coef": 0.2}, wanted {"clip_coef": 0.1}',
        ),
        (
            trainer(rewards=RewardConfig(local=1), **TINY),
            'rewards is {"local": 0.2}, wanted {"local": 1}',
        ),
        (trainer(doctrine=NONE, **TINY), "another training: doctrine is"),
        (trainer(custom=lambda *_: 0, **TINY), "another training: custom_reward is null"),
        (
            Trainer(defender(), None, TrainConfig(**{**SMALL, **TINY}), steps=30),
            'range is {"steps": 40}, wanted {"steps": 30}',
        ),
    ):
        assert says in refused(load_checkpoint, other, path)
    whole = path.read_bytes()
    for damage in (whole[: len(whole) // 2], b"", b"hello", whole[:-4000] + bytes(4000)):
        path.write_bytes(damage)
        assert "no training checkpoint, or it is damaged" in refused(
            load_checkpoint, trainer(**TINY), path
        )
    torch.save({"text": "{}"}, path)
    assert "another training: format is null" in refused(load_checkpoint, trainer(**TINY), path)
    path.write_bytes(whole)
    record = torch.load(path, weights_only=True)
    for part in ("range", "team", "optimisers", "defender"):
        torch.save({name: value for name, value in record.items() if name != part}, path)
        assert "its parts do not fit together" in refused(load_checkpoint, trainer(**TINY), path)
    record["range"]["state"] = record["range"]["state"][:-8]
    torch.save(record, path)
    assert "its parts do not fit together" in refused(load_checkpoint, trainer(**TINY), path)


def refused(function, *arguments):
    with pytest.raises(ValueError) as error:
        function(*arguments)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_loss_that_is_no_number_stops_the_training_with_a_line_and_sound_weights():
    made = trainer(
        **TINY, custom=lambda before, after, finished, team: np.full((len(team), 7), np.nan)
    )
    assert "training has diverged" in refused(made.step)
    made = trainer("two-layer", **TINY)
    with torch.no_grad():
        made.critics["leaves"].network[-1].bias.fill_(torch.nan)
    before = weights(made.defender)
    with pytest.raises((FloatingPointError, ValueError), match="diverged"):
        made.step()
    assert torch.equal(before, weights(made.defender))


def test_nan_in_the_loss_itself():
    made = trainer("two-layer", **TINY)
    (group, batch), *_ = batches(made)
    batch.advantage[3] = torch.nan
    before, own = weights(made.defender), (made.critics["leaves"], made.scales["leaves"])
    with pytest.raises(FloatingPointError, match="not a finite number.*smaller learning rate"):
        update(group, *own, batch, made.optimisers[0], made.config, made.generator)
    assert torch.equal(before, weights(made.defender))


def test_nan_in_the_gradient_under_a_finite_loss():
    made = trainer("two-layer", **TINY)
    (group, batch), *_ = batches(made)
    weight = next(made.critics["leaves"].parameters())
    weight.register_hook(lambda gradient: gradient * torch.nan)
    before, own = weights(made.defender), (made.critics["leaves"], made.scales["leaves"])
    with pytest.raises(FloatingPointError, match="gradient is not a finite number"):
        update(group, *own, batch, made.optimisers[0], made.config, made.generator)
    assert torch.equal(before, weights(made.defender)) and torch.isfinite(weight).all()


# saving a defender


@pytest.mark.parametrize("kind", ["three-layer", "per-unit", "per-zone", "flat", "singh-learned"])
def test_a_saved_defender_plays_the_same(kind, tmp_path):
    made = defender(kind)
    with torch.no_grad():
        for p in made.team.parameters():
            p.mul_(1.5)
    save_defender(made, tmp_path / "policy.pt", {"score": -150})
    loaded = load_defender(tmp_path / "policy.pt")
    assert (
        loaded.about == {"score": -150}
        and loaded.defenders == made.defenders
        and type(loaded) is type(made)
    )
    assert loaded.team.tree == made.team.tree and loaded.team.config == made.team.config
    assert loaded.doctrine == made.doctrine
    for mine, theirs in zip(made.team.parameters(), loaded.team.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, atol=1e-6, rtol=1e-3)
        mine.data = (
            theirs.data.clone()
        )  # half precision may tip a draw; with its rounding nothing may differ
    assert played(made) == played(loaded)


def test_a_flat_team_is_not_read_as_seven_defenders(tmp_path):
    save_defender(defender("flat"), tmp_path / "policy.pt")
    assert "five official defenders, not 'per-zone'" in refused(
        load_defender, tmp_path / "policy.pt", "per-zone"
    )


def played(policy):
    world = VectorRange(2, policy.defenders, 8, "message")
    policy.reset(8)
    obs, info = world.reset()
    actions = []
    for _ in range(25):
        actions.append(policy.act_batch(obs, info).tolist())
        obs, _, _, _, info = world.step(np.array(actions[-1]))
    return actions


def test_a_file_that_is_no_defender_is_one_line(tmp_path):
    path = tmp_path / "policy.pt"
    assert "does not exist" in refused(load_defender, path)
    save_defender(defender("two-layer"), path)
    whole, record = path.read_bytes(), torch.load(path, weights_only=True)
    for damage in (whole[:-500], b"", b"PK hello"):
        path.write_bytes(damage)
        assert "not a saved hierarchy, or it is damaged" in refused(load_defender, path)
    for text, says in (
        ("[]", "lacks the entry"),
        ("{}", "lacks the entry"),
        (record["text"].replace('"version": 1', '"version": 9'), "has version 9"),
        (record["text"].replace('"RZA"', '"cellar"'), "its checksum differs"),
        (record["text"].replace('"hidden": 32', '"hidden": 16'), "its checksum differs"),
        (record["text"].replace('"share"', '"shore"'), "its checksum differs"),
    ):
        torch.save({"text": text, "weights": record["weights"]}, path)
        assert says in refused(load_defender, path)
    torch.save({"text": record["text"], "weights": {}}, path)
    assert "its checksum differs" in refused(load_defender, path)


def test_a_whole_file_whose_parts_do_not_belong_together_is_one_line(tmp_path):
    """Their checksum is right, so somebody made them like that."""
    path, three = tmp_path / "policy.pt", tmp_path / "three.pt"
    save_defender(defender("two-layer"), path)
    save_defender(defender("three-layer"), three)
    text, own = parts_of(path)
    _, other = parts_of(three)
    for changed, says in (
        (text.replace('"RZA"', '"cellar"'), "leaf 'cellar' is no zone of the range"),
        (text.replace('"hidden": 32', '"hidden": 16'), "weights or choices do not fit"),
        (text.replace('"share"', '"shore"'), "weights or choices do not fit"),
    ):
        write_defender(path, json.loads(changed), own)
        assert says in refused(load_defender, path)
    for weights_of_others in ({}, other):
        write_defender(path, json.loads(text), weights_of_others)
        assert "do not fit its command tree" in refused(load_defender, path)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda tensor: tensor * torch.nan, "not finite numbers"),
        (lambda tensor: tensor + torch.inf, "not finite numbers"),
        (lambda tensor: tensor.int(), "not floating point numbers"),
        (lambda tensor: tensor.to(torch.complex64), "not floating point numbers"),
        (lambda tensor: "heavy", "not floating point numbers"),
    ],
)
@pytest.mark.parametrize("with_checksum", [True, False])
def test_weights_that_are_no_finite_numbers_are_not_played(spoil, says, with_checksum, tmp_path):
    path = tmp_path / "policy.pt"
    save_defender(defender("two-layer"), path)
    text, own = parts_of(path)
    name = list(own)[3]
    own[name] = spoil(own[name])
    if with_checksum:
        write_defender(path, json.loads(text), own)
    else:  # as versions of the course before the checksum wrote it
        torch.save({"text": text, "weights": own}, path)
    assert says in refused(load_defender, path)


def test_a_flipped_bit_of_a_weight_is_noticed(tmp_path):
    path = tmp_path / "policy.pt"
    save_defender(defender("two-layer"), path)
    record = torch.load(path, weights_only=True)
    next(iter(record["weights"].values())).view(torch.int16)[0] ^= 1
    torch.save(record, path)
    assert "its checksum differs" in refused(load_defender, path)


def test_weights_that_have_diverged_are_not_saved(tmp_path):
    made = defender("two-layer")
    with torch.no_grad():
        next(made.team.parameters())[0] = 1e30  # beyond half precision
    assert "not finite numbers" in refused(save_defender, made, tmp_path / "policy.pt")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", SHIPPED)
def test_the_weights_of_the_course_have_a_checksum(name):
    record = torch.load(WEIGHTS_FOLDER / f"{name}.pt", weights_only=True)
    assert len(json.loads(record["text"])["sha256"]) == 64
    assert load_policy(name).about["spec"]["config"] == "study"


def parts_of(path):
    """The text of a saved defender without its checksum, and its weights."""
    record = torch.load(path, weights_only=True)
    text = json.loads(record["text"])
    text.pop("sha256")
    return json.dumps(text), record["weights"]


class Evil:
    def __reduce__(self):
        return os.system, ("true",)


@pytest.mark.parametrize(
    "load", [load_defender, lambda path: load_checkpoint(trainer(**TINY), path)]
)
def test_a_strangers_file_runs_no_code(load, tmp_path, monkeypatch):
    called = []
    torch.save({"text": Evil(), "weights": {}}, tmp_path / "evil.pt")
    monkeypatch.setattr(os, "system", called.append)
    assert "damaged" in refused(load, tmp_path / "evil.pt")
    assert called == []


# runs in a folder


def spec(structure="two-layer", **changes):
    made = {
        "policy": {} if structure in runs.FLAT else {"hidden": 16},
        "training": {**TINY, "iterations": 7},
    }
    return runs.RunSpec(structure, config="fast", **{**made, **changes})


KILLED = """
import os, signal, sys
import torch
from course_lib.training import runs
torch.set_num_threads(1)

def kill(record, trainer):
    if record.iteration == 6:
        os.kill(os.getpid(), signal.SIGKILL)

runs.train(runs.read_spec(sys.argv[1]), sys.argv[1], kill)
"""


@pytest.mark.skipif(
    not hasattr(signal, "SIGKILL"), reason="this system cannot kill a process at once"
)
def test_a_killed_training_goes_on_to_the_same_end(tmp_path, python):
    whole = runs.train(spec(), tmp_path / "whole")
    (tmp_path / "killed").mkdir()
    (tmp_path / "killed" / "spec.json").write_text((tmp_path / "whole" / "spec.json").read_text())
    root = venv.ROOT
    ran = subprocess.run(
        [python, "-c", KILLED, str(tmp_path / "killed")], cwd=root, capture_output=True, timeout=300
    )
    assert ran.returncode == -signal.SIGKILL, ran.stderr.decode()
    assert contents(tmp_path / "killed") == ["checkpoint.pt", "curve.csv", "spec.json"]
    seen = []
    again = runs.train(
        spec(), tmp_path / "killed", lambda record, trainer: seen.append(record.iteration)
    )
    assert seen == [7]  # from the last checkpoint, iteration 6
    assert torch.equal(weights(again.defender), weights(whole.defender))
    assert contents(tmp_path / "killed") == ["checkpoint.pt", "curve.csv", "policy.pt", "spec.json"]
    curves = [read_curve(tmp_path / name / "curve.csv") for name in ("whole", "killed")]
    assert curves[1]["iteration"].tolist() == [1, 2, 3, 4, 5, 6, 7]
    for name in curves[0]:
        if "seconds" not in name:
            np.testing.assert_array_equal(curves[0][name], curves[1][name], err_msg=name)
    assert (np.diff(curves[1]["wall_seconds"]) >= 0).all()


def contents(folder):
    """What a run leaves in its folder, besides the file that is locked while it runs."""
    return sorted(name for name in os.listdir(folder) if name != ".lock")


def interrupt(at):
    def stop(record, trainer):
        if record.iteration == at:
            raise KeyboardInterrupt

    return stop


def test_ctrl_c_keeps_what_was_learned(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        runs.train(spec(), tmp_path, interrupt(3))
    assert contents(tmp_path) == ["checkpoint.pt", "curve.csv", "policy.pt", "spec.json"]
    kept = load_defender(tmp_path / "policy.pt")
    assert kept.about["iterations"] == 3 and kept.about["spec"]["structure"] == "two-layer"
    assert set(kept.about["versions"]) == {"python", "torch", "numpy", "numba"}
    assert not torch.equal(weights(kept), weights(runs.build_defender(spec())).half().float())
    seen = []
    runs.train(spec(), tmp_path, lambda record, trainer: seen.append(record.iteration))
    assert seen == [4, 5, 6, 7]


@pytest.mark.parametrize("part", ["collect", "_learn"])
def test_ctrl_c_in_the_middle_of_an_iteration_goes_on_to_the_same_end(part, tmp_path, monkeypatch):
    """The environments have moved on, or weights were changed, and the iteration does not count
    yet."""
    whole, real = runs.train(spec(), tmp_path / "whole"), getattr(Trainer, part)

    def stop(self, *arguments):
        found = real(self, *arguments)
        if self.iteration == 3:
            raise KeyboardInterrupt
        return found

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, part, stop)
        with pytest.raises(KeyboardInterrupt):
            runs.train(spec(), tmp_path / "stopped")
    with pytest.raises(KeyboardInterrupt):
        runs.train(spec(), tmp_path / "between", interrupt(3))
    kept, between = (
        load_defender(tmp_path / name / "policy.pt") for name in ("stopped", "between")
    )
    assert kept.about["iterations"] == 3 and torch.equal(weights(kept), weights(between))
    again = runs.train(spec(), tmp_path / "stopped")
    assert torch.equal(weights(again.defender), weights(whole.defender))


def test_a_curve_that_is_gone_or_damaged_is_one_line(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        runs.train(spec("flat"), tmp_path, interrupt(2))
    for damage in ("", "iteration,steps,score"):
        (tmp_path / "curve.csv").write_text(damage)
        assert "lacks some of the 2 iterations" in refused(runs.train, spec("flat"), tmp_path)
    for damage in (b"hello", b"iteration\n\xff\xfe"):
        (tmp_path / "curve.csv").write_bytes(damage)
        assert "no learning curve" in refused(runs.train, spec("flat"), tmp_path)


def test_ctrl_c_before_anything_was_learned_leaves_nothing_behind_that_could_mislead(
    tmp_path, monkeypatch
):
    def stop(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(Trainer, "_begin", stop)
    with pytest.raises(KeyboardInterrupt):
        runs.train(spec(), tmp_path)
    assert contents(tmp_path) == ["curve.csv", "spec.json"]


def test_a_finished_run_is_loaded_and_not_repeated(tmp_path):
    first = runs.train(spec("flat"), tmp_path)
    kept = (tmp_path / "curve.csv").read_text()
    again = runs.train(
        spec("flat"), tmp_path, lambda record, trainer: pytest.fail("it was trained again")
    )
    torch.testing.assert_close(
        weights(again.defender), weights(first.defender), atol=1e-6, rtol=1e-3
    )
    assert (
        again.iteration == 7
        and (tmp_path / "curve.csv").read_text() == kept
        and list(again.run()) == []
    )
    (tmp_path / "policy.pt").write_bytes(b"gone")
    assert "damaged" in refused(runs.train, spec("flat"), tmp_path)


def test_a_folder_of_another_run_and_a_damaged_checkpoint_are_one_line(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        runs.train(spec("flat"), tmp_path, interrupt(1))
    assert "holds another run (its seed differs)" in refused(
        runs.train, spec("flat", seed=1), tmp_path
    )
    (tmp_path / "checkpoint.pt").write_bytes(b"not this")
    assert "damaged; delete it to start again" in refused(runs.train, spec("flat"), tmp_path)
    assert "no training run" in refused(runs.read_spec, tmp_path / "elsewhere")
    (tmp_path / "spec.json").write_text('{"stricture": 1}')
    assert "no training run" in refused(runs.read_spec, tmp_path)


def test_a_finished_training_goes_on_for_longer(tmp_path):
    """With a constant rate it comes to the numbers of one that was planned so long."""
    still = {**TINY, "iterations": 2, "anneal_lr": False}
    longer = {**still, "iterations": 4}
    runs.train(spec(training=still), tmp_path / "run")
    seen = []
    more = runs.train(
        spec(training=longer),
        tmp_path / "run",
        lambda record, trainer: seen.append(record.iteration),
    )
    assert seen == [3, 4] and more.iteration == 4
    whole = runs.train(spec(training=longer), tmp_path / "whole")
    assert torch.equal(weights(more.defender), weights(whole.defender))
    assert runs.read_spec(tmp_path / "run") == spec(training=longer)
    kept = load_defender(tmp_path / "run" / "policy.pt").about
    assert kept["iterations"] == 4 and kept["lengthened_at"] == [2]
    assert "lengthened_at" not in load_defender(tmp_path / "whole" / "policy.pt").about
    assert read_curve(tmp_path / "run" / "curve.csv")["iteration"].tolist() == [1, 2, 3, 4]
    before = snapshot(tmp_path / "run")
    assert "are fewer" in refused(runs.train, spec(training=still), tmp_path / "run")
    faster = {**longer, "iterations": 6, "learning_rate": 0.1}
    assert "its training differs" in refused(runs.train, spec(training=faster), tmp_path / "run")
    assert snapshot(tmp_path / "run") == before


def snapshot(folder):
    """Everything in a folder, to the byte."""
    return {name: (folder / name).read_bytes() for name in contents(folder)}


def test_a_strangers_policy_is_not_taken_for_a_finished_run(tmp_path):
    other = runs.train(spec("flat", seed=3), tmp_path / "other")
    for name in ("bare", "with spec"):
        folder = tmp_path / name
        folder.mkdir()
        shutil.copyfile(tmp_path / "other" / "policy.pt", folder / "policy.pt")
        if name == "with spec":
            (folder / "spec.json").write_text(json.dumps(asdict(spec("flat"))))
        before = snapshot(folder)
        said = refused(runs.train, spec("flat"), folder)
        assert "no spec.json" in said if name == "bare" else "its seed differs" in said
        assert snapshot(folder) == before
    save_defender(other.defender, tmp_path / "with spec" / "policy.pt")
    said = refused(runs.train, spec("flat"), tmp_path / "with spec")
    assert "does not say that this training made it" in said


@pytest.mark.parametrize("with_spec", [True, False])
def test_a_strangers_curve_is_not_overwritten(with_spec, tmp_path):
    (tmp_path / "curve.csv").write_text("day,price\n1,2\n")
    if with_spec:
        (tmp_path / "spec.json").write_text(json.dumps(asdict(spec("flat"))))
    refused(runs.train, spec("flat"), tmp_path)
    assert (tmp_path / "curve.csv").read_text() == "day,price\n1,2\n"


def test_the_spec_is_written_once(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        runs.train(spec("flat"), tmp_path, interrupt(1))
    os.chmod(tmp_path / "spec.json", 0o444)
    before = os.stat(tmp_path / "spec.json")
    with pytest.raises(KeyboardInterrupt):
        runs.train(spec("flat"), tmp_path, interrupt(2))
    after = os.stat(tmp_path / "spec.json")
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_full_disk_leaves_the_last_checkpoint_and_no_rubbish(tmp_path, monkeypatch):
    with pytest.raises(KeyboardInterrupt):
        runs.train(spec("flat"), tmp_path, interrupt(2))
    before = (tmp_path / "checkpoint.pt").read_bytes()

    def full(number):
        raise OSError(errno.ENOSPC, "No space left on device")

    made = runs.build_trainer(spec("flat"))
    load_checkpoint(made, tmp_path / "checkpoint.pt")
    made.step()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left.*checkpoint.pt"):
            save_checkpoint(made, tmp_path / "checkpoint.pt")
        with pytest.raises(OSError, match="No space left.*policy.pt"):
            save_defender(made.defender, tmp_path / "policy.pt")
    assert (tmp_path / "checkpoint.pt").read_bytes() == before
    assert contents(tmp_path) == ["checkpoint.pt", "curve.csv", "policy.pt", "spec.json"]
    assert runs.train(spec("flat"), tmp_path).iteration == 7


def test_two_trainings_do_not_share_a_folder(tmp_path):
    def second(record, trainer):
        said = refused(runs.train, spec("flat"), tmp_path)
        assert "another training runs in" in said
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        runs.train(spec("flat"), tmp_path, second)
    assert runs.train(spec("flat"), tmp_path).iteration == 7


def test_the_episodes_of_trainings_are_apart_and_no_evaluations():
    ranges = [training_seeds(seed) for seed in range(3)]
    assert ranges[0][0] == FIRST_SEED
    for (_, end), (first, _) in zip(ranges, ranges[1:], strict=False):
        assert end <= first and end - ranges[0][0] >= SEEDS_EACH
    for seed in (0, 2):
        assert ranges[seed][0] == trainer("flat", seed=seed).range.seed
    most = SEEDS_EACH * 39  # ticks of as many episodes as a seed has, in one environment
    changes = {"num_envs": 1, "num_steps": 1_000_000, "iterations": 1 + most // 1_000_000}
    assert "episodes of one seed" in refused(lambda: trainer("flat", **changes))


@pytest.mark.parametrize("seed", [-1, -10, 2**63, 2**200])
def test_a_seed_that_no_training_has_is_one_line(seed):
    assert "is not a whole number from 0 to" in refused(lambda: spec("flat", seed=seed))
    assert "is not a whole number from 0 to" in refused(lambda: trainer("flat", seed=seed))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"max_grad_norm": -1}, "above 0"),
        ({"max_grad_norm": 0}, "above 0"),
        ({"learning_rate": 0}, "above 0"),
        ({"clip_coef": -1}, "above 0"),
        ({"ent_coef": -5}, "from 0 to"),
        ({"target_kl": -1}, "from 0 to"),
        ({"value_noise": -1}, "from 0 to"),
        ({"discount": 2}, "from 0 to 1"),
        ({"gae_lambda": 5}, "from 0 to 1"),
        ({"num_envs": 10**9}, "from 1 to"),
        ({"num_steps": 10**12}, "from 1 to"),
        ({"num_envs": 10**5, "num_steps": 10**5}, "fit into memory"),
    ],
)
def test_settings_that_make_no_sense_are_refused_with_what_is_allowed(changes, says):
    assert says in refused(lambda: runs.build_trainer(runs.RunSpec(training=changes)))


@pytest.mark.parametrize(
    "changes", [{"local": -5}, {"staged": -1}, {"scale": -1}, {"potential": 1e9}]
)
def test_rewards_that_make_no_sense_are_refused(changes):
    assert "from 0 to" in refused(lambda: runs.build_trainer(runs.RunSpec(rewards=changes)))


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("iteration", -5),
        ("iteration", 99),
        ("iteration", None),
        ("iteration", 1.5),
        ("range", torch.zeros_like),
        ("range", lambda tensor: torch.randint_like(tensor, 255)),
        ("defender", torch.zeros_like),
        ("rewards", lambda tensor: tensor[:1]),
        ("rewards", lambda tensor: tensor.tolist()),
    ],
)
@pytest.mark.parametrize("resealed", [False, True])
def test_a_checkpoint_whose_parts_were_changed_never_reaches_compiled_code(
    part, change, resealed, tmp_path
):
    path = tmp_path / "checkpoint.pt"
    made = trainer("flat", **TINY)
    made.step()
    save_checkpoint(made, path)
    record = torch.load(path, weights_only=True)
    text = json.loads(record.pop("text"))
    if part == "iteration":
        text["iteration"] = change
    else:
        name = {"range": "state", "defender": "seeds", "rewards": "known"}[part]
        record[part][name] = change(record[part][name])
    if resealed:
        text.pop("sha256")
        text["sha256"] = sha256_of({"text": text, **record})
    torch.save({"text": json.dumps(text), **record}, path)
    fresh = trainer("flat", **TINY)
    said = refused(load_checkpoint, fresh, path)
    assert "damaged" in said or "more than the iterations" in said
    assert fresh.iteration == 0


@pytest.mark.parametrize("returned", [None, 3.0, np.zeros((4, 5)), "much", np.zeros(7)])
def test_a_custom_reward_of_another_shape_is_one_line(returned):
    made = trainer("flat", **TINY, custom=lambda *arguments: returned)
    assert "the custom reward returned" in refused(made.step)


@pytest.mark.parametrize(
    "about",
    [None, {}, {"spec": None}, {"spec": {"stricture": 1}}, {"spec": {"structure": "flat"}}],
)
def test_random_weights_of_a_policy_that_does_not_say_how_it_began(about, tmp_path):
    save_defender(defender("two-layer"), tmp_path / "policy.pt", about)
    said = refused(load_policy, tmp_path / "policy.pt", None, True, "random")
    assert "random weights need a policy of" in said


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (spec("four-layer"), "neither a file of a tree nor one of two-layer"),
        (spec("utility"), "is no zone of the range"),
        (spec(doctrine="strict"), "allowed: standard, full, none"),
        (spec(rewards={"locale": 1}), "the rewards have no such field"),
        (spec(policy={"hiden": 1}), "a choice of the team has no such field"),
        (spec(training={"speed": 1}), "no such field"),
        (spec("flat", defenders="per-zone"), "five official defenders"),
        (runs.RunSpec(config="slow"), "allowed: study, paper, fast"),
        (runs.RunSpec("flat", policy={"hidden": 8}), "no hierarchy: it has no policy"),
        (runs.RunSpec("singh-expert", doctrine="full"), "it has no doctrine=full"),
        (
            runs.RunSpec(training={"learning_rate": "abc"}),
            "learning_rate='abc' is not a finite number",
        ),
        (
            runs.RunSpec(training={"minibatch_size": 2.5}),
            "minibatch_size=2.5 is not a whole number",
        ),
        (runs.RunSpec(training={"anneal_lr": 1}), "anneal_lr=1 is not true or false"),
        (runs.RunSpec(policy={"hidden": "abc"}), "hidden='abc' is not a whole number"),
        (runs.RunSpec(policy={"hidden": 0}), "hidden=0 is not a whole number"),
        (
            runs.RunSpec(policy={"doctrine_weight": "high"}),
            "doctrine_weight='high' is not a finite number",
        ),
        (runs.RunSpec(message={"nhead": "two"}), "nhead='two' is not a whole number"),
        (runs.RunSpec(unit={"command_floor": True}), "command_floor=True is not a finite number"),
        (runs.RunSpec(team={"command_every": 2.0}), "command_every=2.0 is not a whole number"),
        (runs.RunSpec(rewards={"local": float("nan")}), "local=nan is not a finite number"),
    ],
)
def test_a_run_that_cannot_be_built_is_one_line(made, says):
    assert says in refused(runs.build_trainer, made)


def test_a_saved_tree_can_be_trained(tmp_path):
    tree = Tree.from_description(
        {"boss": {"north": ["RZA", "OZA"], "south": ["ADM", "OFF", "PAZ"]}}
    )
    tree.save(tmp_path / "tree.json")
    made = runs.build_trainer(spec(str(tmp_path / "tree.json")))
    assert "choice of south" in made.step().groups  # RZB and OZB are left alone


# the command


def test_settings_are_read_as_json_or_words():
    read = command.changed(
        ["training.critic=local", "rewards.local=0", "training.epochs=3", 'message.kind="mean"']
    )
    assert read == {
        "training": {"critic": "local", "epochs": 3}, "rewards": {"local": 0}, "message": {"kind": (
            "mean"
        )},
    }  # fmt: skip
    for wrong in ("epochs=3", "training.epochs", "trainer.epochs=3", "training=3"):
        assert "write PART.FIELD=VALUE" in refused(command.changed, [wrong])


def test_the_command_trains_and_goes_on(tmp_path, capsys, monkeypatch):
    changes = [*(f"training.{name}={value}" for name, value in TINY.items()), "policy.hidden=16"]
    line = [
        "train",
        "--structure",
        "two-layer",
        "--config",
        "fast",
        "--threads",
        "1",
        "--out",
        str(tmp_path / "run"),
    ]
    line += [word for change in changes for word in ("--set", change)]
    real = runs.train
    with monkeypatch.context() as patch:
        patch.setattr(
            runs,
            "train",
            lambda spec, folder, progress, build: real(spec, folder, stopping(progress), build),
        )
        assert commands.main(line) == 130
    said = capsys.readouterr().out
    assert "Stopped after 2 iterations, policy:" in said and "The same command goes on" in said
    assert load_defender(tmp_path / "run" / "policy.pt").about["iterations"] == 2
    assert commands.main(line) == 0
    assert "Trained:" in capsys.readouterr().out
    with (tmp_path / "run" / "curve.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["iteration"] for row in rows] == ["1", "2", "3", "4"]
    assert {"score", "reward global", "leaves: kl", "commands 2: explained", "wall_seconds"} <= set(
        rows[0]
    )
    assert commands.main([*line, "--seed", "1"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_the_bar_of_a_resumed_training_counts_only_its_own_steps(tmp_path, monkeypatch, capsys):
    import tqdm

    bars = []

    class Bar(tqdm.tqdm):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **{**options, "disable": False})
            bars.append(self)
            self.updates = []

        def update(self, n=1):
            self.updates.append(n)
            return super().update(n)

    monkeypatch.setattr(tqdm, "tqdm", Bar)
    line = [
        "train",
        "--structure",
        "flat",
        "--config",
        "fast",
        "--threads",
        "1",
        "--out",
        str(tmp_path),
    ]
    line += [word for name, value in TINY.items() for word in ("--set", f"training.{name}={value}")]
    real = runs.train
    with monkeypatch.context() as patch:
        patch.setattr(
            runs,
            "train",
            lambda spec, folder, progress, build: real(spec, folder, stopping(progress), build),
        )
        assert commands.main(line) == 130
    assert commands.main(line) == 0
    first, second = bars
    each = TINY["num_envs"] * TINY["num_steps"]
    assert (first.initial, first.n) == (0, 2 * each)
    assert (second.initial, second.n, second.total) == (2 * each, 4 * each, 4 * each)
    assert first.updates == second.updates == [each, each], (
        "or the rate and the time left are wrong"
    )


def stopping(progress):
    def show(record, trainer):
        progress(record, trainer)
        if record.iteration == 2:
            raise KeyboardInterrupt

    return show


def test_the_command_says_what_diverged(tmp_path, capsys, monkeypatch):
    def diverge(self):
        raise FloatingPointError("the loss is not a finite number")

    monkeypatch.setattr(Trainer, "step", diverge)
    line = [
        "train",
        "--structure",
        "flat",
        "--config",
        "fast",
        "--threads",
        "1",
        "--out",
        str(tmp_path),
    ]
    assert commands.main(line) == 1
    said = capsys.readouterr().err
    assert (
        "not a finite number" in said
        and str(tmp_path) in said
        and said.count("course_lib train") == 1
    )


@pytest.mark.parametrize(
    "options",
    [
        ["--out", ""],
        ["--seed", "-1"],
        ["--seed", "１"],
        ["--seed", "9" * 30],
        ["--set", "training.num_envs=1000000000"],
        ["--set", "training.max_grad_norm=-1"],
        ["--set", "policy.hidden=1000000"],
        ["--set", "rewards.local=" + "[" * 100_000],
    ],
)
def test_the_command_refuses_nonsense_in_one_line_and_writes_nothing(
    options, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    line = ["train", "--config", "fast", "--threads", "1", "--out", "run", *options]
    try:
        status = commands.main(line)
    except SystemExit as error:  # argparse's own refusal
        status = error.code
    said = capsys.readouterr().err.strip().splitlines()
    assert status in (1, 2) and "Traceback" not in "".join(said) and len(said[-1]) < 700
    assert os.listdir(tmp_path) == []
