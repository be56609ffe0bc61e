"""Exercises and quiz of lesson 13, training the hierarchy."""

from dataclasses import dataclass, field

import numpy as np
import torch

from course_lib import cyber_range
from course_lib.hierarchy import (
    FULL,
    THREE_LAYER,
    TWO_LAYER,
    Doctrine,
    HierarchicalDefender,
    Rule,
    Team,
    Tree,
)
from course_lib.hierarchy.spaces import ZONE_NAMES
from course_lib.training.config import get_config
from course_lib.training.trainer import Trainer
from course_lib.workbook.exercise import Lesson, Probe
from course_lib.workbook.quiz import Question, Quiz

torch.set_num_threads(1)

LESSON = Lesson(
    "13",
    quiz=Quiz(
        Question(
            "Why are the ticks left out in which an agent is busy?",
            right=(
                "No choice was made in them",
                "Their rewards are not lost: they count for the decision that began the action.",
            ),
            wrong={
                "To save memory while learning": (
                    "It does, but they would be wrong even if memory were free: the drawn action "
                    "was never carried out."
                ),
                "Because no reward is paid in them": (
                    "Rewards come in every tick; they are added up, discounted."
                ),
            },
        ),
        Question(
            "A team plays badly, and `pi` squared is worse still. The mean of `pi` over hosts that "
            "look alike is better. What does that say?",
            right=(
                "What it prefers among such hosts is noise",
                "Sharpening trusts every preference more, averaging takes those away that no sign "
                "supports.",
            ),
            wrong={
                "It has been trained for too few steps": (
                    "More steps could mend it, but the two trials do not say so."
                ),
                "It plays too undecidedly to defend well": (
                    "Then the sharper policy would have been better."
                ),
            },
        ),
        Question(
            "A team was taught by a script and scores what the script scores. What may you say?",
            right=(
                "It knows what people wrote down",
                "No reward was used: it can play so, but it has not found out how by itself.",
            ),
            wrong={
                "It has learned to defend by itself": (
                    "Learning from the reward alone is another claim, with another training."
                ),
                "It will beat the script before long": (
                    "A pupil can at best do what its teacher does; to go beyond, it must be paid."
                ),
            },
        ),
    ),
)


HOST_ACTIONS = (slice(0, 16), slice(17, 33), slice(33, 49), slice(66, 82))
"""Analyse, Remove, Restore and DeployDecoy, slot 0 first."""
SIGNS = (slice(28, 44), slice(44, 60), slice(60, 76))
"""Process events, connection events and host priorities of a message."""


