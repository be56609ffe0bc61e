"""What a team does with the switch of the riddle, read from its episodes; and the controls for
claims about messages, by name."""

import numpy as np

from course_lib import games
from course_lib.learners import channel as lines
from course_lib.learners.communication import Episodes

CONTROLS = {
    "open": None,
    "muted": lines.muted,
    "shuffled": lines.shuffled,
    "foreign": lines.foreign,
}


def protocol_text(played: Episodes, team: int) -> str:
    """What a team does in the room, one letter for each day, switch (off, on) and visit (first,
    later): leaves it off ``o`` or on ``O``, tells ``T``, does different things ``?``, was never
    there ``.``; days are separated by spaces."""
    counts = protocol_counts(played, team)
    days = []
    for day in counts:
        days.append(
            "".join(
                _letter(*cell)
                for cell in day.reshape(
                    4,
                    3,
                )
            )
        )
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
