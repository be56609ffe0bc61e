"""An episode of a team in a file: what the zones said and the team did, without what it computed.

A forward pass makes an `AttentionRecord` of it in a moment, so weights, fused messages and
probabilities are not stored. The file is JSON, its arrays are compressed text (`array_record`).
"""

from pathlib import Path

from course_lib import array_record, storage, validate

from ..defender import HierarchicalDefender
from .record import SCHEMA, AttentionRecord, TeamEpisode
from .recorder import recompute

FORMAT = "course-team-episode"
VERSION = 1
WHAT = "team episode"
STORED = {
    name: SCHEMA[name]
    for name in (
        "raw",
        "exists",
        "owner",
        "alive",
        "commands",
        "drawn",
        "chosen",
        "reward",
        "events",
    )
}
"""The arrays of the file."""


def save_episode(record: TeamEpisode, path: str | Path) -> None:
    """Write what happened to a team; `load_episode` reads it.

    ValueError for a team that keeps notes, OSError if the file cannot be written.
    """
    if record.notes is not None:
        raise ValueError("notes are not stored: record this team anew where it is needed")
    arrays = {name: getattr(record, name) for name in STORED}
    content = {
        "policy": record.policy,
        "seed": record.seed,
        "defenders": record.defenders,
        "ticks": len(record.raw),
        "arrays": array_record.pack(arrays, STORED),
    }
    storage.write(path, FORMAT, VERSION, content)


def load_episode(path: str | Path, defender: HierarchicalDefender) -> AttentionRecord:
    """Read an episode and pass it through a team, with the doctrine of its defender.

    Args:
        path: a file that `save_episode` wrote.
        defender: whose team has the tree of the episode.

    Raises:
        ValueError: one line, for a file that is missing, damaged or foreign, or another tree.
    """
    content = storage.read(path, FORMAT, VERSION)
    wiring = defender.team.wiring
    try:
        ticks = validate.whole_number("ticks", content.get("ticks"), 1, 10_000)
        sizes = {
            "T": ticks,
            "U": wiring.count,
            "L": wiring.leaf_count,
            "I": wiring.count - wiring.leaf_count,
        }
        packed = array_record.unpack(content.get("arrays"), STORED, sizes, WHAT)
        arrays = array_record.checked(packed, STORED, sizes, WHAT)
        episode = TeamEpisode(
            policy=str(content.get("policy")),
            seed=validate.seed(content.get("seed")),
            defenders=validate.choice(
                "defenders", content.get("defenders"), ("official", "per-zone", "")
            ),
            doctrine=defender.doctrine,
            notes=None,
            **arrays,  # type: ignore[arg-type]
        )
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    return recompute(defender.team, episode)
