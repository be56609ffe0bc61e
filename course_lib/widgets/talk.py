"""Messages over time, for lesson 08: who speaks to whom through the switch, and what it means.

`play` follows a protocol of the switch riddle through one episode, `describe` and `draw` turn that
into what is shown; `TalkWidget` holds the settings, and talk_view.js shows the controls.
"""

import html
from dataclasses import dataclass

import numpy as np
import traitlets

from course_lib.games import ceiling, protocol_value, read_protocol, switch_meaning

from .picture_widget import PictureWidget
from .script import widget_script

NAMES = ("Ada", "Ben", "Cleo", "Dan", "Eve", "Fay")
OFF_ON = ("off", "on")
DAY, LANE, LEFT, TOP = 102, 46, 54, 34
"""Width of a day, height of an analyst's line, and margins, in pixels: six days fit unscaled into a
window of 1100 pixels, so that letters stay at 12."""
LARGEST_EPISODE = 99


@dataclass(frozen=True)
class Visit:
    """One day of an episode."""

    day: int
    """From 1."""
    who: int
    found: int
    """The switch as it was found, 0 or 1, after any tampering."""
    been: bool
    """Whether this analyst has been in the room before."""
    visited: int
    """How many analysts have been in the room by now."""
    tells: bool
    left: int
    """The switch as it is left."""
    meaning: str
    """What the switch now says to somebody who knows the protocol."""
    flipped: bool
    """Whether an intruder turned the switch before this visit."""


def play(
    text: str,
    rooms: np.ndarray,
    agents: int = 3,
    flip_day: int = 0,
) -> list[Visit]:
    """The visits of one episode, up to the day on which somebody tells.

    Args:
        text: the protocol (`games.read_protocol`).
        rooms: (T,) who is called on each day.
        agents: how many there are.
        flip_day: before this day (from 2) an intruder turns the switch; 0: never.
    """
    tells, sets = read_protocol(text)
    meanings = switch_meaning(tells, sets, agents)
    switch, been, visits = 0, set(), []
    for day, who in enumerate(rooms):
        flipped = day + 1 == flip_day and day > 0
        found = 1 - switch if flipped else switch
        before = int(who in been)
        been.add(who)
        told = bool(tells[day, found, before])
        switch = int(sets[day, found, before])
        visits.append(
            Visit(
                day + 1, int(who), found, bool(before), len(been), told, switch,
                meaning(meanings[day, switch]), flipped,
            )
        )  # fmt: skip
        if told:
            break
    return visits


def meaning(chances: np.ndarray) -> str:
    """What a switch says, from the chances (N + 1,) of how many have been here."""
    possible = [str(count) for count, chance in enumerate(chances) if chance > 0.005]
    if not possible:
        return "nothing agreed"
    return " or ".join(possible) + " been here"


def outcome(visits: list[Visit], agents: int) -> str:
    """How an episode ends, in words."""
    last = visits[-1]
    if not last.tells:
        return "Nobody tells: 0 points."
    right = last.visited == agents
    points = "right, +1 point" if right else "wrong, -1 point"
    return f"{NAMES[last.who]} tells on day {last.day}: {points}."


def describe(
    name: str,
    text: str,
    visits: list[Visit],
    agents: int,
) -> str:
    """The protocol's exact value, and every message of the episode in words."""
    share = protocol_value(*read_protocol(text), agents) / ceiling(agents)
    said = [f"{name}: worth {100 * share:.1f} % of the ceiling, exactly."]
    for speaker, listener in zip(
        visits[:-1],
        visits[1:],
        strict=True,
    ):
        bit = OFF_ON[speaker.left]
        heard = f", turned to {OFF_ON[listener.found]} by an intruder" if listener.flipped else ""
        said.append(
            f"Day {speaker.day}: {NAMES[speaker.who]} to {NAMES[listener.who]}: "
            f"{bit} ({speaker.meaning}){heard}."
        )
    return " ".join([*said, outcome(visits, agents)])


