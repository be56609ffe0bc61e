"""What each method makes of a payoff table: exact answers where there are any."""

import numpy as np
import pytest

from course_lib.games import additive_fit, factoring, team_game
from course_lib.learners.value_factorisation.fit import fit_payoffs

TABLE = factoring().team_payoffs
BOTH_OR_NOTHING = np.array([[0.0, 0.0], [0.0, 1.0]])


@pytest.fixture(scope="module")
def fits():
    return {name: fit_payoffs(TABLE, name) for name in ("VDN", "QMIX", "weighted QMIX", "QTRAN")}


def test_vdn_has_a_closed_form(fits):
    low, side, rest = -6.2222, -4.8889, -3.5556
    expected = [[low, side, side], [side, rest, rest], [side, rest, rest]]
    assert fits["VDN"].joint == pytest.approx(np.array(expected), abs=1e-3)
    assert fits["VDN"].joint == pytest.approx(additive_fit(factoring()), abs=1e-3)
    assert fits["VDN"].paid == 0


def test_qmix_pools_what_it_cannot_order(fits):
    """The best monotone fit puts one value on the five joint actions with an a: their mean, -8."""
    expected = np.zeros((3, 3))
    expected[0] = expected[:, 0] = (8 - 4 * 12) / 5
    assert fits["QMIX"].joint == pytest.approx(expected, abs=0.05)
    assert fits["QMIX"].paid == 0


def test_weighted_qmix_recovers_the_argmax_and_not_the_table(fits):
    fit = fits["weighted QMIX"]
    assert fit.choice == (0, 0) and fit.paid == 8
    assert fit.joint[0, 0] == pytest.approx(8, abs=0.1)
    assert fit.error > 4  # the others are as wrong as a monotone value must be


def test_qtran_represents_it(fits):
    assert fits["QTRAN"].joint == pytest.approx(TABLE, abs=0.05)
    assert fits["QTRAN"].choice == (0, 0)


def test_a_weight_of_one_is_qmix_again():
    from course_lib.learners import WeightedConfig, WeightedQMIX
    from course_lib.learners.value_factorisation.fit import SMALL, OneShot, whole_table

    learner = WeightedQMIX(OneShot(2, 3), WeightedConfig(weight=1.0, **SMALL))
    batch = whole_table(np.float32(TABLE))
    joint = learner.network(batch["obs"], batch["state"], batch["actions"])
    assert (learner.weights(batch, joint, batch["reward"]) == 1).all()
    learner.config = WeightedConfig(weight=0.1, weighting="optimistic", **SMALL)
    weights = learner.weights(batch, joint, batch["reward"])
    assert ((weights == 1) == (joint < batch["reward"])).all()


def test_qmix_passes_its_probe_and_vdn_fails_it_by_as_much_as_theory_says():
    assert fit_payoffs(BOTH_OR_NOTHING, "QMIX", 900).error < 0.05
    wrong = fit_payoffs(BOTH_OR_NOTHING, "VDN")
    assert wrong.joint == pytest.approx(np.array([[-0.25, 0.25], [0.25, 0.75]]), abs=1e-3)


def test_vdn_passes_its_probe():
    fit = fit_payoffs([[0.0, 10.0], [1.0, 11.0]], "VDN")
    assert fit.error < 0.01 and fit.choice == (1, 1)
    shares = np.ptp(fit.utilities, axis=1)
    assert shares == pytest.approx([1, 10], abs=0.02)


@pytest.mark.parametrize("payoffs", [np.zeros((2, 3)), np.zeros(3)])
def test_a_table_of_another_form_is_refused(payoffs):
    with pytest.raises(ValueError, match="one length"):
        fit_payoffs(payoffs, "VDN")


def test_an_unknown_method_is_refused():
    game = team_game("any", [[1, 0], [0, 1]], "ab")
    with pytest.raises(ValueError, match="method"):
        fit_payoffs(game.team_payoffs, "QPLEX")
