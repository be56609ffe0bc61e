"""HC-MARL, the hierarchical cascaded multi-agent system: units, trees, doctrine, and the team that defends the range.

The names below are the room's public interface; each is loaded when it is first used.
"""

import importlib

from .reward_function import reward_function  # at once: a function of its module's name cannot be loaded on first use

_HOME = {
    "MessageFunction": "message_function",
    "MessageConfig": "message_function",
    "MessageRecord": "message_function",
    "sibling_weights": "reward_function",
    "Rule": "doctrine",
    "Doctrine": "doctrine",
    "STANDARD": "doctrine",
    "FULL": "doctrine",
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
    "AttentionRecord": "attention_record",
    "attention_entropy": "attention_record",
    "record_attention": "recording",
    "what_if": "counterfactual",
    "influence": "counterfactual",
}

__all__ = sorted([*_HOME, reward_function.__name__])


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError(f"course_lib.hierarchy has no {name!r}; it has {', '.join(__all__)}")
    return getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)


def __dir__():
    return __all__
