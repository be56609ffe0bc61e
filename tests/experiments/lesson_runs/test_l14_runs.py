"""The recorded runs of lesson 14: what is lost, who answers whom, and what a budget leaves."""

import functools

import numpy as np
import pytest

from course_lib.cyber_range import VectorRange, evaluate, make_policy
from course_lib.cyber_range.constants import SLEEP
from course_lib.experiments import attacker
from course_lib.experiments.lesson_runs import (
    l14_attrition,
    l14_budget,
    l14_cross,
    l14_mixture,
    l14_red,
)
from course_lib.experiments.lesson_runs.l14_attrition import LosingAgents, Outage
from course_lib.learners.cross_entropy import CrossEntropyConfig
from course_lib.training.strong_config import TaughtConfig


def played_classes(policy, episodes=3, steps=500, seed=70):
    """(T, E, D) classes of what was submitted, and (E,) the tick when outages begin."""
    env = VectorRange(episodes, observation="message", seed=seed, steps=steps)
    policy.reset(seed)
    obs, info = env.reset()
    classes, gone = [], []
    for _ in range(steps - 1):
        tick = policy.open_tick(obs, info)
        gone.append(policy.outage.gone(tick))
        actions = policy.decide(tick)
        classes.append(policy.layout.targets(actions)[0])
        obs, _, _, _, info = env.step(actions)
    return np.array(classes), np.array(gone)


@pytest.mark.parametrize("hierarchy", [False, True])
def test_the_lost_sleep_from_their_tick_on(hierarchy):
    """As many as asked for, for good, from a tick within the range that is drawn; others go on."""
    make = l14_attrition.team_with if hierarchy else l14_attrition.agents_with
    policy = make("taught" if hierarchy else "expert", Outage(agents=2))
    classes, gone = played_classes(policy)
    assert (gone.sum(axis=2).max(axis=0) == 2).all()
    assert (classes[gone] == SLEEP).all() and (classes[-100:][~gone[-100:]] != SLEEP).any()
    first = gone.any(axis=2).argmax(axis=0)
    assert (first >= 50).all() and (first <= 350).all() and len(set(first.tolist())) > 1
    assert (gone[-1] == gone[first.max()]).all()


def test_what_is_lost_is_nested_and_comes_back():
    """Whoever is lost with one defender gone is also lost with three; after the repair nobody."""
    _, one = played_classes(l14_attrition.agents_with("expert", Outage(agents=1, back_after=100)))
    _, three = played_classes(l14_attrition.agents_with("expert", Outage(agents=3)))
    assert (three | ~one).all()
    assert one.any(axis=2).sum(axis=0).tolist() == [100, 100, 100] and not one[-1].any()


def test_an_outage_of_nobody_changes_nothing():
    plain = evaluate("expert", episodes=2, seed=5)
    losing = evaluate(LosingAgents(make_policy("expert"), Outage()), episodes=2, seed=5)
    assert plain.scores.tolist() == losing.scores.tolist()


def test_a_lost_commander_gives_no_command():
    """The units keep acting, with neutral commands."""
    names = ("commander", "restricted", "operational", "headquarters")
    team = l14_attrition.team_with("settled", Outage(units=names))
    classes, gone = played_classes(team, episodes=1, steps=400)
    leaves = team.team.wiring.leaf_count
    assert not gone.any() and (classes[-40:] != SLEEP).any()
    assert (team.held_commands.priorities[:, :leaves] == 1.0).all()


def test_a_cross_table_has_a_row_for_each_world_defender_and_episode(monkeypatch):
    monkeypatch.setattr(l14_cross, "EPISODES", 2)
    few = {name: l14_cross.DEFENDERS[name] for name in ("expert", "decoys first")}
    monkeypatch.setattr(l14_cross, "DEFENDERS", few)
    two = {name: l14_cross.WORLDS[name] for name in ("official", "idle")}
    monkeypatch.setattr(l14_cross, "WORLDS", two)
    rows = l14_cross.cross(1)
    assert len(rows) == 8
    quiet = [row["defended"] for row in rows if row["world"] == "idle"]
    assert min(quiet) > min(row["defended"] for row in rows)
    assert {row["episode"] for row in rows} == {860_002, 860_003}


