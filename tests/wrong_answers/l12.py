"""Wrong answers to the exercises of lesson 12, as readers give them."""

import numpy as np

from course_lib.hierarchy import FULL, Doctrine, Rule
from wrong_answers import WrongAnswers

WRONG = WrongAnswers("12")


@WRONG("family_pay", says="mean of its *siblings*")
def siblings_include_oneself(own, share):
    leaves = share * own + (1 - share) * own.mean(axis=1, keepdims=True)
    return leaves, leaves.mean(axis=1)


@WRONG("family_pay", says="the sum over the family stays")
def rest_is_added_on_top(own, share):
    others = (own.sum(axis=1, keepdims=True) - own) / (own.shape[1] - 1)
    return own + (1 - share) * others, own.mean(axis=1)


@WRONG("family_pay", says="mean of its *siblings*")
def shares_swapped(own, share):
    others = (own.sum(axis=1, keepdims=True) - own) / (own.shape[1] - 1)
    return (1 - share) * own + share * others, own.mean(axis=1)


@WRONG("family_pay", says="the mean of its children's pay, once")
def worst_child_counts(own, share):
    others = (own.sum(axis=1, keepdims=True) - own) / (own.shape[1] - 1)
    return share * own + (1 - share) * others, own.min(axis=1)


@WRONG("staged_reward", says="stays known after it has been cleared")
def forgets(seen, known):
    return 0.5 * (seen & ~known).any(axis=3).sum(axis=2), seen


@WRONG("staged_reward", says="kinds that come together count once")
def every_kind_is_paid(seen, known):
    return 0.5 * (seen & ~known).sum(axis=(2, 3)), known | seen


@WRONG("staged_reward", says="0.5 for each host")
def once_a_zone(seen, known):
    return 0.5 * (seen & ~known).any(axis=(2, 3)), known | seen


@WRONG("staged_reward", says="0.5 for each host")
def a_host_known_for_anything_is_never_paid_again(seen, known):
    return 0.5 * (seen.any(axis=3) & ~known.any(axis=3)).sum(axis=2), known | seen


LOOK = Rule("look", see="anything", do=("Analyse",))
LAY = Rule("lay decoys", see="anything", do=("DeployDecoy",))
WIPE = Rule("remove", see="process event", do=("Remove",))
for rules, says in (
    (FULL.rules, "more than 1.4 times"),
    ((LOOK,), "more than 1.4 times"),
    ((LAY,), "more than 1.4 times"),
    ((Rule("restore", see="connection event", do=("Restore",)), LOOK), "more than 1.4 times"),
):
    WRONG.value("my_exploit", Doctrine(tuple(rules)), says=says)


@WRONG("shaping", says="discount * after - before")
def without_discount(before, after, ended, discount):
    return np.where(ended[:, None], 0.0, after) - before


@WRONG("shaping", says="when the episode is over")
def end_forgotten(before, after, ended, discount):
    return discount * after - before


@WRONG("shaping", says="discount * after - before")
def wrong_sign(before, after, ended, discount):
    return before - discount * np.where(ended[:, None], 0.0, after)


@WRONG("shaping", says="discount * after - before")
def potential_itself(before, after, ended, discount):
    return discount * np.where(ended[:, None], 0.0, after)


@WRONG("staged_reward", says="the arguments stay as they are")
def remembers_in_place(seen, known):
    new = seen & ~known
    known |= seen
    return 0.5 * new.any(axis=3).sum(axis=2), known


@WRONG("shaping", says="each environment ends for itself")
def one_end_ends_all(before, after, ended, discount):
    return discount * (0 if ended.any() else after) - before


@WRONG("shaping", says="each environment ends for itself")
def waits_until_all_have_ended(before, after, ended, discount):
    return discount * (0 if ended.all() else after) - before


@WRONG("shaping", says="the arguments stay as they are")
def empties_the_end_in_place(before, after, ended, discount):
    after[ended] = 0.0
    return discount * after - before


@WRONG.right("family_pay")
def as_a_list_of_two(own, share):
    total, n = own.sum(axis=1, keepdims=True), own.shape[1]
    leaves = share * own + (1 - share) * (total - own) / (n - 1)
    return [leaves, leaves.mean(axis=1)]


@WRONG.right("shaping")
def with_a_product(before, after, ended, discount):
    return discount * after * ~ended[:, None] - before
