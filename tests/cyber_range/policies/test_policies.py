"""Scripted defenders: the contract, batch against single, files, and what each one does in a
made-up situation."""

import json

import numpy as np
import pytest

from course_lib import cyber_range
from course_lib.cyber_range import policies
from course_lib.cyber_range.actions import TABLES, action_label, action_layout, source_columns
from course_lib.cyber_range.constants import (
    ALLOW,
    ANALYSE,
    BLOCK,
    BLUE_TICKS,
    DECOY,
    MONITOR,
    OZA,
    OZB,
    PAZ,
    REMOVE,
    RESTORE,
    RZA,
    SLEEP,
)
from course_lib.cyber_range.envs.parallel import parallel_env
from course_lib.cyber_range.envs.vector import VectorRange
from course_lib.cyber_range.observations import (
    BLOCKED,
    CONNECTION,
    PHASE,
    POLICY,
    PRIORITY,
    PROCESS,
)
from course_lib.cyber_range.policies.firewall import Firewall
from course_lib.cyber_range.policies.rng import uniform
from course_lib.cyber_range.policies.simple import pick_uniformly

CASES = [(name, defenders) for name in policies.POLICIES for defenders in ("official", "per-zone")]
PATIENT = ("sleep", "firewall", "blind-restore", "react-restore", "decoy-roundrobin", "expert")
"""Those that submit nothing but Sleep while an action is in progress."""
SLOT = 8
"""A user host; slot 1 is a server."""


class Scene:
    """One environment made by hand: the test sets the bits, the scene keeps time and decodes
    actions."""

    def __init__(self, name, defenders="official", hosts=(0, 1, 6, 7, 8), **parameters):
        self.policy = policies.make_policy(name, defenders, **parameters)
        self.layout = action_layout(defenders)
        self.obs = np.zeros((1, 7, 76), np.int8)
        self.step = 0
        self.busy = np.zeros((1, self.layout.count), int)
        self.mask = np.zeros((1, self.layout.count, 242), bool)
        for d in range(self.layout.count):
            for index in range(self.layout.size(d)):
                command, _, item = self.row(d, index)
                self.mask[0, d, index] = command in (ALLOW, BLOCK, MONITOR, SLEEP) or item in hosts

    def row(self, defender, index):
        """(class, block of the defender's zones, slot or source) of an action."""
        return (int(v) for v in TABLES[int(len(self.layout.zones[defender]) > 1), index])

    def tick(self):
        """One decision and one tick. Returns what each defender began: (class, zone, item)."""
        info = {"action_mask": self.mask, "busy": self.busy.copy(), "step": np.array([self.step])}
        actions = self.policy.act_batch(self.obs, info)[0]
        assert all(self.mask[0, d, a] for d, a in enumerate(actions))
        begun = []
        for d, action in enumerate(actions):
            command, block, item = self.row(d, action)
            if not self.busy[0, d]:
                self.busy[0, d] = BLUE_TICKS[command]
            else:
                assert command == SLEEP
            begun.append((command, int(self.layout.zones[d][block]), item))
        self.busy = np.maximum(self.busy - 1, 0)
        self.step += 1
        return begun

    def next(self, defender):
        """What a defender begins when it next does something other than Sleep; Sleep if it has no
        wish at all."""
        for _ in range(6):
            begun = self.tick()[defender]
            if begun[0] != SLEEP:
                return begun
        return begun


def run(policy, seeds, ticks, steps=500):
    """Actions (ticks, E, D) of a policy on consecutive seeds of the range."""
    vector = VectorRange(
        len(seeds),
        defenders=policy.defenders,
        seed=seeds[0],
        observation=policy.observation,
        steps=steps,
    )
    policy.reset(seeds[0])
    obs, info = vector.reset()
    chosen = []
    for _ in range(ticks):
        chosen.append(policy.act_batch(obs, info))
        obs, _, _, _, info = vector.step(chosen[-1])
    return np.stack(chosen)


