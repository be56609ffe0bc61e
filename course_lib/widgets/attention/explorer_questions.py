"""What can be found out in the explorer; the answers are computed from the record it shows."""

from dataclasses import replace

import numpy as np

from course_lib.hierarchy.attention.counterfactual import what_if
from course_lib.hierarchy.attention.record import AttentionRecord
from course_lib.hierarchy.spaces import ACTION_CLASSES, MESSAGE

from ..questions import LookUp
from .model import (
    GROUPS,
    Choices,
    change_of,
    heads,
    leaves_below,
    next_event,
)
from .over_time import influences, series
from .svg import percent
from .words import UNIFORM, class_words, just_happened

MOST_OPTIONS = 8
LIE = "all host priorities"
"""The entries that the lie of a question sets to 1."""
OFFERED_TICKS = 4
HOW_FAR = {"by less than 5 %": 0.05, "by 5 to 25 %": 0.25, "by more than 25 %": float("inf")}
"""An answer -> the share of the command below which it is right, the smallest first."""
YES = "yes, further than silence"
NO = "no, silence moves it further"


def explorer_questions(record: AttentionRecord, choices: Choices) -> list[LookUp]:
    """The questions about the moment at which the explorer opens, where they have one answer."""
    found = [
        *attack_questions(record, choices),
        jump_question(record, choices),
        head_question(record, choices),
        weight_question(record, choices),
        influence_question(record, choices),
        *without_questions(record, choices),
    ]
    return [question for question in found if question is not None]


def attack_questions(record: AttentionRecord, choices: Choices) -> list[LookUp | None]:
    """If a zone's events are watched: whom the unit hears when it is attacked, and what of it.

    The attack is the next exploit there after the moment at which the explorer opens.
    """
    if choices.events not in record.leaves:
        return []
    tick = next_event(record, choices, "exploit")
    moment = replace(choices, tick=tick)
    power = influences(record, tick, choices.unit)
    most = _foremost(record.pooling(choices.unit)[tick])
    if tick <= choices.tick or most is None:
        return []
    child = record.children(choices.unit)[most]
    way = f"Set “events of” to {choices.events} and press “Next exploit” until tick {tick}."
    matters = LookUp(
        ask=f"{_moment(moment)} {choices.events} is attacked. How far does the command move "
        f"without the message of {child}?",
        options=tuple(HOW_FAR),
        right=_how_far(float(power[most])),
        because=f"It moves by {percent(power[most])}; all of it would be 100 %.",
        hint=f"{way} Read the column “moves command”.",
    )
    listens = weight_question(record, moment)
    return [_found_by(listens, way), matters, order_without(record, moment, child)]


def _found_by(question: LookUp | None, way: str) -> LookUp | None:
    """A question with the way to its moment before its hint."""
    return question and replace(question, hint=f"{way} {question.hint}")


def _how_far(moved: float) -> str:
    """Which of `HOW_FAR` a share is."""
    return next(words for words, limit in HOW_FAR.items() if moved < limit)


def jump_question(record: AttentionRecord, choices: Choices) -> LookUp | None:
    """When the unit's attention changes most."""
    change = change_of(record, choices)
    largest = _foremost(change)
    if largest is None:
        return None
    order = np.argsort(-change, kind="stable")
    ticks = sorted(int(tick) for tick in order[:OFFERED_TICKS])
    lost = _lost(record, choices.unit, largest)
    gone = f" {lost} falls silent." if lost else ""
    return LookUp(
        ask=f"In which tick does the attention of {choices.unit} change most?",
        options=tuple(f"tick {tick}" for tick in ticks),
        right=f"tick {largest}",
        because=f"{percent(change[largest])} of the attention moves.{gone} "
        f"Just before: {just_happened(record, largest)}.",
        hint="Press “Jump to largest change” and read the tick.",
    )


def head_question(record: AttentionRecord, choices: Choices) -> LookUp | None:
    """Which head prefers some messages most."""
    entropy = series(record, choices.unit).entropy[choices.tick]
    sharpest = _foremost(-entropy)
    if sharpest is None or not entropy.any():
        return None
    names = heads(record)[1:]
    plain = entropy[sharpest] >= UNIFORM
    still = ", and even that is nearly uniform" if plain else ""
    return LookUp(
        ask=f"{_moment(choices)} which head prefers some messages most?",
        options=names,
        right=names[sharpest],
        because=f"Its entropy is {entropy[sharpest]:.2f} of 1{still}.",
        hint="The line under the controls has an entropy a head; the lowest chooses most.",
    )


