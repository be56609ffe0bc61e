"""A prediction as a widget: one form, shown below the question and again above the answer."""

from collections.abc import Callable
from typing import Protocol

import anywidget
import traitlets

from .form import FORM_CSS, form_script


class Asked(Protocol):
    """What the widget needs of a prediction."""

    @property
    def waits(self) -> bool:
        """Whether it was neither answered nor skipped."""

    def said(self, role: str) -> str:
        """What is said below the form, as HTML."""

    def note(self, entered: list[str]) -> None:
        """Take a guess."""

    def skip(self) -> None:
        """Do without a guess."""


class PredictWidget(anywidget.AnyWidget):
    """Fields or radio buttons, and the buttons "Note my guess" and "Skip, show me"."""

    _esm = form_script("predict_view.js")
    _css = FORM_CSS
    role = traitlets.Enum(["question", "answer"], "question").tag(sync=True)
    """Whether it stands below the question or in the cell of the answer."""
    question = traitlets.Unicode().tag(sync=True)
    """HTML."""
    fields = traitlets.List(traitlets.Unicode()).tag(sync=True)
    """The label of each field."""
    options = traitlets.List(traitlets.Unicode()).tag(sync=True)
    """The choices, HTML; none where there are fields."""
    entered = traitlets.List(traitlets.Unicode()).tag(sync=True)
    """What was entered last: the text of each field, or the number of the chosen option."""
    skipped = traitlets.Bool(False).tag(sync=True)
    """Whether the reader would rather see the answer at once."""
    waits = traitlets.Bool(True).tag(sync=True)
    """Whether the answer is hidden."""
    said = traitlets.Unicode().tag(sync=True)
    """What is said below the form, HTML."""

    def __init__(self, asked: Asked, changed: Callable[[], None], **shown):
        self.asked = asked
        self.changed = changed
        super().__init__(**shown)
        self.refresh()

    @traitlets.observe("entered")
    def _take(self, change) -> None:
        self.asked.note(change.new)
        self.changed()

    @traitlets.observe("skipped")
    def _skip(self, change) -> None:
        self.asked.skip()
        self.changed()

    def refresh(self) -> None:
        """Show how things stand now."""
        with self.hold_sync():
            self.said = self.asked.said(self.role)
            self.waits = self.asked.waits

    def __repr__(self) -> str:
        return f"PredictWidget({self.role})"
