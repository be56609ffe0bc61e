"""Checks of arguments: what passes, and the one line that names what does not."""

import math
from dataclasses import dataclass

import numpy as np
import pytest

from course_lib import validate


@dataclass(frozen=True)
class Settings:
    count: int = 3
    rate: float = 0.5
    fast: bool = False
    word: str = "a"

    def __post_init__(self):
        validate.check_kinds(self)
        validate.in_range("rate", self.rate, 0, 1)


@pytest.mark.parametrize("value", [0, 7, np.int32(7), np.uint8(7)])
def test_whole_numbers_pass_as_pythons_own(value):
    number = validate.whole_number("n", value, 0, 7)
    assert number == value and type(number) is int


@pytest.mark.parametrize(
    "value", [True, np.True_, 1.0, "1", "８", None, -1, 8, 10**40, [1], math.nan]
)
def test_what_is_no_whole_number_in_range(value):
    with pytest.raises(ValueError, match=r"^n=.* is not a whole number from 0 to 7$"):
        validate.whole_number("n", value, 0, 7)


def test_ranges_are_named():
    for low, high, said in (
        (1, None, " of at least 1"),
        (None, 4, " of at most 4"),
        (None, None, ""),
    ):
        with pytest.raises(ValueError, match=f"^n='x' is not a whole number{said}$"):
            validate.whole_number("n", "x", low, high)
    with pytest.raises(ValueError, match="^r=2 is not a finite number above 0 and below 1$"):
        validate.in_range("r", 2, above=0, below=1)
    with pytest.raises(ValueError, match="^r=0 is not a finite number above 0$"):
        validate.in_range("r", 0, above=0)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, True, "0.5", None, 1.1, -0.1, 1j])
def test_what_is_no_number_from_0_to_1(value):
    with pytest.raises(ValueError, match="^r=.* is not a finite number from 0 to 1$"):
        validate.in_range("r", value, 0, 1)
    with pytest.raises(ValueError, match="^r=.* is not a probability from 0 to 1$"):
        validate.probability("r", value)


@pytest.mark.parametrize("value", [0, 1, 0.25, np.float32(0.25), np.int64(1)])
def test_numbers_from_0_to_1(value):
    assert validate.probability("r", value) == validate.in_range("r", value, 0, 1) == value


def test_seeds_leave_room_for_all_their_episodes():
    assert validate.seed(2**63 - 1) == 2**63 - 1
    assert validate.seed(2**63 - 3, episodes=3) == 2**63 - 3
    for value, episodes in ((2**63, 1), (2**63 - 2, 3), (-1, 1)):
        with pytest.raises(ValueError, match="^seed=.* is not a whole number from 0 to 92233720"):
            validate.seed(value, episodes=episodes)


def test_choices():
    assert validate.choice("colour", "red", ["red", "blue"]) == "red"
    for value in ("green", None, ["red"], np.array(["red", "blue"])):
        with pytest.raises(ValueError, match="^colour=.* is unknown; allowed: red, blue$"):
            validate.choice("colour", value, ["red", "blue"])


@pytest.mark.parametrize("value", [(1, 2), [2, 2], (np.int64(1), 3)])
def test_pairs(value):
    assert validate.pair("p", value, 1, 3) == tuple(value)


@pytest.mark.parametrize(
    "value", [(2, 1), (0, 1), (1, 4), (1,), 1, "12", (True, 2), (1.0, 2.0), None]
)
def test_what_is_no_pair(value):
    with pytest.raises(ValueError, match=r"^p=.* is not a pair \(fewest, most\) within 1..3$"):
        validate.pair("p", value, 1, 3)


def test_instances():
    assert validate.instance("d", {}, dict, "make one") == {}
    with pytest.raises(ValueError, match="^d=None is not a dict; make one$"):
        validate.instance("d", None, dict, "make one")


@pytest.mark.parametrize(
    "change, message",
    [
        ({"count": 2.0}, "count=2.0 is not a whole number"),
        ({"count": True}, "count=True is not a whole number"),
        ({"rate": "x"}, "rate='x' is not a finite number"),
        ({"rate": math.nan}, "rate=nan is not a finite number"),
        ({"fast": 1}, "fast=1 is not true or false"),
        ({"word": 1}, "word=1 is not a word"),
    ],
)
def test_kinds_of_a_dataclass(change, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        Settings(**change)


def test_a_dataclass_from_a_table():
    assert validate.config_from({"rate": 1}, Settings, "f.json") == Settings(rate=1)
    for table, message in (
        ({"speed": 1}, "no parameter 'speed'; there is count, rate, fast, word"),
        ({"count": None}, "count=None is not a whole number"),
        ({"rate": 2}, "rate=2 is not a finite number from 0 to 1"),
        ({3: 2}, "no parameter 3; there is"),
    ):
        with pytest.raises(ValueError, match=f"^f.json: {message}"):
            validate.config_from(table, Settings, "f.json")


def test_messages_stay_on_one_short_line():
    class Rude:
        def __repr__(self):
            raise RuntimeError("no")

    for value in (
        "a\nb\x1b[31m",
        np.zeros(10_000),
        "x" * 10_000,
        Rude(),
        "\u202e",
        {"a": [1] * 999},
    ):
        with pytest.raises(ValueError) as error:
            validate.whole_number("n", value)
        said = str(error.value)
        assert said.isprintable() and len(said) < 150


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("anna", "anna"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("right\u202eleft", "right\\u202eleft"),
        ("é 漢 ✓", "é 漢 ✓"),
        ("two\n  lines\t\x07", "two lines \\x07"),
    ],
)
def test_a_name_from_a_file_is_one_line_and_commands_no_terminal(text, shown):
    assert validate.printable(text) == shown


@dataclass
class Sizes:
    count: int = 1
    share: float = 0.0
    rate: float = 0.5


@pytest.mark.parametrize(
    ("check", "field", "wrong", "said"),
    [
        (validate.counts, "count", 0, "from 1 to 1000000000"),
        (validate.probabilities, "share", 1.5, "not a probability from 0 to 1"),
        (validate.positive, "rate", 0, "not a finite number above 0"),
        (validate.not_negative, "share", -0.1, "not a finite number of at least 0"),
    ],
)
def test_fields_of_a_configuration_are_checked_by_name(check, field, wrong, said):
    check(Sizes(), field)
    with pytest.raises(ValueError, match=f"^{field}={wrong} is .*{said}"):
        check(Sizes(**{field: wrong}), field)


def test_a_largest_number_can_be_set():
    validate.positive(Sizes(), "rate", most=0.5)
    validate.not_negative(Sizes(), "rate", most=0.5)
    for check in (validate.positive, validate.not_negative):
        with pytest.raises(ValueError, match="rate=0.5 is not a finite number"):
            check(Sizes(), "rate", most=0.4)
