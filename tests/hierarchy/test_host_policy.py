"""The host-shared policy, notes, and arbitration by scores: the unit's second form."""

import numpy as np
import pytest
import torch

from course_lib.cyber_range import VectorRange, evaluate
from course_lib.cyber_range.constants import ALLOW, ANALYSE, BLOCK, DECOY, MONITOR, REMOVE, RESTORE
from course_lib.cyber_range.observations import BLOCKED, PRIORITY, PROCESS
from course_lib.hierarchy import (
    NONE,
    STANDARD,
    THREE_LAYER,
    HierarchicalDefender,
    Observation,
    PolicyConfig,
    PolicyFunction,
    Team,
    TeamConfig,
    Tree,
    UnitConfig,
    normalised,
    record_attention,
    what_if,
)
from course_lib.hierarchy.host_policy import HOST_ACTION, HostPolicy, host_rows
from course_lib.hierarchy.note_entries import HOST_NOTES, NOTES_SIZE, ZONE_ENTRIES, note_names
from course_lib.hierarchy.notes import Notes, blank_vector
from course_lib.hierarchy.spaces import ACTION_CLASS, ACTION_SLOT, ACTIONS, CLASS_MEMBERS
from course_lib.training import load_defender, save_defender

SMALL = {"network": "host-shared", "hidden": 16, "notes": "all", "traffic": False}


def defender(arbitration: str = "scores", doctrine=NONE, seed: int = 0, **policy):
    """A small host-shared three-layer team whose policy is far from uniform."""
    config = PolicyConfig(**{**SMALL, "doctrine_weight": 0.0, **policy})
    team = TeamConfig(UnitConfig(policy=config), arbitration=arbitration)
    made = HierarchicalDefender(Team(THREE_LAYER, team, seed), doctrine)
    with torch.no_grad():
        for parameter in made.team.unit_at(0, 0).policy_function.network.parameters():
            parameter.mul_(4)
    return made


def observed(size: int = 3, seed: int = 0) -> tuple[Observation, torch.Tensor]:
    """Random observations of ``size`` leaves, and what they may do."""
    rng = np.random.default_rng(seed)
    raw = rng.integers(0, 2, (size, 76))
    raw[:, 0] = rng.integers(0, 3, size)
    raw[:, 1:10] = np.eye(9)[rng.integers(0, 9, size)]
    raw[:, PRIORITY] = rng.integers(0, 4, (size, 16))
    message = torch.as_tensor(normalised(raw))
    notes = torch.as_tensor(rng.random((size, NOTES_SIZE)), dtype=torch.float32)
    exists = rng.random((size, 16)) < 0.7
    exists[:, 0] = True
    allowed = exists[:, ACTION_SLOT] | (ACTION_CLASS >= 4)
    seen = Observation(message[:, 0], torch.ones(size, 8), message, torch.zeros(size), notes)
    return seen, torch.as_tensor(allowed)


def swapped(vector: torch.Tensor, blocks: int, first: int, one: int, other: int) -> torch.Tensor:
    """A vector with ``blocks`` parts of 16 hosts from entry ``first`` on, two hosts exchanged."""
    order = torch.arange(vector.shape[1])
    for block in range(blocks):
        at = first + 16 * block
        order[[at + one, at + other]] = order[[at + other, at + one]]
    return vector[:, order]


def test_swapping_two_hosts_swaps_their_scores():
    torch.manual_seed(0)
    seen, allowed = observed()
    exists = torch.ones(3, 16, dtype=torch.bool)
    network = HostPolicy(16)
    scores = network(host_rows(seen.message, seen.notes, exists))
    message = swapped(seen.message, 3, PROCESS.start, 7, 12)
    notes = swapped(seen.notes, len(HOST_NOTES), 2, 7, 12)
    again = network(host_rows(message, notes, exists))
    order = torch.arange(ACTIONS)
    for actions in HOST_ACTION:
        order[actions[[7, 12]]] = order[actions[[12, 7]]]
    torch.testing.assert_close(again, scores[:, order])


def test_an_absent_host_changes_nothing_and_gets_no_probability():
    torch.manual_seed(0)
    policy = PolicyFunction(PolicyConfig(**SMALL, doctrine_weight=0.0))
    seen, allowed = observed()
    before = policy(seen, torch.zeros(3, ACTIONS), allowed).probabilities
    absent = ~allowed[:, HOST_ACTION[0]]
    message = seen.message.clone()
    message[:, PROCESS] = torch.where(absent, 1 - message[:, PROCESS], message[:, PROCESS])
    after = policy(seen._replace(message=message), torch.zeros(3, ACTIONS), allowed).probabilities
    torch.testing.assert_close(after, before)
    assert before[~allowed].max() == 0


def test_classes_that_the_configuration_rules_out_are_never_drawn():
    seen, allowed = observed()
    policy = PolicyFunction(PolicyConfig(traffic=False, monitor=False, doctrine_weight=0.0))
    pi = policy(seen, torch.zeros(3, ACTIONS), allowed).probabilities
    ruled_out = np.concatenate([CLASS_MEMBERS[kind] for kind in (ALLOW, BLOCK, MONITOR)])
    assert pi[:, ruled_out].max() == 0
    torch.testing.assert_close(pi.sum(dim=1), torch.ones(3))


