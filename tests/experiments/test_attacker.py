"""The attacker that learns: it starts as the official one, and it gets worse for the defender."""

import numpy as np

from course_lib.cyber_range import evaluate, make_policy
from course_lib.experiments.attacker import (
    PARAMETERS,
    Attackers,
    CrossEntropyConfig,
    best_response,
    judge,
    play_against,
    scripted,
)


def test_the_attacker_starts_as_the_official_one():
    """Chances are those of its table, and hosts are drawn alike; so is what the expert loses."""
    attackers = Attackers.of(np.tile(scripted(), (16, 1)))
    from_table = np.diff(attackers.kinds[0], axis=1, prepend=0.0)
    assert scripted().shape == (PARAMETERS,)
    assert np.allclose(from_table[1, :3], [0.5, 0.25, 0.25])
    lost = play_against(make_policy("expert"), attackers, 7_000)
    official = evaluate("expert", episodes=16, seed=7_000).defended_scores
    error = np.hypot(lost.std(ddof=1), official.std(ddof=1)) / np.sqrt(16)
    assert abs(lost.mean() - official.mean()) < 4 * error


def test_a_short_search_finds_a_worse_attacker():
    """Against a team that sleeps, two generations already cost more than the official attacker."""
    blue = make_policy("sleep")
    config = CrossEntropyConfig(population=8, elite=2, generations=2)
    found = best_response(blue, config, episodes=2, seed=1)
    fresh = range(9_000, 9_008)
    before = judge(blue, scripted(), fresh).mean()
    assert len(found) == 2 and judge(blue, found[-1].mean, fresh).mean() < before
