"""The range: the CC4 world as a fast, readable engine, with its environments, opponents, defenders
and evaluation.

The names below are the public API. The rules stand in `engine`, the environments in `envs`, the
scripted defenders in `policies`, the official protocol in `evaluation`, and the public simulator
behind the same interface in `cyborg`.
"""

# ruff: noqa: F401 (the imports below are what this package offers)

from .actions import TABLES, action_label, action_layout
from .constants import (
    ACTION_CLASSES,
    ALPHABET,
    ANALYSE,
    BLUE_TICKS,
    OFFICIAL_OWNER,
    RED_OWNER,
    REMOVE,
    RESTORE,
    SLEEP,
    ZONES,
)
from .cyborg.submission import OfficialSubmission, run_official_script
from .engine.reward import PENALTY_POINTS
from .engine.state import ENV
from .envs import wrappers
from .envs.gym_envs import joint_env, single_env
from .envs.gym_vector import RangeVectorEnv
from .envs.parallel import parallel_env
from .envs.red_seat import RedSeat, RedView
from .envs.two_zones import TwoZones
from .envs.vector import VectorRange
from .envs.wrappers import MessageLoss
from .evaluation.contribution import coalition_worths, replayed_differences
from .evaluation.episode_record import EpisodeRecord, record_episode
from .evaluation.evaluate import evaluate
from .evaluation.forks import ActionValues, action_values
from .evaluation.official_results import read_official_results
from .evaluation.planner import PlannerConfig, RolloutPlanner, class_options, play_planned
from .evaluation.report import Report
from .observations import ENTITY_COLUMNS, flat_names, message_names
from .options import RangeOptions, Rules, phase_starts
from .policies import POLICIES, load_policy, make_policy
from .policies.bounds import BoundedPolicy, Bounds
from .policy import BatchPolicy, ForkablePolicy, Policy, Tick
from .red_variants import RED_VARIANTS
