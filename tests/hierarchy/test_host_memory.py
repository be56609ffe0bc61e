"""A learned memory of every host: the cell against a closed form, and all that a team does with
it."""

import numpy as np
import pytest
import torch
from torch import nn

from course_lib.cyber_range import VectorRange, evaluate
from course_lib.cyber_range.constants import ANALYSE, REMOVE
from course_lib.hierarchy import (
    FULL,
    NONE,
    STANDARD,
    THREE_LAYER,
    HierarchicalDefender,
    PolicyConfig,
    Recommender,
    Team,
    TeamConfig,
    Tree,
    UnitConfig,
    record_attention,
    replay,
    what_if,
)
from course_lib.hierarchy.host_memory import HostMemory, shown
from course_lib.hierarchy.host_policy import HOST_ACTION, SHOWN_ENTRIES, HostPolicy, host_rows
from course_lib.hierarchy.note_entries import NOTES_SIZE
from course_lib.hierarchy.spaces import ACTIONS
from course_lib.training import load_defender, save_defender
from course_lib.widgets import policy_bench

WIDTH = 5
OWNER = np.array([0, 1, 2, 3, 4, 4, 4])
ALL_FREE = np.ones((2, 5), bool)


def defender(doctrine=NONE, seed: int = 0, **policy) -> HierarchicalDefender:
    """A small recurrent three-layer team whose policy is far from uniform."""
    choices = {"network": "recurrent", "notes": "time", "hidden": 16, "memory": WIDTH}
    config = PolicyConfig(**{**choices, "doctrine_weight": 0.0, "traffic": False, **policy})
    team = TeamConfig(UnitConfig(policy=config), arbitration="scores")
    made = HierarchicalDefender(Team(THREE_LAYER, team, seed), doctrine)
    with torch.no_grad():
        for parameter in made.team.unit_at(0, 0).policy_function.network.parameters():
            parameter.mul_(4)
    return made


def ticks_of(seed: int, size: int, count: int, made: HierarchicalDefender):
    """Play some ticks; the observation and info of the next one."""
    world = VectorRange(size, "official", seed, "message")
    obs, info = world.reset()
    made.reset(seed)
    for _ in range(count):
        obs, _, _, _, info = world.step(made.act_batch(obs, info))
    return world, obs, info


def messages(seed: int, size: int = 2) -> np.ndarray:
    """Random raw messages (size, 7, 76)."""
    rng = np.random.default_rng(seed)
    raw = rng.integers(0, 2, (size, 7, 76)).astype(np.int8)
    raw[..., 60:] = rng.integers(0, 4, (size, 7, 16))
    return raw


# ---------------------------------------------------------------- the cell


def test_the_cell_is_told_what_the_message_shows_and_what_has_ended():
    raw = np.zeros((76,), np.int8)
    raw[28 + 3], raw[44 + 9], raw[60 + 9] = 1, 1, 2
    finished = np.full(16, -1)
    finished[9] = REMOVE
    entries = shown(raw, finished).numpy()
    assert entries.shape == (16, len(SHOWN_ENTRIES))
    told = [{SHOWN_ENTRIES[i] for i in np.flatnonzero(host)} for host in entries]
    assert told[3] == {"process event", "priority: nothing known", "is a server"}
    assert told[9] == {"connection event", "priority: user file", "own Remove ended"}


def test_a_tick_is_one_step_of_a_gru_cell_for_every_host():
    torch.manual_seed(0)
    network = HostPolicy(4, memory=WIDTH)
    cell = nn.GRUCell(len(SHOWN_ENTRIES), WIDTH)
    cell.load_state_dict(
        {name.removesuffix("_l0"): weight for name, weight in network.cell.state_dict().items()}
    )
    notes = HostMemory(2, OWNER, "time", network.cell)
    wanted = torch.zeros(2, 7, 16, WIDTH)
    for tick in range(4):
        raw = messages(tick)
        notes.read(raw, np.full(2, tick), ALL_FREE)
        told = shown(raw, notes.table.finished)
        wanted = cell(told.flatten(0, 2), wanted.flatten(0, 2)).detach().view_as(wanted)
        torch.testing.assert_close(notes.memory, wanted)
        one = np.array([1])
        notes.begin(one, one, np.array([ANALYSE]), np.array([16 + tick]))
    vectors = notes.vectors(np.full(2, 3))
    assert vectors.shape == (2, 7, NOTES_SIZE + 16 * WIDTH)
    np.testing.assert_array_equal(vectors[..., NOTES_SIZE:], wanted.flatten(2).numpy())
    assert not vectors[..., 1:NOTES_SIZE].any()  # a clock, and nothing by hand


def test_a_new_memory_fades_within_one_to_two_hundred_ticks():
    torch.manual_seed(0)
    cell = HostPolicy(4, memory=400).cell
    with torch.no_grad():
        for weight in (cell.weight_ih_l0, cell.weight_hh_l0):
            weight.zero_()
        for bias in (cell.bias_ih_l0, cell.bias_hh_l0):
            bias[800:] = 0  # nothing new comes in
    _, left = cell(torch.zeros(30, 1, len(SHOWN_ENTRIES)), torch.ones(1, 1, 400))
    horizon = 30 / -left.detach().flatten().log()
    assert 1 < horizon.min() < 2 and 150 < horizon.max() < 201
    assert horizon.median() == pytest.approx(14, abs=3)


