"""The batch engine: one seed, one episode; autoreset; compiled and uncompiled alike; clear
errors."""

import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
from support.range_bench import Bench, episode_hash, index, random_actions, server, user

from course_lib.cyber_range import constants as n
from course_lib.cyber_range.engine import compiled
from course_lib.cyber_range.engine import state as s
from course_lib.cyber_range.envs.vector import VectorRange

ROOT = pathlib.Path(compiled.__file__).resolve().parents[3]
SIZES = {"official": [82] * 4 + [242], "per-zone": [82] * 7}

# What 120 ticks of the episode of seed 2026 show, the same on every machine. Change it only
# together with a change of the rules that is meant to change episodes (the commit says which), and
# never to silence a machine that differs.
PINNED = {"official": "b1a1af73bf17ec7a", "per-zone": "bf695c05afc0a638"}


def in_a_fresh_python(code, **environment):
    """Output of a Python started for this code alone, in the course's folder."""
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env={**os.environ, "PYTHONPATH": paths, **environment},
        cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# --- one seed, one episode
# --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("defenders", SIZES)
def test_an_episode_is_the_same_on_every_machine(defenders):
    """A pinned hash of what the defenders see and are paid."""
    assert episode_hash(2026, defenders=defenders) == PINNED[defenders]


@pytest.mark.parametrize("observation", ["flat", "message"])
def test_an_episode_depends_on_its_seed_alone_not_on_the_batch_nor_on_threads(observation):
    """E = 1, inside E = 1000, and with two threads."""
    big = VectorRange(1000, seed=500, observation=observation)
    shared = VectorRange(300, seed=500, observation=observation, threads=2)
    for row in (0, 299, 999):
        alone = episode_hash(500 + row, 60, observation=observation, whole_state=True)
        assert episode_hash(500 + row, 60, big, row, whole_state=True) == alone
        if row < 300:
            assert episode_hash(500 + row, 60, shared, row, whole_state=True) == alone


def test_different_seeds_give_different_episodes():
    """A thousand episodes, a thousand random streams and (nearly) as many networks."""
    vec = VectorRange(1000)
    vec.reset()
    assert len(np.unique(vec.state["key"])) == 1000
    assert len(np.unique(vec.state["genuine"], axis=0)) == 1000


def test_reset_repeats_the_episode_or_begins_another():
    """Without an argument the same again; with a seed that one; with a list one seed for each
    environment."""
    vec = VectorRange(1, seed=4)
    first = episode_hash(4, 40, vec)
    assert episode_hash(4, 40, vec) == first
    vec.reset(seed=5)
    assert vec.state["seed"].tolist() == [5]
    assert episode_hash(4, 40, VectorRange(1, seed=4)) == first
    pair, _ = VectorRange(2).reset(seeds=[5, 4])
    assert (pair[1] == VectorRange(1, seed=4).reset()[0][0]).all()


def test_compiled_and_uncompiled_rules_give_the_same_episode():
    """The same functions as plain Python: every field of the state, for both observations."""
    code = (
        "from support.range_bench import episode_hash as h; print(*(h(7, 60, whole_state=True, "
        "observation=o, **k)"
    )
    code += (
        " for o, k in (('flat', {}), ('message', {'red': 'discovery'}), ('flat', {'red': "
        "'random'}))))"
    )
    plain = in_a_fresh_python(
        "import numpy; numpy.seterr(over='ignore');" + code, NUMBA_DISABLE_JIT="1"
    )
    variants = (("flat", {}), ("message", {"red": "discovery"}), ("flat", {"red": "random"}))
    assert plain.split() == [
        episode_hash(7, 60, whole_state=True, observation=o, **k) for o, k in variants
    ]


def test_the_range_imports_no_torch():
    """Whoever only plays or trains elsewhere does not pay for it."""
    code = "import sys; from course_lib import cyber_range as c;"
    code += "c.parallel_env().reset(seed=0); print('torch' in sys.modules)"
    assert in_a_fresh_python(code) == "False"


def test_compiled_code_is_kept_under_a_hash_of_every_rule():
    """An edited rule never runs stale: all of engine/ and the tables it imports are in the
    digest."""
    names = {path.name for path in compiled.engine_sources()}
    engine = ROOT / "course_lib" / "cyber_range" / "engine"
    rules = {path.name for path in engine.glob("*.py")}
    assert rules | {"constants.py", "actions.py"} == names
    assert compiled.cache_folder().name == f"numba-{compiled.source_digest()}"


