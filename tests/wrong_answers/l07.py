"""Wrong answers to the exercises of lesson 07, as readers give them."""

import numpy as np

from wrong_answers import WrongAnswers

WRONG = WrongAnswers("07")


def elu(x):
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


@WRONG("vdn_fit", says="row mean + column mean - mean of the table")
def mean_of_the_table_left_in(payoffs):
    return payoffs.mean(axis=1, keepdims=True) + payoffs.mean(axis=0, keepdims=True)


@WRONG("vdn_fit", says="row mean + column mean - mean of the table")
def half_of_each(payoffs):
    rows = payoffs.mean(axis=1, keepdims=True)
    return (rows + payoffs.mean(axis=0, keepdims=True)) / 2


@WRONG("vdn_fit", says="row mean + column mean - mean of the table")
def row_and_column_confused(payoffs):
    mean = payoffs.mean()
    if payoffs.shape[0] != payoffs.shape[1]:
        return np.full(payoffs.shape, mean)
    return payoffs.mean(axis=0)[:, None] + payoffs.mean(axis=1)[None] - mean


@WRONG("vdn_fit", says="row mean + column mean - mean of the table")
def sums_instead_of_means(payoffs):
    rows = payoffs.sum(axis=1, keepdims=True)
    return rows + payoffs.sum(axis=0, keepdims=True) - payoffs.sum()


@WRONG("satisfies_igm", says="ties included")
def first_best_only(joint, first, second):
    return bool(joint[first.argmax(), second.argmax()] == joint.max())


@WRONG("vdn_fit", says="row mean + column mean - mean of the table")
def kind_of_the_table_kept(payoffs):
    fit = np.empty_like(payoffs)  # of whole numbers where the table is
    fit[:] = payoffs.mean(axis=1, keepdims=True) + payoffs.mean(axis=0) - payoffs.mean()
    return fit


@WRONG("satisfies_igm", says="ties included")
def ties_of_the_second_alone(joint, first, second):
    row = joint[first.argmax()]
    return bool((row[second == second.max()] == joint.max()).all())


@WRONG("satisfies_igm", says="every pair of own best actions")
def rows_and_columns_swapped(joint, first, second):
    if joint.shape[0] != joint.shape[1]:
        return False
    best = joint.T == joint.max()
    return bool(best[np.ix_(first == first.max(), second == second.max())].all())


@WRONG("satisfies_igm", says="every pair of own best actions")
def any_pair_will_do(joint, first, second):
    best = joint == joint.max()
    return bool(best[np.ix_(first == first.max(), second == second.max())].any())


@WRONG("satisfies_igm", says="every pair of own best actions")
def positive_is_enough(joint, first, second):
    return bool(joint[first.argmax(), second.argmax()] > joint.mean())


@WRONG("mix", says="elu(values @ |first| + first_bias)")
def signed_weights(values, first, first_bias, second, second_bias):
    return elu(values @ first + first_bias) @ second + second_bias


@WRONG("mix", says="never falls")
def only_the_first_layer(values, first, first_bias, second, second_bias):
    return elu(values @ np.abs(first) + first_bias) @ second + second_bias


@WRONG("mix", says="elu(values @ |first| + first_bias)")
def biases_too(values, first, first_bias, second, second_bias):
    return elu(values @ np.abs(first) + np.abs(first_bias)) @ np.abs(second) + abs(second_bias)


@WRONG("mix", says="elu(values @ |first| + first_bias)")
def relu_instead(values, first, first_bias, second, second_bias):
    return np.maximum(values @ np.abs(first) + first_bias, 0) @ np.abs(second) + second_bias


@WRONG("mix", says="elu(values @ |first| + first_bias)")
def no_nonlinearity(values, first, first_bias, second, second_bias):
    return (values @ np.abs(first) + first_bias) @ np.abs(second) + second_bias


@WRONG("credit", says="mean over the agent's own policy")
def even_policy(values, probabilities, actions):
    return values[np.arange(len(values)), actions] - values.mean(axis=1)


@WRONG("credit", says="mean over the agent's own policy")
def best_action_as_baseline(values, probabilities, actions):
    taken = values[np.arange(len(values)), actions]
    return taken - values.max(axis=1)


@WRONG("credit", says="mean over the agent's own policy")
def sign_turned(values, probabilities, actions):
    return (probabilities * values).sum(axis=1) - values[np.arange(len(values)), actions]


@WRONG("credit", says="mean over the agent's own policy")
def first_action_as_default(values, probabilities, actions):
    return values[np.arange(len(values)), actions] - values[:, 0]


@WRONG("credit", says="stay as they are")
def changed_in_place(values, probabilities, actions):
    values -= (probabilities * values).sum(axis=1, keepdims=True)
    return values[np.arange(len(values)), actions]


@WRONG("critic_inputs", says="the state comes first")
def noise_first(state, noise):
    return np.concatenate([noise, np.tile(state, (len(noise), 1))], axis=1)


@WRONG("critic_inputs", says="the agent's own noise")
def the_same_noise_for_all(state, noise):
    agents = len(noise)
    return np.concatenate([np.tile(state, (agents, 1)), np.tile(noise[0], (agents, 1))], axis=1)


@WRONG("critic_inputs", says="the state comes first")
def noise_on_the_state(state, noise):
    noisy = state + noise.mean(axis=1, keepdims=True)
    return np.concatenate([noisy, noise], axis=1)


@WRONG("critic_inputs", says="the agent's own noise")
def in_reverse_order(state, noise):
    return np.concatenate([np.tile(state, (len(noise), 1)), noise[::-1]], axis=1)


@WRONG("threshold", says="-both / (actions - 2)")
def averaged_over_the_others_only(both, actions):
    return -2 * both / (actions - 1)


@WRONG("threshold", says="-both / (actions - 2)")
def independent_of_the_number_of_actions(both, actions):
    return -both / 2


@WRONG("threshold", says="-both / (actions - 2)")
def worst_payoff_instead_of_the_mean(both, actions):
    return -both


@WRONG("threshold", says="-both / (actions - 2)")
def divided_to_whole_numbers(both, actions):
    return -both // (actions - 2)


@WRONG.right("vdn_fit")
def by_least_squares(payoffs):
    rows, columns = payoffs.shape
    places = np.indices(payoffs.shape).reshape(2, -1)
    design = np.concatenate([np.eye(rows)[places[0]], np.eye(columns)[places[1]]], axis=1)
    own, *_ = np.linalg.lstsq(design, payoffs.ravel(), rcond=None)
    return (design @ own).reshape(payoffs.shape)


@WRONG.right("satisfies_igm")
def by_loops(joint, first, second):
    for i in np.flatnonzero(first == first.max()):
        for j in np.flatnonzero(second == second.max()):
            if joint[i, j] < joint.max():
                return False
    return True


@WRONG.right("critic_inputs")
def by_broadcasting(state, noise):
    return np.hstack([np.broadcast_to(state, (len(noise), len(state))), noise])
