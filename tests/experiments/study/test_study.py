"""The recorded study: its records are whole, its summaries are honest, and its commands go on where
they were."""

import json
import shutil

import numpy as np
import pytest

from course_lib.commands.bench import report_files
from course_lib.commands.bench import study as bench_study
from course_lib.cyber_range import evaluate
from course_lib.experiments.study import ablations, claims, readme, report, summary, verdicts
from course_lib.experiments.study import arms as study
from course_lib.hierarchy import FULL, THREE_LAYER, HierarchicalDefender, Team
from course_lib.hierarchy.spaces import ACTION_CLASSES
from course_lib.training import pretrained as shipped
from course_lib.training import runs, saving

TINY = {
    "num_envs": 2,
    "num_steps": 12,
    "iterations": 2,
    "epochs": 1,
    "minibatch_size": 64,
    "precision": "float32",
}


def write_result(folder, arm, seed, scores, curve):
    """A recorded run with the given evaluation scores and curve of (steps, score)."""
    place = folder / f"{arm}-{seed}"
    place.mkdir(parents=True)
    (place / "spec.json").write_text("{}")
    (place / "curve.csv").write_text(
        "iteration,steps,score,wall_seconds\n"
        + "".join(f"{i},{s},{v},{i}\n" for i, (s, v) in enumerate(curve, 1))
    )
    record = {
        "format": study.FORMAT,
        "version": study.VERSION,
        "arm": arm,
        "seed": seed,
        "steps": curve[-1][0],
        "train_seconds": 60.0,
        "scores": scores,
        "actions": dict.fromkeys(ACTION_CLASSES, 0.125),
    }
    (place / "result.json").write_text(json.dumps(record))


def rising(low, high, points=20):
    return [((i + 1) * 100, low + (high - low) * i / (points - 1)) for i in range(points)]


def flat_curve(value, points=20):
    return [((i + 1) * 100, value) for i in range(points)]


@pytest.fixture
def recorded(tmp_path):
    for seed, mean in enumerate((-100, -110, -120)):
        write_result(tmp_path, "three-layer", seed, [mean - 10, mean + 10], rising(-900, mean))
    for seed, mean in enumerate((-300, -310)):
        write_result(tmp_path, "flat", seed, [mean - 50, mean + 50], flat_curve(mean))
    write_result(tmp_path, "scaled", 0, [-200, -202], flat_curve(-201))
    return tmp_path


def level(folder):
    """Take the rise out of the curves of the main arm."""
    for seed in range(3):
        shutil.rmtree(folder / f"three-layer-{seed}")
        mean = -100 - 10 * seed
        write_result(folder, "three-layer", seed, [mean - 10, mean + 10], flat_curve(mean))


def test_a_seed_is_one_observation(recorded):
    found = summary.summarise("three-layer", recorded)
    assert found.means.tolist() == [-100, -110, -120] and found.mean == -110
    assert found.interval == pytest.approx(
        (-134.84, -85.16), abs=0.01
    )  # t(2) = 4.303 times 10 / sqrt(3)
    assert found.episode_std == pytest.approx(np.sqrt(200))
    assert not found.exploratory and summary.summarise("scaled", recorded).exploratory


def test_a_curve_that_rises_at_its_end_is_called_rising(recorded):
    assert summary.summarise("three-layer", recorded).still_rising
    assert not summary.summarise("flat", recorded).still_rising


def test_the_difference_of_arms_is_over_seeds(recorded):
    found = summary.compare("three-layer", "flat", recorded)
    assert found.difference == 195 and found.excludes_zero
    assert not summary.compare("three-layer", "scaled", recorded).excludes_zero, (
        "one seed says nothing about spread"
    )


def test_a_verdict_says_whether_the_interval_contains_zero(recorded):
    (answer,) = claims.answers(recorded)
    assert answer.text.startswith("three layers with doctrine against flat MAPPO without +195 [")
    assert "exploratory: too few seeds of flat" in answer.text, "two seeds are not three"
    write_result(recorded, "flat", 2, [-340, -280], flat_curve(-310))
    (answer,) = claims.answers(recorded)
    assert answer.text.endswith("(still rising: three-layer; nothing is ranked)")
    level(recorded)
    (answer,) = claims.answers(recorded)
    assert "(the interval excludes 0: better; p below 0.001" in answer.text
    for seed, mean in enumerate((-105, -115, -118)):
        write_result(recorded, "two-layer", seed, [mean - 1, mean + 1], flat_curve(mean))
    last = claims.answers(recorded)[-1]
    assert last.text.endswith("(the interval contains 0: no difference shown)")