# --- autoreset
# --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("observation", ["flat", "message"])
def test_episode_k_of_environment_e_has_seed_s_plus_e_plus_k_times_the_batch(observation):
    """Autoreset in the same step; each episode equals that of a fresh range with the seed, to its
    last statistic."""
    batch, steps, base = 3, 16, 40
    vec = VectorRange(batch, seed=base, steps=steps, observation=observation)
    obs, info = vec.reset()
    for episode in range(3):
        seeds = base + np.arange(batch) + episode * batch
        assert (
            vec.state["seed"].tolist() == seeds.tolist()
            and not info["step"].any()
            and not info["busy"].any()
        )
        fresh = [VectorRange(1, seed=seed, steps=steps, observation=observation) for seed in seeds]
        begun = [one.reset() for one in fresh]
        assert (obs == np.concatenate([o for o, _ in begun])).all()
        assert (info["action_mask"] == np.concatenate([i["action_mask"] for _, i in begun])).all()
        for tick, actions in enumerate(random_actions(episode, steps - 1, SIZES["official"]), 1):
            obs, reward, terminated, truncated, info = vec.step(np.tile(actions, (batch, 1)))
            alone = [one.step(actions[None]) for one in fresh]
            over = tick == steps - 1
            assert (truncated == over).all() and not terminated.any()
            assert (reward == [a[1][0] for a in alone]).all()
            last = info["final_obs"] if over else obs
            assert (
                last == np.concatenate([a[4]["final_obs"] if over else a[0] for a in alone])
            ).all()
        finals = np.concatenate([a[4]["final_statistics"] for a in alone])
        assert (finals["steps"] == steps - 1).all()
        for name in finals.dtype.names:
            assert (info["final_statistics"][name] == finals[name]).all(), name


def test_final_entries_are_there_only_when_an_episode_ended():
    """And the statistics begin anew."""
    vec = VectorRange(2, steps=5)
    vec.reset()
    seen = []
    for _ in range(8):
        *_, info = vec.step(np.full((2, 5), 49))
        seen.append("final_obs" in info and "final_statistics" in info)
    assert seen == [False] * 3 + [True] + [False] * 3 + [True]
    assert not vec.statistics["steps"].any() and vec.statistics["hosts"].sum() > 0


def test_results_are_copies():
    """What a step returned does not change with the next one."""
    vec = VectorRange(4, seed=1)
    obs, info = vec.reset()
    kept = obs.copy(), {name: value.copy() for name, value in info.items()}
    for _ in range(30):
        vec.step(np.tile([58, 59, 60, 61, 170], (4, 1)))
    assert (obs == kept[0]).all() and all((info[name] == kept[1][name]).all() for name in info)


# --- memory and tables of fixed size
# ----------------------------------------------------------------------------------


def test_memory_is_linear_in_the_batch():
    """The same number of bytes for each environment, under 100 kB."""

    def size(batch):
        vec = VectorRange(batch)
        return sum(value.nbytes for value in vars(vec).values() if isinstance(value, np.ndarray))

    each = (size(60) - size(10)) / 50
    assert abs((size(210) - size(60)) / 150 - each) < 1 and each < 100_000


def fill(bench, table):
    """Fill one table of the state to its limit; the red or blue action that then overflows it."""
    env, host = bench.env, server(n.RZA, 3)
    if table == "sessions":
        for _ in range(s.MAX_SESSIONS - 2):
            bench.session(1, user(n.RZA), abstract=0)
    elif table == "scans":
        env.scan_count[1], env.scan_serial[1] = s.MAX_SCANS, -1
        return lambda: bench.red(1, n.ASD, host)
    elif table == "flags":
        env.flag_count, env.flag_host[:] = s.MAX_FLAGS, server(n.OFF)
    elif table == "ids":
        env.known_count[1], env.known_id[1] = s.MAX_KNOWN_IDS, 1000 + np.arange(s.MAX_KNOWN_IDS)
        bench.session(0, host)
        return bench.tick
    elif table == "decoys":
        env.decoy_count, env.decoy_host[:] = s.MAX_DECOYS, server(n.OFF)
        return lambda: bench.ticks(2, {0: index(0, n.DECOY, host)})
    bench.remember(1, host, s.PORT_22)
    return lambda: bench.red(1, n.EXP, host)


@pytest.mark.parametrize("table", ["sessions", "scans", "flags", "ids", "decoys"])
def test_an_overflow_of_a_table_is_counted(table):
    """It does no other harm, and reaches the statistics of the episode."""
    bench = Bench()
    bench.session(1, server(n.RZA))
    overflow = fill(bench, table)
    assert bench.env.overflow == 0
    overflow()
    assert bench.env.overflow >= 1 and bench.stats[0].overflow == bench.env.overflow
    bench.ticks(3)


