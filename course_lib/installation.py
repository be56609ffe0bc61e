"""Where the course lies, and which of its pinned packages the running Python lacks.

Only the standard library is imported: the commands load this file on a bare Python.
"""

from __future__ import annotations

import importlib.metadata
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[1]
"""The folder of the course, with notebooks/, exercises/ and solutions/."""
REQUIREMENTS = ROOT / "requirements.txt"


def pinned(requirements: str) -> list[str]:
    """The pins (``name==version``, perhaps with a marker) of a requirements file, in order."""
    lines = [line.partition("#")[0].strip() for line in requirements.splitlines()]
    return [line for line in lines if line]


def missing_packages(requirements: str) -> dict[str, str]:
    """The pins that this Python does not satisfy, in order, each with the version here instead.

    A local version such as 2.13.0+cpu satisfies the pin 2.13.0, as it does for pip. The version
    is "none" where the package is absent, and "unknown" where not even pip is here.
    """
    pins = pinned(requirements)
    requirement_class = _requirement_class()
    if requirement_class is None:
        return dict.fromkeys(pins, "unknown")
    missing = {}
    for pin in map(requirement_class, pins):
        if pin.marker is not None and not pin.marker.evaluate():
            continue
        here = installed_version(pin.name)
        if here == "none" or here not in pin.specifier:
            missing[f"{pin.name}{pin.specifier}"] = here
    return missing


def _requirement_class() -> type | None:
    """The class that reads a pin and its marker, from wherever it can be had."""
    try:
        from packaging.requirements import Requirement
    except ImportError:  # one of the pinned packages itself; pip carries a copy
        try:
            from pip._vendor.packaging.requirements import Requirement
        except ImportError:
            return None
    return Requirement


def installed_version(package: str) -> str:
    """The version of an installed package, or "none"."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "none"
