"""Command trees as figures: nothing overlaps, a loss shows without colour, and the words say what
the picture says."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import pytest

from course_lib.hierarchy.tree import STRUCTURES, THREE_LAYER, UTILITY, Tree
from course_lib.viz import figures, tree_map

WIDE = Tree("centre", tuple(Tree(f"substation {i}") for i in range(64)))
DEEP = Tree.from_description({"a": {"b": {"c": {"d": {"e": ["f", "g"]}}}}})
TREES = {**STRUCTURES, "wide": WIDE, "deep": DEEP, "alone": Tree("alone")}


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


@pytest.mark.parametrize("name", TREES)
def test_every_unit_stands_above_the_middle_of_its_children(name):
    spots = tree_map.places(TREES[name])
    assert set(spots) == {unit.name for unit in TREES[name].units}
    assert sorted(spots[leaf.name][0] for leaf in TREES[name].leaves) == list(
        range(len(TREES[name].leaves))
    )
    for unit in TREES[name].units:
        below = [spots[child.name] for child in unit.children]
        if below:
            assert spots[unit.name][0] == (below[0][0] + below[-1][0]) / 2
            assert {depth for _, depth in below} == {spots[unit.name][1] + 1}


@pytest.mark.parametrize("name", TREES)
def test_no_box_covers_another_and_all_are_inside(name):
    figure = tree_map.draw_tree(TREES[name])
    figure.canvas.draw()
    boxes = [text.get_bbox_patch().get_window_extent() for text in figure.axes[0].texts]
    assert len(boxes) == len(TREES[name].units)
    for i, box in enumerate(boxes):
        assert figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1
        assert figure.bbox.y0 <= box.y0 and box.y1 <= figure.bbox.y1
        assert not any(box.overlaps(other) for other in boxes[i + 1 :])


def test_trees_side_by_side_do_not_touch_either():
    figure = tree_map.draw_trees({"three-layer": THREE_LAYER, "utility": UTILITY})
    figure.canvas.draw()
    boxes = [text.get_bbox_patch().get_window_extent() for ax in figure.axes for text in ax.texts]
    assert not any(box.overlaps(other) for i, box in enumerate(boxes) for other in boxes[i + 1 :])
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["three-layer", "utility"]
    with pytest.raises(ValueError, match="at least one tree"):
        tree_map.draw_trees({})


def test_a_tree_stays_on_the_page_unless_its_boxes_would_touch():
    widest = figures.PAGE_WIDTH
    pair = {"layers": Tree.from_description({"master": ["investigate", "recover"]})}
    pair["units"] = THREE_LAYER
    for figure in (tree_map.draw_tree(UTILITY), tree_map.draw_trees(pair)):
        figure.canvas.draw()
        assert figure.bbox.width <= widest + 1
        assert min(text.get_fontsize() for ax in figure.axes for text in ax.texts) >= 7.9
    names = [f"transformer station {number}" for number in range(11)]
    crowd = Tree.from_description({"centre": names})
    assert tree_map.draw_tree(crowd).bbox.width > widest


def test_a_lost_unit_is_told_by_a_sign_and_a_line_style():
    ax = tree_map.draw_tree(THREE_LAYER, lost=("OFF",), marked=("headquarters",)).axes[0]
    words = {text.get_text(): text.get_bbox_patch() for text in ax.texts}
    assert "OFF" not in words and words["× OFF"].get_linestyle() == "--"
    assert words["headquarters"].get_linewidth() > words["commander"].get_linewidth()
    assert sum(line.get_linestyle() == ":" for line in ax.lines) == 1
    with pytest.raises(ValueError, match="no unit 'XYZ'"):
        tree_map.draw_tree(THREE_LAYER, lost=("XYZ",))


def test_the_text_names_every_unit_and_its_superior():
    text = tree_map.tree_text(UTILITY)
    assert all(unit.name in text for unit in UTILITY.units)
    assert (
        "4 levels, 18 units, 11 of them leaves" in text
        and "south commands water works, billing" in text
    )
    assert "one unit alone" in tree_map.tree_text(Tree("alone"))


def test_equal_trees_are_equal_pictures_on_a_solid_background():
    first, second = (tree_map.draw_tree(THREE_LAYER) for _ in range(2))
    assert figures.png_bytes(first) == figures.png_bytes(second)
    assert matplotlib.colors.to_rgba(first.get_facecolor())[3] == 1
