"""Wrong answers to the exercises of lesson 06, as readers give them."""

import math

import numpy as np

from course_lib.learners.multi_agent_q.learn import Hysteretic, Lenient, Plain
from wrong_answers import WrongAnswers

WRONG = WrongAnswers("06")


@WRONG("hysteretic_rule", says="a good surprise is learned with alpha")
def rates_swapped(error, visits, luck, alpha=0.1, beta=0.01):
    return np.where(error >= 0, beta, alpha)


@WRONG("hysteretic_rule", says="a bad surprise is learned with beta")
def one_rate(error, visits, luck, alpha=0.1, beta=0.01):
    return np.full(len(error), alpha)


@WRONG("hysteretic_rule", says="whatever its size")
def step_instead_of_share(error, visits, luck, alpha=0.1, beta=0.01):
    return np.where(error >= 0, alpha, beta) * error


@WRONG("hysteretic_rule", says="a bad surprise is learned with beta")
def rates_added(error, visits, luck, alpha=0.1, beta=0.01):
    return np.where(error >= 0, alpha, alpha - beta)


@WRONG("leniency", says="the more uses, the less is forgiven")
def probability_of_learning(visits, temperature, cooling, moderation):
    return np.exp(-moderation * temperature * cooling**visits)


@WRONG("leniency", says="1 - exp(-moderation * temperature)")
def moderation_forgotten(visits, temperature, cooling, moderation):
    return 1 - np.exp(-temperature * cooling**visits)


@WRONG("leniency", says="1 - exp(-moderation * temperature)")
def cooled_once(visits, temperature, cooling, moderation):
    return 1 - np.exp(-moderation * temperature * np.where(visits > 0, cooling, 1.0))


@WRONG("leniency", says="1 - exp(-moderation * temperature)")
def cooled_by_subtraction(visits, temperature, cooling, moderation):
    return 1 - np.exp(-moderation * temperature * np.maximum(1 - (1 - cooling) * visits, 0))


@WRONG("table_sizes", says="joint tables multiply")
def states_counted_once(sizes, states):
    return states * sum(sizes), math.prod(sizes)


@WRONG("table_sizes", says="joint tables multiply")
def power_of_the_first(sizes, states):
    return states * sum(sizes), states * sizes[0] ** len(sizes)


@WRONG("table_sizes", says="joint tables multiply")
def sizes_squared(sizes, states):
    return states * sum(sizes), states * sizes[0] * sizes[-1]


@WRONG("table_sizes", says="joint tables multiply")
def overflowing(sizes, states):
    return states * sum(sizes), int(states * np.prod(np.array(sizes, dtype=np.int64)))


@WRONG("difference_reward", says="this agent took the default")
def the_others_replaced(payoffs, joint, agent, default):
    other = tuple(action if i == agent else default for i, action in enumerate(joint))
    return payoffs[joint] - payoffs[other]


@WRONG("difference_reward", says="this agent took the default")
def sign_turned(payoffs, joint, agent, default):
    other = tuple(default if i == agent else action for i, action in enumerate(joint))
    return payoffs[other] - payoffs[joint]


@WRONG("difference_reward", says="this agent took the default")
def everybody_replaced(payoffs, joint, agent, default):
    return payoffs[joint] - payoffs[(default,) * len(joint)]


@WRONG("difference_reward", says="this agent took the default")
def agents_counted_from_the_end(payoffs, joint, agent, default):
    other = list(joint)
    other[-1 - agent] = default
    return payoffs[joint] - payoffs[tuple(other)]


@WRONG("with_identity", says="a 1 at the agent's own place")
def reversed_order(observations):
    return np.concatenate([observations, np.eye(len(observations))[::-1]], axis=1)


@WRONG("with_identity", says="comes first")
def identity_first(observations):
    return np.concatenate([np.eye(len(observations)), observations], axis=1)


@WRONG("with_identity", says="a 1 at the agent's own place")
def number_instead_of_one(observations):
    return np.concatenate([observations, np.diag(np.arange(1.0, len(observations) + 1))], axis=1)


@WRONG("with_identity", says="a 1 at the agent's own place")
def everybody_is_everybody(observations):
    return np.concatenate([observations, np.ones((len(observations), len(observations)))], axis=1)


WRONG.value("my_rule", Plain(), says="at least half of the teams")
WRONG.value("my_rule", Hysteretic(), says="at least half of the teams")
WRONG.value("my_rule", Lenient(cooling=0.9985), says="at least half of the teams")
WRONG.value("my_rule", Lenient(temperature=5, cooling=0.9985), says="at least half of the teams")


@WRONG("hysteretic_rule", says="an error of exactly 0 counts as good")
def nothing_new_is_bad_news(error, visits, luck, alpha=0.1, beta=0.01):
    return np.where(error > 0, alpha, beta)


@WRONG("leniency", says="1 - exp(-moderation * temperature)")
def counts_the_present_use_too(visits, temperature, cooling, moderation):
    now = temperature * cooling ** np.maximum(visits, 1)
    return 1 - np.exp(-moderation * now)


@WRONG("difference_reward", says="this agent took the default")
def default_is_always_the_first_action(payoffs, joint, agent, default):
    other = list(joint)
    other[agent] = 0
    return float(payoffs[joint] - payoffs[tuple(other)])


@WRONG("with_identity", says="a 1 at the agent's own place")
def in_the_order_of_their_rows_from_the_end(observations):
    identity = np.eye(len(observations))[::-1]
    return np.concatenate([observations, identity], axis=1)


@WRONG.right("table_sizes")
def as_a_list(sizes, states):
    return [states * sum(sizes), states * math.prod(sizes)]


@WRONG.right("hysteretic_rule")
def with_a_list(error, visits, luck, alpha=0.1, beta=0.01):
    return [alpha if e >= 0 else beta for e in error]
