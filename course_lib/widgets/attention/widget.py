"""The message attention explorer: who listens to whom in a team, tick by tick, and what a message
really changes.

    explorer(record)                            # a record of hierarchy.record_attention
    explorer(record, other=trained)             # beside what another record, or defender, makes of
    the same messages

`attention_model` finds what to show, `attention_drawing` draws it, attention_view.js shows the
controls; this file keeps the reader's choices. Python answers every change, so the explorer needs a
running kernel; without one its static twin is seen.
"""

import html
import pathlib

import anywidget
import traitlets

from course_lib import static_twin
from course_lib.hierarchy.attention.counterfactual import QUIET
from course_lib.hierarchy.attention.record import AttentionRecord
from course_lib.hierarchy.attention.recorder import replay

from . import drawing, model

HERE = pathlib.Path(__file__).parent
BUTTONS = (
    ("largest", "Jump to the largest change"),
    ("drop", "Drop this message, or hear it again"),
    ("copy", "Add a copy of it"),
    ("quiet", "Add a quiet zone"),
    ("poison", "Poison it"),
    ("undo", "Undo all changes"),
)
CHOICES = ("tick", "unit", "head", "compare", "sender", "drop", "add", "poison")


def explorer(record: AttentionRecord, other=None, **choices) -> "AttentionExplorer":
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


def _comparable(record: AttentionRecord, other) -> AttentionRecord | None:
    if other is None or (
        isinstance(other, AttentionRecord)
        and (other.units, other.heads) == (record.units, record.heads)
        and other.raw.shape == record.raw.shape
        and (other.raw == record.raw).all()
    ):
        return other
    return replay(record, other.team, getattr(other, "policy", getattr(other, "name", "")))


