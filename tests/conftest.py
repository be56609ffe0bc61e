"""What every test shares: a quiet, repeatable set-up, and the two kinds of test that may be
skipped."""

import functools
import os
import shutil
import sys

import matplotlib
import pytest

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # before torch loads: idle threads sleep
matplotlib.use(
    "Agg"
)  # figures need no screen; not by a variable, which the kernels of the notebooks would inherit

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def pytest_report_header():
    """Say once, at the top, which tests will be skipped and what to do about it."""
    return [f"tests marked {marker!r} are skipped: {reason}" for marker, reason in absent().items()]


def pytest_collection_modifyitems(items):
    """Skip the tests that need the public simulator or a browser where that is absent."""
    reasons = absent()
    for item in items:
        for marker, reason in reasons.items():
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


@functools.cache
def absent():
    """Marker -> why its tests cannot run here, for those that cannot."""
    reasons = {"cyborg": reason_without_simulator(), "browser": reason_without_browser()}
    return {marker: reason for marker, reason in reasons.items() if reason}


def reason_without_simulator():
    """Why the public simulator cannot be used, or None. The simulator itself is not imported."""
    from course_lib.cyber_range.cyborg import locate as find

    try:
        find.find_simulator()
    except find.SimulatorNotFound as error:
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
