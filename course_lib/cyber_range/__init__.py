"""The range: the CC4 world as a fast, readable engine, its faces, opponents, defenders and evaluation.

The names below are the whole public interface; each is loaded when it is first used, so that
importing the room costs nothing.
"""

import importlib

_HOME = {
    "parallel_env": "parallel",
    "VectorRange": "vector",
    "RangeOptions": "options",
    "Rules": "options",
    "RED_VARIANTS": "red_tables",
    "evaluate": "evaluation",
    "Report": "evaluation",
    "make_policy": "policies",
    "load_policy": "policies",
    "POLICIES": "policies",
    "record_episode": "record",
    "EpisodeRecord": "record",
    "single_env": "single",
    "joint_env": "single",
    "entity_table": "entities",
    "action_label": "rules.actions",
}

__all__ = sorted(_HOME)


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError(f"course_lib.cyber_range has no {name!r}; it has {', '.join(__all__)}")
    return getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)


def __dir__():
    return __all__
