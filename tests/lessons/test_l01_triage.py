"""The alert desk: its logs, its costs, its reacting attacker and its campaign; and the small models
that read them."""

import numpy as np
import pytest

from course_lib import games
from course_lib.learners.bandits import LinUcb
from course_lib.learners.classifiers import (
    Logistic,
    Mahalanobis,
    ShallowTree,
    SmallNetwork,
    occlusion,
    permutation_importance,
)
from course_lib.learners.planning import value_iteration
from course_lib.lessons import l01_triage as triage
from course_lib.lessons.l01_triage import (
    ALERT,
    COSTS,
    campaign,
    costs,
    features,
    generate,
    situation,
    work,
)


def marks(log):
    """What gives an attack away in the world "known"."""
    return (log["signature"] != "-") | (log["failures"] >= 10)


def isolate_marked(log):
    return np.where(marks(log), 2, 0)


# --- logs
# --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("world", triage.WORLDS)
@pytest.mark.parametrize("later", [False, True])
def test_a_log_has_sensible_fields(world, later):
    log = generate(world, 3000, seed=1, later=later)
    assert log.dtype == ALERT and log["malicious"].mean() == pytest.approx(0.08, abs=0.02)
    assert ((log["hour"] >= 0) & (log["hour"] < 24)).all() and (log["kilobytes"] > 0).all()
    assert (
        (log["packets"] >= 1).all() and (log["seconds"] > 0).all() and (log["failures"] >= 0).all()
    )
    assert set(log["process"]) <= set(triage.PROCESSES) and set(log["signature"]) <= {"-", "S-7"}
    assert 0 < np.isnan(log["domain_days"]).mean() < 0.5 and not (log["domain_days"] < 1).any()
    assert set(log["kind"][log["malicious"]]) == set(triage.ATTACKS)
    assert set(log["kind"][~log["malicious"]]) == set(triage.WORK)


def test_the_seed_fixes_a_log():
    one, same, other = (generate("fuzzy", 50, seed) for seed in (3, 3, 4))
    assert one.tolist() != other.tolist()
    assert all(
        np.array_equal(one[name], same[name], equal_nan=one[name].dtype.kind == "f")
        for name in ALERT.names
    )


def test_in_the_known_world_a_rule_is_never_wrong_and_in_the_fuzzy_one_it_is():
    known, fuzzy = generate("known", 3000, 5), generate("fuzzy", 3000, 5)
    assert np.array_equal(marks(known), known["malicious"])
    assert (marks(fuzzy) != fuzzy["malicious"]).mean() > 0.05


def test_drift_changes_ordinary_work_and_only_later():
    before, after = (generate("drift", 3000, 5, later) for later in (False, True))
    backup = [log[log["kind"] == "backup"] for log in (before, after)]
    assert set(backup[0]["process"]) == {"backup"} and set(backup[1]["process"]) == {"shell"}
    fired = [(log["signature"][log["kind"] == "browsing"] != "-").mean() for log in (before, after)]
    assert fired[0] < 0.05 and fired[1] == pytest.approx(0.3, abs=0.05)
    assert np.array_equal(features(before), features(generate("fuzzy", 3000, 5)))


def test_the_share_of_attacks_among_shell_alerts_is_the_one_that_follows_from_the_tables():
    log = generate("fuzzy", 60_000, 2)
    attacks, work_ = (
        0.08 / 3 * 1.5,
        0.92 * 0.15 / 2,
    )  # half of each kind of attack, half of the administration
    assert log["malicious"][log["process"] == "shell"].mean() == pytest.approx(
        attacks / (attacks + work_), abs=0.015
    )


# --- what a learner sees
# ---------------------------------------------------------------------------------------


