"""Learning from the reward alone, and from a teacher: the parts against closed forms, and whole."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from course_lib.cyber_range import VectorRange, make_policy
from course_lib.cyber_range.evaluation.report import defended_part
from course_lib.hierarchy import (
    NONE,
    STANDARD,
    THREE_LAYER,
    HierarchicalDefender,
    PolicyConfig,
    Team,
    TeamConfig,
    UnitConfig,
    normalised,
)
from course_lib.hierarchy.host_policy import host_rows
from course_lib.hierarchy.spaces import ACTIONS
from course_lib.training import RunSpec, StrongConfig, StrongTrainer, TaughtConfig, TaughtTrainer
from course_lib.training.credit import agent_rewards, zone_rewards
from course_lib.training.curve import read_curve
from course_lib.training.host_play import (
    HostPlayer,
    greedy,
    log_probabilities,
    require_host_shared,
    sampled,
)
from course_lib.training.rewards import penalties_by_zone
from course_lib.training.runs import build_defender, train
from course_lib.training.strong import SEEDS_EACH
from course_lib.training.strong_checkpoint import load_checkpoint, save_checkpoint
from course_lib.training.tail_average import TailAverage
from course_lib.training.teachers import FiveRules
from course_lib.training.value_norm import ValueHead

OWNER = np.array([0, 1, 2, 3, 4, 4, 4])
SMALL = {"num_envs": 3, "iterations": 4, "minibatch_size": 64, "update_epochs": 1}


def defender(sharper: float = 1.0, **policy) -> HierarchicalDefender:
    """A small host-shared three-layer team; ``sharper`` takes it away from uniform play."""
    config = PolicyConfig(
        **{
            "network": "host-shared",
            "hidden": 16,
            "notes": "all",
            "traffic": False,
            "monitor": False,
            "doctrine_weight": 0.0,
            **policy,
        }
    )
    team = TeamConfig(UnitConfig(policy=config), arbitration="scores")
    made = HierarchicalDefender(Team(THREE_LAYER, team), NONE)
    with torch.no_grad():
        for parameter in made.team.unit_at(0, 0).policy_function.network.parameters():
            parameter.mul_(sharper)
    return made


def strong(seed: int = 0, **changes) -> StrongTrainer:
    """A tiny training; an episode of 30 steps has 29 ticks."""
    return StrongTrainer(defender(), StrongConfig(**{**SMALL, **changes}), seed, steps=30)


# ---------------------------------------------------------------- episodes


def episodes_of(made: StrongTrainer, iteration: int) -> range:
    """Seeds of the episodes of one iteration; nothing is played."""
    asked = []

    def reset(seed):
        asked.append(seed)
        raise InterruptedError

    made.iteration = iteration
    made.range.reset = reset
    with pytest.raises(InterruptedError):
        made._collect()
    return range(asked[0], asked[0] + made.config.num_envs)


def test_trainings_of_neighbouring_seeds_never_see_the_same_episode():
    last = SMALL["iterations"] - 1
    first, second = episodes_of(strong(0), last), episodes_of(strong(1), 0)
    assert second.start - episodes_of(strong(0), 0).start == SEEDS_EACH > first.stop - first.start
    assert first.stop < second.start == strong(1).range.seed
    lessons = [TaughtTrainer(defender(), TaughtConfig(num_envs=3), seed) for seed in (0, 1)]
    assert lessons[1].first_seed(0) - lessons[0].first_seed(0) == SEEDS_EACH
    assert first.stop < lessons[0].first_seed(0) < second.start


# ---------------------------------------------------------------- credit and value


def test_an_agent_is_paid_for_its_own_zones_and_its_own_restores():
    lost = np.array([[-3.0, 0, 0, 0, -1, 0, -4, -100]])  # the contractor zone comes last
    restores = np.array([[0.0, 1, 0, 0, 1]])
    own = agent_rewards(lost, restores, OWNER, team_share=0.0)
    np.testing.assert_allclose(own, [[-3, -1, 0, 0, -5 - 1]])
    shared = agent_rewards(lost, restores, OWNER, team_share=0.25)
    np.testing.assert_allclose(shared, 0.75 * (own + restores) + 0.25 * -8 - restores)


def test_zones_of_one_agent_pay_together_what_the_agent_is_paid():
    rng = np.random.default_rng(0)
    lost, restores = -rng.random((6, 8)), rng.integers(0, 2, (6, 5)).astype(float)
    zones = zone_rewards(lost, restores, OWNER, team_share=0.0)
    agents = np.stack([zones[:, OWNER == agent].sum(axis=1) for agent in range(5)], axis=1)
    np.testing.assert_allclose(agents, agent_rewards(lost, restores, OWNER, 0.0))


def test_the_defended_part_and_the_contractor_zone_are_the_whole_reward():
    world = VectorRange(4, seed=3, observation="message", steps=60)
    policy = make_policy("react-restore")
    policy.reset(3)
    obs, info = world.reset()
    total = np.zeros(4)
    for _ in range(58):
        obs, reward, _, _, info = world.step(policy.act_batch(obs, info))
        total += reward
    contractor = penalties_by_zone(world.statistics)[:, 7]
    np.testing.assert_allclose(defended_part(world.statistics) + contractor, total, atol=1e-4)


def test_a_value_head_says_the_same_after_it_was_rescaled():
    torch.manual_seed(0)
    head, inputs = ValueHead(5), torch.randn(20, 5)
    before = head(inputs)
    head.rescale(torch.randn(500) * 300 - 4000)
    torch.testing.assert_close(head(inputs), before, rtol=1e-4, atol=1e-2)
    assert head.mean == pytest.approx(-4000, abs=50) and head.std == pytest.approx(300, rel=0.1)
    for _ in range(30):
        head.rescale(torch.randn(500) * 3 - 100)
    torch.testing.assert_close(head(inputs), before, rtol=1e-3, atol=0.1)
    assert head.mean == pytest.approx(-100, abs=10) and head.std < 20
    assert head.loss(torch.tensor([0.0]), head.std[None]) == pytest.approx(0.5)


def test_returns_that_are_no_numbers_are_refused():
    with pytest.raises(ValueError, match="diverged"):
        ValueHead(2).rescale(torch.tensor([1.0, float("nan")]))


# ---------------------------------------------------------------- fast play


@pytest.mark.parametrize("notes", ["all", "time"])
@pytest.mark.parametrize("network", ["host-shared", "per-slot"])
def test_fast_play_has_the_distributions_of_the_defender(network, notes):
    """Every decision of some ticks, of agents with one zone and of headquarters."""
    fast, slow = (defender(3.0, network=network, notes=notes) for _ in range(2))
    world = VectorRange(4, "official", 5, "message")
    obs, info = world.reset()
    player, found = HostPlayer(fast, 4, 40), []
    fast.reset(5), slow.reset(5)

    def noting(log_probs):
        found.append(log_probs)
        return sampled(log_probs)

    for tick in range(40):
        found.clear()
        # the same memory before the tick, so that only the computation can differ
        slow._seeds = None if fast._seeds is None else fast._seeds.copy()
        if tick:
            slow._held, slow._notes = copy.deepcopy((fast._held, fast._notes))
        state = slow.open_tick(obs, info)
        scene = slow.observe(state)
        slow._command(state, scene)
        actions, _, _ = player.act(obs, info, tick, noting)
        _compare(slow, scene, player, tick, found)
        obs, _, _, _, info = world.step(actions)


def _compare(slow, scene, player, tick, found) -> None:
    kinds = [
        kind
        for kind, log in zip(player.kinds, player.logs, strict=True)
        if log.tick[log.count - 1] == tick
    ]
    for kind, log_probs in zip(kinds, found, strict=True):
        log = player.logs[player.kinds.index(kind)]
        recent = np.flatnonzero(log.tick[: len(log)] == tick)
        for row, decision in enumerate(recent):
            env, agent = log.env_idx[decision], log.agent_idx[decision]
            weights = []
            for zone in kind.zones[np.searchsorted(kind.members, agent)]:
                leaf = int(np.flatnonzero(slow.zones == zone)[0])
                one, place = np.array([env]), np.array([leaf])
                with torch.no_grad():
                    seen = slow.leaf_inputs(scene, one, place)
                    allowed = torch.as_tensor(scene.allowed[one, place])
                    policy = slow.team.unit_at(0, leaf).policy_function
                    pi = policy(seen, torch.zeros(1, ACTIONS), allowed).probabilities
                    weights.append(pi * policy.strength(seen, allowed).exp())
            wanted = torch.cat(weights, dim=1) / torch.cat(weights, dim=1).sum()
            torch.testing.assert_close(log_probs[row].exp(), wanted[0], rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("network", ["host-shared", "per-slot"])
def test_a_sharpened_policy_prefers_what_was_likely(network):
    torch.manual_seed(0)
    policy = defender(3.0, network=network).team.unit_at(0, 0).policy_function
    exists = torch.rand(6, 16) < 0.7
    rows = host_rows(torch.rand(6, 76), torch.rand(6, 194), exists)
    free = torch.ones(6, 8)  # a command of ones changes nothing
    with torch.no_grad():
        before = log_probabilities(policy, rows, free, 1)
        policy.network.sharpen(3.0)
        after = log_probabilities(policy, rows, free, 1)
    cubed = before.exp() ** 3
    torch.testing.assert_close(after.exp(), cubed / cubed.sum(dim=1, keepdim=True))


def test_sharpness_grows_by_equal_factors_between_its_two_marks():
    config = StrongConfig(sharpness=8.0, sharpen_from=0.25, sharpen_until=0.75, average_from=0.75)
    found = [config.sharpness_at(done) for done in (0.0, 0.25, 0.5, 0.75, 1.0)]
    np.testing.assert_allclose(found, [1, 1, 8**0.5, 8, 8])
    with pytest.raises(ValueError, match="not after"):
        StrongConfig(sharpen_from=0.5, sharpen_until=0.5)


def test_a_training_sharpens_as_far_as_its_configuration_says():
    made = strong(learning_rate=1e-9, critic_only=9, sharpness=5.0)
    before = made.player.policy.network.zone_scores.bias.detach().clone() + 1
    with torch.no_grad():
        made.player.policy.network.zone_scores.bias.copy_(before)
    for _ in made.run():
        pass
    after = made.player.policy.network.zone_scores.bias.detach()
    torch.testing.assert_close(after, 5 * before, rtol=1e-4, atol=1e-4)


def test_a_log_keeps_what_was_observed():
    made = defender(3.0)
    world = VectorRange(3, "official", 9, "message")
    obs, info = world.reset()
    player = HostPlayer(made, 3, 25)
    made.reset(9)
    for tick in range(25):
        actions, _, _ = player.act(obs, info, tick, greedy)
        exists = made.layout.host_entries(info["action_mask"])
        notes = made.notes.vectors(info["step"])
        for kind, log in zip(player.kinds, player.logs, strict=True):
            recent = np.flatnonzero(log.tick[: len(log)] == tick)
            env = np.repeat(log.env_idx[recent], kind.zones_each)
            zones = kind.zones[np.searchsorted(kind.members, log.agent_idx[recent])].reshape(-1)
            parts = (normalised(obs), notes, exists)
            wanted = host_rows(*(torch.as_tensor(part[env, zones]) for part in parts))
            for kept, want in zip(log.rows(recent), wanted, strict=True):
                torch.testing.assert_close(kept, want, rtol=1e-5, atol=1e-5)
        obs, _, _, _, info = world.step(actions)


@pytest.mark.parametrize(
    ("change", "word"), [({"network": "dense"}, "policy.network"), ({"notes": "none"}, "notes")]
)
def test_a_team_that_is_not_host_shared_is_refused(change, word):
    with pytest.raises(ValueError, match=word):
        require_host_shared(defender(**change))


# ---------------------------------------------------------------- whole trainings


def test_a_training_that_was_stopped_goes_on_to_the_same_weights(tmp_path):
    whole = strong()
    records = list(whole.run())
    assert [r.iteration for r in records] == [1, 2, 3, 4] and records[-1].steps == 4 * 3 * 29
    assert {"leaves", "commands 2", "commands 3"} == set(records[0].groups)
    assert records[0].groups["leaves"].kl == pytest.approx(0, abs=1e-3)  # one step, from itself
    first = strong()
    first.step(), first.step()
    save_checkpoint(first, tmp_path / "checkpoint.pt")
    second = strong()
    load_checkpoint(second, tmp_path / "checkpoint.pt")
    list(second.run())
    for (name, one), other in zip(
        whole.defender.team.state_dict().items(),
        second.defender.team.state_dict().values(),
        strict=True,
    ):
        torch.testing.assert_close(one, other, msg=name)
    with pytest.raises(ValueError, match="another training: seed is 0, wanted 1"):
        load_checkpoint(strong(seed=1), tmp_path / "checkpoint.pt")
    (tmp_path / "bad.pt").write_bytes(b"no")
    with pytest.raises(ValueError, match="damaged"):
        load_checkpoint(strong(), tmp_path / "bad.pt")


def test_a_checkpoint_whose_weights_were_swapped_is_refused(tmp_path):
    trainer = strong()
    next(trainer.run())
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(trainer, path)
    record = torch.load(path, weights_only=True)
    first = next(iter(record["state"]["team"].values()))
    first.view(-1)[0] += 1
    torch.save(record, path)
    with pytest.raises(ValueError, match="is damaged: its parts do not fit together"):
        load_checkpoint(strong(), path)


def test_a_finished_training_can_be_made_longer(tmp_path):
    path = tmp_path / "checkpoint.pt"
    short = strong(iterations=2, sharpness=9.0)
    for _ in short.run():
        pass
    save_checkpoint(short, path)
    longer = strong(iterations=4, sharpness=9.0)
    load_checkpoint(longer, path)
    assert longer.iteration == 2 and longer.lengthened_at == [2]
    assert longer.sharpness == pytest.approx(9)
    before = longer.player.policy.network.zone_scores.weight.detach().clone()
    longer.step()
    after = longer.player.policy.network.zone_scores.weight.detach()
    assert longer.sharpness == pytest.approx(9)  # what is sharp is not sharpened once more
    assert after.norm() == pytest.approx(float(before.norm()), rel=0.1)
    assert longer.steps_done == 3 * 3 * 29
    with pytest.raises(ValueError, match="another training: config"):
        load_checkpoint(strong(iterations=4, team_share=0.5), path)


def test_a_taught_team_can_go_on_with_the_reward(tmp_path):
    path = tmp_path / "checkpoint.pt"
    plan = TaughtConfig(num_envs=2, rounds=1, fine_tune_num_envs=2)
    taught = TaughtTrainer(defender(), plan, steps=30)
    taught.step()
    save_checkpoint(taught, path)
    made = TaughtTrainer(defender(3.0), replace(plan, fine_tune_iterations=1), steps=30)
    load_checkpoint(made, path)
    for name, weight in made.defender.team.state_dict().items():
        torch.testing.assert_close(weight, taught.defender.team.state_dict()[name], msg=name)
    assert made.iteration == 1 and made.step().iteration == 2


def test_a_training_ends_with_the_mean_of_the_weights_of_its_tail(tmp_path):
    plain, averaged = strong(average_from=1.0), strong(average_from=0.5)
    seen = []
    for number in range(1, 5):
        plain.step()
        averaged.step()
        if number >= 2:
            seen.append(copy.deepcopy(plain.player.policy.state_dict()))
        if number == 3:  # a training that was stopped has kept the beginning of its mean
            save_checkpoint(averaged, tmp_path / "checkpoint.pt")
            averaged = strong(average_from=0.5)
            load_checkpoint(averaged, tmp_path / "checkpoint.pt")
    assert len(seen) == 3
    for name, weight in averaged.player.policy.state_dict().items():
        mean = torch.stack([weights[name] for weights in seen]).mean(dim=0)
        torch.testing.assert_close(weight, mean, rtol=1e-4, atol=1e-6)
    with pytest.raises(ValueError, match="neither"):
        StrongConfig(average_from=0.5, sharpness=2.0)  # it sharpens until later


def test_a_longer_training_forgets_the_tail_of_the_shorter_one():
    policy = torch.nn.Linear(1, 1, bias=False)
    tail = TailAverage(policy, 0.5)
    for total, numbers, wanted in ((2, (1, 2), 1.5), (8, range(3, 9), 6.0)):
        for number in numbers:
            torch.nn.init.constant_(policy.weight, float(number))
            tail.take(policy, number, total)
        assert policy.weight.item() == pytest.approx(wanted)  # the mean of 1, 2; of 4 to 8
    never = TailAverage(policy, 1.0)
    never.take(policy, 8, 8)
    assert policy.weight.item() == pytest.approx(6.0)


@pytest.mark.parametrize("stopped", (False, True))
def test_a_pupil_is_made_less_sure_of_itself_once_before_it_is_paid(tmp_path, stopped):
    plan = TaughtConfig(num_envs=2, rounds=1, fine_tune_num_envs=2, critic_only=9)
    taught = TaughtTrainer(defender(), plan, steps=30)
    taught.step()
    sure = softest(taught)
    config = replace(plan, fine_tune_iterations=2, fine_tune_softness=0.25)
    made = TaughtTrainer(defender(), config, steps=30)
    made.step()
    torch.testing.assert_close(softest(made), 0.25 * sure)
    if stopped:
        save_checkpoint(made, tmp_path / "checkpoint.pt")
        made = TaughtTrainer(defender(), config, steps=30)
        load_checkpoint(made, tmp_path / "checkpoint.pt")
    list(made.run())
    torch.testing.assert_close(softest(made), 0.25 * sure)  # the critic alone has learned


def test_a_pupil_that_is_paid_later_is_made_less_sure_when_it_is_read(tmp_path):
    plan = TaughtConfig(num_envs=2, rounds=1, fine_tune_num_envs=2, critic_only=9)
    taught = TaughtTrainer(defender(), plan, steps=30)
    taught.step()
    config = replace(plan, fine_tune_iterations=1, fine_tune_softness=0.25)
    made = TaughtTrainer(defender(), config, steps=30)
    made.load_state_dict(taught.state_dict())
    torch.testing.assert_close(softest(made), 0.25 * softest(taught))


def softest(trainer: TaughtTrainer) -> torch.Tensor:
    """The weights that make the leaves' scores of hosts."""
    network = trainer.defender.team.unit_at(0, 0).policy_function.network
    return network.host_scores.weight.detach().clone()


