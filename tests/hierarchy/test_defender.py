"""The hierarchy as a policy on the range: official and per zone, who acts at headquarters, one API
like the other."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from course_lib import cyber_range
from course_lib.cyber_range import VectorRange
from course_lib.cyber_range.actions import action_label, action_layout
from course_lib.cyber_range.constants import MONITOR, SLEEP
from course_lib.cyber_range.envs.parallel import parallel_env
from course_lib.hierarchy import (
    NONE,
    STANDARD,
    THREE_LAYER,
    TWO_LAYER,
    Doctrine,
    HierarchicalDefender,
    MessageConfig,
    PolicyConfig,
    Rule,
    Team,
    TeamConfig,
    Tree,
    UnitConfig,
)
from course_lib.hierarchy import (
    spaces as layout,
)
from course_lib.hierarchy.arbitration import choice, urgency
from course_lib.hierarchy.policy import draw

torch.set_num_threads(1)
HQ = 4
"""Number of the official headquarters agent; its zones are ADM, OFF, PAZ = 4, 5, 6."""
CASES = [
    (tree, defenders) for tree in (TWO_LAYER, THREE_LAYER) for defenders in ("official", "per-zone")
]


def defender(tree=TWO_LAYER, defenders="official", doctrine=STANDARD, **config):
    return HierarchicalDefender(Team(tree, TeamConfig(**config)), doctrine, defenders)


def rollout(policy, seeds, ticks, steps=500):
    """(actions (T, E, D), what was decided in each tick) on consecutive seeds of the range."""
    world = VectorRange(
        len(seeds), defenders=policy.defenders, seed=seeds[0], observation="message", steps=steps
    )
    policy.reset(seeds[0])
    obs, info = world.reset()
    made = []
    policy.recorder = lambda own, tick, scene, done: made.append((tick, scene, done))
    for _ in range(ticks):
        obs, _, _, _, info = world.step(policy.act_batch(obs, info))
    return np.stack([done.actions for _, _, done in made]), made


# the contract of a policy


@pytest.mark.parametrize(("tree", "defenders"), CASES)
def test_it_plays_the_range_and_never_acts_while_busy_nor_on_a_host_that_does_not_exist(
    tree, defenders
):
    policy = defender(tree, defenders)
    actions, made = rollout(policy, range(40, 46), 60)
    sleep = action_layout(defenders).single(SLEEP)
    rows, columns = np.ogrid[:6, : actions.shape[2]]
    for (tick, _, _), taken in zip(made, actions, strict=True):
        assert tick.mask[rows, columns, taken].all()
        assert (taken == sleep)[~tick.free].all()
    assert policy.observation == "message" and policy.defenders == defenders


@pytest.mark.parametrize(("tree", "defenders"), CASES)
def test_the_dictionary_api_plays_like_the_batch(tree, defenders):
    batch, _ = rollout(defender(tree, defenders), [10, 11, 12], 45)
    policy = defender(tree, defenders)
    env = parallel_env(defenders=defenders, observation="message")
    obs, infos = env.reset(seed=11)
    policy.reset(11)
    for tick in range(45):
        actions = policy.act(obs, infos)
        assert list(actions.values()) == batch[tick, 1].tolist(), f"tick {tick}"
        obs, _, _, _, infos = env.step(actions)


def test_scores_do_not_depend_on_how_many_episodes_are_flown_at_once():
    policy = defender(THREE_LAYER)
    together = cyber_range.evaluate(policy, episodes=5, seed=20, steps=80).scores
    alone = [
        cyber_range.evaluate(policy, episodes=1, seed=20 + i, steps=80).scores[0] for i in range(5)
    ]
    assert together.tolist() == alone and len(set(alone)) > 1


def test_the_next_episode_begins_with_an_empty_memory():
    both, _ = rollout(defender(), [20, 21], 58, steps=30)
    second, _ = rollout(defender(), [22, 23], 29, steps=30)
    assert np.array_equal(both[29:], second) and not np.array_equal(both[:29], second)


def test_the_same_seed_flies_the_same_and_another_team_differently():
    one, same = (rollout(defender(), [3], 40)[0] for _ in range(2))
    decided = defender()
    with torch.no_grad():
        decided.team.units["level 1"].policy_function.network[-1].weight.mul_(
            100
        )  # a new team is nearly indifferent
    assert np.array_equal(one, same)
    assert not np.array_equal(one, rollout(decided, [3], 40)[0])


def test_it_goes_on_from_its_state_as_if_nothing_had_happened():
    """Another object that takes up weights and state in mid-episode plays the same from there."""
    whole, _ = rollout(defender(THREE_LAYER), [5, 6], 27)
    first = defender(THREE_LAYER)
    world = VectorRange(2, seed=5, observation="message")
    obs, info = world.reset()
    first.reset(5)
    for _ in range(17):
        obs, _, _, _, info = world.step(first.act_batch(obs, info))
    second = defender(THREE_LAYER)
    second.load_state_dict(first.state_dict())
    for tick in range(17, 27):
        actions = second.act_batch(obs, info)
        assert np.array_equal(actions, whole[tick]), f"tick {tick}"
        obs, _, _, _, info = world.step(actions)


def test_a_state_of_another_tree_is_refused_and_changes_nothing():
    policy, other = defender(TWO_LAYER), defender(THREE_LAYER)
    for each in (policy, other):
        rollout(each, [1], 3)
    held = policy.held_commands
    with pytest.raises(ValueError, match="not those of a tree of 8 units"):
        policy.load_state_dict(other.state_dict())
    assert policy.held_commands is held
    with pytest.raises(ValueError, match="before the first tick"):
        _ = defender().held_commands


def test_zone_action_and_command_are_drawn_independently():
    """A chance that two kinds of decision share would tie them: who got a low number would get a
    low one again. Of 2,000 first ticks no two kinds may be correlated (0.02 is one deviation);
    commands have no effect here."""
    policy = defender(doctrine=NONE, unit=UnitConfig(command_floor=1.0))
    _, made = rollout(policy, range(2000), 1)
    decided = made[0][2]
    zone = decided.choices[0].chosen
    command = decided.commands.down.drawn[:, -1].numpy()
    actions = [decided.leaves.chosen[decided.leaves.leaf_idx == leaf] for leaf in range(HQ)]
    kinds = np.stack([zone, command, *actions])
    correlated = np.abs(np.corrcoef(kinds) - np.eye(len(kinds)))
    assert len(set(zone)) == 3 and len(set(command)) == 8 and correlated.max() < 0.12


# somebody else decides for the leaves


@pytest.mark.parametrize("tree", [TWO_LAYER, THREE_LAYER])
def test_leaves_that_are_asked_know_what_they_would_decide_on_themselves(tree):
    alone = defender(tree, "per-zone")
    asked_team = defender(tree, "per-zone")
    world = VectorRange(3, "per-zone", observation="message")
    obs, info = world.reset(11)
    alone.reset(11)
    asked_team.reset(11)
    for _ in range(25):
        decided = alone.decide_all(obs, info)
        asked = asked_team.ask(asked_team.open_tick(obs, info))
        assert np.array_equal(asked.leaf_idx, decided.leaves.leaf_idx)
        for ours, theirs in zip(asked.observation, decided.leaves.observation, strict=True):
            assert ours is theirs is None or torch.equal(ours, theirs)
        assert torch.equal(asked.doctrine, decided.leaves.doctrine)
        actions = asked_team.carried_out(3, asked, decided.leaves.chosen)
        assert np.array_equal(actions, decided.actions)
        obs, _, _, _, info = world.step(actions)


def test_leaves_that_share_an_agent_are_not_asked():
    team = defender(TWO_LAYER, "official")
    team.reset(0)
    obs, info = VectorRange(1, observation="message").reset()
    with pytest.raises(ValueError, match="per-zone"):
        team.ask(team.open_tick(obs, info))


# actions


@pytest.mark.parametrize("defenders", ["official", "per-zone"])
def test_every_action_of_every_unit_reaches_the_agents_list_under_its_own_name(defenders):
    policy = defender(defenders=defenders)
    size = action_layout(defenders)
    for zone in range(7):
        done = SimpleNamespace(
            env_idx=np.arange(82), leaf_idx=np.full(82, zone), chosen=np.arange(82)
        )
        actions = policy.carried_out(82, done, done.chosen)
        agent = size.owner[zone]
        for action in range(82):
            wanted = action_label("per-zone", zone, action)
            assert action_label(defenders, agent, actions[action, agent]) == wanted
        others = np.delete(actions, agent, axis=1)
        assert (others == np.delete(size.single(SLEEP), agent)).all()


def test_monitor_and_sleep_of_headquarters_are_single_entries():
    size = action_layout("official")
    assert size.single(SLEEP)[HQ] == 145 and size.single(MONITOR)[HQ] == 48


def test_probabilities_kept_for_learning_are_those_that_were_drawn_from():
    policy = defender(doctrine=NONE)
    _, made = rollout(policy, range(4), 12)
    for _, _, done in made:
        acts = done.leaves
        again = (
            policy.team.units["level 1"]
            .decide(acts.observation, acts.doctrine, acts.allowed)
            .probabilities
        )
        assert torch.allclose(again, acts.probabilities, atol=1e-6)
        assert torch.allclose(
            acts.log_prob.exp(),
            acts.probabilities[range(len(acts.env_idx)), acts.chosen],
            atol=1e-6,
        )


# headquarters: one agent, three zones


@pytest.mark.parametrize("tree", [TWO_LAYER, THREE_LAYER])
def test_one_of_three_zones_acts_in_each_tick_in_which_headquarters_is_free(tree):
    policy = defender(tree)
    _, made = rollout(policy, range(8), 60)
    acted = np.zeros(7)
    for tick, _, done in made:
        (chosen,) = done.choices if done.choices else (None,)
        at_hq = done.leaves.leaf_idx >= HQ
        assert at_hq.sum() == tick.free[:, HQ].sum()
        rows, counts = np.unique(done.leaves.env_idx[at_hq], return_counts=True)
        assert rows.tolist() == np.flatnonzero(tick.free[:, HQ]).tolist() and (counts == 1).all()
        if chosen is not None:
            assert np.array_equal(chosen.env_idx, np.flatnonzero(tick.free[:, HQ]))
            assert np.array_equal(done.leaves.leaf_idx[at_hq], HQ + chosen.chosen)
        acted += np.bincount(done.leaves.leaf_idx, minlength=7)
    assert (acted > 10).all(), "each of the seven zones gets its turn"


def test_per_zone_nobody_has_to_choose():
    _, made = rollout(defender(THREE_LAYER, "per-zone"), range(4), 10)
    assert all(not done.choices for _, _, done in made)
    assert np.array_equal(made[0][2].leaves.leaf_idx, np.tile(np.arange(7), 4))


def test_the_choice_is_pooling_and_urgency_in_one_sum():
    policy = defender(unit=UnitConfig(policy=PolicyConfig(doctrine_weight=0.25)))
    _, made = rollout(policy, range(8), 30)
    assert any(made_choice.urgent.any() for _, _, done in made for made_choice in done.choices)
    for _, _, done in made:
        for made_choice in done.choices:
            unit = policy.team.unit_at(1, 0)
            pooling = unit.aggregate(made_choice.child_messages, made_choice.child_mask).pooling[
                :, HQ:
            ]
            weight = 0.25 * made_choice.urgent.sum(dim=1, keepdim=True)  # 0 where no rule fires
            pi = (1 - weight) * pooling / pooling.sum(
                dim=1, keepdim=True
            ) + weight * made_choice.urgent
            picked = pi[range(len(pi)), made_choice.chosen]
            assert torch.allclose(made_choice.log_prob.exp(), picked, atol=1e-5)


def test_the_zone_with_the_most_urgent_rule_is_the_likeliest():
    decided = np.array([[3, 0, 7], [7, 7, 7], [2, 2, 5], [0, 1, 1]])
    alive = np.ones((4, 3), bool)
    alive[3, 0] = False
    shares = urgency(decided, 7, alive)
    assert shares.tolist() == [[0, 1, 0], [0, 0, 0], [0.5, 0.5, 0], [0, 0.5, 0.5]]
    even = torch.full((4, 3), 1 / 7)
    pi = choice(even, torch.as_tensor(shares), torch.as_tensor(alive), 0.4)
    assert torch.allclose(pi.sum(dim=1), torch.ones(4))
    assert pi[0].tolist() == pytest.approx([0.2, 0.6, 0.2]) and pi[1].tolist() == pytest.approx(
        [1 / 3] * 3
    )
    assert pi[3].tolist() == pytest.approx([0, 0.5, 0.5])


def test_attention_decides_where_urgency_is_silent():
    """A pooling that prefers the office zone makes it act most often."""
    policy = defender(doctrine=NONE, unit=UnitConfig(MessageConfig(num_encoder_layers=0)))
    office = 1 + layout.message_names().index("this is zone OFF") - 1
    with torch.no_grad():
        policy.team.units["level 2"].message_function.score.weight[0, office] = 4.0
    _, made = rollout(policy, range(8), 40)
    acted = np.bincount(np.concatenate([done.leaves.leaf_idx for _, _, done in made]), minlength=7)
    assert acted[5] > 10 * acted[4] and acted[5] > 10 * acted[6]


def test_a_lost_zone_is_not_chosen_and_a_lost_arbiter_leaves_even_chances():
    policy = defender(THREE_LAYER, doctrine=NONE)
    policy.lose("PAZ")
    _, made = rollout(policy, range(4), 20)
    assert 6 not in np.concatenate([done.leaves.leaf_idx for _, _, done in made])
    policy.lose("headquarters")
    _, made = rollout(policy, range(8), 40)
    for _, _, done in made:
        for made_choice in done.choices:
            assert not made_choice.child_mask.any()
            assert torch.allclose(made_choice.log_prob.exp(), torch.tensor(1 / 3))
    acted = np.bincount(np.concatenate([done.leaves.leaf_idx for _, _, done in made]), minlength=7)
    assert (acted[HQ:] > 10).all()


def test_with_all_zones_of_headquarters_lost_its_agent_sleeps():
    policy = defender()
    policy.lose("ADM", "OFF", "PAZ")
    actions, made = rollout(policy, range(3), 10)
    assert (actions[:, :, HQ] == 145).all() and not any(done.choices for _, _, done in made)
    policy.lose(*policy.team.wiring.names)
    actions, _ = rollout(policy, range(3), 10)
    assert (actions == action_layout("official").single(SLEEP)).all()


def test_zones_may_be_reached_through_inner_units():
    tree = Tree.from_description({"chief": ["RZA", {"inside": ["ADM", "OFF"]}, "PAZ"]})
    policy = defender(tree)
    actions, made = rollout(policy, range(4), 40)
    (arbiter,) = policy.arbiters
    assert policy.team.wiring.names[arbiter.unit] == "chief"
    zones = policy.zones[np.concatenate([done.leaves.leaf_idx for _, _, done in made])]
    assert set(zones.tolist()) == {0, 4, 5, 6}
    assert (actions[:, :, 1:4] == action_layout("official").single(SLEEP)[1:4]).all(), (
        "nobody defends these"
    )


# edges


@pytest.mark.parametrize("tree", [Tree("RZA"), Tree.from_description({"boss": {"sub": "PAZ"}})])
def test_a_tree_of_one_unit_and_a_chain(tree):
    actions, made = rollout(defender(tree), range(2), 25)
    mine = action_layout("official").owner[layout.ZONE_NAMES.index(tree.leaves[0].name)]
    sleep = action_layout("official").single(SLEEP)
    busy = (actions != sleep).any(axis=(0, 1))
    assert busy[mine] and busy.sum() == 1


@pytest.mark.parametrize(
    "unit",
    [
        UnitConfig(command_from="shares"),
        UnitConfig(ioc_scope="siblings"),
        UnitConfig(ioc_scope="own", ioc_merge="mean"),
        UnitConfig(MessageConfig(kind="zeros")),
        UnitConfig(MessageConfig(kind="mean", pooling="max")),
        UnitConfig(MessageConfig(use_dropout=True)),
        UnitConfig(policy=PolicyConfig(inputs="observation", learn_weight=True)),
        UnitConfig(policy=PolicyConfig(weights="logits")),
        UnitConfig(command_floor=0.0),
    ],
)
def test_every_alternative_runs_and_is_repeatable(unit):
    one, same = (rollout(defender(THREE_LAYER, unit=unit), range(3), 25)[0] for _ in range(2))
    assert np.array_equal(one, same)


def test_a_doctrine_alone_plays_by_its_rules():
    """With the doctrine's weight at 1, every action is one that the firing rule names."""
    rules = Doctrine((Rule("always", see="anything", do=("DeployDecoy",), hosts="users"),))
    policy = defender(doctrine=rules, unit=UnitConfig(policy=PolicyConfig(doctrine_weight=1.0)))
    _, made = rollout(policy, range(3), 20)
    chosen = np.concatenate([done.leaves.chosen for _, _, done in made])
    assert {layout.ACTION_CLASSES[c] for c in layout.ACTION_CLASS[chosen]} == {"DeployDecoy"}
    assert (layout.ACTION_SLOT[chosen] >= 6).all()


