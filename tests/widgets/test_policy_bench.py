"""What the policy bench shows is what the defender's own policy function says, stage by stage."""

import numpy as np
import pytest
import torch
import traitlets

from course_lib.hierarchy import (
    TWO_LAYER,
    Doctrine,
    HierarchicalDefender,
    PolicyConfig,
    Rule,
    Team,
    TeamConfig,
    Tree,
)
from course_lib.hierarchy import UnitConfig as Unit
from course_lib.hierarchy.observation import Observation
from course_lib.hierarchy.spaces import ACTION_CLASS, ACTION_CLASSES, normalised
from course_lib.widgets import policy_bench
from course_lib.widgets.policy_bench import (
    PolicyBench,
    class_table,
    describe,
    percent,
    recorded_situations,
    table,
)

RULES = Doctrine(
    (
        Rule("restore", see="root file", do=("Restore",)),
        Rule("look", see="anything", do=("Analyse",)),
    )
)
NEUTRAL = [1.0] * 8
DEFAULTS = dict(doctrine_weight=0.5, ioc_gain=0.2)
RESTORE = ACTION_CLASSES.index("Restore")


def defender(tree=TWO_LAYER, doctrine=RULES, **policy):
    return HierarchicalDefender(
        Team(tree, TeamConfig(unit=Unit(policy=PolicyConfig(**{**DEFAULTS, **policy}))), seed=3),
        doctrine,
    )


def ask(name="root file", doctrine=RULES, command=NEUTRAL, ioc=0.0, weight=0.5):
    return policy_bench.decide(
        defender(), recorded_situations()[name], doctrine, command, ioc, weight
    )


def test_every_wanted_situation_occurs_and_shows_what_it_says():
    found = recorded_situations()
    assert list(found) == list(policy_bench.WANTED)
    for name, situation in found.items():
        assert policy_bench.WANTED[name](situation.message[None])[0]
        assert situation.message.shape == (76,) and situation.allowed.sum() > 18
    assert min(situation.allowed.sum() for situation in found.values()) < 82
    assert found["quiet zone"].tick == 0 and found["quiet zone in a mission"].message[0] > 0


def test_the_stages_are_those_of_the_real_policy_function():
    player, situation = defender(), recorded_situations()["root file"]
    command = [0.5, 1, 0, 0.2, 1, 1, 0.3, 0.9]
    shown = policy_bench.decide(player, situation, RULES, command, 0.5, 0.5).stages
    unit = player.team.unit_at(0, player.team.wiring.number(situation.zone))
    message = torch.as_tensor(normalised(situation.message[None]))
    seen = Observation(message[:, 0], torch.tensor([command]), message, torch.tensor([0.5]))
    mask = torch.as_tensor(RULES.mask(situation.message[None], situation.allowed[None]))
    expected = unit.decide(seen, mask, torch.as_tensor(situation.allowed[None]))
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(shown, expected, strict=True))


def test_command_doctrine_and_mask_do_what_the_columns_say():
    quiet, ordered = ask(), ask(command=[0.0 if c == RESTORE else 1.0 for c in range(8)])
    before, after = class_table(quiet.stages), class_table(ordered.stages)
    assert before[RESTORE, 1] == pytest.approx(before[RESTORE, 0]) and after[RESTORE, 1] == 0
    assert (
        before[RESTORE, 2] > 0.55 and after[RESTORE, 2] > 0.5
    )  # the doctrine restores whatever was ordered
    assert before.sum(axis=0) == pytest.approx(np.ones(4))
    absent = ~recorded_situations()["root file"].allowed
    assert (quiet.stages.probabilities[0].numpy()[absent] == 0).all()
    assert (quiet.stages.mixed[0].numpy()[absent & (ACTION_CLASS != RESTORE)] > 0).all()


def test_the_ioc_raises_the_weight_and_w_decides_how_much_doctrine_counts():
    assert ask().weight == 0.5 and ask(ioc=1).weight == pytest.approx(0.6)
    assert ask(doctrine=Doctrine()).weight == 0 and ask(doctrine=Doctrine()).rule == ""
    alone = class_table(ask(weight=1).stages)
    assert alone[RESTORE].tolist() == [pytest.approx(alone[RESTORE, 0]), alone[RESTORE, 1], 1, 1]


