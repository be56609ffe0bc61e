"""The small failures of lesson 14b: what they count, against values by hand, and how they are
asked."""

import pathlib
import re

import nbformat
import numpy as np
import pytest

from course_lib.lessons import l14_failures as failures


def test_a_guard_paid_for_repairs_opens_the_door():
    """Invite, repair, invite: infected every second tick. Paid for health, a tenth as often."""
    gamed = failures.best_guard(failures.pay_for_repairs)
    meant = failures.best_guard(failures.pay_for_health)
    assert gamed.tolist() == [failures.INVITE, failures.REPAIR]
    assert meant.tolist() == [failures.WAIT, failures.REPAIR]
    assert np.isclose(failures.infected_share(gamed), 0.5)
    # In the long run the share is catch / (1 + catch).
    assert np.isclose(failures.infected_share(meant), 0.1 / 1.1, atol=1e-3)


def test_rare_feedback_and_an_early_reward_stop_a_learner():
    assert failures.share_found() < 0.2 and failures.share_found(shaping=0.05) > 0.9
    assert failures.share_found(early=0.3) < 0.2
    assert failures.share_found(early=0.3, start_value=1.0) > 0.9


def test_a_larger_prize_changes_nothing_for_a_learner_that_never_meets_it():
    """All values and errors are ten times as large, so the same seed makes the same choices."""
    for seed in range(5):
        assert failures.investigate(seed) == failures.investigate(seed, prize=10.0)
    # Against an early reward the size of the prize does count: below it, giving up is right.
    assert failures.share_found(prize=0.2, early=0.3, start_value=1.0) == 0


def test_areas_of_their_own_end_doubled_work():
    """Side by side both go to the same host whenever there is one: two are worth no more than
    one."""
    everywhere, backwards = range(6), range(5, -1, -1)
    alone, nothing_twice = failures.doubled_work([everywhere])
    shared, twice = failures.doubled_work([everywhere, everywhere])
    assert shared == alone and nothing_twice == 0 and twice == pytest.approx(0.5)
    more, thrice = failures.doubled_work([everywhere] * 3)
    assert more == alone and thrice == pytest.approx(2 / 3)
    from_the_end, _ = failures.doubled_work([backwards, backwards])
    assert from_the_end > 0.9 * alone
    split, never = failures.doubled_work([range(3), range(3, 6)])
    assert split < 0.7 * alone and never == 0


LESSON = pathlib.Path(__file__).parents[2] / "notebooks" / "14b-may-it-be-switched-on.ipynb"


def six_failures() -> list[nbformat.NotebookNode]:
    """The cells of the section on the six failures."""
    cells = nbformat.read(LESSON, as_version=4).cells
    headings = [number for number, cell in enumerate(cells) if "\n## " in "\n" + cell.source]
    (first,) = (n for n in headings if "## Six failures to find and mend" in cells[n].source)
    return cells[first : headings[headings.index(first) + 1]]


def said(cell: nbformat.NotebookNode) -> str:
    """The plain text of everything that a cell shows."""
    texts = []
    for output in cell.outputs:
        texts.append(output.text if "text" in output else output.data["text/plain"])
    return "\n".join(texts)


def test_the_reader_says_what_is_behind_each_failure_before_it_is_shown():
    """The cell after a question answers it, and nothing before that does."""
    cells = six_failures()
    asking = [n for n, cell in enumerate(cells) if "= predict(" in cell.source]
    assert len(asking) == 6
    for number in asking:
        options = re.findall(r"^  [a-c]\) (.*)", said(cells[number]), re.MULTILINE)
        (right,) = re.findall("Answer: “(.*?)”", said(cells[number + 1]).replace("\n", " "))
        assert right in options and len(options) == 3
        assert len(right) <= max(len(other) for other in options if other != right)
        before = "\n".join(cell.source for cell in cells[:number])
        assert right.lower() not in before.lower()
