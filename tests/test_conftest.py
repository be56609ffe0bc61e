"""The order of the tests, and what is said about those that were skipped."""

import types

import conftest


def test_every_file_that_is_sent_out_first_is_there():
    assert [name for name in conftest.LONGEST_FIRST if not (conftest.ROOT / name).exists()] == []


def test_every_slow_file_or_folder_is_there():
    assert [name for name in conftest.SLOW if not (conftest.ROOT / name).exists()] == []


def test_long_files_come_first_and_the_others_keep_their_order():
    def item(name):
        return types.SimpleNamespace(path=conftest.ROOT / name)

    long = conftest.LONGEST_FIRST
    items = [item("tests/b.py"), item(long[3]), item("tests/a.py"), item(long[0])]
    found = sorted(items, key=conftest.place_of)
    assert found == [items[3], items[1], items[0], items[2]]


def test_the_end_says_what_was_skipped_and_why():
    def report(place, reason):
        return types.SimpleNamespace(nodeid=place, longrepr=("file", 3, f"Skipped: {reason}"))

    reports = [report("a.py::x", "no browser"), report("b.py::y", "no simulator")]
    reports.append(report("a.py::z", "no browser"))
    assert conftest.skipped_lines(reports) == [
        "skipped 2 (a.py): no browser",
        "skipped 1 (b.py): no simulator",
    ]
