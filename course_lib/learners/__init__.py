"""Learning algorithms, one family per file. An environment or game is handed in, never imported.

* One decision: `bandits`, `classifiers`.
* A known or small world: `planning`, `ucbvi`, `q_learning`.
* Networks: `ppo` on `advantages` and `ppo_loss`, `dqn`, `recurrent_policy`, `entity_policy` (any
    number of hosts).
* A learnt model: `dynamics_model`, `mbpo`, `imagination`; of the other side, `opponent_model`.
* Many agents in tables: `multi_agent_q`, run for many seeds at once.
"""

# ruff: noqa: F401 (the imports below are what this package offers)

from . import bandits, classifiers, planning, q_learning, ucbvi
from .advantages import gae
from .bandits import EpsilonGreedy, LinUcb, ThompsonBernoulli, Ucb1
from .classifiers import (
    Logistic,
    Mahalanobis,
    ShallowTree,
    SmallNetwork,
    occlusion,
    permutation_importance,
)
from .dynamics_model import (
    DynamicsConfig,
    DynamicsModel,
    Frozen,
    GivenModel,
    WorldModel,
    imagined_bits,
)
from .entity_policy import entity_policy
from .imagination import ImaginationAgent, trace_returns
from .latent_model import ImaginationConfig
from .mbpo import MBPO, MBPOConfig
from .multi_agent_q.games import difference_rewards
from .multi_agent_q.learn import (
    METHODS,
    Distributed,
    Hysteretic,
    Learner,
    Lenient,
    Plain,
    Team,
    Training,
    learn,
    table_entries,
)
from .opponent_model import (
    ActionPredictor,
    HabitModel,
    PredictorConfig,
    best_response,
    bits,
)
from .planning import value_iteration
from .ppo import PPO
from .ppo_loss import clipped_policy_loss
