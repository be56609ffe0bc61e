"""The message attention explorer: who attends to whom in a team, and what a message changes.

    explorer(record)                   a record of ``hierarchy.record_attention``
    explorer(record, other=trained)    beside what another record, or defender, makes of it

`model` finds what to show, the ``*_view`` files and `timeline` draw it, attention_view.js shows the
controls; this file keeps the reader's choices. Python answers every change, so the explorer needs a
running kernel; without one its static twin is seen.
"""

import html
import pathlib
from typing import Any

import traitlets

from course_lib import static_twin, storage, validate
from course_lib.hierarchy.attention.counterfactual import QUIET
from course_lib.hierarchy.attention.forked import MessageChanges, score_what_if
from course_lib.hierarchy.attention.record import AttentionRecord
from course_lib.hierarchy.attention.recorder import replay
from course_lib.hierarchy.defender import HierarchicalDefender

from .. import questions
from ..picture_widget import TwinWidget, figure
from . import model
from .arithmetic_view import arithmetic
from .controls import buttons, controls
from .effect_view import effect, score_words
from .explorer_questions import explorer_questions
from .heads_view import heads_picture, matrix
from .messages_view import message_table, summary_of_selected, weights_table
from .page import page
from .timeline import NARROWEST, PAGE_WIDTH, WIDTH, timeline
from .tree_view import tree_picture
from .words import summary

HERE = pathlib.Path(__file__).parent
EDITS = ("drop", "add", "poison", "silence", "theirs")
LOOKS = ("tick", "unit", "head", "compare", "sender", "receiver", "value_entry", "rows", "events")
CHOICES = (*LOOKS, *EDITS)
UNEDITED: dict[str, Any] = {
    "drop": (),
    "add": (),
    "poison": {},
    "silence": "",
    "theirs": False,
}
LISTED = ("tick", "unit", "head", "compare", "value_entry", "rows", "events", "entry", "zone")
LISTED += ("drop", "add")
"""What can only be set to what `_allowed` lists."""
COPIES = 32
"""Futures of each kind that are played on."""
HORIZON = 100
"""For how many ticks."""


def explorer(
    record: AttentionRecord,
    other: "AttentionRecord | HierarchicalDefender | None" = None,
    **choices: Any,
) -> "AttentionExplorer":
    """The widget for a record.

    Args:
        record: what to explore, as `record_attention` makes it.
        other: for comparison, another record of the same tree, or a `HierarchicalDefender`: what it
            makes of the same messages. Differences are always ``record`` minus ``other``.
        choices: where to begin: tick, unit, head, compare, sender, events. With a zone for
            ``events``, questions are asked about the next exploit there, too.

    Raises:
        ValueError: if ``other`` has another tree.
    """
    validate.instance("record", record, AttentionRecord, "record_attention makes one")
    return AttentionExplorer(record, _comparable(record, other), **choices)


def _comparable(
    record: AttentionRecord,
    other: "AttentionRecord | HierarchicalDefender | None",
) -> AttentionRecord | None:
    """The other team's record of the same messages."""
    if other is None:
        return None
    kinds = AttentionRecord | HierarchicalDefender
    validate.instance("other", other, kinds, "compare with another record, or another team")
    if isinstance(other, AttentionRecord) and _same_messages(record, other):
        return other
    name = other.policy if isinstance(other, AttentionRecord) else other.name
    return replay(record, other.team, name)


def _same_messages(record: AttentionRecord, other: AttentionRecord) -> bool:
    same_team = (other.units, other.heads) == (record.units, record.heads)
    return (
        same_team and other.raw.shape == record.raw.shape and bool((other.raw == record.raw).all())
    )