def test_a_doctrine_makes_a_new_team_better():
    options = {"episodes": 6, "seed": 0, "steps": 250}
    without, with_rules = (
        cyber_range.evaluate(defender(doctrine=d), **options).mean for d in (NONE, STANDARD)
    )
    assert with_rules > 0.9 * without, "scores are negative"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (
            lambda: defender(Tree.from_description({"chief": ["RZA", "CON"]})),
            "leaf 'CON' is no zone of the range",
        ),
        (
            lambda: defender(THREE_LAYER.without("RZA").without("RZB")),
            "leaf 'restricted' is no zone",
        ),
        (lambda: defender(defenders="three"), "three"),
        (lambda: defender().lose("nobody"), "no unit 'nobody'; there are RZA"),
        (lambda: defender(doctrine=None), "doctrine=None is not a Doctrine; take STANDARD"),
        (lambda: defender(doctrine=[]), "is not a Doctrine"),
        (lambda: defender(doctrine="STANDARD"), "doctrine='STANDARD' is not a Doctrine"),
        (lambda: setattr(defender(), "doctrine", list(STANDARD.rules)), "is not a Doctrine"),
        (lambda: HierarchicalDefender(TWO_LAYER), "is not a Team; for example"),
        (lambda: defender().rewire({"c": ["RZA"]}), "is not a Tree; make one with"),
        (lambda: Team({"c": ["RZA"]}), "tree={'c': .*is not a Tree; make one with"),
        (lambda: Team(TWO_LAYER, {"share": "unit"}), "is not a TeamConfig"),
        (lambda: Team(TWO_LAYER, seed=-1), "seed=-1"),
        (lambda: Tree("a", ("b",)), "a child of 'a' is 'b'"),
    ],
)
def test_what_cannot_be_is_one_line(make, says):
    with pytest.raises(ValueError, match=says) as problem:
        make()
    assert "\n" not in str(problem.value)


