"""Ready command trees: the two of the paper (section 4), and one for another network.

The paper's two-layer structure is a commander over seven zone units, its three-layer one puts three
group commanders between, "which partition the seven subnets into three groups according to their
functionality". Which groups, only the figure would tell; ours are the restricted zones, the
operational zones, and the headquarters network with its public access zone.

Seven zone units against CC4's five agents: the official HQ agent owns three zones and takes one
action a tick. With ``defenders="official"`` the lowest unit that commands all three decides in each
tick which of them acts (see `arbitration`); with ``"per-zone"`` every leaf acts on its own, which
is not comparable with published scores.
"""

from .tree import Tree

TWO_LAYER = Tree.from_description({"commander": ["RZA", "OZA", "RZB", "OZB", "ADM", "OFF", "PAZ"]})
THREE_LAYER = Tree.from_description(
    {
        "commander": {
            "restricted": ["RZA", "RZB"],
            "operational": ["OZA", "OZB"],
            "headquarters": ["ADM", "OFF", "PAZ"],
        }
    }
)
UTILITY = Tree.from_description(
    {
        "national centre": {
            "north": {"power plants": ["plant 1", "plant 2", "plant 3"], "grid": ["line control"]},
            "south": ["water works", "billing"],
            "field": {"substations": [f"substation {i}" for i in range(1, 6)]},
        }
    }
)
"""A free example on another network: four levels, uneven widths, leaves on two levels of the
drawing."""

STRUCTURES = {"two-layer": TWO_LAYER, "three-layer": THREE_LAYER, "utility": UTILITY}


def structure(name: str) -> Tree:
    """A ready tree by name; ValueError for an unknown one."""
    if name not in STRUCTURES:
        raise ValueError(f"no structure {name!r}; there are {', '.join(STRUCTURES)}")
    return STRUCTURES[name]