def test_what_a_taught_team_is_paid_with_reaches_the_trainer():
    config = TaughtConfig(
        fine_tune_iterations=3,
        fine_tune_minibatch_size=64,
        fine_tune_discount=0.9,
        fine_tune_gae_lambda=0.8,
    )
    paid = config.fine_tuning
    assert (paid.minibatch_size, paid.discount, paid.gae_lambda) == (64, 0.9, 0.8)
    with pytest.raises(ValueError, match="fine_tune_softness"):
        TaughtConfig(fine_tune_softness=0.0)


def test_the_first_iterations_can_train_the_critic_alone():
    made = strong(critic_only=1)
    before = copy.deepcopy(made.player.policy.state_dict())
    made.step()
    after = made.player.policy.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    made.step()
    assert not all(
        torch.equal(before[name], made.player.policy.state_dict()[name]) for name in before
    )


def test_a_teacher_that_plays_everywhere_plays_like_the_expert():
    made = TaughtTrainer(defender(), TaughtConfig(num_envs=3, rounds=2), steps=60)
    made.dagger.step()
    expert = make_policy("expert")
    seed = made.first_seed(0)
    world = VectorRange(3, "official", seed, "message", steps=60)
    expert.reset(seed)
    obs, info = world.reset()
    for _ in range(59):
        obs, _, _, _, info = world.step(expert.act_batch(obs, info))
    np.testing.assert_array_equal(made._statistics["score"], info["final_statistics"]["score"])


