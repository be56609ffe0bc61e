"""What the widget of imagined and real rollouts shows follows from the two tables of chances."""

import itertools
import re

import numpy as np
import pytest
import traitlets
from support.contrast import contrast

from course_lib.widgets.rollout import WIDTH, Office, Rollout, RolloutWidget, describe, draw

OFFICE = Office(("gateway", "ledger"), ((0.2, 0.5), (0.8, 0.5)), ((0, 1),))
REAL = np.array([[1.0, 0.0], [1.0, 0.4], [1.0, 0.8]])
GOOD = Rollout(REAL, REAL)
BAD = Rollout(REAL, np.array([[0.9, 0.1], [0.9, 0.9], [0.9, 0.2]]))
ROLLOUTS = {
    "waits": {"perfect": GOOD, "learned": BAD},
    "cleans": {"perfect": GOOD, "learned": GOOD},
}


def test_the_error_is_the_mean_over_hosts_in_percentage_points():
    assert BAD.missed == pytest.approx([10, 30, 35]) and not GOOD.missed.any()


def test_the_words_name_the_host_that_is_furthest_off():
    said = describe(OFFICE, BAD, 3)
    assert "After step 3 the model misses by 35 percentage points" in said
    assert said.endswith("Furthest off: ledger, truly 80 %, imagined 20 %.")


def test_the_picture_shows_both_maps_at_the_step_and_the_error_over_all():
    picture = draw(OFFICE, BAD, 2)
    assert picture.count("<rect") == 4 and picture.count("gateway") == 2
    assert re.findall(r">(\d+) %<", picture) == ["100", "40", "90", "90"]
    assert len(re.search(r'points="([^"]*)"', picture)[1].split()) == 3
    assert "aria-label" in picture and " id=" not in picture


def test_settings_are_followed_and_nonsense_is_refused():
    widget = RolloutWidget(OFFICE, ROLLOUTS, model="learned", step=3)
    assert "misses by 35" in widget.text
    widget.operator = "cleans"
    assert "misses by 0" in widget.text
    with pytest.raises(traitlets.TraitError, match="there are perfect, learned"):
        widget.model = "telepathy"
    with pytest.raises(traitlets.TraitError, match="there are waits, cleans"):
        widget.operator = "nobody"
    for step in (0, 4):
        with pytest.raises(traitlets.TraitError):
            widget.step = step


def test_the_static_twin_says_the_same_every_time():
    bundles = [RolloutWidget(OFFICE, ROLLOUTS, step=2)._repr_mimebundle_() for _ in range(2)]
    for kind in ("text/plain", "text/html"):
        assert bundles[0][kind] == bundles[1][kind]
    assert "0x" not in bundles[0]["text/plain"] and "<svg" in bundles[0]["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in bundles[0]


def test_no_host_hides_another_or_leaves_its_map():
    places = ((0.0, 0.0), (0.5, 0.0), (1.0, 0.0), (0.0, 1.0))
    office = Office(("a", "b", "c", "d"), places, ())
    chances = np.full((2, 4), 0.5)
    drawn = draw(office, Rollout(chances, chances), 1)
    found = re.findall(r'<rect x="(-?\d+)" y="(-?\d+)" width="80" height="30"', drawn)
    boxes = [(int(x), int(y)) for x, y in found]
    assert len(boxes) == 8
    assert all(0 <= x and x + 80 <= WIDTH for x, _ in boxes[:4])
    assert all(WIDTH <= x and x + 80 <= 2 * WIDTH for x, _ in boxes[4:])
    first_row = sorted(x for x, y in boxes if y == boxes[0][1])
    assert all(after - before >= 84 for before, after in itertools.pairwise(first_row))


@pytest.mark.parametrize("chance", np.linspace(0, 1, 11))
def test_letters_can_be_read_on_every_shade(chance):
    drawn = draw(OFFICE, Rollout(np.full((2, 2), chance), np.full((2, 2), chance)), 1)
    shade = tuple(map(int, re.search(r"rgb\((\d+),(\d+),(\d+)\)", drawn).groups()))
    ink = re.search(r'fill="#(\w{6})">gateway', drawn)[1]
    letters = tuple(bytes.fromhex(ink))
    assert contrast(letters, shade) > 4
