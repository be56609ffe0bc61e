"""Section 11 of the rules: 256 whole episodes against means recorded from the public simulator.

The recording: commit 8c3c50c, 49 episodes of 500 steps for each of two blue policies, mean and
standard error. A mean of ours may differ by four combined standard errors.
"""

import numpy as np
import pytest

from course_lib.cyber_range import constants as n
from course_lib.cyber_range.engine.reward import PENALTY_POINTS
from course_lib.cyber_range.envs.vector import VectorRange

EPISODES = 256
RED_KINDS = (n.DRS, n.ASD, n.SSD, n.DD, n.EXP, n.PE, n.IMP, n.DEG)

# Name -> (mean, standard error) or a sequence of them. Bits: per mille of (step, host) pairs, by
# zone: process bits on servers and on users, connection bits on servers and on users.
SLEEP = {
    "score": (-6672.6, 217.8),
    "phase_reward": ((-204.3, 9.2), (-2457.8, 117), (-4063.8, 155.6)),
    "points": ((-5609.5, 202.7), (0, 0), (-1116.3, 28.4)),
    "events": ((2239.3, 53.8), (0, 0), (362.1, 7.6)),
    "restore_cost": (0, 0),
    "phished": (26.73, 0.79),
    "red_dropped": (0, 0),
    "held_at": ((15.8, 0.6), (33.45, 0.88), (45.37, 0.97), (53.02, 0.92), (58.08, 0.87),
                (61.47, 0.9), (63.96, 0.94), (65.84, 0.97), (66.98, 0.99), (68.14, 1.01)),
    "root_at": ((7.06, 0.39), (18.71, 0.68), (29.22, 0.85), (36.57, 0.85), (42.41, 0.84),
                (46.04, 0.8), (48.73, 0.78), (50.82, 0.78), (52.31, 0.8), (53.78, 0.8)),
    "red_attempts": ((37.31, 1.16), (40.37, 0.87), (40.43, 0.82), (75.98, 2.12),
                     (215.67, 5.41), (53.78, 0.8), (362.1, 7.57), (369.63, 7.23)),
    "red_successes": ((37.31, 1.16), (40.37, 0.87), (40.43, 0.82), (75.98, 2.12),
                      (54.8, 0.83), (53.78, 0.8), (17.67, 0.47), (369.63, 7.23)),
    "bits": (((3.02, 0.16), (3.33, 0.11), (14.68, 0.68), (4.43, 0.13)),
             ((2.54, 0.09), (3.56, 0.14), (9.66, 0.67), (4.92, 0.14)),
             ((2.94, 0.16), (3.61, 0.15), (13.78, 0.63), (4.42, 0.16)),
             ((2.38, 0.11), (3.62, 0.16), (9.66, 0.82), (4.32, 0.13)),
             ((0.30, 0.07), (3.58, 0.20), (7.02, 0.44), (1.77, 0.13)),
             ((0.55, 0.09), (3.74, 0.15), (7.18, 0.33), (2.27, 0.18)),
             ((1.16, 0.12), (3.67, 0.14), (7.52, 0.34), (2.35, 0.19))),
}  # fmt: skip
RANDOM = {
    "score": (-5166.2, 146.8),
    "phase_reward": ((-1875.3, 78.9), (-1493.2, 54.2), (-1819.9, 65.1)),
    "points": ((-530.8, 51.3), (-3993.5, 130.5), (-237.3, 12.1)),
    "events": ((657.8, 24.5), (2997.9, 98.9), (127.8, 3.5)),
    "restore_cost": (426.9, 3),
    "phished": (49.61, 1.16),
    "red_dropped": (199.2, 7),
    "held_at": ((13.86, 0.44), (24.96, 0.68), (30.57, 0.79), (32.86, 0.8), (33.63, 0.74),
                (33, 0.83), (33.31, 0.92), (33.33, 0.98), (33.08, 0.93), (32.78, 0.84)),
    "root_at": ((5.82, 0.27), (11.82, 0.51), (16.43, 0.58), (17.82, 0.6), (17.98, 0.59),
                (16.98, 0.5), (16.45, 0.52), (15.63, 0.53), (15.43, 0.53), (14.55, 0.49)),
    "red_attempts": ((39.43, 1.34), (85.51, 1.64), (87.88, 1.8), (117.33, 2.19),
                     (352.04, 5.53), (47.73, 1.34), (127.88, 3.51), (128.29, 3.79)),
    "red_successes": ((35.61, 1.12), (50.98, 1.03), (51.63, 1.08), (84.37, 1.8),
                      (46.27, 1.36), (36.06, 0.92), (7.65, 0.62), (116.55, 3.54)),
    "bits": (((2.16, 0.21), (4.74, 0.22), (387.86, 13.90), (5.29, 0.38)),
             ((2.25, 0.24), (4.65, 0.18), (56.60, 3.18), (6.07, 0.46)),
             ((2.11, 0.23), (4.73, 0.22), (376.63, 14.94), (5.75, 0.39)),
             ((1.56, 0.20), (4.56, 0.20), (46.32, 3.38), (5.26, 0.40)),
             ((0.27, 0.08), (3.36, 0.19), (170.11, 8.45), (1.90, 0.13)),
             ((0.41, 0.09), (3.46, 0.15), (179.81, 10.52), (1.92, 0.20)),
             ((0.80, 0.11), (3.72, 0.16), (184.17, 11.58), (2.04, 0.20))),
}  # fmt: skip


