"""Ray RLlib once more, but what it trains is the unit of this course, in a team of two layers."""

import pathlib
import tempfile

from course_lib.cyber_range import Policy
from course_lib.training import RunSpec, load_policy
from course_lib.training.runs import build_defender


def train(steps: int, seed: int) -> Policy:
    """Train for about so many environment steps; 0 gives the untrained policy."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "team.pt"
        build_defender(RunSpec("two-layer", seed=seed)).save(path)
        if steps:
            from course_lib.scale import rllib_units

            iterations = -(-steps // rllib_units.BATCH)
            rllib_units.train(path, path, iterations, seed)
        return load_policy(path)
