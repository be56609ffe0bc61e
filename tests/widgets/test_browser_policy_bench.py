"""The policy bench of lesson 11 in a real JupyterLab: every control, in both themes and both
windows, with mouse and keyboard."""

import re

import pytest
from playwright.sync_api import expect
from support.browser import notebook_of

pytest_plugins = ["support.browser"]
pytestmark = pytest.mark.browser

BENCH = """\
from course_lib.hierarchy import TWO_LAYER, Doctrine, HierarchicalDefender, PolicyConfig, Rule
from course_lib.hierarchy import Team, TeamConfig, UnitConfig
from course_lib.widgets.policy_bench import PolicyBench

restore = Rule("restore root", see="root file", do=("Restore",))
rules = (restore, Rule("look", see="anything", do=("Analyse",)))
policy = PolicyConfig(doctrine_weight=0.5, ioc_gain=0.2)
team = Team(TWO_LAYER, TeamConfig(UnitConfig(policy=policy, command_floor=0.3)))
PolicyBench(HierarchicalDefender(team, Doctrine(rules)), situation="root file")"""
NOTEBOOK = notebook_of(BENCH)
CLASSES = (
    "Analyse",
    "Remove",
    "Restore",
    "DeployDecoy",
    "AllowTraffic",
    "BlockTraffic",
    "Monitor",
    "Sleep",
)


def test_every_control_is_operated(operated):
    hand, cell, words = operated.hand, operated.cell, operated.words
    expect(words).to_contain_text('The rule "restore root" fires; w = 0.50')
    rules_and_their_weight(hand, cell, words)
    orders(hand, cell, words)
    for place, task in enumerate(cell.get_by_role("note").all()):
        question = cell.get_by_label(f"{place + 1}. ")
        hand.choose(question, question.locator("option").last.inner_text())
        expect(task).to_contain_text(re.compile("Right|Not so"))
    hand.choose(cell.get_by_label("1. Situation"), "the network, under the order")
    expect(cell.get_by_role("note").first).to_contain_text("Right.")
    operated.check()


def rules_and_their_weight(hand, cell, words):
    """Rules are switched off and on; w and the alert; the situation."""
    hand.press(cell.get_by_label("rule 1: restore root"))
    expect(words).to_contain_text('The rule "look" fires')
    hand.press(cell.get_by_label("rule 2: look"))
    expect(words).to_contain_text("No rule fires")
    hand.press(cell.get_by_label("rule 2: look"))
    weight, alert = cell.get_by_label("w, weight of"), cell.get_by_label("IOC, the shared alert")
    hand.to_start(weight)
    expect(words).to_contain_text("w = 0.00")
    hand.to_end(alert)
    expect(words).to_contain_text("w = 0.00")  # no doctrine stays none
    weight.press("ArrowUp")  # ArrowUp too, which the notebook would like to have
    expect(words).to_contain_text("w = 0.24")  # 0.05, raised by the alert
    hand.to_start(alert)
    expect(words).to_contain_text("w = 0.05")
    situation = cell.get_by_label("situation", exact=True)
    hand.choose(situation, situation.locator("option").first.inner_text())
    expect(words).to_contain_text("RZA")


def orders(hand, cell, words):
    """An order sets all priorities, a priority makes a mixture; every slider moves its class."""
    order = cell.get_by_label("order from above")
    hand.choose(order, "Restore")
    expect(cell.get_by_label("priority of Restore")).to_have_value("1")
    expect(cell.get_by_label("priority of Remove")).to_have_value("0.3")
    for name in CLASSES:
        priority = cell.get_by_label(f"priority of {name}")
        hand.to_end(priority)
        expect(priority).to_have_value("1")
    expect(order).to_have_value("")  # all alike: no order
    hand.to_start(cell.get_by_label("priority of Restore"))
    expect(order).to_have_value("mixed")
    restores = cell.get_by_role("row", name="Restore ").first.get_by_role("cell")
    expect(restores.nth(1)).to_have_text("0 %")
    hand.choose(order, "none: all priorities 1")
    expect(cell.get_by_label("priority of Restore")).to_have_value("1")


def test_an_order_leaves_what_it_says_and_a_wrong_answer_is_told(shared_page):
    shared_page.run_cell(0)
    cell = shared_page.cell(0)
    words = cell.locator("p[role=status]")
    cell.get_by_label("rule 1: restore root").click()
    cell.get_by_label("IOC, the shared alert").press("End")
    weight = cell.get_by_label("w, weight of the doctrine")
    weight.press("Home")
    weight.press("ArrowUp")
    cell.get_by_label("order from above").select_option("Restore")
    expect(words).to_contain_text("the command leaves 44 %")
    cell.get_by_label("1. Situation").select_option("the doctrine")
    expect(cell.get_by_role("note").first).to_contain_text("Not so.")
    rule, situation = cell.get_by_text("rule 2: look"), cell.get_by_label("situation", exact=True)
    restores = cell.get_by_role("row", name="Restore ").first.get_by_role("cell")
    texts = [words, rule, restores.first, situation]
    shared_page.check_themes("policy-bench-ordered", cell, texts)
    shared_page.check_quiet()
