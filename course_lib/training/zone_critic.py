"""The critic of host-shared teams: the value of what an agent decides, zone by zone."""

from torch import Tensor, nn

from course_lib.hierarchy.note_entries import ZONE_SIZE

from .truth import TRUTH
from .value_norm import ValueHead


class ZoneCritic(nn.Module):
    """Value of a decision: the sum of the values of its zones.

    Each comes from the zone's 61 entries and, behind them, the 8 of its true state.
    """

    def __init__(self, hidden: int = 64, scale_memory: float = 0.8) -> None:
        super().__init__()
        first = nn.Linear(ZONE_SIZE + TRUTH, hidden)
        second = nn.Linear(hidden, hidden)
        self.body = nn.Sequential(first, nn.ReLU(), second, nn.ReLU())
        self.head = ValueHead(hidden, scale_memory)

    def forward(self, zones: Tensor, zones_each: int) -> Tensor:
        """(B * zones_each, 69) -> (B,) values in points."""
        by_zone = self.head(self.body(zones))
        # One network for all zones: headquarters, with three of them, has three values to add.
        by_agent = by_zone.view(-1, zones_each)
        return by_agent.sum(dim=1)
