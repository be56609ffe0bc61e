"""What the widgets of the workbook share: the look of a form, and the script below each view."""

import pathlib

from course_lib import static_twin

HERE = pathlib.Path(__file__).parent
FORM_CSS = static_twin.HIDE_TWIN + (HERE / "form.css").read_text(encoding="utf-8")
"""Style of a live form. It hides the static twin before it."""


def form_script(view: str) -> str:
    """The script of a view, named by its file, with form.js before it: a widget loads one file."""
    parts = [(HERE / name).read_text(encoding="utf-8") for name in ("form.js", view)]
    return "\n".join(parts)
