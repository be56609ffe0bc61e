"""The files of the course: what is read, what is refused in one line, and that nothing is lost."""

import errno
import json
import os
import time

import pytest

from course_lib import storage

FORMAT, VERSION = "course_lib test", 3
GOOD = {"format": FORMAT, "version": VERSION, "value": [1, "é"]}


def read(path, **options):
    return storage.read(path, FORMAT, VERSION, **options)


def test_round_trip(tmp_path):
    storage.write(tmp_path / "a.json", FORMAT, VERSION, {"value": [1, "é"]})
    assert read(tmp_path / "a.json") == GOOD
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_byte_order_marks_are_read(encoding, tmp_path):
    text = json.dumps(GOOD, ensure_ascii=False)
    marks = ["", "\ufeff"] if encoding.endswith(("le", "be")) else [""]
    for mark in marks:
        (tmp_path / "a.json").write_bytes((mark + text).encode(encoding))
        assert read(tmp_path / "a.json") == GOOD


@pytest.mark.parametrize(
    "data, message",
    [
        (b"", "damaged, or it is not JSON"),
        (b"{", "damaged, or it is not JSON"),
        (b"[" * 100_000, "damaged, or it is not JSON"),
        (b'{"a":' * 100_000, "damaged, or it is not JSON"),
        (b"9" * 100_000, "damaged, or it is not JSON"),
        (b"\x80\x81", "damaged, or it is not text in UTF-8"),
        (b"\xff\xfe\x00", "damaged, or it is not text in UTF-8"),
        (b"[1]", 'it lacks the entry "format": "course_lib test"'),
        (b"null", "it lacks the entry"),
        (b'{"format": "other", "version": 3}', "it lacks the entry"),
        (b'{"format": "course_lib test"}', "has version None and this course reads version 3"),
        (b'{"format": "course_lib test", "version": "\\n\\u001b"}', "reads version 3"),
    ],
)
def test_what_is_refused(data, message, tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(data)
    with pytest.raises(ValueError) as error:
        read(path)
    said = str(error.value)
    assert said.startswith(str(path)) and message in said and said.isprintable()


def test_missing_folder_and_large(tmp_path):
    with pytest.raises(ValueError, match="a.json does not exist$"):
        read(tmp_path / "a.json")
    with pytest.raises(ValueError, match="is a folder, not a file$"):
        read(tmp_path)
    storage.write(tmp_path / "a.json", FORMAT, VERSION, {"value": "x" * 1000})
    with pytest.raises(ValueError, match="larger than 999 bytes"):
        read(tmp_path / "a.json", max_bytes=999)


def test_an_endless_file_is_not_read(tmp_path):
    if not os.path.exists("/dev/zero"):
        pytest.skip("no device files here")
    os.symlink("/dev/zero", tmp_path / "a.json")
    with pytest.raises(ValueError, match="does not exist"):
        read(tmp_path / "a.json")


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    path.write_text("old")

    def full(source, target):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left on device: .*a.json"):
        storage.write_atomically(path, "new")
    assert path.read_text() == "old" and [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_the_old_file_counts_until_the_new_one_is_whole(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    path.write_text("old")
    seen = []
    real = os.replace

    def look(source, target):
        seen.append((path.read_text(), open(source).read()))
        real(source, target)

    monkeypatch.setattr(os, "replace", look)
    storage.write_atomically(path, "new")
    assert seen == [("old", "new")] and path.read_text() == "new"


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(OSError, match="nowhere"):
        storage.write_atomically(tmp_path / "nowhere" / "a.json", "x")


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "far").mkdir()
    try:
        os.symlink(tmp_path / "far" / "real.json", tmp_path / "link.json")
    except OSError:
        pytest.skip("no links here")
    storage.write_atomically(tmp_path / "link.json", b"x")
    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "far" / "real.json").read_bytes() == b"x"


def test_what_a_kill_left_behind_is_removed_later(tmp_path):
    old, young = tmp_path / "a[1].json.0123abcd.part", tmp_path / "a[1].json.4567abcd.part"
    other = tmp_path / "b.json.0123abcd.part"
    for part in (old, young, other):
        part.write_text("half")
    long_ago = time.time() - 2 * storage.ABANDONED_AFTER
    for part in (old, other):
        os.utime(part, (long_ago, long_ago))
    storage.write_atomically(tmp_path / "a[1].json", "x")
    assert not old.exists() and young.exists() and other.exists()


def test_permissions_of_an_old_file_stay(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("old")
    path.chmod(0o640)
    mode = path.stat().st_mode
    storage.write_atomically(path, "new")
    assert path.stat().st_mode == mode