def sleep(rng, mask):
    """Every defender sleeps."""
    return np.tile([49, 49, 49, 49, 145], (EPISODES, 1))


class RandomValid:
    """Uniform over the actions that the mask allows; the mask never changes within an episode."""

    order = None

    def __call__(self, rng, mask):
        if self.order is None:
            self.order, self.count = np.argsort(~mask, 2, "stable"), mask.sum(2)
        pick = (rng.random(self.count.shape) * self.count).astype(int)
        return np.take_along_axis(self.order, pick[:, :, None], 2)[:, :, 0]


def play(policy, seed):
    """The final statistics of 256 official episodes."""
    vec, rng = VectorRange(EPISODES, seed=seed), np.random.default_rng(seed)
    _, info = vec.reset()
    mask = info["action_mask"]
    truncated = np.zeros(1)
    while not truncated.all():
        _, _, _, truncated, info = vec.step(policy(rng, mask))
    return info["final_statistics"]


def measured(stats):
    """Name -> values per episode, (episodes, ..), in the layout of the tables above."""
    hosts = stats["hosts"][:, :7]
    with np.errstate(invalid="ignore"):
        bits = [1000 * stats[kind] / (499 * hosts) for kind in ("process_bits", "connection_bits")]
    return {
        **{
            name: stats[name]
            for name in ("score", "phase_reward", "restore_cost", "phished", "red_dropped")
        },
        **{name: stats[name] for name in ("held_at", "root_at", "overflow")},
        **{name: stats[name][:, RED_KINDS] for name in ("red_attempts", "red_successes")},
        "points": -(stats["penalties"] * PENALTY_POINTS).sum((1, 2)),
        "events": stats["penalties"].sum((1, 2)),
        "bits": np.concatenate(bits, 2),
    }


@pytest.fixture(scope="module", params=["sleep", "random"])
def comparison(request):
    """(measured, recorded) of one policy."""
    policy, seed, recorded = {
        "sleep": (sleep, 20_000, SLEEP),
        "random": (RandomValid(), 30_000, RANDOM),
    }[request.param]
    return measured(play(policy, seed)), recorded


@pytest.mark.parametrize("name", SLEEP)
def test_means_agree_with_the_public_simulator(comparison, name):
    """11, 12.14: reward, where it comes from, what red did and held, what blue could see."""
    ours, recorded = comparison[0][name], np.array(comparison[1][name], float)
    mean, error = ours.mean(0), ours.std(0, ddof=1) / np.sqrt(EPISODES)
    allowed = 4 * np.hypot(error, recorded[..., 1])
    difference = np.abs(mean - recorded[..., 0])
    assert (difference <= allowed).all(), (
        f"ours {mean}, recorded {recorded[..., 0]}, allowed {allowed}"
    )


def test_no_table_overflowed(comparison):
    """11: a random defender for 499 ticks stays far from the sizes of the fixed tables."""
    assert comparison[0]["overflow"].sum() == 0


def test_phase_rewards_add_up(comparison):
    """11: the three phases and the three sources are two views of one sum."""
    ours = comparison[0]
    assert (ours["phase_reward"].sum(1) == ours["points"].sum(1) - ours["restore_cost"]).all()
