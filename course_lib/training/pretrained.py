"""Trained policies that come with the course, by name, and the four corners of each.

    load_policy("three-layer")                    trained weights, doctrine on
    load_policy("three-layer", weights="random")  weights as before training, doctrine on
    load_policy("three-layer", doctrine=False)    trained weights, doctrine off

It knows the scripted policies of ``cyber_range.load_policy`` too, and the files of both kinds.
"""

from pathlib import Path

from course_lib import validate
from course_lib.cyber_range import policies
from course_lib.cyber_range.policy import Policy
from course_lib.hierarchy.defender import HierarchicalDefender
from course_lib.hierarchy.doctrine import NONE, Doctrine

from .baselines import FlatDefender
from .runs import RunSpec, build_defender
from .saving import load_defender

WEIGHTS_FOLDER = Path(__file__).resolve().parents[1] / "data" / "weights"
SHIPPED = ("two-layer", "three-layer", "own-zone", "flat")
"""Names of the trained policies: three hierarchies (`study.ARMS` says what differs), and the flat
baseline."""
RECIPES = ("three-layer-settled", "three-layer-reward", "three-layer-strong", "three-layer-taught")
"""Names of trained policies that are no arms of the study: three-layer teams of host-shared units
with notes and without doctrine. The first learned from the reward alone in two stages
(`train --config settled`), the second in the first of them (`train --config strong`), the third by
an older recipe, with large batches and sharpened; the last was taught by the scripted expert
(`train --config taught`). ``about`` says how."""
NAMES = SHIPPED + RECIPES
WEIGHTS = ("trained", "random")
ARCHIVE = b"PK\x03\x04"
"""How every file of torch begins."""


def load_policy(
    name_or_file: str | Path,
    defenders: str | None = None,
    doctrine: bool = True,
    weights: str = "trained",
) -> Policy:
    """A trained, saved or scripted policy.

    Args:
        name_or_file: one of `NAMES`, a file that ``save_defender`` wrote, or whatever
            ``cyber_range.load_policy`` knows.
        defenders: "official" or "per-zone"; by default what the policy was made for.
        doctrine: False switches a hierarchy's doctrine off.
        weights: "trained", or "random": those the training of this policy began with.

    Raises:
        ValueError: for an unknown name, a damaged file, a scripted policy asked for its weights or
            doctrine, or random weights of a policy that does not say how its training began.
    """
    validate.choice("weights", weights, WEIGHTS)
    validate.truth("doctrine", doctrine)
    validate.instance("name_or_file", name_or_file, str | Path, "it is a name or a path")
    if defenders is not None:
        validate.word("defenders", defenders)
    shipped = name_or_file in NAMES
    path = WEIGHTS_FOLDER / f"{name_or_file}.pt" if shipped else Path(name_or_file)
    if not _is_team(path):
        if not doctrine or weights != "trained":
            raise ValueError(
                f"{str(name_or_file)!r} is a scripted policy: "
                "it has neither weights nor a doctrine to change"
            )
        if name_or_file not in policies.POLICIES and not path.is_file():
            known = ", ".join((*policies.POLICIES, *NAMES))
            name = validate.shown(str(name_or_file))
            raise ValueError(f"{name} is neither a file nor a policy; there are {known}")
        return policies.load_policy(name_or_file, defenders)
    defender = load_defender(path, defenders)
    if shipped:
        defender.name = str(name_or_file)
    if weights == "random":
        _forget_training(defender, path)
    if not doctrine:
        defender.doctrine = without_doctrine(defender)
    return defender


def load_team(name_or_file: str | Path, greedy: bool = False) -> HierarchicalDefender:
    """A trained hierarchy, which draws its actions, or takes the most probable one (``greedy``).

    ValueError for whatever else ``load_policy`` knows: a script, or a team without a hierarchy.
    """
    team = load_policy(name_or_file)
    if not isinstance(team, HierarchicalDefender):
        raise ValueError(f"{str(name_or_file)!r} is no hierarchy; load_policy loads it")
    team.greedy = greedy
    return team


def _is_team(path: Path) -> bool:
    """Whether a file holds a trained team: by its name, or by the first bytes of an archive."""
    if path.suffix == ".pt":
        return True
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(ARCHIVE)) == ARCHIVE


def _forget_training(defender: HierarchicalDefender | FlatDefender, path: Path) -> None:
    """Give a defender the weights that its training began with."""
    try:
        spec = RunSpec(**defender.about["spec"])
        defender.team.load_state_dict(build_defender(spec).team.state_dict())
    except (KeyError, TypeError, ValueError, RuntimeError):
        raise ValueError(
            f"{path} does not say how its training began, or says it of another team; "
            "random weights need a policy of: python -m course_lib train"
        ) from None


def without_doctrine(defender: HierarchicalDefender | FlatDefender) -> Doctrine:
    """The empty doctrine, for a defender that has one; ValueError for a flat one."""
    if defender.doctrine is None:
        raise ValueError(f"{defender.name!r} has no doctrine to switch off")
    return NONE