def test_features_of_one_alert_by_hand():
    log = np.zeros(2, ALERT)
    log["hour"], log["process"], log["signature"] = (23.5, 12), ("shell", "mail"), ("S-7", "-")
    log["kilobytes"], log["packets"], log["seconds"] = (1000, 1), (100, 1), (10, 1)
    log["failures"], log["domain_days"] = (0, 6), (100, np.nan)
    expected = [
        [1, 0.6, 0.4, 0.4, 0, 1, 0.5, 0, 0, 0, 1, 0, 0],
        [0, 0, 0, 0, np.log(7) / 3, 0, 0, 1, 0, 1, 0, 0, 0],
    ]
    assert features(log) == pytest.approx(np.array(expected))
    assert len(triage.FEATURES) == features(log).shape[1]


def test_the_night_ends_at_seven_and_begins_at_twenty():
    log = np.zeros(6, ALERT)
    log["hour"] = 0, 6.99, 7, 20, 20.01, 23.99
    assert triage.night(log).tolist() == [True, True, False, False, True, True]


@pytest.mark.parametrize("view", [features, situation])
def test_the_truth_is_not_in_what_a_learner_sees(view):
    log = generate("fuzzy", 200, 0)
    blind = log.copy()
    blind["malicious"], blind["kind"] = ~log["malicious"], "?"
    assert np.array_equal(view(log), view(blind))


def test_situations_number_the_answers_to_six_questions():
    log = generate("fuzzy", 2000, 0)
    numbers = situation(log)
    assert numbers.min() >= 0 and numbers.max() < 64 and len(set(numbers.tolist())) > 20
    assert np.array_equal(numbers % 2 == 1, log["signature"] != "-")
    assert np.array_equal(numbers // 32 == 1, log["kilobytes"] > 3000)


# --- the desk
# --------------------------------------------------------------------------------------------------


def test_costs_by_hand():
    assert costs(
        np.array([False, False, False, True, True, True]), [0, 1, 2, 0, 1, 2]
    ).tolist() == [0, 1, 6, 20, 1, 0]


@pytest.mark.parametrize("world", ["known", "fuzzy", "drift"])
def test_the_desk_books_what_the_log_says(world):
    lost = work(world, 500, 7, isolate_marked, int)
    log = generate(world, 500, 7, later=True)
    assert np.array_equal(lost, costs(log["malicious"], isolate_marked(log)))
    assert (lost.sum() == 0) == (world == "known")


def test_a_learner_is_told_what_it_saw_did_and_lost():
    told = []
    lost = work(
        "fuzzy",
        40,
        7,
        isolate_marked,
        lambda action: 1,
        lambda *step: told.append(step),
        later=False,
    )
    log = generate("fuzzy", 40, 7)
    assert [step[0] for step in told] == isolate_marked(log).tolist()
    assert {step[1:] for step in told} == {(1, -1.0)} and (lost == 1).all()


def test_the_evasive_attacker_keeps_what_gets_through_and_drops_what_is_stopped():
    def kinds_met(action):
        met = []
        work(
            "evasive",
            3000,
            1,
            lambda log: log["kind"],
            lambda kind: met.append(str(kind)) or action,
        )
        return [kind for kind in met if kind in (*triage.ATTACKS, *triage.VARIANTS)]

    assert set(kinds_met(0)) == {"brute force"}  # the first technique, never stopped
    stopped = kinds_met(2)
    assert set(stopped) == {*triage.ATTACKS, *triage.VARIANTS}
    assert all(one != following for one, following in zip(stopped, stopped[1:], strict=False))


def test_a_reacting_attacker_ruins_the_rule_and_a_bandit_recovers():
    rule = 100 * work("evasive", 2000, 11, isolate_marked, int).mean()
    bandit = LinUcb(len(triage.FEATURES), 3, width=0.2, memory=0.9995)
    lost = work(
        "evasive", 2000, 11, features, bandit.choose, lambda x, a, r: bandit.update(x, a, r / 20)
    )
    assert rule > 150 and 100 * lost[1000:].mean() < 100


# --- files
# --------------------------------------------------------------------------------------------------


def test_a_log_survives_its_csv(tmp_path):
    log = generate("fuzzy", 300, 3)
    triage.write_csv(log, tmp_path / "log.csv")
    back = triage.read_csv(tmp_path / "log.csv")
    assert back.dtype == log.dtype
    for name in ALERT.names:
        assert np.array_equal(log[name], back[name], equal_nan=log[name].dtype.kind == "f"), name


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: "a,b\n1,2\n", "is no alert log of version 1"),
        (lambda text: "", "is no alert log"),
        (lambda text: text.replace("version 1", "version 2"), "is no alert log of version 1"),
        (lambda text: text[: len(text) - 10] + "\n", "is damaged"),
        (lambda text: text.replace(",shell,", ",shell,x", 1), "is damaged"),
    ],
)
def test_a_foreign_or_damaged_file_is_one_clear_line(change, says, tmp_path):
    path = tmp_path / "log.csv"
    triage.write_csv(generate("fuzzy", 100, 3), path)
    path.write_text(change(path.read_text("utf-8")), "utf-8")
    with pytest.raises(ValueError, match=says):
        triage.read_csv(path)


