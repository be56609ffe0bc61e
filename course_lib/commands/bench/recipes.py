"""Record the strong teams of lessons 12 and 13: train each recipe with all its seeds, and score
each team with 1,000 official episodes, drawn and greedily.

A finished run is not repeated, a stopped one goes on. A team that learns from the reward takes five
to ten minutes on one core, one that is taught a minute or two; --processes trains several at once.
Writes into course_lib/data/study (--results): for each run spec.json, curve.csv, result.json; and
into my-work/recipes (--work) checkpoints and weights. --list says what is there, --table prints
what it shows, --time when the running score passed its marks, --readme writes both into
course_lib/data/reports/learned.md and a short table into README.md; --doctrine plays recorded teams
with three rules mixed in, --parts with commands or messages replaced, --fresh in 4,000 episodes
that nobody was trained or judged on, beside `expert`; --ship copies the weights that come with the
course out of the work folder."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from .. import parser, seed_number, venv
from .report_files import LEARNED, README, rewrite
from .study import recording_options, share


def run(arguments: list[str]) -> int:
    """Record the teams, or say what is recorded."""
    options = parsed(arguments)
    venv.enter_if_ready(["bench", "recipes", *arguments])
    from course_lib.experiments.study import recipe_report, recipes

    folder = options.results or recipes.STUDY_FOLDER
    if options.table or options.time:
        print(recipe_report.table(folder) if options.table else recipe_report.time_table(folder))
        return 0
    if options.readme:
        from course_lib.experiments.study import recipe_readme

        rewrite(LEARNED, lambda text: recipe_readme.with_learned_block(text, folder))
        rewrite(README, lambda text: recipe_readme.with_summary(text, folder))
        return 0
    wanted = [
        run
        for run in recipes.recipe_runs(options.names)
        if options.seeds is None or run[1] in options.seeds
    ]
    if not wanted:
        raise ValueError("no recipe has such a seed; --list names the runs")
    work = options.work or venv.ROOT / "my-work" / "recipes"
    if options.ship:
        print("\n".join(str(path) for path in recipes.ship_recipes(work)))
        return 0
    if play := further_play(options):
        there = [one for one in wanted if recipes.recipe_path(*one, folder).exists()]
        share(play, [(name, seed, work, folder) for name, seed in there], options.processes)
        return 0
    missing = [one for one in wanted if not recipes.recipe_path(*one, folder).exists()]
    if options.list:
        for name, seed in wanted:
            print(f"{name}-{seed}: {'missing' if (name, seed) in missing else 'recorded'}")
        return 0
    share(record_one, [(name, seed, work, folder) for name, seed in missing], options.processes)
    return 0


def record_one(task: tuple) -> str:
    """One run in its own process."""
    import torch

    from course_lib.experiments.study import recipes

    torch.set_num_threads(1)
    name, seed, work, folder = task
    result = recipes.record_recipe(name, seed, work, folder)
    sampled, greedy = (result[play]["scores"] for play in recipes.PLAYS)
    means = f"sampled {sum(sampled) / len(sampled):.1f}, greedy {sum(greedy) / len(greedy):.1f}"
    return f"{name}-{seed}: {means} after {result['steps']:,} steps"


def further_play(options: argparse.Namespace) -> Callable[[tuple], str] | None:
    """How recorded teams are to play once more, if they are."""
    if options.doctrine:
        return play_with_rules
    if options.parts:
        return play_without_parts
    return play_fresh if options.fresh else None


def once_more(kind: str, record: Callable, task: tuple) -> str:
    """Let one recorded team play once more, unless that is recorded already; the run's name."""
    import torch

    from course_lib.experiments.study.arms import extra_path

    torch.set_num_threads(1)
    name, seed, work, folder = task
    if not extra_path(kind, name, seed, folder).exists():
        record(name, seed, work / f"{name}-{seed}" / "policy.pt", folder)
    return f"{name}-{seed}"


def play_without_parts(task: tuple) -> str:
    """Play one recorded team with each of its parts replaced."""
    from course_lib.experiments.study import parts_replaced

    run_name = once_more(parts_replaced.KIND, parts_replaced.record_parts, task)
    return f"{run_name}: played with each part replaced"


def play_fresh(task: tuple) -> str:
    """Play one recorded team in episodes that nobody was trained or judged on."""
    from course_lib.experiments.study import fresh_episodes

    run_name = once_more(fresh_episodes.KIND, fresh_episodes.record_fresh, task)
    return f"{run_name}: played {fresh_episodes.EPISODES:,} fresh episodes"


def play_with_rules(task: tuple) -> str:
    """Play one recorded team with three rules mixed in."""
    from course_lib.experiments.study import with_doctrine

    run_name = once_more(with_doctrine.KIND, with_doctrine.record_doctrine, task)
    return f"{run_name}: played with three rules mixed in"


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The options of the report."""
    made = parser(__name__)
    made.add_argument("--names", nargs="+", metavar="NAME", help="only these (default: all)")
    made.add_argument("--seeds", nargs="+", type=seed_number, metavar="SEED", help="(default: all)")
    recording_options(made)
    made.add_argument("--table", action="store_true", help="print what the recorded runs show")
    made.add_argument(
        "--time", action="store_true", help="print when the running scores passed their marks"
    )
    made.add_argument(
        "--readme",
        action="store_true",
        help="write what the recorded runs show into their report and README.md",
    )
    made.add_argument(
        "--fresh",
        action="store_true",
        help="play recorded teams, and `expert`, in 4,000 fresh episodes",
    )
    made.add_argument(
        "--doctrine",
        action="store_true",
        help="play recorded teams with three rules mixed in, beside the five rules alone",
    )
    made.add_argument(
        "--parts",
        action="store_true",
        help="play recorded teams with their commands or messages replaced",
    )
    made.add_argument("--ship", action="store_true", help="copy seed 0 into the course")
    made.add_argument("--list", action="store_true", help="say which runs are recorded")
    return made.parse_args(arguments)
