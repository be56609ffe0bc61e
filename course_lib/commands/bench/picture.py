"""Draw the picture at the top of the README: the episode of seed 0 with sleeping defenders and with
the best scripted ones, both at tick 400.

Writes notebooks/pictures/two-defenders.png."""

from __future__ import annotations

import pathlib

from .. import parser, venv

TARGET = (
    pathlib.Path(__file__).resolve().parents[3] / "notebooks" / "pictures" / "two-defenders.png"
)
DEFENDERS = {"sleep": "defenders asleep", "expert": "scripted defenders"}
TICK = 400


def run(arguments: list[str]) -> int:
    """Draw the picture."""
    parser(__name__).parse_args(arguments)
    venv.enter_if_ready(["bench", "picture", *arguments])
    import matplotlib

    matplotlib.use("Agg")
    from course_lib.cyber_range import make_policy, record_episode
    from course_lib.viz.figures import new_figure
    from course_lib.viz.network_map import draw_network

    figure, axes = new_figure(1, 2, figsize=(21, 7.4))
    for ax, (name, words) in zip(axes, DEFENDERS.items(), strict=True):
        record = record_episode(make_policy(name), seed=0)
        draw_network(record, TICK, ax)
        held, hosts, score = (
            record.hosts_held()[TICK],
            record.exists.sum(),
            record.score_so_far()[TICK],
        )
        title = f"{words}, tick {TICK}: {score:,.0f} points, red holds {held} of {hosts} hosts"
        ax.set_title(title)
        print(title)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(TARGET, dpi=70)
    print(f"wrote {TARGET.name}")
    return 0
