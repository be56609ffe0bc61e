"""The small failures of lesson 14: what they count, against values by hand."""

import numpy as np
import pytest

from course_lib.lessons import l14_failures as failures


def test_a_guard_paid_for_repairs_opens_the_door():
    """Invite, repair, invite: infected every second tick. Paid for health, a tenth as often."""
    gamed = failures.best_guard(failures.pay_for_repairs)
    meant = failures.best_guard(failures.pay_for_health)
    assert gamed.tolist() == [failures.INVITE, failures.REPAIR]
    assert meant.tolist() == [failures.WAIT, failures.REPAIR]
    assert np.isclose(failures.infected_share(gamed), 0.5)
    # In the long run the share is catch / (1 + catch).
    assert np.isclose(failures.infected_share(meant), 0.1 / 1.1, atol=1e-3)


def test_rare_feedback_and_an_early_reward_stop_a_learner():
    assert failures.share_found() < 0.2 and failures.share_found(shaping=0.05) > 0.9
    assert failures.share_found(early=0.3) < 0.2
    assert failures.share_found(early=0.3, start_value=1.0) > 0.9


def test_areas_of_their_own_end_doubled_work():
    """Side by side both go to the same host whenever there is one."""
    shared, split = failures.doubled_work(split=False), failures.doubled_work(split=True)
    assert shared[1] == pytest.approx(0.5) and split[1] == 0
    assert split[0] < shared[0]


def test_what_mends_a_failure_stands_beside_it():
    rows = failures.found_and_mended()
    assert len(rows) == 4
    gamed, meant = (
        failures.best_guard(p) for p in (failures.pay_for_repairs, failures.pay_for_health)
    )
    assert f"{failures.infected_share(gamed):.0%}" in rows[0][1]
    assert f"{failures.infected_share(meant):.0%}" in rows[0][2]