def test_nothing_overflows_in_normal_play():
    """Decoys everywhere for a whole episode: the largest tables stay within their size."""
    vec = VectorRange(30, seed=8)
    vec.reset()
    truncated, tick = np.zeros(1, bool), 0
    while not truncated.all():
        one_zone, hq = 66 + tick % 16, 194 + tick % 48
        *_, truncated, info = vec.step(np.tile([one_zone] * 4 + [hq], (30, 1)))
        tick += 1
    assert info["final_statistics"]["overflow"].sum() == 0 and tick == 499


# --- statistics
# --------------------------------------------------------------------------------------------------


def test_statistics_of_a_recovery():
    """How long red held the host, and which Remove and Restore actions were of any use."""
    bench, host = Bench(), server(n.RZA, 2)
    bench.session(1, server(n.RZA))
    bench.remember(1, host, s.PORT_22)
    bench.red(1, n.EXP, host)
    stats = bench.stats[0]
    assert (stats.host_ticks, stats.clean_host_ticks) == (112, 110)
    bench.ticks(5, {0: index(0, n.RESTORE, host)})
    assert (
        stats.recoveries,
        stats.recovery_ticks,
        stats.recover_actions,
        stats.recover_useful,
    ) == (1, 5, 1, 1)
    bench.ticks(5, {0: index(0, n.RESTORE, host)})
    bench.ticks(
        3, {0: index(0, n.REMOVE, server(n.RZA))}
    )  # red holds it, but nothing is flagged there
    assert (
        stats.recoveries,
        stats.recovery_ticks,
        stats.recover_actions,
        stats.recover_useful,
    ) == (1, 5, 3, 2)
    assert stats.host_ticks == 112 * 14 and stats.clean_host_ticks == 111 * 14 - 5


def test_statistics_count_accepted_actions_and_hosts():
    """Busy defenders' submissions are not actions; hosts are those that exist."""
    bench = Bench(servers=(2, 2), users=(3, 3))
    for _ in range(4):
        bench.tick({0: index(0, n.REMOVE, server(n.RZA)), 4: index(4, n.ANALYSE, user(n.PAZ))})
    actions = bench.stats[0].blue_actions
    assert actions[0, n.REMOVE] == 2 and actions[4, n.ANALYSE] == 2 and actions[1, n.SLEEP] == 4
    assert actions.sum() == 2 + 2 + 3 * 4 and bench.stats[0].hosts.tolist() == [[2, 3]] * 8


def test_checkpoints_are_ten_equal_parts_of_the_nominal_length():
    """Hosts held and rooted at ticks 3, 6 .. 27 of 30, and at the last one, 29."""
    bench = Bench(steps=30)
    for tick in range(1, 30):
        if tick <= 20:
            bench.session(
                0, server(n.CON, tick % 6) if tick <= 6 else user(n.CON, tick % 10), root=tick % 2
            )
        bench.tick()
    final = bench.info["final_statistics"][0]
    assert final["held_at"].tolist() == [3, 6, 9, 12, 15, 16, 16, 16, 16, 16]
    assert final["root_at"].tolist() == [2, 3, 5, 6, 8, 8, 8, 8, 8, 8]


# --- errors
# --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_envs": 0}, "num_envs"), ({"num_envs": 2.0}, "num_envs"), ({"threads": 0}, "threads"),
        ({"seed": -1}, "seed"), ({"observation": "entities"}, "observation"), ({"defenders": (
            "all"
        )}, (
            "defenders"
        )),
        ({"options": {"steps": 500}}, "options"), ({"speed": 9}, "speed"),
    ],
)  # fmt: skip
def test_a_nonsensical_argument_is_an_error_that_names_it(arguments, message):
    """One line that says which and what is allowed."""
    with pytest.raises(ValueError, match=message):
        VectorRange(**arguments)


def test_options_are_given_once():
    """As an object or as keywords, not both."""
    options = VectorRange(steps=30).options
    assert VectorRange(options=options).options.steps == 30
    with pytest.raises(ValueError, match="options"):
        VectorRange(options=options, steps=20)


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        (np.full((2, 5), 242), "242 is out of range"), (np.full((2, 5), -1), "-1 is out of range"),
        (np.full((2, 4), 49), r"\(2, 5\)"), (np.full(5, 49), r"\(2, 5\)"), (np.full((2, 5), 49.0), (
            "integers"
        )),
        ([[49] * 5], r"\(2, 5\)"),
    ],
)  # fmt: skip
def test_a_wrong_action_is_an_error(actions, message):
    """Shape, type and range are checked before anything happens."""
    vec = VectorRange(2)
    vec.reset()
    with pytest.raises(ValueError, match=message):
        vec.step(actions)
    assert not vec.state["tick"].any()