# --- the campaign
# ----------------------------------------------------------------------------------------------


def test_the_best_plan_of_the_campaign_scopes_first_and_beats_the_cheapest_tick():
    game = campaign()
    plan = value_iteration(game.transitions, game.rewards, game.discount)
    myopic = game.rewards.argmax(axis=1)
    assert [triage.ACTIONS[a] for a in plan.policy] == [
        "close",
        "investigate",
        "isolate",
        "isolate",
        "isolate",
    ]
    assert [triage.ACTIONS[a] for a in myopic] == [
        "close",
        "isolate",
        "isolate",
        "isolate",
        "isolate",
    ]
    assert plan.values[0] == pytest.approx(-7.0856, abs=1e-4)
    assert games.policy_values(game, myopic[None])[0] == pytest.approx(-11.0238, abs=1e-4)
    assert plan.values == pytest.approx(games.optimal_values(game), abs=1e-6)


# --- models
# --------------------------------------------------------------------------------------------------


def blobs(seed=0, n=400):
    rng = np.random.default_rng(seed)
    y = rng.random(n) < 0.5
    return rng.normal(size=(n, 3)) + np.outer(y, [2.0, 0.0, -1.0]), y


def test_logistic_regression_solves_its_equations_and_finds_the_known_log_odds():
    x, y = blobs(n=20_000)
    model = Logistic(x, y, ridge=1.0)
    p = model.probability(x)
    slope = np.append(x.T @ (p - y) + model.weights, (p - y).sum() + model.intercept)
    assert np.abs(slope).max() < 1e-6
    assert model.weights == pytest.approx(
        [2, 0, -1], abs=0.1
    )  # shift / variance, for normal features


def test_a_tree_finds_the_thresholds_that_made_the_labels_and_says_them():
    rng = np.random.default_rng(0)
    x = rng.random((2000, 3))
    y = (x[:, 1] > 0.7) & (x[:, 2] > 0.2)
    tree = ShallowTree(x, y, depth=2)
    assert ((tree.probability(x) > 0.5) == y).mean() > 0.99
    text = tree.lines(["a", "b", "c"])
    assert text[0].startswith("b above 0.7") and text[1].strip().startswith("c above 0.2")
    assert (
        text[2].strip().startswith("-> 100 % malicious")
        and len([line for line in text if "->" in line]) == 3
    )


def test_a_tree_keeps_its_depth_and_its_smallest_leaf():
    x, y = blobs()
    sizes = [
        int(line.split("(")[1].split()[0])
        for line in ShallowTree(x, y, 3, 30).lines("abc")
        if "->" in line
    ]
    assert sum(sizes) == 400 and min(sizes) >= 30 and 2 < len(sizes) <= 8
    assert len(ShallowTree(x, y, depth=0).lines("abc")) == 1


