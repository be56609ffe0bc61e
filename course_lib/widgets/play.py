"""Play it yourself: the reader is one defender of the range, a named policy plays the others.

`seat.Seat` is the game. Here are its pictures and words, `draw`, `describe` and `summary`, and
`PlayWidget`, which hears the reader's choices; play_view.js shows the controls.
"""

import html
import pathlib
from collections.abc import Mapping

import numpy as np
import traitlets

from course_lib import static_twin
from course_lib.cyber_range import ANALYSE, REMOVE, RESTORE, ZONES
from course_lib.cyber_range.constants import DECOY, SERVER_SLOTS, SLOTS, Priority
from course_lib.cyber_range.policy import ForkablePolicy

from .picture_widget import TwinWidget, figure
from .seat import Cost, HostSigns, Seat

HERE = pathlib.Path(__file__).parent
PHASES = ("pre-planning", "mission A", "mission B")
ON_HOST = {"Analyse": ANALYSE, "Remove": REMOVE, "Restore": RESTORE, "Deploy decoy": DECOY}
WAIT, NEWS, AGAIN = "Wait one tick", "Wait for news", "Begin again"
KEYS = {"Analyse": "a", "Remove": "r", "Restore": "t", "Deploy decoy": "d", WAIT: "w", NEWS: "n"}
"""The key of each button, where the list of hosts has the focus."""
FOUND = {
    Priority.NOTHING_KNOWN: "",
    Priority.ROOT_FILE: "a file of root found",
    Priority.USER_FILE: "a file of a user found",
    Priority.DECOY_TOUCHED: "a decoy was touched",
}
INK, PAPER = "#151515", "#fcfcfa"
QUIET, CONNECTED, ALARMED, SERIOUS = "#ffffff", "#ffe9a8", "#f5a742", "#8c1d04"
"""Fill of a host without a sign, with a connection event, a process event, a file or a decoy."""
PITCH, LEFT, ROW = 62, 46, 66
"""Pixels from host to host, to the first host, and from row to row."""
WIDTH = LEFT + 10 * PITCH
CURVE = 170
"""Height of the picture of points, in pixels."""
COLOURS = ("#0e8ae6", "#f25c05", "#3a7d44")
DASHES = ("", "6 4", "2 3")


def sign(host: HostSigns) -> tuple[str, str]:
    """Fill and sign of a host in the picture; the worst that is known decides."""
    if host.priority == Priority.ROOT_FILE:
        return SERIOUS, "root"
    if host.priority == Priority.DECOY_TOUCHED:
        return SERIOUS, "decoy!"
    if host.priority == Priority.USER_FILE:
        return ALARMED, "user"
    if host.process:
        return ALARMED, "!!"
    return (CONNECTED, "!") if host.connection else (QUIET, "")


def words(host: HostSigns) -> str:
    """A host in the list: its name and what is known of it."""
    parts = [host.name]
    parts += ["process event"] * host.process
    parts += ["connection event"] * host.connection
    parts += [FOUND[Priority(host.priority)]] * (host.priority > 0)
    several = "s" * (host.decoys > 1)
    parts += [f"{host.decoys} decoy{several} of yours"] * (host.decoys > 0)
    return " · ".join(parts)


def draw(hosts: list[HostSigns], selected: int) -> str:
    """An SVG of the seat's hosts: squares for servers, circles for users, the chosen one ringed."""
    rows = sorted({_row(host.host) for host in hosts})
    height = ROW * len(rows) + 8
    marks = []
    for host in hosts:
        row = _row(host.host)
        is_user = row[1]
        column = host.host % SLOTS - SERVER_SLOTS * is_user
        x = LEFT + PITCH * column + PITCH / 2
        y = ROW * rows.index(row) + 26
        marks.append(_mark(host, x, y, host.host == selected))
    named = set()
    for number, (zone, is_user) in enumerate(rows):
        y = ROW * number + 30
        # A zone has a row of servers and one of users; its name stands beside the first.
        if zone not in named:
            marks.append(_text(22, y - 14, ZONES[zone], INK, 13))
            named.add(zone)
        marks.append(_text(22, y + 2, "users" if is_user else "servers", INK, 12))
    return _svg("What you see of your hosts", WIDTH, height, "".join(marks))


def _row(host: int) -> tuple[int, bool]:
    """In which row a host is drawn: its zone, and whether it is a user's."""
    zone, slot = divmod(host, SLOTS)
    return zone, slot >= SERVER_SLOTS


