"""Messages as tables: what each weighs and moves, and the 76 entries of one of them."""

import numpy as np

from course_lib.hierarchy.attention.record import AttentionRecord

from .colours import BLUE, shade
from .model import Choices, Look, entry_names, is_latent, source_names
from .over_time import sources
from .svg import escape, number, percent, row, table

BAR_WIDTH = 2.0
"""Em, of the message that moves the command most."""
LISTED = 8
"""Messages in the table of weights; the rest are "others"."""
ORIGIN_TITLES = ("same entry below", "of it came straight", "correlation with it")
"""What a latent entry comes from: see `hierarchy.attention.provenance`."""
MOST_TOLD = 10
"""Entries of a message that are named in the line under the timeline."""


def weights_table(seen: Look, unit: str, sender: str) -> str:
    """Weight is not influence: what each message weighs, and how far it moves the command."""
    order = np.argsort(-seen.pooling, kind="stable")
    shown = list(order[:LISTED])
    selected = seen.children.index(sender)
    if selected not in shown:
        shown[-1] = selected
    rows = [_weight_row(seen, int(place)) for place in shown]
    others = len(seen.children) - len(shown)
    if others:
        rest = 1 - float(seen.pooling[shown].sum())
        rows.append(row(f"{others} others", [number(rest), "", "", ""]))
    titles = ("message of", "weight", "of 1/N", "mixed", "moves command")
    return table(f"To {unit}: weight is not influence", titles, rows)


def _weight_row(seen: Look, place: int) -> str:
    weight = float(seen.pooling[place])
    ratio = weight * max(1, int(seen.child_mask.sum()))
    moves = "–"
    if place < len(seen.influence):
        power = float(seen.influence[place])
        most = float(seen.influence.max()) or 1.0
        moves = f"{_bar(power / most)} {percent(power)}"
    cells = [number(weight), f"× {ratio:.2f}", number(seen.mixed[place]), moves]
    return row(seen.children[place], cells)


def _bar(share: float) -> str:
    width = BAR_WIDTH * max(0.0, min(1.0, share))
    style = f"display:inline-block;height:0.6em;width:{width:.2f}em;background:{BLUE}"
    return f'<span style="{style}"></span>'


def message_table(record: AttentionRecord, choices: Choices, seen: Look) -> str:
    """All 76 entries of the selected message, and the fused one beside it.

    A zone's message has named entries. A fused message, a commander's own too, has been through a
    transformer: its entries are latent numbers in the same places, not what the names say. What is
    left of the names stands beside them: the share that came straight from the same entry of the
    messages below, and the correlation with it over the recording.
    """
    after = seen.changes.after if choices.edited else None
    place = seen.children.index(choices.sender)
    said = after.child_messages[place] if after else _recorded(record, choices.tick, choices.sender)
    columns = [said, _recorded(record, choices.tick, choices.unit)]
    titles = ["entry", f"{choices.sender} says", f"fused by {choices.unit} (latent)"]
    if after:
        columns.append(after.message)
        titles.append("fused, changed (latent)")
    falsified = choices.poison.get(choices.sender, {})
    names = entry_names(record, choices, choices.sender)
    origin = _origins(record, choices.sender)
    if origin:
        titles.extend(ORIGIN_TITLES)
    rows = []
    for entry, name in enumerate(names):
        cells = [number(column[entry]).removesuffix(".00") for column in columns]
        if entry in falsified:
            cells[0] = f'<b style="background:{shade(-0.8)}">{cells[0]}</b> poisoned'
        rows.append(row(name, [*cells, *(origin[entry] if origin else [])]))
    caption = f"The message of {choices.sender}, and what {choices.unit} makes of all"
    return table(caption, titles, rows)


def _origins(record: AttentionRecord, sender: str) -> list[list[str]]:
    """For each entry of a commander's message three cells, as in `ORIGIN_TITLES`; [] for others."""
    if sender not in record.commanders:
        return []
    found = sources(record, sender)
    cells = []
    for name, share, alike in zip(
        source_names(record, sender), found.residual, found.correlation, strict=True
    ):
        left = "–" if np.isnan(share) else f"{100 * share:.0f} %"
        moves = "–" if np.isnan(alike) else f"{alike:+.2f}"
        cells.append([escape(name), left, moves])
    return cells


def told(names: tuple[str, ...], unit: str, message: np.ndarray) -> str:
    """The entries of a message that are not nothing, in words; of a fused message only a count."""
    if is_latent(names):
        return f"{unit}: a fused message of {len(message)} latent numbers"
    pairs = zip(names, message, strict=True)
    listed = [f"{name} {value:.2f}" for name, value in pairs if abs(value) > 5e-3]
    rest = len(listed) - MOST_TOLD
    more = f"; and {rest} more" if rest > 0 else ""
    return f"{unit} says: {'; '.join(listed[:MOST_TOLD]) or 'nothing'}{more}"


def _recorded(record: AttentionRecord, tick: int, unit: str) -> np.ndarray:
    """(76,) what a unit said."""
    return record.messages(tick)[record.units.index(unit)]


def summary_of_selected(record: AttentionRecord, choices: Choices, seen: Look) -> str:
    """One line about the selected message, under the timeline."""
    place = seen.children.index(choices.sender)
    message = seen.changes.after.child_messages[place]
    names = entry_names(record, choices, choices.sender)
    return f"<p>{escape(told(names, choices.sender, message))}</p>"
