"""What the widgets share: the page that stands in for them, and a picture with some words."""

import html

import anywidget
import traitlets

from course_lib import static_twin


class TwinWidget(anywidget.AnyWidget):
    """A widget with a static twin (`static_twin`); a subclass writes the twin as HTML."""

    def twin(self) -> str:
        """What is read where no program answers."""
        raise NotImplementedError

    def _ipython_display_(self) -> None:
        static_twin.show(self._repr_mimebundle_())

    def _repr_mimebundle_(self, **options: object) -> dict:
        shown = super()._repr_mimebundle_(**options)
        live = shown[0] if isinstance(shown, tuple) else shown or {}
        return {**live, "text/plain": repr(self), "text/html": self.twin()}


class PictureWidget(TwinWidget):
    """A widget that answers every setting with a picture and some words, which controls.js shows.

    A subclass sets ``_esm`` with `widget_script`, holds the settings, and fills both traits; its
    ``__repr__`` is the twin's text.
    """

    _css = static_twin.HIDE_TWIN
    text = traitlets.Unicode().tag(sync=True)
    """What is to be seen, in words."""
    picture = traitlets.Unicode().tag(sync=True)
    """The drawing, SVG."""

    def twin(self) -> str:
        """The picture with the widget's text below it."""
        caption = html.escape(repr(self), quote=False)
        return figure(static_twin.picture(self.picture), caption)


def figure(picture: str, caption: str) -> str:
    """A figure of a page: a picture above its caption, both HTML."""
    return f"<figure>{picture}<figcaption>{caption}</figcaption></figure>"