def test_asking_changes_nothing_in_the_defender():
    player = defender(doctrine_weight=0.3)
    policy_bench.decide(player, recorded_situations()["quiet zone"], RULES, NEUTRAL, 1, 0.9)
    assert player.team.unit_at(0, 0).policy_function.config.doctrine_weight == 0.3


def test_a_learned_weight_is_where_the_slider_would_be():
    player = defender(learn_weight=True)
    with torch.no_grad():
        player.team.unit_at(0, 0).policy_function.weight_logit.fill_(2.0)
    bench = PolicyBench(player)
    assert bench.weight == pytest.approx(torch.sigmoid(torch.tensor(2.0)).item())


def test_words_and_table_name_rule_weight_and_likeliest_action():
    decision, situation = ask(weight=1), recorded_situations()["root file"]
    assert describe(decision, situation).startswith('The rule "restore" fires; w = 1.00;')
    assert f"Restore {situation.zone}" in describe(decision, situation) and "100 %" in describe(
        decision, situation
    )
    shown = table(decision, situation)
    assert (
        shown.count('<th scope="row"') == 8 + 1 and "BlockTraffic" in shown and " id=" not in shown
    )
    assert describe(ask(doctrine=Doctrine()), situation).startswith("No rule fires")


@pytest.mark.parametrize(
    "share, text",
    [
        (0, "0 %"),
        (0.0004, "< 0.1 %"),
        (0.012, "1.2 %"),
        (0.0994, "9.9 %"),
        (0.0996, "10 %"),
        (1, "100 %"),
    ],
)
def test_percent(share, text):
    assert percent(share) == text


def test_every_setting_reaches_the_unit():
    bench = PolicyBench(defender(), situation="root file")
    assert bench.decision.rule == "restore"
    for name, value in (
        ("enabled", [False, True]), ("command", [0.3] * 7 + [1]), ("ioc", 1.0), ("weight", 0.1),
        ("situation", "quiet zone"),
    ):  # fmt: skip
        before = (bench.text, bench.table)
        setattr(bench, name, value)
        assert (bench.text, bench.table) != before, name
    assert bench.decision.rule == "look"


@pytest.mark.parametrize(
    "wrong",
    [dict(situation=(
        "riot"
    )), dict(command=[1.0] * 7), dict(command=[1.0] * 7 + [2.0]), dict(ioc=-0.1), dict(weight=1.1),
     dict(enabled=[True])],
)  # fmt: skip
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(traitlets.TraitError):
        PolicyBench(defender(), **wrong)


def test_only_situations_of_zones_that_the_team_defends_are_offered():
    bench = PolicyBench(defender(Tree.from_description({"commander": ["RZA", "OZA"]})))
    assert {label.split(": ")[1][:3] for _, label in bench.situations} == {"RZA", "OZA"}
    with pytest.raises(traitlets.TraitError, match="no situation 'root file'"):
        bench.situation = "root file"


def test_the_static_twin_says_the_same_and_is_the_same_every_time():
    bundles = [
        PolicyBench(defender(), situation="decoy touched")._repr_mimebundle_() for _ in range(2)
    ]
    for kind in ("text/plain", "text/html"):
        assert bundles[0][kind] == bundles[1][kind]
    plain = bundles[0]["text/plain"]
    assert (
        "decoy touched: " in plain
        and "0x" not in plain
        and all(name in plain for name in ACTION_CLASSES)
    )
    assert 'The rule "look" fires' in plain and "<table>" in bundles[0]["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in bundles[0]
    bench = PolicyBench(defender(), enabled=[False, True])
    assert "switched off: restore" in repr(bench)


def test_questions_are_answered_by_the_team_on_the_bench():
    bench = PolicyBench(defender(), situation="decoy touched")
    who, rule, share, alert = bench._questions
    assert (rule.right, alert.right) == ("none", "a fifth") and "switch “look” off" in rule.ask
    untrained = 9 / 82
    assert share.right == "over 5 %" and f"{100 * untrained:.0f} %" in share.because
    bench.answers = {"0": who.right, "1": "restore"}
    assert bench.verdicts[0].startswith("Right. ") and bench.verdicts[2:] == ["", ""]
    assert bench.verdicts[1].startswith("Not so. ")
    assert [one["ask"] for one in bench.questions] == [one.ask for one in bench._questions]
    alone = PolicyBench(defender(doctrine=Doctrine()), situation="decoy touched")
    assert len(alone.questions) == 2, "no rule fires, so w is 0 and no rule takes over"
