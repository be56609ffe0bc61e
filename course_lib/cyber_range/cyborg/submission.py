"""A policy of the course in the form that the challenge's own evaluation script asks for.

That script makes the simulator, calls ``wrap`` once, and then, tick after tick, asks each of
``AGENTS`` for an action by ``get_action(observation, action_space)``. A policy of the course
decides for all five at once and wants their infos too (masks, who is busy). So ``wrap`` returns
the environment of the course over the script's own simulator, and the five agents share one
`Desk`, which asks the policy once a tick and hands each agent its own answer.

What passes between the agents there is not checked by anybody: a policy that reads all five
observations (every hierarchy of the course does) tells more than the eight bits a tick that the
challenge's rules allow.
"""

import importlib
from pathlib import Path
from typing import Any

import numpy as np

from course_lib import validate

from ..actions import action_layout
from ..constants import OFFICIAL_DEFENDERS, SLEEP
from ..envs.parallel import Actions, DefenderEnv, Start, Step, TeamBits
from ..policy import Policy, policy_name
from .backend import CyborgBackend
from .load import load_simulator

OFFICIAL_STEPS = 500


class AdoptedBackend(CyborgBackend):
    """The bridge over a simulator that somebody else made and seeded.

    A reset begins its next episode; the seed it is given changes nothing.
    """

    def __init__(self, cyborg: Any, steps: int = OFFICIAL_STEPS):
        super().__init__(steps=steps)
        self.adopt(cyborg)

    def reset(self, seed: int) -> np.record:
        """Begin the next episode; returns its VISIBLE record."""
        return self.begin()


class SubmittedEnv(DefenderEnv):
    """What ``wrap`` gives to the script: it tells the desk what every agent sees."""

    def __init__(self, backend: AdoptedBackend, desk: "Desk"):
        super().__init__(backend, desk.policy.observation)
        self._desk = desk

    def reset(self, seed: int | None = None, options: dict | None = None) -> Start:
        """Begin the next episode of the script's simulator."""
        start = super().reset(seed, options)
        self._desk.begin()
        self._desk.show(*start)
        return start

    def step(self, actions: Actions, team_bits: TeamBits = None) -> Step:
        """One tick of the script's simulator."""
        answer = super().step(actions, team_bits)
        self._desk.show(answer[0], answer[4])
        return answer


class Desk:
    """One policy and its five agents; episode i is played by the policy reset with ``seed + i``."""

    def __init__(self, policy: Policy, seed: int):
        self.policy = policy
        self._next_seed = seed
        self._seen: tuple[Any, Any] = ({}, {})
        self._chosen: Actions | None = None

    def begin(self) -> None:
        """Reset the policy for the next episode."""
        self.policy.reset(self._next_seed)
        self._next_seed += 1

    def show(self, observations: dict[str, Any], infos: dict[str, Any]) -> None:
        """Note what everybody sees now; what was chosen before no longer counts."""
        self._seen = observations, infos
        self._chosen = None

    def choose(self, agent: str) -> int | None:
        """The action of one agent in this tick; None where the policy leaves it out."""
        if self._chosen is None:
            self._chosen = self.policy.act(*self._seen)
        return self._chosen.get(agent)


class SubmittedAgent:
    """One of the five: it looks its action up on the desk."""

    def __init__(self, name: str, desk: Desk, sleep: int):
        self.name = name
        self._desk = desk
        self._sleep = sleep

    def get_action(self, observation: Any, action_space: Any) -> int:
        """The policy's action for this agent, or its Sleep: an index of ``action_space``."""
        action = self._desk.choose(self.name)
        return self._sleep if action is None else int(action)

    def __repr__(self) -> str:
        return f"{policy_name(self._desk.policy)} as {self.name}"


class OfficialSubmission:
    """NAME, TEAM, TECHNIQUE, AGENTS and wrap: all that the script asks of a submission.

    Args:
        policy: any `Policy` of the official defenders; it is reset before every episode.
        team: who submits.
        technique: how the policy came about, in a few words.
        seed: of the policy's own chances in the first episode.
        steps: length of the script's episodes; the official one is 500.

    Raises:
        ValueError: for something that is no policy, or one of seven defenders.
    """

    def __init__(
        self,
        policy: Policy,
        team: str = "the course",
        technique: str = "hierarchical multi-agent PPO",
        seed: int = 0,
        steps: int = OFFICIAL_STEPS,
    ):
        validate.instance("policy", policy, Policy, "for example cyber_range.make_policy('expert')")
        if policy.defenders != "official":
            raise ValueError(
                f"a submission plays the five official defenders, and {policy_name(policy)} is made"
                f" for {policy.defenders!r}"
            )
        seed = validate.seed(seed)
        self.steps = validate.whole_number("steps", steps, 3)
        self.NAME = policy_name(policy)
        self.TEAM = validate.word("team", team)
        self.TECHNIQUE = validate.word("technique", technique)
        self._desk = Desk(policy, seed)
        sleeps = action_layout("official").single(SLEEP)
        self.AGENTS = {
            name: SubmittedAgent(name, self._desk, int(sleep))
            for name, sleep in zip(OFFICIAL_DEFENDERS, sleeps, strict=True)
        }

    def wrap(self, cyborg: Any) -> SubmittedEnv:
        """The environment of the course over the script's simulator.

        SimulatorNotFound, a ValueError, where the simulator cannot be imported.
        """
        return SubmittedEnv(AdoptedBackend(cyborg, self.steps), self._desk)


def run_official_script(
    submission: OfficialSubmission,
    folder: str | Path,
    episodes: int = 100,
    seed: int | None = None,
) -> None:
    """Let the simulator's own evaluation script score a submission.

    The script prints what it does and writes summary.json, scores.txt, full.txt and actions.txt
    into ``folder``; `read_official_results` reads them back.

    Args:
        submission: what is scored.
        folder: made if it is not there.
        episodes: at least 2, because the script works out a standard deviation.
        seed: of the simulator; None leaves it to chance, as the challenge did.

    Raises:
        ValueError: for too few episodes or a wrong seed; SimulatorNotFound without the simulator.
    """
    episodes = validate.whole_number("episodes", episodes, 2)
    seed = None if seed is None else validate.seed(seed)
    load_simulator()
    script = importlib.import_module("CybORG.Evaluation.evaluation")
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    script.run_evaluation(submission, str(target), max_eps=episodes, seed=seed)
