"""The file of a team: wherever a bit of it flips, it is refused or holds what it held."""

import json

import pytest
import torch

from course_lib.hierarchy import saving

TEXT = {
    "format": saving.FORMAT,
    "version": saving.VERSION,
    "name": "small",
    "defenders": "official",
    "tree": {"units": ["a", "b"]},
    "config": {"hidden": 3},
    "doctrine": None,
    "about": {"seed": 3, "score": -120.5},
}
WEIGHTS = {
    "units.a": torch.arange(6.0).reshape(2, 3).half(),
    "units.b": torch.tensor([0.25, -1.5]).half(),
}


def holds_the_same(text, weights):
    """Whether a file was read as what was written."""
    if text != TEXT or list(weights) != list(WEIGHTS):
        return False
    return all(
        weights[name].dtype == kept.dtype and torch.equal(weights[name], kept)
        for name, kept in WEIGHTS.items()
    )


@pytest.fixture
def written(tmp_path):
    """A small file of a team."""
    path = tmp_path / "small.pt"
    saving.write_defender(path, TEXT, WEIGHTS)
    return path


def is_refused(path):
    """Whether a file is refused in one line; otherwise it must hold what was written."""
    try:
        text, weights = saving.read_defender(path)
    except ValueError as error:
        assert "\n" not in str(error)
        return True
    assert holds_the_same(text, weights)
    return False


@pytest.mark.filterwarnings("ignore")  # torch's own, about a flipped number of its pickle protocol
def test_a_flipped_bit_is_refused_or_changes_nothing(written):
    """Padding, dates and checksums of the zip archive may change: nothing is read from them."""
    data = written.read_bytes()
    refused = 0
    places = range(0, len(data), 5)
    for place in places:
        damaged = bytearray(data)
        damaged[place] ^= 1 << place % 8
        written.write_bytes(damaged)
        refused += is_refused(written)
    assert refused > len(places) // 4


def test_a_damaged_name_of_the_checksum_does_not_hide_a_change(written):
    data = written.read_bytes()
    damaged = data.replace(b'"sha256"', b'"sha356"').replace(b'"seed": 3', b'"seed": 4')
    assert damaged != data
    written.write_bytes(damaged)
    with pytest.raises(ValueError, match="is damaged: it has an entry 'sha356'"):
        saving.read_defender(written)


def test_a_file_of_an_earlier_version_of_the_course_has_no_checksum(tmp_path):
    path = tmp_path / "early.pt"
    torch.save({"text": json.dumps(TEXT), "weights": WEIGHTS}, path)
    assert holds_the_same(*saving.read_defender(path))