def test_memory_is_blank_where_an_episode_begins_and_nowhere_else():
    notes = HostMemory(2, OWNER, "time", HostPolicy(4, memory=WIDTH).cell)
    notes.read(messages(0), np.zeros(2), ALL_FREE)
    kept = notes.memory.clone()
    copied = notes.of(np.array([1, 0, 1]))
    notes.forget(np.array([True, False]))
    assert not notes.memory[0].any() and torch.equal(notes.memory[1], kept[1])
    assert torch.equal(copied.memory, kept[[1, 0, 1]])


def test_a_zone_has_the_mean_and_the_maximum_of_its_hosts_memory():
    exists = torch.zeros(2, 16, dtype=torch.bool)
    exists[0, [2, 5]] = True
    exists[1, 9] = True
    notes = torch.full((2, NOTES_SIZE + 16 * 2), 0.9)  # what absent hosts have counts for nothing
    notes[:, :NOTES_SIZE] = 0
    memory = notes[:, NOTES_SIZE:].view(2, 16, 2)
    memory[0, [2, 5]] = torch.tensor([[-0.5, 0.1], [-0.3, 0.5]])
    memory[1, 9] = torch.tensor([-0.8, 0.0])
    rows = host_rows(torch.zeros(2, 76), notes, exists)
    torch.testing.assert_close(
        rows.hosts[:, -2:], torch.tensor([[-0.5, 0.1], [-0.3, 0.5], [-0.8, 0.0]])
    )
    wanted = torch.tensor([[-0.4, 0.3, -0.3, 0.5], [-0.8, 0.0, -0.8, 0.0]])
    torch.testing.assert_close(rows.zones[:, -4:], wanted)


def test_swapping_two_hosts_and_their_memories_swaps_their_scores():
    torch.manual_seed(0)
    network = HostPolicy(16, memory=WIDTH)
    message = torch.rand(3, 76)
    notes = torch.rand(3, NOTES_SIZE + 16 * WIDTH)
    notes[:, 2:NOTES_SIZE] = 0
    message[:, [28 + 7, 44 + 7, 60 + 7]] = message[:, [28 + 12, 44 + 12, 60 + 12]]
    exists = torch.ones(3, 16, dtype=torch.bool)
    before = network(host_rows(message, notes, exists))
    memory = notes[:, NOTES_SIZE:].view(3, 16, WIDTH)
    memory[:, [7, 12]] = memory[:, [12, 7]].clone()
    after = network(host_rows(message, notes, exists))
    order = torch.arange(ACTIONS)
    for actions in HOST_ACTION:
        order[actions[[7, 12]]] = order[actions[[12, 7]]]
    torch.testing.assert_close(after, before[:, order])
    assert (after - before).abs().max() > 1e-4


# ---------------------------------------------------------------- choices


def test_choices_that_do_not_fit_a_learned_memory_are_refused():
    with pytest.raises(ValueError, match='network="recurrent" needs notes="time"'):
        PolicyConfig(network="recurrent")
    policy = PolicyConfig(network="recurrent", notes="time")
    with pytest.raises(ValueError, match='needs share="level"'):
        TeamConfig(UnitConfig(policy=policy), share="unit")
    assert policy.of_commander.memory_width == 0


# ---------------------------------------------------------------- on the range


def test_rows_whose_episodes_end_at_different_times_remember_their_own():
    made = defender()
    cell = made.team.unit_at(0, 0).policy_function.cell
    worlds = [VectorRange(1, "official", 3 + steps, "message", steps=steps) for steps in (12, 20)]
    shows = [world.reset() for world in worlds]
    wanted = torch.zeros(2, 7, 16, WIDTH)
    began = np.zeros(2, int)
    for _ in range(25):
        obs = np.concatenate([obs for obs, _ in shows])
        names = ("action_mask", "step", "busy")
        info = {name: np.concatenate([info[name] for _, info in shows]) for name in names}
        actions = made.act_batch(obs, info)
        began += info["step"] == 0
        wanted[torch.as_tensor(info["step"] == 0)] = 0
        told = shown(obs, made.notes.table.finished).flatten(0, 2)
        wanted = cell(told[None], wanted.flatten(0, 2)[None])[0].detach().view_as(wanted)
        torch.testing.assert_close(made.notes.memory, wanted)
        shows = []
        for world, action in zip(worlds, actions, strict=True):
            obs, _, _, _, info = world.step(action[None])
            shows.append((obs, info))
    assert began.tolist() == [3, 2]


def test_episodes_play_the_same_alone_and_side_by_side():
    together = evaluate(defender(), episodes=5, seed=3, steps=40).scores
    alone = [evaluate(defender(), episodes=1, seed=3 + k, steps=40).scores[0] for k in range(5)]
    np.testing.assert_array_equal(together, alone)


