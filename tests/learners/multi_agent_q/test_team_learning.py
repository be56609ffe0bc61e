"""The trainer's own code on worlds with known answers: probes, climbing, penalty and firewall-ACL
games.

The groups, critics, batches and updates are those that train the hierarchy on the range. Only what
they learn from is exchanged: `Table` is a team of agents with a table each, and `commanded` is a
real command tree that plays a matrix game with three classes of action.
"""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from course_lib.games import climbing, firewall_acl, penalty
from course_lib.games.probes import PROBES
from course_lib.hierarchy import NONE, PolicyConfig, Team, TeamConfig, Tree, UnitConfig
from course_lib.hierarchy.decisions import Commands, LeafActions, TickDecisions
from course_lib.hierarchy.observation import Observation
from course_lib.hierarchy.policy import draw, log_probability
from course_lib.hierarchy.spaces import ACTIONS, CLASS_MEMBERS
from course_lib.learners.ppo_loss import RunningMeanStd
from course_lib.training.config import TrainConfig
from course_lib.training.critic import SUMMARY, Critic
from course_lib.training.groups import CommandGroup, LeafGroup, Samples, entropy
from course_lib.training.ppo_update import update
from course_lib.training.rollout_buffer import Rollout, SampleLog, make_batch

torch.set_num_threads(1)
CONFIG = TrainConfig(
    learning_rate=0.05,
    epochs=2,
    minibatch_size=10**6,
    ent_coef=0.0,
    clip_coef=0.2,
    target_kl=0.0,
    precision="float32",
)
EMPTY = np.zeros((1, 7, 76), np.float32)


class Table(nn.Module):
    """N agents, each with a preference for each action after each observation; as a group, what
    the trainer asks of one: which units, and log-probability and entropy of what was drawn."""

    own_message, level, name = False, 0, "agents"

    def __init__(self, agents: int, observations: int, actions: int, seed: int):
        super().__init__()
        start = torch.Generator().manual_seed(seed)
        self.preferences = nn.Parameter(
            0.01 * torch.randn(agents, observations, actions, generator=start)
        )
        self.units = np.arange(agents)
        self.rewarded_by = self.units[:, None]

    def probabilities(self, seen, columns):
        """(B, A) of agents ``columns`` that see ``seen``."""
        return torch.softmax(self.preferences[columns, seen], dim=1)

    def evaluate(self, data, columns):
        """As in `groups`."""
        pi = self.probabilities(data["seen"], columns)
        return log_probability(pi, data["chosen"]), entropy(pi)

    @torch.no_grad()
    def samples(self, seen: np.ndarray, rng) -> Samples:
        """What all agents do in E environments that show them ``seen`` (E,)."""
        size, agents = len(seen), len(self.units)
        rows, columns = np.repeat(np.arange(size), agents), np.tile(self.units, size)
        data = {"seen": torch.as_tensor(seen[rows])}
        pi = self.probabilities(data["seen"], torch.as_tensor(columns))
        data["chosen"] = draw(pi, rng.random(len(rows)))
        return Samples(rows, columns, data, log_probability(pi, data["chosen"]))


class Learner:
    """The trainer's loop over one group: critic, scale, optimiser, batch, update."""

    def __init__(self, group, modules, seed: int, config=CONFIG, gamma=0.9):
        self.group, self.config, self.gamma = group, config, gamma
        torch.manual_seed(seed)
        self.critic = Critic(
            np.ones((len(group.units), SUMMARY), np.float32), own_message=False, hidden=16
        )
        self.scale, self.generator = (
            RunningMeanStd(memory=2000),
            torch.Generator().manual_seed(seed),
        )
        parameters = [p for module in (*modules, self.critic) for p in module.parameters()]
        self.optimiser = torch.optim.Adam(parameters, lr=config.learning_rate, eps=1e-5)

    def learn(self, log: SampleLog, rollout: Rollout):
        """One update."""
        rest = rollout, self.critic, self.scale, None, self.gamma, self.config.gae_lambda
        batch = make_batch(self.group, log, *rest)
        return update(
            self.group, self.critic, self.scale, batch, self.optimiser, self.config, self.generator
        )


def shown(seen: np.ndarray) -> np.ndarray:
    """Observations (...,) -> what a central critic sees: a one-hot in the first entries."""
    return np.eye(SUMMARY, dtype=np.float32)[seen]


def rollout_of(seen, rewards, ended) -> Rollout:
    """Observations (T + 1, E), rewards (T, E, N) and ends (T, E); an end is the end of
    everything."""
    return Rollout(
        np.asarray(rewards, np.float32), np.asarray(ended, bool), shown(np.asarray(seen)), EMPTY
    )


# probes


