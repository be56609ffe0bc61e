"""Small tasks that the explorer can tell are done, and what each has shown."""

import numpy as np

from course_lib.hierarchy.attention.record import AttentionRecord

from .model import Choices, Look, change_of, just_happened, moved_command
from .svg import escape, percent

TASKS = {
    "jump": "Go to the tick in which this unit's attention changes most.",
    "weight": "Which message has the largest weight in this tick? Select it.",
    "influence": "Which message moves the command most in this tick? Select it.",
    "poison": "Poison one message so that the command moves further than if it were dropped.",
    "heads": "Choose one head and compare it with another.",
}


def tasks_done(record: AttentionRecord, choices: Choices, seen: Look, moved: str) -> set[str]:
    """The tasks that the reader has just fulfilled by changing ``moved``, the name of a choice."""
    done = set()
    if moved == "tick" and choices.tick == int(change_of(record, choices).argmax()):
        done.add("jump")
    if moved in ("compare", "head") and _compares_two_heads(choices):
        done.add("heads")
    place = seen.children.index(choices.sender)
    if moved == "sender" and not choices.edited and _stands_out(seen.pooling, place):
        done.add("weight")
    if place >= len(seen.influence):
        return done
    if moved == "sender" and not choices.edited and _stands_out(seen.influence, place):
        done.add("influence")
    alone = _only_poisons(choices)
    if moved == "poison" and alone:
        if moved_command(record, choices, seen) > seen.influence[place]:
            done.add("poison")
    return done


def _only_poisons(choices: Choices) -> bool:
    """Whether the selected message is poisoned, and nothing else is changed."""
    others = choices.drop or choices.add or choices.silence or choices.theirs
    return not others and list(choices.poison) == [choices.sender]


def _compares_two_heads(choices: Choices) -> bool:
    single = choices.head.startswith("head") and choices.compare.startswith("head")
    return single and choices.head != choices.compare


def _stands_out(values: np.ndarray, place: int) -> bool:
    """Whether the value there is the largest, and no other is as large."""
    if len(values) < 2:
        return False
    others = np.delete(values, place)
    return bool(values[place] > others.max())


def reason(record: AttentionRecord, choices: Choices, seen: Look, task: str) -> str:
    """What a task that was just done has shown, in a sentence."""
    place = seen.children.index(choices.sender)
    weight = f"{choices.sender} has weight {seen.pooling[place]:.2f}"
    if task == "jump":
        return f"Just before: {just_happened(record, choices.tick)}."
    if task == "weight":
        return f"{weight}; an even share is {1 / max(1, int(seen.child_mask.sum())):.2f}."
    if task == "influence":
        largest = int(seen.pooling.argmax()) == place
        too = "the largest weight too" if largest else "but not the largest weight"
        return f"It moves the command by {percent(seen.influence[place])}; {weight}, {too}."
    if task == "poison":
        moved = percent(moved_command(record, choices, seen))
        return f"A lie moves the command by {moved}, silence by {percent(seen.influence[place])}."
    return f"Differences of {choices.head} and {choices.compare}: each row sums to 0."


def task_list(done: dict[str, str]) -> str:
    """The tasks as a list; those done have a tick, and say what they have shown."""
    items = []
    for name, task in TASKS.items():
        if name in done:
            items.append(f"<li>✓ Done: {task} <i>{escape(done[name])}</i></li>")
        else:
            items.append(f"<li>○ {task}</li>")
    return f"<p>Tasks, {len(done)} of {len(TASKS)} done</p><ul>{''.join(items)}</ul>"
