"""HC-MARL, the hierarchical cascaded multi-agent system: units, trees, doctrine, and the team that defends the range.

The names below are the room's public interface; each is loaded when it is first used.
"""

import importlib

_HOME = {
    "MessageFunction": "message_function",
    "MessageConfig": "message_function",
    "MessageRecord": "message_function",
    "reward_function": "reward_function",
    "sibling_weights": "reward_function",
    "Rule": "doctrine",
    "Doctrine": "doctrine",
    "STANDARD": "doctrine",
    "NONE": "doctrine",
    "PolicyFunction": "policy",
    "PolicyConfig": "policy",
    "Observation": "policy",
    "Unit": "unit",
    "UnitConfig": "unit",
    "Tree": "tree",
    "TWO_LAYER": "structures",
    "THREE_LAYER": "structures",
    "UTILITY": "structures",
    "structure": "structures",
    "Team": "team",
    "TeamConfig": "team",
    "HierarchicalDefender": "defender",
}

__all__ = sorted(_HOME)


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError(f"course_lib.hierarchy has no {name!r}; it has {', '.join(__all__)}")
    return getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)


def __dir__():
    return __all__
