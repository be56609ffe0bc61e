"""HC-MARL, the hierarchical cascaded multi-agent system: units, trees, doctrine, defending teams.

One file an idea; the names below are the public API. How a team is trained stands in
`course_lib.training`.
"""

# ruff: noqa: F401 (the imports below are what this package offers)

from .attention.arithmetic import head_arithmetic, without_each_entry
from .attention.counterfactual import what_if
from .attention.forked import MessageChanges, score_what_if
from .attention.influence import influence, influence_over_time
from .attention.record import AttentionRecord, attention_entropy, weight_after_mixing
from .attention.recorder import record_attention, replay
from .defender import HierarchicalDefender
from .doctrine import FULL, NONE, STANDARD, Doctrine, Rule
from .host_policy import HostPolicy
from .message_function import MessageConfig, MessageFunction, MessageRecord
from .note_entries import note_names
from .observation import Observation
from .policy import (
    PolicyConfig,
    PolicyFunction,
    PolicyStages,
    class_probabilities,
    combine,
    expand,
)
from .recommender import AuditLog, Proposal, Recommender
from .reward_function import reward_function, sibling_weights
from .spaces import (
    ACTION_CLASS,
    ACTION_SLOT,
    MESSAGE,
    OBSERVATION,
    PHASE,
    PRIORITY,
    normalised,
    zone_ioc,
)
from .team import Team, TeamConfig
from .tree import THREE_LAYER, TWO_LAYER, UTILITY, Tree
from .unit import Unit, UnitConfig, one_hot_command, shares_to_command
from .wiring import Wiring