def averaged_by_loops(pi: np.ndarray, message: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """The right answer, one host at a time."""
    wanted = pi.copy()
    for row in range(len(pi)):
        shown = [tuple(message[row, part][slot] for part in SIGNS) for slot in range(16)]
        for part in HOST_ACTIONS:
            values, there = pi[row, part], allowed[row, part]
            for slot in np.flatnonzero(there):
                alike = [i for i in np.flatnonzero(there) if shown[i] == shown[slot]]
                wanted[row, part.start + slot] = values[alike].mean()
    return wanted


def some_zones(seed: int, zones: int = 4) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """pi, messages and allowed actions of zones with a few signs; the last one lacks its first and
    last host."""
    rng = np.random.default_rng(seed)
    message = np.zeros((zones, 76))
    for part, values in zip(SIGNS, ([0, 1], [0, 1], [0, 0, 1 / 3, 1]), strict=True):
        message[:, part] = rng.choice(values, (zones, 16))
    exists = rng.random((zones, 16)) < 0.8
    exists[0], exists[-1, [0, 15]] = True, False
    allowed = np.ones((zones, 82), bool)
    for part in HOST_ACTIONS:
        allowed[:, part] = exists
    pi = rng.dirichlet(np.ones(82), zones) * allowed
    return pi / pi.sum(axis=1, keepdims=True), message, allowed


def all_alike(probe: Probe) -> None:
    """look_alikes(pi, message, allowed) is pi itself where every existing host has the same pi"""
    allowed = torch.ones(1, 82, dtype=torch.bool)
    pi = torch.full((1, 82), 1 / 82)
    said = "equal probabilities stay equal"
    probe.equal(probe(pi, torch.zeros(1, 76), allowed), pi, said, tolerance=1e-5)


@LESSON.exercise(
    title="Hosts that look alike",
    priority="must",
    difficulty="medium",
    minutes=20,
    hints=(
        "`torch.stack([...], dim=2)` of the three parts of the message is (B, 16, 3). Compare it "
        "with itself: `signs[:, :, None] == signs[:, None]` is (B, 16, 16, 3).",
        "Of the pairs that are the same keep those whose hosts both exist: then the sum over the "
        "alikes, divided by their number (at least 1).",
    ),
    examples=(all_alike,),
    look_at='"Why is it worse than its rules?" in lesson 13',
    done="The next cell plays the shipped weights with it: no training, and a better defender.",
)
def look_alikes(probe: Probe) -> None:
    for seed in (135, 136):
        pi, message, allowed = some_zones(seed)
        tensors = torch.tensor(pi).float(), torch.tensor(message).float(), torch.tensor(allowed)
        got = probe(*tensors)
        shape = tuple(np.shape(got))
        probe.require(shape == pi.shape, "one probability comes back for each action, (B, 82)")
        got = got.detach().numpy() if hasattr(got, "detach") else np.asarray(got)
        probe.equal(got[~allowed], np.zeros((~allowed).sum()), "hosts that do not exist keep 0")
        without_host = [16, *range(49, 66)]
        said = "Monitor, Sleep and traffic have no host: they stay what they are"
        probe.equal(got[:, without_host], pi[:, without_host], said, tolerance=1e-5)
        for part in HOST_ACTIONS:
            said = "each class of action keeps its sum: hosts share, nothing is added"
            probe.equal(got[:, part].sum(1), pi[:, part].sum(1), said, tolerance=1e-4)
        said = (
            "each existing host gets the mean over the existing hosts of its zone that show the "
            "same three signs, class by class"
        )
        probe.equal(got, averaged_by_loops(pi, message, allowed), said, tolerance=1e-4)


def groups(tree: Tree) -> set[frozenset[str]]:
    """Which leaves stand under each inner unit."""
    return {frozenset(leaf.name for leaf in unit.leaves) for unit in tree.units if unit.children}


@LESSON.exercise(
    title="Your own tree",
    priority="must",
    difficulty="easy",
    minutes=10,
    hints=(
        (
            "`Tree.from_description({'commander': {'group': ['RZA', ...], ...}})`: a dict with one "
            "key, the root."
        ),
        (
            "Which zones depend on each other? RZA and OZA work for mission A, RZB and OZB for "
            "mission B."
        ),
    ),
    look_at='"What is learned, and from what" in lesson 13, and the trees of lesson 10b',
    done=(
        "The next cell trains it. No weight knows the shape of the tree, so nothing else has to "
        "change."
    ),
)
def my_tree(probe: Probe) -> None:
    tree = probe.answer
    probe.require(isinstance(tree, Tree), "the answer is a Tree")
    leaves = [leaf.name for leaf in tree.leaves]
    missing = ", ".join(zone for zone in ZONE_NAMES if zone not in leaves)
    probe.require(not missing, f"each of the seven zones is a leaf; missing: {missing}")
    strange = ", ".join(name for name in leaves if name not in ZONE_NAMES)
    probe.require(not strange, f"every leaf is a zone with a defender; not one: {strange}")
    probe.require(tree.height >= 3, f"at least three layers; yours has {tree.height}")
    probe.require(
        groups(tree) not in (groups(TWO_LAYER), groups(THREE_LAYER)),
        "the groups differ from those of the ready trees",
    )
    small = get_config("fast", num_envs=1, num_steps=12, epochs=1)
    record = Trainer(HierarchicalDefender(Team(tree)), config=small).step()
    probe.require("leaves" in record.decisions_by_group, "a trainer can train it")


def same(rule) -> tuple:
    """What a rule does, whatever it is called."""
    return rule.see, tuple(sorted(rule.do)), rule.hosts, tuple(sorted(rule.phases))


@dataclass(frozen=True)
class CountingDoctrine(Doctrine):
    """A doctrine that notes in `fired` which of its rules decided."""

    fired: set[int] = field(default_factory=set, compare=False)

    def consult(self, messages: np.ndarray, allowed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As in `Doctrine`."""
        mask, decided = super().consult(messages, allowed)
        self.fired.update(decided[decided < len(self.rules)].tolist())
        return mask, decided


def rules_that_fire(doctrine: Doctrine) -> list[Rule]:
    """The rules that decide at least once when an untrained team plays two episodes."""
    counting = CountingDoctrine(doctrine.rules)
    defender = HierarchicalDefender(Team(THREE_LAYER, seed=0), counting)
    cyber_range.evaluate(defender, episodes=2, seed=5000)
    return [doctrine.rules[place] for place in sorted(counting.fired)]


@LESSON.exercise(
    title="Your own doctrine",
    priority="should",
    difficulty="medium",
    minutes=15,
    hints=(
        (
            "With the standard doctrine an untrained team loses thousands of points in *quiet* "
            "ticks. Who decides in them?"
        ),
        (
            "A last rule that fires always takes four fifths of those ticks from the network. What "
            "should it do there?"
        ),
    ),
    look_at='"Train it" in lesson 13, and "A better doctrine, honestly" in lesson 11',
    done="The next cell gives it to the trained weights, too.",
)
def my_doctrine(probe: Probe) -> None:
    doctrine = probe.answer
    probe.require(isinstance(doctrine, Doctrine), "the answer is a Doctrine")
    known = {same(rule) for rule in FULL.rules}
    own = any(same(rule) not in known and rule.enabled for rule in doctrine.rules)
    probe.require(own, "at least one rule is your own, not one of FULL")
    fired = rules_that_fire(doctrine)
    heard = any(same(rule) not in known and rule in fired for rule in doctrine.rules)
    names = ", ".join(repr(rule.name) for rule in fired) or "none"
    said = f"your own rule decides at least once in two episodes; the rules that did: {names}"
    probe.require(heard, said)
    team = Team(THREE_LAYER, seed=0)
    # Eight are enough: who answers in quiet ticks is worth thousands of points, luck hundreds.
    score = cyber_range.evaluate(HierarchicalDefender(team, doctrine), episodes=8, seed=5000).mean
    probe.require(
        score > -1300,
        f"an untrained team with it scores better than -1,300; yours scores {score:,.0f}",
    )
