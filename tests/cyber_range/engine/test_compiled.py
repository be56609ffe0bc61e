"""Where compiled code is kept: a folder that is the user's own, or another one."""

import os
import stat
import sys

import pytest

from course_lib.cyber_range.engine import compiled

needs_posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no owner numbers")


@pytest.fixture
def places(tmp_path, monkeypatch):
    """Three empty places in the order in which they are tried: course, home, temporary."""
    course, home, temporary = (tmp_path / name for name in ("course", "home", "temporary"))
    for folder in (course, home, temporary):
        folder.mkdir()
    monkeypatch.setenv("COURSE_CACHE", str(course))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    monkeypatch.setattr(compiled.tempfile, "tempdir", str(temporary))
    compiled._new_folder.cache_clear()
    yield course, home, temporary
    compiled._new_folder.cache_clear()


def used(places):
    """Name of the place that is used now."""
    found = compiled.cache_folder()
    assert found.is_dir() and os.access(found, os.W_OK)
    assert stat.S_IMODE(found.stat().st_mode) & 0o022 == 0
    return next(place.name for place in places if place in found.parents)


def block(folder):
    """Put a file where the folder would be made."""
    folder.write_text("")


def test_the_course_comes_first_then_the_users_own_cache_then_a_temporary_one(places):
    """Each where the ones before cannot be used; a file in the way stands for a read-only disk."""
    course, home, temporary = places
    assert used(places) == "course"
    block(course / "file")
    os.environ["COURSE_CACHE"] = str(course / "file")
    assert used(places) == "home"
    block(home / "file")
    os.environ["XDG_CACHE_HOME"] = str(home / "file")
    assert used(places) == "temporary"
    user = os.geteuid() if hasattr(os, "geteuid") else 0
    assert compiled.cache_folder().parent == temporary / f"cyber-marl-course-{user}"


@needs_posix
@pytest.mark.parametrize("mode", [0o777, 0o775, 0o702])
def test_a_folder_that_others_may_write_is_passed_over(places, mode):
    """What is loaded from there runs as code."""
    folder = compiled.cache_folder()
    folder.chmod(mode)
    assert used(places) == "home"


@needs_posix
def test_a_link_is_passed_over(places, tmp_path):
    """It may lead anywhere."""
    folder = compiled.cache_folder()
    folder.rmdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    folder.symlink_to(elsewhere)
    assert used(places) == "home"


@needs_posix
def test_a_place_in_which_anybody_may_rename_is_passed_over(places):
    """Unless it is like /tmp, where only the owner may."""
    places[0].chmod(0o777)
    assert used(places) == "home"
    places[0].chmod(0o1777)
    assert used(places) == "course"


@needs_posix
def test_a_place_in_which_a_group_may_rename_is_passed_over(places):
    """A course folder that a class shares: everybody of the group may rename what lies in it."""
    places[0].chmod(0o2775)
    assert used(places) == "home"
    places[0].chmod(0o3775)
    assert used(places) == "course"


@pytest.mark.parametrize("own", ["", "relative/cache", "."])
def test_a_cache_of_the_user_that_is_no_full_path_is_the_usual_one(places, monkeypatch, own):
    """It would be another folder for every notebook."""
    course, home, _ = places
    block(course / "file")
    monkeypatch.setenv("COURSE_CACHE", str(course / "file"))
    monkeypatch.setenv("XDG_CACHE_HOME", own)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.chdir(course)
    assert home / ".cache" / "cyber-marl-course" in compiled.cache_folder().parents


def test_a_chosen_place_stays_where_it_is_when_the_working_folder_changes(places, monkeypatch):
    course, home, _ = places
    monkeypatch.chdir(course)
    monkeypatch.setenv("COURSE_CACHE", "cache")
    found = compiled.cache_folder()
    monkeypatch.chdir(home)
    assert found.is_absolute() and found.is_dir() and course in found.parents


def test_a_home_that_cannot_be_used_is_passed_over(places, monkeypatch):
    """A service account has none; a file in the way stands for a folder that cannot be made."""
    course, home, _ = places
    block(course / "file")
    monkeypatch.setenv("COURSE_CACHE", str(course / "file"))
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setenv("HOME", str(course / "file"))
    monkeypatch.setenv("USERPROFILE", str(course / "file"))
    assert used(places) == "temporary"


@needs_posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can chown")
def test_another_users_folder_is_passed_over(places):
    """Also where it was put in the temporary place beforehand."""
    course, home, temporary = places
    for place in (course, home / "cyber-marl-course", temporary / "cyber-marl-course-0"):
        folder = place / compiled.cache_folder().name
        folder.mkdir(parents=True, exist_ok=True)
        os.chown(folder, 65533, 65533)
    assert used(places) == "temporary"
    assert "cyber-marl-course-0-" in str(compiled.cache_folder())
    assert compiled.cache_folder() == compiled.cache_folder()


@pytest.mark.skipif(not hasattr(os, "fork") or os.geteuid() != 0, reason="needs two users")
@pytest.mark.skipif(sys.platform == "darwin", reason="a fork of a process with threads")
def test_a_second_user_gets_a_folder_of_his_own(places, monkeypatch):
    """Course and home read-only, two users one after the other."""
    monkeypatch.setenv("COURSE_CACHE", "/dev/null/none")
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/none")
    places[2].chmod(0o1777)
    for folder in places[2].parents:
        if folder.stat().st_mode & stat.S_IWOTH:
            break  # the system's own temporary folder: everybody may write there
        folder.chmod(0o1777)  # as deep as pytest put it, with or without workers
    assert [as_user(uid, places) for uid in (65533, 65532)] == [0, 0]


def as_user(uid, places):
    """Exit status of a process of that user: 0 if its folder is its own."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setgid(uid)
            os.setuid(uid)
            status = int(
                used(places) != "temporary" or compiled.cache_folder().stat().st_uid != uid
            )
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
