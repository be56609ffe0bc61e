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

import anywidget
import traitlets

from course_lib import static_twin
from course_lib.hierarchy.attention.counterfactual import QUIET
from course_lib.hierarchy.attention.record import AttentionRecord
from course_lib.hierarchy.attention.recorder import replay
from course_lib.hierarchy.defender import HierarchicalDefender

from . import model
from .effect_view import effect
from .heads_view import heads_picture, matrix
from .messages_view import message_table, summary_of_selected, weights_table
from .timeline import timeline
from .tree_view import tree_picture

HERE = pathlib.Path(__file__).parent
BUTTONS = (
    ("largest", "Jump to largest change"),
    ("drop", "Drop this message"),
    ("copy", "Add a copy"),
    ("quiet", "Add a quiet zone"),
    ("poison", "Poison it"),
    ("undo", "Undo all changes"),
)
CHOICES = ("tick", "unit", "head", "compare", "sender", "drop", "add", "poison")
UNEDITED: dict[str, Any] = {
    "drop": (),
    "add": (),
    "poison": {},
}


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
        choices: where to begin: tick, unit, head, compare, sender.

    Raises:
        ValueError: if ``other`` has another tree.
    """
    return AttentionExplorer(record, _comparable(record, other), **choices)


def _comparable(
    record: AttentionRecord,
    other: "AttentionRecord | HierarchicalDefender | None",
) -> AttentionRecord | None:
    """The other team's record of the same messages."""
    if other is None:
        return None
    if isinstance(other, AttentionRecord) and _same_messages(record, other):
        return other
    name = other.policy if isinstance(other, AttentionRecord) else other.name
    return replay(record, other.team, name)


def _same_messages(record: AttentionRecord, other: AttentionRecord) -> bool:
    same_team = (other.units, other.heads) == (record.units, record.heads)
    return (
        same_team and other.raw.shape == record.raw.shape and bool((other.raw == record.raw).all())
    )


