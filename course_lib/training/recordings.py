"""Recorded episodes of the trained teams, so that a lesson opens at once.

    load_recording("three-layer, OFF lost")     an AttentionRecord of the shipped three-layer team

Made by ``python -m course_lib bench recordings``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from course_lib import validate
from course_lib.hierarchy.attention.episode_file import load_episode, save_episode
from course_lib.hierarchy.attention.record import AttentionRecord
from course_lib.hierarchy.attention.recorder import record_attention

from .pretrained import load_team

RECORDINGS_FOLDER = Path(__file__).resolve().parents[1] / "data" / "recordings"


@dataclass(frozen=True)
class Recording:
    """How an episode was recorded."""

    policy: str
    """A name that `load_policy` knows."""
    file: str
    seed: int = 0
    steps: int = 201
    lost: str = ""
    """A unit that is lost from tick ``lost_at`` on."""
    lost_at: int = 100


RECORDINGS: Mapping[str, Recording] = {
    "three-layer": Recording("three-layer", "three-layer.json"),
    "three-layer, OFF lost": Recording("three-layer", "three-layer-off-lost.json", lost="OFF"),
    "two-layer": Recording("two-layer", "two-layer.json"),
}
"""The recordings that come with the course."""


def load_recording(name: str, folder: str | Path = RECORDINGS_FOLDER) -> AttentionRecord:
    """One of `RECORDINGS`, passed through its team; ValueError for another name."""
    validate.choice("recording", name, tuple(RECORDINGS))
    made = RECORDINGS[name]
    return load_episode(Path(folder) / made.file, load_team(made.policy))


def play_recording(name: str) -> AttentionRecord:
    """The same episode played anew."""
    validate.choice("recording", name, tuple(RECORDINGS))
    made = RECORDINGS[name]
    changes = {made.lost_at: lambda defender: defender.lose(made.lost)} if made.lost else None
    return record_attention(load_team(made.policy), made.seed, made.steps, changes)


def make_recordings(folder: str | Path = RECORDINGS_FOLDER) -> list[Path]:
    """Play and write all recordings; where they are."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    written = []
    for name, made in RECORDINGS.items():
        path = Path(folder) / made.file
        save_episode(play_recording(name), path)
        written.append(path)
    return written
