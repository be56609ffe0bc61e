"""The switch riddle: a team that must find out together when everybody has been somewhere.

N analysts work behind closed doors. Every day one of them, drawn by chance, is called into the
control room. There is one switch in the room, the only thing that one of them can leave for the
next. Whoever is in the room may set the switch, and may *tell*: "all of us have been here". If that
is true, the team gets 1 point; if it is false, it loses 1; if nobody tells in T days, it gets 0.
(The riddle of the hundred prisoners, in the form of Foerster and others, 2016, section 6.1, with
T = 4 N - 6.)

Here is the game that learners play, and exact answers to three questions about it: what a team that
knows everything gets (`ceiling`), what a given protocol of one bit gets (`protocol_value`), and
what the best rule without the switch gets (`silent_value`).
"""

from functools import cache
from itertools import combinations_with_replacement, product

import numpy as np

from course_lib import array_checks
from course_lib.validate import shown, whole_number, word

from .turns import Turn, nothing_seen

WAIT, TELL = 0, 1
MOST_AGENTS, MOST_DAYS = 100, 1_000
"""Beyond these the exact answers would take minutes."""


class SwitchRiddle:
    """Many episodes of the riddle, played side by side.

    An agent sees whether it is in the room, and the calendar (one place a day, 1 for today). What
    it says in the room is heard by whoever is in the room next: that is the switch.
    """

    actions = 2
    """`WAIT` and `TELL`; outside the room both do nothing."""

    def __init__(self, agents: int = 3):
        """ValueError unless ``agents`` is 2 to 6."""
        self.agents = whole_number("agents", agents, 2, 6)
        self.steps = 4 * agents - 6
        """Days, T."""
        self.observation_size = 1 + self.steps

    def begin(
        self,
        episodes: int,
        rng: np.random.Generator,
        copies: int = 1,
    ) -> Turn:
        """The first day of so many new episodes; each is played ``copies`` times, copy by copy."""
        drawn = rng.integers(
            self.agents,
            size=(episodes, self.steps),
        )
        self.rooms = np.tile(drawn, (copies, 1))
        self.day = 0
        self.been = np.zeros(
            (len(self.rooms), self.agents),
            bool,
        )
        self.over = np.zeros(len(self.rooms), bool)
        self._enter()
        return self._turn(np.zeros(len(self.rooms)))

    def step(self, actions: np.ndarray) -> Turn:
        """The next day, after ``actions`` (E, N). Nothing happens in an episode that is over.

        ValueError after the last day.
        """
        if self.day >= self.steps:
            raise ValueError("all episodes are over; call begin for new ones")
        rows = np.arange(len(self.rooms))
        told = actions[rows, self.rooms[:, self.day]] == TELL
        points = np.where(
            self.been.all(axis=1),
            1,
            -1,
        ) * (told & ~self.over)
        self.day += 1
        self.over |= told | (self.day == self.steps)
        if self.day < self.steps:
            self._enter()
        return self._turn(points)

    def _enter(self) -> None:
        going_on = ~self.over
        self.been[going_on, self.rooms[going_on, self.day]] = True

    def _turn(self, points: np.ndarray) -> Turn:
        episodes = len(self.rooms)
        rows = np.arange(episodes)
        observations, hears = nothing_seen(episodes, self.agents, self.observation_size)
        if self.day < self.steps:
            observations[rows, self.rooms[:, self.day], 0] = 1
            observations[:, :, 1 + self.day] = 1
            if self.day > 0:
                hears[rows, self.rooms[:, self.day], self.rooms[:, self.day - 1]] = 1
        rewards = np.repeat(
            points[:, None],
            self.agents,
            axis=1,
        ).astype(np.float32)
        return Turn(observations, hears, rewards, self.over.copy())


def ceiling(
    agents: int,
    steps: int | None = None,
) -> float:
    """Expected reward of a team that knows at every moment who has been in the room.

    Such a team tells once all have been there, and so it is the probability of that within T days
    (``steps``; 4 N - 6 without it). No protocol gets more. ValueError for numbers out of range.
    """
    agents = whole_number("agents", agents, 1, MOST_AGENTS)
    steps = max(4 * agents - 6, 0) if steps is None else whole_number("steps", steps, 0, MOST_DAYS)
    seen = np.zeros(agents + 1)
    seen[0] = 1.0
    for _ in range(steps):
        new = np.zeros_like(seen)
        for count in range(agents + 1):
            stays = count / agents
            new[count] += seen[count] * stays
            if count < agents:
                new[count + 1] += seen[count] * (1 - stays)
        seen = new
    return float(seen[agents])


def protocol_value(
    tells: np.ndarray,
    sets: np.ndarray,
    agents: int,
) -> float:
    """Expected reward of a protocol that all agents share, exactly.

    What an agent in the room does depends on the day, on the switch as it finds it (off, 0, on the
    first day), and on whether it has been here before.

    Args:
        tells: (T, 2, 2) bool, day x switch x been before.
        sets: (T, 2, 2) of 0 and 1, how the switch is left.
        agents: N.

    Raises:
        ValueError: if the two tables do not fit each other, or hold something else.
    """
    value, _ = _follow(*_checked(tells, sets, agents))
    return value


