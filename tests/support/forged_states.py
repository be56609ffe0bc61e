"""Change numbers of a range's state at random, and let the rules play on wherever the range takes
the state up. Run as a program with NUMBA_DISABLE_JIT=1: plain Python looks at every place in an
array, so a number that compiled code would follow out of its array is an IndexError here.

    NUMBA_DISABLE_JIT=1 python -m support.forged_states 300

prints how many states were refused and how many were played.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from course_lib.cyber_range import VectorRange

TICKS, STEPS, ENVS = 3, 60, 2
SETTINGS = (
    {"observation": "message", "defenders": "official"},
    {"observation": "flat", "defenders": "per-zone", "red": "random"},
)
RECORDS = ("state", "visible", "memory", "statistics")


def played(ticks: int, **settings: Any) -> VectorRange:
    """A range in the middle of its episodes, after random actions."""
    world = VectorRange(ENVS, seed=3, steps=STEPS, **settings)
    world.reset()
    act(world, ticks)
    return world


def act(world: VectorRange, ticks: int) -> None:
    """Random allowed actions."""
    rng = np.random.default_rng(7)
    for _ in range(ticks):
        chances = rng.random(world.masks.shape) * world.masks
        world.step(chances.argmax(axis=2))


def forge(saved: dict[str, Any], rng: np.random.Generator) -> str:
    """Change one number, or one stretch of bytes, in place; says where."""
    name = RECORDS[rng.choice(4, p=(0.6, 0.15, 0.2, 0.05))]
    fields = saved[name].dtype.names
    field = fields[rng.integers(len(fields))]
    values = saved[name][field]
    flat = np.ascontiguousarray(values).reshape(-1)
    place = rng.integers(flat.size)
    if flat.dtype.kind == "f":
        flat[place] = rng.choice([np.nan, np.inf, -1e300, 3.0])
    else:
        flat[place] = other_number(flat[place], flat.dtype, rng)
    saved[name][field] = flat.reshape(values.shape)
    return f"{name}.{field}[{place}]"


def other_number(value: Any, dtype: np.dtype, rng: np.random.Generator) -> int:
    """A neighbour, a small number, or any number of that type."""
    low, high = int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
    kind = rng.integers(3)
    if kind == 0:
        chosen = int(value) + int(rng.choice([-1, 1]))
    elif kind == 1:
        chosen = int(rng.integers(-1, 200))
    else:
        chosen = int.from_bytes(rng.bytes(8), "little", signed=True)
    return min(max(chosen, low), high)


def tries(count: int) -> Iterator[str]:
    """What became of each forged state: "refused", or "played"."""
    begun = [played(25, **settings) for settings in SETTINGS]
    for number in range(count):
        rng = np.random.default_rng(number)
        settings, world = SETTINGS[number % 2], begun[number % 2]
        saved = world.state_dict()
        where = [forge(saved, rng) for _ in range(1 + number % 2)]
        other = VectorRange(ENVS, seed=3, steps=STEPS, **settings)
        try:
            other.load_state_dict(saved)
        except ValueError as error:
            assert "\n" not in str(error), str(error)
            yield "refused"
            continue
        try:
            act(other, TICKS)
        except (IndexError, OverflowError) as error:
            raise AssertionError(f"try {number}, {where}: {error}") from error
        yield "played"


if __name__ == "__main__":
    print(dict(Counter(tries(int(sys.argv[1])))))
