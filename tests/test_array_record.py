"""Arrays in a JSON file: round trip, shapes and ranges, and what a damaged file cannot do."""

import base64
import zlib

import numpy as np
import pytest

from course_lib.array_record import Array, checked, digest, pack, table_entry, unpack

SCHEMA = {
    "level": Array("u1", ("T+1", 4), low=0, high=2),
    "reward": Array("<f4", ("T",)),
    "told": Array("u1", ("T", 2), optional=True),
}
SIZES = {"T": 3, "T+1": 4}


def values(**changes):
    table = {"level": np.ones((4, 4)), "reward": np.array([1.5, -2, 0]), "told": None}
    return table | changes


def test_round_trip():
    for told in (None, np.ones((3, 2), int)):
        arrays = checked(values(told=told), SCHEMA, SIZES, "record")
        again = unpack(pack(arrays, SCHEMA), SCHEMA, SIZES, "record")
        assert again.keys() == SCHEMA.keys()
        for name, array in arrays.items():
            if array is None:
                assert again[name] is None
            else:
                assert np.array_equal(again[name], array) and again[name].dtype == array.dtype


def test_checked_arrays_are_copies_that_cannot_be_written():
    mine = np.ones((4, 4), np.uint8)
    arrays = checked(values(level=mine), SCHEMA, SIZES, "record")
    mine[0] = 2
    assert arrays["level"].max() == 1
    with pytest.raises(ValueError, match="read-only"):
        arrays["level"][0] = 0


@pytest.mark.parametrize(
    "change, message",
    [
        ({"level": np.ones((3, 4))}, r"level has shape \(3, 4\), expected \(4, 4\)"),
        ({"level": None}, r"level has shape \(\), expected .*"),
        ({"level": np.full((4, 4), 3)}, "level holds values outside 0..2"),
        ({"told": np.full((3, 2), 256)}, "told holds values outside 0..255"),
        ({"reward": [0, np.nan, 0]}, "reward holds values outside -inf..inf"),
        ({"reward": ["a", "b", "c"]}, "reward is no array of numbers"),
        ({"reward": [1j, 0, 0]}, "reward is no array of numbers"),
    ],
)
def test_what_does_not_fit(change, message):
    with pytest.raises(ValueError, match=f"^record: {message}$"):
        checked(values(**change), SCHEMA, SIZES, "record")


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize(
    "entry, message",
    [
        (None, "array reward cannot be read"),
        (5, "array reward cannot be read"),
        ("é", "array reward cannot be read"),
        ("no base64", "array reward cannot be read"),
        (text(b"no zlib"), "array reward cannot be read"),
        (text(zlib.compress(bytes(11))), "array reward has the wrong length"),
        (text(zlib.compress(bytes(13))), "array reward has the wrong length"),
        (text(zlib.compress(bytes(100_000_000))), "array reward has the wrong length"),
    ],
)
def test_damaged_arrays(entry, message):
    packed = pack(checked(values(), SCHEMA, SIZES, "record"), SCHEMA) | {"reward": entry}
    with pytest.raises(ValueError, match=f"^damaged record: {message}$"):
        unpack(packed, SCHEMA, SIZES, "record")


def test_no_table_of_arrays():
    for packed in (None, [], "x"):
        with pytest.raises(ValueError, match="no table of arrays"):
            unpack(packed, SCHEMA, SIZES, "record")


def test_digest_tells_arrays_apart():
    first = checked(values(), SCHEMA, SIZES, "record")
    second = checked(values(reward=[1.5, -2, 1]), SCHEMA, SIZES, "record")
    third = checked(values(told=np.zeros((3, 2))), SCHEMA, SIZES, "record")
    assert len({digest(arrays, SCHEMA) for arrays in (first, second, third)}) == 3
    assert digest(first, SCHEMA) == digest(dict(reversed(first.items())), SCHEMA)


def test_entries_of_a_table():
    assert table_entry({"seed": 3}, "seed", int, "record") == 3
    for table in ({}, {"seed": "3"}, {"seed": True}):
        with pytest.raises(ValueError, match="^damaged record: seed is missing or no int$"):
            table_entry(table, "seed", int, "record")
