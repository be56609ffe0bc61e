"""The pictures and tables of the message attention explorer: SVG and HTML text, with the colours of
the reader's theme.

Text takes the colour of its surroundings, weights are a translucent blue, negative differences
orange, so everything reads on a light and on a dark page. An element with ``data-set`` can be
clicked: it names a choice and, in ``data-value``, its new value.
"""

import html
from collections.abc import Sequence

import numpy as np

from course_lib.hierarchy.attention.record import EVENTS, AttentionRecord
from course_lib.hierarchy.spaces import ACTION_CLASSES, action_names
from course_lib.hierarchy.tree import Tree

from .model import (
    Choices,
    Look,
    change_of,
    class_words,
    entry_names,
    moved_command,
    percent,
    series,
)

BLUE, ORANGE, FAINT = "#0e8ae6", "#f25c05", "var(--jp-border-color1,#9a9a94)"
EVENT_COLOURS = ("#aa80a5", ORANGE, "#c9a000", BLUE, "#1f9d55")
TABLE_MOST = 12
"""More children than this are drawn as a heat map instead of a table, with the selected one's
strongest links only."""
STRONGEST = 8
LEFT, RIGHT = 74, 996
"""Where the event strip begins and ends, of 1000."""
ROW, DEEPER = 18, 180
"""Height of a unit in the tree and of a child in the picture of links, and width of a level,
pixels."""
HALO = 'style="paint-order:stroke;stroke:var(--jp-layout-color0,transparent);stroke-width:3px"'
"""Keeps lines out of the letters."""


def tree_picture(record: AttentionRecord, choices: Choices) -> str:
    """The command tree, root on the left; a node is the fuller the higher its IOC; each says what
    it did now."""
    places: dict[str, tuple[float, float]] = {}
    depth = _place(record.tree, 0, places, [0.0])
    width, height = DEEPER * depth + 180, ROW * len(record.leaves) + 16
    lines, nodes = [], []
    for unit, (x, y) in places.items():
        for child in record.tree.find(unit).children:
            below = places[child.name]
            lines.append(f'<path d="M{x:g} {y:g}L{below[0]:g} {below[1]:g}" stroke="{FAINT}"/>')
        nodes.append(_node(record, choices, unit, x, y))
    return _svg(width, height, "Command tree", "".join(lines + nodes))


def _place(tree: Tree, depth: int, places: dict, cursor: list[float]) -> int:
    """Give every unit below a place: leaves one under the other, a commander beside the middle of
    its children."""
    reached = [_place(child, depth + 1, places, cursor) for child in tree.children]
    if tree.children:
        below = [places[child.name][1] for child in tree.children]
        y = min(
            float(np.mean(below)), below[0] + 6 * ROW
        )  # in sight although there may be many below it
    else:
        cursor[0] += ROW
        y = cursor[0] - 2
    places[tree.name] = (12 + DEEPER * depth, y)
    return max(reached, default=depth)


def _node(record: AttentionRecord, choices: Choices, unit: str, x: float, y: float) -> str:
    number, tick = record.units.index(unit), choices.tick
    ioc, lost = float(record.ioc[tick, number]), not record.alive[tick, number]
    chosen = unit in (choices.unit, choices.sender)
    inner = unit in record.commanders
    did = "lost" if lost else _did(record, tick, number)
    words = f"{unit}: IOC {ioc:.2f}; {did or 'did not act'}"
    ring = f'stroke="{BLUE}" stroke-width="3"' if chosen else 'stroke="currentColor"'
    fill = f'fill="{ORANGE}" fill-opacity="{ioc:.2f}" {ring}' + (
        ' stroke-dasharray="2 2"' if lost else ""
    )
    at = f'x="{x + 9:g}" y="{y + (-7 if inner else 4):g}"'
    label = f'<tspan font-weight="{700 if chosen else 400}">{_e(unit)}</tspan><tspan opacity="0.8"> {_e(did)}</tspan>'
    click = f'data-set="{"unit" if inner else "sender"}" data-value="{_e(unit)}"'
    return (
        f'<g {click} style="cursor:pointer"><title>{_e(words)}</title>'
        f'<circle cx="{x:g}" cy="{y:g}" r="5.5" {fill}/><text {at} {HALO}>{label}</text></g>'
    )