def draw(visits: list[Visit], agents: int, days: int) -> str:
    """An SVG: a line for each analyst, a dot for each visit, an arrow for each message."""
    width, height = LEFT + DAY * days, TOP + LANE * agents + 40
    parts = []
    for agent in range(agents):
        y = TOP + LANE * agent
        line = f'x1="{LEFT - 8}" x2="{width}" y1="{y}" y2="{y}" stroke="#b9b9b4"'
        parts += [_text(8, y + 5, NAMES[agent], "start"), f"<line {line}/>"]
    for speaker, listener in zip(
        visits[:-1],
        visits[1:],
        strict=True,
    ):
        parts.append(_message(speaker, listener))
    for visit in visits:
        parts.append(_visit(visit, agents))
    label = "Visits and messages, day by day"
    box = f'viewBox="0 0 {width} {height}" style="background:#fcfcfa;font-family:sans-serif'
    return f'<svg role="img" aria-label="{label}" {box};max-width:100%">{"".join(parts)}</svg>'


def _place(visit: Visit) -> tuple[int, int]:
    return LEFT + DAY * (visit.day - 1) + 20, TOP + LANE * visit.who


def _visit(visit: Visit, agents: int) -> str:
    x, y = _place(visit)
    fill = "#f25c05" if visit.tells else ("#fcfcfa", "#151515")[visit.left]
    dot = f'<circle cx="{x}" cy="{y}" r="9" fill="{fill}" stroke="#151515" stroke-width="2"/>'
    below = TOP + LANE * agents
    word = "tells" if visit.tells else OFF_ON[visit.left]
    texts = _text(x, below - 2, f"day {visit.day}: {word}")
    if not visit.tells:
        texts += _text(x, below + 15, visit.meaning)
    return dot + texts


def _message(speaker: Visit, listener: Visit) -> str:
    (x, y), (to_x, to_y) = _place(speaker), _place(listener)
    colour = "#b3261e" if listener.flipped else "#0e8ae6"
    dash = ("", ' stroke-dasharray="6 4"')[1 - listener.found]
    line = f'x1="{x}" y1="{y}" x2="{to_x}" y2="{to_y}" stroke="{colour}" stroke-width="3"'
    mark = (
        _text(
            (x + to_x) // 2,
            (y + to_y) // 2 - 6,
            "flipped",
        )
        if listener.flipped
        else ""
    )
    return f"<line {line}{dash}/>{mark}"


def _text(
    x: int,
    y: int,
    content: str,
    anchor: str = "middle",
) -> str:
    place = f'x="{x}" y="{y}" font-size="12" text-anchor="{anchor}" fill="#151515"'
    return f"<text {place}>{html.escape(content)}</text>"


class TalkWidget(PictureWidget):
    """Choose a protocol, an episode, and a day on which an intruder turns the switch.

    Args:
        protocols: texts by name (`games.read_protocol`), all for the same number of days.
        agents: how many analysts share them.
        settings: first values of the traits below.
    """

    _esm = widget_script("talk_view.js")
    protocol = traitlets.Unicode().tag(sync=True)
    """Name of the protocol that is followed."""
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    episode = traitlets.Int(
        0,
        min=0,
        max=LARGEST_EPISODE,
    ).tag(sync=True)
    """Number of the episode: who is called when."""
    flip_day = traitlets.Int(0, min=0).tag(sync=True)
    """Before this day an intruder turns the switch; 0 or 1: never."""
    days = traitlets.Int().tag(sync=True)

    def __init__(
        self,
        protocols: dict[str, str],
        agents: int = 3,
        **settings: object,
    ):
        self.protocols = dict(protocols)
        self.agents = agents
        names = list(self.protocols)
        days = len(self.protocols[names[0]].split())
        super().__init__(**{"names": names, "days": days, "protocol": names[0], **settings})
        self._play()

    @traitlets.validate("protocol")
    def _known(self, proposal):
        if proposal["value"] not in self.protocols:
            listed = ", ".join(self.protocols)
            raise traitlets.TraitError(f"no protocol {proposal['value']!r}; there are {listed}")
        return proposal["value"]

    @traitlets.observe("protocol", "episode", "flip_day")
    def _play(self, change=None) -> None:
        if change is not None and not self.text:
            return  # still being made
        text = self.protocols[self.protocol]
        rooms = np.random.default_rng(self.episode).integers(
            self.agents,
            size=self.days,
        )
        visits = play(text, rooms, self.agents, self.flip_day)
        self.picture = draw(visits, self.agents, self.days)
        self.text = describe(self.protocol, text, visits, self.agents)

    def __repr__(self) -> str:
        flip = f", flipped before day {self.flip_day}" if self.flip_day > 1 else ""
        return f"Messages of episode {self.episode}{flip}\n{self.text}"
