"""Widgets with a static twin: what stands in their place where no program answers.

A widget is shown as two outputs, first its twin (a picture or a text in HTML), then the view that
answers. While the view is alive, its style sheet hides the twin. Where it is not, on GitHub, in an
exported page, in a notebook that was closed and opened again, the twin is what is read. One output
with both would not do: whoever shows it takes the view, also where that stays empty.

JupyterLab takes every SVG and every style sheet out of a notebook that it does not trust yet, and
of an SVG it leaves the letters: soup. A drawing inside an ``<img>`` stays. So a picture is stored
in both forms (`picture`, `with_still`), and what is taken out decides which of them is seen.
"""

import base64
import html
import re
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

STILL_CSS = ".course-still{display:none}.course-drawing[hidden]{display:block}"
"""Style of a page that may show drawings; an untrusted notebook loses it, see `with_still`."""
PAPER = "color-scheme:light;background:#fcfcfa;color:#151515"
"""A drawing in an image cannot know the theme of the page, so it brings its own paper and ink."""


def as_image(svg: str, style: str = "") -> str:
    """An SVG as an ``<img>`` that also an untrusted notebook shows; its label is kept.

    Args:
        svg: one ``<svg>`` element with a ``viewBox``, well-formed XML.
        style: a style sheet for it, if its looks do not stand in its attributes.

    Raises:
        ValueError: for a text that is no SVG.
    """
    label = re.search(r'aria-label="([^"]*)"', svg.partition(">")[0])
    alternative = html.unescape(label[1]) if label else "picture"
    source = svg_address(_on_paper(svg, style))
    return f'<img alt="{html.escape(alternative)}" style="max-width:100%" src="{source}"/>'


def picture(svg: str) -> str:
    """An SVG for a widget's twin: as a drawing, and as an image where no SVG is trusted.

    An exported page holds the drawing itself, whose words can be searched and read aloud.

    Raises:
        ValueError: for a text that is no SVG.
    """
    return with_still(as_image(svg), _on_paper(svg))


def with_still(still: str, drawing: str) -> str:
    """A drawing, and what stands in its place where it is taken out.

    The sheet hides the still and shows the drawing, which is ``hidden`` without it: where the
    sheet is taken out, nobody sees the letters that are left of the drawing.
    """
    # With a value: JupyterLab drops attributes that have none.
    shown = f'<div class="course-drawing" hidden="hidden">{drawing}</div>'
    return f'<style>{STILL_CSS}</style><div class="course-still">{still}</div>{shown}'


def svg_address(svg: str) -> str:
    """The address of an image that holds the whole SVG, which must be well-formed XML."""
    data = base64.b64encode(svg.encode()).decode("ascii")
    return f"data:image/svg+xml;base64,{data}"


def _on_paper(svg: str, style: str = "") -> str:
    """An SVG with its name space, paper, ink and style sheet; ValueError if it is none."""
    opening = re.match(r"<svg\b[^>]*>", svg)
    if opening is None:
        raise ValueError("a picture begins with <svg")
    tag = opening[0]
    named = tag.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    if 'style="' in named:
        named = named.replace('style="', f'style="{PAPER};', 1)
    else:
        named = named.replace(">", f' style="{PAPER}">', 1)
    sheet = f"<style>{html.escape(style, quote=False)}</style>" if style else ""
    return named + sheet + svg[len(tag) :]


def outputs(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    """The outputs of a widget, from all its MIME types at once: the twin, and the view if any."""
    twin = {mime: content for mime, content in bundle.items() if mime != VIEW}
    return [twin, {VIEW: bundle[VIEW]}] if VIEW in bundle else [twin]


def show(bundle: dict[str, Any]) -> None:
    """Display the outputs of a widget in a notebook, or its text anywhere else."""
    from IPython.display import display

    for output in outputs(bundle):
        display(output, raw=True)
