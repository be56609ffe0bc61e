"""Every setting of every training refuses nonsense by its own name, before anything runs."""

import dataclasses
import json

import pytest

from course_lib import commands
from course_lib.commands import venv
from course_lib.hierarchy.message_function import MessageConfig
from course_lib.hierarchy.policy import PolicyConfig
from course_lib.hierarchy.team import TeamConfig
from course_lib.hierarchy.unit import UnitConfig
from course_lib.training import runs
from course_lib.training.config import CONFIGS, HOST_SHARED
from course_lib.training.rewards import RewardConfig

TABLES = {
    "message": MessageConfig(),
    "policy": PolicyConfig(),
    "unit": UnitConfig(),
    "team": TeamConfig(),
}
"""What ``--set PART.FIELD`` reaches with every configuration."""
NONSENSE = {
    bool: [2, "nonsense", None],
    int: [-7, 0.5, 10**30, "nonsense", [1], None, {"a": 1}],
    float: [-7, 10**30, float("inf"), float("nan"), "nonsense", [1], None],
    str: ["nonsense", "", 3, [1], None],
}
ALLOWED = ("from", "at least", "at most", "above", "allowed", "take", "true or false", "is not a")


def settings(config):
    """Part, field and default of everything that a training of this configuration can be told."""
    tables = {"training": CONFIGS[config], **TABLES}
    if config not in HOST_SHARED:
        tables["rewards"] = RewardConfig()
    for part, table in tables.items():
        for field in dataclasses.fields(table):
            yield part, field.name, getattr(table, field.name)


@pytest.fixture
def told(monkeypatch, capsys):
    """What ``train`` says to a setting; a training that begins fails the test."""

    def train(config, name, value):
        line = ["train", "--config", config, "--threads", "1", "--set", f"{name}={value}"]
        status = commands.main(line)
        assert status == 1, line
        return capsys.readouterr().err.rstrip("\n")

    monkeypatch.setattr(venv, "enter_if_ready", lambda arguments: None)
    monkeypatch.setattr(runs, "train", lambda *_: pytest.fail("the training began"))
    return train


@pytest.mark.parametrize("config", CONFIGS)
def test_nonsense_is_refused_by_the_name_of_the_setting(config, told):
    tried = 0
    for part, field, default in settings(config):
        for value in NONSENSE.get(type(default), [3, [1]]):
            said = told(config, f"{part}.{field}", json.dumps(value))
            named = f" {field}=" in said or f"{part}.{field}=" in said
            assert named and "\n" not in said, (part, field, value, said)
            assert any(word in said for word in ALLOWED), said
            tried += 1
    assert tried > 150


@pytest.mark.parametrize("config", CONFIGS)
def test_a_message_has_the_size_that_every_unit_reads(config, told):
    said = told(config, "message.d_model", 80)
    assert said.endswith("d_model=80 is not 76, the entries of every message of a unit")
