"""The counts of lesson 09: tables by hand, and what mixing two simulators does."""

import numpy as np

from course_lib.games import chain, losses
from course_lib.learners import HabitModel
from course_lib.lessons import l09_learning_a_model as l09


def test_sizes_of_the_tables():
    """A line of three: neighbours are 2, 3, 2 hosts of two bits each."""
    options = chain(3)
    sizes = [l09.table_entries(options, kind) for kind in l09.KINDS]
    assert sizes == [4**3 * 2**3, 3 * 4, 4**2 + 4**3 + 4**2]


def test_with_much_data_only_the_wrong_assumption_still_costs():
    options = chain(2, spread=0.5)
    known, asked = l09.team_ticks(options, 12_000, 1), l09.team_ticks(options, 6_000, 2)
    lost = {kind: l09.excess_bits(options, kind, known, asked) for kind in l09.KINDS}
    assert abs(lost["joint"]) < 0.01
    assert abs(lost["with its neighbours"]) < 0.01
    assert lost["each host alone"] > 0.05


def test_mixing_counts_the_simulator_as_so_many_episodes():
    simulated, real = np.array([[10.0], [20.0]]), np.array([[30.0], [40.0], [50.0]])
    assert l09.mixed_rates(simulated, real, weight=1)[0] == (15 + 120) / 4
    assert l09.mixed_rates(simulated, real, weight=0)[0] == 40
    assert l09.mixed_rates(simulated, real[:0], weight=5)[0] == 15
    assert l09.rate_error(np.array([9.0, 22.0]), np.array([10.0, 20.0])) == 10


def test_the_recorded_simulator_is_read():
    rates = l09.simulator_rates()
    assert rates.shape == (111, 6)
    assert rates.min() >= 0
    assert 30 < rates[:, 0].mean() < 70


def test_a_guard_who_learns_a_certain_habit_stops_losing():
    struck = np.tile([0, 2, 1], 50)
    watched = l09.watch(struck, np.ones(3), HabitModel(3, 3))
    assert losses(struck, watched, np.ones(3))[20:].sum() == 0
