"""What the surface widget shows follows from the record alone, and its settings reach the
learners."""

import re

import numpy as np
import pytest
import traitlets

from course_lib.games import climbing
from course_lib.learners.multi_agent_q.learn import METHODS, Training, learn
from course_lib.widgets import surface
from course_lib.widgets.questions import LookUp
from course_lib.widgets.surface import SurfaceWidget, blend, describe, draw

BRIEF = Training(runs=4, plays=300, moments=3, followed=1)


class Path:
    """A record of which only the walk is known."""

    plays = np.array([10, 20, 30])
    values_path = np.zeros((3, 1, 2, 1, 3))
    greedy_path = np.array([[[0, 0], [1, 2]], [[0, 0], [1, 1]], [[2, 1], [2, 1]]])


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(surface, "TRAINING", BRIEF)


def test_words_count_the_teams_and_follow_the_first():
    assert describe(Path, climbing(), 1) == (
        "After 20 plays, of 2 teams: 1 at (a, a); 1 at (b, b). The first team's stops: (a, a)."
    )
    said = describe(Path, climbing(), 2)
    assert "2 at (c, b)." in said and said.endswith("stops: (a, a) → (c, b).")


def test_a_long_walk_shows_its_last_stops():
    class Long:
        plays = np.arange(1, 13)
        values_path = np.zeros((12, 1, 2, 1, 3))
        greedy_path = np.array([[[i % 2, 0]] for i in range(12)])

    said = describe(Long, climbing(), 11)
    assert "last 8 of 12 stops" in said and said.count("→") == surface.STOPS - 1
    assert draw(Long, climbing(), 11).split('points="')[1].split('"')[0].count(",") == surface.STOPS


def test_the_picture_puts_rows_below_each_other_and_columns_side_by_side():
    picture = draw(Path, climbing(), 2)
    a_a, c_b = (surface._centre(joint) for joint in ((0, 0), (2, 1)))
    assert a_a == (102, 102) and c_b == (190, 278)
    assert (
        f'points="{a_a[0]},{a_a[1]} {c_b[0]},{c_b[1]}"' in picture
        and f'cx="{c_b[0]}" cy="{c_b[1]}"' in picture
    )
    assert (
        picture.count("<rect") == 9 + 6 and picture.count(">-30<") == 2 and ">2 teams<" in picture
    )
    assert "aria-label" in picture and " id=" not in picture


@pytest.mark.parametrize(
    "settings, method",
    [((0.1, 0.1, 0), "independent"), ((0.1, 0.01, 0), "hysteretic"), ((1, 0, 0), "distributed")],
)
def test_the_blend_contains_the_methods(settings, method):
    error, visits, luck = np.array([3.0, -3.0, 0.5]), np.zeros(3), np.full(3, 0.5)
    assert (
        blend(*settings)(error, visits, luck).tolist()
        == METHODS[method].rule(error, visits, luck).tolist()
    )


def test_leniency_forgives_at_first_and_believes_later():
    rule, error = blend(0.1, 0.05, 20), np.array([-3.0])
    assert rule(error, np.zeros(1), np.full(1, 0.5))[0] == 0
    assert rule(error, np.full(1, 1e5), np.full(1, 0.5))[0] == 0.05


def test_the_bars_are_what_each_agent_expects():
    class Expecting(Path):
        values_path = np.zeros((3, 1, 2, 1, 3))

    Expecting.values_path[2, 0, 0, 0] = [-10, 4, 40]
    Expecting.values_path[2, 0, 1, 0] = [1, 2, -3]
    picture = draw(Expecting, climbing(), 2)
    drawn = re.findall(r'<rect x="[\d.]+" y="[\d.]+" width="([\d.]+)" height="([\d.]+)"', picture)
    widths = [float(width) for width, height in drawn if height == "12.0"]
    heights = [float(height) for width, height in drawn if width == "12.0"]
    assert widths == [24.0, 9.6, 45.0], "a point has the same length, up to a limit"
    assert heights == [2.4, 4.8, 7.2]
    assert all(f">{value}<" in picture for value in ("-10.0", "40.0", "-3.0"))
    assert "action of the first agent" in picture and "#fcfcfa" not in picture


def test_the_answers_to_the_questions_are_what_trainings_show():
    first, second, third = surface.QUESTIONS
    held = [(SurfaceWidget(beta=float(beta)).record.optimal.all()) for beta in first.options]
    assert first.options[held.index(False)] == first.right
    sits = {
        tuple(joint)
        for joint in SurfaceWidget(noise="partial", alpha=1, beta=0).record.final_joint.tolist()
    }
    assert sits == {(1, 1)} and second.right == "(b, b)"
    found = [
        SurfaceWidget(noise="full", leniency=int(one)).record.optimal.sum() for one in third.options
    ]
    assert third.options[int(np.argmax(found))] == third.right


def test_an_answer_is_judged_and_no_answer_is_not(quick):
    widget = SurfaceWidget(moment=3)
    assert widget.verdicts == ["", "", ""] and "right" not in str(widget.questions)
    widget.answers = {"0": "0.1", "2": "20"}
    assert widget.verdicts[0].startswith("Not so. Set alpha") and widget.verdicts[1] == ""
    assert widget.verdicts[2].startswith("Right. Too little forgives")
    with pytest.raises(ValueError, match="none of the options"):
        LookUp("?", ("a",), "b", "", "")


def test_settings_train_anew_and_time_only_looks_elsewhere(quick):
    widget = SurfaceWidget(moment=3)
    first, before = widget.record, widget.text
    assert before == describe(first, climbing(), 2) and widget.picture == draw(first, climbing(), 2)
    widget.moment = 1
    assert widget.record is first and widget.text == describe(first, climbing(), 0) != before
    widget.beta = 0.01
    assert widget.record is not first
    same = learn(climbing(), METHODS["hysteretic"], BRIEF)
    assert (widget.record.greedy_path == same.greedy_path).all()
    widget.noise = "full"
    assert widget.game.name == climbing("full").name


@pytest.mark.parametrize(
    "wrong", [dict(noise="some"), dict(alpha=0), dict(beta=2), dict(moment=0), dict(leniency=-1)]
)
def test_settings_out_of_range_are_refused(quick, wrong):
    with pytest.raises(traitlets.TraitError):
        SurfaceWidget(**wrong)


def test_the_static_twin_says_the_same_and_is_the_same_every_time(quick):
    bundles = [SurfaceWidget(beta=0.01, moment=3)._repr_mimebundle_() for _ in range(2)]
    for kind in ("text/plain", "text/html"):
        assert bundles[0][kind] == bundles[1][kind]
    assert "beta 0.01" in bundles[0]["text/plain"] and "0x" not in bundles[0]["text/plain"]
    assert (
        "data:image/svg+xml" in bundles[0]["text/html"] and "of 4 teams" in bundles[0]["text/html"]
    )
    assert "application/vnd.jupyter.widget-view+json" in bundles[0]
