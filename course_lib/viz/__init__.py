"""Pictures: one figure style, network and tree maps, replays drawn from a record, tables."""

# ruff: noqa: F401 (the imports below are what this package offers)

from .episode_text import describe_frame
from .figures import INK, label_axes, new_figure, plot_band, score_intervals, series_style, show
from .network_geometry import FULL_NAMES
from .network_map import draw_network
from .replay import show_replay
from .tables import show_table
from .tree_map import draw_tree, draw_trees, tree_text
