"""The command tree: weights go up its links, commands come down, each unit says what it did.

A link is as wide as the weight of that message in the superior's fused message (an even share has
the same width everywhere), and has the colour of the class that the superior ordered last. A
circle is the fuller the higher the unit's IOC.
"""

from course_lib.hierarchy.attention.record import AttentionRecord
from course_lib.hierarchy.spaces import ACTION_CLASSES, action_names
from course_lib.hierarchy.tree import Tree

from .colours import BLUE, CLASS_COLOURS, FAINT, ORANGE
from .model import Choices
from .svg import clickable, escape, picture

ROW = 18
"""Height of a leaf, pixels."""
LETTER = 6.7
"""Width of a letter, pixels, about."""
BESIDE = 16
"""Pixels from a unit to its name, and from the end of a name to the next level's circles."""
LONGEST_ORDER = 10
"""Letters of a short order with its arrow."""
SHORT = {"DeployDecoy": "Decoy", "AllowTraffic": "Allow", "BlockTraffic": "Block"}
"""Classes whose names would reach into the next column, or out of the picture."""
TEXT_WIDTH = 144
MARGIN = 12
EVEN_WIDTH = 3.0
"""Width of a link that carries an even share."""
WIDEST = 12.0
HALO = 'style="paint-order:stroke;stroke:var(--jp-layout-color0,transparent);stroke-width:3px"'
"""Keeps lines out of the letters."""

Places = dict[str, tuple[float, float]]


def tree_picture(record: AttentionRecord, choices: Choices) -> str:
    """The tree in one tick, root on the left."""
    places: Places = {}
    _place(record.tree, _columns(record.tree), places)
    depth = max(x for x, _ in places.values())
    height = ROW * len(record.leaves) + 16
    links = []
    for unit in record.commanders:
        links.extend(_links(record, choices.tick, unit, places))
    nodes = [_node(record, choices, unit, places[unit]) for unit in places]
    return picture(depth + TEXT_WIDTH, height, "Command tree", "".join(links + nodes))


def _columns(tree: Tree) -> list[float]:
    """Where each level stands, from the left: the names and orders of the one before have room."""
    columns = [float(MARGIN)]
    level = [tree]
    while any(unit.children for unit in level):
        longest = max(len(unit.name) for unit in level if unit.children)
        columns.append(columns[-1] + BESIDE + LETTER * (longest + LONGEST_ORDER))
        level = [child for unit in level for child in unit.children]
    return columns


def _place(tree: Tree, columns: list[float], places: Places, row: int = 0) -> int:
    """Give each unit its place: leaves one under the other, a commander beside its children.

    ``columns`` are those of the unit's level and of the levels below it, ``row`` is the first free
    row; the next one is returned.
    """
    free = row
    for child in tree.children:
        free = _place(child, columns[1:], places, free)
    if tree.children:
        first = places[tree.children[0].name][1]
        last = places[tree.children[-1].name][1]
        # In sight, although there may be many below it.
        y = min((first + last) / 2, first + 6 * ROW)
    else:
        free += 1
        y = ROW * free - 2
    places[tree.name] = (columns[0], y)
    return free


def _links(record: AttentionRecord, tick: int, unit: str, places: Places) -> list[str]:
    """The links between a commander and its children."""
    children = record.children(unit)
    weights = record.pooling(unit)[tick]
    there = record.child_mask(unit)[tick]
    drawn = int(record.drawn[tick, record.commanders.index(unit)])
    order = ACTION_CLASSES[drawn] if drawn >= 0 else "nothing yet"
    colour = CLASS_COLOURS[drawn] if drawn >= 0 else FAINT
    x1, y1 = places[unit]
    links = []
    for child, weight, present in zip(children, weights, there, strict=True):
        x2, y2 = places[child]
        ratio = float(weight) * max(1, int(there.sum()))
        width = min(WIDEST, EVEN_WIDTH * ratio)
        dashes = "" if present else ' stroke-dasharray="2 4"'
        words = f"{child} to {unit}: weight {weight:.2f}, {ratio:.2f} of an even share"
        title = escape(f"{words}; {unit} orders {order}")
        look = f'stroke="{colour}" stroke-width="{max(width, 1):.1f}" opacity="0.75"{dashes}'
        path = f'd="M{x1:g} {y1:g}L{x2:g} {y2:g}"'
        links.append(f"<path {path} {look}><title>{title}</title></path>")
    return links


def _node(
    record: AttentionRecord,
    choices: Choices,
    unit: str,
    place: tuple[float, float],
) -> str:
    x, y = place
    number = record.units.index(unit)
    inner = unit in record.commanders
    ioc = float(record.ioc[choices.tick, number])
    lost = not record.alive[choices.tick, number]
    did = "lost" if lost else what_it_did(record, choices.tick, number)
    chosen = unit in (choices.unit, choices.sender)
    ring = f'stroke="{BLUE}" stroke-width="3"' if chosen else 'stroke="currentColor"'
    dashes = ' stroke-dasharray="2 2"' if lost else ""
    circle = (
        f'<circle cx="{x:g}" cy="{y:g}" r="5.5" fill="var(--jp-layout-color0,#fff)"/>'
        f'<circle cx="{x:g}" cy="{y:g}" r="5.5" fill="{ORANGE}" '
        f'fill-opacity="{ioc:.2f}" {ring}{dashes}/>'
    )
    below = y - 7 if inner else y + 4
    marked = ' text-decoration="underline"' if chosen else ""  # bold would be wider
    name = f"<tspan{marked}>{escape(unit)}</tspan>"
    action = f'<tspan opacity="0.8"> {escape(shortened(did))}</tspan>'
    label = f'<text x="{x + 9:g}" y="{below:g}" {HALO}>{name}{action}</text>'
    title = f"{unit}: IOC {ioc:.2f}; {did or 'did not act'}"
    return clickable("unit" if inner else "sender", unit, title, circle + label)


def what_it_did(record: AttentionRecord, tick: int, number: int) -> str:
    """The action a leaf began, or the class a commander ordered last."""
    leaves = len(record.leaves)
    if number >= leaves:
        drawn = int(record.drawn[tick, number - leaves])
        return f"→ {ACTION_CLASSES[drawn]}" if drawn >= 0 else ""
    action = int(record.chosen[tick, number])
    return action_label(record, number, action) if action >= 0 else ""


def shortened(did: str) -> str:
    """What a unit did, in words that fit into its column."""
    for name, short in SHORT.items():
        did = did.replace(name, short)
    return did


def action_label(record: AttentionRecord, leaf: int, action: int) -> str:
    """An action of a leaf without the name of its zone."""
    zone = record.leaves[leaf] if record.defenders else "RZA"
    return action_names(zone)[action].replace(f" {zone}", "").replace("_host_", " ")