@pytest.mark.parametrize("name, defenders", CASES)
def test_contract_and_valid_actions(name, defenders):
    policy = policies.make_policy(name, defenders)
    layout = action_layout(defenders)
    assert (policy.name, policy.defenders) == (name, defenders)
    assert policy.observation in ("flat", "message")
    vector = VectorRange(6, defenders=defenders, seed=40, observation=policy.observation)
    policy.reset(40)
    obs, info = vector.reset()
    rows, columns = np.ogrid[:6, : layout.count]
    for _ in range(150):
        actions = policy.act_batch(obs, info)
        assert actions.shape == (6, layout.count) and np.issubdtype(actions.dtype, np.integer)
        assert info["action_mask"][rows, columns, actions].all(), (
            "a host that does not exist was chosen"
        )
        if name in PATIENT:
            sleeping = actions == layout.single(SLEEP)
            assert sleeping[info["busy"] > 0].all()
        obs, _, _, _, info = vector.step(actions)


@pytest.mark.parametrize("name, defenders", CASES)
def test_single_face_plays_like_the_batch(name, defenders):
    ticks, seed = 70, 11
    batch = run(policies.make_policy(name, defenders), [10, 11, 12], ticks)
    policy = policies.make_policy(name, defenders)
    env = parallel_env(defenders=defenders, observation=policy.observation)
    obs, infos = env.reset(seed=seed)
    policy.reset(seed)
    for t in range(ticks):
        actions = policy.act(obs, infos)
        assert list(actions.values()) == batch[t, 1].tolist(), f"tick {t}"
        obs, _, _, _, infos = env.step(actions)


@pytest.mark.parametrize("name", ["random", "decoy-roundrobin", "expert"])
def test_next_episode_starts_with_an_empty_memory(name):
    both = run(policies.make_policy(name), [20, 21], 58, steps=30)
    second = run(policies.make_policy(name), [22, 23], 29, steps=30)
    assert np.array_equal(both[29:], second)
    assert not np.array_equal(both[:29], second)


def test_seed_decides_and_differs():
    one, again, other = (run(policies.make_policy("random"), [s], 20) for s in (3, 3, 4))
    assert np.array_equal(one, again) and not np.array_equal(one, other)


def test_streams_are_uniform_and_independent():
    draws = uniform(np.arange(4000), np.full(4000, 7), 5)
    assert draws.shape == (4000, 5) and draws.min() >= 0 and draws.max() < 1
    assert np.abs(np.histogram(draws, 10, (0, 1))[0] / draws.size - 0.1).max() < 0.01
    assert np.abs(np.corrcoef(draws.T) - np.eye(5)).max() < 0.06
    assert not np.allclose(draws, uniform(np.arange(4000), np.full(4000, 8), 5))
    assert not np.allclose(draws, uniform(np.arange(4000), np.full(4000, 7), 5, draw=1))


def test_pick_uniformly_by_hand():
    allowed = np.array([[[False, True, False, True, True]]])
    picked = [
        int(pick_uniformly(allowed, np.array([[u]]))[0, 0])
        for u in (0.0, 0.33, 0.34, 0.66, 0.67, 0.999999)
    ]
    assert picked == [1, 1, 3, 3, 4, 4]


def test_random_no_traffic_uses_exactly_the_host_classes():
    chosen = run(policies.make_policy("random-no-traffic"), list(range(20)), 60)
    layout = action_layout("official")
    classes = np.concatenate([layout.classes[d][chosen[:, :, d]].ravel() for d in range(5)])
    assert set(classes.tolist()) == {ANALYSE, REMOVE, RESTORE, DECOY}
    assert np.abs(np.bincount(classes, minlength=4) / len(classes) - 0.25).max() < 0.02


def test_monitor_plays_like_sleep():
    scores = [
        cyber_range.evaluate(name, episodes=3, steps=120).scores for name in ("monitor", "sleep")
    ]
    assert np.array_equal(*scores)


