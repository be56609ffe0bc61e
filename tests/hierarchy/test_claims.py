"""What the HC-MARL paper claims of its architecture: each test sets up a tree and shows a claim on
numbers."""

import numpy as np
import pytest
import torch

from course_lib.cyber_range import VectorRange
from course_lib.cyber_range.constants import ACTION_CLASSES
from course_lib.hierarchy import (
    NONE,
    STANDARD,
    THREE_LAYER,
    TWO_LAYER,
    UTILITY,
    HierarchicalDefender,
    Observation,
    PolicyConfig,
    Team,
    TeamConfig,
    Tree,
    Unit,
    UnitConfig,
    reward_function,
)
from course_lib.hierarchy import (
    spaces as layout,
)

torch.set_num_threads(1)
ANALYSE, REMOVE, RESTORE, DECOY = range(4)


def everybody(team, rows=1):
    """(R, U) bool: nobody is lost."""
    return np.ones((rows, team.wiring.count), bool)


def descend(team, alive=None, messages=None, draws=0.5, doctrine=None):
    """One downward pass in one environment, all messages alike unless given."""
    units = team.wiring.count
    messages = torch.full((1, units, 76), 0.3) if messages is None else messages
    doctrine = torch.zeros(1, units, 82) if doctrine is None else doctrine
    alive = everybody(team) if alive is None else alive
    return team.down(
        messages, torch.zeros(1), torch.zeros(1, units), doctrine, alive, np.full((1, units), draws)
    )


def insist(unit, action_class):
    """Make a unit want one class of action, whatever it hears."""
    with torch.no_grad():
        unit.policy_function.network[-1].bias[
            torch.as_tensor(layout.CLASS_MEMBERS[action_class])
        ] = 20.0


def weights_of(module):
    """A copy of all weights."""
    return {name: value.clone() for name, value in module.state_dict().items()}


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


class Rollout:
    """A defender in eight environments of the range."""

    def __init__(self, tree, defenders="per-zone", doctrine=STANDARD, **config):
        self.defender = HierarchicalDefender(Team(tree, TeamConfig(**config)), doctrine, defenders)
        self.range = VectorRange(8, defenders=defenders, seed=3, observation="message")
        self.obs, self.info = self.range.reset()
        self.defender.reset(3)

    def play(self, ticks):
        """The decisions of some ticks."""
        made = []
        self.defender.recorder = lambda defender, tick, scene, done: made.append(
            (tick, scene, done)
        )
        for _ in range(ticks):
            self.obs, _, _, _, self.info = self.range.step(
                self.defender.act_batch(self.obs, self.info)
            )
        return made


# "an arbitrary number of agents at each layer without requiring modifications to the model
# structure" (3.4)


def test_any_number_of_children():
    unit = Unit()
    before = weights_of(unit)
    torch.manual_seed(0)
    for children in (0, 1, 2, 7, 64):
        record = unit.aggregate(
            torch.rand(5, children, 76), torch.ones(5, children, dtype=torch.bool)
        )
        assert record.message.shape == (5, 76) and record.attention.shape == (
            5,
            4,
            children,
            children,
        )
    assert same(unit.state_dict(), before)


def test_a_team_of_any_depth_and_width_has_the_weights_of_one_unit_a_level():
    sizes = {}
    for width in (1, 8, 64):
        team = Team(Tree.from_description({"chief": [f"leaf {i}" for i in range(width)]}))
        sizes[width] = sum(value.numel() for value in team.parameters())
        up = team.up(torch.rand(2, width, 76), everybody(team, 2))
        assert up.messages.shape == (2, width + 1, 76) and up.records[1].attention.shape == (
            2,
            1,
            4,
            width,
            width,
        )
        assert descend(team).commands.shape == (1, width + 1, 8)
    assert len(set(sizes.values())) == 1


# "observation spaces, action spaces, and the forms of policy and value functions ... must remain
# consistent" (3.2)


