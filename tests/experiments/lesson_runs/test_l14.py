"""Held-out seeds, and a policy around another."""

import pytest

from course_lib.cyber_range import evaluate, make_policy
from course_lib.cyber_range.policies.around import Around
from course_lib.experiments.lesson_runs.held_out import held_out_seeds
from course_lib.training import strong, trainer


def test_seeds_that_were_trained_on_are_refused():
    """By one at either end, and for trainings of one's own."""
    assert held_out_seeds(5, 3) == range(5, 8)
    for first in (trainer.FIRST_SEED, strong.FIRST_SEED):
        assert held_out_seeds(first - 3, 3)[-1] == first - 1
        with pytest.raises(ValueError, match="were trained on"):
            held_out_seeds(first - 2, 3)
    with pytest.raises(ValueError, match="seeds 12 to 12 were trained on"):
        held_out_seeds(10, 3, {"mine": range(12, 20)})


def test_a_policy_around_another_changes_nothing_by_itself():
    plain = evaluate("expert", episodes=3, seed=4)
    around = evaluate(Around(make_policy("expert")), episodes=3, seed=4)
    assert plain.scores.tolist() == around.scores.tolist()
