"""Pictures: drawings that explain, figures, maps of networks and trees, replays, tables."""

# ruff: noqa: F401 (the imports below are what this package offers)

from .behaviours import behaviour_figure, measure_behaviour, twins
from .drawings_choice import Step, draw_campaign, draw_ladder
from .drawings_learning import draw_chain, draw_clip, draw_loop, draw_plan
from .drawings_network import draw_damage, draw_organisations
from .drawings_networks import draw_attention, draw_fleet, draw_network_in_five, draw_vector_and_set
from .drawings_policy import draw_pay, draw_policy_steps
from .drawings_routes import draw_access_list
from .drawings_study import draw_owners, draw_study_path
from .drawings_team import draw_central_critic, draw_mixers, draw_two_zones
from .drawings_unit import draw_one_receiver, draw_unit
from .episode_text import describe_frame
from .figures import INK, label_axes, new_figure, plot_band, score_intervals, series_style, show
from .network_geometry import FULL_NAMES
from .network_map import draw_network
from .replay import show_replay
from .replay_pair import show_replays
from .sketch import Sketch
from .tables import show_table
from .tree_map import draw_tree, draw_trees, tree_text
