"""Drawings are well-formed, the same every time, speak, and tell the truth."""

import base64
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from course_lib import games, static_twin, viz
from course_lib.hierarchy import THREE_LAYER
from course_lib.viz.drawings_choice import CAMPAIGN_ARROWS, verdict_of

LADDER = (
    viz.Step("Can you write the steps down?", "yes", "a rule", "no"),
    viz.Step("Does a decision change what comes next?", "no", "a bandit", "yes"),
)
STATES = ("quiet", "foothold", "foothold, scoped", "spread", "spread, scoped")
ACTIONS = ("close", "investigate", "isolate")
CHILDREN = ("child 1", "child 2", "child 3")
STEPS = {"network": (0.5, 0.5), "plus the doctrine": (0.2, 0.8)}
SHARES = ((0.6, 0.2, 0.2), (0.2, 0.6, 0.2), (0.2, 0.2, 0.6))


def damage(spill=0.0):
    """Points lost at home only, but for ``spill`` from RZA to OZA."""
    table = np.hstack([np.diag([720.0, 1902, 766, 3189, 49, 67, 60]), np.zeros((7, 1))])
    table[0, 1] = spill
    return table


def paid():
    """Points of each unit: its number."""
    return {unit.name: float(number) for number, unit in enumerate(THREE_LAYER.units)}


def chain():
    river = games.river_swim()
    return viz.draw_chain(river.transitions, river.rewards)


def campaign():
    transitions = np.full((5, 3, 5), 0.2)
    transitions[1, 2] = (0.3, 0.7, 0, 0, 0)
    return viz.draw_campaign(transitions, STATES, ACTIONS)


DRAWINGS = {
    "loop": viz.draw_loop,
    "chain": chain,
    "plan": lambda: viz.draw_plan(np.eye(6, dtype=int), ("wait", "push"), "stage", "tick"),
    "clip": viz.draw_clip,
    "organisations": viz.draw_organisations,
    "damage": lambda: viz.draw_damage(damage()),
    "five pictures": viz.draw_network_in_five,
    "fleet": viz.draw_fleet,
    "vector and set": viz.draw_vector_and_set,
    "attention": lambda: viz.draw_attention(SHARES, CHILDREN),
    "unit": viz.draw_unit,
    "one receiver": lambda: viz.draw_one_receiver(CHILDREN, ("ln 3", "0", "0"), SHARES[0]),
    "central critic": viz.draw_central_critic,
    "mixers": viz.draw_mixers,
    "two zones": viz.draw_two_zones,
    "the way of a study": viz.draw_study_path,
    "owners": viz.draw_owners,
    "campaign": campaign,
    "access list": viz.draw_access_list,
    "policy steps": lambda: viz.draw_policy_steps(STEPS, ("Analyse", "Restore")),
    "pay": lambda: viz.draw_pay(THREE_LAYER, paid()),
    "ladder": lambda: viz.draw_ladder(LADDER, "RL", ("no", "no")),
}


@pytest.mark.parametrize("draw", DRAWINGS.values(), ids=DRAWINGS)
def test_a_drawing_is_well_formed_and_the_same_every_time_and_speaks(draw):
    sketch = draw()
    page = sketch.svg()
    picture = ElementTree.fromstring(page)
    assert sketch._repr_html_() == draw()._repr_html_() and "nan" not in page
    assert picture.get("aria-label") == sketch.alt and repr(sketch) == f"Figure: {sketch.alt}"
    assert "--jp-content-font-color1" in page, "the text has the colour of the notebook"


@pytest.mark.parametrize("draw", DRAWINGS.values(), ids=DRAWINGS)
def test_nothing_is_drawn_outside_the_picture(draw):
    sketch = draw()
    for shape in ElementTree.fromstring(sketch.svg()).iter():
        for name, most in (("x", sketch.width), ("y", sketch.height), ("cx", sketch.width)):
            value = float(shape.get(name, 0))
            assert -1 <= value <= most, (shape.tag, name, value)