def weight_question(record: AttentionRecord, choices: Choices) -> LookUp | None:
    """Whom the unit listens to most."""
    pooling = record.pooling(choices.unit)[choices.tick]
    most = _foremost(pooling)
    if most is None:
        return None
    there = int(record.child_mask(choices.unit)[choices.tick].sum())
    children = record.children(choices.unit)
    return LookUp(
        ask=f"{_moment(choices)} whose message has the largest weight?",
        options=_offered(children, pooling),
        right=children[most],
        because=f"It has {pooling[most]:.2f}; an even share is {1 / there:.2f}.",
        hint="Read the column “weight” beside the tree, or the thickest link.",
    )


def influence_question(record: AttentionRecord, choices: Choices) -> LookUp | None:
    """Whose message matters most."""
    power = influences(record, choices.tick, choices.unit)
    most = _foremost(power)
    if most is None:
        return None
    pooling = record.pooling(choices.unit)[choices.tick]
    children = record.children(choices.unit)
    same = int(pooling.argmax()) == most
    too = "the largest, too" if same else "not the largest"
    weight = f"Its weight is {pooling[most]:.2f}, {too}."
    return LookUp(
        ask=f"{_moment(choices)} without whose message would the command move most?",
        options=_offered(children, power),
        right=children[most],
        because=f"It would move by {percent(power[most])}. {weight}",
        hint="Read the column “moves command”, or drop one message after the other.",
    )


def without_questions(record: AttentionRecord, choices: Choices) -> list[LookUp]:
    """What would be ordered without the message that matters most, and whether a lie does more."""
    power = influences(record, choices.tick, choices.unit)
    most = _foremost(power)
    if most is None:
        return []
    child = record.children(choices.unit)[most]
    dropped = order_without(record, choices, child)
    number = record.units.index(choices.unit)
    zone = leaves_below(record, child)[0]
    lie = dict.fromkeys(range(*GROUPS[LIE].indices(MESSAGE)), 1.0)
    lied = what_if(record, choices.tick, choices.unit, poison={zone: lie})
    moved = float(lied.class_change[number])
    poison = LookUp(
        ask=f"{_moment(choices)} {zone} lies: {LIE} are 1. Does that move the command further than "
        f"the silence of {child}?",
        options=(YES, NO),
        right=YES if moved > power[most] else NO,
        because=f"The lie moves it by {percent(moved)}, silence by {percent(power[most])}.",
        hint=f"Undo all changes, select {child}, choose {zone} and {LIE}, set to 1, and press "
        f"“Poison {zone}”.",
    )
    return [dropped, poison]


def order_without(record: AttentionRecord, choices: Choices, child: str) -> LookUp:
    """What the unit would most probably order without a child's message."""
    without = what_if(record, choices.tick, choices.unit, drop=[child])
    number = record.units.index(choices.unit)
    before = without.before.class_probabilities[number]
    after = without.after.class_probabilities[number]
    return LookUp(
        ask=f"{_moment(choices)} which order is the likeliest without the message of {child}?",
        options=ACTION_CLASSES,
        right=ACTION_CLASSES[int(after.argmax())],
        because=f"{class_words(before)} as recorded, {class_words(after)} without it.",
        hint=f"Select {child}, press “Drop the message of {child}”, and read the column “after”.",
    )


def _moment(choices: Choices) -> str:
    return f"{choices.unit}, tick {choices.tick}:"


def _offered(children: tuple[str, ...], values: np.ndarray) -> tuple[str, ...]:
    """The children with the largest values, in the record's order."""
    order = np.argsort(-values, kind="stable")
    return tuple(children[place] for place in sorted(order[:MOST_OPTIONS].tolist()))


def _foremost(values: np.ndarray) -> int | None:
    """The place of the largest value; None where it is nothing, or not the only one."""
    if len(values) < 2 or np.isnan(values).any():
        return None
    second, first = np.sort(values)[-2:]
    return int(values.argmax()) if first - second > 1e-4 else None


def _lost(record: AttentionRecord, unit: str, tick: int) -> str:
    """The child that was there until this tick, or ""."""
    there = record.child_mask(unit)
    gone = there[max(0, tick - 1)] & ~there[tick]
    names = [name for name, went in zip(record.children(unit), gone, strict=True) if went]
    return " and ".join(names)
