"""The command tree: described, drawn, saved, grown and shrunk; its wiring; and who lends weights to
newcomers."""

import json

import numpy as np
import pytest
import torch

from course_lib.hierarchy import (
    THREE_LAYER,
    TWO_LAYER,
    UTILITY,
    Team,
    TeamConfig,
    Tree,
)
from course_lib.hierarchy.arbitration import arbiters
from course_lib.hierarchy.wiring import Wiring

torch.set_num_threads(1)
SMALL = {"chief": {"left": ["a", "b"], "right": {"middle": "c"}}}
"""Leaves a, b and c on two levels of the drawing; 'right' stands above 'middle' alone."""


def names(units):
    return [unit.name for unit in units]


# description


@pytest.mark.parametrize(
    "description",
    [
        SMALL,
        {"chief": [{"left": ["a", "b"]}, {"right": [{"middle": ["c"]}]}]},
        {"chief": [{"left": ("a", "b"), "right": {"middle": {"c": None}}}]},
    ],
)
def test_one_tree_may_be_described_in_several_ways(description):
    tree = Tree.from_description(description)
    assert tree == Tree.from_description(SMALL) == Tree.from_description(tree.description())
    assert names(tree.units) == ["chief", "left", "a", "b", "right", "middle", "c"]
    assert names(tree.leaves) == ["a", "b", "c"]


def test_levels_count_from_the_leaves():
    tree = Tree.from_description(SMALL)
    assert [names(level) for level in tree.levels] == [
        ["a", "b", "c"],
        ["left", "middle"],
        ["right"],
        ["chief"],
    ]
    assert tree.height == 4 and tree.find("left").height == 2
    assert Tree("alone").levels == ((Tree("alone"),),)


@pytest.mark.parametrize(
    ("description", "says"),
    [
        ("chief", "a dict with one key"),
        ({}, "a dict with one key"),
        ({"a": [], "b": []}, "a dict with one key"),
        ({"chief": 3}, "children of 'chief' must be a dict or a list of names, not int"),
        ({"chief": ["a", 3]}, "3 is not a name"),
        ({"": ["a"]}, "'' is not a name"),
        ({"chief": ["a", {"b": ["a"]}]}, "two units are called 'a'"),
        ({"chief": ["chief"]}, "two units are called 'chief'"),
    ],
)
def test_a_wrong_description_is_one_line(description, says):
    with pytest.raises(ValueError, match=says) as problem:
        Tree.from_description(description)
    assert "\n" not in str(problem.value)


@pytest.mark.parametrize("depth", [51, 500, 5000])
def test_a_bottomless_tree_is_refused(depth):
    description = "bottom"
    for level in range(depth - 1):
        description = {f"unit {level}": [description]}
    with pytest.raises(ValueError, match="more than 50 levels"):
        Tree.from_description(description)


def test_fifty_levels_and_many_units_are_fine():
    description = "bottom"
    for level in range(49):
        description = {f"unit {level}": [description]}
    assert Tree.from_description(description).height == 50
    assert len(Tree.from_description({"chief": [f"leaf {i}" for i in range(5000)]}).leaves) == 5000


# drawing


def test_a_tree_is_drawn_one_unit_a_line():
    assert Tree.from_description(SMALL).draw().splitlines() == [
        "chief",
        "├─ left",
        "│  ├─ a",
        "│  └─ b",
        "└─ right",
        "   └─ middle",
        "      └─ c",
    ]


# growing and shrinking


def test_a_child_is_added_as_name_description_or_tree():
    tree = Tree.from_description(SMALL)
    for child in ("d", {"d": []}, Tree("d")):
        grown = tree.with_child("right", child)
        assert (
            names(grown.find("right").children) == ["middle", "d"]
            and grown.parent_of("d") == "right"
        )
    assert tree == Tree.from_description(SMALL), "the old tree is as it was"
    assert tree.with_child("a", {"x": ["y"]}).height == 5


def test_a_unit_is_removed_and_its_children_adopted_or_lost():
    tree = Tree.from_description(SMALL)
    assert names(tree.without("left").children) == ["a", "b", "right"]
    assert names(tree.without("left", orphans="lost").units) == ["chief", "right", "middle", "c"]
    assert tree.without("a").description() == {
        "chief": [{"left": ["b"]}, {"right": [{"middle": ["c"]}]}]
    }
    assert names(tree.without("c").leaves) == ["a", "b", "middle"], (
        "a superior without children becomes a leaf"
    )
    assert Tree.from_description({"chief": ["a"]}).without("a") == Tree("chief")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda tree: tree.without("chief"), "'chief' is the root"),
        (
            lambda tree: tree.without("nobody"),
            "no unit 'nobody' in this tree; there are chief, left",
        ),
        (lambda tree: tree.without("left", orphans="sold"), "allowed: adopted, lost"),
        (lambda tree: tree.with_child("nobody", "d"), "no unit 'nobody'"),
        (lambda tree: tree.with_child("left", "c"), "two units are called 'c'"),
        (lambda tree: tree.with_child("left", 7), "a dict with one key"),
        (lambda tree: tree.find("nobody"), "no unit 'nobody'"),
    ],
)
def test_an_impossible_change_is_one_line(change, says):
    with pytest.raises(ValueError, match=says):
        change(Tree.from_description(SMALL))


