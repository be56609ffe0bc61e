"""The firewall-ACL game: several agents edit one access list in the same step, and contradictory
rules open a hole.

A partner network may reach the operations zone by one of three routes. Each agent proposes, at the
same moment, the route it wants open, as an edit of two kinds of lines: ``permit`` its route,
``deny`` the others. The firewall merges all edits of a step and puts permits before denies, as many
devices do, and the first matching line decides. Two agents with different wishes therefore leave
*both* routes open although each of them denied the other's.

The team's payoff follows from which routes are open:

- one route: its business value. Gateway and tunnel share one sensor, which watches whichever is
  open; the mail relay is slow but inspects its own traffic.
- gateway and tunnel: the sensor can watch only one. An intruder walks through the other.
- gateway or tunnel, and the relay: requests and replies take different ways and are dropped: 0.

Source of the situation: the guidelines, section 6, "Miscoordination". Routes and numbers are ours,
chosen so that the expected payoffs have the traps of the climbing game.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from course_lib import validate

from .matrix import MatrixGame, team_game

Line = tuple[str, int]
"""A line of an access list: ("permit" or "deny", number of the route)."""


@dataclass(frozen=True)
class Route:
    """One way from the partner network to the operations zone."""

    name: str
    """Name of the action that proposes it."""
    quiet: float
    """Team payoff of a step in which only this route is open and no attack comes."""
    attacked: float
    """Team payoff of such a step when an attack comes."""
    inspects: bool = False
    """True when the route inspects its own traffic and needs no sensor."""


ROUTES = (
    Route("gateway", 10, 12),
    Route("tunnel", 14, 0),
    Route("relay", 5, 5, inspects=True),
)
"""An attack stopped at the gateway even yields evidence (12); in the fast tunnel it overruns the
sensor (0)."""
HOLE_QUIET, HOLE_ATTACKED = 5.0, -65.0
"""Team payoff of a step with an unwatched route open: convenient until an attack comes."""


@dataclass(frozen=True)
class Commit:
    """What the firewall made of the edits of one step."""

    access_list: tuple[Line, ...]
    """The merged list, first match first."""
    open_routes: tuple[int, ...]
    """Numbers of the routes that traffic can take."""
    hole: bool
    """True when more routes without inspection of their own are open than the one sensor can
    watch."""

    def __str__(self) -> str:
        lines = "; ".join(f"{verb} {ROUTES[route].name}" for verb, route in self.access_list)
        left_open = ", ".join(ROUTES[route].name for route in self.open_routes)
        return f"{lines} -> open: {left_open}{' (HOLE)' if self.hole else ''}"


def edit(route: int) -> list[Line]:
    """The lines an agent proposes: permit its route, deny every other one."""
    validate.whole_number("route", route, 0, len(ROUTES) - 1)
    return [("permit", route)] + [("deny", other) for other in range(len(ROUTES)) if other != route]


def merge(edits: list[list[Line]]) -> tuple[Line, ...]:
    """One access list from all edits of a step: every line once, permits before denies."""
    lines = {line for lines in edits for line in lines}
    return tuple(sorted(lines, key=lambda line: (line[0] != "permit", line[1])))


def is_open(access_list: tuple[Line, ...], route: int) -> bool:
    """What the first line about ``route`` says; a route without any line is closed."""
    return next((verb == "permit" for verb, about in access_list if about == route), False)


def commit(choices: tuple[int, ...]) -> Commit:
    """Merge the edits of a step in which agent i proposed route ``choices[i]``."""
    if not isinstance(choices, tuple | list) or not choices:
        wanted = f"one route number from 0 to {len(ROUTES) - 1} per agent"
        raise ValueError(f"choices={validate.shown(choices)} must be {wanted}")
    access_list = merge([edit(choice) for choice in choices])
    open_routes = tuple(route for route in range(len(ROUTES)) if is_open(access_list, route))
    return Commit(
        access_list, open_routes, sum(not ROUTES[route].inspects for route in open_routes) > 1
    )


def step_payoff(choices: tuple[int, ...], attacked: bool) -> float:
    """Team payoff of one step, with or without an attack."""
    made = commit(choices)
    if made.hole:
        return HOLE_ATTACKED if attacked else HOLE_QUIET
    if len(made.open_routes) > 1:
        return 0.0
    only = ROUTES[made.open_routes[0]]
    return only.attacked if attacked else only.quiet


def firewall_acl(
    agents: int = 2, noisy: bool = False, attack_probability: float = 0.5
) -> MatrixGame:
    """The firewall-ACL game as a cooperative MatrixGame; action i proposes ``ROUTES[i]``.

    Args:
        agents: how many agents edit the list, 2 to 8.
        noisy: True plays the chance of an attack in every step; False pays its expectation.
        attack_probability: chance that an attack comes in a step. At one half the gateway is worth
            11, the tunnel 7, the relay 5 and a hole -30.
    """
    validate.whole_number("agents", agents, 2, 8)  # the table has 3 ** agents entries
    validate.truth("noisy", noisy)
    validate.probability("attack_probability", attack_probability)
    joint = list(product(range(len(ROUTES)), repeat=agents))
    tables = [[step_payoff(choices, attacked) for choices in joint] for attacked in (False, True)]
    tables = np.reshape(tables, (2,) + (len(ROUTES),) * agents)
    name = f"firewall ACL, {agents} agents" + (", noisy" if noisy else "")
    chance = (1 - attack_probability, attack_probability)
    story = "Several agents edit one access list in the same step; contradictory rules open a hole."
    names = tuple(route.name for route in ROUTES)
    if noisy:
        return team_game(name, tables, names, story, chance)
    return team_game(
        name,
        np.tensordot(chance, tables, axes=1),
        names,
        story,
    )
