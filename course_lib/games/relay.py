"""The relay: the smallest game that needs a message, and a probe for learners that talk.

Step 1: a watcher sees one of K alerts. Step 2: a responder, who saw nothing, picks one of K
countermeasures; the one for this alert is worth 1 point. Who hears the watcher gets 1; who hears
nothing can only guess and gets 1 / K on average.

``paid`` says who gets the point: the whole team, or the responder alone. In the second case nothing
that the watcher does changes what the watcher earns. A learner that values messages by the
speaker's own reward has nothing to learn from, and must stay at chance. A learner that sends the
listener's error back through the channel need not.
"""

import numpy as np

from course_lib.validate import choice, whole_number

from .turns import Turn, nothing_seen

WATCHER, RESPONDER = 0, 1
PAID = ("team", "responder")


class Relay:
    """Many episodes of the relay, played side by side."""

    agents = 2
    steps = 2

    def __init__(
        self,
        alerts: int = 2,
        paid: str = "team",
    ):
        """ValueError unless ``alerts`` is 2 to 16 and ``paid`` is "team" or "responder"."""
        self.actions = whole_number("alerts", alerts, 2, 16)
        self.paid = choice("paid", paid, PAID)
        self.observation_size = alerts

    @property
    def silent_value(self) -> float:
        """Expected points of the best responder who hears nothing."""
        return 1 / self.actions

    def begin(
        self,
        episodes: int,
        rng: np.random.Generator,
        copies: int = 1,
    ) -> Turn:
        """The watcher's step; each of the new episodes is played ``copies`` times, copy by copy."""
        self.alert = np.tile(
            rng.integers(
                self.actions,
                size=episodes,
            ),
            copies,
        )
        self.step_number = 0
        return self._turn(np.zeros(len(self.alert)))

    def step(self, actions: np.ndarray) -> Turn:
        """The next step, after ``actions`` (E, 2). ValueError after the second."""
        if self.step_number == self.steps:
            raise ValueError("all episodes are over; call begin for new ones")
        self.step_number += 1
        right = actions[:, RESPONDER] == self.alert
        return self._turn(right * (self.step_number == self.steps))

    def _turn(self, points: np.ndarray) -> Turn:
        episodes = len(self.alert)
        observations, hears = nothing_seen(episodes, self.agents, self.observation_size)
        if self.step_number == 0:
            observations[np.arange(episodes), WATCHER, self.alert] = 1
        if self.step_number == 1:
            hears[:, RESPONDER, WATCHER] = 1
        rewards = np.zeros(
            (episodes, self.agents),
            np.float32,
        )
        rewards[:, RESPONDER] = points
        if self.paid == "team":
            rewards[:, WATCHER] = points
        return Turn(
            observations,
            hears,
            rewards,
            np.full(
                episodes,
                self.step_number == self.steps,
            ),
        )