@pytest.mark.parametrize("defenders", ["official", "per-zone"])
def test_layout_agrees_with_the_labels(defenders):
    layout = action_layout(defenders)
    for zone, short in ((RZA, "RZA"), (OZB, "OZB"), (PAZ, "PAZ")):
        d = int(layout.owner[zone])
        for action_class, word in (
            (ANALYSE, "Analyse"),
            (REMOVE, "Remove"),
            (RESTORE, "Restore"),
            (DECOY, "DeployDecoy"),
        ):
            label = action_label(defenders, d, int(layout.offset[action_class, zone]) + SLOT)
            assert label == f"{word} {short} user_host_2"
    assert layout.single(SLEEP).tolist() == (
        [49, 49, 49, 49, 145] if defenders == "official" else [49] * 7
    )
    assert [layout.size(d) for d in range(layout.count)][:4] == [82] * 4
    assert source_columns(RZA).tolist() == [0, 1, 2, 3, 4, 5, 6, 8]


def test_react_restore():
    scene = Scene("react-restore")
    assert {c for c, _, _ in scene.tick()} == {SLEEP}
    scene.obs[0, PAZ, CONNECTION.start + 6] = 1
    scene.obs[0, PAZ, PROCESS.start + SLOT] = 1
    assert scene.tick()[4] == (RESTORE, PAZ, SLOT)
    scene.obs[0, PAZ, PROCESS.start + SLOT] = 0
    assert scene.next(4) == (RESTORE, PAZ, 6)


def test_blind_restore_takes_every_host_in_turn():
    scene = Scene("blind-restore")
    slots = [scene.next(0)[2] for _ in range(10)]
    assert slots == [0, 1, 6, 7, 8] * 2


def test_decoy_roundrobin_lays_decoys_then_analyses_then_reacts():
    scene = Scene("decoy-roundrobin")
    assert [scene.next(0) for _ in range(5)] == [(DECOY, RZA, s) for s in (0, 1, 6, 7, 8)]
    assert [scene.next(0) for _ in range(6)] == [(ANALYSE, RZA, s) for s in (0, 1, 6, 7, 8, 0)]
    scene.obs[0, RZA, PROCESS.start + 7] = 1
    assert scene.next(0) == (REMOVE, RZA, 7)
    scene.obs[0, RZA, PRIORITY.start + 6] = 1
    assert scene.next(0) == (RESTORE, RZA, 6)
    scene.obs[0, RZA, PRIORITY.start : PRIORITY.stop] = 0
    scene.obs[0, RZA, PROCESS.start + 7] = 0
    assert scene.next(0) == (DECOY, RZA, 6), "a Restore took the decoy away"


@pytest.mark.parametrize("defenders", ["official", "per-zone"])
def test_firewall_reaches_the_policy_of_each_phase(defenders):
    scene = Scene("firewall", defenders)
    rng = np.random.default_rng(0)
    for phase in range(3):
        wanted = rng.integers(0, 2, (7, 9))
        scene.obs[0, :, PHASE] = phase
        scene.obs[0, :, POLICY] = wanted
        for _ in range(60):
            for command, zone, item in scene.tick():
                if command in (BLOCK, ALLOW):
                    column = BLOCKED.start + source_columns(zone)[item]
                    assert scene.obs[0, zone, column] == (command == ALLOW)
                    scene.obs[0, zone, column] = command == BLOCK
        foreign = np.ones((7, 9), int)
        foreign[np.arange(7), [7, 4, 8, 5, 0, 3, 6]] = 0
        assert np.array_equal(scene.obs[0, :, BLOCKED], wanted * foreign)
        assert {command for command, _, _ in scene.tick()} == {SLEEP}


def test_firewall_prefers_allowing_to_blocking():
    policy = Firewall()
    scene = Scene("firewall")
    scene.obs[0, RZA, POLICY.start + 2] = 1
    scene.obs[0, RZA, BLOCKED.start + 1] = 1
    assert policy.name == "firewall" and scene.tick()[0] == (ALLOW, RZA, 1)


def quiet_expert(**parameters):
    """An expert that neither lays decoys nor looks round, so that only its reactions show."""
    return Scene("expert", decoys=0, shared_decoys=0, rest=1e9, **parameters)


