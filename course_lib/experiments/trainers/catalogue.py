"""Which trainers are compared, what each takes from the range, and how each is installed."""

import importlib.util
from dataclasses import dataclass

from course_lib import validate


@dataclass(frozen=True)
class Trainer:
    """One library."""

    title: str
    module: str
    """Its file in this package."""
    needs: str
    """What must be importable."""
    package: str
    """The distribution whose version is recorded."""
    world: str
    """Which interface of the range it takes, in words."""
    masks: str
    """What it does with the action masks."""


TRAINERS = {
    "course": Trainer(
        title="this course's trainer, flat team",
        module="course",
        needs="torch",
        package="torch",
        world="the batch engine (`VectorRange`)",
        masks="applies them",
    ),
    "sb3": Trainer(
        title="Stable-Baselines3, MaskablePPO of sb3-contrib",
        module="sb3",
        needs="sb3_contrib",
        package="sb3-contrib",
        world="Gymnasium, all five as one agent (`joint_env`)",
        masks="calls `action_masks()`",
    ),
    "torchrl": Trainer(
        title="TorchRL PPO",
        module="torchrl_ppo",
        needs="torchrl",
        package="torchrl",
        world="PettingZoo, one shared policy (`parallel_env(pad_spaces=True)`)",
        masks='finds `info["action_mask"]` itself',
    ),
    "rllib": Trainer(
        title="Ray RLlib PPO, new API stack",
        module="rllib",
        needs="ray",
        package="ray",
        world="PettingZoo, one policy for each defender (`parallel_env`)",
        masks="ignores them: a masked action is a Sleep",
    ),
    "rllib-unit": Trainer(
        title="Ray RLlib PPO on this course's own unit",
        module="rllib_unit",
        needs="ray",
        package="ray",
        world="each zone's unit as an agent (`scale/rllib_world.py`)",
        masks="they are part of the unit",
    ),
}


def installed(name: str) -> bool:
    """Whether a trainer's library can be imported here; ValueError for an unknown name."""
    validate.choice("trainer", name, TRAINERS)
    return importlib.util.find_spec(TRAINERS[name].needs) is not None