def test_a_tree_is_the_share_of_its_leaf():
    x = np.repeat([[0.0], [1.0]], 50, axis=0)
    y = np.arange(100) % 50 < np.repeat([10, 40], 50)
    assert sorted(set(ShallowTree(x, y, depth=3).probability(x).tolist())) == [0.2, 0.8]


def test_the_network_learns_what_no_weighted_sum_can():
    rng = np.random.default_rng(0)
    x = rng.choice([-1.0, 1.0], (400, 2)) + 0.2 * rng.normal(size=(400, 2))
    y = x[:, 0] * x[:, 1] > 0
    network = SmallNetwork(x, y)
    assert ((network.probability(x) > 0.5) == y).mean() > 0.98
    assert ((Logistic(x, y).probability(x) > 0.5) == y).mean() < 0.7
    assert np.array_equal(network.probability(x), SmallNetwork(x, y).probability(x))


def test_mahalanobis_distance_is_measured_in_the_datas_own_spread():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(20_000, 2)) @ np.array([[3.0, 0.0], [0.0, 0.5]]) + 1
    found = Mahalanobis(x, ridge=0.0).distance(np.array([[4.0, 1.0], [1.0, 2.0], [1.0, 1.0]]))
    assert found == pytest.approx([1, 4, 0], rel=0.05, abs=0.01)


def test_models_order_attacks_before_work():
    log, later = generate("fuzzy", 1500, 1), generate("fuzzy", 1500, 2)
    x, y, new = features(log), log["malicious"], features(later)
    for score in (
        Logistic(x, y).probability,
        ShallowTree(x, y).probability,
        SmallNetwork(x, y).probability,
    ):
        assert score(new)[later["malicious"]].mean() > score(new)[~later["malicious"]].mean() + 0.3
    distance = Mahalanobis(x).distance(new)
    assert distance[later["malicious"]].mean() > 1.3 * distance[~later["malicious"]].mean()


def test_permutation_importance_of_a_known_measure():
    x = np.random.default_rng(0).normal(size=(4000, 3))
    original = x.copy()

    def measure(
        rows,
    ):  # depends on column 0, and on columns 1 and 2 only through their difference within a row
        return float(
            np.mean((rows[:, 0] - original[:, 0]) ** 2) + np.mean((rows[:, 1] - rows[:, 2]) ** 2)
        )

    x[:, 2] = x[:, 1]
    rises = permutation_importance(measure, x, [[0], [1], [1, 2]], repeats=3, seed=0)
    assert rises == pytest.approx([2, 2, 0], abs=0.15)
    assert np.array_equal(x[:, :2], original[:, :2])


def test_occlusion_of_a_known_function():
    def probability(rows):
        return 0.1 + 0.2 * rows[:, 0] - 0.3 * rows[:, 1]

    assert occlusion(
        probability, np.array([1.0, 2.0, 5.0]), np.array([0.0, 1.0, 0.0])
    ) == pytest.approx([0.2, -0.3, 0])


# --- nonsense
# --------------------------------------------------------------------------------------------------

X, Y = blobs()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: generate("foggy", 10, 0), "world='foggy' is unknown; allowed: known"),
        (lambda: generate("fuzzy", 0, 0), "count=0"),
        (lambda: costs(np.array([True]), [3]), "one of 0, 1, 2"),
        (lambda: costs(np.array([True]), [1, 1]), "for each alert"),
        (lambda: Logistic(X, Y[:-1]), "features"),
        (lambda: Logistic(X, np.ones(len(X))), "both classes"),
        (lambda: ShallowTree(np.where(X > 2, np.nan, X), Y), "not finite"),
    ],
)
def test_nonsense_is_one_clear_line(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_the_prices_make_a_decision_between_three_actions_necessary():
    """Close below 1/20, isolate above 5/6, investigate between: the prices are those of the
    lesson."""
    for p, best in ((0.049, 0), (0.051, 1), (0.83, 1), (0.84, 2)):
        assert ((1 - p) * COSTS[0] + p * COSTS[1]).argmin() == best
