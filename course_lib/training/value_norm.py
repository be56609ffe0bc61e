"""A value head that keeps what it learned when the scale of the returns changes.

Returns begin near -4,000 points and end near -100. A critic learns best in units near 1; but
whoever changes the unit under a network changes what it says. So the last layer is rescaled in the
same moment, and the value in points stays what it was (PopArt, van Hasselt et al. 2016, "learning
values across many orders of magnitude"):

    value = std * (w . x + b) + mean
    w'    = w * std / std'
    b'    = (std * b + mean - mean') / std'
"""

import torch
from torch import Tensor, nn

LEAST_STD = 0.5
"""Points; returns that hardly differ are not blown up to unit size."""


class ValueHead(nn.Module):
    """The last layer of a critic, with the scale of the returns.

    Args:
        inputs: size of what it reads.
        memory: share of the old mean and standard deviation that an update keeps, 0 to 1.
    """

    mean: Tensor
    std: Tensor
    updates: Tensor

    def __init__(self, inputs: int, memory: float = 0.8) -> None:
        super().__init__()
        self.memory = memory
        self.linear = nn.Linear(inputs, 1)
        self.register_buffer("mean", torch.zeros(()))
        self.register_buffer("std", torch.full((), 10.0))
        self.register_buffer("updates", torch.zeros((), dtype=torch.long))
        with torch.no_grad():
            self.linear.weight.mul_(0.01)
            self.linear.bias.zero_()

    def forward(self, inputs: Tensor) -> Tensor:
        """(B, inputs) -> (B,) values in points."""
        in_units = self.linear(inputs).squeeze(1).float()
        return in_units * self.std + self.mean

    @torch.no_grad()
    def rescale(self, returns: Tensor) -> None:
        """Take in the returns of a batch; what ``forward`` says does not change.

        ValueError for returns that are not finite: training has diverged.
        """
        if not torch.isfinite(returns).all():
            raise ValueError("a return is not a finite number: training has diverged")
        # The first batch sets the scale; what it was made with is no memory of anything.
        kept = self.memory if int(self.updates) else 0.0
        mean = kept * self.mean + (1 - kept) * returns.mean()
        spread = returns.std(correction=0)
        std = kept * self.std + (1 - kept) * spread
        std = std.clamp(min=LEAST_STD)
        # The same value in points from the new units: w' and b' of the module's first lines.
        self.linear.weight.mul_(self.std / std)
        self.linear.bias.mul_(self.std)
        self.linear.bias.add_(self.mean - mean)
        self.linear.bias.div_(std)
        self.mean.copy_(mean)
        self.std.copy_(std)
        self.updates.add_(1)

    def loss(self, values: Tensor, returns: Tensor) -> Tensor:
        """Half the mean squared error in units of the present scale."""
        error = (values - returns) / self.std
        return 0.5 * error.square().mean()
