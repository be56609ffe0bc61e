"""Learning what to remember: unrolled play against real play, and a game that needs a memory."""

import numpy as np
import pytest
import torch

from course_lib.cyber_range import VectorRange
from course_lib.cyber_range.constants import REMOVE, SLOTS
from course_lib.hierarchy import (
    NONE,
    THREE_LAYER,
    HierarchicalDefender,
    PolicyConfig,
    Team,
    TeamConfig,
    UnitConfig,
)
from course_lib.hierarchy.host_policy import HOST_ACTION
from course_lib.hierarchy.policy import SLEEP_ACTION
from course_lib.learners.dagger import Dagger, DaggerConfig
from course_lib.training import RunSpec, StrongConfig, StrongTrainer, TaughtConfig, TaughtTrainer
from course_lib.training.host_play import HostPlayer, log_probabilities, sampled
from course_lib.training.runs import build_defender, build_trainer
from course_lib.training.strong_checkpoint import load_checkpoint, save_checkpoint
from course_lib.training.taught import Labelled, LabelledEpisodes
from course_lib.training.through_time import episodes, minibatches, rows_of


def defender(sharper: float = 1.0, **policy) -> HierarchicalDefender:
    """A small recurrent three-layer team; ``sharper`` takes it away from uniform play."""
    choices = {"network": "recurrent", "notes": "time", "hidden": 16, "memory": 8}
    ruled_out = {"traffic": False, "monitor": False, "doctrine_weight": 0.0}
    config = PolicyConfig(**{**choices, **ruled_out, **policy})
    team = TeamConfig(UnitConfig(policy=config), arbitration="scores")
    made = HierarchicalDefender(Team(THREE_LAYER, team), NONE)
    with torch.no_grad():
        for parameter in made.team.unit_at(0, 0).policy_function.network.parameters():
            parameter.mul_(sharper)
    return made


def played(ticks: int = 60) -> HostPlayer:
    """A team that has played the first ticks of three episodes."""
    made = defender(3.0)
    world = VectorRange(3, "official", 9, "message")
    obs, info = world.reset()
    player = HostPlayer(made, 3, ticks)
    made.reset(9)
    torch.manual_seed(0)
    for tick in range(ticks):
        actions, _, _ = player.act(obs, info, tick, sampled)
        obs, _, _, _, info = world.step(actions)
    return player


# ---------------------------------------------------------------- unrolled


def test_unrolled_log_probabilities_are_those_of_play():
    player = played()
    for kind, log in zip(player.kinds, player.logs, strict=True):
        decisions = np.random.default_rng(0).permutation(len(log))
        rows = rows_of(player.policy, log, player.told, decisions)
        log_probs = log_probabilities(player.policy, rows, log.held(decisions), kind.zones_each)
        chosen = torch.from_numpy(log.chosen[decisions])
        again = log_probs.gather(1, chosen[:, None]).squeeze(1)
        then = torch.from_numpy(log.log_prob[decisions])
        torch.testing.assert_close(again, then, rtol=1e-6, atol=1e-6)
        assert then.std() > 0.1


def test_the_gradient_reaches_back_to_the_first_tick():
    player = played()
    log = player.logs[0]
    last = np.array([len(log) - 1])
    inputs = []
    cell = player.policy.cell
    cell.register_forward_pre_hook(lambda _, given: inputs.append(given[0].requires_grad_()))
    rows = rows_of(player.policy, log, player.told, last)
    player.policy.network(rows).sum().backward()
    moved = inputs[0].grad.abs().sum(dim=(1, 2))
    until = log.tick[last[0]]
    assert (moved[: until + 1] > 0).all() and not moved[until + 1 :].any()


def test_a_minibatch_is_whole_episodes_of_single_agents():
    player = played()
    for log in player.logs:
        parts = episodes(log)
        _, env_idx, agent_idx = log.where
        who = [set(zip(env_idx[part], agent_idx[part], strict=True)) for part in parts]
        assert all(len(agents) == 1 for agents in who)
        assert len(set.union(*who)) == len(parts)
        drawn = [batch.tolist() for batch in minibatches(player.policy, log, len(parts[0]))]
        assert len(drawn) > 1
        assert sorted(sum(drawn, [])) == list(range(len(log)))
        assert all(sum(min(part) in batch for batch in drawn) == 1 for part in parts)
        for part in parts:
            assert sum(set(part.tolist()) <= set(batch) for batch in drawn) == 1


# ---------------------------------------------------------------- a game that needs a memory

LATER = 3
"""An event shows for one tick; the right action is a Remove so many ticks later, else Sleep."""


