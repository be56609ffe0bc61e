"""Runs that are too long for a lesson: one file a lesson says what is run, a command makes the runs
and keeps their figures, and the lesson reads them.

To add one: write a function ``make(seed) -> rows``, put it into ``RUNS`` of the lesson's file, name
that file below, and run ``python -m course_lib bench lesson-runs NAME``.
"""

import importlib

from .record import LessonRun, read_run, record_run, recorded_seeds

__all__ = ["RUNS", "LessonRun", "read_run", "record_run", "recorded_seeds"]

_FILES = (
    *("l06", "l07", "l07_noise", "l08_crew", "l08_probes", "l08_riddle", "l09", "l09_range"),
    *("l13", "l13_commander"),
    *("l14_attrition", "l14_budget", "l14_cross", "l14_disturbed", "l14_mixture"),
    *("l14_mixture_reward", "l14_predictable", "l14_red"),
)

RUNS: dict[str, LessonRun] = {}
"""Every recorded run by its name, which begins with its lesson (``l07-…``)."""
for _file in _FILES:
    _lesson = importlib.import_module(f".{_file}", __name__)
    RUNS.update(_lesson.RUNS)