def test_red_and_blue_answer_each_other(monkeypatch):
    """Every blue meets every attacker, and the second blue comes out of the list (in episodes of
    60 ticks: who wins is not asked)."""
    short = functools.partial(attacker.play_against, steps=60)
    monkeypatch.setattr(attacker, "play_against", short)
    monkeypatch.setattr(l14_red, "evaluate", functools.partial(evaluate, steps=60))
    budget = CrossEntropyConfig(population=2, elite=1, generations=1)
    monkeypatch.setattr(l14_red, "BUDGET", budget)
    few = {"expert": {}, "no decoys": {"decoys": 0}}
    monkeypatch.setattr(l14_red, "BLUES", few)
    for name, value in {"TRIES": 1, "JUDGED": 2, "CHOSEN_ON": 2}.items():
        monkeypatch.setattr(l14_red, name, value)
    rows = l14_red.generations(0)
    met = {(row["blue"], row["red"]) for row in rows}
    reds = {"red 1", "red 2", "finite-state", "impact-hungry"}
    assert met == {(blue, red) for blue in ("blue 1", "blue 2", "taught") for red in reds} | {
        ("taught", "red of taught")
    }
    assert {row["kind"] for row in rows if row["blue"] == "blue 2"} <= set(l14_red.BLUES)


def test_no_budget_is_exceeded_on_the_frontier(monkeypatch):
    monkeypatch.setattr(l14_budget, "JUDGED", 2)
    monkeypatch.setattr(l14_budget, "BUDGETS", (4,))
    monkeypatch.setattr(l14_budget, "ROUNDS", 2)
    monkeypatch.setattr(l14_budget, "ROUND_EPISODES", 2)
    rows = l14_budget.frontier(1)
    judged = [row for row in rows if row["episode"] != ""]
    bounded = [row for row in judged if row["budget"]]
    assert len(bounded) == 10 and max(row["restores"] for row in bounded) <= 4
    assert {row["episode"] for row in judged} == {892_002, 892_003}
    prices = {row["how"]: row["price"] for row in judged}
    assert prices["price, screen"] > 1 and prices["pace, screen"] > 1 and prices["screen"] == 0
    by_how = {how: [r["defended"] for r in judged if r["how"] == how] for how in prices}
    assert sum(by_how["screen"]) > sum(by_how["screen, then Sleep"])
    rounds = [row for row in rows if row["round"] != ""]
    assert [row["round"] for row in rounds] == [0, 1, 0, 1]
    assert [row["price"] for row in rounds[::2]] == [0, 0] and rounds[1]["price"] > 0


def test_a_mixture_is_another_world_in_each_round(monkeypatch):
    """The two teams differ, and the worlds of the rounds are those of the list."""
    monkeypatch.setattr(l14_mixture, "EPISODES", 2)
    monkeypatch.setattr(l14_mixture, "WORLDS", {"official": {}})
    worlds = ({"steps": 60}, {"steps": 60, "red": "idle"})
    monkeypatch.setattr(l14_mixture, "MIXTURE", worlds)
    seen = []
    before = l14_mixture.TaughtTrainer._collect

    def watched(self, share):
        seen.append(dict(self.options))
        self.num_steps = 59
        self.options = {"steps": 60, **self.options}
        return before(self, share)

    monkeypatch.setattr(l14_mixture.TaughtTrainer, "_collect", watched)
    monkeypatch.setattr(l14_mixture, "evaluate", functools.partial(evaluate, steps=60))
    rows = l14_mixture.mixture(0, TaughtConfig(num_envs=3, rounds=2))
    assert seen == [{}, {"steps": 60}, *worlds]
    assert any(row["plain"] != row["mixture"] for row in rows)
