"""Drawings of learning: the loop, a world as a chain, a plan as a grid, a network, the clip."""

from collections.abc import Sequence

import numpy as np

from course_lib.validate import in_range, word

from .sketch import Sketch


def draw_loop(agent: str = "agent", environment: str = "environment") -> Sketch:
    """Agent and environment: an action goes one way, an observation and a reward come back."""
    word("agent", agent)
    word("environment", environment)
    sketch = Sketch(
        640,
        190,
        f"A loop of two boxes. The {agent} sends an action to the {environment}; the "
        f"{environment} sends back an observation and a reward, and so on, tick after tick.",
    )
    sketch.box(
        120, 95, 190, 90, f"{agent}\n\nits policy: from what it\nsees to what it does", "blue"
    )
    sketch.box(520, 95, 190, 90, f"{environment}\n\nits state, its rules,\nred and green", "plain")
    sketch.arrow((215, 70), (425, 70), "blue", bend=26)
    sketch.text(320, 22, "action", bold=True)
    sketch.arrow((425, 120), (215, 120), "orange", bend=26)
    sketch.text(320, 172, "observation and reward", bold=True)
    sketch.text(320, 95, "one round = one tick", size=12)
    return sketch


def draw_chain(transitions: np.ndarray, rewards: np.ndarray) -> Sketch:
    """A chain of stages in which action 0 leads back and action 1 leads on with some luck.

    Args:
        transitions: (S, 2, S) chance of each next stage.
        rewards: (S, 2) points.
    """
    stages = len(transitions)
    sketch = Sketch(
        60 + 120 * stages,
        250,
        f"A chain of {stages} circles, stage 0 to {stages - 1}. Pushing leads on along the upper "
        "arrows with the chance written there, else stays or falls back; closing tickets leads one "
        "stage back. Only the two ends pay.",
    )
    places = [90 + 120 * stage for stage in range(stages)]
    for stage, x in enumerate(places):
        _draw_stage(sketch, x, stage, transitions[stage, 1], rewards[stage])
    for stage, (x, after) in enumerate(zip(places, places[1:], strict=False)):
        sketch.arrow(
            (x + 20, 102),
            (after - 20, 102),
            "blue",
            bend=24,
        )
        chance = transitions[stage, 1, stage + 1]
        sketch.text((x + after) / 2, 66, f"{chance:.0%}", size=12)
        sketch.arrow(
            (after - 20, 138),
            (x + 20, 138),
            "faint",
            dashed=True,
            bend=24,
        )
    middle = (places[0] + places[-1]) / 2
    sketch.text(middle, 20, "blue: push on (the chance to advance; ↻ to stay; ← to fall back)")
    sketch.text(middle, 232, "dashed: close easy tickets (one stage back for sure)")
    return sketch


def _draw_stage(
    sketch: Sketch, x: float, stage: int, push: np.ndarray, rewards: np.ndarray
) -> None:
    """One circle, what pushing there does besides advancing, and what is paid there."""
    pays = rewards.max() > 0
    sketch.circle(x, 120, 26, f"{stage}", "orange" if pays else "plain")
    back = f" ← {push[stage - 1]:.0%}" if stage and push[stage - 1] else ""
    sketch.text(x, 168, f"↻ {push[stage]:.0%}\n{back}", size=12)
    for action, name in enumerate(("tickets pay", "pushing pays")):
        if rewards[action] > 0:
            sketch.text(x, 202, f"{name} {rewards[action]:g}", size=12, bold=True)


def draw_plan(policy: np.ndarray, names: Sequence[str], rows: str, columns: str) -> Sketch:
    """A policy of two actions as a grid: a column a tick, a row a state, the last state on top.

    Args:
        policy: (H, S) number of the action, 0 or 1.
        names: both actions in words.
        rows, columns: what a row and a column is, such as "stage" and "tick".
    """
    ticks, states = policy.shape
    cell = 30
    share = policy.mean()
    sketch = Sketch(
        120 + cell * ticks,
        56 + cell * states,
        f"A grid of {ticks} columns, one for each {columns}, and {states} rows, one for each "
        f"{rows}. {share:.0%} of the fields say {names[1]!r}, from the first {columns} on; the "
        f"others, a staircase in the lower right corner, say {names[0]!r}.",
    )
    for tick in range(ticks):
        x = 100 + cell * tick
        sketch.text(x, 18 + cell * states, f"{tick + 1}", size=12)
        for state in range(states):
            y = 20 + cell * (states - 1 - state)
            fill = "blue" if policy[tick, state] else "plain"
            sign = "→" if policy[tick, state] else "·"
            sketch.box(x, y, cell - 3, cell - 3, sign, fill, "faint")
    for state in range(states):
        y = 20 + cell * (states - 1 - state)
        sketch.text(78, y, f"{rows} {state}", "end", size=12)
    legend = f"{columns} (→ {names[1]}, · {names[0]})"
    sketch.text(
        100 + cell * (ticks - 1) / 2,
        42 + cell * states,
        legend,
        size=12,
    )
    return sketch


def draw_clip(clip: float = 0.2) -> Sketch:
    """PPO's objective against the ratio, for a good and for a bad action."""
    clip = in_range("clip", clip, 0, below=1)
    sketch = Sketch(
        720,
        280,
        "Two panels: PPO's objective against the ratio of new to old probability. Left, a good "
        f"action: it rises with the ratio and is flat above {1 + clip:g}. Right, a bad action: it "
        f"is flat below {1 - clip:g} and falls with the ratio above. Flat means no push.",
    )
    _draw_clip_panel(sketch, 40, 1.0, clip)
    _draw_clip_panel(sketch, 400, -1.0, clip)
    return sketch


def _draw_clip_panel(sketch: Sketch, left: float, advantage: float, clip: float) -> None:
    """One panel, ratios 0 to 2."""
    good = advantage > 0
    title = "a good action (advantage +)" if good else "a bad action (advantage -)"
    sketch.text(left + 140, 18, title, bold=True)
    zero = 230 if good else 60
    sketch.arrow((left, zero), (left + 300, zero), "faint")
    sketch.line([(left, 36), (left, 244)], "faint")
    for ratio in (1 - clip, 1.0, 1 + clip):
        x = left + 140 * ratio
        sketch.line(
            [(x, 36), (x, 244)],
            "faint",
            dashed=True,
            thick=0.8,
        )
        sketch.text(x, 258 + 14 * (ratio == 1.0), f"{ratio:g}", size=12)
    ratios = (0.0, 1 - clip, 1 + clip, 2.0)
    points = []
    for ratio in ratios:
        bounded = min(max(ratio, 1 - clip), 1 + clip)
        value = min(ratio * advantage, bounded * advantage)
        points.append((left + 140 * ratio, zero - 85 * value))
    for number, pair in enumerate(zip(points, points[1:], strict=False)):
        flat = pair[0][1] == pair[1][1]
        sketch.line(list(pair), "orange" if flat else "blue", thick=3.0)
        if number == (2 if good else 0):
            word_x = (pair[0][0] + pair[1][0]) / 2
            sketch.text(word_x, pair[0][1] - 14, "flat: no push", size=12)
    sketch.text(left + 280, 258, "ratio", "end", size=12)
    goes = "pushed up,\nuntil far enough" if good else "pushed down,\nuntil far enough"
    sketch.text(left + (60 if good else 226), 130, goes, size=12)
    sketch.text(left - 6, zero, "0", "end", size=12)