# files


@pytest.mark.parametrize(
    "tree", [TWO_LAYER, THREE_LAYER, UTILITY, Tree("alone"), Tree.from_description(SMALL)]
)
def test_a_saved_tree_is_the_same(tree, tmp_path):
    tree.save(tmp_path / "tree.json")
    assert Tree.load(tmp_path / "tree.json") == tree


GOOD = {"format": "course_lib command tree", "version": 1, "tree": SMALL}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "null",
        "[]",
        "\x00\x01",
        json.dumps({**GOOD, "format": "course_lib scripted policy"}),
        json.dumps({**GOOD, "version": 2}),
        json.dumps({**GOOD, "tree": None}),
        json.dumps({**GOOD, "tree": {"chief": ["a", "a"]}}),
        json.dumps(GOOD)[:-5],
        json.dumps({**GOOD, "tree": 0}).replace("0", '{"x":[' * 400 + "]}" * 400),
        '{"x":' * 100_000,
        " " * 1_000_001,
    ],
)
def test_a_damaged_or_foreign_file_is_one_line(content, tmp_path):
    (tmp_path / "tree.json").write_text(content)
    with pytest.raises(ValueError) as problem:
        Tree.load(tmp_path / "tree.json")
    assert str(problem.value) and "\n" not in str(problem.value)


def test_binary_absent_and_folder_are_one_line(tmp_path):
    (tmp_path / "tree.json").write_bytes(b"\xff\xfe\x80")
    for path, says in (
        (tmp_path / "tree.json", "not text in UTF-8"),
        (tmp_path / "none.json", "does not exist"),
        (tmp_path, "is a folder"),
    ):
        with pytest.raises(ValueError, match=says) as problem:
            Tree.load(path)
        assert str(path) in str(problem.value) and "\n" not in str(problem.value)


# the structures


def test_the_papers_structures_are_1_7_and_1_3_7():
    assert [len(level) for level in TWO_LAYER.levels] == [7, 1]
    assert [len(level) for level in THREE_LAYER.levels] == [7, 3, 1]
    assert set(names(TWO_LAYER.leaves)) == set(names(THREE_LAYER.leaves))


def test_the_free_example_has_four_levels_and_uneven_widths():
    widths = {len(unit.children) for unit in UTILITY.units if unit.children}
    assert UTILITY.height == 4 and widths >= {1, 2, 3, 5}


# the wiring


def test_wiring_numbers_leaves_first_and_the_root_last():
    wiring = Wiring.of(Tree.from_description(SMALL))
    assert wiring.names == ("a", "b", "c", "left", "middle", "right", "chief")
    assert wiring.parent.tolist() == [3, 3, 4, 6, 5, 6, -1]
    assert [level.tolist() for level in wiring.levels] == [[0, 1, 2], [3, 4], [5], [6]]
    assert wiring.children[1].tolist() == [[0, 1], [2, 0]] and wiring.has_child[1].tolist() == [
        [True, True],
        [True, False],
    ]
    assert wiring.children[3].tolist() == [[3, 5]] and wiring.count == 7 and wiring.leaf_count == 3
    assert wiring.number("chief") == 6
    with pytest.raises(ValueError, match="no unit 'x'"):
        wiring.number("x")


def test_values_are_merged_upwards_and_the_lost_are_left_out():
    wiring = Wiring.of(Tree.from_description(SMALL))
    leaves, alive = np.array([[0.2, 0.6, 0.9]]), np.ones((1, 7), bool)
    assert np.allclose(wiring.merge_up(leaves, alive, "max"), [[0.2, 0.6, 0.9, 0.6, 0.9, 0.9, 0.9]])
    assert np.allclose(wiring.merge_up(leaves, alive, "mean")[0, 3:], [0.4, 0.9, 0.9, 0.65])
    alive[0, [1, 5]] = False  # the leaf b, and the inner unit 'right'
    assert np.allclose(wiring.merge_up(leaves, alive, "max")[0, 3:], [0.2, 0.9, 0.9, 0.2])
    assert np.allclose(wiring.merge_up(leaves, alive, "mean")[0, [3, 6]], [0.2, 0.2])
    alive[0, 0] = False
    assert wiring.merge_up(leaves, alive, "max")[0, 3] == 0, "nobody left to hear"
    wide = np.stack([leaves, 1 - leaves], axis=2)  # (1, 3, 2): any number of further axes
    assert np.allclose(wiring.merge_up(wide, np.ones((1, 7), bool), "mean")[0, 3], [0.4, 0.6])