def _did(record: AttentionRecord, tick: int, number: int) -> str:
    """The action a leaf began, or the class a commander drew last."""
    if number >= len(record.leaves):
        drawn = int(record.drawn[tick, number - len(record.leaves)])
        return f"→ {ACTION_CLASSES[drawn]}" if drawn >= 0 else ""
    chosen = int(record.chosen[tick, number])
    return _action(record, number, chosen) if chosen >= 0 else ""


def _action(record: AttentionRecord, leaf: int, action: int) -> str:
    zone = record.leaves[leaf] if record.defenders else "RZA"
    return action_names(zone)[action].replace(f" {zone}", "").replace("_host_", " ")


def links_picture(choices: Choices, seen: Look, says: Sequence[str]) -> str:
    """Receivers left, senders right: a link is as strong as the attention, a sender's bar as its
    pooling weight."""
    count, peak = len(seen.children), float(np.abs(seen.weights).max(initial=0)) or 1.0
    selected, few = seen.children.index(choices.sender), count > TABLE_MOST
    links, strong = [], []
    for receiver, sender in np.argwhere(_drawn(seen.weights, selected)):
        touches = selected in (receiver, sender)
        share = seen.weights[receiver, sender] / peak
        y1, y2, colour = ROW * receiver + 34, ROW * sender + 34, BLUE if share > 0 else ORANGE
        look = f'stroke="{colour}" stroke-width="{0.3 + 5 * abs(share):.1f}" opacity="{0.85 if touches else 0.25}"'
        path = f'<path d="M122 {y1}C180 {y1} 180 {y2} 238 {y2}" fill="none" {look}/>'
        (strong if touches else links).append(path)
    names = [
        _child(choices, seen, i, 116, "end", "listens")
        + _child(choices, seen, i, 244, "start", says[i])
        for i in range(count)
    ]
    heads = (
        _text(116, 16, "receiver", "end")
        + _text(244, 16, "sender", "start")
        + _text(372, 16, "pooling", "start")
    )
    top = float(seen.pooling.max(initial=0)) or 1.0
    bars = [
        f'<rect x="372" y="{ROW * i + 29}" width="{60 * w / top:.1f}" height="9" fill="{BLUE}" fill-opacity="0.7"/>'
        + _text(436, ROW * i + 38, f"{w:.2f}", "start")
        for i, w in enumerate(seen.pooling)
    ]
    label = f"Links from receivers to senders, {choices.head}" + (
        ", the selected child's strongest" if few else ""
    )
    return _svg(470, ROW * count + 34, label, heads + "".join(links + strong + names + bars))


def _drawn(weights: np.ndarray, selected: int) -> np.ndarray:
    """(N, N) bool, which links are drawn: all, or of many children the strongest from and to the
    selected one."""
    size = np.abs(weights)
    if len(size) <= TABLE_MOST:
        return size > 1e-4
    drawn = np.zeros(size.shape, bool)
    drawn[selected, np.argsort(-size[selected], kind="stable")[:STRONGEST]] = True
    drawn[np.argsort(-size[:, selected], kind="stable")[:STRONGEST], selected] = True
    return drawn & (size > 1e-4)


def _child(choices: Choices, seen: Look, i: int, x: int, anchor: str, words: str) -> str:
    name = seen.children[i]
    weight = 700 if name == choices.sender else 400
    style = f'style="cursor:pointer" font-weight="{weight}" opacity="{1 if seen.child_mask[i] else 0.45}"'
    shown = name if seen.child_mask[i] else f"{name} (absent)"
    text = f'<text x="{x}" y="{ROW * i + 38}" text-anchor="{anchor}">{_e(shown)}</text>'
    return f'<g data-set="sender" data-value="{_e(name)}" {style}><title>{_e(f"{name} {words}")}</title>{text}</g>'