def test_what_it_remembers_changes_what_it_does():
    made = defender()
    _, obs, info = ticks_of(3, 4, 30, made)
    state = made.open_tick(obs, info)
    scene = made.observe(state)
    env_idx = leaf_idx = np.array([0, 1, 2, 3])
    seen = made.leaf_inputs(scene, env_idx, leaf_idx)
    allowed = torch.as_tensor(scene.allowed[env_idx, leaf_idx])
    policy = made.team.unit_at(0, 0).policy_function
    scores = policy.outputs(seen, allowed)
    blank = policy.outputs(seen._replace(notes=None), allowed)
    assert (scores - blank)[allowed].abs().max() > 0.01


def test_a_lost_unit_has_forgotten_everything_when_it_is_back():
    made = defender()
    world, obs, info = ticks_of(3, 2, 10, made)
    zone = made.zones[made.team.wiring.number("OFF")]
    assert made.notes.memory[:, zone].any()
    made.lose("OFF")
    obs, _, _, _, info = world.step(made.act_batch(obs, info))
    assert not made.notes.memory[:, zone].any()
    others = np.delete(np.arange(7), zone)
    assert made.notes.memory[:, others].flatten(2).any(dim=2).all()
    made.lose()
    made.act_batch(obs, info)
    told = torch.as_tensor(shown(obs[:, zone], made.notes.table.finished[:, zone]))
    first, _ = made.notes.cell(told.flatten(0, 1)[None])
    torch.testing.assert_close(made.notes.memory[:, zone].flatten(0, 1), first[0])


def test_a_zone_that_joins_the_tree_begins_without_a_memory():
    made = defender()
    world, obs, info = ticks_of(3, 2, 10, made)
    made.rewire(Tree.from_description({"top": ["OFF", "PAZ"]}))
    obs, _, _, _, info = world.step(made.act_batch(obs, info))
    absent = np.delete(np.arange(7), made.zones)
    assert not made.notes.memory[:, absent].any()
    made.rewire(THREE_LAYER)
    made.act_batch(obs, info)
    assert made.notes.memory.flatten(2).any(dim=2).all()


def test_a_team_goes_on_from_its_state_as_if_it_had_not_stopped():
    one, other = defender(), defender()
    world, obs, info = ticks_of(3, 2, 12, one)
    other.load_state_dict(one.state_dict())
    for _ in range(8):
        actions = one.act_batch(obs, info)
        np.testing.assert_array_equal(actions, other.act_batch(obs, info))
        obs, _, _, _, info = world.step(actions)
    assert torch.equal(one.notes.memory, other.notes.memory)


def test_a_file_keeps_it(tmp_path):
    made = defender()
    save_defender(made, tmp_path / "team.pt")
    again = load_defender(tmp_path / "team.pt")
    made.team.load_state_dict(again.team.state_dict())  # half precision, as in the file
    scores = [evaluate(one, episodes=3, seed=9, steps=60).scores for one in (made, again)]
    np.testing.assert_array_equal(*scores)


@pytest.mark.parametrize("doctrine", [NONE, STANDARD])
def test_it_plays_with_doctrine_losses_and_another_tree(doctrine):
    made = defender(doctrine, doctrine_weight=0.8 if doctrine.rules else 0.0)
    made.lose("OFF", "operational")
    assert np.isfinite(evaluate(made, episodes=2, seed=3, steps=40).mean)
    made.lose()
    made.rewire(Tree.from_description({"top": ["OFF", "PAZ", "RZA"]}))
    assert np.isfinite(evaluate(made, episodes=2, seed=3, steps=40).mean)


def test_a_recorded_tick_is_what_was_decided_and_can_be_asked_what_if():
    made = defender()
    record = record_attention(made, seed=2, steps=30)
    assert record.notes.shape == (29, 7, NOTES_SIZE + 16 * WIDTH)
    acted = record.chosen >= 0
    chosen = np.maximum(record.chosen, 0)[..., None].astype(int)
    chance = np.take_along_axis(record.probabilities.astype(float), chosen, 2)[..., 0]
    assert (chance[acted] > 0).all()
    change = what_if(record, 12, "commander", drop=["operational"])
    assert change.before.probabilities.sum(axis=1) == pytest.approx(1, abs=1e-4)
    with pytest.raises(ValueError, match="notes has shape"):  # another team remembers otherwise
        replay(record, defender(memory=3).team)


def test_it_recommends_and_its_log_replays():
    made = Recommender(defender(FULL, doctrine_weight=0.8), lambda proposal: True, steps=60)
    made.reset(4)
    world = VectorRange(1, seed=4, observation="message", steps=60)
    obs, info = world.reset()
    rewards = []
    for _ in range(20):
        obs, reward, _, _, info = world.step(made.act_batch(obs, info))
        rewards.append(float(reward[0]))
    assert made.log.proposals
    np.testing.assert_allclose(made.log.replay(), rewards)


def test_the_policy_bench_asks_it_as_in_the_first_tick_of_an_episode():
    situation = policy_bench.recorded_situations()["root file"]
    decision = policy_bench.decide(defender(FULL), situation, FULL, [1.0] * 8, 0.0, 0.5)
    assert float(decision.stages.probabilities.sum()) == pytest.approx(1)
