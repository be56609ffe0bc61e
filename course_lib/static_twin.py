"""Widgets with a static twin: what stands in their place where no program answers.

A widget is shown as two outputs, first its twin (a picture or a text in HTML), then the view that
answers. While the view is alive, its style sheet hides the twin. Where it is not, on GitHub, in an
exported page, in a notebook that was closed and opened again, the twin is what is read. One output
with both would not do: whoever shows it takes the view, also where that stays empty.

JupyterLab takes every SVG out of a notebook that it does not trust yet, and what is left is letter
soup. A drawing inside an ``<img>`` stays, so a twin shows its pictures with `as_image`.
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
    opening = re.match(r"<svg\b[^>]*>", svg)
    if opening is None:
        raise ValueError("a picture begins with <svg")
    tag = opening[0]
    label = re.search(r'aria-label="([^"]*)"', tag)
    alternative = html.unescape(label[1]) if label else "picture"
    named = tag.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    if 'style="' in named:
        named = named.replace('style="', f'style="{PAPER};', 1)
    else:
        named = named.replace(">", f' style="{PAPER}">', 1)
    sheet = f"<style>{html.escape(style, quote=False)}</style>" if style else ""
    whole = named + sheet + svg[len(tag) :]
    source = svg_address(whole)
    return f'<img alt="{html.escape(alternative)}" style="max-width:100%" src="{source}"/>'


def svg_address(svg: str) -> str:
    """The address of an image that holds the whole SVG, which must be well-formed XML."""
    data = base64.b64encode(svg.encode()).decode("ascii")
    return f"data:image/svg+xml;base64,{data}"


def outputs(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    """The outputs of a widget, from all its MIME types at once: the twin, and the view if any."""
    twin = {mime: content for mime, content in bundle.items() if mime != VIEW}
    return [twin, {VIEW: bundle[VIEW]}] if VIEW in bundle else [twin]


def show(bundle: dict[str, Any]) -> None:
    """Display the outputs of a widget in a notebook, or its text anywhere else."""
    from IPython.display import display

    for output in outputs(bundle):
        display(output, raw=True)
