"""Learning algorithms, one family per file. An environment or game is handed in, never imported.

* One decision: `bandits`, `classifiers`.
* A known or small world: `planning`, `ucbvi`, `q_learning`.
* Networks: `ppo` on `advantages` and `ppo_loss`, `dqn`, `recurrent_policy`, `entity_policy` (any
    number of hosts).
* A learned model: `dynamics_model`, `mbpo`, `imagination`; of the other side, `opponent_model`.
* Many agents in tables, many seeds at once: `multi_agent_q`; `many_teams`, MAPPO's objective.
* Teams with networks (`team_env` says what a world offers): `mappo` (and IPPO), `coma`,
    `value_factorisation` (VDN, QMIX, weighted QMIX, QTRAN).
* Agents that talk: `communication` (RIAL and DIAL) and `signalling` (a language for alerts) on
    `channel` and `many_networks`; `reporting`, a network with a channel inside; `information`,
    what messages tell.
"""

# ruff: noqa: F401 (the imports below are what this package offers)

from . import bandits, channel, classifiers, planning, q_learning, ucbvi
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
from .coma import COMA, COMAConfig, counterfactual_advantages
from .communication import TalkConfig, TalkingTeam
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
from .information import entropy as information_entropy
from .information import (
    mutual_information,
    tested_information,
    topographic_similarity,
)
from .latent_model import ImaginationConfig
from .many_teams import ManyTeamsConfig, train_teams
from .mappo import MAPPO, MAPPOConfig
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
from .reporting import ReportConfig, ReportingTeam
from .signalling import SignalConfig, SignallingPairs
from .team_env import AgentNetworks, TeamEnv, drawn, greedy, play_team
from .value_factorisation.fit import Fitted, fit_payoffs
from .value_factorisation.learn import FactoredConfig, FactoredQ, of_actions
from .value_factorisation.mixers import MonotoneMixer, SumMixer
from .value_factorisation.qtran import QTRAN
from .value_factorisation.weighted import WeightedConfig, WeightedQMIX
