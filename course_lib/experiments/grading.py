"""Grades for a final project: every reader's defender on episodes that nobody could train on.

The seeds come from a phrase that only the teacher knows. The same phrase gives the same episodes,
so a grade can be checked; another phrase gives others, so that a class cannot learn them by heart.
Everybody plays the same episodes, in the official world and in one surprise that the phrase draws.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from course_lib import cyber_range, validate
from course_lib.cyber_range.policy import Policy
from course_lib.stats import mean_interval
from course_lib.training import load_policy

from .lesson_runs.held_out import held_out_seeds

FIRST_SEED, LAST_SEED = 1_000_000, 9_000_000
"""Hidden seeds lie between these: far from every training, report and lesson."""
SURPRISES: dict[str, dict[str, Any]] = {
    "aggressive red": {"red": "aggressive"},
    "stealthy red": {"red": "stealthy"},
    "discovery red": {"red": "discovery"},
    "full zones": {"servers": (6, 6), "users": (10, 10)},
    "phishing 0.1": {"phishing_rate": 0.1},
}
SUFFIXES = (".pt", ".json")
"""Files that can be a policy."""
SHORTEST_PHRASE = 8
FULL_MARKS, NO_MARKS = "expert", "sleep"
"""Scripted defenders at 100 and 0 points."""
MOST_POINTS = 110.0


@dataclass(frozen=True)
class HiddenTest:
    """What a phrase stands for."""

    seeds: range
    surprise: str

    @property
    def worlds(self) -> dict[str, dict[str, Any]]:
        """Name -> options of the range."""
        return {"official": {}, self.surprise: SURPRISES[self.surprise]}


@dataclass(frozen=True)
class Grade:
    """One reader's result."""

    reader: str
    points: float
    """0 is as bad as a team that sleeps, 100 as good as `expert`; nan if it could not be played."""
    low: float
    high: float
    """Its 95 % interval."""
    means: dict[str, float]
    """World -> mean defended part of the score."""
    problem: str = ""
    """Why it could not be played, in one line."""


def hidden_test(phrase: str, episodes: int = 50) -> HiddenTest:
    """The episodes and the surprise of a phrase.

    Raises:
        ValueError: for a phrase of fewer than 8 characters, which a class could guess.
    """
    validate.instance("phrase", phrase, str, "it is a text that only the teacher knows")
    if len(phrase.strip()) < SHORTEST_PHRASE:
        raise ValueError(f"the phrase is too easy to guess: take {SHORTEST_PHRASE} characters")
    episodes = validate.whole_number("episodes", episodes, 2, 100_000)
    digest = hashlib.sha256(phrase.strip().encode()).digest()
    first = FIRST_SEED + int.from_bytes(digest[:8], "big") % (LAST_SEED - FIRST_SEED)
    surprise = list(SURPRISES)[digest[8] % len(SURPRISES)]
    return HiddenTest(held_out_seeds(first, episodes), surprise)


def submissions(folder: Path) -> dict[str, Path]:
    """Reader -> policy file: FOLDER/anna.pt, or the only policy in FOLDER/anna/.

    Raises:
        ValueError: if there is no folder, nothing in it, or several policies of one reader.
    """
    if not folder.is_dir():
        raise ValueError(f"{validate.shown(str(folder))} is no folder")
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        files = [path]
        if path.is_dir():
            files = [file for file in sorted(path.iterdir()) if file.suffix in SUFFIXES]
        files = [file for file in files if file.is_file() and file.suffix in SUFFIXES]
        if len(files) > 1 or (files and path.stem in found):
            raise ValueError(f"{path.stem!r} has several policies; leave the one that counts")
        if files:
            found[path.stem] = files[0]
    if not found:
        raise ValueError(
            f"{folder} holds no policy: it needs a file such as anna.pt or anna/policy.json for "
            "each reader"
        )
    return found


def grades(
    readers: dict[str, Path],
    test: HiddenTest,
    report: Callable[[str], None] = lambda reader: None,
) -> Iterator[Grade]:
    """One grade after the other; a policy that cannot be played gets none, and a reason."""
    reference = {
        name: _play(cyber_range.make_policy(name), test) for name in (NO_MARKS, FULL_MARKS)
    }
    for reader, path in readers.items():
        report(reader)
        try:
            played = _play(load_policy(path), test)
        except (ValueError, RuntimeError, OSError) as error:
            problem = str(error).splitlines()[0]
            yield Grade(reader, np.nan, np.nan, np.nan, {}, problem)
            continue
        yield _grade(reader, played, reference)


def _play(policy: Policy, test: HiddenTest) -> dict[str, np.ndarray]:
    """World -> (N,) defended parts."""
    played = {}
    for world, options in test.worlds.items():
        report = cyber_range.evaluate(
            policy,
            episodes=len(test.seeds),
            seed=test.seeds[0],
            defenders="official",
            **options,
        )
        played[world] = report.defended_scores
    return played


def _grade(
    reader: str, played: dict[str, np.ndarray], reference: dict[str, dict[str, np.ndarray]]
) -> Grade:
    """Points of one reader: the mean over both worlds, episode by episode."""
    shares = []
    for world, scores in played.items():
        floor = reference[NO_MARKS][world].mean()
        full = reference[FULL_MARKS][world].mean()
        shares.append(100 * (scores - floor) / (full - floor))
    found = mean_interval(np.mean(shares, axis=0))
    means = {world: float(scores.mean()) for world, scores in played.items()}
    points = min(max(found.mean, 0.0), MOST_POINTS)
    return Grade(reader, points, found.low, found.high, means)
