"""Play the trained teams, their rules, the scripted expert and flat MAPPO under conditions that
they were not trained for: networks of full size, more phishing, and other attackers.

Takes about ten minutes. Prints a table; writes generalisation.md and generalisation.json only with
--write."""

from __future__ import annotations

import argparse
import pathlib

from .. import bench, natural, parser, venv


def run(arguments: list[str]) -> int:
    """Run the report."""
    options = parsed(arguments)
    venv.enter_if_ready(["bench", "generalisation", *arguments])
    import torch
    from tqdm import tqdm

    from course_lib.experiments.benchmarks import generalisation

    torch.set_num_threads(1)
    count = len(generalisation.CONDITIONS) * len(generalisation.DEFENDERS)
    cells = generalisation.cells(options.episodes)
    found = list(tqdm(cells, total=count, unit="cell", disable=None))
    first = generalisation.FIRST_SEED
    text = (
        f"Official scores on the range, mean and half-width of the 95 % interval over "
        f"{options.episodes} episodes, seeds from {first}.\n\n{generalisation.table(found)}\n"
    )
    print(text)
    if options.write:
        folder = pathlib.Path(__file__).resolve().parents[2] / "data" / "reports"
        figures = {"episodes": options.episodes, "seed": first}
        figures["cells"] = generalisation.figures(found)
        bench.write(str(folder), "generalisation", text, figures, of="trained teams")
    return 0


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The options of the report."""
    made = parser(__name__)
    made.add_argument(
        "--episodes", type=natural, default=200, metavar="N", help="of each cell (default: 200)"
    )
    made.add_argument("--write", action="store_true", help="write the report into the course")
    return made.parse_args(arguments)
