"""What a team does with the switch of the riddle, read from its episodes: the protocol as a text,
and what a bit tells about who has been in the room."""

from typing import NamedTuple

import numpy as np

from course_lib import games
from course_lib.learners.communication import Episodes
from course_lib.learners.information import Information, entropy, tested_information


def protocol_text(played: Episodes, team: int) -> str:
    """What a team does in the room, one letter for each day, switch (off, on) and visit (first,
    later): leaves it off ``o`` or on ``O``, tells ``T``, does different things ``?``, was never
    there ``.``; days are separated by spaces."""
    counts = protocol_counts(played, team)
    days = []
    for day in counts:
        days.append("".join(_letter(*cell) for cell in day.reshape(4, 3)))
    return " ".join(days)


def protocol_counts(played: Episodes, team: int) -> np.ndarray:
    """(T, 2, 2, 3) counts by day, switch as found and been before: left off, left on, told."""
    steps = len(played.actions)
    counts = np.zeros((steps, 2, 2, 3), int)
    episodes = played.actions[0].shape[1]
    been = np.zeros(
        (episodes, played.actions[0].shape[2]),
        bool,
    )
    rows = np.arange(episodes)
    for day in range(steps):
        inside = played.observations[day][team, :, :, 0].argmax(dim=-1).numpy()
        going_on = played.going_on[day][team].numpy()
        heard = played.heard[day][team].numpy()[rows, inside, 0]
        switch = (heard > 0).astype(int)
        told = played.actions[day][team].numpy()[rows, inside] == games.TELL
        said = played.said[day][team].numpy()[rows, inside, 0]
        left = (said > 0).astype(int)
        what = np.where(told, 2, left)
        visit = been[rows, inside].astype(int)
        places = (switch[going_on], visit[going_on], what[going_on])
        np.add.at(counts[day], places, 1)
        been[rows, inside] = True
    return counts


def _letter(off: int, on: int, told: int) -> str:
    total = off + on + told
    if total == 0:
        return "."
    for letter, count in (("o", off), ("O", on), ("T", told)):
        if count >= 0.98 * total:
            return letter
    return "?"


class SwitchInformation(NamedTuple):
    """What the switch carries in the hands of one team."""

    entropy: float
    """Of the bit as it is left, in bits: 0 where the team never uses the switch, at most 1."""
    visitors: Information
    """About how many have been in the room, for somebody who knows the day."""


def switch_information(played: Episodes, team: int) -> SwitchInformation:
    """Count how the bit that is left goes together with how many have been in the room.

    One day of each episode is counted, another one from episode to episode: days of one episode
    hang together, and the permutations assume that samples do not.
    """
    steps = len(played.actions)
    episodes = np.arange(played.actions[0].shape[1])
    rooms = [seen[team, :, :, 0].argmax(dim=-1) for seen in played.observations]
    inside = np.stack(rooms)  # (T, E): who is in the room
    agents = played.actions[0].shape[2]
    been = np.cumsum(np.eye(agents, dtype=bool)[inside], axis=0) > 0
    visitors = been.sum(axis=2)  # (T, E)
    days = episodes % steps
    going_on = np.stack([alive[team].numpy() for alive in played.going_on])[days, episodes]
    said = np.stack([words[team].numpy() for words in played.said])
    words = said[days, episodes, inside[days, episodes]] > 0
    left = words[going_on]
    count = visitors[days, episodes][going_on]
    about = tested_information(left, count, days[going_on], permutations=200)
    return SwitchInformation(entropy(left), about)
