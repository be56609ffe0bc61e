"""The fleet: its rules one by one, and that it speaks Gymnasium."""

import gymnasium
import numpy as np
import pytest

from course_lib.games.fleet import Fleet, FleetOptions, restore_first

QUIET = {"wave": 0.0, "spread": 0.0, "outdated": 0.0}
"""Nothing happens by itself."""


def started(count=4, **options):
    env = Fleet(count, **options)
    seen, info = env.reset(seed=1)
    return env, seen, info


def test_observations_and_masks_fit_the_spaces():
    env, seen, info = started(3, hosts=5, slots=8)
    assert isinstance(env, gymnasium.vector.VectorEnv) and env.observation_space.contains(seen)
    assert (seen[:, :5, 0] == 1).all() and (seen[:, 5:] == 0).all()
    assert info["action_mask"].shape == (3, 17)
    assert info["action_mask"][0].tolist() == ([True] * 5 + [False] * 3) * 2 + [True]
    assert (seen[:, :5, 5:].sum(axis=2) == 1).all()  # one zone each


def test_equal_seeds_give_equal_episodes():
    traces = []
    for seed in (3, 3, 4):
        env = Fleet(5, hosts=6)
        env.reset(seed=seed)
        traces.append([env.step(np.full(5, 12))[1] for _ in range(20)])
    assert np.array_equal(traces[0], traces[1]) and not np.array_equal(traces[0], traces[2])


def test_restoring_and_patching():
    env, _, _ = started(2, hosts=3, **QUIET)
    env.compromised[:, 1] = True
    env.importance[:] = 2
    seen, reward, *_ = env.step(np.array([1, 3 + 1]))  # restore it; try to patch it
    assert reward.tolist() == [0, -2] and not env.patched.any()
    assert seen[:, :, 4].tolist() == [
        [0, 1, 0],
        [0, 0, 0],
    ]  # the log of what was restored in this tick
    seen, *_ = env.step(np.array([3, 6]))  # patch host 0; wait
    assert seen[0, 0, 3] == 1 and env.patched.sum() == 1 and not seen[:, :, 4].any()


def test_a_wave_takes_unpatched_hosts_and_about_load_of_them():
    env, _, _ = started(2_000, hosts=10, wave=1.0, load=2.0, spread=0.0, outdated=0.0)
    env.patched[:, 0] = True
    _, reward, *_ = env.step(np.full(2_000, 20))
    assert not env.compromised[:, 0].any()
    assert env.compromised[:, 1:].sum(axis=1).mean() == pytest.approx(9 * 0.2, abs=0.1)
    assert np.allclose(reward, -(env.importance * env.compromised).sum(axis=1))


def test_the_worm_stays_in_its_zone():
    env, _, _ = started(500, hosts=9, wave=0.0, spread=1.0, outdated=0.0)
    env.compromised[:, 0] = True
    env.step(np.full(500, 18))
    assert (env.zone == env.zone[:, :1])[env.compromised].all()
    assert env.compromised.sum(axis=1).max() == 2


def test_an_alarm_may_be_seen_once_only():
    for alarm, later in (("steady", 1), ("once", 0)):
        env, _, _ = started(1, hosts=2, wave=1.0, load=2.0, spread=0.0, outdated=0.0, alarm=alarm)
        seen, *_ = env.step(np.array([4]))
        assert seen[0, :, 2].tolist() == [1, 1]
        seen, reward, *_ = env.step(np.array([4]))
        assert seen[0, :, 2].tolist() == [later, later] and reward[0] < 0


def test_the_clock_runs_out_and_a_new_episode_begins():
    env, first, _ = started(2, hosts=3, ticks=2)
    env.step(np.array([6, 6]))
    _, _, terminated, truncated, _ = env.step(np.array([6, 6]))
    assert truncated.all() and not terminated.any()
    seen, reward, terminated, truncated, _ = env.step(np.array([6, 6]))
    assert (reward == 0).all() and not truncated.any() and (seen[:, :, 2:4] == 0).all()


def test_hosts_come_and_go_around_their_number():
    env, _, _ = started(200, hosts=6, slots=12, churn=0.05, ticks=200)
    counts = []
    for _ in range(100):
        _, _, _, _, info = env.step(np.full(200, 24))
        counts.append(info["action_mask"][:, :12].sum(axis=1))
        assert not (env.compromised & ~env.present).any() and not (env.patched & ~env.present).any()
    assert np.mean(counts) == pytest.approx(6, abs=0.3) and np.std(counts[-1]) > 1


def test_a_host_that_leaves_takes_its_patch_along():
    env, _, _ = started(300, hosts=6, slots=12, **{**QUIET, "churn": 0.2})
    env.step(np.full(300, 12))  # everybody patches host 0
    assert env.patched[:, 0].sum() > 200
    gone = np.zeros(300, bool)
    back = np.zeros(300, bool)
    for _ in range(20):
        gone |= ~env.present[:, 0]
        back |= gone & env.present[:, 0]
        assert not env.patched[gone, 0].any()  # nobody has patched again: no newcomer is patched
        env.step(np.full(300, 24))
    assert gone.sum() > 200 and back.sum() > 50


def test_the_number_of_hosts_may_be_drawn_anew_for_each_episode():
    env, seen, info = started(3_000, hosts=6, fewest=4, slots=7, wave=1.0, load=2.0, spread=0.0)
    counts = seen[:, :, 0].sum(axis=1)
    assert (
        np.bincount(counts.astype(int)).tolist()[:4] == [0] * 4
        and np.bincount(counts.astype(int))[4:].min() > 900
    )
    env.step(np.full(3_000, 14))
    for hosts in (4, 6):  # the load does not grow with the fleet
        assert env.compromised[counts == hosts].sum(axis=1).mean() == pytest.approx(2, abs=0.15)


def test_the_rule_restores_the_most_important_alarm_and_else_patches():
    env, _, _ = started(3, hosts=3, **QUIET)
    env.importance[:] = (1, 5, 2)
    env.compromised[0] = (True, False, True)
    env.patched[2] = True
    table = env._see(env.compromised)
    assert restore_first(table).tolist() == [
        2,
        3 + 1,
        6,
    ]  # restore host 2; patch host 1; nothing to do


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="hosts=0"):
        FleetOptions(hosts=0)
    with pytest.raises(ValueError, match="slots=2"):
        FleetOptions(hosts=3, slots=2)
    with pytest.raises(ValueError, match="fewest=4"):
        FleetOptions(hosts=3, fewest=4)
    with pytest.raises(ValueError, match="wave=2"):
        FleetOptions(wave=2)
    with pytest.raises(ValueError, match="empty slots"):
        FleetOptions(churn=0.1)
    with pytest.raises(ValueError, match="alarm='loud'"):
        FleetOptions(alarm="loud")
    with pytest.raises(ValueError, match="first step"):
        Fleet(1).step(np.array([0]))
    with pytest.raises(ValueError, match="from 0 to 12"):
        started(1)[0].step(np.array([13]))
