"""Code that serves one lesson each, in a file named after it, and the intervals that every lesson
prints.

Nothing in the library imports this package.
"""

# ruff: noqa: F401 (the imports below are what this package offers)

from course_lib.stats import mean_interval, paired_contrast, t_quantile, wilson_interval