def test_without_idle_traffic_allow_is_left_where_something_is_blocked():
    seen, allowed = observed(20)
    policy = PolicyFunction(PolicyConfig(idle_traffic=False, doctrine_weight=0.0))
    pi = policy(seen, torch.zeros(20, ACTIONS), allowed).probabilities.detach()
    for row in range(20):
        zone = int(seen.message[row, 1:10].argmax())
        blocked = np.delete(seen.message[row, BLOCKED].numpy(), zone) > 0
        np.testing.assert_array_equal(pi[row, CLASS_MEMBERS[ALLOW]].numpy() > 0, blocked)
        np.testing.assert_array_equal(pi[row, CLASS_MEMBERS[BLOCK]].numpy() > 0, ~blocked)


def test_a_dense_network_can_keep_notes_too():
    seen, allowed = observed()
    policy = PolicyFunction(PolicyConfig(notes="ages", hidden=8))
    assert policy.network[0].in_features == 76 + NOTES_SIZE
    assert (
        policy(seen._replace(notes=None), torch.zeros(3, ACTIONS), allowed)
        .probabilities.isfinite()
        .all()
    )


def test_the_default_unit_is_the_papers():
    shapes = [tuple(p.shape) for p in Team(THREE_LAYER).unit_at(0, 0).policy_function.parameters()]
    assert shapes == [(256, 76), (256,), (256, 256), (256,), (82, 256), (82,)]


def test_choosing_a_zone_and_an_action_is_one_softmax_over_all_zones():
    seen, allowed = observed(3)
    policy = PolicyFunction(PolicyConfig(**SMALL, doctrine_weight=0.0))
    with torch.no_grad():
        for parameter in policy.parameters():
            parameter.mul_(3)
    command = torch.tensor([[1.0, 0.3, 1, 1, 1, 1, 1, 0.3]] * 3)
    seen = seen._replace(command=command)
    zone = torch.softmax(policy.strength(seen, allowed), dim=0)
    action = policy(seen, torch.zeros(3, ACTIONS), allowed).probabilities
    weights = policy.outputs(seen, allowed).exp() * command[:, torch.as_tensor(ACTION_CLASS)]
    weights = weights * policy.permitted(seen.message, allowed)
    torch.testing.assert_close(zone[:, None] * action, weights / weights.sum())


# ---------------------------------------------------------------- notes


def one_zone(**signs) -> np.ndarray:
    """Raw messages (1, 7, 76), quiet but for ``signs`` of host 8 (a user host) and 2 (a server)."""
    raw = np.zeros((1, 7, 76), np.int8)
    for name, value in signs.items():
        part, host = name.split("_")
        start = {"process": 28, "connection": 44, "priority": 60}[part]
        raw[0, 0, start + int(host)] = value
    return raw


class Story:
    """One environment's notes, told tick by tick."""

    def __init__(self):
        self.notes, self.now = Notes(1, np.arange(7)), 0

    def tick(self, free: bool = True, began: tuple[int, int] | None = None, **signs) -> None:
        """A tick: what is seen, and what the defender of the first zone begins."""
        self.now += 1
        free = np.full((1, 7), free)
        self.notes.read(one_zone(**signs), np.array([self.now]), free)
        if began is not None:
            action_class, host = began
            zero = np.array([0])
            self.notes.begin(zero, zero, np.array([action_class]), np.array([host]))

    def __getitem__(self, entry: str) -> float:
        name, host = entry.rsplit(":", 1) if ":" in entry else (entry, None)
        vector = self.notes.vectors(np.array([self.now]))[0, 0]
        names = note_names()
        place = names.index(name) if host is None else _place(names, name, int(host))
        return float(vector[place])


def _place(names: tuple[str, ...], name: str, host: int) -> int:
    return next(i for i, full in enumerate(names) if full.startswith(name + ":")) + host


def test_entries_have_names():
    assert len(note_names()) == NOTES_SIZE == len(set(note_names())) == 2 + 16 * len(HOST_NOTES)
    assert len(ZONE_ENTRIES) == len(set(ZONE_ENTRIES)) == HostPolicy(4).context.in_features


def test_an_age_counts_from_the_end_of_the_own_action():
    story = Story()
    story.tick(began=(ANALYSE, 8))
    story.tick(free=False)
    story.tick()  # free again: the look has ended
    assert story["time since own Analyse, hundreds of ticks:8"] == 0
    assert story["time since own Analyse, hundreds of ticks:9"] == pytest.approx(0.03)
    for _ in range(25):
        story.tick()
    assert story["time since own Analyse, fading:8"] == pytest.approx(np.exp(-1), rel=1e-5)
    assert story["own decoys, thirds:8"] == 0


def test_decoys_are_counted_until_the_restore():
    story = Story()
    for _ in range(2):
        story.tick(began=(DECOY, 8))
    story.tick(began=(RESTORE, 8))
    assert story["own decoys, thirds:8"] == pytest.approx(2 / 3)
    story.tick()
    assert story["own decoys, thirds:8"] == 0
    assert story["time since own Restore, fading:8"] == 1


