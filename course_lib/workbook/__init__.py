"""Exercises that answer back, quizzes and progress: what makes the notebooks a workbook."""

# ruff: noqa: F401 (the imports below are what this package offers)

from .exercise import lesson
