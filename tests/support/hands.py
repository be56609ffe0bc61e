"""Two ways to operate a widget in a browser: with the mouse, and with keys alone.

Both have the same functions, so that one test operates every control in both ways. Whatever the
notebook would like to do with a key, the widget has to get it.
"""

from typing import Protocol


class Hand(Protocol):
    """A way to operate a control; each argument ``control`` is a playwright locator."""

    def press(self, control) -> None:
        """A button, or anything else that a click chooses."""
        ...

    def choose(self, control, option: str) -> None:
        """An option of a list, by its text."""
        ...

    def to_end(self, control) -> None:
        """A slider to its largest value."""
        ...

    def to_start(self, control) -> None:
        """A slider to its smallest value."""
        ...


class Mouse:
    """Clicks and drags."""

    def press(self, control) -> None:
        control.click()

    def choose(self, control, option: str) -> None:
        # The list itself is drawn by the system, outside of the page: no click reaches it.
        control.select_option(label=option)

    def to_end(self, control) -> None:
        self._click(control, 0.995)

    def to_start(self, control) -> None:
        self._click(control, 0.005)

    def _click(self, slider, share: float) -> None:
        """Click a slider at a share of its width."""
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        slider.click(position={"x": share * box["width"], "y": box["height"] / 2})


class Keys:
    """Focus, Enter or Space, and the keys that move sliders and lists."""

    def press(self, control) -> None:
        control.focus()
        control.press("Space" if self._is_checkbox(control) else "Enter")

    def choose(self, control, option: str) -> None:
        texts = [text.strip() for text in control.locator("option").all_text_contents()]
        control.focus()
        control.press("Home")
        for _ in range(texts.index(option)):
            control.press("ArrowDown")

    def to_end(self, control) -> None:
        control.focus()
        control.press("End")

    def to_start(self, control) -> None:
        control.focus()
        control.press("Home")

    def _is_checkbox(self, control) -> bool:
        return control.get_attribute("type") == "checkbox"


HANDS: dict[str, Hand] = {"mouse": Mouse(), "keys": Keys()}
COMBINATIONS = (
    ("light", (1100, 700), "keys"),
    ("dark", (1280, 800), "mouse"),
)
"""Theme, window and hand: every function meets both windows, both themes, mouse and keys. How a
widget looks in each theme and window of its own is `Page.check_themes`, without operating it."""
