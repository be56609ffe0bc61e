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
from course_lib.stats import paired_contrast
from course_lib.training.config import get_config
from course_lib.training.trainer import Trainer
from course_lib.workbook.exercise import Lesson, Probe, example
from course_lib.workbook.quiz import Question, Quiz

torch.set_num_threads(1)

LESSON = Lesson(
    "13",
    quiz=Quiz(
        Question(
            "A three-layer team scores -160. With random weights and the same doctrine it scores -3,770, and five "
            "rules without a network score -107. What may you say?",
            right=(
                "Learning repaired most of the harm an untrained network does; it did not reach what the rules reach",
                "The gain over random weights is large, but the bar for a learned defender is the best thing known "
                "without learning.",
            ),
            wrong={
                "The hierarchy has learned to defend the network": "Five rules without any network do better.",
                "Training was useless": "It gained thousands of points over the weights it began with.",
            },
        ),
        Question(
            "Two arms, one seed each, 1,000 evaluation episodes each; the intervals over episodes do not overlap. "
            "Which method is better?",
            right=(
                "Unknown: each method has one observation",
                "The episodes say how good these two teams are. How much another training of the same method would "
                "differ, they cannot tell.",
            ),
            wrong={
                "The one with the higher score": "Another seed of the same arm can differ by more than the two did.",
                "Neither; the episodes must be paired first": "Pairing makes the comparison of the two teams sharper, "
                "not that of the methods.",
            },
        ),
        Question(
            "Why are the ticks left out in which an agent is busy?",
            right=(
                "Nothing was decided in them, so there is no choice to make likelier or less likely",
                "Their rewards are not lost: they count for the decision that began the action.",
            ),
            wrong={
                "To save memory": "It does, but they would be wrong even if memory were free: the drawn action was "
                "never carried out.",
                "Because no reward is paid in them": "Rewards come in every tick; they are added up, discounted.",
            },
        ),
    ),
)


@LESSON.exercise(
    title="What training added",
    priority="must",
    difficulty="easy",
    minutes=15,
    hints=(
        "One number for each seed first: the mean over its episodes of trained minus random.",
        "With n seeds the half-width is `t_quantile(0.975, n - 1)` times the standard deviation (ddof 1) over the root "
        "of n.",
    ),
    examples=(
        example(
            [[-100.0, -120.0], [-110.0, -110.0], [-90.0, -130.0]],
            [[-300.0, -320.0], [-310.0, -310.0], [-290.0, -330.0]],
            gives=(200.0, 200.0, 200.0),
        ),
        example(
            [[-100.0, -120.0], [-100.0, -140.0]],
            [[-110.0, -110.0], [-120.0, -120.0]],
            gives=(0.0, 0.0, 0.0),
        ),
    ),
    look_at='"The study" and "The four corners" in lesson 13',
    done="The next cell asks it about the recorded study.",
)
def training_gain(probe: Probe) -> None:
    rng = np.random.default_rng(131)
    for seeds, episodes in ((3, 8), (5, 20)):
        trained = [rng.normal(-150 + rng.normal(0, 30), 60, episodes) for _ in range(seeds)]
        untrained = [rng.normal(-200 + rng.normal(0, 5), 60, episodes) for _ in range(seeds)]
        means = [one.mean() - other.mean() for one, other in zip(trained, untrained, strict=True)]
        wanted = paired_contrast(means, np.zeros(seeds))
        got = probe([list(one) for one in trained], [list(one) for one in untrained])
        probe.require(np.shape(got) == (3,), "three numbers come back: gain, low, high")
        probe.equal(
            got[0], wanted.difference, "the gain is trained minus random, averaged over seeds"
        )
        probe.equal(
            got[2] - got[0], got[0] - got[1], "the interval lies symmetrically around the gain"
        )
        probe.equal(
            got[2] - got[1],
            wanted.high - wanted.low,
            "a seed is one observation: t interval over the seeds' mean gains, n - 1 degrees of freedom",
            tolerance=1e-4,
        )


def groups(tree: Tree) -> set[frozenset[str]]:
    """Which leaves stand under each inner unit."""
    return {frozenset(leaf.name for leaf in unit.leaves) for unit in tree.units if unit.children}


@LESSON.exercise(
    title="Your own tree",
    priority="must",
    difficulty="easy",
    minutes=10,
    hints=(
        "`Tree.from_description({'commander': {'group': ['RZA', ...], ...}})`: a dict with one key, the root.",
        "Which zones depend on each other? RZA and OZA work for mission A, RZB and OZB for mission B.",
    ),
    look_at='"What is learned, and from what" in lesson 13, and the trees of lesson 10',
    done="The next cell trains it. No weight knows the shape of the tree, so nothing else has to change.",
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
        "With the standard doctrine an untrained team loses thousands of points in *quiet* ticks. Who decides in them?",
        "A last rule that fires always takes four fifths of those ticks from the network. What should it do there?",
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
    score = cyber_range.evaluate(HierarchicalDefender(team, doctrine), episodes=24, seed=5000).mean
    probe.require(
        score > -1300,
        f"an untrained team with it scores better than -1,300; yours scores {score:,.0f}",
    )


@LESSON.exercise(
    title="Beat a scripted defender",
    priority="bonus",
    difficulty="medium",
    minutes=20,
    hints=(
        "`react-restore` restores whatever shows an event. Events lie about half of the time (lesson 11), and a "
        "Restore costs a point and five ticks.",
        "Any means will do: a trained team from `load_policy`, a doctrine with a weight of 1, a training of your own.",
    ),
    look_at='"The four corners" in lesson 13',
    done="Paired, on seeds that you could not search on.",
)
def my_defender(probe: Probe) -> None:
    policy = probe.answer
    kind = type(policy).__module__
    probe.require(
        hasattr(policy, "act_batch"), "the answer is a policy, for example a HierarchicalDefender"
    )
    probe.require(
        not kind.startswith("course_lib.cyber_range"),
        "it is not one of the ready scripted defenders",
    )
    probe.require(policy.defenders == "official", "it plays the five official defenders")
    mine, theirs = (
        cyber_range.evaluate(one, episodes=32, seed=6000).scores
        for one in (policy, "react-restore")
    )
    found = paired_contrast(mine, theirs)
    probe.require(
        found.low > 0,
        "better than react-restore, paired by episode, with an interval above 0; "
        f"yours differs by {found.difference:+,.0f} [{found.low:+,.0f}, {found.high:+,.0f}]",
    )
