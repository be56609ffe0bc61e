"""Saving and loading a team: weights in half precision, everything else as JSON text in the same
file.

The file is a torch archive that is read with ``weights_only=True``, so a stranger's file runs no
code. Critics are
not saved: a defender needs none.
"""

import json
from dataclasses import asdict
from pathlib import Path

import torch

from course_lib.hierarchy.defender import HierarchicalDefender
from course_lib.hierarchy.doctrine import Doctrine
from course_lib.hierarchy.message_function import MessageConfig
from course_lib.hierarchy.policy import PolicyConfig
from course_lib.hierarchy.team import Team, TeamConfig
from course_lib.hierarchy.tree import Tree
from course_lib.hierarchy.unit import UnitConfig

from .baselines import FlatConfig, FlatDefender, FlatTeam

FORMAT, VERSION = "course_lib hierarchy", 1
MAX_FILE_BYTES = 200_000_000


def save_defender(defender, path: str | Path, about: dict | None = None) -> None:
    """Write a hierarchical or flat defender: tree, choices, doctrine, weights as float16.

    Args:
        path: of the file, usually ending in ``.pt``.
        about: anything worth knowing about it (seed, configuration, score), JSON values.
    """
    text = {
        "format": FORMAT,
        "version": VERSION,
        "name": defender.name,
        "defenders": defender.defenders,
        "tree": defender.team.tree.description(),
        "config": asdict(defender.team.config),
        "doctrine": None if isinstance(defender, FlatDefender) else defender.doctrine.to_list(),
        "about": about or {},
    }
    weights = {name: tensor.half() for name, tensor in defender.team.state_dict().items()}
    torch.save({"text": json.dumps(text), "weights": weights}, Path(path))


def load_defender(path: str | Path, defenders: str | None = None):
    """Read what ``save_defender`` wrote; the description stands in the result's ``about``.

    Args:
        path: of the file.
        defenders: "official" or "per-zone"; by default what the file says.

    Raises:
        ValueError: one line, for a missing, damaged or foreign file, or weights that do not fit the
            tree.
    """
    text, weights = _read(Path(path))
    try:
        made = _built(text, defenders or text["defenders"])
        made.team.load_state_dict({name: tensor.float() for name, tensor in weights.items()})
        made.about = text["about"]
    except (KeyError, TypeError, RuntimeError, AttributeError):
        raise ValueError(
            f"{path} is damaged: its weights or choices do not fit its command tree"
        ) from None
    return made


def _built(text: dict, defenders: str):
    """The defender a file describes, with weights yet to come."""
    if text["doctrine"] is None:
        if defenders != "official":
            raise ValueError(f"a flat team plays the five official defenders, not {defenders!r}")
        return FlatDefender(FlatTeam(FlatConfig(**text["config"])), text["name"])
    team = Team(Tree.from_description(text["tree"]), team_config(text["config"]))
    return HierarchicalDefender(team, Doctrine.from_list(text["doctrine"]), defenders, text["name"])


def _read(path: Path) -> tuple[dict, dict]:
    if not path.is_file():
        raise ValueError(f"{path} does not exist; train it with: python -m course_lib train")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise ValueError(
            f"{path} is not a saved hierarchy: it is larger than {MAX_FILE_BYTES} bytes"
        )
    try:
        record = torch.load(path, weights_only=True, map_location="cpu")
        text = json.loads(record["text"])
        weights = record["weights"]
    except Exception:  # torch raises a dozen kinds for files that are not its own
        raise ValueError(f"{path} is not a saved hierarchy, or it is damaged") from None
    if not isinstance(text, dict) or text.get("format") != FORMAT:
        raise ValueError(f"{path} is not a saved hierarchy: it lacks the entry format = {FORMAT!r}")
    if text.get("version") != VERSION:
        raise ValueError(
            f"{path} has version {text.get('version')!r} and this course reads version {VERSION}"
        )
    return text, weights


def team_config(table: dict) -> TeamConfig:
    """A TeamConfig from the nested tables of ``asdict``; TypeError for a foreign entry."""
    unit = dict(table["unit"])
    unit["message"] = MessageConfig(**unit["message"])
    unit["policy"] = PolicyConfig(**unit["policy"])
    return TeamConfig(**{**table, "unit": UnitConfig(**unit)})
