"""Wrong answers to the exercise of lesson 01c, as readers give them."""

import numpy as np

from wrong_answers import WrongAnswers

WRONG = WrongAnswers("01c")


@WRONG("importance", says="the rise of the measure")
def sign_the_other_way(measure, rows, column, rng):
    shuffled = rows.copy()
    shuffled[:, column] = rng.permutation(rows[:, column])
    return measure(rows) - measure(shuffled)


@WRONG("importance", says="all else kept")
def whole_rows_shuffled(measure, rows, column, rng):
    return measure(rng.permutation(rows)) - measure(rows)


@WRONG("importance", says="the arguments stay as they are")
def works_in_place(measure, rows, column, rng):
    before = measure(rows)
    rows[:, column] = rng.permutation(rows[:, column])
    return measure(rows) - before


@WRONG("importance", says="its values")
def noise_instead_of_order(measure, rows, column, rng):
    shuffled = rows.copy()
    shuffled[:, column] += rng.choice([-1.0, 1.0]) * np.resize([0.5, -0.5], len(rows))
    return measure(shuffled) - measure(rows)


@WRONG("importance", says="drawn from the generator that is handed in")
def shifts_the_column(measure, rows, column, rng):
    shuffled = rows.copy()
    shuffled[:, column] = np.roll(rows[:, column], 1)
    return measure(shuffled) - measure(rows)


@WRONG("importance", says="drawn from the generator that is handed in")
def a_generator_of_its_own(measure, rows, column, rng):
    shuffled = rows.copy()
    shuffled[:, column] = np.random.default_rng(0).permutation(rows[:, column])
    return measure(shuffled) - measure(rows)


@WRONG("importance", says="also where it falls")
def size_of_the_change(measure, rows, column, rng):
    shuffled = rows.copy()
    shuffled[:, column] = rng.permutation(rows[:, column])
    return abs(measure(shuffled) - measure(rows))
