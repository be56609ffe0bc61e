"""Nonsense as an argument of a public name ends in one clear line, or works; it never ends in an
accident underneath.

Each parameter of each right call in `support.right_calls` gets each hostile value, one at a time. A
refusal is a ValueError, TypeError or OSError that the course itself raises (the innermost line of
the traceback is a ``raise`` of course_lib), in one line without control characters.
"""

import ast
import contextlib
import functools
import importlib
import inspect
import io
import signal
import traceback
import types

import numpy as np
import pytest
import torch
from support import right_calls_of_teams  # noqa: F401 (adds its calls)
from support.right_calls import CALLS

FACES = (
    "cyber_range", "hierarchy", "training", "learners", "games", "suitability", "viz", "widgets",
    "workbook", "lessons", "stats",
)  # fmt: skip
NOT_CALLED = {
    *(
        "Policy",
        "BatchPolicy",
        "ForkablePolicy",
    ),  # protocols: what a reader's own class must have
    *("AttentionRecord", "EpisodeRecord", "MessageRecord", "Observation", "PolicyStages"),
    *("Report", "Tick", "Wiring", "Argument", "Assessment", "Case", "Change", "Conflict"),
    *("Environment", "Verdict", "Contrast", "Difference", "Equivalence", "Interval", "Card", "Row"),
    *("ActionValues", "AuditLog", "Changes", "Fitted", "Office", "OutbreakSolution", "Proposal"),
    *("RedView", "Rollout", "Step", "Turn"),
    *("TeamEnv", "WorldModel"),  # protocols
    *("Example", "NotAttempted", "Wrong"),  # records: the course makes them
    *("Exercise", "Lesson", "Probe", "example"),  # for those who write lessons
    *("DataClass", "Config", "ArrayLike", "Any", "NamedTuple", "NormalDist", "dataclass"),
    # whole trainings and episodes of their own; their settings are in the configurations
    "run_official_script",  # needs the simulator; tried in tests/cyber_range/cyborg
    *(
        "SettledTrainer",
        "StrongTrainer",
        "TaughtTrainer",
        "build_trainer",
        "save_defender",
        "Team of learners",
    ),
    # these take what other calls here make, and are tried with a record of their own elsewhere
    *("MarkovGame", "MatrixGame", "policy_values", "stage_payoffs", "patch_the_network"),
    *("score_intervals", "show", "show_replay", "recorded_situations", "case_names"),
    "show_replays",
    *("entity_policy", "intelligence_sharing", "lesson_numbers", "note_names"),
}
UNTRIED = {
    # pictures that a lesson draws once, of numbers that stand in the cell before
    *("behaviour_figure", "draw_attention", "draw_campaign", "draw_chain", "draw_damage"),
    *("draw_ladder", "draw_one_receiver", "draw_pay", "draw_plan", "draw_policy_steps"),
    # each call plays episodes or runs a recorded one through its team: seconds, times a hundred
    *("coalition_worths", "influence_over_time", "load_recording", "measure_behaviour"),
    *("play_planned", "replayed_differences", "score_what_if", "twins"),
    # whole trainings and worlds of their own, whose settings are in configurations that are tried
    *("ImaginationAgent", "MBPO", "ReportingTeam", "SignallingPairs", "TalkingTeam"),
    # made of parts that are tried themselves
    *("Frozen", "MessageChanges", "PlayWidget", "Recommender", "RolloutPlanner", "RolloutWidget"),
    *("Seat", "TalkWidget", "class_options", "imagined_bits"),
}
"""Public names without a right call, and why; a name that gets one leaves the list."""
SECONDS = 20
"""A call that takes this long hangs; rightly made it takes a hundredth of it."""
LONGEST = 500
"""Characters of a reason."""


class Odd:
    """What nobody would pass."""

    def __repr__(self) -> str:
        return "<odd\x1b[31m\n>"


HOSTILE = {
    "none": None,
    "nan": float("nan"),
    "infinite": float("inf"),
    "negative": -1,
    "huge": 10**30,
    "empty text": "",
    "text": "x\x1b[31m\ny",
    "list": [],
    "table": {},
    "complex": 1j,
    "object": Odd(),
    "ragged": [[1], [1, 2]],
    "axes": np.zeros((3, 4, 5, 6)),
    "function": lambda *_, **__: None,
}
NUMBER_CANNOT_BE = ("none", "nan", "empty text", "text", "list", "table", "complex", "object")
WORD_CANNOT_BE = ("none", "nan", "negative", "huge", "list", "table", "complex", "object")
MAY_BE_NAN = {
    ("gae", "rewards"), ("gae", "values"), ("gae", "end_values"), ("gae", "last_values"),
    ("reward_function", "rewards"),
}  # fmt: skip
"""Arrays in which a nan passes through: a trainer reports it where it can say whose it is."""
NONE_IS_A_CHOICE = {
    ("evaluate", "resume"),
    ("replay", "name"),
    ("message_names", "zone"),
    ("load_policy", "defenders"),
}
"""Parameters without a default kind: None is allowed, and a word may be."""


