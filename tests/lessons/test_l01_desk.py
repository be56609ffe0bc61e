"""Lesson 01: attacks in each queue are those of long logs; the ladder leads somewhere."""

import numpy as np
import pytest

from course_lib.lessons import l01_desk as desk
from course_lib.lessons import l01_triage as triage
from course_lib.viz import draw_ladder


def test_the_share_of_attacks_in_each_queue_is_that_of_long_logs():
    log = triage.generate("fuzzy", 200_000, seed=1)
    counted = [log["malicious"][log["process"] == queue].mean() for queue in triage.PROCESSES]
    assert np.allclose(desk.attacks_by_queue(), counted, atol=0.01)


def test_the_most_flagged_kind_of_work_is_found_and_attacks_do_not_count():
    rows = [("theft", "attack", "94 [90, 99]"), ("mail", "ordinary work", "3 [2, 4]")]
    rows += [("forgot", "ordinary work", "25 [20, 30]"), ("backup", "ordinary work", "10 [7, 12]")]
    assert desk.most_flagged(rows) == "forgot"


def test_the_answers_of_the_lesson_lead_to_a_bandit():
    sketch = draw_ladder(desk.LADDER, desk.LADDER_END, ("no", "no", "no", "yes"))
    assert sketch.alt.endswith("ends at: a bandit.")


def test_the_methods_of_lesson_01_are_those_that_its_cells_define():
    log = triage.generate("known", 300, 1)
    assert triage.costs(log["malicious"], desk.short_playbook(log)).sum() == 0
    fuzzy = triage.generate("fuzzy", 300, 1)
    lost = triage.costs(fuzzy["malicious"], desk.long_playbook(fuzzy)).mean()
    assert lost < triage.costs(fuzzy["malicious"], desk.short_playbook(fuzzy)).mean()
    assert desk.cheapest(np.array([0.049, 0.051, 0.83, 0.84])).tolist() == [0, 1, 1, 2]
    assert desk.flagged(fuzzy, fuzzy).mean() == pytest.approx(0.12, abs=0.01)
    assert desk.spread([1.0, 2.0, 3.0]) == "2 [0, 4]"


def test_a_log_has_its_test_of_another_seed():
    pairs = desk.logs_of("fuzzy")
    assert len(pairs) == 6 and len(pairs[0][0]) == desk.N
    assert not np.array_equal(pairs[0][0], pairs[0][1])
    assert desk.test_loss(desk.fitted_network(pairs[0][0]), pairs[0][1]) < 20


def test_points_per_100_are_those_of_the_playbook_log_by_log():
    per_100 = desk.points_per_100(desk.short_playbook, "fuzzy")
    log = triage.generate("fuzzy", desk.N, 1003)
    alone = 100 * triage.costs(log["malicious"], desk.short_playbook(log)).mean()
    assert len(per_100) == 6 and per_100[3] == pytest.approx(alone)


def test_the_picture_of_all_methods_has_a_panel_a_world_and_a_mean_a_method():
    loss = {("rule", "known"): np.zeros(6), ("rule", "fuzzy"): np.arange(6.0)}
    loss |= {("bandit", "known"): np.full(6, 9.0), ("bandit", "fuzzy"): np.full(6, 30.0)}
    panels = desk.draw_methods(loss).axes
    assert [ax.get_title(loc="left") or ax.get_title() for ax in panels] == ["known", "fuzzy"]
    assert [label.get_text() for label in panels[0].get_yticklabels()] == ["rule", "bandit"]
    means = [line.get_xdata()[0] for line in panels[1].lines if line.get_marker() == "o"]
    assert means == [2.5, 30]


def test_the_learning_picture_has_the_learner_and_those_that_stay():
    blocks = np.array([[86.0, 40, 30], [84.0, 42, 32]])
    (ax,) = desk.draw_learning("bandit", blocks, {"playbook": 26}).axes
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["bandit", "playbook"]
    assert ax.lines[0].get_ydata().tolist() == [85, 41, 31]
    assert ax.lines[0].get_xdata().tolist() == [250, 500, 750]
    assert set(ax.lines[1].get_ydata()) == {26}


def test_the_levels_are_those_of_the_playbook_and_of_the_mean_network():
    past = triage.generate("fuzzy", 400, 0)
    new = triage.generate("fuzzy", 400, 1000)
    network = desk.fitted_network(past)
    levels = desk.fixed_levels([network], [(past, new)])
    assert levels["network, 2,000 labels"] == pytest.approx(desk.test_loss(network, new))
    playbook = np.mean(desk.points_per_100(desk.long_playbook, "fuzzy"))
    assert levels["long playbook"] == pytest.approx(playbook)
