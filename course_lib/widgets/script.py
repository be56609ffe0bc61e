"""The script of a widget: the controls that all widgets share, and its own view below them."""

from pathlib import Path

HERE = Path(__file__).parent


def widget_script(view: str) -> str:
    """The script of a view, named by its file, with controls.js before it: a widget loads one
    file."""
    parts = [(HERE / name).read_text(encoding="utf-8") for name in ("controls.js", view)]
    return "\n".join(parts)
