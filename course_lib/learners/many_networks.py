"""Networks of many training runs, side by side.

A small network leaves a processor idle: most of the time goes into starting each operation. So the
K networks of K runs are kept as one, with an axis for the run in front of every weight, and one
multiplication serves them all. The runs stay independent: no number of one reaches another.
"""

import torch
from torch import nn


class ManyLinear(nn.Module):
    """K fully connected layers: (K, R, inputs) to (K, R, outputs), each on its own R rows."""

    def __init__(
        self,
        networks: int,
        inputs: int,
        outputs: int,
    ):
        super().__init__()
        # The bounds of torch.nn.Linear, drawn for each network.
        bound = inputs**-0.5
        self.weight = nn.Parameter(
            torch.empty(
                networks,
                inputs,
                outputs,
            ).uniform_(-bound, bound)
        )
        self.bias = nn.Parameter(
            torch.empty(
                networks,
                1,
                outputs,
            ).uniform_(-bound, bound)
        )

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """The layer's answer, (K, R, outputs)."""
        return torch.baddbmm(self.bias, rows, self.weight)


class ManyGRU(nn.Module):
    """K gated recurrent units (Cho et al. 2014), one tick: what is remembered of each row."""

    def __init__(
        self,
        networks: int,
        inputs: int,
        memory_size: int,
    ):
        super().__init__()
        self.from_input = ManyLinear(networks, inputs, 3 * memory_size)
        self.from_memory = ManyLinear(networks, memory_size, 3 * memory_size)

    def forward(
        self,
        rows: torch.Tensor,
        memory: torch.Tensor,
    ) -> torch.Tensor:
        """The new memory (K, R, M) from the rows (K, R, inputs) and the old memory (K, R, M)."""
        reset_in, keep_in, new_in = self.from_input(rows).chunk(
            3,
            dim=-1,
        )
        reset_old, keep_old, new_old = self.from_memory(memory).chunk(
            3,
            dim=-1,
        )
        reset = torch.sigmoid(reset_in + reset_old)
        keep = torch.sigmoid(keep_in + keep_old)
        new = torch.tanh(new_in + reset * new_old)
        return new + keep * (memory - new)


def many_mlp(
    networks: int,
    sizes: tuple[int, ...],
) -> nn.Sequential:
    """K fully connected networks of the given sizes (inputs, hidden ..., outputs), ReLU between."""
    layers: list[nn.Module] = []
    for inputs, outputs in zip(
        sizes[:-1],
        sizes[1:],
        strict=True,
    ):
        layers += [
            ManyLinear(networks, inputs, outputs),
            nn.ReLU(),
        ]
    return nn.Sequential(*layers[:-1])


def clip_each_run(network: nn.Module, runs: int, longest: float) -> None:
    """Shorten the gradient of each run to ``longest``, in place.

    The usual clipping takes all parameters together, and so one run with a steep gradient would
    slow down its neighbours.
    """
    gradients = [weight.grad for weight in network.parameters() if weight.grad is not None]
    by_run = [gradient.reshape(runs, -1) for gradient in gradients]
    lengths = torch.cat(by_run, dim=1).norm(dim=1)
    factors = (longest / (lengths + 1e-6)).clamp(max=1.0)
    for rows in by_run:
        rows *= factors[:, None]
