"""Lesson 00: the health check, and episodes that were recorded on the public simulator."""

import sys

from course_lib import cyber_range, installation
from course_lib.experiments.benchmarks.fidelity import recorded_episodes

__all__ = ["health_check", "recorded_episodes"]

USED = ("numpy", "numba", "gymnasium", "pettingzoo", "matplotlib", "torch")
"""The packages whose versions decide about results; of the others, another version may do."""
OBSERVATION_SIZES = [92, 92, 92, 92, 210]
ACTION_COUNTS = [82, 82, 82, 82, 242]


def health_check() -> None:
    """Print five lines about this installation; RuntimeError, with what to do, if one is wrong.

    The first call on a computer compiles the range, which takes about half a minute.
    """
    versions_agree = not other_versions()
    print("Python 3.11 or newer:            ", sys.version_info >= (3, 11))
    print("packages as in requirements.txt: ", versions_agree)

    env = cyber_range.parallel_env()
    observations, _ = env.reset(seed=0)
    sizes = [len(observation) for observation in observations.values()]
    counts = [int(env.action_space(agent).n) for agent in env.agents]
    print("numbers each defender sees:      ", sizes)
    print("actions each defender has:       ", counts)

    sleep = cyber_range.make_policy("sleep")
    first = cyber_range.record_episode(sleep, seed=0)
    second = cyber_range.record_episode(sleep, seed=0)
    repeats = first.digest() == second.digest()
    print("same seed, same episode:         ", repeats)
    if not repeats or sizes != OBSERVATION_SIZES or counts != ACTION_COUNTS:
        raise RuntimeError("the range is not as it should be: see 'When it fails' in lesson 00")


def other_versions() -> list[str]:
    """The pins of the packages in `USED` that this Python does not satisfy."""
    text = installation.REQUIREMENTS.read_text(encoding="utf-8")
    missing = installation.missing_packages(text)
    return [pin for pin in missing if pin.partition("==")[0] in USED]