def play(worlds, seen, actions):
    """One step of E probes with actions (E, N): next observations, rewards, ends; after an end an
    episode begins."""
    following, rewards, ends = [], [], []
    for row, world in enumerate(worlds):
        if hasattr(world, "possible_agents"):
            obs, pay, over, *_ = world.step(
                dict(zip(world.possible_agents, actions[row].tolist(), strict=True))
            )
            obs, pay, over = next(iter(obs.values())), list(pay.values()), next(iter(over.values()))
        else:
            obs, pay, over, *_ = world.step(int(actions[row, 0]))
            pay = [pay]
        following.append(first(world) if over else int(obs))
        rewards.append(pay)
        ends.append(over)
    return np.array(following), rewards, ends


def first(world, seed=None) -> int:
    """First observation of an episode."""
    obs, _ = world.reset(seed=seed)
    return int(next(iter(obs.values())) if isinstance(obs, dict) else obs)


def learned(name: str, updates: int, envs=32, ticks=4, seed=0):
    """A table and its critic after some updates on a probe."""
    worlds = [PROBES[name]() for _ in range(envs)]
    agents, actions = (2, 2) if "two" in name else (1, int(worlds[0].action_space.n))
    table, rng = Table(agents, 2, actions, seed), np.random.default_rng(seed)
    learner = Learner(table, [table], seed, gamma=0.5)
    seen = np.array([first(world, seed=100 * seed + row) for row, world in enumerate(worlds)])
    for _ in range(updates):
        log, shows, rewards, ends = SampleLog(), [seen], [], []
        for tick in range(ticks):
            made = table.samples(seen, rng)
            log.add(tick, [made])
            seen, pay, over = play(worlds, seen, made.data["chosen"].numpy().reshape(envs, agents))
            shows.append(seen)
            rewards.append(pay)
            ends.append(over)
        learner.learn(log, rollout_of(shows, rewards, ends))
    return table, learner, worlds[0]


@pytest.mark.parametrize("name", list(PROBES))
def test_every_probe(name):
    table, learner, world = learned(name, 60)
    columns = torch.arange(len(table.units))
    for seen, wanted in world.values(0.5).items():
        learner.critic.eval()
        with torch.no_grad():
            inputs = torch.as_tensor(shown(np.full(len(columns), seen)))
            said = learner.scale.denormalise(learner.critic(inputs, inputs, columns))
            chances = table.probabilities(torch.full_like(columns, seen), columns)
        np.testing.assert_allclose(said, wanted, atol=0.12, err_msg=f"value of {seen}")
        best = list(world.best_actions()[seen])
        assert (chances[:, best].sum(dim=1) > 0.9).all(), f"choice at {seen}"


# independent learners on matrix games


def settled(game, seed: int, entropy_bonus=0.0, updates=120, envs=128):
    """Joint action that two independent learners with a central critic settle at, and how sure they
    are of it."""
    payoffs, rng = game.team_payoffs, np.random.default_rng(seed)
    table = Table(2, 1, len(payoffs), seed)
    learner = Learner(table, [table], seed, replace(CONFIG, ent_coef=entropy_bonus))
    nothing = np.zeros(envs, np.int64)
    for _ in range(updates):
        log, made = SampleLog(), table.samples(nothing, rng)
        log.add(0, [made])
        joint = made.data["chosen"].numpy().reshape(envs, 2)
        reward = payoffs[joint[:, 0], joint[:, 1]]
        learner.learn(
            log,
            rollout_of(
                [nothing] * 2, np.repeat(reward[None, :, None], 2, axis=2), np.ones((1, envs))
            ),
        )
    with torch.no_grad():
        chances = torch.softmax(table.preferences[:, 0], dim=1)
    return tuple(chances.argmax(dim=1).tolist()), float(chances.amax(dim=1).min())


@pytest.mark.parametrize("seed", range(3))
def test_alone_climbing_ends_at_seven_or_five(seed):
    """From even chances a costs (11 - 30 + 0) / 3 on average, c earns 5 / 3: nobody comes near the
    11.

    The bonus keeps them exploring; without it some stop at (b, c), worth 6, where the second no
    longer tries b.
    """
    joint, sure = settled(climbing(), seed, entropy_bonus=0.3)
    assert joint in ((1, 1), (2, 2)) and sure > 0.9


@pytest.mark.parametrize("seed", range(3))
def test_alone_the_acl_game_ends_at_the_relay(seed):
    """Gateway and tunnel are both worth less than nothing beside an undecided partner, and a relay
    asks for a relay."""
    joint, sure = settled(firewall_acl(), seed)
    assert firewall_acl().actions[0][joint[0]] == "relay" and joint[0] == joint[1] and sure > 0.9
    assert firewall_acl().team_payoffs[joint] == 5 < firewall_acl().team_payoffs.max() == 11


