"""The recorded study as lessons 12, 13 and 13b read it: its arms, scores, figures and verdicts."""

# ruff: noqa: F401 (the imports below are what this module offers)

from course_lib.experiments.study import claims, figures, report
from course_lib.experiments.study.arms import ARMS, STUDY_FOLDER, read_scores
from course_lib.experiments.study.recipe_figures import str_of
from course_lib.experiments.study.summary import recorded, summarise
from course_lib.experiments.study.with_doctrine import gain_by_rules, gain_over_rules
from course_lib.stats import mean_interval
