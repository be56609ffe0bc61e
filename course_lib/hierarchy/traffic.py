"""Traffic actions that change nothing, from what a zone's message says is blocked."""

import torch
from torch import Tensor

from course_lib.cyber_range.constants import ALLOW, ALPHABET_COUNT, BLOCK

from .spaces import ACTIONS, BLOCKED, CLASS_MEMBERS


def idle_traffic(message: Tensor) -> Tensor:
    """(B, 76) messages -> (B, 82) bool, AllowTraffic where nothing is blocked, and BlockTraffic
    where it is."""
    zone = message[:, 1 : 1 + ALPHABET_COUNT].argmax(dim=1)[:, None]
    source = torch.arange(ALPHABET_COUNT - 1)  # in the order of the alphabet, without the zone
    source = source + (source >= zone).long()  # (B, 8)
    blocked = message[:, BLOCKED].gather(1, source) > 0.5
    idle = torch.zeros(len(message), ACTIONS, dtype=torch.bool)
    idle[:, CLASS_MEMBERS[ALLOW]] = ~blocked
    idle[:, CLASS_MEMBERS[BLOCK]] = blocked
    return idle