def switch_meaning(
    tells: np.ndarray,
    sets: np.ndarray,
    agents: int,
) -> np.ndarray:
    """(T, 2, N + 1): how many have been in the room, as probabilities, given the switch as it is
    left at the end of each day and that nobody has told; zeros where it is never left so.

    ValueError for tables as `protocol_value` refuses.
    """
    _, chances = _follow(*_checked(tells, sets, agents))
    by_switch = np.stack([chance.T for chance in chances])
    total = by_switch.sum(axis=2, keepdims=True)
    return np.divide(
        by_switch,
        total,
        out=np.zeros_like(by_switch),
        where=total > 0,
    )


def _checked(
    tells: np.ndarray,
    sets: np.ndarray,
    agents: int,
) -> tuple[np.ndarray, np.ndarray, int]:
    agents = whole_number("agents", agents, 2, MOST_AGENTS)
    tells = array_checks.truths("tells", tells, None, 2, 2)
    whole_number("number of days", len(tells), 1, MOST_DAYS)
    # A truth as a number: off or on.
    sets = array_checks.truths("sets", sets, len(tells), 2, 2).astype(int)
    return tells, sets, agents


def _follow(
    tells: np.ndarray,
    sets: np.ndarray,
    agents: int,
) -> tuple[float, list[np.ndarray]]:
    """Expected reward, and after each day the chances (N + 1, 2) that nobody has told, so many
    agents have been in the room, and the switch is off or on."""
    chance = np.zeros((agents + 1, 2))
    chance[0, 0] = 1.0
    value, chances = 0.0, []
    for day in range(len(tells)):
        after = np.zeros_like(chance)
        for count, switch, been in product(
            range(agents + 1),
            range(2),
            range(2),
        ):
            drawn = (count if been else agents - count) / agents
            reached = chance[count, switch] * drawn
            now = min(count + (not been), agents)
            if tells[day, switch, been]:
                value += reached if now == agents else -reached
            else:
                after[now, sets[day, switch, been]] += reached
        chance = after
        chances.append(chance)
    return float(value), chances


LETTERS = "oOT"
"""How a protocol is written down: leaves the switch off, leaves it on, tells."""


def read_protocol(text: str) -> tuple[np.ndarray, np.ndarray]:
    """(tells, sets) from a protocol as text: a word for each day, four letters a word, for the
    switch found off (first visit, later visit) and on (first, later).

    ``o`` leaves the switch off, ``O`` on, ``T`` tells; other letters (``?`` does different things,
    ``.`` was never there) count as ``o``. ValueError for words that have not four letters.
    """
    days = word("text", text).split()
    if not days or any(len(day) != 4 for day in days):
        raise ValueError(f"a protocol has words of four letters, one a day; got {shown(text)}")
    letters = np.array([list(day) for day in days]).reshape(
        -1,
        2,
        2,
    )
    return letters == "T", (letters == "O").astype(int)


def counting_protocol(agents: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """(tells, sets) for `protocol_value`: the switch says whether the second visitor has been here.

    With three agents this is all there is to know, and the protocol reaches the ceiling.
    ValueError for a number of agents out of range.
    """
    agents = whole_number("agents", agents, 2, MOST_AGENTS)
    steps = 4 * agents - 6
    tells = np.zeros((steps, 2, 2), bool)
    sets = np.zeros((steps, 2, 2), int)
    sets[1:, 0, 0] = 1  # new to the room while the switch is off: the second visitor
    sets[:, 1, :] = 1  # once on, it stays on
    tells[1:, 1, 0] = True  # new to the room while it is on: the third
    return tells, sets


def silent_value(agents: int = 3) -> float:
    """Expected reward of the best shared rule "tell on day d if I came at most so many times".

    Found by trying all limits that do not fall: on each day, whoever is in the room tells if it has
    been there at most so many times. Nobody sees the switch. ValueError for more than 3 agents:
    there are too many limits to try.
    """
    return _silent_value(whole_number("agents", agents, 2, 3))


@cache
def _silent_value(agents: int) -> float:
    steps = 4 * agents - 6
    sequences = np.array(
        list(
            product(
                range(agents),
                repeat=steps,
            )
        )
    )
    in_room = np.stack([sequences == agent for agent in range(agents)])
    visits = np.cumsum(in_room, axis=2)
    own_visits = (visits * in_room).sum(axis=0)  # (sequences, T): of whoever is in the room
    everybody = (visits > 0).all(axis=0)
    best = 0.0
    # An agent that came often leaves little time for the others, so it tells up to a limit; the
    # limit may only grow with the days that have passed.
    for limits in combinations_with_replacement(range(steps + 1), steps):
        told = own_visits <= np.array(limits)
        first = told.argmax(axis=1)
        rows = np.arange(len(sequences))
        points = np.where(
            everybody[rows, first],
            1,
            -1,
        ) * told.any(axis=1)
        best = max(best, float(points.mean()))
    return best
