"""requirements.txt: exact pins of everything in pyproject.toml, for three systems, without
accelerator packages."""

import importlib.metadata
import pathlib
import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = pathlib.Path(__file__).resolve().parents[1]
LOCK = (ROOT / "requirements.txt").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

SYSTEMS = [
    {
        "sys_platform": "linux",
        "os_name": "posix",
        "platform_system": "Linux",
        "platform_machine": "x86_64",
    },
    {
        "sys_platform": "linux",
        "os_name": "posix",
        "platform_system": "Linux",
        "platform_machine": "aarch64",
    },
    {
        "sys_platform": "darwin",
        "os_name": "posix",
        "platform_system": "Darwin",
        "platform_machine": "arm64",
    },
    {
        "sys_platform": "win32",
        "os_name": "nt",
        "platform_system": "Windows",
        "platform_machine": "AMD64",
    },
]
VERSIONS = ["3.11", "3.12", "3.13", "3.14"]
ACCELERATORS = re.compile(
    r"^(nvidia|cuda|triton|pytorch-triton|rocm|hip|intel|xpu|tcmlib)\b|-cu\d+$"
)


def locked():
    """Every requirement of the lock."""
    lines = [line.partition("#")[0].strip() for line in LOCK.splitlines()]
    return [Requirement(line) for line in lines if line]


def environments():
    """Each system with each Python version, as packaging's markers want them."""
    for system in SYSTEMS:
        for version in VERSIONS:
            yield {**system, "python_version": version, "python_full_version": f"{version}.0", (
                "extra"
            ): "",
                   "implementation_name": "cpython", "platform_python_implementation": (
                       "CPython"
                   )}  # fmt: skip


def versions_in(environment):
    """name -> set of versions the lock asks for in one environment."""
    found = {}
    for requirement in locked():
        if requirement.marker is None or requirement.marker.evaluate(environment):
            found.setdefault(canonicalize_name(requirement.name), set()).add(
                str(requirement.specifier)
            )
    return found


def test_every_line_is_one_exact_version_and_nothing_else():
    for requirement in locked():
        assert re.fullmatch(r"==\d[\w.]*", str(requirement.specifier)), requirement
        assert not requirement.url and not requirement.extras, requirement
    assert not re.search(r"^\s*-|--hash|://", LOCK, re.MULTILINE), (
        "options, hashes and addresses do not belong there"
    )


@pytest.mark.parametrize(
    "environment", [*environments()], ids=lambda e: f"{e['sys_platform']}-{e['python_version']}"
)
def test_each_system_gets_one_version_of_each_package(environment):
    asked = versions_in(environment)
    assert {name for name, versions in asked.items() if len(versions) != 1} == set()
    for text in PROJECT["dependencies"]:
        wanted = Requirement(text)
        (version,) = asked[canonicalize_name(wanted.name)]
        assert wanted.specifier.contains(version.removeprefix("==")), (
            f"{text} is locked as {version}"
        )


def test_torch_is_the_version_of_the_course_without_its_accelerators():
    names = {
        canonicalize_name(requirement.name): str(requirement.specifier) for requirement in locked()
    }
    assert names["torch"] == "==2.13.0"
    assert [name for name in names if ACCELERATORS.search(name)] == []
    assert all(
        ACCELERATORS.search(name)
        for name in ("nvidia-cublas", "triton", "cuda-toolkit", "nvidia-cudnn-cu13")
    )


def test_the_simulator_is_not_listed_and_a_comment_in_its_place_says_why():
    names = [requirement.name for requirement in locked()]
    assert not any(name.lower() == "cyborg" for name in names)
    around = re.search(r"^coverage==.*\n((?:#.*\n)+)cycler==", LOCK, re.MULTILINE)
    assert around, "the comment stands where cyborg would"
    assert "unrelated project" in around[1] and "doctor --cyborg" in around[1]


def test_what_installed_packages_need_is_locked():
    """Every requirement of an installed package of the lock is in the lock, with a version that
    satisfies it."""
    here = {
        canonicalize_name(r.name): r for r in locked() if r.marker is None or r.marker.evaluate()
    }
    checked = 0
    for name in here:
        for text in importlib.metadata.distribution(name).requires or []:
            needed = Requirement(text)
            if needed.marker is not None and not needed.marker.evaluate({"extra": ""}):
                continue
            if ACCELERATORS.search(canonicalize_name(needed.name)):
                continue  # torch's own on Linux, brought by its default wheel
            locked_version = str(here[canonicalize_name(needed.name)].specifier).removeprefix("==")
            assert needed.specifier.contains(locked_version), (
                f"{name} needs {text}, locked is {locked_version}"
            )
            checked += 1
    assert checked > 100
