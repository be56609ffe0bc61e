"""A right call of every public name, small enough to be made hundreds of times.

`CALLS` holds for each name what to call and with which arguments, as a function that builds them
anew, so that one call cannot spoil the next. Parameters that are left out keep their defaults.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch

from course_lib import (
    cyber_range,
    games,
    hierarchy,
    learners,
    stats,
    suitability,
    training,
    viz,
    widgets,
    workbook,
)
from course_lib.cyber_range.envs import wrappers
from course_lib.learners.dqn import DQNConfig
from course_lib.learners.ppo import PPOConfig
from course_lib.training.config import TrainConfig

from .records import made_up_record


@dataclass(frozen=True)
class Call:
    """One public name and the arguments of a right call."""

    function: Callable[..., Any]
    arguments: Callable[[], dict[str, Any]]


CALLS: dict[str, Call] = {}


def right(function: Callable[..., Any], build: Callable[[], dict[str, Any]] = dict, name: str = ""):
    """Register a right call."""
    CALLS[name or function.__name__] = Call(function, build)


@functools.cache
def small_team() -> hierarchy.Team:
    return hierarchy.Team(hierarchy.THREE_LAYER)


@functools.cache
def attention_record() -> hierarchy.AttentionRecord:
    return hierarchy.record_attention(hierarchy.HierarchicalDefender(small_team()), steps=12)


@functools.cache
def assessment() -> suitability.Assessment:
    return suitability.assess({"steps_known": "no"})


def environment() -> Any:
    return cyber_range.parallel_env(steps=6)


def messages() -> np.ndarray:
    return np.zeros((2, hierarchy.MESSAGE), np.int8)


def tensor(*shape: int) -> torch.Tensor:
    return torch.full(shape, 0.5)


def axes() -> Any:
    plt.close("all")
    return plt.figure().add_subplot()


def two_classes() -> dict[str, Any]:
    """Forty points of two classes."""
    points = np.random.default_rng(0).normal(size=(40, 2))
    return {"x": points, "y": (points[:, 0] > 0).astype(int)}


def two_tables() -> dict[str, Any]:
    """A protocol of the switch riddle."""
    tells, sets = games.counting_protocol(3)
    return {"tells": tells, "sets": sets}


# cyber_range
right(cyber_range.RangeOptions)
right(cyber_range.Rules)
right(cyber_range.VectorRange)
right(cyber_range.RedSeat, lambda: {"env": cyber_range.VectorRange(red="policy", steps=6)})
right(cyber_range.Bounds)
right(cyber_range.RangeVectorEnv)
right(cyber_range.parallel_env)
right(cyber_range.single_env)
right(cyber_range.joint_env)
right(cyber_range.evaluate, lambda: {"policy": "sleep", "episodes": 1, "steps": 3})
right(cyber_range.record_episode, lambda: {"policy": "sleep", "steps": 3})
right(cyber_range.make_policy, lambda: {"name": "expert"})
right(cyber_range.load_policy, lambda: {"name_or_file": "expert"})
right(cyber_range.OfficialSubmission, lambda: {"policy": cyber_range.make_policy("sleep")})
right(cyber_range.read_official_results, lambda: {"path": "no-such-folder"})
right(cyber_range.action_label, lambda: {"defenders": "official", "defender": 0, "action": 3})
right(cyber_range.action_layout, lambda: {"defenders": "official"})
right(cyber_range.flat_names)
right(cyber_range.message_names)
right(cyber_range.phase_starts, lambda: {"steps": 500})
right(wrappers.MessageLoss, lambda: {"env": environment(), "probability": 0.5})
right(wrappers.MessageTampering, lambda: {"env": environment(), "probability": 0.5})
right(wrappers.ObservationLoss, lambda: {"env": environment(), "probability": 0.5})
right(wrappers.ActionDelay, lambda: {"env": environment(), "ticks": 1})
right(wrappers.MissingActuators, lambda: {"env": environment(), "hosts": [20]})

# hierarchy
right(hierarchy.MessageConfig)
right(hierarchy.PolicyConfig)
right(hierarchy.UnitConfig)
right(hierarchy.TeamConfig)
right(hierarchy.MessageFunction)
right(hierarchy.PolicyFunction)
right(hierarchy.Unit)
right(hierarchy.HostPolicy)
right(hierarchy.Rule, lambda: {"name": "a", "see": "root file", "do": ("Restore",)})
right(hierarchy.Doctrine)
right(hierarchy.Tree, lambda: {"name": "a"})
right(hierarchy.Team, lambda: {"tree": hierarchy.THREE_LAYER})
right(hierarchy.HierarchicalDefender, lambda: {"team": small_team()})
right(hierarchy.record_attention, lambda: {
    "defender": hierarchy.HierarchicalDefender(small_team()), "steps": 3,
})  # fmt: skip
right(hierarchy.replay, lambda: {"record": attention_record(), "team": small_team()})
right(hierarchy.influence, lambda: {"record": attention_record(), "tick": 1})
right(hierarchy.what_if, lambda: {"record": attention_record(), "tick": 1})
right(
    hierarchy.attention_entropy,
    lambda: {"attention": np.full((2, 3, 3), 1 / 3), "child_mask": np.ones(3, bool)},
)
right(
    hierarchy.weight_after_mixing,
    lambda: {"attention": np.full((2, 3, 3), 1 / 3), "pooling": np.full(3, 1 / 3)},
)
right(hierarchy.class_probabilities, lambda: {"probabilities": torch.full((2, 82), 1 / 82)})
right(
    hierarchy.combine,
    lambda: {
        "outputs": tensor(2, 82),
        "priority": tensor(2, 82),
        "doctrine": torch.full((2, 82), 1 / 82),
        "allowed": torch.ones(2, 82, dtype=torch.bool),
        "weight": 0.5,
    },
)
right(hierarchy.expand, lambda: {"command": tensor(2, 8)})
right(hierarchy.normalised, lambda: {"messages": messages()})
right(hierarchy.zone_ioc, lambda: {"messages": messages()})
right(
    hierarchy.one_hot_command,
    lambda: {"drawn": torch.zeros(2, dtype=torch.long), "floor": 0.3},
)
right(hierarchy.shares_to_command, lambda: {"shares": tensor(2, 8)})
right(
    hierarchy.reward_function,
    lambda: {"rewards": np.ones((2, 3)), "present": np.ones((2, 3), bool)},
)
right(hierarchy.sibling_weights, lambda: {"present": np.ones(3, bool), "own": 0.7})
right(hierarchy.note_names)

# training
right(TrainConfig)
right(training.StrongConfig)
right(training.TaughtConfig)
right(training.SettledConfig)
right(training.RewardConfig)
right(training.RewardDesign, lambda: {"config": training.RewardConfig(), "discount": 0.99})
right(training.RunSpec)
right(training.get_config, lambda: {"name": "fast"})
right(training.Trainer, lambda: {
    "defender": hierarchy.HierarchicalDefender(small_team()), "config": TrainConfig(num_envs=1),
})  # fmt: skip
right(training.load_policy, lambda: {"name_or_file": "two-layer"})
right(training.load_defender, lambda: {"path": "nowhere.pt"})
right(training.read_curve, lambda: {"path": "nowhere.csv"})
right(training.potential, lambda: {"messages": messages()})
right(training.signs, lambda: {"messages": messages()})
right(training.sibling_mixing, lambda: {"wiring": small_team().wiring, "own": 0.7})

# learners
right(learners.EpsilonGreedy, lambda: {"arms": 3})
right(learners.ThompsonBernoulli, lambda: {"arms": 3})
right(learners.Ucb1, lambda: {"arms": 3})
right(learners.LinUcb, lambda: {"features": 2, "actions": 3})
right(learners.Logistic, two_classes)
right(learners.SmallNetwork, lambda: {**two_classes(), "steps": 2})
right(learners.ShallowTree, two_classes)
right(learners.Mahalanobis, lambda: {"x": two_classes()["x"]})
right(learners.Plain)
right(learners.Hysteretic)
right(learners.Lenient)
right(learners.Distributed)
right(learners.Learner)
right(learners.Training)
right(
    learners.learn,
    lambda: {"game": games.climbing(), "training": learners.Training(runs=2, plays=20, moments=5)},
)
right(learners.table_entries, lambda: {"actions": (3, 3)})
right(learners.difference_rewards, lambda: {"payoffs": games.climbing().payoffs})
right(learners.gae, lambda: {
    "rewards": np.ones((3, 2)), "values": np.ones((3, 2)), "valid": np.ones((3, 2), bool),
    "done": np.zeros((3, 2), bool), "end_values": np.zeros((3, 2)), "last_values": np.zeros(2),
    "gamma": 0.9, "gae_lambda": 0.9,
})  # fmt: skip
right(
    learners.clipped_policy_loss,
    lambda: {
        "log_prob": tensor(4),
        "old_log_prob": tensor(4),
        "advantage": tensor(4),
        "clip": 0.2,
    },
)
right(PPOConfig)
right(DQNConfig)
right(learners.PPO, lambda: {
    "env": games.PROBES["constant reward"], "config": PPOConfig(num_envs=1, num_steps=4),
})  # fmt: skip
right(
    learners.value_iteration,
    lambda: {
        "transitions": np.full((2, 2, 2), 0.5),
        "rewards": np.ones((2, 2)),
        "discount": 0.5,
    },
)
right(learners.occlusion, lambda: {
    "probability": lambda rows: rows.sum(axis=1), "row": np.ones(3), "reference": np.zeros(3),
})  # fmt: skip
right(learners.permutation_importance, lambda: {
    "measure": lambda rows: float(rows.sum()), "x": np.ones((4, 2)), "groups": [[0], [1]],
    "repeats": 2, "seed": 0,
})  # fmt: skip

right(learners.information_entropy, lambda: {"x": [0, 1, 1]}, "information_entropy")
right(learners.mutual_information, lambda: {"x": [0, 1, 1], "y": [1, 0, 0]})
right(
    learners.tested_information,
    lambda: {"x": [0, 1, 1], "y": [1, 0, 0], "given": [0, 0, 1], "permutations": 20},
)
right(
    learners.topographic_similarity,
    lambda: {"meanings": [[0, 1], [1, 0], [1, 1]], "words": [[0, 1], [1, 0], [1, 1]]},
)

# games
right(games.coalitions, lambda: {"members": 3})
right(games.shapley_values, lambda: {"members": 2, "worth": len})
right(games.sampled_shapley_values, lambda: {"members": 2, "worth": len, "orders": 3})
right(games.climbing)
right(games.penalty)
right(games.coverage)
right(games.firewall_acl)
right(games.commit, lambda: {"choices": (0, 1)})
right(games.edit, lambda: {"route": 1})
right(games.river_swim)
right(games.SwitchRiddle)
right(games.ceiling, lambda: {"agents": 3})
right(games.silent_value)
right(games.counting_protocol)
right(games.read_protocol, lambda: {"text": "oooo OoTO"})
for _protocol in (games.protocol_value, games.switch_meaning):
    right(_protocol, lambda: {**two_tables(), "agents": 3})
right(games.AlertGame)
right(games.compositional_code)
right(games.holistic_code, lambda: {"rng": np.random.default_rng(0)})
right(games.strikes, lambda: {"habits": [np.full((2, 2), 0.5)], "ticks": 3, "seed": 0})
right(games.losses, lambda: {"struck": [0, 1], "watched": [1, 1], "importance": [1.0, 2.0]})
right(games.best_loss, lambda: {"habit": np.full((2, 2), 0.5), "importance": [1.0, 2.0]})
right(games.PatchingOptions)
right(games.FleetOptions)
right(games.OwnersOptions)
right(games.OwnersGame)
right(games.Fleet)
right(games.MarkovEnv, lambda: {"game": games.patch_the_network()})
right(games.OneAgentEnv, lambda: {"game": games.river_swim()})
right(games.action_values, lambda: {"game": games.climbing()})
for _solve in ("additive_fit", "pareto_set", "pure_equilibria", "regrets", "team_optima"):
    right(getattr(games, _solve), lambda: {"game": games.climbing()})
right(games.optimal_policy, lambda: {"game": games.river_swim()})
right(games.optimal_values, lambda: {"game": games.river_swim()})
right(games.restore_first, lambda: {"table": np.zeros((1, 6, 8))})
right(
    games.team_game,
    lambda: {"name": "a", "tables": np.ones((2, 2)), "actions": (("x", "y"), ("x", "y"))},
)

# suitability
right(suitability.appendix, lambda: {"letter": "A"})
right(suitability.assess, lambda: {"answers": {"steps_known": "no"}})
right(suitability.open_questions, lambda: {"answers": {"steps_known": "no"}})
right(suitability.load_case, lambda: {"name": suitability.case_names()[0]})
right(suitability.read_answers, lambda: {"path": "nowhere.json"})
for _form in ("to_dict", "to_html", "to_json", "to_page", "to_text"):
    right(getattr(suitability, _form), lambda: {"found": assessment()})
right(
    suitability.environment,
    lambda: {"answers": {"steps_known": "no"}, "verdict": next(iter(suitability.VERDICTS))},
)

# statistics
right(stats.mean_interval, lambda: {"x": [1.0, 2.0, 4.0]})
right(
    stats.bootstrap_interval,
    lambda: {"differences": np.array([[1.0, 2.0], [0.5, 3.0]]), "resamples": 100},
)
right(stats.paired_contrast, lambda: {"a": [1.0, 2.0, 4.0], "b": [2.0, 2.0, 3.0]})
right(stats.welch_difference, lambda: {"a": [1.0, 2.0, 4.0], "b": [2.0, 2.0, 3.0]})
right(stats.welch_p_value, lambda: {"a": [1.0, 2.0, 4.0], "b": [2.0, 2.0, 3.0]})
right(stats.welch_tost, lambda: {"a": [1.0, 2.0, 4.0], "b": [2.0, 2.0, 3.0], "margin": 1.0})
right(stats.wilson_interval, lambda: {"wins": 1, "runs": 3})
right(stats.t_quantile, lambda: {"probability": 0.9, "freedom": 5})
right(stats.t_cdf, lambda: {"t": 0.9, "freedom": 5})

# viz
right(viz.describe_frame, lambda: {"record": made_up_record(), "frame": 3})
right(viz.draw_network, lambda: {"record": made_up_record(), "frame": 3, "ax": axes()})
right(viz.draw_tree, lambda: {"tree": hierarchy.TWO_LAYER, "ax": axes()})
right(viz.draw_trees, lambda: {"trees": {"a": hierarchy.TWO_LAYER}})
right(viz.tree_text, lambda: {"tree": hierarchy.TWO_LAYER})
right(viz.label_axes, lambda: {"ax": axes(), "x": "time (s)", "y": "hosts (number)"})
right(viz.new_figure)
right(viz.plot_band, lambda: {"ax": axes(), "x": [1, 2], "runs": np.ones((3, 2)), "label": "a"})
right(viz.series_style, lambda: {"index": 0})
right(viz.show_table, lambda: {"header": ["a"], "rows": [["b"]]})

# widgets, workbook
right(widgets.InterviewWidget)
right(widgets.PolicyBench, lambda: {"defender": hierarchy.HierarchicalDefender(small_team())})
right(widgets.SurfaceWidget)
right(widgets.explorer, lambda: {"record": attention_record()})
right(workbook.lesson, lambda: {"number": "00"})
right(workbook.Question, lambda: {"text": "?", "right": ("a", "b"), "wrong": {"c": "d", "e": "f"}})
right(
    workbook.Quiz,
    lambda: {"question": workbook.Question("?", ("a", "b"), {"c": "d", "e": "f"})},
)
right(workbook.predict, lambda: {"question": "How many?"})

# planning, models of the world and of others
right(cyber_range.PlannerConfig)
right(cyber_range.TwoZones, lambda: {"num_envs": 1})
right(learners.COMAConfig)
right(learners.DynamicsConfig)
right(learners.FactoredConfig)
right(learners.ImaginationConfig)
right(learners.MAPPOConfig)
right(learners.MBPOConfig)
right(learners.ManyTeamsConfig)
right(learners.PredictorConfig)
right(learners.WeightedConfig)
right(
    learners.train_teams,
    lambda: {"payoffs": np.eye(2), "config": learners.ManyTeamsConfig(teams=2, updates=2)},
)
right(learners.HabitModel, lambda: {"situations": 2, "actions": 3})
right(learners.ActionPredictor, lambda: {"features": 2, "actions": 3})
right(learners.DynamicsModel, lambda: {"obs_size": 2, "action_count": 3})
right(
    learners.bits,
    lambda: {"probabilities": np.full((4, 2), 0.5), "actions": np.array([0, 1, 1, 0])},
)
right(
    learners.best_response,
    lambda: {"chances": np.array([0.2, 0.8]), "importance": np.array([1.0, 2.0])},
)

# the outbreak game
right(games.OutbreakOptions)
right(games.chain, lambda: {"hosts": 3})
right(games.all_states, lambda: {"hosts": 3})
right(games.habit_matrix, lambda: {"hosts": 3, "strength": 0.5, "seed": 0})
right(games.factoring)
right(games.two_step)
right(games.one_shot, lambda: {"game": games.climbing()})

# drawings
for _draw in (
    "draw_central_critic", "draw_fleet", "draw_mixers", "draw_network_in_five",
    "draw_organisations", "draw_owners", "draw_study_path", "draw_two_zones", "draw_unit",
    "draw_access_list", "draw_vector_and_set", "draw_loop", "draw_clip",
):  # fmt: skip
    right(getattr(viz, _draw))
right(
    viz.Sketch,
    lambda: {"width": 100, "height": 50, "alt": "A box that holds a word, and an arrow."},
)