class AttentionExplorer(TwinWidget):
    """The reader's choices, and the panels that follow from them."""

    _esm = HERE / "attention_view.js"
    _css = static_twin.HIDE_TWIN
    tick = traitlets.Int(0).tag(sync=True)
    """The tick that is shown."""
    unit = traitlets.Unicode().tag(sync=True)
    """The commander that listens."""
    head = traitlets.Unicode(model.MEAN).tag(sync=True)
    """One of `model.heads`."""
    compare = traitlets.Unicode(model.NOTHING).tag(sync=True)
    """What is subtracted, one of `model.comparisons`."""
    sender = traitlets.Unicode().tag(sync=True)
    """The child whose message is selected; that of another commander selects that commander."""
    entry = traitlets.Unicode("all host priorities").tag(sync=True)
    """What "Poison" sets: a name of `model.GROUPS` or of an entry."""
    value = traitlets.Float(1.0, min=0, max=1).tag(sync=True)
    """To what it sets it."""
    zone = traitlets.Unicode().tag(sync=True)
    """Whose message it sets it in: one of `model.poison_zones`."""
    receiver = traitlets.Unicode().tag(sync=True)
    """The child whose query the arithmetic shows."""
    value_entry = traitlets.Int(0).tag(sync=True)
    """Which number of the value the arithmetic shows."""
    room = traitlets.Int(PAGE_WIDTH, min=NARROWEST, max=WIDTH).tag(sync=True)
    """Pixels that the page has for the rows over time."""
    events = traitlets.Unicode(model.OWN_EVENTS).tag(sync=True)
    """Whose events stand out over time, and where "Next alert" and "Next exploit" go."""
    rows = traitlets.Unicode(model.WEIGHT).tag(sync=True)
    """What the rows over time show, one of `model.ROWS`."""
    drop = traitlets.Tuple()
    """Children whose messages are withheld."""
    add = traitlets.Tuple()
    """Children that are added."""
    poison = traitlets.Dict()
    """Child -> entry number -> value."""
    silence = traitlets.Unicode()
    """A commander that is lost, or ""."""
    theirs = traitlets.Bool()
    """Whether the unit hears the messages of the other training."""
    questions = traitlets.List().tag(sync=True)
    """Asked about the moment at which the explorer opens: see `questions.asked`."""
    answers = traitlets.Dict().tag(sync=True)
    """The reader's answers; the keys are the places of the questions."""
    verdicts = traitlets.List().tag(sync=True)
    """What is said to each answer."""
    controls = traitlets.List(traitlets.Dict()).tag(sync=True)
    """Names, labels, places, and ranges or options of the controls."""
    buttons = traitlets.List().tag(sync=True)
    """Names, labels and places of what `do` does; the labels name whom it would change."""
    text = traitlets.Unicode().tag(sync=True)
    """The summary."""
    strip = traitlets.Unicode().tag(sync=True)
    tree = traitlets.Unicode().tag(sync=True)
    heads = traitlets.Unicode().tag(sync=True)
    says = traitlets.Unicode().tag(sync=True)
    matrix = traitlets.Unicode().tag(sync=True)
    weights = traitlets.Unicode().tag(sync=True)
    message = traitlets.Unicode().tag(sync=True)
    effect = traitlets.Unicode().tag(sync=True)
    sums = traitlets.Unicode().tag(sync=True)
    """The panels, HTML."""

    def __init__(
        self,
        record: AttentionRecord,
        other: AttentionRecord | None = None,
        **choices: Any,
    ):
        self.record = record
        self.other = other
        self._settling = True
        self._score = ""
        unit = choices.pop("unit", record.units[-1])
        children = record.children(unit)
        sender = choices.pop("sender", children[0])
        receiver = choices.pop("receiver", children[0])
        super().__init__(unit=unit, sender=sender, receiver=receiver, **choices)
        moment = model.Choices(tick=self.tick, unit=unit, events=self.events)
        self._look_ups = explorer_questions(record, moment)
        self.questions = questions.asked(self._look_ups)
        self._judge()
        self.on_msg(lambda widget, content, buffers: self.do(content.get("do")))
        self._settling = False
        self._show()

    @property
    def choices(self) -> model.Choices:
        """The choices as plain data."""
        return model.Choices(**{name: getattr(self, name) for name in CHOICES})

    def do(self, what: str) -> None:
        """Press one of `controls.buttons`."""
        record, now = self.record, self.choices
        if what == "largest":
            self.tick = model.next_change(record, now)
        elif what in ("alert", "exploit"):
            self.tick = model.next_event(record, now, what)
        elif what == "drop":
            self._drop_or_hear()
        elif what == "copy":
            self.add = model.additions(record, now, self.sender)
        elif what == "quiet":
            self.add = model.additions(record, now, QUIET)
        elif what == "silence":
            commander = model.to_silence(record, now)
            self.silence = "" if self.silence == commander else commander
        elif what == "theirs" and self.other is not None:
            self.theirs = not self.theirs
        elif what == "poison":
            self.poison = model.poisoned(now, self.zone, self.entry, self.value)
        elif what == "score":
            self._play_on()
        elif what == "page":
            self.send({"page": self.page(), "name": self._page_name()})
        elif what == "undo":
            children = self._children()
            sender = self.sender if self.sender in children else children[0]
            self._change(sender=sender, **UNEDITED)

    def _play_on(self) -> None:
        """Fork the range at this tick and say what the changes cost."""
        now = self.choices
        changes = MessageChanges(
            unit=now.unit,
            drop=now.drop,
            add=now.add,
            poison=now.poison,
            silence=now.silence,
            other=self.other.team if now.theirs and self.other is not None else None,
        )
        try:
            scores = score_what_if(self.record, now.tick, changes, COPIES, HORIZON)
        except ValueError as error:
            self._score = f"It cannot be played on: {error}."
        else:
            self._score = score_words(scores, now.tick)
        self.effect = effect(self.record, now, self._seen, self._score)

    def page(self) -> str:
        """The present view as one HTML page that opens anywhere."""
        panels = {
            "Command tree": self.tree,
            "Heads side by side": self.heads,
            "Weight and influence": self.weights,
            f"Over time: {self.rows}": self.strip + self.says,
            "What the changes did": self.effect,
            "Attention as numbers": self.matrix,
            "Arithmetic": self.sums,
            "Entries by name": self.message,
        }
        return page(repr(self).split("\n")[0], self.text, panels)

    def save_page(self, path: str | pathlib.Path) -> None:
        """Write `page` to a file; OSError if it cannot be written."""
        storage.write_atomically(path, self.page())

    def _page_name(self) -> str:
        """A file name for the page, of plain characters."""
        words = f"attention-{self.record.policy}-{self.unit}-tick-{self.tick}"
        plain = "".join(sign if sign.isalnum() else "-" for sign in words)
        return f"{plain}.html"

    def _drop_or_hear(self) -> None:
        """Withhold the selected message or let it through again; an added one goes away."""
        added = self._added()
        if self.sender in added:
            gone = added.index(self.sender)
            left = tuple(name for place, name in enumerate(self.add) if place != gone)
            self._change(add=left, poison={}, sender=self._children()[0])
        elif self.sender in self.drop:
            self.drop = tuple(name for name in self.drop if name != self.sender)
        else:
            withheld = {*self.drop, self.sender}
            self.drop = tuple(name for name in self._children() if name in withheld)

    def _children(self) -> tuple[str, ...]:
        return self.record.children(self.unit)

    def _added(self) -> tuple[str, ...]:
        return model.labels(self.choices)

    def _change(self, **values: Any) -> None:
        """Several choices at once, shown once."""
        self._settling = True
        for name, value in values.items():
            setattr(self, name, value)
        self._settling = False
        self._show()

    @traitlets.validate(*LISTED)
    def _check(self, proposal: Any) -> Any:
        name = proposal.trait.name
        allowed = self._allowed(name)
        items = proposal.value if name in ("drop", "add") else [proposal.value]
        for item in items:
            if item not in allowed:
                numbers = isinstance(allowed, range)
                known = f"0 to {allowed[-1]}" if numbers else ", ".join(allowed)
                raise traitlets.TraitError(f"{name}: {item!r} is not there; there is {known}")
        return proposal.value

    def _allowed(self, name: str) -> Any:
        """The values that a choice may have."""
        record = self.record
        of = {
            "tick": lambda: range(record.ticks),
            "unit": lambda: record.commanders,
            "head": lambda: model.heads(record),
            "value_entry": lambda: range(model.value_entries(record)),
            "compare": lambda: model.comparisons(record, self.other),
            "rows": lambda: model.ROWS,
            "events": lambda: (model.OWN_EVENTS, *record.leaves),
            "entry": model.poison_entries,
            "zone": lambda: model.poison_zones(record, self.choices),
            "drop": self._children,
            "add": lambda: (*self._children(), QUIET),
        }
        return of[name]()

    @traitlets.validate("sender")
    def _check_sender(self, proposal: Any) -> str:
        known = (*self.record.units[:-1], *self._added())
        if proposal.value not in known:
            raise traitlets.TraitError(
                f"sender: {proposal.value!r} sends no message; there are {', '.join(known)}"
            )
        return proposal.value

    @traitlets.observe(*CHOICES)
    def _chosen(self, change: Any) -> None:
        if self._settling:
            return
        known = self.sender in (*self._children(), *self._added())
        if change.name == "sender" and not known:
            self._change(unit=self.record.tree.parent_of(self.sender), **UNEDITED)
        elif change.name == "unit" or not known:
            self._change(sender=self._children()[0], **UNEDITED)
        else:
            self._show()

    @traitlets.observe("room")
    def _draw_the_strip(self, change: Any) -> None:
        self.strip = timeline(self.record, self.choices, self.room)

    @traitlets.observe("zone")
    def _name_buttons(self, change: Any = None) -> None:
        if not self._settling:
            self.buttons = buttons(self.record, self.other, self.choices, self.zone)

    @traitlets.observe("answers")
    def _judge(self, change: Any = None) -> None:
        """Say right or not, and why."""
        self.verdicts = questions.verdicts(self._look_ups, self.answers)

    def _show(self) -> None:
        record = self.record
        now = self.choices
        self._score = ""
        if self.zone not in model.poison_zones(record, now):
            self.zone = model.poison_zones(record, now)[0]
        if self.receiver not in (*self._children(), *self._added()):
            self._settling = True
            self.receiver = self._children()[0]
            self._settling = False
            now = self.choices
        seen = self._seen = model.look(record, now, self.other)
        with self.hold_sync():
            self.controls = controls(record, self.other, now, seen.children)
            self._name_buttons()
            self.text = summary(record, now, seen)
            self.strip = timeline(record, now, self.room)
            self.tree = tree_picture(record, now)
            self.heads = heads_picture(now, seen)
            self.says = summary_of_selected(record, now, seen)
            self.matrix = matrix(now, seen)
            self.weights = weights_table(seen, now.unit, now.sender)
            self.effect = effect(record, now, seen)
            self.sums = arithmetic(record, now, seen)
            self.message = message_table(record, now, seen)

    def __repr__(self) -> str:
        record = self.record
        about = f"{record.policy}, seed {record.seed}, {record.ticks} ticks"
        beside = f", compared with {self.other.policy}" if self.other else ""
        units = f"{len(record.units)} units"
        return f"Message attention explorer: {about}, {units}{beside}\n{self.text}"

    def twin(self) -> str:
        """The four panels above each other."""
        pictures = [static_twin.picture(svg) for svg in (self.tree, self.heads, self.strip)]
        parts = "".join(f"<div>{panel}</div>" for panel in (*pictures, self.weights))
        return figure(parts, html.escape(repr(self)))