class AttentionExplorer(anywidget.AnyWidget):
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
    """What "Poison it" sets: a name of `model.GROUPS` or of an entry."""
    value = traitlets.Float(
        1.0,
        min=0,
        max=1,
    ).tag(sync=True)
    """To what it sets it."""
    drop = traitlets.Tuple()
    """Children whose messages are withheld."""
    add = traitlets.Tuple()
    """Children that are added."""
    poison = traitlets.Dict()
    """Child -> entry number -> value."""
    done = traitlets.Dict()
    """Tasks done so far, keys of `model.TASKS`, with what each has shown."""
    controls = traitlets.List(traitlets.Dict()).tag(sync=True)
    """Names, labels, places, and ranges or options of the controls."""
    buttons = traitlets.List(BUTTONS).tag(sync=True)
    """Names and labels of what `do` does."""
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
    tasks = traitlets.Unicode().tag(sync=True)
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
        unit = choices.pop("unit", record.units[-1])
        sender = choices.pop("sender", record.children(unit)[0])
        super().__init__(unit=unit, sender=sender, **choices)
        self.on_msg(lambda widget, content, buffers: self.do(content.get("do")))
        self._settling = False
        self._show()

    @property
    def choices(self) -> model.Choices:
        """The choices as plain data."""
        return model.Choices(**{name: getattr(self, name) for name in CHOICES})

    def do(self, what: str) -> None:
        """Press one of `BUTTONS`."""
        if what == "largest":
            self.tick = model.next_change(self.record, self.choices)
        elif what == "drop":
            self._drop_or_hear()
        elif what == "copy":
            self.add = model.additions(self.record, self.choices, self.sender)
        elif what == "quiet":
            self.add = model.additions(self.record, self.choices, QUIET)
        elif what == "poison":
            self.poison = model.poisoned(
                self.record,
                self.choices,
                self.entry,
                self.value,
            )
        elif what == "undo":
            children = self._children()
            sender = self.sender if self.sender in children else children[0]
            self._change(sender=sender, **UNEDITED)

    def _drop_or_hear(self) -> None:
        """Withhold the selected message or let it through again; an added one goes away."""
        added = self._added()
        if self.sender in added:
            gone = added.index(self.sender)
            left = tuple(name for place, name in enumerate(self.add) if place != gone)
            self._change(
                add=left,
                poison={},
                sender=self._children()[0],
            )
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

    @traitlets.validate("tick", "unit", "head", "compare", "entry", "drop", "add", "poison")
    def _check(self, proposal: Any) -> Any:
        name = proposal.trait.name
        allowed = self._allowed(name)
        items = proposal.value if name in ("drop", "add") else [proposal.value]
        for item in items:
            if allowed is not None and item not in allowed:
                known = f"0 to {self.record.ticks - 1}" if name == "tick" else ", ".join(allowed)
                raise traitlets.TraitError(f"{name}: {item!r} is not there; there is {known}")
        return proposal.value

    def _allowed(self, name: str) -> Any:
        """The values that a choice may have; None where it is free."""
        if name == "tick":
            return range(self.record.ticks)
        if name == "unit":
            return self.record.commanders
        if name == "head":
            return model.heads(self.record)
        if name == "compare":
            return model.comparisons(self.record, self.other)
        if name == "entry":
            return model.poison_entries(self.record, self.choices)
        if name == "drop":
            return self._children()
        if name == "add":
            return (*self._children(), QUIET)
        return None

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
        self._note_tasks(change.name)

    def _note_tasks(self, moved: str) -> None:
        new = model.tasks_done(
            self.record,
            self.choices,
            self._seen,
            moved,
        ) - set(self.done)
        if not new:
            return
        reasons = {
            task: model.reason(
                self.record,
                self.choices,
                self._seen,
                task,
            )
            for task in new
        }
        self.done = {**self.done, **reasons}
        self.tasks = task_list(self.done)

    def _show(self) -> None:
        record = self.record
        now = self.choices
        if self.entry not in model.poison_entries(record, now):
            self.entry = model.ALL_ENTRIES
        seen = self._seen = model.look(record, now, self.other)
        with self.hold_sync():
            self.controls = controls(record, self.other, now, seen.children)
            self.text = model.summary(record, now, seen)
            self.strip = timeline(record, now)
            self.tree = tree_picture(record, now)
            self.heads = heads_picture(now, seen)
            self.says = summary_of_selected(record, now, seen)
            self.matrix = matrix(now, seen)
            self.weights = weights_table(seen, now.unit, now.sender)
            self.effect = effect(record, now, seen)
            self.message = message_table(record, now, seen)
            self.tasks = task_list(self.done)

    def __repr__(self) -> str:
        record = self.record
        about = f"{record.policy}, seed {record.seed}, {record.ticks} ticks"
        beside = f", compared with {self.other.policy}" if self.other else ""
        units = f"{len(record.units)} units"
        return f"Message attention explorer: {about}, {units}{beside}\n{self.text}"

    def _ipython_display_(self) -> None:
        static_twin.show(self._repr_mimebundle_())

    def _repr_mimebundle_(self, **options: Any) -> dict:
        shown = super()._repr_mimebundle_(**options)
        panels = (self.tree, self.heads, self.strip, self.weights)
        parts = "".join(f"<div>{panel}</div>" for panel in panels)
        page = f"<figure>{parts}<figcaption>{html.escape(repr(self))}</figcaption></figure>"
        bundle = shown[0] if isinstance(shown, tuple) else shown or {}
        return {**bundle, "text/plain": repr(self), "text/html": page}


def controls(
    record: AttentionRecord,
    other: AttentionRecord | None,
    choices: model.Choices,
    children: tuple[str, ...],
) -> list[dict[str, Any]]:
    """The explorer's controls; ``place`` is the row of the layout they stand in."""
    last = record.ticks - 1
    return [
        _range("tick", f"time: tick 0 to {last}", "head", 0, last, 1),
        _select("unit", "commander that listens", "head", record.commanders),
        _select("sender", "selected message", "head", children),
        _select("head", "attention of", "head", model.heads(record)),
        _select("compare", "compare with", "head", model.comparisons(record, other)),
        _select("entry", "poison: which entries", "edit", model.poison_entries(record, choices)),
        _range("value", "poison: set to", "edit", 0, 1, 0.05),
    ]


def _range(
    name: str,
    label: str,
    place: str,
    low: float,
    high: float,
    step: float,
) -> dict[str, Any]:
    """A slider."""
    return {
        "name": name,
        "label": label,
        "place": place,
        "min": low,
        "max": high,
        "step": step,
    }


def _select(name: str, label: str, place: str, options: tuple[str, ...]) -> dict[str, Any]:
    """A list to choose from."""
    return {
        "name": name,
        "label": label,
        "place": place,
        "options": list(options),
    }


def task_list(done: dict[str, str]) -> str:
    """The tasks as a list; those done have a tick, and say what they have shown."""
    items = []
    for name, task in model.TASKS.items():
        if name in done:
            items.append(f"<li>✓ Done: {task} <i>{html.escape(done[name])}</i></li>")
        else:
            items.append(f"<li>○ {task}</li>")
    return f"<p>Tasks, {len(done)} of {len(model.TASKS)} done</p><ul>{''.join(items)}</ul>"
