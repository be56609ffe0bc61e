"""Loading a trained team: a hierarchy, or agents without superiors. `hierarchy.saving` says what a
file holds."""

from pathlib import Path
from typing import Any

from course_lib import storage, validate
from course_lib.cyber_range.policy import DEFENDERS
from course_lib.hierarchy.defender import HierarchicalDefender
from course_lib.hierarchy.doctrine import Doctrine
from course_lib.hierarchy.saving import read_defender, save_defender, team_config, write_defender
from course_lib.hierarchy.team import Team
from course_lib.hierarchy.tree import Tree
from course_lib.validate import printable

from .baselines import FlatConfig, FlatDefender, FlatTeam

__all__ = ["load_defender", "save_defender", "team_config", "write_defender"]


def load_defender(
    path: str | Path, defenders: str | None = None
) -> HierarchicalDefender | FlatDefender:
    """Read what ``save_defender`` wrote; the description stands in the result's ``about``.

    Args:
        path: of the file.
        defenders: "official" or "per-zone"; by default what the file says.

    Raises:
        ValueError: one line, for a missing, damaged or foreign file, weights that do not fit the
            tree or its checksum, or that are no finite floating point numbers.
    """
    if defenders is not None:
        validate.choice("defenders", defenders, DEFENDERS)
    text, weights = read_defender(storage.path_of(path))
    try:
        defender = _built(text, defenders or text["defenders"])
        defender.team.load_state_dict({name: tensor.float() for name, tensor in weights.items()})
        defender.about = dict(text["about"])
    except (KeyError, TypeError, RuntimeError, AttributeError):
        raise ValueError(
            f"{path} is damaged: its weights or choices do not fit its command tree"
        ) from None
    return defender


def _built(text: dict[str, Any], defenders: str) -> HierarchicalDefender | FlatDefender:
    """The defender a file describes, with weights yet to come."""
    name = printable(str(text["name"]))
    if text["doctrine"] is None:
        if defenders != "official":
            raise ValueError(f"a flat team plays the five official defenders, not {defenders!r}")
        return FlatDefender(FlatTeam(FlatConfig(**text["config"])), name)
    team = Team(Tree.from_description(text["tree"]), team_config(text["config"]))
    return HierarchicalDefender(
        team,
        Doctrine.from_list(text["doctrine"]),
        defenders,
        name,
    )