def test_expert_removes_an_open_session_then_checks():
    scene = quiet_expert()
    assert scene.next(0)[0] == SLEEP
    scene.obs[0, RZA, PROCESS.start + SLOT] = scene.obs[0, RZA, CONNECTION.start + SLOT] = 1
    assert scene.tick()[0] == (REMOVE, RZA, SLOT)
    scene.tick(), scene.tick()
    scene.obs[0, RZA, PROCESS.start + SLOT] = scene.obs[0, RZA, CONNECTION.start + SLOT] = 0
    assert scene.tick()[0] == (ANALYSE, RZA, SLOT)
    scene.tick()
    scene.obs[0, RZA, PRIORITY.start + SLOT] = 1
    assert scene.tick()[0] == (RESTORE, RZA, SLOT)
    for _ in range(4):
        scene.tick()
    scene.obs[0, RZA, PRIORITY.start + SLOT] = 0
    assert scene.next(0)[0] == SLEEP


def test_expert_takes_a_lone_process_event_of_a_user_for_an_alarm_and_does_not_check():
    scene = quiet_expert()
    scene.obs[0, RZA, PROCESS.start + SLOT] = 1
    assert scene.tick()[0] == (REMOVE, RZA, SLOT)
    scene.tick(), scene.tick()
    scene.obs[0, RZA, PROCESS.start + SLOT] = 0
    assert scene.next(0)[0] == SLEEP
    scene.obs[0, RZA, PROCESS.start + 1] = 1
    assert scene.tick()[0] == (REMOVE, RZA, 1), "on a server it is an exploit"
    scene.tick(), scene.tick()
    scene.obs[0, RZA, PROCESS.start + 1] = 0
    assert scene.tick()[0] == (ANALYSE, RZA, 1)


def test_expert_puts_sessions_before_alarms_and_root_before_both():
    scene = quiet_expert()
    scene.obs[0, PAZ, PROCESS.start + 6] = 1
    scene.obs[0, PAZ, PROCESS.start + 1] = 1
    scene.obs[0, PAZ, PRIORITY.start + 7] = 1
    assert scene.tick()[4] == (RESTORE, PAZ, 7)
    for _ in range(4):
        scene.tick()
    scene.obs[0, PAZ, PRIORITY.start + 7] = 0
    assert scene.tick()[4] == (REMOVE, PAZ, 1)


def test_expert_leaves_a_cheap_foothold_alone_until_red_uses_it():
    scene = quiet_expert(ahead=0)
    scene.obs[0, OZA, PRIORITY.start + SLOT] = 3
    assert scene.next(1)[0] == SLEEP
    scene.obs[0, OZA, PROCESS.start + SLOT] = scene.obs[0, OZA, CONNECTION.start + SLOT] = 1
    assert scene.tick()[1] == (RESTORE, OZA, SLOT)


@pytest.mark.parametrize(
    "step, ahead, command",
    [(150, 0, SLEEP), (150, 50, RESTORE), (170, 0, RESTORE), (340, 0, SLEEP)],
)
def test_expert_restores_a_foothold_where_it_is_dear(step, ahead, command):
    scene = quiet_expert(ahead=ahead)
    scene.step = step
    scene.obs[0, OZA, PRIORITY.start + SLOT] = 3
    assert scene.tick()[1][0] == command


def test_expert_does_not_restore_when_nothing_can_be_lost_any_more():
    for step, command in ((450, RESTORE), (495, SLEEP)):
        scene = quiet_expert()
        scene.step = step
        scene.obs[0, RZA, PRIORITY.start + SLOT] = 1
        assert scene.tick()[0][0] == command


def test_expert_looks_round_the_users_first_and_lays_decoys_in_between():
    scene = Scene("expert", decoys=1)
    begun = [scene.next(0) for _ in range(12)]
    assert [b for b in begun if b[0] == DECOY] == [(DECOY, RZA, s) for s in (6, 7, 8)]
    looked = [b[2] for b in begun if b[0] == ANALYSE]
    assert set(looked[:3]) == {6, 7, 8}


def test_best_policy_reaches_its_level():
    expert = cyber_range.evaluate("expert", episodes=200, seed=90_000)
    simple = cyber_range.evaluate("decoy-roundrobin", episodes=200, seed=90_000)
    assert expert.mean > -110
    assert expert.mean > simple.mean + 30 > -170
    assert expert.statistics["overflow"].sum() == 0