def test_each_ioc_scope():
    wiring = Wiring.of(Tree.from_description(SMALL))
    ioc, alive = np.arange(7.0)[None] / 10, np.ones((1, 7), bool)
    assert wiring.observed_ioc(ioc, "own", alive).tolist() == ioc.tolist()
    assert wiring.observed_ioc(ioc, "tree", alive).tolist() == [[0.6] * 7]
    assert wiring.observed_ioc(ioc, "siblings", alive).tolist() == [
        [0.3, 0.3, 0.4, 0.6, 0.5, 0.6, 0.6]
    ]
    alive[0, [3, 6]] = False  # who collected is lost: there remains the own
    assert wiring.observed_ioc(ioc, "siblings", alive).tolist() == [
        [0.0, 0.1, 0.4, 0.3, 0.5, 0.5, 0.6]
    ]
    assert wiring.observed_ioc(ioc, "tree", alive).tolist() == ioc.tolist()


# who chooses for a shared agent


def test_the_arbiter_is_the_lowest_unit_that_commands_all_zones_of_the_agent():
    owner = np.array([0, 1, 2, 3, 4, 4, 4])
    (two,), (three,) = (arbiters(Wiring.of(tree), owner) for tree in (TWO_LAYER, THREE_LAYER))
    assert Wiring.of(TWO_LAYER).names[two.unit] == "commander" and two.child.tolist() == [4, 5, 6]
    assert Wiring.of(THREE_LAYER).names[three.unit] == "headquarters" and three.child.tolist() == [
        0,
        1,
        2,
    ]
    assert (three.level, three.place, three.leaves.tolist()) == (1, 2, [4, 5, 6])
    assert arbiters(Wiring.of(TWO_LAYER), np.arange(7)) == ()


def test_leaves_may_be_reached_through_inner_children():
    tree = Tree.from_description({"chief": ["a", {"left": ["b", "c"]}, "d"]})
    (found,) = arbiters(Wiring.of(tree), np.array([0, 1, 1, 1]))  # b, c and d share an agent
    assert (
        found.leaves.tolist() == [1, 2, 3]
        and found.child.tolist() == [1, 1, 2]
        and found.level == 2
    )


# whose weights serve newcomers


def weights_of(team, name):
    """The key of the weights that serve a unit."""
    number = team.wiring.number(name)
    level = next(n for n, units in enumerate(team.wiring.levels) if number in units)
    unit = team.unit_at(level, int(np.flatnonzero(team.wiring.levels[level] == number)[0]))
    return next(key for key, module in team.units.items() if module is unit)


def test_with_shared_weights_a_new_level_borrows_from_the_highest():
    team = Team(TWO_LAYER)
    assert list(team.units) == ["level 1", "level 2"]
    team.rewire(THREE_LAYER)
    assert [weights_of(team, name) for name in ("RZA", "restricted", "commander")] == [
        "level 1",
        "level 2",
        "level 2",
    ]
    alone = Team(Tree("alone"))
    alone.rewire(TWO_LAYER)
    assert weights_of(alone, "commander") == "level 1"


def test_without_sharing_newcomers_borrow_from_their_level_or_the_first_root():
    team = Team(Tree.from_description(SMALL), TeamConfig(share="unit"))
    assert len(team.units) == 7 and weights_of(team, "b") == "unit b"
    grown = team.tree.with_child("left", "d").with_child("chief", {"new": ["e"]})
    team.rewire(grown)
    assert (
        weights_of(team, "b") == "unit b"
        and weights_of(team, "d") == weights_of(team, "e") == "unit a"
    )
    assert weights_of(team, "new") == "unit left"
    team.rewire(Tree.from_description({"king": {"duke": ["x", "y"]}}))
    assert (
        weights_of(team, "x") == "unit a"
        and weights_of(team, "duke") == weights_of(team, "king") == "unit chief"
    )


def test_any_word_may_be_the_name_of_a_unit_with_weights_of_its_own():
    team = Team(
        Tree.from_description({"forward": ["train", "keys", "10.0.0.1"]}), TeamConfig(share="unit")
    )
    assert (
        weights_of(team, "10.0.0.1") == "unit 10·0·0·1"
        and weights_of(team, "train") == "unit train"
    )


def test_the_seed_decides_the_first_weights_and_leaves_torchs_generator_alone():
    state = torch.get_rng_state()
    one, same, other = (Team(TWO_LAYER, seed=seed).state_dict() for seed in (0, 0, 1))
    assert torch.equal(state, torch.get_rng_state())
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("options", [{"share": "all"}, {"command_every": 0}])
def test_an_impossible_team_is_one_line(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        TeamConfig(**options)
