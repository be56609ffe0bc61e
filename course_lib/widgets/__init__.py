"""Widgets of the lessons: each is a pure function from a record to what is shown, and a thin view
of it."""

# ruff: noqa: F401 (the imports below are what this package offers)

from .attention.widget import explorer
from .interview import InterviewWidget
from .mixer import MixerWidget
from .play import PlayWidget
from .policy_bench import PolicyBench, recorded_situations
from .rollout import Office, Rollout, RolloutWidget
from .seat import Seat
from .surface import SurfaceWidget
from .talk import TalkWidget