@pytest.mark.parametrize("name", policies.POLICIES)
def test_save_and_load(name, tmp_path):
    changed = {"expert": {"decoys": 3, "stale": 12.5}, "decoy-roundrobin": {"decoys": 2}}.get(
        name, {}
    )
    policy = policies.make_policy(name, "per-zone", **changed)
    policy.save(tmp_path / "policy.json")
    again = policies.load_policy(tmp_path / "policy.json")
    assert (again.name, again.defenders, again.config) == (name, "per-zone", policy.config)
    assert np.array_equal(run(policy, [5, 6], 40), run(again, [5, 6], 40))
    assert json.loads((tmp_path / "policy.json").read_text())["version"] == 1


SAVED = {
    "format": "course_lib scripted policy",
    "version": 1,
    "policy": "expert",
    "defenders": "official",
    "config": {},
}


@pytest.mark.parametrize(
    "text, message",
    [
        ("{", "damaged, or it is not JSON"),
        ("[" * 100_000, "damaged, or it is not JSON"),
        ("[1, 2]", 'lacks the entry "format"'),
        ('{"format": "other"}', 'lacks the entry "format"'),
        (SAVED | {"version": 2}, "version 2 and this course reads version 1"),
        (SAVED | {"policy": "os.system"}, "holds a policy 'os.system'; there are sleep"),
        (SAVED | {"policy": ["sleep"]}, "holds a policy"),
        (SAVED | {"defenders": "nobody"}, "defenders must be official or per-zone"),
        (SAVED | {"config": 3}, "config a table"),
        (SAVED | {"config": {"colour": 1}}, "no parameter 'colour'; there is decoys"),
        (
            SAVED | {"config": {"decoys": 1.5}},
            "decoys=1.5 is not a whole number",
        ),
        (SAVED | {"config": {"stale": "x"}}, "stale='x' is not a finite number"),
        (SAVED | {"config": {"stale": -1}}, "stale=-1 is not a finite number from 0"),
        (SAVED | {"config": {"decoys": 10**30}}, "decoys=1000000000000000000000000000000 is not a"),
        (SAVED | {"config": {"steps": 10**30}}, "steps=1000000000000000000000000000000 is not a"),
        (SAVED | {"policy": "decoy-roundrobin", "config": {"decoys": 10**30}}, "is not a whole"),
        (SAVED | {"policy": "\x1b[31m\n"}, "holds a policy '\\x1b[31m\\n'"),
    ],
)
def test_damaged_and_foreign_files(text, message, tmp_path):
    file = tmp_path / "policy.json"
    file.write_text(text if isinstance(text, str) else json.dumps(text))
    with pytest.raises(ValueError) as error:
        policies.load_policy(file)
    assert message in str(error.value) and "\n" not in str(error.value)


def test_binary_and_huge_files(tmp_path):
    file = tmp_path / "policy.json"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="damaged, or it is not text"):
        policies.load_policy(file)
    file.write_bytes(b" " * 1_000_001)
    with pytest.raises(ValueError, match="larger than"):
        policies.load_policy(file)


def test_names_and_their_errors():
    assert set(policies.POLICIES) == {
        *(
            "sleep",
            "monitor",
            "random",
            "random-no-traffic",
            "firewall",
            "blind-restore",
            "react-restore",
        ),
        *("decoy-roundrobin", "expert"),
    }
    assert policies.load_policy("expert").name == "expert"
    assert policies.load_policy("expert", "per-zone").defenders == "per-zone"
    for call in (policies.make_policy, policies.load_policy, cyber_range.make_policy):
        with pytest.raises(ValueError, match="there are sleep, monitor, .*expert"):
            call("winner")
    with pytest.raises(ValueError, match="official, per-zone"):
        policies.make_policy("sleep", "all")
    with pytest.raises(ValueError, match="no parameter 'decoys'; there is none"):
        policies.make_policy("sleep", decoys=1)


def test_act_names_a_missing_defender():
    policy = policies.make_policy("sleep")
    env = parallel_env()
    obs, infos = env.reset(seed=0)
    del obs["blue_agent_3"]
    with pytest.raises(ValueError, match="blue_agent_3"):
        policy.act(obs, infos)
