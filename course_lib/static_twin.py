"""Widgets with a static twin: what stands in their place where no program answers.

A widget is shown as two outputs, first its twin (a picture or a text in HTML), then the view that
answers. While the view is alive, its style sheet hides the twin. Where it is not, on GitHub, in an
exported page, in a notebook that was closed and opened again, the twin is what is read. One output
with both would not do: whoever shows it takes the view, also where that stays empty.
"""

from typing import Any

VIEW = "application/vnd.jupyter.widget-view+json"
"""MIME type of a widget's view."""
HIDE_TWIN = """
.jp-OutputArea-child:has(
  + .jp-OutputArea-child > .jp-OutputArea-output:not([data-mime-type])
  :is([class^="course-"], [id^="course-"])) { display: none; }
"""
"""Style of a live view: hides the output before it. JupyterLab marks every output but views with
its MIME type, and every view of the course has an element whose class or id begins with
``course-``."""


def outputs(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    """The outputs of a widget, from all its MIME types at once: the twin, and the view if any."""
    twin = {mime: content for mime, content in bundle.items() if mime != VIEW}
    return [twin, {VIEW: bundle[VIEW]}] if VIEW in bundle else [twin]


def show(bundle: dict[str, Any]) -> None:
    """Display the outputs of a widget in a notebook, or its text anywhere else."""
    from IPython.display import display

    for output in outputs(bundle):
        display(output, raw=True)
