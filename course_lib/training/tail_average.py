"""The mean of the weights that a policy has had in the last part of its training.

Near a good policy a step of the gradient is mostly noise, and the last weights are wherever the
last steps happened to lead. Their mean over many iterations is steadier (Polyak and Juditsky 1992).
"""

from typing import Any

from torch import nn
from torch.optim.swa_utils import AveragedModel


class TailAverage:
    """Collects weights after every iteration of the tail; after the last one hands out their mean.

    Args:
        policy: whose weights; its present ones are only copied for their shapes.
        begins: share of the training at which the tail begins; 1 for no averaging at all.
    """

    def __init__(self, policy: nn.Module, begins: float) -> None:
        self.begins = begins
        self.model = AveragedModel(policy)

    def take(self, policy: nn.Module, iteration: int, iterations: int) -> None:
        """Note the weights after ``iteration`` of ``iterations``, counted from 1.

        After the last one the mean is written into the policy.
        """
        first = max(1, round(self.begins * iterations))
        if self.begins == 1 or iteration < first:
            return
        if iteration == first:
            self.model.n_averaged.zero_()  # a training that was made longer has an older tail
        self.model.update_parameters(policy)
        if iteration == iterations:
            policy.load_state_dict(self.model.module.state_dict())

    def state_dict(self) -> dict[str, Any]:
        """The mean so far, and of how many."""
        return self.model.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up what ``state_dict`` gave."""
        self.model.load_state_dict(state)
