"""Exercises that answer back, quizzes and progress: what makes the notebooks a workbook.

A notebook needs `lesson` and `predict`. Whoever writes a lesson declares its exercises with
`Lesson`, `example` and `Probe`, and its quiz with `Quiz` and `Question`.
"""

# ruff: noqa: F401 (the imports below are what this package offers)

from .card import Card, Row
from .exercise import Example, Exercise, Lesson, example, lesson, lesson_numbers
from .predict import predict
from .probe import NotAttempted, Probe, Wrong
from .question import Question
from .quiz import Quiz