def hostile_arrays(value):
    """Spoiled forms of an array, list or tensor that is right."""
    if isinstance(value, torch.Tensor):
        yield "no rows", value[:0]
        yield "too wide", torch.cat([value, value], dim=-1)
        yield "scalar", torch.tensor(0.5)
        return
    array = np.asarray(value)
    if array.dtype.kind not in "biuf" or not array.ndim or not array.size:
        return
    yield "no rows", array[:0]
    yield "no columns", array[..., :0]
    yield "too wide", np.concatenate([array, array], axis=-1)
    yield "not a number", np.full(array.shape, np.nan)
    yield "large", np.full(array.shape, 10**12)
    yield "below zero", np.full(array.shape, -1)
    yield "words", array.astype(str)
    yield "objects", np.full(array.shape, None)
    yield "one axis more", array[None]


@functools.cache
def raising_lines(path):
    """The lines of a source file that belong to a ``raise``."""
    with open(path, encoding="utf-8") as file:
        nodes = ast.walk(ast.parse(file.read()))
    found = [n for n in nodes if isinstance(n, ast.Raise)]
    return {line for n in found for line in range(n.lineno, n.end_lineno + 1)}


def complaint(error):
    """What is wrong with a refusal; empty if it is a good one."""
    said, place = str(error), traceback.extract_tb(error.__traceback__)[-1]
    if not isinstance(error, ValueError | TypeError | OSError):
        return f"{type(error).__name__} at {place.filename}:{place.lineno}: {said}"
    if isinstance(error, OSError):  # the system's own words
        return "" if "\n" not in said else f"no clear line: {said!r}"
    if "/course_lib/" not in place.filename or place.lineno not in raising_lines(place.filename):
        return f"an accident at {place.filename}:{place.lineno}: {said}"
    one_line = "\n" not in said and "\x1b" not in said
    return "" if one_line and said and len(said) <= LONGEST else f"no clear line: {said!r}"


@contextlib.contextmanager
def time_limit():
    """A call that never ends fails its test (where the system has an alarm)."""

    def late(*_):
        raise RuntimeError(f"no answer after {SECONDS} s")

    if not hasattr(signal, "SIGALRM"):
        yield
        return
    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def outcome(call, arguments):
    """ "" for a good refusal, "accepted", or what is wrong."""
    try:
        with time_limit(), contextlib.redirect_stdout(io.StringIO()):
            call.function(**arguments)
    except Exception as error:
        return complaint(error)
    return "accepted"


def must_be_refused(name, parameter, right, label):
    """Whether accepting this value would be nonsense."""
    if label in ("none", "text") and (name, parameter) in NONE_IS_A_CHOICE:
        return False
    if isinstance(right, bool | int | float):
        return label in NUMBER_CANNOT_BE
    if isinstance(right, str):
        return label in WORD_CANNOT_BE
    if label == "not a number":
        return (name, parameter) not in MAY_BE_NAN
    return label in ("words", "objects", "object", "text")


def parameters(call):
    """Name -> default of the parameters of a call."""
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    found = inspect.signature(call.function).parameters.values()
    return {p.name: p.default for p in found if p.kind not in kinds}


def mistakes(name):
    """What goes wrong with hostile arguments of one public name."""
    call, found = CALLS[name], []
    for parameter, default in parameters(call).items():
        right = call.arguments().get(parameter, default)
        for label, value in [*HOSTILE.items(), *hostile_arrays(right)]:
            said = outcome(call, {**call.arguments(), parameter: value})
            nonsense = said == "accepted" and must_be_refused(name, parameter, right, label)
            if nonsense or said not in ("", "accepted"):
                found.append(f"{name}({parameter}={label}): {said}")
    return found


@pytest.fixture(autouse=True)
def in_a_new_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CALLS)
def test_nonsense_is_refused_in_one_clear_line_or_works(name):
    assert mistakes(name) == []


def test_every_public_name_is_tried():
    offered = set()
    for face in FACES:
        module = importlib.import_module(f"course_lib.{face}")
        for name, value in vars(module).items():
            public = not name.startswith("_") and not isinstance(value, types.ModuleType)
            if public and callable(value):
                offered.add(name)
    assert offered - set(CALLS) - NOT_CALLED - UNTRIED == set()
    assert not UNTRIED & set(CALLS)


def test_an_accident_would_be_found():
    def forgetful(number):
        return [1, 2, 3][number]

    def careful(number):
        raise ValueError("two\nlines")

    for function, wrong in ((forgetful, "IndexError"), (careful, "an accident")):
        with pytest.raises((IndexError, ValueError)) as caught:
            function(7)
        assert complaint(caught.value).startswith(wrong)
