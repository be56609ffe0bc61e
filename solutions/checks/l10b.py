"""Exercises and quiz of lesson 10b, trees that grow, shrink and lose members."""

import numpy as np

from course_lib.cyber_range.actions import action_layout
from course_lib.hierarchy import Tree
from course_lib.hierarchy.arbitration import arbiters
from course_lib.hierarchy.spaces import ZONE_NAMES
from course_lib.hierarchy.wiring import Wiring
from course_lib.workbook.exercise import Lesson, Probe, example
from course_lib.workbook.quiz import Question, Quiz

LESSON = Lesson(
    "10b",
    quiz=Quiz(
        Question(
            "Losing the commander at the top cost exactly nothing in the lesson. Why?",
            right=(
                "The doctrine had all the weight, so nobody obeyed commands",
                "With doctrine_weight=1 the command has no part in the sum. A hierarchy is worth "
                "what its commands are worth.",
            ),
            wrong={
                "The group commanders took over its work, as the paper promises": (
                    "They kept their place, but had their orders been obeyed, the score would have "
                    "moved."
                ),
                "Its attention was uniform, so its message told nobody anything": (
                    "It was, and with other commands a random commander did change the score."
                ),
            },
        ),
        Question(
            "A three-layer team goes on under one commander for all seven zones. What does that "
            "show?",
            right=(
                "No weight has to change; how well it goes on must be measured",
                "The sizes fit any tree. Whether weights trained with three children weigh seven "
                "well is another question, which 64 episodes answered.",
            ),
            wrong={
                "Its commander has learned to lead a team of any shape": (
                    "It never saw another shape. It runs because no size depends on the number of "
                    "children."
                ),
                "The group commanders were trained badly, and are not needed": (
                    "One team shows nothing of the kind; its commands may matter little, though."
                ),
            },
        ),
        Question(
            "The trained team loses a group commander, and the score does not move. Which control "
            "comes next?",
            right=(
                "The same team with its commands switched off",
                "If nothing is missing without any command, nothing was lost with the commander.",
            ),
            wrong={
                "The same loss with one other seed, for luck": (
                    "64 episodes in pairs have averaged the luck out already."
                ),
                "The same loss at a later tick of the episode": (
                    "It would answer when a loss hurts, not whether there was anything to lose."
                ),
            },
        ),
    ),
)


@LESSON.exercise(
    title="Explain the loss of OFF",
    priority="must",
    difficulty="easy",
    minutes=5,
    hints=(
        "Before: three children, after: two. What is a uniform share in each case?",
        (
            "A command, a message and a weight have sizes that do not depend on the number of "
            "children."
        ),
    ),
    look_at='"Growing and shrinking in mid-episode" in lesson 10b',
    done=(
        "Three of the five are exact whatever the weights; the two shares hold as untrained "
        "attention is uniform."
    ),
)
def lost_child(probe: Probe) -> None:
    said = {
        "share of ADM before": (
            1 / 3,
            "untrained attention is uniform among the three children that are present",
        ),
        "share of ADM after": (
            1 / 2,
            "untrained attention is uniform among the two children that remain",
        ),
        "share of OFF after": (0, "a lost child is masked: nobody gives it any attention"),
        "weights of phi changed": (0, "no weight of phi depends on how many children there are"),
        "messages the top commander fuses": (
            3,
            "OFF reports to headquarters; the top commander hears the groups",
        ),
    }
    got = probe.answer
    probe.require(
        isinstance(got, dict) and set(got) == set(said),
        "the five entries of the stub are filled in",
    )
    for name, (value, reason) in said.items():
        probe.equal(got[name], value, reason, tolerance=0.02)


@LESSON.exercise(
    title="Orphans are adopted",
    priority="must",
    difficulty="medium",
    minutes=15,
    hints=(
        "Go through the units one by one. Who is left out, and whose superior changes?",
        "`superior[gone] if above == gone else above`, for every unit but ``gone``.",
    ),
    examples=(
        example(
            {"RZA": "restricted", "restricted": "commander", "commander": None},
            "restricted",
            gives={"RZA": "commander", "commander": None},
        ),
        example(
            {"RZA": "commander", "RZB": "commander", "commander": None},
            "RZB",
            gives={"RZA": "commander", "commander": None},
        ),
    ),
    look_at='"Growing and shrinking in mid-episode" in lesson 10b',
    done="Nothing but the chain of command has changed. The weights never knew it.",
)
def adopted(probe: Probe) -> None:
    rng = np.random.default_rng(106)
    for units in (4, 7, 12):
        chain = _random_chain(units, rng)
        for gone in [name for name, above in chain.items() if above is not None]:
            got = probe(chain, gone)
            probe.require(isinstance(got, dict), "a dict comes back")
            probe.require(gone not in got, f"{gone} is gone: it has no entry any more")
            left = {*chain} - {gone}
            probe.require({*got} == left, "every other unit keeps its entry")
            for name in sorted(left):
                above = chain[name]
                wanted = chain[gone] if above == gone else above
                said = f"{name} reported to {above}, {gone} is gone: it reports to {wanted}"
                probe.require(got[name] == wanted, said)


def _random_chain(units: int, rng: np.random.Generator) -> dict[str, str | None]:
    """A random chain of command; each unit reports to one with a lower number."""
    chain: dict[str, str | None] = {"unit 0": None}
    for number in range(1, units):
        chain[f"unit {number}"] = f"unit {rng.integers(number)}"
    return chain


@LESSON.exercise(
    title="A staff of your own",
    priority="bonus",
    difficulty="easy",
    minutes=10,
    hints=(
        "Start from `THREE_LAYER.description()` and put another commander between two levels.",
        (
            "For example an 'abroad' commander over the groups 'restricted' and 'operational', and "
            "headquarters beside it."
        ),
    ),
    look_at='"Trees" in lesson 10b, and course_lib/hierarchy/tree.py',
    done="Four levels, and not a line of the unit was changed.",
)
def my_tree(probe: Probe) -> None:
    tree = probe.answer
    probe.require(isinstance(tree, Tree), "it is a Tree: Tree.from_description({...})")
    leaves = sorted(leaf.name for leaf in tree.leaves)
    probe.equal(
        leaves, sorted(ZONE_NAMES), "each defended zone is a leaf, and there is no other leaf"
    )
    probe.require(tree.height == 4, "the tree has four levels, leaves and root included")
    wiring = Wiring.of(tree)
    owner = action_layout("official").owner[
        [ZONE_NAMES.index(name) for name in wiring.names[: len(leaves)]]
    ]
    chooser = wiring.names[arbiters(wiring, owner)[0].unit]
    said = (
        "the lowest commander of ADM, OFF and PAZ, who chooses which of them acts, is not the root"
    )
    probe.require(chooser != tree.name, said)