class AttentionExplorer(anywidget.AnyWidget):
    """The reader's choices, and the panels that follow from them."""

    _esm = HERE / "attention_view.js"
    _css = static_twin.HIDE_TWIN
    tick = traitlets.Int(0).tag(sync=True)
    """The tick that is shown."""
    unit = traitlets.Unicode().tag(sync=True)
    """The commander that listens."""
    head = traitlets.Unicode(model.MEAN).tag(sync=True)
    """One of `attention_model.heads`."""
    compare = traitlets.Unicode(model.NOTHING).tag(sync=True)
    """What is subtracted, one of `attention_model.comparisons`."""
    sender = traitlets.Unicode().tag(sync=True)
    """The child whose message is selected; that of another commander selects that commander."""
    entry = traitlets.Unicode("all host priorities").tag(sync=True)
    """What "Poison it" sets: a name of `attention_model.GROUPS` or of an entry."""
    value = traitlets.Float(1.0, min=0, max=1).tag(sync=True)
    """To what it sets it."""
    drop = traitlets.Tuple()
    """Children whose messages are withheld."""
    add = traitlets.Tuple()
    """Children that are added."""
    poison = traitlets.Dict()
    """Child -> entry number -> value."""
    done = traitlets.List(traitlets.Unicode())
    """Tasks done so far, keys of `attention_model.TASKS`."""
    controls = traitlets.List(traitlets.Dict()).tag(sync=True)
    """Names, labels and ranges or options of the controls."""
    buttons = traitlets.List(BUTTONS).tag(sync=True)
    """Names and labels of what `do` does."""
    text = traitlets.Unicode().tag(sync=True)
    """The summary."""
    strip = traitlets.Unicode().tag(sync=True)
    tree = traitlets.Unicode().tag(sync=True)
    links = traitlets.Unicode().tag(sync=True)
    matrix = traitlets.Unicode().tag(sync=True)
    weights = traitlets.Unicode().tag(sync=True)
    message = traitlets.Unicode().tag(sync=True)
    effect = traitlets.Unicode().tag(sync=True)
    tasks = traitlets.Unicode().tag(sync=True)
    """The panels, HTML, as `attention_drawing` draws them."""

    def __init__(self, record: AttentionRecord, other: AttentionRecord | None = None, **choices):
        self.record, self.other, self._settling = record, other, True
        unit = choices.pop("unit", record.units[-1])
        children = record.children(unit)
        super().__init__(unit=unit, sender=choices.pop("sender", children[0]), **choices)
        self.on_msg(lambda widget, content, buffers: self.do(content.get("do")))
        self._settling = False
        self._show()

    @property
    def choices(self) -> model.Choices:
        """The choices as plain data."""
        return model.Choices(**{name: getattr(self, name) for name in CHOICES})

    def do(self, what: str) -> None:
        """Press one of `BUTTONS`."""
        now, added = self.choices, self._added()
        if what == "largest":
            self.tick = model.next_change(self.record, now)
        elif what == "drop" and self.sender in added:
            gone = added.index(self.sender)
            self._change(
                add=(*self.add[:gone], *self.add[gone + 1 :]), poison={}, sender=self._children()[0]
            )
        elif what == "drop":
            self.drop = tuple(c for c in self._children() if (c in self.drop) != (c == self.sender))
        elif what in ("copy", "quiet"):
            self.add = model.additions(self.record, now, self.sender if what == "copy" else QUIET)
        elif what == "poison":
            self.poison = model.poisoned(self.record, now, self.entry, self.value)
        elif what == "undo":
            children = self._children()
            sender = self.sender if self.sender in children else children[0]
            self._change(
                drop=(),
                add=(),
                poison={},
                sender=sender,
            )

    def _children(self) -> tuple[str, ...]:
        return self.record.children(self.unit)

    def _added(self) -> tuple[str, ...]:
        return model.labels(self.choices)

    def _change(self, **values) -> None:
        """Several choices at once, shown once."""
        self._settling = True
        for name, value in values.items():
            setattr(self, name, value)
        self._settling = False
        self._show()

    @traitlets.validate("tick", "unit", "head", "compare", "entry", "drop", "add", "poison")
    def _check(self, proposal):
        name, value, record = proposal.trait.name, proposal.value, self.record
        here = record.children(self.unit) if name in ("drop", "add") else ()
        allowed = {
            "tick": range(record.ticks), "unit": record.commanders, "head": model.heads(record),
            "compare": model.comparisons(record, self.other), "drop": here, "add": (*here, QUIET),
        }.get(name)  # fmt: skip
        if name == "entry":
            allowed = model.poison_entries(record, self.choices)
        for item in (value if name in ("drop", "add") else [value]) if allowed is not None else []:
            if item not in allowed:
                known = f"0 to {record.ticks - 1}" if name == "tick" else ", ".join(allowed)
                raise traitlets.TraitError(f"{name}: {item!r} is not there; there is {known}")
        return value

    @traitlets.validate("sender")
    def _check_sender(self, proposal):
        known = (*self.record.units[:-1], *self._added())
        if proposal.value not in known:
            raise traitlets.TraitError(
                f"sender: {proposal.value!r} sends no message; there are {', '.join(known)}"
            )
        return proposal.value

    @traitlets.observe(*CHOICES)
    def _chosen(self, change) -> None:
        if self._settling:
            return
        known = self.sender in (*self._children(), *self._added())
        if change.name == "sender" and not known:
            self._change(
                unit=self.record.tree.parent_of(self.sender),
                drop=(),
                add=(),
                poison={},
            )
        elif change.name == "unit" or not known:
            self._change(
                drop=(),
                add=(),
                poison={},
                sender=self._children()[0],
            )
        else:
            self._show()
        new = model.tasks_done(self.record, self.choices, self._seen, change.name)
        if not new <= set(self.done):
            self.done = [task for task in model.TASKS if task in new or task in self.done]
            self.tasks = task_list(self.done)

    def _show(self) -> None:
        record, now = self.record, self.choices
        if self.entry not in model.poison_entries(record, now):
            self.entry = model.ALL_ENTRIES
        seen = self._seen = model.look(record, now, self.other)
        says = model.hover(record, now, seen)
        with self.hold_sync():
            self.controls = controls(record, self.other, now, seen.children)
            self.text = model.summary(record, now, seen)
            self.strip, self.tree = drawing.strip(record, now), drawing.tree_picture(record, now)
            self.links, self.matrix = (
                drawing.links_picture(now, seen, says),
                drawing.matrix(now, seen),
            )
            self.weights, self.effect = (
                drawing.weights_table(seen, now.unit),
                drawing.effect(record, now, seen),
            )
            self.message, self.tasks = (
                drawing.message_table(record, now, seen),
                task_list(self.done),
            )

    def __repr__(self) -> str:
        about = (
            f"{self.record.policy}, seed {self.record.seed}, {self.record.ticks} ticks, "
            f"{len(self.record.units)} units"
        )
        beside = f", compared with {self.other.policy}" if self.other else ""
        return f"Message attention explorer: {about}{beside}\n{self.text}"

    def _ipython_display_(self) -> None:
        static_twin.show(self._repr_mimebundle_())

    def _repr_mimebundle_(self, **options) -> dict:
        shown = super()._repr_mimebundle_(**options)
        links = drawing.links_picture(self.choices, self._seen, [""] * len(self._seen.children))
        parts = "".join(
            f"<div>{part}</div>" for part in (self.strip, self.tree, links, self.matrix)
        )
        page = f"<figure>{parts}<figcaption>{html.escape(repr(self))}</figcaption></figure>"
        return {
            **(shown[0] if isinstance(shown, tuple) else shown or {}),
            "text/plain": repr(self),
            "text/html": page,
        }


def controls(
    record: AttentionRecord,
    other: AttentionRecord | None,
    choices: model.Choices,
    children: tuple[str, ...],
) -> list[dict]:
    """Names, labels, and ranges or options of the explorer's controls."""
    last = record.ticks - 1
    return [
        {
            "name": "tick",
            "label": f"time: tick 0 to {last}",
            "min": 0,
            "max": last,
            "step": 1,
        },
        {"name": "unit", "label": "commander that listens", "options": list(record.commanders)},
        {"name": "sender", "label": "selected message", "options": list(children)},
        {
            "name": "head",
            "label": "attention of",
            "options": list(model.heads(record)),
        },
        {
            "name": "compare",
            "label": "minus",
            "options": list(model.comparisons(record, other)),
        },
        {
            "name": "entry",
            "label": "poison: which entries",
            "options": list(model.poison_entries(record, choices)),
        },
        {
            "name": "value",
            "label": "poison: set to",
            "min": 0,
            "max": 1,
            "step": 0.05,
        },
    ]


def task_list(done: list[str]) -> str:
    """The tasks as a list, those done with a tick."""
    items = "".join(
        f"<li>{'✓ Done:' if name in done else '○'} {text}</li>"
        for name, text in model.TASKS.items()
    )
    return f"<p>Tasks, {len(done)} of {len(model.TASKS)} done</p><ul>{items}</ul>"
