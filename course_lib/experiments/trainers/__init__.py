"""Trainers that people already use, on the range: one file each, the same short task for all.

Every file has ``train(steps, seed) -> Policy``, as its library's own documentation would write it,
and imports that library only when it is called. They are for a comparison of *interfaces*: a
training of so few steps says nothing about how good an algorithm is.
"""

# ruff: noqa: F401 (the imports below are what this package offers)

from .catalogue import TRAINERS, Trainer, installed
from .compare import (
    EPISODES,
    STEPS,
    TrainerRun,
    code_lines,
    face_rates,
    run_trainer,
)
from .record import (
    HEADINGS,
    as_text,
    conditions,
    keep,
    read_runs,
    table_rows,
)