@pytest.mark.parametrize(
    ("signs", "host", "certain"),
    [
        ({"process_8": 1}, 8, False),  # a user at work leaves this too
        ({"process_8": 1, "connection_8": 1}, 8, True),
        ({"process_2": 1}, 2, True),  # nobody works on a server
        ({"priority_8": 2}, 8, False),  # a file, but not from an own look of this tick
    ],
)
def test_an_exploit_is_told_from_a_user_at_work(signs, host, certain):
    story = Story()
    story.tick(**signs)
    assert story[f"an exploit's sign since the last cleaning:{host}"] == certain


def test_a_remove_after_an_exploit_wants_a_look_and_the_look_ends_it():
    story = Story()
    signs = {"process_2": 1}
    story.tick(began=(REMOVE, 2), **signs)
    story.tick()
    assert story["a Remove that still wants a look:2"] == 1
    assert story["an exploit's sign since the last cleaning:2"] == 0
    assert story["an exploit since the last Restore:2"] == 1
    story.tick(began=(ANALYSE, 2))
    story.tick()
    assert story["a Remove that still wants a look:2"] == 0


def test_a_touched_decoy_is_remembered_until_the_restore():
    story = Story()
    story.tick(priority_8=3)
    story.tick(began=(RESTORE, 8))
    assert story["touched a decoy since the last Restore:8"] == 1
    story.tick()
    assert story["touched a decoy since the last Restore:8"] == 0


def test_root_is_remembered_for_all_zones_of_a_defender():
    notes = Notes(1, np.array([0, 1, 2, 3, 4, 4, 4]))
    raw = np.zeros((1, 7, 76), np.int8)
    one = np.array([0])
    notes.begin(one, np.array([4]), np.array([ANALYSE]), np.array([5 * 16 + 3]))
    raw[0, 5, 60 + 3] = 1
    notes.read(raw, np.array([2]), np.ones((1, 5), bool))
    assert notes.vectors(np.array([2]))[0, :, 1].tolist() == [0, 0, 0, 0, 1, 1, 1]


def test_notes_are_forgotten_with_the_episode_and_saved_with_a_checkpoint():
    story = Story()
    story.tick(process_2=1, began=(DECOY, 2))
    story.tick()
    kept = story.notes.state_dict()
    story.notes.forget(np.array([True]))
    np.testing.assert_array_equal(story.notes.vectors(np.zeros(1, int))[0, 0], blank_vector())
    story.notes.load_state_dict(kept)
    assert story["own decoys, thirds:2"] == pytest.approx(1 / 3)


def test_flags_can_be_left_out():
    notes = Notes(1, np.arange(7), "ages")
    notes.read(one_zone(process_2=1), np.array([1]), np.ones((1, 7), bool))
    vector = notes.vectors(np.array([1]))[0, 0]
    flags = [i for i, name in enumerate(note_names()) if "exploit" in name or "decoy since" in name]
    assert not vector[flags].any() and vector.any()


# ---------------------------------------------------------------- on the range


@pytest.mark.parametrize("arbitration", ["attention", "scores"])
@pytest.mark.parametrize("doctrine", [NONE, STANDARD])
def test_it_plays_with_doctrine_losses_and_another_tree(arbitration, doctrine):
    made = defender(arbitration, doctrine, doctrine_weight=0.8 if doctrine.rules else 0.0)
    made.lose("OFF", "operational")
    assert np.isfinite(evaluate(made, episodes=2, seed=3, steps=40).mean)
    made.lose()
    made.rewire(Tree.from_description({"top": ["OFF", "PAZ", "RZA"]}))
    assert np.isfinite(evaluate(made, episodes=2, seed=3, steps=40).mean)


def test_a_file_keeps_it_and_greedy_play_draws_nothing(tmp_path):
    made = defender()
    save_defender(made, tmp_path / "team.pt")
    again = load_defender(tmp_path / "team.pt")
    made.team.load_state_dict(again.team.state_dict())  # half precision, as in the file
    scores = [evaluate(one, episodes=3, seed=9, steps=60).scores for one in (made, again)]
    np.testing.assert_array_equal(*scores)
    made.greedy = True
    env = VectorRange(1, "official", 4, "message")
    obs, info = env.reset()
    made.reset(1)
    first = made.act_batch(obs, info)
    made.reset(2)
    np.testing.assert_array_equal(made.act_batch(obs, info), first)


def test_a_recorded_tick_is_what_was_decided():
    made = defender()
    record = record_attention(made, seed=2, steps=30)
    assert record.notes.shape == (29, 7, NOTES_SIZE)
    acted = record.chosen >= 0
    chance = np.take_along_axis(
        record.probabilities.astype(float), np.maximum(record.chosen, 0)[..., None].astype(int), 2
    )[..., 0]
    assert (chance[acted] > 0).all()
    assert record.turn[:, 4:].sum(axis=1) == pytest.approx(1, abs=0.01)
    change = what_if(record, 12, "commander", drop=["operational"])
    assert change.before.probabilities.sum(axis=1) == pytest.approx(1, abs=1e-4)
