"""Colours of the explorer, and the two scales that turn a number into one.

*Weights* are shown by their ratio to an even share: white is uniform, blue is more, orange is less.
A scale that ran to the moment's largest weight would make uniform attention look strong.
*Changes* are shaded by their size.
"""

import numpy as np

BLUE = "#0e8ae6"
ORANGE = "#f25c05"
FAINT = "var(--jp-border-color1,#9a9a94)"
EVENT_COLOURS = ("#aa80a5", ORANGE, "#c9a000", BLUE, "#1f9d55")
"""In the order of `EVENTS`."""
CLASS_COLOURS = (
    "#8a6fd1",
    BLUE,
    "#1f9d55",
    "#c9a000",
    "#5aa9b8",
    ORANGE,
    "#9a9a94",
    "#6d6d68",
)
"""One colour for each class of action that a commander can order."""
STEPS = 6
"""Shades on each side of white."""
FULL_RATIO = 2.0
"""Twice (or half) an even share has the full colour."""
FULL_INFLUENCE = 0.3
"""A message that moves thirty points of a hundred of the command has the full colour."""


def ratio_steps(weights: np.ndarray, count: int) -> np.ndarray:
    """Weights among ``count`` children -> -STEPS .. STEPS, 0 for an even share.

    The scale is logarithmic, so that half and twice an even share are equally far from it.
    """
    if count < 2:
        return np.zeros(np.shape(weights), int)
    ratio = np.maximum(np.asarray(weights, float) * count, 1e-6)
    depth = np.log(ratio) / np.log(FULL_RATIO)
    return np.rint(STEPS * np.clip(depth, -1, 1)).astype(int)


def difference_steps(gaps: np.ndarray, count: int) -> np.ndarray:
    """Differences of weights -> -STEPS .. STEPS; a whole even share has the full colour."""
    depth = np.asarray(gaps, float) * max(count, 1)
    return np.rint(STEPS * np.clip(depth, -1, 1)).astype(int)


def influence_steps(moved: np.ndarray) -> np.ndarray:
    """Shares of a command that moved -> 0 .. STEPS, 0 for nothing; FULL_INFLUENCE is full."""
    depth = np.asarray(moved, float) / FULL_INFLUENCE
    return np.rint(STEPS * np.clip(depth, 0, 1)).astype(int)


def step_fill(step: int) -> str:
    """Fill of a shade, as attributes of an SVG shape."""
    colour = BLUE if step > 0 else ORANGE
    return f'fill="{colour}" fill-opacity="{abs(step) / STEPS:.2f}"'


def shade(share: float) -> str:
    """A translucent background that is the stronger the larger the share, -1 to 1."""
    rgb = "14,138,230" if share > 0 else "242,92,5"
    opacity = 0.55 * min(1.0, abs(float(share)))
    return f"rgba({rgb},{opacity:.2f})"
