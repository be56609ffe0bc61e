"""The bridge to the public simulator: finding it (without it), and speaking with it (marker
``cyborg``)."""

import importlib.util
import json
import os
import pathlib
import re
import subprocess
import sys
import warnings
from types import SimpleNamespace

import numpy as np
import pytest

from course_lib.cyber_range.actions import TABLES, action_layout, defender_zones
from course_lib.cyber_range.constants import (
    ALPHABET_ZONE,
    ANALYSE,
    CON,
    DECOY,
    EXP,
    FLAT_LARGE,
    HOST_NUMBER,
    IMP,
    OFFICIAL_DEFENDERS,
    OFFICIAL_OWNER,
    REMOVE,
    RESTORE,
    RIA,
    SLEEP,
    SLOTS,
    AnalyseResult,
    host_name,
)
from course_lib.cyber_range.cyborg import load, locate
from course_lib.cyber_range.cyborg.backend import CyborgBackend
from course_lib.cyber_range.cyborg.events import Events, RedDue, Sessions, read_red
from course_lib.cyber_range.cyborg.locate import (
    MARKS,
    TESTED_COMMIT,
    SimulatorNotFound,
    find_simulator,
)
from course_lib.cyber_range.engine import step as engine
from course_lib.cyber_range.engine.message import MEMORY, remember
from course_lib.cyber_range.engine.reward import PENALTY_POINTS
from course_lib.cyber_range.engine.visible import MAX_CALLERS
from course_lib.cyber_range.observations import flat_length

ROOT = pathlib.Path(__file__).resolve().parents[3]
SLEEPS = np.array([49, 49, 49, 49, 145])
QUIET = np.zeros((5, 8), np.uint8)


