"""The search for a game in which noise helps is a search, and what it found is tried with fresh
seeds."""

import dataclasses
from collections import Counter

from course_lib.experiments.lesson_runs import l07_noise, read_run


def test_what_was_found_is_what_the_search_found():
    run = read_run("l07-noise-search")
    best = Counter()
    rows = zip(run["game"], run["batch"], run["share"], run["best"], strict=True)
    for game, batch, share, teams in rows:
        best[game, batch, share] += teams
    gains = {place: teams - best[*place[:2], 0.0] for place, teams in best.items()}
    place = (l07_noise.FOUND, l07_noise.ManyTeamsConfig().batch, l07_noise.FOUND_SHARE)
    assert max(gains, key=gains.get) == place
    tried = len(l07_noise.GAMES) * len(l07_noise.BATCHES) * len(l07_noise.SHARES)
    assert tried == 36 and len(gains) == tried + 12  # and without noise


def test_it_is_tried_with_seeds_that_the_search_has_not_used():
    assert max(run.seeds for run in l07_noise.RUNS.values()) <= l07_noise.SEARCH_SEEDS


def test_the_kinds_of_noise_differ_in_one_setting():
    plain = dataclasses.asdict(l07_noise.PLAIN)
    for name, config in l07_noise.NOISES.items():
        other = dataclasses.asdict(config)
        changed = [key for key in plain if plain[key] != other[key]]
        assert len(changed) == (name != "none"), name


def test_a_team_is_paid_what_its_first_choices_pay():
    game = l07_noise.GAMES[l07_noise.FOUND]()
    noisy = l07_noise.NOISES["advantages, share 0.8"]
    own = [l07_noise.taught(game, noisy, updates=2, batch=4) for _ in range(2)]
    assert own[0] == own[1] and own[0] in game.team_payoffs


def test_the_controls_change_what_they_are_named_for(monkeypatch):
    asked = {}
    plain = dataclasses.asdict(l07_noise.ManyTeamsConfig(l07_noise.TEAMS, seed=3))

    def noted(game, config):
        changed = dataclasses.asdict(config)
        asked.setdefault(game, []).append(
            {key: changed[key] for key in plain if plain[key] != changed[key]}
        )
        return 0, 0.0

    monkeypatch.setattr(l07_noise, "at_the_best", noted)
    l07_noise.found(3)
    assert list(asked) == list(l07_noise.GAMES)
    for changes in asked.values():
        assert changes[:5] == [
            {},
            {"advantage_noise": 0.9},
            {"advantage_noise": 0.9, "noise": "same"},
            {"batch": 128},
            {"batch": 8},
        ]
        assert changes[5:] == [{"ent_coef": bonus} for bonus in l07_noise.BONUSES]
