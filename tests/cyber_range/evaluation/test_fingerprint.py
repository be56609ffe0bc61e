"""Which differences between two policies are seen."""

import functools
import os
import pathlib
import random
import subprocess
import sys
import types

import numpy as np
import pytest
import torch

from course_lib.cyber_range.evaluation.fingerprint import fingerprint
from course_lib.cyber_range.policies import make_policy

ROOT = pathlib.Path(__file__).resolve().parents[3]
SCALE = 2


class Holder:
    """Holds whatever it is given."""

    factor = 1

    def __init__(self, held=None):
        self.held = held


class Slotted:
    __slots__ = ("held",)

    def __init__(self, held):
        self.held = held


class Other(Holder):
    factor = 2


def linear(weight, **options):
    layer = torch.nn.Linear(2, 1, bias=False, **options)
    with torch.no_grad():
        layer.weight.fill_(weight)
    return layer


def using_a_global(x):
    return x * SCALE


def closure(factor):
    return lambda x: x * factor


DIFFERENT = [
    (1, 2),
    (1, 1.0),
    (True, 1),
    ("1", 1),
    (b"a", "a"),
    ([1, 2], [2, 1]),
    (["a", "bc"], ["ab", "c"]),
    ((1,), [1]),
    ({"a": 1}, {"a": 2}),
    ({"a": 1}, {"b": 1}),
    ({1, 2}, {1, 3}),
    (np.zeros(3), np.zeros((1, 3))),
    (np.zeros(3), np.zeros(3, np.float32)),
    (np.zeros(10_000), np.eye(100).ravel()),
    (np.array([None, 1], object), np.array([None, 2], object)),
    (Holder(1), Holder(2)),
    (Holder(), Other()),
    (Slotted(1), Slotted(2)),
    (types.SimpleNamespace(w=[1]), types.SimpleNamespace(w=[2])),
    (np.random.default_rng(0), np.random.default_rng(1)),
    (np.random.RandomState(0), np.random.RandomState(1)),
    (random.Random(0), random.Random(1)),
    (torch.zeros(2), torch.ones(2)),
    (torch.zeros(2), torch.zeros(2, dtype=torch.half)),
    (torch.zeros(2, dtype=torch.bfloat16), torch.ones(2, dtype=torch.bfloat16)),
    (torch.tensor([2**53]), torch.tensor([2**53 + 1])),
    (torch.Generator().manual_seed(0), torch.Generator().manual_seed(1)),
    (linear(1.0), linear(2.0)),
    (linear(1.0).eval(), linear(1.0).train()),
    (functools.partial(max, 1), functools.partial(max, 2)),
    (closure(1), closure(2)),
    (lambda x: x + 1, lambda x: x + 2),
    (lambda x, y=1: x, lambda x, y=2: x),
    (lambda x: x.min(), lambda x: x.max()),
    (Holder(1).__init__, Holder(2).__init__),
    (len, abs),
    (make_policy("expert", decoys=1), make_policy("expert", decoys=2)),
]


@pytest.mark.parametrize("first, second", DIFFERENT)
def test_differences_are_seen(first, second):
    assert fingerprint(first) != fingerprint(second)
    assert fingerprint(Holder([first])) != fingerprint(Holder([second]))


@pytest.mark.parametrize(
    "make",
    [
        lambda: linear(1.5),
        lambda: Holder({"b": 1, "a": np.arange(3)}),
        lambda: closure(3),
        lambda: functools.partial(closure, 3),
        lambda: np.random.default_rng(4),
        lambda: {"x", "y", "z"},
        lambda: make_policy("decoy-roundrobin"),
    ],
)
def test_equal_things_are_equal(make):
    assert fingerprint(make()) == fingerprint(make())


def test_tables_do_not_depend_on_their_order():
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})


def test_a_global_that_a_function_reads_belongs_to_it(monkeypatch):
    before = fingerprint(using_a_global)
    monkeypatch.setattr(sys.modules[__name__], "SCALE", 3)
    assert fingerprint(using_a_global) != before


def test_things_that_hold_themselves():
    first, second = Holder(), Holder()
    first.held, second.held = [first], [second]
    assert fingerprint(first) == fingerprint(second)
    second.held.append(1)
    assert fingerprint(first) != fingerprint(second)


def test_too_deep_is_one_line():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ValueError, match="^list is nested too deep"):
        fingerprint(deep)
    while deep:  # or freeing it would nest as deep
        deep = deep.pop()


def test_another_process_gives_the_same_fingerprint():
    code = (
        "from course_lib.cyber_range.evaluation.fingerprint import fingerprint\n"
        "class Mine:\n"
        "    def act(self, x): return x in {'a', 'b', 'c', 'd'}\n"
        "print(fingerprint([Mine(), {'a', 'b', 'c', 'd'}]))"
    )
    said = set()
    for seed in ("0", "1", "2"):
        env = os.environ | {"PYTHONHASHSEED": seed}
        ran = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, cwd=ROOT, env=env, text=True
        )
        said.add(ran.stdout)
    assert len(said) == 1 and len(said.pop()) == 65
