"""Lesson 06: what its table learners score on the two-zone slice after a hundred episodes."""

import numpy as np

from course_lib.experiments.lesson_runs import read_run
from course_lib.experiments.lesson_runs.l06 import METHODS


def longer_training() -> dict[str, np.ndarray]:
    """Points per episode (144,) of the recorded teams, by method."""
    record = read_run("l06-longer")
    return {name: record[name] for name in METHODS}
