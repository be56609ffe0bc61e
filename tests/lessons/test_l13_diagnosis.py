"""The diagnosis of lesson 13: what is counted, and what reshaping does to probabilities."""

import numpy as np
import pytest
import torch

from course_lib.hierarchy.spaces import ACTION_CLASS, CONNECTION, PRIORITY, PROCESS
from course_lib.lessons import l00_start
from course_lib.lessons import l13_diagnosis as diagnosis


def zones(count: int = 3, seed: int = 0):
    """pi, messages and allowed actions of some zones; everybody exists but the first host."""
    generator = torch.Generator().manual_seed(seed)
    pi = torch.rand(count, 82, generator=generator)
    message = torch.randint(0, 2, (count, 76), generator=generator).float()
    allowed = torch.ones(count, 82, dtype=torch.bool)
    for actions in diagnosis.HOST_ACTIONS:
        allowed[:, actions[0]] = False
    pi = pi * allowed
    return pi / pi.sum(dim=1, keepdim=True), message, allowed


def test_hosts_that_look_alike_get_the_same_and_each_class_keeps_its_sum():
    pi, message, allowed = zones()
    fair = diagnosis.look_alikes(pi, message, allowed)
    assert torch.allclose(fair.sum(dim=1), torch.ones(3)) and (fair[~allowed] == 0).all()
    for actions in diagnosis.HOST_ACTIONS:
        assert torch.allclose(fair[:, actions].sum(dim=1), pi[:, actions].sum(dim=1))
    signs = torch.stack([message[:, part] for part in (PROCESS, CONNECTION, PRIORITY)], dim=2)
    for row in range(3):
        for one in range(1, 16):
            for other in range(1, 16):
                same = bool((signs[row, one] == signs[row, other]).all())
                equal = bool(torch.isclose(fair[row, one], fair[row, other]))
                assert equal or not same


def test_actions_without_a_host_stay_and_nothing_is_changed_in_place():
    pi, message, allowed = zones()
    before = pi.clone()
    fair = diagnosis.look_alikes(pi, message, allowed)
    hostless = ~np.isin(ACTION_CLASS, diagnosis.HOST_CLASSES)
    assert torch.equal(fair[:, hostless], pi[:, hostless]) and torch.equal(pi, before)


def test_a_power_of_one_changes_nothing_and_of_two_prefers_what_is_likely():
    pi, message, allowed = zones()
    assert torch.allclose(diagnosis.sharper(1)(pi, message, allowed), pi)
    sharp = diagnosis.sharper(2)(pi, message, allowed)
    assert torch.allclose(sharp.sum(dim=1), torch.ones(3))
    assert (sharp.max(dim=1).values > pi.max(dim=1).values).all()


def test_five_rules_look_at_every_host_and_the_recorder_is_put_back():
    defender = l00_start.compared_teams()["five rules"]
    looks = diagnosis.look_at(defender, episodes=1, seed=3)
    assert defender.recorder is None
    assert looks.mean > 5 and looks.at_most(0) < 0.1 and np.isnan(looks.unaimed_removes)
    assert looks.per_host.sum() == pytest.approx(looks.mean * len(looks.per_host))
    assert 0.1 < looks.share_of_top_tenth < 0.6


def test_any_of_three_signs_is_a_sign():
    raw = np.zeros((1, 76), int)
    raw[0, [PROCESS.start, CONNECTION.start + 1, PRIORITY.start + 15]] = 1
    assert np.flatnonzero(diagnosis.any_sign(raw)[0]).tolist() == [0, 1, 15]


def test_variants_are_read_as_they_were_written(tmp_path, monkeypatch):
    monkeypatch.setattr(diagnosis, "VARIANTS", {"as shipped": diagnosis.sharper(1)})
    file = tmp_path / "variants.json"
    diagnosis.record_variants(file, episodes=1, seed=5)
    (played,) = diagnosis.read_variants(file).values()
    assert played.scores.shape == (1,) and played.lost_work <= 0


def test_variants_are_paired_with_the_team_as_shipped():
    shipped = diagnosis.Played(np.array([-100.0, -120.0]), -40.0)
    fair = diagnosis.Played(np.array([-90.0, -108.0]), -30.0)
    rows = diagnosis.variant_rows({"as shipped": shipped, "fair": fair})
    assert rows[0] == ("as shipped", "-110.0", "", "-40.0")
    assert rows[1][2].startswith("+11.0 [") and rows[1][3] == "-30.0"