def test_a_page_without_trust_still_has_a_picture_in_colours_of_its_own():
    sketch = viz.draw_loop()
    page = sketch._repr_html_()
    (data,) = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', page)
    alone = base64.b64decode(data).decode()
    assert ElementTree.fromstring(alone).tag == "{http://www.w3.org/2000/svg}svg"
    assert "var(" not in alone and "#1c1c1c" in alone and 'fill="#fcfcfa"' in alone
    assert page == static_twin.with_still(page.split("</div>")[0].split('still">')[1], sketch.svg())


def test_a_drawing_without_words_is_refused_and_words_are_escaped():
    with pytest.raises(ValueError, match="alt must say what the drawing shows"):
        viz.Sketch(10, 10, "a picture")
    sketch = viz.Sketch(100, 40, 'A box that says "a < b" and nothing else.')
    sketch.box(50, 20, 80, 30, "a < b")
    assert "a &lt; b" in sketch.svg() and ElementTree.fromstring(sketch.svg()) is not None


def test_the_chain_shows_the_chances_of_the_river():
    page = chain().svg()
    assert page.count(">35%<") == 4 and page.count(">60%<") == 1 and "pushing pays 1" in page


def test_the_plan_marks_each_field_by_its_action():
    page = viz.draw_plan(np.array([[1, 1], [0, 1], [0, 0]]), ("wait", "push"), "stage", "tick")
    assert page.svg().count(">→<") == 3 and "50% of the fields" in page.alt


def test_damage_elsewhere_gets_an_arrow_only_where_it_is_large_enough():
    quiet, spilled = viz.draw_damage(damage(19)), viz.draw_damage(damage(25))
    assert "in other zones: nowhere" in quiet.alt and "polygon" not in quiet.svg()
    assert "RZA to OZA 25" in spilled.alt and spilled.svg().count("polygon") == 1


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [((), ""), (("no",), ""), (("yes",), "a rule"), (("no", "no"), "a bandit"),
     (("no", "yes"), "RL"), (("yes", "no"), "a rule")],
)  # fmt: skip
def test_the_way_down_the_ladder_ends_where_the_answers_lead(answers, verdict):
    assert verdict_of(LADDER, "RL", answers) == verdict
    sketch = viz.draw_ladder(LADDER, "RL", answers)
    assert sketch.alt.endswith(f"ends at: {verdict or 'the next question'}.")


def test_an_answer_that_is_none_is_refused():
    with pytest.raises(ValueError, match="is answered by 'yes' or 'no', not 'maybe'"):
        viz.draw_ladder(LADDER, "RL", ("maybe",))


def test_the_steps_say_where_most_of_the_weight_lies():
    sketch = viz.draw_policy_steps(STEPS, ("Analyse", "Restore"))
    assert "plus the doctrine: most on Restore, 80%" in sketch.alt
    assert sketch.svg().count(">50%<") == 2 and sketch.svg().count(">80%<") == 1
    with pytest.raises(ValueError, match="step 'network' has 2 weights for 1 classes"):
        viz.draw_policy_steps(STEPS, ("Analyse",))


def test_the_pay_of_every_unit_stands_in_its_box():
    sketch = viz.draw_pay(THREE_LAYER, paid())
    for name, points in paid().items():
        assert f"{name} {points:+.2f}" in sketch.alt and sketch.svg().count(f">{points:+.2f}<") == 1


def test_the_campaign_names_each_chance_of_the_game():
    sketch = campaign()
    assert "isolate leads from foothold to quiet in 30%" in sketch.alt
    assert sketch.svg().count("<path") == len(CAMPAIGN_ARROWS)


@pytest.mark.parametrize("width", [400, 824, 860, 950, 1300])
def test_the_smallest_letters_of_a_drawing_are_seen_with_twelve_pixels(width):
    sketch = viz.Sketch(width, 100, "One word in very small letters, somewhere.")
    sketch.text(50, 50, "word", size=6)
    (size,) = re.findall(r'font-size="([0-9.]+)"', sketch.svg())
    assert float(size) * min(1, 826 / width) >= 11.95
