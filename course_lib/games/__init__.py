"""Small worlds with known answers: matrix games, firewall-ACL, patch-the-network, the fleet,
RiverSwim, the outbreak, owners who share a network, habits, probes; and games in which agents talk:
the relay, the switch riddle, alerts.

Start with the builders in `catalogue` (``climbing()``, ``penalty(-100)``, ``firewall_acl()`` ...),
solve them exactly with `solutions` and `markov`, and play them through `MarkovEnv` (PettingZoo),
`TeamBatch` (many copies at once, for learners of teams) or the probes. Learners never
import this package: a game is handed to them.
"""

# ruff: noqa: F401 (the imports below are what this package offers)

from .acl import commit, edit, firewall_acl
from .catalogue import (
    climbing,
    coverage,
    intelligence_sharing,
    penalty,
)
from .factoring import factoring, one_shot, two_step
from .fleet import Fleet, FleetOptions, restore_first
from .habits import best_loss, habit_matrix, losses, strikes
from .markov import (
    MarkovGame,
    optimal_policy,
    optimal_values,
    policy_values,
    stage_payoffs,
)
from .matrix import MatrixGame, team_game
from .outbreak import (
    Outbreak,
    OutbreakOptions,
    OutbreakSolution,
    all_states,
    chain,
    clean_dearest,
    cleaning_of,
    infection_chance,
    outbreak_reward,
    outbreak_step,
    outbreak_tables,
    solve_outbreak,
    state_number,
)
from .owners import CLEAN, WAIT, OwnersGame, OwnersOptions
from .patching import PatchingOptions, patch_the_network
from .play import MarkovEnv
from .probes import PROBES
from .referential import AlertGame, compositional_code, holistic_code
from .relay import Relay
from .river import OneAgentEnv, river_swim
from .shapley import coalitions, sampled_shapley_values, shapley_values
from .solutions import (
    action_values,
    additive_fit,
    pareto_set,
    pure_equilibria,
    regrets,
    team_optima,
)
from .switch_riddle import (
    TELL,
    SwitchRiddle,
    ceiling,
    counting_protocol,
    protocol_value,
    read_protocol,
    silent_value,
    switch_meaning,
)
from .team_batch import TeamBatch
from .team_probes import TEAM_PROBES
from .turns import Turn