def test_spaces_are_consistent_at_every_level():
    team = Team(UTILITY)
    shapes = [
        {name: value.shape for name, value in unit.state_dict().items()}
        for unit in team.units.values()
    ]
    assert len(shapes) == 4 and all(one == shapes[0] for one in shapes)
    up, down = team.up(torch.rand(1, 11, 76), everybody(team)), descend(team)
    assert up.messages.shape[2] == 76 and down.commands.shape[2] == 8
    assert down.class_probabilities.shape == (1, team.wiring.count, 8)
    commanders = down.class_probabilities[0, team.wiring.leaf_count :]
    assert torch.allclose(commanders.sum(dim=1), torch.ones(len(commanders)), atol=1e-5)


def test_a_unit_of_one_level_can_serve_at_any_other():
    team = Team(UTILITY)
    before = team.up(torch.rand(1, 11, 76), everybody(team)).messages[0, -1]
    for key in ("level 2", "level 3"):
        team.units[key].load_state_dict(team.units["level 4"].state_dict())
    after = team.up(torch.rand(1, 11, 76), everybody(team)).messages[0, -1]
    assert (
        after.shape == before.shape and after.isfinite().all() and not torch.allclose(before, after)
    )


# "bottom-up feedback information flow" (3.2): messages, rewards, IOCs


def test_messages_flow_bottom_up_to_all_superiors_and_to_nobody_else():
    team = Team(UTILITY)
    torch.manual_seed(0)
    leaves = torch.rand(1, 11, 76)
    quiet = team.up(leaves, everybody(team)).messages[0]
    leaves[0, team.wiring.number("plant 2")] = 0.0
    moved = (team.up(leaves, everybody(team)).messages[0] - quiet).abs().amax(dim=1) > 1e-4
    assert {name for name, m in zip(team.wiring.names, moved, strict=True) if m} == {
        "plant 2",
        "power plants",
        "north",
        "national centre",
    }


def test_a_unit_hears_its_own_children_alone_so_a_lost_superior_cuts_them_off():
    team = Team(UTILITY)
    torch.manual_seed(0)
    leaves, alive = torch.rand(1, 11, 76), everybody(team)
    alive[0, team.wiring.number("power plants")] = False
    quiet = team.up(leaves, alive).messages[0]
    leaves[0, team.wiring.number("plant 2")] = 0.0
    moved = (team.up(leaves, alive).messages[0] - quiet).abs().amax(dim=1) > 1e-6
    assert moved[team.wiring.number("power plants")], "it still hears"
    assert not moved[team.wiring.number("north")] and not moved[-1], "but is not heard"


def test_rewards_flow_bottom_up_as_averages():
    team = Team(THREE_LAYER)
    leaves = np.arange(7.0)[None]
    rewards = team.wiring.merge_up(leaves, everybody(team), "mean")[0]
    groups = [
        reward_function(leaves[0, zones], np.ones(len(zones)))
        for zones in ([0, 1], [2, 3], [4, 5, 6])
    ]
    assert rewards[7:10].tolist() == [float(group) for group in groups]
    assert rewards[10] == pytest.approx(reward_function(np.array(groups), np.ones(3)))


# "top-down guidance information flow" (3.2)


def test_commands_flow_top_down_level_by_level():
    team = Team(THREE_LAYER)
    insist(team.units["level 3"], DECOY)
    insist(team.units["level 2"], REMOVE)
    down = descend(team)
    floor = team.config.unit.command_floor
    wanted = {"commander": None, "restricted": DECOY, "operational": DECOY, "headquarters": DECOY}
    for number, name in enumerate(team.wiring.names):
        asked = wanted.get(name, REMOVE)
        priorities = [floor] * 8 if asked is not None else [1.0] * 8
        if asked is not None:
            priorities[asked] = 1.0
        assert down.commands[0, number].tolist() == pytest.approx(priorities), name
    assert down.drawn[0].tolist() == [-1] * 7 + [REMOVE] * 3 + [DECOY]
    assert torch.allclose(down.log_prob[0, 7:], torch.zeros(4), atol=1e-4), "they were certain"


