"""``bench picture``: the picture at the top of the README, the same episode with two defenders."""

from __future__ import annotations

import argparse
import pathlib

DESCRIPTION = """\
Play the episode of seed 0 twice, with sleeping defenders and with the best scripted ones, and draw tick 400 of both.

Writes one PNG file, by default the one that the README shows."""

TARGET = "notebooks/pictures/two-defenders.png"
DEFENDERS = {"sleep": "defenders asleep", "expert": "scripted defenders"}
TICK = 400


def run(arguments: list[str]) -> int:
    """Draw the picture."""
    parser = argparse.ArgumentParser(
        "python -m course_lib bench picture",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", metavar="FILE", default=TARGET, help=f"(default: {TARGET})")
    out = pathlib.Path(parser.parse_args(arguments).out)
    import matplotlib

    matplotlib.use("Agg")
    from course_lib.analysis.figures import new_figure
    from course_lib.analysis.network_map import draw_network
    from course_lib.cyber_range import make_policy, record_episode

    figure, axes = new_figure(1, 2, figsize=(21, 7.4))
    for ax, (name, words) in zip(axes, DEFENDERS.items(), strict=True):
        record = record_episode(make_policy(name), seed=0)
        draw_network(record, TICK, ax)
        held, hosts, score = record.hosts_held()[TICK], record.exists.sum(), record.score_so_far()[TICK]
        ax.set_title(f"{words}, tick {TICK}: {score:,.0f} points, red holds {held} of {hosts} hosts")
        print(f"{words}: {score:,.0f} points at tick {TICK}, red holds {held} of {hosts} hosts")
    out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out, dpi=70)
    print(f"wrote {out}")
    return 0