def test_a_refused_tree_leaves_everything_as_it_was():
    policy = defender()
    with pytest.raises(ValueError, match="no zone"):
        policy.rewire(policy.team.tree.with_child("commander", "moon"))
    assert policy.team.tree == TWO_LAYER and rollout(policy, [1], 3)[0].shape == (3, 1, 5)


# drawing


def test_draws_follow_the_probabilities_and_never_take_what_has_none():
    probabilities = torch.tensor([[0.0, 0.25, 0.0, 0.75, 0.0]])
    uniform = np.arange(1000) / 1000
    drawn = draw(probabilities.expand(1000, -1), uniform)
    assert np.bincount(drawn, minlength=5).tolist() == [0, 250, 0, 750, 0]
    assert draw(probabilities, np.array([1 - 1e-12])).tolist() == [3], (
        "rounded up to 1 it stays inside"
    )
    assert draw(torch.ones(0, 5), np.zeros(0)).shape == (0,)


# the real simulator


@pytest.mark.cyborg
@pytest.mark.parametrize("tree", [TWO_LAYER, THREE_LAYER])
def test_the_same_defender_plays_the_public_simulator(tree):
    policy = defender(tree)
    env = parallel_env(engine="cyborg", observation="message", steps=30)
    obs, infos = env.reset(seed=5)
    policy.reset(5)
    acted, total = set(), 0.0
    while env.agents:
        actions = policy.act(obs, infos)
        assert all(infos[agent]["action_mask"][action] for agent, action in actions.items())
        acted |= {agent for agent, action in actions.items() if not infos[agent]["busy"]}
        obs, reward, _, _, infos = env.step(actions)
        total += next(iter(reward.values()))
    assert len(acted) == 5 and np.isfinite(total)