def matrix(choices: Choices, seen: Look) -> str:
    """The same weights as numbers, or as a heat map of many children; the sum of each row beside
    it."""
    what = f"{choices.head} minus {seen.versus}" if seen.versus else choices.head
    caption = f"Attention, {what}: row = receiver, column = sender"
    if len(seen.children) > TABLE_MOST:
        return f"<p>{_e(caption)}</p>{_heat(choices, seen)}<p>{_row_words(choices, seen)}</p>"
    peak = float(np.abs(seen.weights).max(initial=0)) or 1.0
    sign = "+" if seen.versus else ""
    rows = []
    for name, row in zip(seen.children, seen.weights, strict=True):
        cells = "".join(
            f'<td style="background:{_shade(w / peak)}">{w + 0.0:{sign}.2f}</td>' for w in row
        )
        total = float(row.sum())
        rows.append(
            f'<tr><th scope="row">{_e(name)}</th>{cells}<td><i>{_zero(total, 2):{sign}.2f}</i></td></tr>'
        )
    head = "".join(f'<th scope="col">{_e(name)}</th>' for name in seen.children)
    return _table(caption, f'<th></th>{head}<th scope="col"><i>sum</i></th>', rows)


def _heat(choices: Choices, seen: Look) -> str:
    count, peak = len(seen.children), float(np.abs(seen.weights).max(initial=0)) or 1.0
    size = max(4, 400 // count)
    steps = np.rint(8 * seen.weights / peak).astype(int)
    paths = []
    for step in sorted(set(steps.ravel().tolist()) - {0}):
        cells = "".join(
            f"M{size * c} {size * r}h{size}v{size}h-{size}z" for r, c in np.argwhere(steps == step)
        )
        paths.append(
            f'<path fill="{BLUE if step > 0 else ORANGE}" fill-opacity="{abs(step) / 8:.2f}" d="{cells}"/>'
        )
    at, side = size * seen.children.index(choices.sender), size * count
    frame = f'fill="none" stroke="currentColor" width="{side}" height="{size}"'
    marks = f'<rect y="{at}" x="0" {frame}/><rect y="0" x="{at}" fill="none" stroke="currentColor" '
    return _svg(
        side,
        side,
        "Attention as a heat map",
        f'{"".join(paths)}{marks}width="{size}" height="{side}"/>',
    )


def _row_words(choices: Choices, seen: Look) -> str:
    """Of many children: what the darkest field means, the rows' sums, and whom the selected one
    listens to."""
    sums = seen.weights[seen.child_mask].sum(axis=1)
    row = seen.weights[seen.children.index(choices.sender)]
    most = np.argsort(-np.abs(row), kind="stable")[:5]
    listed = ", ".join(f"{_e(seen.children[i])} {row[i]:.3f}" for i in most)
    rows = (
        f"rows sum to {_zero(sums.min(), 2):.2f} to {_zero(sums.max(), 2):.2f}"
        if len(sums)
        else "nobody is there"
    )
    return f"Darkest: {np.abs(seen.weights).max():.3f}; {rows}. {_e(choices.sender)} listens most to {listed}."


def strip(record: AttentionRecord, choices: Choices) -> str:
    """Time from left to right: events, those of the selected message stronger; change and entropy
    of attention."""
    last = max(1, record.ticks - 1)
    x = LEFT + (RIGHT - LEFT) * np.arange(record.ticks) / last
    unit = choices.sender if choices.sender in record.units else choices.unit
    below = {leaf.name for leaf in record.tree.find(unit).leaves}
    mine = np.array([leaf in below for leaf in record.leaves])
    rows = []
    for kind, (name, colour) in enumerate(zip(EVENTS, EVENT_COLOURS, strict=True)):
        y = 6 + 15 * kind
        rows.append(_text(LEFT - 8, y + 10, name, "end"))
        for counted, opacity in ((~mine, 0.3), (mine, 1)):
            marks = "".join(
                f"M{a:.1f} {y}v11" for a in x[record.events[:, counted, kind].any(axis=1)]
            )
            rows.append(
                f'<path d="{marks}" stroke="{colour}" stroke-width="2" opacity="{opacity}"/>'
            )
    change, entropy = (
        change_of(record, choices),
        np.nan_to_num(series(record, choices.unit)[1].mean(axis=1)),
    )
    for y, name, values, top in (
        (84, "change", change, float(change.max()) or 1.0),
        (112, "entropy, 0–1", entropy, 1.0),
    ):
        points = " ".join(
            f"{a:.1f},{y + 22 - 20 * v / top:.1f}" for a, v in zip(x, values, strict=True)
        )
        rows.append(_text(LEFT - 8, y + 10, name, "end"))
        rows.append(
            f'<polyline points="{points}" fill="none" stroke="currentColor" stroke-width="1.2"/>'
        )
    now = x[choices.tick]
    cursor = f'<path d="M{now:.1f} 2V136" stroke="{BLUE}" stroke-width="2.5" opacity="0.8"/>'
    return _svg(
        1000,
        138,
        "Events and change of attention over time",
        "".join(rows) + cursor,
        f"{LEFT} {RIGHT}",
    )


def message_table(record: AttentionRecord, choices: Choices, seen: Look) -> str:
    """All 76 entries: the selected message by its entries' names, the fused one, and the fused one
    after the reader's changes.

    The names are those of the selected message alone: entry 3 of a fused message is no child's
    entry 3 any more, so its column is headed "latent".
    """
    after = seen.changes.after if choices.edited else None
    place = seen.children.index(choices.sender)
    said = after.child_messages[place] if after else _recorded(record, choices.tick, choices.sender)
    columns = [
        said,
        _recorded(record, choices.tick, choices.unit),
        *([after.message] if after else []),
    ]
    falsified = choices.poison.get(choices.sender, {})
    rows = []
    for i, name in enumerate(entry_names(record, choices, choices.sender)):
        cells = [f"<td>{_number(column[i])}</td>" for column in columns]
        if i in falsified:
            cells[0] = (
                f'<td style="background:{_shade(-0.8)}"><b>{_number(said[i])}</b> poisoned</td>'
            )
        rows.append(f'<tr><th scope="row">{name}</th>{"".join(cells)}</tr>')
    titles = [f"{choices.sender} says", "fused: latent"]
    if after:
        titles.append("fused, changed: latent")
    head = "".join(f'<th scope="col">{_e(title)}</th>' for title in ("entry", *titles))
    return _table(
        f"The message of {choices.sender}, and what {choices.unit} makes of all", head, rows
    )


def _recorded(record: AttentionRecord, tick: int, unit: str) -> np.ndarray:
    return record.messages(tick)[record.units.index(unit)]


def weights_table(seen: Look, unit: str) -> str:
    """Weight is not influence: what each message weighs, and how far it moves the command."""
    heard = seen.weights.sum(axis=0) / max(1, int(seen.child_mask.sum()))
    power = seen.influence
    rows = []
    for i, name in enumerate(seen.children):
        moved = percent(power[i]) if i < len(power) else "–"
        bar = _bar(power[i] / (power.max() or 1.0)) if i < len(power) else ""
        cells = (
            f"{_zero(heard[i], 2):.2f}",
            f"{_bar(seen.pooling[i] / (seen.pooling.max() or 1.0))} {seen.pooling[i]:.2f}",
        )
        body = "".join(f"<td>{cell}</td>" for cell in (*cells, f"{bar} {moved}"))
        rows.append(f'<tr><th scope="row">{_e(name)}</th>{body}</tr>')
    titles = (
        "message of",
        "siblings listen" + (" (difference)" if seen.versus else ""),
        "pooling",
        "moves the command by",
    )
    head = "".join(f'<th scope="col">{title}</th>' for title in titles)
    return _table(f"Weight is not influence: messages to {unit}", head, rows)


def effect(record: AttentionRecord, choices: Choices, seen: Look) -> str:
    """What the reader's changes did: fused message, command, action probabilities, before and
    after."""
    unit, place = choices.unit, record.units.index(choices.unit)
    before = seen.changes.before.class_probabilities[place]
    after = seen.changes.after.class_probabilities[place]
    told = (
        f"Your changes move the fused message of {unit} by {seen.changes.message_change:.3g}, "
        f"its command by {percent(moved_command(record, choices, seen))}. "
        f"Most probable class: {class_words(before)} before, {class_words(after)} after."
    )
    quiet = "No message is changed yet: drop, add or poison one, and both columns will differ."
    classes = list(zip(ACTION_CLASSES, before, after, strict=True))
    table = _before_after(f"Classes of the next command of {unit}", classes)
    leaf = _leaf_effect(record, choices, seen)
    return f"<p>{_e(told if choices.edited else quiet)}</p>{table}{leaf}"


def _leaf_effect(record: AttentionRecord, choices: Choices, seen: Look) -> str:
    """Action probabilities of the leaf that is selected, else of the one that moved most."""
    before, after, moved = seen.changes.before, seen.changes.after, seen.changes.action_change
    leaf = (
        record.leaves.index(choices.sender)
        if choices.sender in record.leaves
        else int(moved.argmax())
    )
    gap = np.abs(after.probabilities[leaf] - before.probabilities[leaf])
    order = np.lexsort((-before.probabilities[leaf], -gap))[:6]
    rows = [
        (_action(record, leaf, a), before.probabilities[leaf, a], after.probabilities[leaf, a])
        for a in order
    ]
    if before.turn[leaf] < 1 or after.turn[leaf] < 1:
        rows.append(("acts at all, through its shared agent", before.turn[leaf], after.turn[leaf]))
    most = record.leaves[int(moved.argmax())]
    words = f"Actions of {record.leaves[leaf]} that move most; in all {percent(moved[leaf])} moved"
    words += f", most of any leaf: {most}, {percent(moved.max())}"
    return _before_after(words, rows)


def _before_after(caption: str, rows: Sequence[tuple]) -> str:
    body = []
    for name, before, after in rows:
        gap = float(after - before)
        cells = (percent(before), percent(after), ("+" if gap > 0 else "") + percent(gap))
        shade = f' style="background:{_shade(np.sign(gap) * 0.6)}"' if abs(gap) > 1e-8 else ""
        values = f"<td>{cells[0]}</td><td>{cells[1]}</td><td{shade}>{cells[2]}</td>"
        body.append(f'<tr><th scope="row">{_e(name)}</th>{values}</tr>')
    head = "".join(f'<th scope="col">{title}</th>' for title in ("", "before", "after", "change"))
    return _table(caption, head, body)


def _number(value: float) -> str:
    return f"{_zero(value, 2):.2f}".removesuffix(".00")


def _zero(value: float, digits: int) -> float:
    """The value rounded, never minus zero."""
    return round(float(value), digits) + 0.0


def _shade(share: float) -> str:
    """A translucent colour that is the stronger the larger the share, -1 to 1."""
    rgb = "14,138,230" if share > 0 else "242,92,5"
    return f"rgba({rgb},{0.55 * min(1.0, abs(float(share))):.2f})"


def _bar(share: float) -> str:
    width = 4.0 * max(0.0, min(1.0, float(share)))
    style = f"display:inline-block;height:0.6em;width:{width:.2f}em;background:{BLUE}"
    return f'<span style="{style}"></span>'


def _table(caption: str, head: str, rows: Sequence[str]) -> str:
    body = "".join(rows)
    return (
        f"<table><caption>{_e(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )


def _svg(width: float, height: float, label: str, body: str, ends: str = "") -> str:
    """A picture of its natural size; with ``ends``, where its time axis begins and ends, as wide as
    there is room."""
    size = f'width="100%" data-ends="{ends}"' if ends else f'width="{width:g}" height="{height:g}"'
    return (
        f'<svg role="img" aria-label="{_e(label)}" viewBox="0 0 {width:g} {height:g}" {size} '
        f'fill="currentColor" style="font:12px sans-serif">{body}</svg>'
    )


def _text(x: float, y: float, content: str, anchor: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{_e(content)}</text>'


def _e(text: str) -> str:
    return html.escape(str(text))