def test_a_superiors_command_changes_what_its_children_command():
    team = Team(THREE_LAYER)
    insist(team.units["level 3"], DECOY)
    asked = descend(team).class_probabilities[0, 7:10, DECOY]
    insist(team.units["level 3"], ANALYSE)
    with torch.no_grad():
        team.units["level 3"].policy_function.network[-1].bias[
            torch.as_tensor(layout.CLASS_MEMBERS[DECOY])
        ] = 0.0
    other = descend(team).class_probabilities[0, 7:10, DECOY]
    assert (asked > 2 * other).all()


def test_below_a_lost_commander_there_is_no_command():
    team = Team(THREE_LAYER)
    insist(team.units["level 3"], DECOY)
    alive = everybody(team)
    alive[0, team.wiring.number("restricted")] = False
    down = descend(team, alive)
    free = [
        name
        for number, name in enumerate(team.wiring.names)
        if (down.commands[0, number] == 1).all()
    ]
    assert set(free) == {"RZA", "RZB", "commander"}


def test_class_shares_can_be_the_command_and_then_nothing_is_drawn():
    team = Team(THREE_LAYER, TeamConfig(UnitConfig(command_from="shares")))
    down = descend(team)
    shares = down.class_probabilities[0, 10]
    assert torch.allclose(down.commands[0, 7], shares / shares.max())
    assert (down.drawn == -1).all() and not down.log_prob.any()


# "influence (control) the actions of the lower layer through commands" (1)


def test_commands_influence_children():
    """On the range: the commander insists on decoys; its units deploy more of them, the lower the
    floor the more."""
    taken = {}
    for floor in (1.0, 0.3, 0.0):
        unit = UnitConfig(policy=PolicyConfig(doctrine_weight=0.0), command_floor=floor)
        running = Rollout(TWO_LAYER, doctrine=NONE, unit=unit)
        insist(running.defender.team.units["level 2"], DECOY)
        chosen = np.concatenate([done.leaves.chosen for _, _, done in running.play(40)])
        taken[floor] = np.mean(layout.ACTION_CLASS[chosen] == DECOY)
    assert taken[1.0] < 0.3 and taken[0.3] > 1.4 * taken[1.0] and taken[0.0] == 1.0


def test_a_command_holds_until_the_next_one_is_due():
    played = Rollout(TWO_LAYER, command_every=5).play(11)
    assert [n for n, (_, _, done) in enumerate(played) if done.commands is not None] == [0, 5, 10]


# "global threat alerting" and alert sharing (3.2, 3.3)


GROUPS = {"restricted", "operational", "headquarters"}


@pytest.mark.parametrize(
    ("scope", "alarmed"),
    [
        ("tree", {"RZA", "OZA", "RZB", "OZB", "ADM", "OFF", "PAZ", "commander"} | GROUPS),
        ("siblings", {"RZA", "RZB", "commander"} | GROUPS),
        ("own", {"RZA", "restricted", "commander"}),
    ],
)
def test_alert_sharing(scope, alarmed):
    running = Rollout(THREE_LAYER, unit=UnitConfig(ioc_scope=scope))
    running.obs = np.array(running.obs)
    running.obs[:, 0, layout.PRIORITY] = 1  # root-level files in zone RZA
    names = running.defender.team.wiring.names
    ((_, scene, done),) = running.play(1)
    heard = {name for number, name in enumerate(names) if scene.ioc[0, number] == 1}
    assert heard == alarmed


def test_an_alert_elsewhere_makes_a_unit_follow_its_doctrine_more():
    unit = Unit(UnitConfig(policy=PolicyConfig(doctrine_weight=0.5, ioc_gain=0.4)))
    rule = torch.zeros(2, 82)
    rule[:, 5] = 1.0
    seen = Observation(
        torch.zeros(2), torch.ones(2, 8), torch.rand(1, 76).expand(2, -1), torch.tensor([0.0, 1.0])
    )
    calm, alarmed = unit.decide(seen, rule, torch.ones(2, 82).bool()).probabilities[:, 5].tolist()
    assert (calm, alarmed) == pytest.approx((0.5 + 0.5 / 82, 0.7 + 0.3 / 82), abs=0.01)


# "enables dynamic addition or removal of child nodes without retraining the whole model" (5)