def test_the_five_rules_can_teach_too():
    made = TaughtTrainer(
        defender(), TaughtConfig(num_envs=3, rounds=2, teacher="five-rules"), steps=60
    )
    made.dagger.step()
    seed = made.first_seed(0)
    world = VectorRange(3, "official", seed, "message", steps=60)
    rules = FiveRules()
    rules.reset(seed)
    obs, info = world.reset()
    for _ in range(59):
        orders = rules.advise(rules.open_tick(obs, info))
        obs, _, _, _, info = world.step(orders.actions)
    np.testing.assert_array_equal(made._statistics["score"], info["final_statistics"]["score"])
    with pytest.raises(ValueError, match="teacher"):
        TaughtConfig(teacher="nobody")


def test_a_team_can_be_taught_and_then_paid(tmp_path):
    config = TaughtConfig(
        num_envs=4,
        rounds=3,
        learning_rate=0.01,
        fine_tune_num_envs=2,
        fine_tune_iterations=2,
    )
    made = TaughtTrainer(defender(), config, steps=60)
    records = list(made.run())
    assert [r.iteration for r in records] == [1, 2, 3, 4, 5]
    assert records[-1].steps == made.steps_done == (3 * 4 + 2 * 2) * 59
    distance = [r.groups["leaves"].kl for r in records[:3]]
    assert distance[2] < distance[0]  # nats to what the teacher says
    assert made.can_resume


def test_the_configurations_build_host_shared_teams():
    for name in ("strong", "settled", "taught"):
        made = build_defender(RunSpec(config=name, doctrine="none"))
        require_host_shared(made)
    with pytest.raises(ValueError, match="no rewards to change"):
        train(RunSpec(config="strong", doctrine="none", rewards={"local": 0.0}), "unused")


def test_a_run_in_a_folder_is_finished_once(tmp_path):
    changes = {"num_envs": 1, "iterations": 1, "minibatch_size": 256}
    spec = RunSpec(config="strong", doctrine="none", training=changes, policy={"hidden": 8})
    first = train(spec, tmp_path)
    curve = read_curve(tmp_path / "curve.csv")
    assert len(curve["score"]) == 1 and curve["reward defended"][0] < 0
    again = train(spec, tmp_path)
    assert again.iteration == first.iterations == 1


def test_a_doctrine_is_not_learned_around():
    made = HierarchicalDefender(defender().team, STANDARD)
    require_host_shared(made)  # a weight of 0 makes it silent
    with pytest.raises(ValueError, match="no doctrine"):
        require_host_shared(defender(doctrine_weight=0.5))
