"""A widget that answers every setting with a picture and some words."""

import html

import anywidget
import traitlets

from course_lib import static_twin


class PictureWidget(anywidget.AnyWidget):
    """What such widgets share: the two traits that controls.js shows, and the static twin.

    A subclass sets ``_esm`` with `widget_script`, holds the settings, and fills both traits; its
    ``__repr__`` is the twin's text.
    """

    _css = static_twin.HIDE_TWIN
    text = traitlets.Unicode().tag(sync=True)
    """What is to be seen, in words."""
    picture = traitlets.Unicode().tag(sync=True)
    """The drawing, SVG."""

    def _ipython_display_(self) -> None:
        static_twin.show(self._repr_mimebundle_())

    def _repr_mimebundle_(self, **options: object) -> dict:
        shown = super()._repr_mimebundle_(**options)
        live = shown[0] if isinstance(shown, tuple) else shown or {}
        caption = html.escape(repr(self), quote=False)
        picture = static_twin.picture(self.picture)
        page = f"<figure>{picture}<figcaption>{caption}</figcaption></figure>"
        return {**live, "text/plain": repr(self), "text/html": page}