def test_speed_is_steps_to_most_of_the_own_gain(recorded):
    found = summary.summarise("three-layer", recorded)
    assert found.steps_to_gain.tolist() == [1800, 1800, 1800], (
        "straight lines: 90 % of the way to the last tenth"
    )
    assert summary.summarise("flat", recorded).steps_to_gain.tolist() == [100, 100], (
        "nothing to gain"
    )


def test_what_a_part_is_worth_is_paired_by_episode(recorded):
    assert report.ablation_table(folder=recorded) == ""
    scores = {"trained, doctrine": [-100, -200, -300], "commands: ones": [-103, -202, -304]}
    study.keep_scores("ablations", "three-layer", 1, scores, 700_000, recorded)
    row = report.ablation_table(folder=recorded).splitlines()[-1]
    assert row.startswith("| commands: ones | -203.0 | +3.0 [0.5, 5.5] |"), row


def test_the_table_names_exploratory_arms_and_leaves_out_missing_ones(recorded):
    table = report.table(recorded)
    assert table.count("\n") == 2 + 3
    assert "one seed: exploratory" in table and "`two-layer`" not in table


def test_report_and_readme_say_what_the_records_say():
    anew = "write it anew with: python -m course_lib bench study --readme"
    text = report_files.STUDY.read_text(encoding="utf-8")
    assert text == readme.with_block(text), anew
    text = report_files.README.read_text(encoding="utf-8")
    assert text == readme.with_bottom_line(text), anew


def test_the_summary_sorts_claims_by_their_intervals(recorded):
    level(recorded)
    write_result(recorded, "flat", 2, [-340, -280], flat_curve(-310))
    for seed, mean in enumerate((-105, -115, -118)):
        write_result(recorded, "two-layer", seed, [mean - 1, mean + 1], flat_curve(mean))
    lines = readme.block(recorded).splitlines()
    (unlike,) = (line for line in lines if line.startswith("- **Not comparable**"))
    (open_,) = (line for line in lines if line.startswith("- **Not shown:**"))
    assert (
        "three layers with doctrine against flat MAPPO without +197 [" in unlike
        and "against two" not in unlike
    )
    assert "three layers against two +3 [" in open_ and "flat MAPPO" not in open_
    assert "better than Singh's learned master (-181)" in "\n".join(lines), "-134.8 to -85.2"
    assert "not told apart from Singh's expert master (-130)" in "\n".join(lines)
    assert "On the public simulator" not in "\n".join(lines)


def test_the_summary_tells_replaced_parts_and_the_simulator_once_they_are_recorded(recorded):
    for seed, worth in enumerate((3, 5)):
        means = {name: [-500, -502] for name in (*ablations.CORNERS, *ablations.REPLACEMENTS)}
        means |= {"trained, doctrine": [-100, -102], "commands: ones": [-100 - worth, -102 - worth]}
        study.keep_scores("ablations", "three-layer", seed, means, 700_000, recorded)
        study.keep_scores(
            "simulator",
            "three-layer",
            seed,
            {"simulator": [-90 - seed, -94 - seed]},
            1000,
            recorded,
        )
    text = readme.block(recorded)
    assert "commands: ones +4 [-9, +17], which contains 0" in text, "t(1) = 12.7 times s.e. 1"
    assert "untrained, played with rules -501 (each of 2 seeds)" in text
    assert "training adds +400 [+400, +400] where the rules play along" in text
    assert (
        "and +0 [+0, +0], which contains 0 where they do not" in text
        and "(2 seeds: exploratory)" in text
    )
    assert "`three-layer` seed 1 -93 ± 2 (2 episodes; range -110)" in text
    assert (
        "`three-layer` has on the public simulator, where those were measured, -99 to -86 over "
        "2 seeds"
    ) in text


