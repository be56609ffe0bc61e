"""The recorded study as lessons 12 and 13 read it: its arms, scores, figures, and the lower bound
of training time."""

# ruff: noqa: F401 (the imports below are what this module offers)

from course_lib.experiments.benchmarks.training_speed import paper_hours, sample_times
from course_lib.experiments.study import claims, figures, report, verdicts
from course_lib.experiments.study.arms import ARMS, STUDY_FOLDER, action_shares, read_scores
from course_lib.experiments.study.recipe_figures import str_of
from course_lib.experiments.study.report import table
from course_lib.experiments.study.summary import recorded, recorded_arms, summarise
from course_lib.stats import mean_interval
