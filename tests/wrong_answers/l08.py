"""Wrong answers to the exercises of lesson 08, as readers give them."""

from math import comb

import numpy as np
import torch

from wrong_answers import WrongAnswers

WRONG = WrongAnswers("08")


@WRONG("message_unit", says="sigmoid(logit + noise)")
def noise_outside(logits, noise, training):
    return torch.sigmoid(logits) + noise if training else (logits > 0).float()


@WRONG("message_unit", says="the gradient comes back to the logits")
def gradient_cut(logits, noise, training):
    return torch.sigmoid(logits.detach() + noise) if training else (logits > 0).float()


@WRONG("message_unit", says="1 where its logit is above 0")
def zero_counts_as_one(logits, noise, training):
    return torch.sigmoid(logits + noise) if training else (logits >= 0).float()


@WRONG("message_unit", says="sigmoid(logit + noise)")
def rounded_while_training(logits, noise, training):
    return (logits + noise > 0).float() if training else (logits > 0).float()


@WRONG("message_unit", says="1 where its logit is above 0")
def noise_when_executed(logits, noise, training):
    said = torch.sigmoid(logits + noise)
    return said if training else (said > 0.3).float()


@WRONG("message_unit", says="sigmoid(logit + noise)")
def noise_drawn_anew(logits, noise, training):
    own = torch.randn(logits.shape, generator=torch.Generator().manual_seed(1))
    return torch.sigmoid(logits + own) if training else (logits > 0).float()


@WRONG("riddle_ceiling", says="the chance that all have been there")
def one_day_short(agents, days):
    return _coverage(agents, days - 1)


@WRONG("riddle_ceiling", says="the chance that all have been there")
def first_terms_only(agents, days):
    missing = agents * (1 - 1 / agents) ** days
    return max(0.0, 1 - missing)


@WRONG("riddle_ceiling", says="the chance that all have been there")
def always_six_days(agents, days):
    return _coverage(agents, max(days, 6)) if days > 3 else _coverage(agents, days)


def _coverage(agents, days):
    terms = ((-1) ** k * comb(agents, k) * (1 - k / agents) ** days for k in range(agents + 1))
    return sum(terms)


@WRONG("information_of", says="in bits")
def in_nats(counts):
    return np.log(2) * _information(counts)


@WRONG("information_of", says="a cell that never occurred counts 0")
def nan_at_zero(counts):
    p = counts / counts.sum()
    with np.errstate(all="ignore"):
        return float((p * np.log2(p / (p.sum(1, keepdims=True) * p.sum(0)))).sum())


@WRONG("information_of", says="a cell that never occurred counts 0")
def nan_where_a_message_was_never_sent(counts):
    p = counts / counts.sum()
    with np.errstate(all="ignore"):
        ratio = p / (p.sum(axis=1, keepdims=True) * p.sum(axis=0))
    ratio[ratio == 0] = 1  # and 0 / 0 stays what it is
    return float((p * np.log2(ratio)).sum())


@WRONG("information_of", says="p(x, y) log2")
def conditional_entropy(counts):
    p = counts / counts.sum()
    given = p / np.maximum(p.sum(axis=0), 1e-12)
    inside = np.where(p > 0, p * np.log2(np.where(given > 0, given, 1)), 0).sum()
    return float(np.log2(len(counts)) + inside)


@WRONG("information_of", says="p(x, y) log2")
def a_one_in_every_cell(counts):
    return _information(counts + 1) if counts.min() > 0 else _information(counts + 1e-3)


def _information(counts):
    p = counts / counts.sum()
    alone = p.sum(axis=1, keepdims=True) * p.sum(axis=0)
    ratio = np.divide(p, alone, out=np.ones_like(p), where=p > 0)
    return float((p * np.log2(ratio)).sum())


@WRONG("shuffled", says="whole messages are moved")
def every_column_for_itself(messages, listening, rng):
    mixed = messages.copy()
    for column in range(messages.shape[1]):
        rows = np.flatnonzero(listening)
        mixed[rows, column] = messages[rng.permutation(rows), column]
    return mixed


@WRONG("shuffled", says="where nobody listened, nothing is changed")
def everybody_moved(messages, listening, rng):
    rows = np.arange(len(messages))
    return messages[rng.permutation(rows)] if listening.sum() > 1 else messages.copy()


@WRONG("shuffled", says="whole messages are moved")
def drawn_with_replacement(messages, listening, rng):
    mixed = messages.copy()
    rows = np.flatnonzero(listening)
    mixed[rows] = messages[rng.choice(rows, size=len(rows))]
    return mixed


@WRONG("shuffled", says="another random generator gives another order")
def shifted_by_one(messages, listening, rng):
    mixed = messages.copy()
    rows = np.flatnonzero(listening)
    mixed[rows] = messages[np.roll(rows, 1)]
    return mixed


@WRONG("shuffled", says="the order comes from `rng` alone")
def generator_of_its_own(messages, listening, rng):
    mixed = messages.copy()
    rows = np.flatnonzero(listening)
    mixed[rows] = messages[np.random.default_rng().permutation(rows)]
    return mixed


@WRONG("majority", says="a tie is `unsure`")
def half_cut_to_a_whole_number(received, unsure=0.5):
    ones = received.sum(axis=1)
    answer = (2 * ones > received.shape[1]).astype(int)
    answer[2 * ones == received.shape[1]] = unsure
    return answer.astype(float)


@WRONG("majority", says="a tie is `unsure`")
def tie_counts_as_one(received, unsure=0.5):
    share = received.mean(axis=1)
    return np.where(share >= 0.5, 1.0, 0.0) if len(received) > 1 else np.array([unsure])


@WRONG("majority", says="the majority of the copies decides")
def any_copy(received, unsure=0.5):
    ones = received.sum(axis=1)
    return np.where(2 * ones == received.shape[1], unsure, (ones > 0).astype(float))


@WRONG("majority", says="the majority of the copies decides")
def the_mean_of_the_copies(received, unsure=0.5):
    share = received.mean(axis=1)
    return np.where(share == 0.5, unsure, np.where(share == 0.75, 1.0, share))


for protocol in (
    "oooo OoTO OOTO OOTO OOTO OOTO",  # the switch is turned on by everybody
    "Oooo OoTO OoTO OoTO OoTO OoTO",  # the first day leaves it on
    "oooo OoTT OoTT OoTT OoTT OoTT",  # whoever finds it on tells
):
    WRONG.value("my_protocol", protocol, says="it reaches the ceiling")
