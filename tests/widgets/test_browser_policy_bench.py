"""The policy bench of lesson 11 in a real JupyterLab, in both themes, with the keyboard."""

import pytest
from nbformat.v4 import new_code_cell, new_notebook

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
NOTEBOOK = new_notebook(cells=[new_code_cell(BENCH)])


def test_orders_rules_and_alert_are_operated_by_keyboard(jupyterlab):
    from playwright.sync_api import expect

    page = jupyterlab.open(NOTEBOOK, height=1300)
    page.run_all()
    cell, press = page.cell(0), page.page.keyboard.press
    words = cell.locator("p[role=status]")
    restores = cell.get_by_role("row", name="Restore ").first.get_by_role("cell")
    expect(words).to_contain_text('The rule "restore root" fires; w = 0.50')
    page.screenshot("policy-bench", cell)

    cell.get_by_label("rule 1: restore root").focus()
    press("Space")
    expect(words).to_contain_text('The rule "look" fires')

    cell.get_by_label("w, weight of the doctrine").focus()
    press("Home")
    expect(words).to_contain_text("w = 0.00")
    cell.get_by_label("IOC, the shared alert").focus()
    press("End")
    expect(words).to_contain_text("w = 0.00")  # no doctrine stays none
    cell.get_by_label("w, weight of the doctrine").focus()
    press("ArrowUp")  # ArrowUp too, which the notebook would like to have
    expect(words).to_contain_text("w = 0.24")  # 0.05, raised by the alert

    order = cell.get_by_label("order from above")
    expect(order).to_have_value("")
    order.select_option("Restore")
    expect(cell.get_by_label("priority of Restore")).to_have_value("1")
    expect(cell.get_by_label("priority of Remove")).to_have_value("0.3")
    expect(words).to_contain_text("the command leaves 44 %")
    cell.get_by_label("priority of Restore").focus()
    press("Home")
    expect(restores.nth(1)).to_have_text("0 %")
    expect(order).to_have_value("mixed")  # it shows the order that the sliders are
    cell.get_by_label("1. Situation").select_option("the doctrine")
    expect(cell.get_by_role("note").first).to_contain_text("Not so.")

    cell.get_by_label("situation", exact=True).focus()
    press("Home")
    expect(words).to_contain_text("RZA")
    rule, situation = cell.get_by_text("rule 2: look"), cell.get_by_label("situation", exact=True)
    page.check_themes("policy-bench-ordered", cell, [words, rule, restores.first, situation])
    page.check_quiet()