def test_units_come_and_go_in_mid_episode_without_retraining():
    """On the range, in one episode: a zone unit is lost, returns, a group is dissolved, a level is
    put in between."""
    running = Rollout(THREE_LAYER, command_every=10)
    defender = running.defender
    before = weights_of(defender.team)
    off = 5
    steps = []

    def zones(ticks):
        played = running.play(ticks)
        steps.extend(int(tick.step[0]) for tick, _, _ in played)
        return {int(defender.zones[leaf]) for _, _, done in played for leaf in done.leaves.leaf_idx}

    assert zones(15) == set(range(7))
    defender.lose("OFF")
    assert zones(10) == set(range(7)) - {off}, "a lost unit does not act"
    defender.lose()
    assert zones(10) == set(range(7)), "and acts again when it is back"
    held = defender.held_commands.priorities.clone(), defender.team.wiring
    defender.rewire(defender.team.tree.without("operational"))
    for name in ("RZA", "OZA", "headquarters"):
        kept = defender.held_commands.priorities[:, defender.team.wiring.number(name)]
        assert torch.equal(kept, held[0][:, held[1].number(name)]), (
            "those who stay keep their orders"
        )
    assert zones(12) == set(range(7))
    deeper = Tree.from_description(
        {"commander": {"field": defender.team.tree.description()["commander"]}}
    )
    defender.rewire(deeper)
    assert defender.team.tree.height == 4 and zones(12) == set(range(7))
    defender.rewire(Tree("RZA"))
    assert zones(5) == {0}
    assert same(before, defender.team.state_dict())
    assert steps == sorted(steps) and (steps[0], steps[-1]) == (
        0,
        15 + 10 + 10 + 12 + 12 + 5 - 1,
    ), "one episode"


@pytest.mark.parametrize("share", ["level", "unit"])
def test_a_level_is_added_in_mid_episode_whether_weights_are_shared_or_not(share):
    running = Rollout(TWO_LAYER, share=share)
    before = weights_of(running.defender.team)
    running.play(5)
    running.defender.rewire(THREE_LAYER)
    played = running.play(10)
    commands = [done.commands for _, _, done in played if done.commands is not None]
    assert len(commands) == 1 and commands[0].down.commands.shape == (8, 11, 8)
    assert commands[0].down.class_probabilities[:, 7:].sum(dim=2).numpy() == pytest.approx(1)
    assert same(before, running.defender.team.state_dict())


def test_a_lost_child_gets_no_attention_and_its_weight_goes_to_its_siblings():
    running = Rollout(TWO_LAYER, command_every=1)
    ((_, _, whole),) = running.play(1)
    running.defender.lose("OFF")
    ((_, _, less),) = running.play(1)
    record = less.commands.up.records[1]
    assert whole.commands.up.records[1].pooling[0, 0].tolist() == pytest.approx([1 / 7] * 7)
    assert record.pooling[0, 0].tolist() == pytest.approx([1 / 6] * 5 + [0] + [1 / 6])
    assert not record.attention[:, 0, :, :, 5].any() and not record.attention[:, 0, :, 5].any()
    rest = [zone for zone in range(7) if zone != 5]
    assert torch.allclose(
        record.attention[:, 0, :, rest].sum(dim=-1), torch.ones(8, 4, 6), atol=1e-5
    )


def test_a_lost_commander_leaves_its_units_without_orders_but_acting():
    running = Rollout(THREE_LAYER, command_every=1)
    insist(running.defender.team.units["level 2"], REMOVE)
    running.defender.lose("headquarters")
    played = running.play(20)
    commands = played[-1][2].commands.down.commands
    assert (commands[:, 4:7] == 1).all() and not (commands[:, :4] == 1).all()
    assert {4, 5, 6} <= {leaf for _, _, done in played for leaf in done.leaves.leaf_idx.tolist()}


# the classes have the names of the simulator


def test_the_eight_classes_are_the_simulators():
    assert (
        ACTION_CLASSES[:4] == ("Analyse", "Remove", "Restore", "DeployDecoy")
        and len(ACTION_CLASSES) == 8
    )
