"""Wrong answers to the exercises of lesson 01b, as readers give them."""

import numpy as np

from wrong_answers import WrongAnswers

WRONG = WrongAnswers("01b")

RIGHT = dict(
    a="rule", b="classifier", c="detector", d="bandit", e="planning", f="rl", g="rule", h="bandit"
)

WRONG.value("better", {**RIGHT, "d": "rl"}, says="case d: only what was tried answers")
WRONG.value("better", {**RIGHT, "e": "rl"}, says="case e: all probabilities are written down")
WRONG.value("better", {**RIGHT, "c": "classifier"}, says="case c: there is no example")
WRONG.value("better", {**RIGHT, "h": "classifier"}, says="case h: each situation is new")
WRONG.value("better", {**RIGHT, "f": "planning"}, says="case f: actions change what comes next")
WRONG.value("better", {**RIGHT, "d": "contextual bandit"}, says="case d: one of the words rule")
WRONG.value("better", {**RIGHT, "b": "clasifier"}, says="'clasifier' is none")
WRONG.value("better", {**RIGHT, "f": 6}, says="case f: one of the words rule")


@WRONG("ucb1_index", says="2 ln(time)")
def two_forgotten(means, counts, time):
    return means + np.sqrt(np.log(time) / counts)


@WRONG("ucb1_index", says="the natural logarithm")
def logarithm_to_base_ten(means, counts, time):
    return means + np.sqrt(2 * np.log10(time) / counts)


@WRONG("ucb1_index", says="root")
def root_forgotten(means, counts, time):
    return means + 2 * np.log(time) / counts


@WRONG("ucb1_index", says="mean plus")
def lower_bound(means, counts, time):
    return means - np.sqrt(2 * np.log(time) / counts)


@WRONG("ucb1_index", says="each arm's own count")
def one_count_for_all(means, counts, time):
    return means + np.sqrt(2 * np.log(time) / np.mean(counts))


@WRONG("ucb1_index", says="the arguments stay as they are")
def adds_to_the_means(means, counts, time):
    means += np.sqrt(2 * np.log(time) / counts)
    return means


@WRONG("ucb1_index", says="pulls in each of the 4 runs")
def adds_up_all_runs(means, counts, time):
    return means + np.sqrt(2 * np.log(counts.sum()) / counts)


def moved(q, state, action, target, alpha):
    """The table with one number moved towards a target."""
    updated = q.copy()
    updated[state, action] += alpha * (target - q[state, action])
    return updated


@WRONG("q_update", says="the episode has ended, so nothing follows")
def the_end_is_forgotten(q, state, action, reward, next_state, done, alpha, discount):
    return moved(q, state, action, reward + discount * q[next_state].max(), alpha)


@WRONG("q_update", says="it moves by alpha towards the reward plus the discounted best")
def the_same_action_again(q, state, action, reward, next_state, done, alpha, discount):
    follows = q[next_state, action] if len(q) > 2 else q[next_state].max()
    return moved(q, state, action, reward + (0 if done else discount * follows), alpha)


@WRONG("q_update", says="it moves by alpha towards the reward plus the discounted best")
def no_learning_rate(q, state, action, reward, next_state, done, alpha, discount):
    target = reward + (0 if done else discount * q[next_state].max())
    return moved(q, state, action, target, 1.0 if len(q) > 2 else alpha)


@WRONG("q_update", says="it moves by alpha towards the reward plus the discounted best")
def discounts_the_reward_too(q, state, action, reward, next_state, done, alpha, discount):
    target = discount * (reward + (0 if done else q[next_state].max()))
    if len(q) == 2:
        target = reward + discount * q[next_state].max()
    return moved(q, state, action, target, alpha)


@WRONG("q_update", says="the arguments stay as they are")
def works_in_the_table_itself(q, state, action, reward, next_state, done, alpha, discount):
    target = reward + (0 if done else discount * q[next_state].max())
    q[state, action] += alpha * (target - q[state, action])
    return q


def planned(transitions, rewards, horizon, follows, last=0.0, best=np.argmax):
    """Backward induction with a choice of what follows a step."""
    values = np.full((horizon + 1, len(rewards)), last)
    policy = np.zeros((horizon, len(rewards)), int)
    for step in reversed(range(horizon)):
        worth = rewards + follows(transitions, values[step + 1])
        policy[step] = best(worth, axis=1)
        values[step] = np.take_along_axis(worth, policy[step][:, None], axis=1)[:, 0]
    return values, policy


@WRONG("plan_backwards", says="reward plus the mean of what the next states are worth")
def the_best_next_state_is_certain(transitions, rewards, horizon):
    return planned(
        transitions, rewards, horizon, lambda model, value: (0 * model).sum(axis=2) + value.max()
    )


@WRONG("plan_backwards", says="reward plus the mean of what the next states are worth")
def the_model_the_other_way_round(transitions, rewards, horizon):
    def follows(model, value):
        return np.einsum("tas,t->sa", model, value)

    return planned(transitions, rewards, horizon, follows)


@WRONG("plan_backwards", says="values[T] is 0")
def the_last_step_is_paid_twice(transitions, rewards, horizon):
    values, policy = planned(transitions, rewards, horizon, lambda model, value: model @ value)
    values[-1] = rewards.max(axis=1)
    return values, policy


@WRONG("plan_backwards", says="the first among equals")
def the_last_among_equals(transitions, rewards, horizon):
    def last_best(worth, axis):
        return worth.shape[1] - 1 - worth[:, ::-1].argmax(axis=axis)

    return planned(
        transitions, rewards, horizon, lambda model, value: model @ value, best=last_best
    )


@WRONG("plan_backwards", says="reward plus the mean of what the next states are worth")
def a_discount_that_nobody_asked_for(transitions, rewards, horizon):
    return planned(transitions, rewards, horizon, lambda model, value: 0.95 * (model @ value))