def test_step_before_reset_is_an_error():
    """It says what to call."""
    with pytest.raises(ValueError, match="reset"):
        VectorRange(1).step(np.full((1, 5), 49))


def test_messages_must_fit():
    """Shape (E, D, 8); with the message observation the bits carry the protocol itself."""
    vec = VectorRange(2)
    vec.reset()
    with pytest.raises(ValueError, match=r"\(2, 5, 8\)"):
        vec.step(np.full((2, 5), 49), np.ones((2, 5, 7)))
    vec = VectorRange(2, observation="message")
    vec.reset()
    with pytest.raises(ValueError, match="message"):
        vec.step(np.full((2, 5), 49), np.ones((2, 5, 8)))


BAD_SEEDS = [-3, 1.5, float("nan"), True, None, "7", 2**63, 2**64 - 1, 10**40, np.uint64(2**63)]


@pytest.mark.parametrize("seed", [seed for seed in BAD_SEEDS if seed is not None])
def test_a_seed_is_a_whole_number_below_2_to_the_63(seed):
    """As the base of all environments, at construction and at a reset."""
    with pytest.raises(ValueError, match="seed="):
        VectorRange(2, seed=seed)
    with pytest.raises(ValueError, match="seed="):
        VectorRange(2).reset(seed=seed)


@pytest.mark.parametrize("seed", BAD_SEEDS)
def test_so_is_each_of_a_list(seed):
    """Nothing is rounded, wrapped around or read as a number that it is not."""
    vec = VectorRange(2)
    for seeds in ([seed, 1], [1, seed], (seed, seed)):
        with pytest.raises(ValueError, match="seeds?="):
            vec.reset(seeds=seeds)


@pytest.mark.parametrize(
    "seeds", [[1, 2, 3], [[1, 2], [3, 4]], 5, [], [[1], [2, 3]], np.ones((2, 1), int), "12", {1: 2}]
)
def test_there_is_one_seed_for_each_environment(seeds):
    """A list as long as the batch, and no table."""
    with pytest.raises(ValueError, match="seeds") as error:
        VectorRange(2).reset(seeds=seeds)
    assert "\n" not in str(error.value)


def test_the_largest_seeds_are_seeds_like_others():
    """As a list, and as the base, whose later episodes lie beyond it."""
    last = 2**63 - 1
    vec = VectorRange(2, steps=4)
    vec.reset(seeds=np.array([last, 0]))
    assert vec.state["seed"].tolist() == [last, 0]
    vec.reset(seed=last)
    assert vec.state["seed"].tolist() == [last, last + 1]
    for _ in range(3):
        vec.step(np.full((2, 5), 49))
    assert vec.state["seed"].tolist() == [last + 2, last + 3]


@pytest.mark.parametrize("num_envs", [10**15, 10**18, 10**30])
def test_more_environments_than_the_memory_holds_are_refused_in_one_line(num_envs):
    """With their number and what they would take."""
    with pytest.raises(ValueError, match=f"num_envs={num_envs}.*GB") as error:
        VectorRange(num_envs)
    assert len(str(error.value)) < 200 and "\n" not in str(error.value)


def test_more_threads_than_environments_do_no_harm():
    """There is no more to share."""
    vec = VectorRange(2, seed=3, threads=10**9)
    shown, _ = vec.reset()
    assert (shown == VectorRange(2, seed=3).reset()[0]).all()


@pytest.mark.parametrize("bits", [2, 0.5, float("nan"), -1, "1", None])
def test_team_bits_are_zeros_and_ones(bits):
    """Nothing else reaches compiled code."""
    vec = VectorRange(1)
    vec.reset()
    with pytest.raises(ValueError, match="each 0 or 1"):
        vec.step(np.full((1, 5), 49), np.full((1, 5, 8), bits))
    vec.step(np.full((1, 5), 49), np.full((1, 5, 8), 1.0))
    assert vec.visible["told"][0, :5].all()


def test_a_saved_state_goes_on_to_the_same_numbers():
    """Taken in the middle of an episode, put into another range of the same size."""
    first = VectorRange(3, seed=5, observation="message", steps=12)
    first.reset()
    for _ in range(14):
        first.step(np.full((3, 5), 66))
    second = VectorRange(3, seed=9, observation="message", steps=12)
    second.load_state_dict(first.state_dict())
    assert (second.current()[0] == first.current()[0]).all()
    for _ in range(30):
        seen, reward, *_ = first.step(np.full((3, 5), 66))
        again, same, *_ = second.step(np.full((3, 5), 66))
        assert (seen == again).all() and (reward == same).all()
    with pytest.raises(ValueError, match="another range: state"):
        VectorRange(2).load_state_dict(first.state_dict())
