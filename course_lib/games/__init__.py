"""Small worlds with known answers: matrix games, firewall-ACL, patch-the-network, the fleet,
RiverSwim, probes.

Start with the builders in `catalogue` (``climbing()``, ``penalty(-100)``, ``firewall_acl()`` ...),
solve them exactly with `solutions` and `markov`, and play them through `MatrixEnv` and `MarkovEnv`
(PettingZoo) or the probes (Gymnasium and PettingZoo). Learners never import this room: a game is
handed to them.
"""

# ruff: noqa: F401 (the imports below are what this room offers)

from .acl import commit, edit, firewall_acl
from .catalogue import (
    climbing,
    coverage,
    factoring_game,
    inspection,
    intelligence_sharing,
    penalty,
    three_types,
)
from .fleet import Fleet, FleetOptions, restore_first
from .markov import (
    MarkovGame,
    best_response_values,
    is_equilibrium,
    optimal_policy,
    optimal_values,
    policy_values,
    stage_payoffs,
)
from .matrix import MatrixGame, team_game
from .patching import PatchingOptions, patch_the_network
from .play import MarkovEnv, MatrixEnv
from .probes import PROBES
from .river import OneAgentEnv, river_swim
from .solutions import (
    Equilibrium,
    action_values,
    additive_fit,
    is_nash,
    mixed_equilibria,
    pareto_set,
    pure_equilibria,
    regrets,
    team_optima,
    zero_sum_value,
)
