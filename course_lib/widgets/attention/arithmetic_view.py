"""The arithmetic of one head: from query and keys to the weights, as numbers to check by hand."""

import numpy as np

from course_lib.hierarchy.attention.arithmetic import (
    HeadArithmetic,
    head_arithmetic,
    without_each_entry,
)
from course_lib.hierarchy.attention.record import AttentionRecord

from .model import MEAN, Choices, Look, entry_names
from .svg import escape, number, percent, row, table

LISTED = 8
"""Senders, and entries of a message, that are listed."""
DIGITS = 3


def arithmetic(record: AttentionRecord, choices: Choices, seen: Look) -> str:
    """Words and tables for the chosen receiver, sender and head (the first one for the mean)."""
    phi, messages, mask = _heard(record, choices, seen)
    receiver = seen.children.index(choices.receiver)
    sender = seen.children.index(choices.sender)
    if not len(phi.layers):
        return "<p>This team's message function has no attention.</p>"
    if not (mask[receiver] and mask[sender]):
        return "<p>Receiver or sender is absent, so nothing is computed.</p>"
    head = 0 if choices.head == MEAN else int(choices.head.split()[1]) - 1
    found = head_arithmetic(phi, messages, mask, head, receiver)
    weights = without_each_entry(phi, messages, mask, head, receiver, sender)
    words = _words(choices, found, head, sender)
    steps = _steps(seen, found, head, choices, sender)
    products = _products(choices, found, sender)
    entries = _entries(record, choices, messages[sender], found.weights[sender], weights)
    beside = f"<div class='course-beside'>{steps}{entries}</div>"
    value = _value_words(choices, found, head, sender)
    said = f"<p>{escape(words)}</p><p>{escape(value)}</p>"
    return f"{said}{beside}<details><summary>{products}</details>"


def _heard(record: AttentionRecord, choices: Choices, seen: Look) -> tuple:
    """The unit's message function, and what it hears: messages (N, 76) and mask (N,)."""
    number_of_unit = record.wiring.number(choices.unit)
    level, place = record.wiring.position(number_of_unit)
    phi = record.team.unit_at(level, place).message_function
    heard = seen.changes.after
    children = len(seen.children)
    return phi, heard.child_messages[:children], seen.child_mask


def _words(choices: Choices, found: HeadArithmetic, head: int, sender: int) -> str:
    width = len(found.query)
    mean = " (choose a head above for another)" if choices.head == MEAN else ""
    return (
        f"Head {head + 1}{mean}, {choices.receiver} hears {choices.sender}: "
        f"q·k = {found.products[sender]:.{DIGITS}f}; divided by √{width} = {width**0.5:.3f}: "
        f"{found.scores[sender]:.{DIGITS}f}; e to that: {found.exponentials[sender]:.{DIGITS}f}; "
        f"divided by the sum {found.exponentials.sum():.{DIGITS}f}: "
        f"{found.weights[sender]:.{DIGITS}f}."
    )


def _value_words(choices: Choices, found: HeadArithmetic, head: int, sender: int) -> str:
    """What the value is, and what becomes of the chosen number of it."""
    entry = choices.value_entry
    value = found.values[sender, entry]
    product = found.weights[sender] * value
    own, share, sum_of_all = (
        number(part, DIGITS) for part in (value, product, found.passed_on[entry])
    )
    return (
        f"The value is what head {head + 1} makes of a message: {found.values.shape[1]} numbers, "
        "each a weighted sum of all its entries and so without a name of its own. Number "
        f"{entry} of the value of {choices.sender} is {own}; times the share: {share}; summed over "
        f"all senders {choices.receiver} gets {sum_of_all}."
    )


def _steps(seen: Look, found: HeadArithmetic, head: int, choices: Choices, sender: int) -> str:
    """One row a sender; the last row holds the sums."""
    entry = choices.value_entry
    order = np.argsort(-found.weights, kind="stable")[:LISTED]
    if sender not in order:
        order[-1] = sender
    rows = []
    for place in sorted(order.tolist()):
        if not seen.child_mask[place]:
            continue
        weight, value = found.weights[place], found.values[place, entry]
        columns = (
            found.products[place],
            found.scores[place],
            found.exponentials[place],
            weight,
            value,
            weight * value,
        )
        rows.append(row(seen.children[place], [number(entry, DIGITS) for entry in columns]))
    sums = (found.exponentials.sum(), found.weights.sum(), found.passed_on[entry])
    total, share, passed = (number(entry, DIGITS) for entry in sums)
    name = "sum" if len(rows) == int(seen.child_mask.sum()) else "sum of all"
    rows.append(row(name, ["", "", f"<i>{total}</i>", f"<i>{share}</i>", "", f"<i>{passed}</i>"]))
    titles = ("sender", "q·k", f"÷ √{len(found.query)}", "e^", "share", f"value {entry}", "product")
    caption = f"What head {head + 1} passes on to {choices.receiver}, number {entry}"
    return table(caption, titles, rows)


def _products(choices: Choices, found: HeadArithmetic, sender: int) -> str:
    """The summary of a fold and its contents: the products that q·k is the sum of."""
    terms = []
    for query, key in zip(found.query, found.keys[sender], strict=True):
        terms.append(f"{query:.{DIGITS}f} × {key:.{DIGITS}f}")
    said = f"q·k of {choices.receiver} and {choices.sender}, product by product"
    return f"{escape(said)}</summary><p>{' + '.join(terms)}</p>"


def _entries(
    record: AttentionRecord,
    choices: Choices,
    message: np.ndarray,
    weight: float,
    weights: np.ndarray,
) -> str:
    """Which entries of the message attract the head: its weight with one entry left out."""
    names = entry_names(record, choices, choices.sender)
    order = np.argsort(-np.abs(weights - weight), kind="stable")[:LISTED]
    rows = []
    for entry in order:
        gap = weights[entry] - weight
        if abs(gap) < 5e-4:
            continue
        cells = [number(message[entry]), number(weights[entry], DIGITS), percent(gap, signed=True)]
        rows.append(row(names[entry], cells))
    if not rows:
        rows.append(row("none by more than 0.05 %", ["", "", ""]))
    caption = f"Weight of {choices.sender} ({weight:.{DIGITS}f}) with one entry left out"
    return table(caption, ("entry", "says", "weight", "change"), rows)