def _mark(host: HostSigns, x: float, y: float, ringed: bool) -> str:
    fill, sign_words = sign(host)
    ink = PAPER if fill == SERIOUS else INK
    line = f'fill="{fill}" stroke="{INK}" stroke-width="{4 if ringed else 1}"'
    if host.host % SLOTS < SERVER_SLOTS:
        shape = f'<rect x="{x - 18:.0f}" y="{y - 18:.0f}" width="36" height="36" {line}/>'
    else:
        shape = f'<circle cx="{x:.0f}" cy="{y:.0f}" r="19" {line}/>'
    kind, _, number = host.name.split(" ")[1].split("_")
    below = f"{kind} {number}" + "▲" * (host.decoys > 0)
    inside = _text(x, y + 4, sign_words, ink, 12)
    said = f"<title>{html.escape(words(host))}</title>"
    group = f'<g data-host="{host.host}" style="cursor:pointer">'
    return f"{group}{said}{shape}{inside}{_text(x, y + 34, below, INK, 12)}</g>"


def _text(
    x: float,
    y: float,
    said: str,
    ink: str,
    size: int,
    anchor: str = "middle",
) -> str:
    place = f'x="{x:.0f}" y="{y:.0f}" font-size="{size}" text-anchor="{anchor}" fill="{ink}"'
    return f"<text {place}>{html.escape(said)}</text>"


def _svg(label: str, width: float, height: float, inside: str) -> str:
    box = f'viewBox="0 0 {width:.0f} {height:.0f}"'
    style = f"background:{PAPER};font-family:sans-serif;max-width:100%;width:{width:.0f}px"
    return f'<svg role="img" aria-label="{label}" {box} style="{style}">{inside}</svg>'


def describe(seat: Seat, last: str, before: list[HostSigns]) -> str:
    """Where the clock stands, what was begun last, and what has changed since."""
    left = seat.ticks - len(seat.rewards)
    clock = f"Tick {seat.tick} of the episode, {PHASES[seat.phase]}; {left} of your ticks are left."
    if not last:
        return f"{clock} Choose a host and an action, or wait."
    known = {host.host: words(host) for host in before}
    news = [words(host) for host in seat.signs() if words(host) != known[host.host]]
    seen = "; ".join(news) or "nothing new"
    return f"{clock} You chose: {last}. What you see has changed at: {seen}."


def draw_points(runs: Mapping[str, np.ndarray]) -> str:
    """An SVG of the points lost so far, tick by tick, (T,) rewards for each player."""
    lost = {name: -np.cumsum(rewards) for name, rewards in runs.items()}
    most = max(1.0, *(float(curve.max()) for curve in lost.values()))
    bottom = CURVE - 34
    parts = [_line(LEFT, bottom, WIDTH - 20, bottom), _line(LEFT, 34, LEFT, bottom)]
    parts.append(_text(LEFT - 6, bottom + 4, "0", INK, 12, "end"))
    parts.append(_text(LEFT - 6, 38, f"{most:.0f}", INK, 12, "end"))
    for number, (name, curve) in enumerate(lost.items()):
        across = np.linspace(LEFT, WIDTH - 20, len(curve) + 1)[1:]
        heights = bottom - (bottom - 34) * curve / most
        points = " ".join(f"{x:.0f},{y:.1f}" for x, y in zip(across, heights, strict=True))
        look = f'stroke="{COLOURS[number % 3]}" stroke-dasharray="{DASHES[number % 3]}"'
        begin = f"{LEFT},{bottom} {points}"
        parts.append(f'<polyline points="{begin}" fill="none" stroke-width="3" {look}/>')
        x = LEFT + 190 * number
        parts.append(f'<polyline points="{x},16 {x + 26},16" fill="none" stroke-width="3" {look}/>')
        parts.append(_text(x + 32, 20, f"{name}: {curve[-1]:.0f}", INK, 12, "start"))
    ticks = len(next(iter(lost.values())))
    axis = f"ticks 1 to {ticks} since the seat was taken: points lost so far, whole network"
    parts.append(_text(WIDTH / 2, CURVE - 10, axis, INK, 12))
    return _svg("Points lost so far by each player in the same seat", WIDTH, CURVE, "".join(parts))


def _line(x: float, y: float, to_x: float, to_y: float) -> str:
    ends = f'x1="{x:.0f}" y1="{y:.0f}" x2="{to_x:.0f}" y2="{to_y:.0f}"'
    return f'<line {ends} stroke="{INK}"/>'