def test_one_of_many_questions_is_only_suggestive(tmp_path, monkeypatch):
    """Its own interval leaves out 0, but so would one of twenty by chance."""
    for seed, mean in enumerate((-160.8, -194.8, -174.7, -207.8, -210.1)):
        write_result(tmp_path, "three-layer", seed, [mean - 1, mean + 1], flat_curve(mean))
    for seed, mean in enumerate((-147.3, -164.5, -170.4, -165.2, -154.9)):
        write_result(tmp_path, "own-zone", seed, [mean - 1, mean + 1], flat_curve(mean))
    (only,) = (one for one in claims.answers(tmp_path) if one.arms[0] == "own-zone")
    assert only.kind == "shown", "asked alone"
    values = {("a", "b"): 0.5, ("c", "d"): 0.6, **claims.p_values(tmp_path)}
    monkeypatch.setattr(claims, "p_values", lambda folder: values)
    (only,) = (one for one in claims.answers(tmp_path) if one.arms[0] == "own-zone")
    assert only.kind == "suggestive" and "after Holm's correction over 3" in only.text


def test_holms_correction_is_that_of_the_definition():
    found = verdicts.holm({("a", "b"): 0.01, ("c", "d"): 0.04, ("e", "f"): 0.03})
    assert found == pytest.approx({("a", "b"): 0.03, ("e", "f"): 0.06, ("c", "d"): 0.06})


def test_a_readme_without_the_marks_is_refused(recorded):
    for renewed in (readme.with_block, readme.with_bottom_line):
        with pytest.raises(ValueError, match="no place for this: it lacks <!-- study -->"):
            renewed("# A course", recorded)
    text = readme.with_block("a <!-- study -->stale<!-- /study --> z", recorded)
    assert (
        text.startswith("a <!-- study -->\n")
        and text.endswith("<!-- /study --> z")
        and "stale" not in text
    )


def test_shipping_copies_all_weights_or_none(tmp_path):
    work, folder = tmp_path / "work", tmp_path / "weights"
    folder.mkdir()
    for name in shipped.SHIPPED[:-1]:
        (work / f"{name}-0").mkdir(parents=True)
        (work / f"{name}-0" / "policy.pt").write_bytes(name.encode())
    with pytest.raises(ValueError, match="policy.pt is missing"):
        study.ship(work, folder)
    assert list(folder.iterdir()) == []
    (work / f"{shipped.SHIPPED[-1]}-0").mkdir()
    (work / f"{shipped.SHIPPED[-1]}-0" / "policy.pt").write_bytes(b"last")
    assert [path.name for path in study.ship(work, folder)] == [
        f"{name}.pt" for name in shipped.SHIPPED
    ]
    assert (folder / "two-layer.pt").read_bytes() == b"two-layer"


@pytest.mark.parametrize("name", shipped.SHIPPED)
def test_what_comes_with_the_course_is_what_the_study_recorded(name):
    spec = json.loads((study.STUDY_FOLDER / f"{name}-0" / "spec.json").read_text(encoding="utf-8"))
    assert shipped.load_policy(name).about["spec"] == spec
    recorded = study.read_result(name, 0)["scores"][:4]
    report = evaluate(shipped.load_policy(name), episodes=4, seed=study.EVALUATION_SEED)
    assert report.scores.tolist() == recorded.tolist()


def test_missing_and_damaged_results_are_one_clear_line(recorded):
    with pytest.raises(ValueError, match="no run of 'two-layer' is recorded"):
        summary.summarise("two-layer", recorded)
    (recorded / "flat-1" / "result.json").write_text("{")
    with pytest.raises(ValueError, match="missing or damaged"):
        summary.summarise("flat", recorded)


def test_first_seeds_of_the_core_arms_come_first_and_exploratory_arms_last():
    wanted = study.runs_wanted()
    assert len(wanted) == sum(arm.seeds for arm in study.ARMS.values())
    exploratory = [study.ARMS[arm].seeds < 3 for arm, _ in wanted]
    assert exploratory == sorted(exploratory)
    with pytest.raises(ValueError, match="no arm 'best'"):
        study.runs_wanted(["best"])


@pytest.mark.parametrize("arm", study.ARMS)
def test_every_arm_can_be_built_and_differs_from_the_main_one(arm):
    spec = study.ARMS[arm].spec
    runs.build_trainer(runs.replace(spec, training={**spec.training, "num_envs": 1}))
    assert arm == "three-layer" or spec != study.MAIN


