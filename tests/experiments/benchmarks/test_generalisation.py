"""Trained teams under other conditions."""

import numpy as np
import pytest

from course_lib.cyber_range.options import make_options
from course_lib.experiments.benchmarks import generalisation
from course_lib.hierarchy.doctrine import FULL


@pytest.fixture
def few(monkeypatch):
    """Two defenders and two conditions."""
    both = {name: generalisation.DEFENDERS[name] for name in ("expert", "taught, greedy")}
    monkeypatch.setattr(generalisation, "DEFENDERS", both)
    two = {name: generalisation.CONDITIONS[name] for name in ("official", "fixed size")}
    monkeypatch.setattr(generalisation, "CONDITIONS", two)


def test_all_defenders_play_the_same_episodes(few):
    found = list(generalisation.cells(episodes=2))
    assert [(cell.defender, cell.condition) for cell in found] == [
        ("expert", "official"),
        ("taught, greedy", "official"),
        ("expert", "fixed size"),
        ("taught, greedy", "fixed size"),
    ]
    lines = generalisation.table(found).splitlines()
    assert lines[0] == "| defender | official | fixed size |"
    gain = np.mean(found[1].defended - found[0].defended)
    assert f"| taught, greedy | {gain:+.1f} [" in lines[-1]


def test_the_five_rules_have_no_network():
    """The full doctrine decides alone, whatever the weights of the team it was made from."""
    rules = generalisation.five_rules()
    assert rules.doctrine == FULL
    assert rules.team.config.unit.policy.doctrine_weight == 1.0


def test_the_conditions_are_options_of_the_range():
    for options in generalisation.CONDITIONS.values():
        make_options(**options)
    assert sum(not options for options in generalisation.CONDITIONS.values()) == 1