def summary(runs: Mapping[str, np.ndarray], costs: list[Cost]) -> str:
    """What everybody lost in the seat, and the decisions that cost most, in words."""
    lost = []
    for name, rewards in runs.items():
        lost.append(f"{name} {-rewards.sum():.0f}")
    said = [f"Points lost in the same {len(rewards)} ticks: {', '.join(lost)}."]
    if not costs:
        said.append("No decision of yours was worth less than the advised one.")
    for place, cost in enumerate(costs, 1):
        said.append(f"{place}. {cost_words(cost)}")
    return "\n".join(said)


def cost_words(cost: Cost) -> str:
    """One decision, with what the policy of the others would have done."""
    low, high = -cost.gain.high, -cost.gain.low
    return (
        f"Tick {cost.tick}: {cost.taken}, advised was {cost.advised}; "
        f"cost {-cost.gain.mean:.1f} points (95 % interval {low:.1f} to {high:.1f})."
    )


class PlayWidget(TwinWidget):
    """A game in one seat: choose a host and an action, and the clock goes on until you are free.

    Args:
        others: see `Seat`; each new game begins with it.
        rivals: name -> policy, up to two, that play the same ticks afterwards.
        settings: agent, seed, start, ticks and aftermath of the `Seat`.
    """

    _esm = HERE / "play_view.js"
    _css = static_twin.HIDE_TWIN
    hosts = traitlets.List().tag(sync=True)
    """(number, words) of each host of the seat."""
    selected = traitlets.Int().tag(sync=True)
    """Number of the chosen host."""
    buttons = traitlets.List().tag(sync=True)
    """(name, key) of what can be done."""
    order = traitlets.List().tag(sync=True)
    """The last choice, [name of a button, count], so that the same one can come twice."""
    answered = traitlets.Int().tag(sync=True)
    """Count of the last choice that is done; the view takes no other before."""
    text = traitlets.Unicode().tag(sync=True)
    """What `describe` or `summary` says."""
    picture = traitlets.Unicode().tag(sync=True)
    """What `draw` draws, SVG; at the end what `draw_points` draws as well."""
    done = traitlets.Bool().tag(sync=True)

    def __init__(
        self,
        others: ForkablePolicy,
        rivals: Mapping[str, ForkablePolicy],
        **settings: object,
    ) -> None:
        self._make = lambda: Seat(others, rivals, **settings)  # type: ignore[arg-type]
        super().__init__(buttons=[[name, key] for name, key in KEYS.items()])
        self.begin()

    def begin(self) -> None:
        """A new game, the same episode."""
        self.seat = self._make()
        self.done = False
        self.selected = self.seat.signs()[0].host
        self._show("", self.seat.signs())

    @traitlets.observe("order")
    def _hear(self, change: dict) -> None:
        if not change["new"]:
            return
        name, count = change["new"]
        # The whole answer is one message: a part of it would look like an answer.
        with self.hold_sync():
            try:
                if name == AGAIN:
                    self.begin()
                elif not self.done:
                    self.choose(name)
            finally:
                self.answered = count

    def choose(self, name: str) -> None:
        """Do what a button says, on the chosen host; ValueError for another word."""
        before, seat = self.seat.signs(), self.seat
        if name == NEWS:
            seat.wait_for_news()
        elif name == WAIT:
            seat.play(seat.nothing)
        elif name in ON_HOST:
            action = seat.action_on(ON_HOST[name], self.selected)
            seat.play(action)
            name = seat.label(action)
        else:
            raise ValueError(f"no choice {name!r}; there are {', '.join(KEYS)}")
        self._show(name, before)

    @traitlets.observe("selected")
    def _ring(self, change: object) -> None:
        if self.hosts and not self.done:
            self.picture = draw(self.seat.signs(), self.selected)

    def _show(self, last: str, before: list[HostSigns]) -> None:
        signs = self.seat.signs()
        self.hosts = [[host.host, words(host)] for host in signs]
        self.picture = draw(signs, self.selected)
        self.text = describe(self.seat, last, before)
        if self.seat.done:
            self._finish()

    def _finish(self) -> None:
        """The same ticks with the rivals in the seat, and what the decisions were worth."""
        runs = {"you": self.seat.all_rewards(), **self.seat.rival_rewards()}
        self.picture += draw_points(runs)
        self.text = summary(runs, self.seat.costs())
        self.done = True

    def __repr__(self) -> str:
        hosts = [f"  {said}" for _, said in self.hosts]
        return "\n".join([f"The seat of {self.seat.agent}. {self.text}", *hosts])

    def twin(self) -> str:
        """The seat as it is now, with what was said last."""
        picture = static_twin.picture(draw(self.seat.signs(), self.selected))
        return figure(picture, html.escape(f"The seat of {self.seat.agent}. {self.text}"))
