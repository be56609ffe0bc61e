"""What the explorer shows of a tick, in sentences."""

import numpy as np

from course_lib.hierarchy.attention.record import EVENTS, AttentionRecord
from course_lib.hierarchy.spaces import ACTION_CLASSES

from .model import Choices, Look
from .svg import percent

UNIFORM = 0.98
"""From this entropy on, attention is called nearly uniform."""
MOST_NAMED = 3
"""Children that are not heard are named, up to so many."""


def just_happened(record: AttentionRecord, tick: int) -> str:
    """The events before this decision, in words."""
    parts = []
    for kind, name in enumerate(EVENTS):
        zones = []
        for leaf, count in zip(record.leaves, record.events[tick, :, kind], strict=True):
            if count:
                zones.append(f"{leaf} ×{count}" if count > 1 else leaf)
        if zones:
            parts.append(f"{name} {', '.join(zones)}")
    return "; ".join(parts) or "nothing"


def summary(record: AttentionRecord, choices: Choices, seen: Look) -> str:
    """What is shown, in a few sentences."""
    there = int(seen.child_mask.sum())
    sentences = [
        f"Tick {choices.tick} of {record.ticks - 1}.",
        f"{choices.unit} hears {there} of {len(seen.children)} children{_silent(seen)}.",
        entropy_words(seen, there),
    ]
    if there:
        most = int(seen.pooling.argmax())
        weight = f"{seen.children[most]} {seen.pooling[most]:.2f}"
        sentences.append(f"Largest weight in its fused message: {weight}.")
    sentences.append(f"Just before: {just_happened(record, choices.tick)}.")
    return " ".join(sentences)


def _silent(seen: Look) -> str:
    """Which children are not heard, while they are few enough to name."""
    silent = [name for name, there in zip(seen.children, seen.child_mask, strict=True) if not there]
    return f", not {' and '.join(silent)}" if 0 < len(silent) <= MOST_NAMED else ""


def entropy_words(seen: Look, there: int) -> str:
    """Entropy of each head, and plainly whether the heads choose at all."""
    if there < 2:
        return "With fewer than two messages there is nothing to choose."
    if not np.nansum(seen.entropy) and seen.versus == "" and not seen.weights.any():
        return "This team's message function has no attention."
    listed = ", ".join(f"{value:.2f}" for value in seen.entropy)
    told = f"Entropy per head {listed} of 1"
    if float(seen.entropy.min()) >= UNIFORM:
        return f"{told}: attention is nearly uniform, no head prefers any message."
    sharpest = int(seen.entropy.argmin()) + 1
    return f"{told} (1 = attends to all alike): head {sharpest} chooses most."


def class_words(shares: np.ndarray) -> str:
    """The class that a commander would most probably order."""
    return f"{ACTION_CLASSES[int(shares.argmax())]} {percent(shares.max())}"
