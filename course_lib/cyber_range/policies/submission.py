"""Agents in the form that CAGE Challenge 4 asks for, as a policy of the range.

A submission is a class (or a module, or an object) with ``AGENTS``: agent name -> object with
``get_action(observation, action_space)``. The challenge's evaluation calls each of them in every
tick, and never resets them. Here they get the flat observation, which is what the simulator's own
wrapper for plain agents gives, on both engines. ``wrap`` is not called: it changes the simulator's
objects, and this environment is wrapped already.
"""

import inspect
from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

import numpy as np
from gymnasium.spaces import Discrete

from course_lib.validate import shown

from ..actions import action_layout
from ..constants import OFFICIAL_DEFENDERS
from ..policy import Infos, Observations


@runtime_checkable
class ChallengeAgent(Protocol):
    """One agent of a submission."""

    def get_action(self, observation: np.ndarray, action_space: Any) -> Any:
        """Observation of one agent and the space of its actions -> index of an action."""


@runtime_checkable
class Submission(Protocol):
    """A submission to the challenge; its other members (NAME, TEAM, TECHNIQUE) are optional."""

    AGENTS: Mapping[str, ChallengeAgent]


class SubmissionPolicy:
    """A submission as a `Policy` of the five official defenders.

    An agent that the submission leaves out sleeps. The action spaces are seeded with each episode,
    so that an agent that samples from them plays the same episode again.

    Args:
        submission: anything with ``AGENTS``.

    Raises:
        ValueError: if an agent has an unknown name, or no ``get_action`` with the two arguments.
    """

    observation = "flat"
    defenders = "official"

    def __init__(self, submission: Submission) -> None:
        self.name = str(getattr(submission, "NAME", "submission"))
        self.agents = dict(_checked_agents(submission.AGENTS))
        layout = action_layout(self.defenders)
        sizes = {agent: layout.size(d) for d, agent in enumerate(layout.agents)}
        self.action_spaces = {agent: Discrete(sizes[agent]) for agent in self.agents}

    def reset(self, seed: int) -> None:
        """Seed the action spaces; the agents themselves are not reset, as in the challenge."""
        for number, space in enumerate(self.action_spaces.values()):
            space.seed(seed + number)

    def act(self, observations: Observations, infos: Infos) -> dict[str, int]:
        """Ask every agent for its action.

        ValueError if what comes back is no index of the agent's action space.
        """
        actions = {}
        for name, agent in self.agents.items():
            space = self.action_spaces[name]
            action = agent.get_action(np.array(observations[name]), space)
            if not _is_index(action, int(space.n)):
                raise ValueError(
                    f"get_action of {name} returned {shown(action)}; "
                    f"on the range an action is an index from 0 to {space.n - 1}"
                )
            actions[name] = int(np.asarray(action).item())
        return actions


def _checked_agents(agents: Any) -> Mapping[str, ChallengeAgent]:
    if isinstance(agents, property):
        raise ValueError("AGENTS of this class is a property: pass an object of it, not the class")
    if not isinstance(agents, Mapping) or not agents:
        raise ValueError("AGENTS of a submission must be a table: agent name -> agent")
    for name, agent in agents.items():
        if name not in OFFICIAL_DEFENDERS:
            known = ", ".join(OFFICIAL_DEFENDERS)
            raise ValueError(f"AGENTS has {shown(name)}; the agents are {known}")
        if not isinstance(agent, ChallengeAgent):
            raise ValueError(
                f"{name} of AGENTS is a {type(agent).__name__} without "
                "get_action(observation, action_space)"
            )
        _check_arguments(name, agent)
    return agents


def _check_arguments(name: str, agent: ChallengeAgent) -> None:
    """ValueError if ``get_action`` cannot be called with an observation and a space."""
    try:
        signature = inspect.signature(agent.get_action)
    except ValueError:  # written in another language, it does not tell
        return
    try:
        signature.bind("observation", "action_space")
    except TypeError:
        given = f"{name} of AGENTS"
        if isinstance(agent, type):
            kind = agent.__name__
            raise ValueError(
                f"{given} is the class {kind}: put an object of it there, such as {kind}()"
            ) from None
        raise ValueError(
            f"get_action of {given} takes {signature}; "
            "it is called with (observation, action_space)"
        ) from None


def _is_index(action: Any, count: int) -> bool:
    """Whether an action is a whole number below ``count``; arrays of one number count as one."""
    value = np.asarray(action)
    whole = value.shape in ((), (1,)) and value.dtype.kind in "iu"
    return whole and bool((0 <= value).all() and (value < count).all())
