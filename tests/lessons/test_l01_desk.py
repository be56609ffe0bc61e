"""Lesson 01: attacks in each queue are those of long logs; the ladder leads somewhere."""

import numpy as np

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
