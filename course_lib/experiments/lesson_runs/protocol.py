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
        # Four cells a day: the switch as found (off, on), and the first visit or a later one.
        letters = [_letter(*cell) for cell in day.reshape(4, 3)]
        days.append("".join(letters))
    return " ".join(days)


def protocol_counts(played: Episodes, team: int) -> np.ndarray:
    """(T, 2, 2, 3) counts by day, switch as found and been before: left off, left on, told."""
    steps = len(played.actions)
    counts = np.zeros((steps, 2, 2, 3), int)
    _, episodes, agents = played.actions[0].shape
    been = np.zeros((episodes, agents), bool)
    rows = np.arange(episodes)
    for day in range(steps):
        # Each observes whether it is in the room; the bits of the others reach nobody.
        in_room = played.observations[day][team, :, :, 0]
        inside = in_room.argmax(dim=-1).numpy()
        going_on = played.going_on[day][team].numpy()
        heard = played.heard[day][team].numpy()
        switch = (heard[rows, inside, 0] > 0).astype(int)
        actions = played.actions[day][team].numpy()
        told = actions[rows, inside] == games.TELL
        said = played.said[day][team].numpy()
        left = (said[rows, inside, 0] > 0).astype(int)
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
        if count >= 0.98 * total:  # a few slips are no second rule
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
    _, count, agents = played.actions[0].shape
    episodes = np.arange(count)
    rooms = [seen[team, :, :, 0].argmax(dim=-1) for seen in played.observations]
    inside = np.stack(rooms)  # (T, E): who is in the room
    visits = np.eye(agents, dtype=bool)[inside]
    been = np.cumsum(visits, axis=0) > 0  # (T, E, agents), at least once so far
    visitors = been.sum(axis=2)  # (T, E)
    days = episodes % steps
    alive = np.stack([part[team].numpy() for part in played.going_on])
    going_on = alive[days, episodes]
    said = np.stack([words[team].numpy() for words in played.said])
    words = said[days, episodes, inside[days, episodes]] > 0
    # An episode that has ended before its day says nothing on it.
    left = words[going_on]
    seen = visitors[days, episodes][going_on]
    about = tested_information(left, seen, days[going_on], permutations=200)
    return SwitchInformation(entropy(left), about)
