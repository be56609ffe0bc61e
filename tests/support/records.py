"""Records of an episode that nobody played."""

import numpy as np

from course_lib.cyber_range import constants as names
from course_lib.cyber_range.evaluation.episode_record import record_from_truth

META = {
    "engine": "range",
    "policy": "made up",
    "seed": 3,
    "steps": 40,
    "defenders": "official",
    "options": {},
}


def made_up_truths(ticks=39, defenders=5, seed=0):
    """Truth dictionaries of a plausible episode without any engine: infections come and go at
    random."""
    rng = np.random.default_rng(seed)
    exists = rng.random(names.HOST_COUNT) < 0.7
    level = np.zeros(names.HOST_COUNT, np.uint8)
    blocked = np.zeros((8, 9), bool)
    truths = []
    for step in range(ticks + 1):
        host = int(rng.choice(np.flatnonzero(exists)))
        level[host] = rng.integers(3)
        blocked[rng.integers(7), rng.integers(9)] ^= rng.random() < 0.1
        truths.append(
            {
                "level": level.copy(),
                "exists": exists,
                "decoys": exists * (np.arange(names.HOST_COUNT) % 7 == 0),
                "reliability": np.full(names.HOST_COUNT, 100) - level,
                "ot_stopped": level == 2,
                "blocked": blocked.copy(),
                "phase": min(2, 3 * step // (ticks + 1)),
                "step": step,
                "reward": -float(rng.integers(0, 9)),
                "process": rng.random(names.HOST_COUNT) < 0.01,
                "connection": rng.random(names.HOST_COUNT) < 0.02,
                "blue_class": rng.integers(0, 8, defenders),
                "blue_host": rng.integers(-1, 112, defenders),
                "blue_started": rng.integers(-1, 8, defenders),
                "red_kind": rng.integers(0, 10, 6),
                "red_source": rng.integers(-1, 128, 6),
                "red_host": np.full(6, host),
                "red_success": rng.integers(-1, 2, 6),
            }
        )
    return truths


def made_up_record(ticks=39, defenders="official", **optional):
    count = 5 if defenders == "official" else 7
    return record_from_truth(
        made_up_truths(ticks, count),
        META | {"defenders": defenders, "steps": ticks + 1},
        **optional,
    )
