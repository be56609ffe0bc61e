"""Credit by own zone: an agent is paid for what it can change.

The official score is one number for everybody: points lost in all zones and one point for each
Restore begun. Paid by it, an agent learns from seven zones' noise and its colleagues' Restores.
Here it is paid

    (1 - team_share) * points lost in its own zones
        + team_share * points lost in all defended zones
        - 1 for each Restore that it begins itself

The contractor zone, which nobody defends, pays nobody.
"""

import numpy as np

from course_lib.cyber_range.constants import DEFENDED_ZONES

from .rewards import RESTORE_COST


def agent_rewards(
    lost: np.ndarray, restores: np.ndarray, owner: np.ndarray, team_share: float
) -> np.ndarray:
    """(..., E, D) reward of every agent, for one tick or several.

    Args:
        lost: (..., E, 8) points of a tick by zone, never positive; the contractor zone comes last.
        restores: (..., E, D) how many Restores each agent began in the same tick.
        owner: (7,) the agent of each defended zone.
        team_share: share of the pay that is the whole team's, 0 to 1.
    """
    belongs = np.asarray(owner)[:, None] == np.arange(restores.shape[-1])  # (7, D)
    defended = lost[..., :DEFENDED_ZONES]
    own = defended @ belongs.astype(float)
    team = defended.sum(axis=-1, keepdims=True)
    return (1 - team_share) * own + team_share * team - RESTORE_COST * restores


def zone_rewards(
    lost: np.ndarray, restores: np.ndarray, owner: np.ndarray, team_share: float
) -> np.ndarray:
    """(..., E, 7) reward of every zone's unit; who has several zones spreads its Restores evenly.

    Arguments as in `agent_rewards`.
    """
    owner = np.asarray(owner)
    shares = 1 / np.bincount(owner)[owner]  # (7,)
    own = lost[..., :DEFENDED_ZONES]
    team = own.sum(axis=-1, keepdims=True)
    cost = RESTORE_COST * restores[..., owner] * shares
    return (1 - team_share) * own + team_share * team - cost