@pytest.fixture(scope="module")
def tiny_run(tmp_path_factory):
    """A hierarchy trained for two tiny iterations, recorded and scored on three episodes."""
    work, kept = tmp_path_factory.mktemp("work"), tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study, "EVALUATION_EPISODES", 3)
        patch.setitem(study.ARMS, "three-layer", study.Arm(runs.RunSpec(training=TINY), 1, "tiny"))
        result = study.record_run("three-layer", 0, work, kept)
        again = study.record_run("three-layer", 0, work, kept)
    return work, kept, result, again


def test_a_recorded_run_is_kept_with_all_that_made_it_and_is_not_repeated(tiny_run):
    work, kept, result, again = tiny_run
    assert len(result["scores"]) == 3 and result["steps"] == 48
    assert np.array_equal(again["scores"], result["scores"])
    assert {path.name for path in (kept / "three-layer-0").iterdir()} == {
        "spec.json",
        "curve.csv",
        "result.json",
    }
    assert runs.read_spec(kept / "three-layer-0").training == TINY
    assert sum(result["actions"].values()) == pytest.approx(1, abs=1e-3)


def test_the_four_corners_and_the_replacements_play_the_same_episodes(tiny_run):
    work, kept, result, _ = tiny_run
    found = dict(ablations.scores(work / "three-layer-0" / "policy.pt", episodes=3))
    assert found["trained, doctrine"] == result["scores"]
    assert len(found) == 9 and len({tuple(scores) for scores in found.values()}) >= 8
    assert (
        np.mean(found["full doctrine alone"])
        > np.mean(found["random, doctrine"])
        > np.mean(found["random, no doctrine"])
    )
    study.keep_scores("ablations", "three-layer", 0, found, 700_000, kept)
    assert (
        study.read_scores("ablations", "three-layer", 0, kept)["trained, doctrine"].tolist()
        == result["scores"]
    )
    with pytest.raises(ValueError, match="bench study --simulator"):
        study.read_scores("simulator", "three-layer", 0, kept)


def test_a_replaced_part_is_a_team_of_its_own():
    """Nobody's configuration changes under a team that plays on."""
    trained = HierarchicalDefender(Team(THREE_LAYER, seed=3))
    before = trained.team.config
    averaged = ablations.messages_averaged(trained).team
    assert averaged is not trained.team and trained.team.config == before
    assert averaged.config.unit.message.pooling == "mean"
    weights = trained.team.state_dict()
    kept = averaged.state_dict()
    assert kept.keys() == weights.keys(), "the encoder stays: only the pooling is evened out"
    assert all(bool((kept[name] == weights[name]).all()) for name in weights)
    deaf = ablations.messages_of_zeros(trained).team.state_dict()
    assert set(deaf) < set(weights), "without an encoder"
    alone = ablations.doctrine_alone(trained)
    assert alone.doctrine is FULL and alone.team.config.unit.policy.doctrine_weight == 1
    for unit in alone.team.units.values():
        assert unit.policy_function.config.doctrine_weight == 1


def test_only_a_hierarchy_has_parts_to_replace():
    replaced = (name for name, _ in ablations.scores("random", episodes=1))
    with pytest.raises(ValueError, match="scripted policy"):
        list(replaced)


def test_a_saved_policy_loads_with_random_weights_or_without_doctrine(tiny_run):
    path = tiny_run[0] / "three-layer-0" / "policy.pt"
    trained = shipped.load_policy(path)
    untrained = shipped.load_policy(path, weights="random")
    assert (
        len(trained.doctrine.rules) == 3
        and not shipped.load_policy(path, doctrine=False).doctrine.rules
    )
    first = runs.build_defender(runs.RunSpec(**trained.about["spec"])).team.state_dict()
    assert all(
        bool((untrained.team.state_dict()[name] == tensor).all()) for name, tensor in first.items()
    )
    assert any(
        bool((trained.team.state_dict()[name] != tensor).any()) for name, tensor in first.items()
    )
    with pytest.raises(ValueError, match="scripted policy"):
        shipped.load_policy("expert", weights="random")
    with pytest.raises(ValueError, match="weights='best'"):
        shipped.load_policy(path, weights="best")
    with pytest.raises(ValueError, match="does not exist"):
        saving.load_defender(path.with_name("none.pt"))


def test_the_command_lists_what_is_missing(tmp_path, capsys):
    assert bench_study.run(["--list", "--arms", "flat", "--results", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines() == [f"flat-{seed}: missing" for seed in range(5)]
