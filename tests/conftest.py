"""What every test shares: a quiet, repeatable set-up, and the two kinds of test that may be skipped."""

import os
import shutil
import sys

import matplotlib
import pytest

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # before torch loads: idle threads sleep
matplotlib.use("Agg")  # figures need no screen; not by a variable, which the kernels of the notebooks would inherit

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def pytest_collection_modifyitems(items):
    """Skip the tests that need the public simulator or a browser where that is absent, with what to do about it."""
    absent = {"cyborg": reason_without_simulator(), "browser": reason_without_browser()}
    for item in items:
        for marker, reason in absent.items():
            if reason and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


def reason_without_simulator():
    """Why the public simulator cannot be used, or None. The simulator itself is not imported."""
    from course_lib.cyber_range.bridge import find

    try:
        find.find_simulator()
    except (ImportError, ValueError) as error:
        return str(error)
    return None


def reason_without_browser():
    """Why no browser can be driven, or None."""
    if os.environ.get("CHROMIUM") or any(shutil.which(name) for name in BROWSERS):
        return None
    return f"no Chromium here: install it ({BROWSERS[0]} in Debian) or set CHROMIUM to its path"


@pytest.fixture
def python():
    """The Python that runs the tests, for tests that start a process."""
    return sys.executable
