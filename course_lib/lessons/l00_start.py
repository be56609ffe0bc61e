"""What lesson 00 looks up: which packages are missing, and episodes recorded on the public
simulator."""

# ruff: noqa: F401 (the imports below are what this module offers)

from course_lib.commands.venv import REQUIREMENTS, missing_packages
from course_lib.experiments.benchmarks.fidelity import recorded_episodes
