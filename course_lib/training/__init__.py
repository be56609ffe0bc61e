"""Training the hierarchy: rewards, critics, rollouts, updates, checkpoints, baselines and trained
policies.

Start with `trainer` (one iteration, top to bottom), then `rollout_buffer` (what it collects),
`ppo_update` (what it learns from it), `rewards` (what is rewarded) and `runs` (a whole training
that can be stopped and resumed).
"""

# ruff: noqa: F401 (the imports below are what this package offers)

from .config import (
    FAST,
    HOST_SHARED,
    PAPER,
    STUDY,
    get_config,
)
from .curve import read_curve
from .pretrained import RECIPES, SHIPPED, load_policy
from .recordings import load_recording
from .rewards import RewardConfig, RewardDesign, potential, signs
from .runs import RunSpec, build_trainer
from .saving import load_defender, save_defender
from .settled import SettledTrainer
from .strong import StrongTrainer
from .strong_config import SettledConfig, StrongConfig, TaughtConfig
from .taught import TaughtTrainer
from .trainer import Trainer, sibling_mixing
