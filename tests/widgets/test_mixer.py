"""What the mixer widget shows follows from the fit alone, and its settings reach the learner."""

import numpy as np
import pytest
import traitlets

from course_lib.learners import fit_payoffs
from course_lib.widgets import mixer
from course_lib.widgets.mixer import MixerWidget, colour, describe, draw, payoffs_of, surface


@pytest.fixture(scope="module")
def vdn():
    return fit_payoffs(payoffs_of(8, -12), "VDN", 150)


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(mixer, "UPDATES", 5)


def test_the_payoffs_are_those_of_the_settings():
    assert payoffs_of(5, -1).tolist() == [[5, -1, -1], [-1, 0, 0], [-1, 0, 0]]


def test_words_say_what_is_said_taken_and_paid(vdn):
    said = describe(vdn)
    assert said.startswith("VDN says (a, a) is worth -6.2; it pays 8.")
    assert "which pays 0: the best pays 8" in said
    good = fit_payoffs(payoffs_of(8, 0), "VDN", 150)
    assert "take (a, a), which pays 8: the best there is" in describe(good)


def test_the_picture_holds_both_tables_and_a_frame(vdn):
    picture = draw(vdn)
    assert picture.count(">-12.0<") == 4 and picture.count(">-3.6<") == 4
    assert picture.count('stroke-width="3"') == 1
    assert "aria-label" in picture and " id=" not in picture


def test_the_surface_of_a_sum_is_a_plane(vdn):
    heights = surface(vdn, np.zeros(2), np.ones(2))
    assert heights.shape == (mixer.PATCHES, mixer.PATCHES)
    assert heights[0, 0] == pytest.approx(0) and heights[-1, -1] == pytest.approx(2)
    assert np.diff(heights, axis=0) == pytest.approx(1 / (mixer.PATCHES - 1), abs=1e-5)


def test_every_joint_action_has_one_place(vdn):
    low, high = vdn.utilities.min(axis=1) - 1, vdn.utilities.max(axis=1) + 1
    places = mixer._places(vdn, low, high)
    names = sorted(name for shared in places.values() for name in shared)
    assert names == sorted(first + second for first in "abc" for second in "abc")
    (corner,) = [place for place, shared in places.items() if "aa" in shared]
    assert corner[0] < mixer.SURFACE / 2 < corner[1]  # low values: left and below


def test_gains_are_blue_and_losses_orange():
    assert colour(12) == "hsl(205,75%,57%)" and colour(-99) == "hsl(25,75%,57%)"
    assert colour(0.0) == "hsl(205,75%,97%)"


def test_a_change_of_settings_is_answered(quick):
    widget = MixerWidget(method="VDN")
    before = widget.picture
    widget.both = 3
    assert "it pays 3" in widget.text and widget.picture != before
    widget.method = "QTRAN"
    assert widget.text.startswith("QTRAN says")
    assert "(a, a) pays 3, acting alone -12" in repr(widget)


def test_the_static_twin_holds_the_picture_and_the_words(quick):
    widget = MixerWidget()
    bundle = widget._repr_mimebundle_()
    drawn = widget.picture.partition(">")[2]  # what follows the opening tag, which the twin names
    assert len(drawn) > 1000 and drawn in bundle["text/html"]
    assert widget.text in bundle["text/plain"]


def test_an_unknown_method_is_refused(quick):
    with pytest.raises(traitlets.TraitError):
        MixerWidget(method="QPLEX")
