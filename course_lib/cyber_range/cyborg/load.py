"""Import the public simulator beside today's packages, without touching its files.

The simulator imports two packages that it does not need for an episode. Where they are absent,
an empty stand-in takes their place *while it is being imported* and is removed again:

* ``ray.rllib.env.multi_agent_env.MultiAgentEnv``: the base class of one wrapper, which the course
  does not use;
* ``pygame``: imported by its main module and never used;

Its real needs are listed in the optional extra ``cyborg`` of pyproject.toml: gym (the generator
class of its random numbers), prettytable, PyYAML, networkx and matplotlib.
"""

import contextlib
import importlib
import importlib.util
import io
import pathlib
import sys
import types
import warnings
from collections.abc import Iterator
from functools import cache
from typing import Any

from .locate import Location, SimulatorNotFound, find_simulator, warn_of_other_commit

NEEDED = ("gym", "prettytable", "yaml", "networkx", "matplotlib")
STAND_INS = ("ray", "ray.rllib", "ray.rllib.env", "ray.rllib.env.multi_agent_env", "pygame")


@cache
def load_simulator() -> types.SimpleNamespace:
    """Import the simulator once and return the few names that the course uses.

    SimulatorNotFound where it is absent or lacks a package; a warning where its commit is not the
    tested one.
    """
    location = find_simulator()
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise SimulatorNotFound(
            f"CybORG needs {', '.join(missing)}: in the folder of the course, run "
            f'{sys.executable} -m pip install -e ".[cyborg]"'
        )
    warn_of_other_commit(location)
    with importing_from(location.folder), stand_ins():
        return collect(location)


def collect(location: Location) -> types.SimpleNamespace:
    """The imports themselves; afterwards ``CybORG`` is in ``sys.modules`` like any package."""
    agents = importlib.import_module("CybORG.Agents")
    variants = importlib.import_module("CybORG.Agents.SimpleAgents.FSMRedVariants")
    wrappers = importlib.import_module("CybORG.Agents.Wrappers")
    scenarios = importlib.import_module("CybORG.Simulator.Scenarios")
    return types.SimpleNamespace(
        location=location,
        CybORG=importlib.import_module("CybORG").CybORG,
        Scenario=scenarios.EnterpriseScenarioGenerator,
        Flat=wrappers.BlueFlatWrapper,
        Fixed=wrappers.BlueFixedActionWrapper,
        Blue=agents.SleepAgent,
        Green=agents.EnterpriseGreenAgent,
        red={
            "finite-state": agents.FiniteStateRedAgent,
            "discovery": variants.DiscoveryFSRed,
            "random": agents.RandomSelectRedAgent,
        },
    )


@contextlib.contextmanager
def stand_ins() -> Iterator[None]:
    """Empty modules for ``ray`` and ``pygame``, each only if it is absent and only inside this
    context."""
    absent = [
        name for name in STAND_INS if importlib.util.find_spec(name.partition(".")[0]) is None
    ]
    for name in absent:
        module: Any = types.ModuleType(name, "The simulator imports this and does not use it.")
        module.__path__ = []
        module.MultiAgentEnv = type("MultiAgentEnv", (), {})
        sys.modules[name] = module
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


@contextlib.contextmanager
def importing_from(folder: pathlib.Path) -> Iterator[None]:
    """``folder`` first on the import path, no ``__pycache__`` written into it, no notices of its
    old packages."""
    bytecode = sys.dont_write_bytecode
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.path.remove(str(folder))
        sys.dont_write_bytecode = bytecode