# ---------------------------------------------------------------- finding it; these need no
# simulator


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """A computer without any simulator, and with an empty settings folder of its own."""
    monkeypatch.delenv(locate.FOLDER_VARIABLE, raising=False)
    monkeypatch.setenv(locate.CONFIG_VARIABLE, str(tmp_path / "settings"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    return monkeypatch


@pytest.fixture
def clone(tmp_path):
    """A folder that looks like a clone at the tested commit."""
    folder = tmp_path / "my clone"
    for mark in MARKS:
        (folder / mark).parent.mkdir(parents=True, exist_ok=True)
        (folder / mark).write_text("")
    (folder / ".git" / "refs" / "heads").mkdir(parents=True)
    (folder / ".git" / "objects").mkdir()
    (folder / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (folder / ".git" / "refs" / "heads" / "main").write_text(TESTED_COMMIT + "\n")
    return folder


def one_line(problem):
    text = str(problem.value)
    assert "\n" not in text
    return text


def test_absent_simulator_says_what_to_do_in_one_line(nowhere):
    with pytest.raises(SimulatorNotFound) as problem:
        find_simulator()
    text = one_line(problem)
    assert "cage-challenge/cage-challenge-4" in text
    assert "doctor --cyborg FOLDER" in text
    assert "pip install cyborg" in text and "another project" in text


def test_environment_variable_finds_the_clone(nowhere, clone):
    nowhere.setenv(locate.FOLDER_VARIABLE, str(clone))
    location = find_simulator()
    assert location.folder == clone and location.commit == TESTED_COMMIT
    nowhere.setenv(locate.FOLDER_VARIABLE, str(clone / "CybORG"))
    assert find_simulator().folder == clone


def test_environment_variable_with_a_wrong_folder_is_an_error_not_an_absence(nowhere, tmp_path):
    nowhere.setenv(locate.FOLDER_VARIABLE, str(tmp_path))
    with pytest.raises(
        ValueError, match="variable COURSE_CYBORG, is not a clone of cage-challenge-4"
    ):
        find_simulator()


def test_an_older_cyborg_is_named_as_such(clone):
    (clone / MARKS[1]).unlink()
    with pytest.raises(ValueError, match="older CybORG"):
        locate.remember_location(clone)


def test_a_location_is_remembered(nowhere, clone):
    told = locate.remember_location(clone)
    assert told.commit == TESTED_COMMIT
    settings = json.loads(locate.settings_file().read_text())
    assert settings["version"] == 1 and settings["cyborg_folder"] == str(clone)
    found = find_simulator()
    assert found.folder == clone and "remembered" in found.how


def test_a_wrong_folder_is_not_remembered(nowhere, tmp_path):
    with pytest.raises(ValueError, match="the folder given"):
        locate.remember_location(tmp_path)
    assert not locate.settings_file().exists()


def test_a_remembered_clone_that_is_gone_is_one_line(nowhere, clone):
    locate.remember_location(clone)
    (clone / MARKS[0]).unlink()
    with pytest.raises(SimulatorNotFound) as problem:
        find_simulator()
    assert "doctor --cyborg FOLDER' again" in one_line(problem)


OURS = f'"format": "{locate.FORMAT}"'
DAMAGED = (
    "",
    "[]",
    "{}",
    "[" * 100_000,
    '{"version": 1, "cyborg_folder": "x"}',
    f'{{{OURS}, "version": 2, "cyborg_folder": "x"}}',
    f'{{{OURS}, "version": 1, "cyborg_folder": 3}}',
    f'{{{OURS}, "version": 1}}',
)


@pytest.mark.parametrize("text", DAMAGED)
def test_a_damaged_settings_file_is_one_line(nowhere, text):
    locate.settings_file().parent.mkdir(parents=True)
    locate.settings_file().write_text(text)
    with pytest.raises(ValueError) as problem:
        find_simulator()
    assert "cyborg.json" in one_line(problem) and "delete it" in str(problem.value)


def test_settings_folder_follows_the_platform(monkeypatch, tmp_path):
    monkeypatch.delenv(locate.CONFIG_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("APPDATA", str(tmp_path / "appdata"))
    monkeypatch.setattr(sys, "platform", "linux")
    assert locate.settings_file().is_relative_to(tmp_path / "xdg")
    monkeypatch.setattr(sys, "platform", "win32")
    assert locate.settings_file().is_relative_to(tmp_path / "appdata")


def test_an_importable_simulator_is_found(nowhere, clone):
    spec = importlib.machinery.ModuleSpec("CybORG", None, is_package=True)
    spec.submodule_search_locations.append(str(clone / "CybORG"))
    nowhere.setattr(importlib.util, "find_spec", lambda name: spec if name == "CybORG" else None)
    assert find_simulator() == locate.Location(clone, "importable", TESTED_COMMIT)


def test_commit_is_read_from_every_form_of_git_folder(clone, tmp_path):
    git = clone / ".git"
    assert locate.commit_of(clone) == TESTED_COMMIT
    (git / "refs" / "heads" / "main").unlink()
    (git / "packed-refs").write_text(
        "# pack-refs with: peeled fully-peeled sorted \n"
        f"{'a' * 40} refs/heads/main\n{'b' * 40} refs/heads/other\n"
    )
    assert locate.commit_of(clone) == "a" * 40
    (git / "HEAD").write_text("c" * 40)
    assert locate.commit_of(clone) == "c" * 40
    (git / "HEAD").write_text("nonsense")
    assert locate.commit_of(clone) is None
    git.rename(tmp_path / "elsewhere")
    assert locate.commit_of(clone) is None
    (tmp_path / "elsewhere" / "HEAD").write_text("d" * 40)
    git.write_text(f"gitdir: {tmp_path / 'elsewhere'}\n")
    assert locate.commit_of(clone) == "d" * 40


def test_without_git_the_commit_is_unknown(clone, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert locate.commit_of(clone) is None


def test_the_commit_of_a_repository_around_the_clone_is_not_its_own(clone, tmp_path):
    (clone / ".git").rename(tmp_path / ".git")
    assert locate.commit_of(clone) is None


def test_another_commit_gives_a_warning_and_the_tested_one_none(clone):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        locate.warn_of_other_commit(locate.Location(clone, "", TESTED_COMMIT))
    with pytest.warns(UserWarning, match="commit 1111111; the course was tested with 8c3c50c"):
        locate.warn_of_other_commit(locate.Location(clone, "", "1" * 40))
    with pytest.warns(UserWarning, match="is unknown"):
        locate.warn_of_other_commit(locate.Location(clone, "", None))


def test_stand_ins_exist_only_where_needed_and_only_while_importing(monkeypatch):
    for name in [n for n in sys.modules if n.partition(".")[0] in ("ray", "pygame")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with load.stand_ins():
        from ray.rllib.env.multi_agent_env import MultiAgentEnv

        assert isinstance(MultiAgentEnv, type) and "pygame" in sys.modules
    assert not [n for n in sys.modules if n.partition(".")[0] in ("ray", "pygame")]
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    with load.stand_ins():
        assert "ray" not in sys.modules and "pygame" not in sys.modules


def test_a_missing_package_is_named(nowhere, clone):
    nowhere.setenv(locate.FOLDER_VARIABLE, str(clone))
    nowhere.setattr(
        importlib.util,
        "find_spec",
        lambda name: None if name in ("gym", "prettytable") else object(),
    )
    asked = rf"needs gym, prettytable: .*{re.escape(sys.executable)} -m pip install .*\[cyborg\]"
    with pytest.raises(SimulatorNotFound, match=asked):
        load.load_simulator.__wrapped__()


def test_options_of_the_range_are_refused():
    with pytest.raises(ValueError, match="has no option 'phishing_rate'"):
        CyborgBackend(phishing_rate=0.5)
    with pytest.raises(ValueError, match="per-zone"):
        CyborgBackend(defenders="per-zone")


# ---------------------------------------------------------------- speaking with it


@pytest.fixture(scope="module")
def simulator():
    """The imported simulator; tests/conftest.py skips what is marked ``cyborg`` where there is
    none."""
    return load.load_simulator()


def draw_actions(rng, masks, decoys=0.0):
    """One uniformly random valid action each, a decoy with the given probability instead."""
    chosen = []
    for d, row in enumerate(masks):
        valid = np.flatnonzero(row)
        if rng.random() < decoys:
            valid = valid[TABLES[int(d == 4), valid, 0] == DECOY]
        chosen.append(rng.choice(valid))
    return np.array(chosen)


def index_of(defender, command, host):
    """The action index of a command on a host."""
    zones = defender_zones("official")[defender]
    row = (command, zones.index(host // SLOTS), host % SLOTS)
    return next(i for i, entry in enumerate(TABLES[int(len(zones) > 1)]) if tuple(entry) == row)


def play(backend, ticks, seed, decoys=0.0):
    """Random valid play with random messages; yields (visible, reward, actions, bits) after each
    tick."""
    rng = np.random.default_rng(seed)
    masks = backend.masks()
    for _ in range(ticks):
        actions = draw_actions(rng, masks, decoys=decoys)
        bits = rng.integers(0, 2, (5, 8)).astype(np.uint8)
        visible, reward = backend.step(actions, bits)
        yield visible, reward, actions, bits


@pytest.mark.cyborg
@pytest.mark.parametrize("seed", [11, 12])
def test_flat_vectors_from_the_facts_equal_the_simulators_own(simulator, seed):
    backend = CyborgBackend(steps=75)
    visible = backend.reset(seed)
    check_flat(visible, backend)
    phases = set()
    for visible, *_ in play(backend, 74, seed):
        check_flat(visible, backend)
        phases.add(int(visible.phase))
    assert phases == {0, 1, 2}
    assert (
        backend.statistics().connection_bits.sum() > 20
        and backend.statistics().process_bits.sum() > 3
    )


def check_flat(visible, backend):
    layout = action_layout("official")
    flat = np.zeros((1, layout.count, FLAT_LARGE), np.int8)
    batch = np.array([visible], visible.dtype)
    engine.flat_some(batch, layout.first_zone, layout.zone_count, flat, 0, 1)
    for defender, theirs in enumerate(backend.flat()):
        ours = flat[0, defender, : flat_length("official", defender)]
        assert ours.tolist() == theirs.tolist()


@pytest.mark.cyborg
def test_statistics_explain_every_reward(simulator):
    """Penalties by phase, zone and kind, at their prices, plus Restores: the simulator's reward,
    tick by tick."""
    backend = CyborgBackend(steps=120)
    backend.reset(3)
    before = backend.statistics()
    seen = np.zeros(3, int)
    for _, reward, *_ in play(backend, 119, 3):
        now = backend.statistics()
        events = now.penalties - before.penalties
        points = -(events * PENALTY_POINTS).sum() - (now.restore_cost - before.restore_cost)
        assert points == reward
        seen += events.sum((0, 1))
        before = now
    assert (seen > 0).all(), "the play must meet all three kinds of penalty"
    assert now.steps == 119 and now.score == now.phase_reward.sum() - reward


@pytest.mark.cyborg
def test_statistics_are_consistent_with_the_true_state(simulator):
    backend = CyborgBackend(steps=100)
    backend.reset(4)
    clean = phished = due = dropped = 0
    for visible, *_ in play(backend, 99, 4):
        truth = backend.truth()
        level = truth["level"].reshape(8, 16)
        clean += int((visible.exists == 1)[level[:7] == 0].sum())
        phished += len(sessions_made(backend.events())) - exploited(truth)
        due += int((truth["red_kind"] != 9).sum())
        dropped += int(((truth["red_kind"] != 9) & (truth["red_success"] == -1)).sum())
        assert truth["exists"].reshape(8, 16)[:7].tolist() == (visible.exists == 1).tolist()
        assert not level[~truth["exists"].reshape(8, 16)].any()
        if visible.step == 50:
            assert backend.statistics().held_at[4] == (level > 0).sum()
            assert backend.statistics().root_at[4] == (level == 2).sum()
    counts = backend.statistics()
    assert counts.clean_host_ticks == clean and counts.host_ticks == 99 * visible.exists.sum(
        dtype=int
    )
    assert (counts.phished, counts.red_attempts.sum(), counts.red_dropped) == (
        phished,
        due,
        dropped,
    )
    assert 0 < counts.recoveries <= counts.recover_useful <= counts.recover_actions
    assert counts.recovery_ticks >= counts.recoveries
    assert counts.red_attempts[IMP] >= counts.red_successes[IMP]
    assert counts.overflow == 0


def sessions_made(tick):
    """(host, process id) of every red session that is there after the tick and was not before."""
    before, after = (
        {(h, pid) for h, pids in s.pids.items() for pid in pids} for s in (tick.before, tick.after)
    )
    return after - before


def exploited(truth):
    """Exploits that opened a session in this tick; only phishing mails open others."""
    return int(((truth["red_kind"] == EXP) & (truth["red_success"] == 1)).sum())


class Impact:
    """Stands for the simulator's action of that name."""

    hostname, session = "contractor_network_subnet_server_host_0", 2


@pytest.mark.parametrize(("result", "success"), [("TRUE", 1), ("FALSE", 0), (None, -1)])
@pytest.mark.parametrize("sessions", [{}, {0: "one"}])
def test_every_due_impact_is_charged_while_its_agent_lives(result, success, sessions):
    """Section 7.2: succeeded, failed or dropped, but not if the agent has lost all its sessions."""
    state = SimpleNamespace(ip_addresses={}, sessions={"red_agent_0": sessions})
    tick = Events(before=Sessions({(0, 2): 120}, {}, set()))
    read_red(tick, 0, Impact(), result and {"success": SimpleNamespace(name=result)}, state)
    assert tick.penalties == ([(CON, RIA)] if sessions else [])
    assert tick.red == [
        RedDue(agent=0, kind=IMP, source=120, target=HOST_NUMBER[Impact.hostname], success=success)
    ]


@pytest.mark.cyborg
def test_decoy_touches_and_files_agree_with_the_true_state(simulator):
    """What the visible state infers from observations, against the simulator's own hosts (which no
    defender may read)."""
    backend = CyborgBackend(steps=300)
    backend.reset(5)
    state = backend._controller.state
    touches, files = 0, set()
    for visible, *_ in play(backend, 150, 5, decoys=0.6):
        assert set(listed_callers(visible)) == true_callers(state)
        touches += int(visible.caller_count)
        for zone, slot in np.argwhere(visible.analysed):
            found = {file.name for file in state.hosts[host_name(zone * SLOTS + slot)].files}
            code = visible.analysed[zone, slot]
            files.add(int(code))
            # red acts after blue: files may have appeared since, none can have vanished
            assert (
                (code == AnalyseResult.NO_FILES)
                or (code == AnalyseResult.USER_FILE and "cmd.sh" in found)
                or "escalate.sh" in found
            )
    assert touches > 10
    assert AnalyseResult.NO_FILES in files
    assert files & {AnalyseResult.ROOT_FILE, AnalyseResult.USER_FILE}


def listed_callers(visible):
    assert visible.caller_count < MAX_CALLERS
    return [
        (int(visible.caller_zone[i]), int(visible.caller_host[i]))
        for i in range(visible.caller_count)
    ]


def true_callers(state):
    """(zone of the decoy, host that touched it), from the true processes and the events kept for
    the flat vector."""
    pairs = set()
    for name, machine in state.hosts.items():
        host = HOST_NUMBER.get(name)
        if host is None or OFFICIAL_OWNER[host // SLOTS] < 0:
            continue
        decoys = [process for process in machine.processes if process.decoy_type.name == "EXPLOIT"]
        ports = {connection.local_port for process in decoys for connection in process.connections}
        for event in machine.events.old_network_connections:
            if event.local_port in ports:
                pairs.add((host // SLOTS, HOST_NUMBER[state.ip_addresses[event.remote_address]]))
    return pairs


@pytest.mark.cyborg
def test_an_action_takes_its_time_and_its_result_is_seen_in_the_last_tick(simulator):
    """Analyse 2 ticks, Remove 3, Restore 5, DeployDecoy 2; Restore is charged whenever it is
    submitted."""
    for command, ticks in ((ANALYSE, 2), (REMOVE, 3), (RESTORE, 5), (DECOY, 2)):
        backend = CyborgBackend(steps=30)
        backend.reset(6)
        actions = SLEEPS.copy()
        actions[1] = index_of(1, command, 16)
        for tick in range(1, ticks + 1):
            visible, reward = backend.step(actions, QUIET)
            assert visible.busy[1] == ticks - tick
            assert (visible.analysed[1, 0] > 0) == (command == ANALYSE and tick == ticks)
            assert visible.cleaned[1, 0] == (command in (REMOVE, RESTORE) and tick == ticks)
            assert backend.truth()["blue_class"][1] == (command if tick == ticks else SLEEP)
            assert backend.truth()["blue_started"][1] == (command if tick == 1 else -1)
            assert backend.truth()["decoys"][16] == (command == DECOY and tick == ticks)
        assert backend.statistics().restore_cost == (5 if command == RESTORE else 0)
        assert backend.statistics().blue_actions[1, command] == 1


@pytest.mark.cyborg
@pytest.mark.parametrize("command", [REMOVE, RESTORE])
def test_cleaning_clears_the_remembered_bits(simulator, command):
    backend = CyborgBackend(steps=200)
    memory = np.zeros(1, MEMORY)[0]
    owner = OFFICIAL_OWNER[:7].copy()
    remember(memory, backend.reset(8), owner)
    target = None
    for _ in range(150):
        remember(memory, backend.step(SLEEPS, QUIET)[0], owner)
        hosts = np.flatnonzero((memory.seen_process | memory.seen_connection).ravel())
        if len(hosts):
            target = int(hosts[0])
            break
    assert target is not None
    defender = int(OFFICIAL_OWNER[target // SLOTS])
    actions = SLEEPS.copy()
    actions[defender] = index_of(defender, command, target)
    seen = (target // SLOTS, target % SLOTS)
    for _ in range({REMOVE: 3, RESTORE: 5}[command]):
        assert memory.seen_process[seen] or memory.seen_connection[seen]
        visible, _ = backend.step(actions, QUIET)
        remember(memory, visible, owner)
    assert visible.cleaned[seen]
    assert (memory.seen_process[seen], memory.seen_connection[seen]) == (
        visible.process[seen],
        visible.connection[seen],
    )


@pytest.mark.cyborg
def test_the_team_is_told_of_a_foreign_caller_one_tick_later(simulator):
    """Real play with decoys: what one defender sees reaches the owner with the next message."""
    backend = CyborgBackend(steps=500)
    memory = np.zeros(1, MEMORY)[0]
    owner = OFFICIAL_OWNER[:7].copy()
    remember(memory, backend.reset(43), owner)
    rng, masks, told = np.random.default_rng(43), backend.masks(), 0
    for _ in range(80):
        bits = memory.tell[:5].copy()
        visible, _ = backend.step(draw_actions(rng, masks, decoys=1.0), bits)
        assert np.array_equal(visible.told[:5], bits)
        remember(memory, visible, owner)
        for row in bits[bits.any(1)]:
            told += 1
            number, slot = int("".join(map(str, row[:4])), 2), int("".join(map(str, row[4:])), 2)
            assert memory.priority[ALPHABET_ZONE[number - 1], slot] > 0
        if told >= 2:
            return
    pytest.fail("no decoy was touched from a team mate's zone; choose another seed")


@pytest.mark.cyborg
def test_the_episode_ends_at_step_steps_minus_one(simulator):
    backend = CyborgBackend(steps=7)
    with pytest.raises(ValueError, match="reset"):
        backend.step(SLEEPS, QUIET)
    backend.reset(1)
    for tick in range(1, 7):
        visible, _ = backend.step(SLEEPS, QUIET)
        assert visible.step == tick
    assert backend.statistics().steps == 6
    with pytest.raises(ValueError, match="the episode is over"):
        backend.step(SLEEPS, QUIET)
    assert backend.reset(2).step == 0


@pytest.mark.cyborg
def test_bad_values_are_refused_in_one_line(simulator):
    with pytest.raises(ValueError, match="allowed: finite-state, discovery, random"):
        CyborgBackend(red="impact-hungry")
    with pytest.raises(ValueError, match="steps"):
        CyborgBackend(steps=2)
    backend = CyborgBackend(steps=10)
    backend.reset(1)
    for actions in (
        SLEEPS[:4],
        SLEEPS * 1.0,
        np.array([-1, 0, 0, 0, 0]),
        np.array([0, 0, 0, 0, 242]),
    ):
        with pytest.raises(ValueError, match="allowed"):
            backend.step(actions, QUIET)
    with pytest.raises(ValueError, match="messages"):
        backend.step(SLEEPS, QUIET[:4])


@pytest.mark.cyborg
def test_masked_indices_are_sleep_and_cost_nothing(simulator):
    backend = CyborgBackend(steps=20)
    backend.reset(2)
    masks = backend.masks()
    assert masks.shape == (5, 242) and not masks[:4, 82:].any()
    absent = np.array([np.flatnonzero(~masks[d, 33:49])[0] + 33 for d in range(4)] + [145])
    assert backend.step(absent, QUIET)[1] == 0.0
    assert backend.statistics().restore_cost == 0
    assert backend.statistics().blue_actions[:5, SLEEP].tolist() == [1] * 5


@pytest.mark.cyborg
@pytest.mark.parametrize("red", ["discovery", "random"])
def test_other_red_agents_play(simulator, red):
    backend = CyborgBackend(steps=80, red=red)
    backend.reset(1)
    assert sum(1 for _ in play(backend, 40, 1)) == 40
    attempts = backend.statistics().red_attempts
    assert attempts.sum() > 10
    assert type(backend._controller.agent_interfaces["red_agent_0"].agent) is simulator.red[red]
    if red == "discovery":
        assert attempts[2] == 0  # it never scans stealthily


EPISODE = """
import hashlib, numpy as np
from course_lib.cyber_range.cyborg.backend import CyborgBackend
backend, digest = CyborgBackend(steps=60), hashlib.sha256()
backend.reset(21)
rng, masks = np.random.default_rng(0), backend.masks()
for _ in range(40):
    actions = np.array([rng.choice(np.flatnonzero(row)) for row in masks])
    visible, reward = backend.step(actions, np.zeros((5, 8)))
    digest.update(visible.tobytes() + str(reward).encode())
print(digest.hexdigest())
"""


@pytest.mark.cyborg
def test_an_episode_depends_on_its_seed_alone_not_on_the_hash_seed(simulator):
    runs = []
    for hash_seed in ("0", "1"):
        env = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", EPISODE], env=env, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        runs.append(done.stdout)
    assert runs[0] == runs[1]


@pytest.mark.cyborg
def test_the_clone_is_left_untouched(simulator):
    """No file of the clone is newer than its checkout: not even a __pycache__ folder is written."""
    folder = simulator.location.folder
    if (folder / ".git").exists():
        status = subprocess.run(
            ["git", "-C", str(folder), "status", "--porcelain", "--ignored"],
            capture_output=True,
            text=True,
        )
        assert "__pycache__" not in status.stdout


@pytest.mark.cyborg
def test_the_pettingzoo_face_runs_over_it(simulator):
    from course_lib import cyber_range

    env = cyber_range.parallel_env(engine="cyborg", steps=12, observation="message")
    observations, infos = env.reset(seed=3)
    assert {a: o.shape for a, o in observations.items()} == {
        a: (3, 76) if a == "blue_agent_4" else (76,) for a in OFFICIAL_DEFENDERS
    }
    steps = 0
    while env.agents:
        _, rewards, terminated, truncated, infos = env.step({})
        steps += 1
        assert not any(terminated.values()) and all(truncated.values()) == (steps == 11)
    assert steps == 11 and env.statistics().priority.sum() == 12 * env.visible().exists.sum(
        dtype=int
    )
