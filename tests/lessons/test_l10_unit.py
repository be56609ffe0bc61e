"""The tree after three events of lesson 10b, drawn."""

from course_lib.hierarchy import THREE_LAYER
from course_lib.lessons import l10_unit


def test_three_trees_are_drawn_and_the_adopted_zones_hang_on_the_commander():
    figure = l10_unit.draw_events(THREE_LAYER.without("operational"))
    names = []
    for ax in figure.axes:
        names.append({text.get_text() for text in ax.texts})
    assert len(names) == 3
    assert any("OFF" in name and name != "OFF" for name in names[0])  # crossed out
    assert "operational" in names[0] and "operational" not in names[1]
    assert "headquarters" in names[1] and "headquarters" not in names[2]