@pytest.mark.parametrize("seed", range(3))
def test_the_penalty_game_is_solved_without_a_penalty_and_not_with_a_great_one(seed):
    """Even chances: a and c earn 10 / 3 each against 2 / 3 for b; with -100 they cost 30 and b is
    all that is left."""
    joint, sure = settled(penalty(0), seed)
    assert penalty(0).team_payoffs[joint] == 10 and sure > 0.9
    joint, sure = settled(penalty(-100), seed)
    assert joint == (1, 1) and sure > 0.9


# the same games with a commander, played by a real command tree


class Pair:
    """As much of a defender as groups need: a commander over two leaves of the range, and nobody
    shared."""

    def __init__(self, floor: float, seed: int):
        unit = UnitConfig(policy=PolicyConfig(hidden=16, doctrine_weight=0.0), command_floor=floor)
        tree = Tree.from_description({"commander": ["RZA", "OZA"]})
        self.team, self.doctrine = Team(tree, TeamConfig(unit, share="unit"), seed), NONE
        self.zones, self.arbiters = np.array([0, 1]), ()

    @torch.no_grad()
    def decide(self, envs: int, allowed: torch.Tensor, rng) -> TickDecisions:
        """Commands and actions for E plays: messages go up, commands come down, leaves draw
        actions."""
        team = self.team
        messages, none = torch.ones(envs, 2, 76), torch.zeros(envs, 3, ACTIONS)
        alive, phase, ioc = np.ones((envs, 3), bool), torch.zeros(envs), torch.zeros(envs, 3)
        up = team.up(messages, alive)
        down = team.down(up.messages, phase, ioc, none, alive, rng.random((envs, 3)))
        commands = Commands(np.arange(envs), up, down, phase, ioc, none, alive)
        rows, leaves = np.repeat(np.arange(envs), 2), np.tile([0, 1], envs)
        seen = Observation(
            phase[rows], down.commands[rows, leaves], messages[rows, leaves], ioc[rows, leaves]
        )
        mask, pi = allowed.expand(2 * envs, -1), torch.zeros(2 * envs, ACTIONS)
        for unit, places in team.groups(0):
            mine = np.flatnonzero(np.isin(leaves, places))
            part = Observation(*(None if entry is None else entry[mine] for entry in seen))
            pi[mine] = unit.decide(part, torch.zeros(len(mine), ACTIONS), mask[mine]).probabilities
        chosen = draw(pi, rng.random(2 * envs))
        doctrine = torch.zeros(2 * envs, ACTIONS)
        done = LeafActions(
            rows, leaves, seen, doctrine, mask, chosen.numpy(), log_probability(pi, chosen), pi
        )
        return TickDecisions(chosen.numpy().reshape(envs, 2), done, commands, [])


def commanded(game, floor: float, seed: int, updates=40, envs=96) -> float:
    """Mean payoff of a pair under a commander after learning; an action of the game is a class of
    the range.

    ``floor`` is the priority of what is not commanded: 0 is an order, 1 no command at all.
    """
    payoffs, rng = game.team_payoffs, np.random.default_rng(seed)
    actions = [int(members[0]) for members in CLASS_MEMBERS[: len(payoffs)]]
    allowed = torch.zeros(1, ACTIONS, dtype=torch.bool)
    allowed[:, actions] = True
    pair = Pair(floor, seed)
    groups = [LeafGroup(pair), CommandGroup(pair, 1)]
    config = replace(CONFIG, learning_rate=0.005)
    levels = [[unit for unit, _ in pair.team.groups(level)] for level in (0, 1)]
    learners = [
        Learner(group, units, seed, config) for group, units in zip(groups, levels, strict=True)
    ]
    nothing = np.zeros(envs, np.int64)
    for _ in range(updates):
        done = pair.decide(envs, allowed, rng)
        joint = np.searchsorted(actions, done.actions)
        reward = payoffs[joint[:, 0], joint[:, 1]]
        rollout = rollout_of(
            [nothing] * 2, np.repeat(reward[None, :, None], 3, axis=2), np.ones((1, envs))
        )
        for group, learner in zip(groups, learners, strict=True):
            log = SampleLog()
            log.add(0, group.samples(done))
            learner.learn(log, rollout)
    joint = np.searchsorted(actions, pair.decide(1000, allowed, rng).actions)
    return float(payoffs[joint[:, 0], joint[:, 1]].mean())


@pytest.mark.parametrize("game", [climbing(), firewall_acl()], ids=["climbing", "acl"])
def test_with_orders_from_a_commander_the_best_joint_action_is_found(game):
    """One draw decides for both, so a's worth is 11 from the start: the game has become a choice
    among 11, 7 and 5."""
    assert [commanded(game, 0.0, seed) > 10 for seed in range(2)] == [True, True]


@pytest.mark.parametrize("game", [climbing(), firewall_acl()], ids=["climbing", "acl"])
def test_the_same_tree_without_commands_stays_where_independent_learners_stay(game):
    assert [commanded(game, 1.0, seed) < 7.5 for seed in range(2)] == [True, True]
