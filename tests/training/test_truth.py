"""What a critic may see of the true state."""

import numpy as np

from course_lib.cyber_range import VectorRange, make_policy
from course_lib.cyber_range.constants import DEFENDED_ZONES, SLOTS
from course_lib.training.truth import OF_ALL, OF_ZONE, TRUTH, UNIT, true_zones


def played(ticks: int = 120) -> VectorRange:
    """Three environments in the middle of an episode that red has the better of."""
    world = VectorRange(3, "official", 4, "message")
    policy = make_policy("decoy-roundrobin")
    policy.reset(4)
    obs, info = world.reset()
    for _ in range(ticks):
        obs, _, _, _, info = world.step(policy.act_batch(obs, info))
    return world


def test_the_true_state_is_counted_zone_by_zone():
    world = played()
    found = true_zones(world.state) * UNIT
    assert found.shape == (3, DEFENDED_ZONES, TRUTH)
    for env in range(3):
        state = world.state[env]
        np.testing.assert_array_equal(found[env, :, 0], state["held_hosts"][:DEFENDED_ZONES])
        for zone in range(DEFENDED_ZONES):
            hosts = range(SLOTS * zone, SLOTS * (zone + 1))
            assert found[env, zone, 1] == sum(state["host_roots"][host] > 0 for host in hosts)
            assert found[env, zone, 2] == sum(state["host_sessions"][host] for host in hosts)
            assert found[env, zone, 4] == sum(state["decoys"][host] > 0 for host in hosts)
        assert (found[env, :, 5] == state["held_hosts"].sum()).all()
        assert (found[env, :, 7] == state["held_hosts"][DEFENDED_ZONES]).all()
    assert found[..., 0].max() > 1 and found[..., 1].max() > 0 and found[..., 3].max() > 0


def test_what_nobody_has_learned_of_is_not_known():
    world = played()
    world.state["awake"] = 0  # a red agent without a session knows nothing that it could use
    found = true_zones(world.state)
    assert (found[..., OF_ZONE.index("hosts that red knows")] == 0).all()
    assert (found[..., 0] > 0).any() and len(OF_ALL) == 3
