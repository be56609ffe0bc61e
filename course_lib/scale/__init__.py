"""Training on more machines than one, with Ray: the same trainer, its rollouts played elsewhere.

Needs Ray (``requirements.txt`` in this folder) for `RayPool` alone; README.md beside it says how
to start a cluster, what was measured, and what RLlib can do here (``rllib_units``, imported by
itself, because it needs RLlib).
"""

# ruff: noqa: F401 (the imports below are what this package offers)

from .distributed import DistributedTrainer, LocalPool, Pool, distributed_trainer
from .ray_pool import RayPool, available
