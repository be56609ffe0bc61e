"""Opponent models: a habit is found, a changed one too, and chance is not taken for a habit."""

import numpy as np
import pytest

from course_lib.games import habit_matrix, strikes
from course_lib.learners import ActionPredictor, HabitModel, PredictorConfig, best_response, bits


def watched(model, struck):
    """Chances that the model gave to each strike, in turn."""
    given = []
    for before, strike in zip(struck[:-1], struck[1:], strict=True):
        given.append(model.probabilities(before)[strike])
        model.observe(before, strike)
    return np.array(given)


def test_probe_a_habit_is_learned():
    habit = habit_matrix(4, 0.8, seed=3)
    model = HabitModel(4, 4)
    given = watched(model, strikes([habit], 800, seed=0))
    assert np.abs(np.array([model.probabilities(i) for i in range(4)]) - habit).max() < 0.1
    assert given[400:].mean() > given[:40].mean()


def test_forgetting_follows_a_change_and_costs_without_one():
    changing = strikes([habit_matrix(4, 0.9, seed=1), habit_matrix(4, 0.9, seed=8)], 800, seed=0)
    after = {m: watched(HabitModel(4, 4, memory=m), changing)[450:600].mean() for m in (0.9, 1.0)}
    assert after[0.9] > after[1.0] + 0.2
    steady = strikes([habit_matrix(4, 0.5, seed=1)], 800, seed=0)
    same = {m: bits_of(HabitModel(4, 4, memory=m), steady) for m in (0.9, 1.0)}
    assert same[1.0] < same[0.9]


def bits_of(model, struck):
    return -np.log2(watched(model, struck)[200:]).mean()


def test_best_response_weighs_chance_by_importance():
    assert best_response([0.5, 0.3, 0.2], [1.0, 1.0, 5.0]) == 2
    assert best_response([0.5, 0.5], [1.0, 1.0]) == 0


def test_a_predictor_finds_what_the_features_say():
    rng = np.random.default_rng(0)
    features = rng.random((3000, 3))
    moves = (features[:, 0] > 0.5) * 1 + (features[:, 1] > 0.8)
    predictor = ActionPredictor(3, 3, PredictorConfig(steps=300))
    predictor.fit(features[:2000], moves[:2000])
    surprise = bits(predictor.probabilities(features[2000:]), moves[2000:]).mean()
    share = np.bincount(moves) / len(moves)
    assert surprise < 0.5 * -(share * np.log2(share)).sum()


def test_bits_by_hand():
    assert bits(np.array([[0.25, 0.75], [1.0, 0.0]]), np.array([0, 0])).tolist() == [2.0, 0.0]


def test_nonsense_is_refused():
    for arguments in ({"memory": 0.0}, {"prior": 0.0}, {"memory": 1.2}):
        with pytest.raises(ValueError):
            HabitModel(2, 2, **arguments)
