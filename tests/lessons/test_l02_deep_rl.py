"""The recorded training runs of lesson 02: each study can be run, and its file fits the code that
makes it."""

import json
import pathlib
from dataclasses import asdict

import numpy as np
import pytest
import torch

from course_lib.games import Fleet
from course_lib.lessons import l02_deep_rl as deep_rl_record

DATA = pathlib.Path(__file__).resolve().parents[2] / "notebooks" / "data"


@pytest.fixture(autouse=True)
def small(monkeypatch):
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    monkeypatch.setattr(deep_rl_record, "EPISODES", 8)
    monkeypatch.setattr(deep_rl_record, "FLEETS", 4)
    monkeypatch.setattr(deep_rl_record, "SIZES", (4, 24))
    yield
    torch.set_num_threads(before)


def stored(name):
    return json.loads((DATA / f"deep_rl_{name}.json").read_text("utf-8"))


def shape(value):
    """Names and nesting without the numbers; lists of numbers count by their kind only."""
    if isinstance(value, dict):
        return {name: shape(entry) for name, entry in value.items()}
    return type(value).__name__


@pytest.mark.parametrize("name", ["memory", "sizes"])
def test_a_study_makes_what_its_file_holds(name):
    made, held = getattr(deep_rl_record, name)(1, steps=164), stored(name)
    assert set(made["scores"]) == set(held["scores"]) and set(made["references"]) == set(
        held["references"]
    )
    assert shape(made["config"]) == shape(held["config"]) and shape(made["curves"]) == shape(
        held["curves"]
    )
    assert held["config"] == asdict(deep_rl_record.fleet_config(held["steps"], 0))
    for scores in held["scores"].values():
        every = scores.values() if isinstance(scores, dict) else [scores]
        assert all(len(seeds) == held["seeds"] == 5 for seeds in every)


def test_a_table_learns_one_host_and_knows_what_it_never_met():
    score, rows, new = deep_rl_record.tabular_fleet(hosts=1, steps=8_000, seed=0)
    chance = deep_rl_record.rule_score(deep_rl_record.chance(), hosts=1)
    assert rows <= 54 and new < 0.2 and score > chance
    _, rows, new = deep_rl_record.tabular_fleet(hosts=6, steps=400, seed=0)
    assert rows > 200 and new > 0.8


def test_references_are_in_order():
    scores = [
        deep_rl_record.rule_score(rule, hosts=6)
        for rule in (deep_rl_record.by_rule, deep_rl_record.chance())
    ]
    waiting = deep_rl_record.rule_score(lambda seen, info: np.full(len(seen), 12), hosts=6)
    assert scores[0] > scores[1] > waiting


def test_with_a_note_pad_an_alarm_seen_once_costs_no_more_than_one_that_stays():
    once, steady = (
        deep_rl_record.rule_score(rule, hosts=4, alarm=alarm)
        for rule, alarm in (
            (deep_rl_record.RuleWithNotePad(), "once"),
            (deep_rl_record.by_rule, "steady"),
        )
    )
    forgetful = deep_rl_record.rule_score(deep_rl_record.by_rule, hosts=4, alarm="once")
    assert once == steady > forgetful
    held = stored("memory")["references"]
    assert held["once, with a note pad"] == held["steady"]


def test_a_host_that_is_restored_and_taken_again_in_one_tick_stays_on_the_list():
    table = np.zeros((1, 2, 8), np.float32)
    table[0, :, :2] = 1  # present and important
    rule = deep_rl_record.RuleWithNotePad()
    table[0, 1, [deep_rl_record.ALARM, deep_rl_record.RESTORED]] = 1
    assert rule(table, {})[0] == 1
    table[0, 1, deep_rl_record.ALARM] = 0
    assert rule(table, {})[0] > 1 and not rule.listed.any()  # restored, and nothing came after


def test_a_study_that_was_never_made_is_refused():
    with pytest.raises(ValueError, match="no such study: nonsense; there are sizes"):
        deep_rl_record.recorded("nonsense")


def test_an_iteration_is_one_episode_of_every_fleet():
    learner = deep_rl_record.train(deep_rl_record.MLPPolicy, 328, 0, hosts=2)
    assert (
        learner.steps == 328
        and len(learner.curve.score) == 2
        and np.isfinite(learner.curve.score).all()
    )
    assert Fleet(1).options.ticks + 1 == learner.config.num_steps


def test_the_command_refuses_an_unknown_study(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["deep_rl_record", "nonsense"])
    with pytest.raises(SystemExit):
        deep_rl_record.main()
    assert "no such study: nonsense" in capsys.readouterr().err