class Bells:
    """One-zone agents of several environments; every now and then an event shows on one host."""

    def __init__(self, team: HierarchicalDefender, ticks: int = 40, size: int = 12) -> None:
        self.team, self.ticks, self.size = team, ticks, size
        self.rng = np.random.default_rng(0)

    def play(self, teacher_share: float) -> list:
        """A round, labelled; what is done changes nothing."""
        team, size = self.team, self.size
        team.reset(0)
        player = HostPlayer(team, size, self.ticks)
        mask = VectorRange(size, "official", 0, "message").reset()[1]["action_mask"]
        exists = team.layout.host_entries(mask)
        rang = np.full((self.ticks, size, 7), -1)
        labels = []

        def label(kind, env_idx, agent_idx, chosen):
            if kind is player.kinds[0]:
                before = self.tick - LATER
                host = rang[before, env_idx, kind.zones[agent_idx, 0]] if before >= 0 else -1
                answer = np.where(host >= 0, HOST_ACTION[REMOVE, host], SLEEP_ACTION)
                labels.append(np.broadcast_to(answer, len(env_idx)))
            return torch.full_like(chosen, SLEEP_ACTION)

        for tick in range(self.ticks):
            self.tick = tick
            obs = np.zeros((size, 7, 76), np.int8)
            rings = self.rng.random((size, 7)) < 0.25
            slot = np.argmax(self.rng.random((size, 7, SLOTS)) * exists, axis=2)
            env_idx, zone = np.nonzero(rings)
            rang[tick, env_idx, zone] = slot[rings]
            obs[env_idx, zone, 28 + slot[rings]] = 1
            step = np.full(size, tick)
            info = {"action_mask": mask, "step": step, "busy": np.zeros((size, 5), bool)}
            player.act(obs, info, tick, sampled, label)
        labelled = Labelled(player, 0, np.concatenate(labels))
        return [labelled if player.policy.cell is None else LabelledEpisodes(labelled)]


def taught(network: str) -> float:
    """Geometric mean of the probability of the right action, after some rounds."""
    team = defender(network=network)
    policy = team.team.unit_at(0, 0).policy_function
    size = 512 if policy.cell is None else 8
    rounds = DaggerConfig(rounds=8, learning_rate=2e-2, minibatch_size=size)
    torch.manual_seed(0)
    return list(Dagger(policy.parameters(), Bells(team).play, rounds).run())[-1].agreement


def test_what_was_seen_ticks_ago_is_learned_with_a_memory_and_cannot_be_without():
    # Without a memory the best is the right share of Sleep, and a guess among the hosts.
    assert taught("host-shared") < 0.4
    assert taught("recurrent") > 0.8


# ---------------------------------------------------------------- whole trainings


def test_one_field_of_a_spec_makes_a_team_with_a_memory():
    made = build_defender(
        RunSpec(doctrine="none", config="taught", policy={"network": "recurrent"})
    )
    policy = made.team.unit_at(0, 0).policy_function
    assert policy.config.notes == "time" and policy.cell.hidden_size == 32
    assert made.team.unit_at(1, 0).policy_function.cell is None


def test_a_trainer_that_does_not_learn_through_time_refuses_it():
    spec = RunSpec(doctrine="none", config="fast", policy={"network": "recurrent"})
    with pytest.raises(ValueError, match='config="taught" or config="strong"'):
        build_trainer(spec)


def test_teaching_moves_the_cell_and_counts_decisions():
    made = defender()
    before = made.team.unit_at(0, 0).policy_function.cell.weight_hh_l0.detach().clone()
    trainer = TaughtTrainer(made, TaughtConfig(num_envs=3, rounds=2), seed=0, steps=30)
    records = list(trainer.run())
    after = made.team.unit_at(0, 0).policy_function.cell.weight_hh_l0
    assert (after - before).abs().max() > 1e-4
    kept = trainer.dagger.remembered[-1]
    assert records[-1].decisions == sum(len(part.labelled) for part in kept)


def strong() -> StrongTrainer:
    """A tiny training from the reward; an episode of 30 steps has 29 ticks."""
    config = StrongConfig(num_envs=3, iterations=4, minibatch_size=64)
    return StrongTrainer(defender(), config, 0, steps=30)


def test_a_training_from_the_reward_that_was_stopped_goes_on_to_the_same_weights(tmp_path):
    whole = strong()
    before = whole.player.policy.cell.weight_hh_l0.detach().clone()
    first_record = whole.step()
    assert first_record.groups["leaves"].kl == pytest.approx(0, abs=1e-3)
    list(whole.run())
    assert (whole.player.policy.cell.weight_hh_l0 - before).abs().max() > 1e-4
    first = strong()
    first.step(), first.step()
    save_checkpoint(first, tmp_path / "checkpoint.pt")
    second = strong()
    load_checkpoint(second, tmp_path / "checkpoint.pt")
    list(second.run())
    one, other = (made.defender.team.state_dict() for made in (whole, second))
    for name, weights in one.items():
        torch.testing.assert_close(weights, other[name], msg=name)
