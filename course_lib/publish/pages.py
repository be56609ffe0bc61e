"""One lesson as one page: nbconvert's own template, without anything that it would load from
elsewhere."""

import html
import re
from pathlib import Path

from nbconvert import HTMLExporter
from nbformat import NotebookNode

from course_lib.static_twin import VIEW
from course_lib.workbook.notebooks import read

from .explorers import put_in_frames
from .formulas import with_mathml

TEMPLATE = """
{%- extends 'index.html.j2' -%}
{%- block html_head_js -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
{%- block html_head_css -%}{{ super() }}<link rel="stylesheet" href="site:site.css">
<link rel="stylesheet" href="site:dark.css" media="(prefers-color-scheme: dark)">{%- endblock -%}
{%- block body_header -%}
<body class="jp-Notebook" data-jp-theme-light="true" data-jp-theme-name="JupyterLab Light">
<nav class="site"><a href="site:index.html">All lessons</a>
<a href="site:glossary.html">Glossary</a></nav>
<main>
{%- endblock -%}
{%- block output_group -%}
{%- if cell.metadata.get('jupyter', {}).get('outputs_hidden') -%}
<details class="answer"><summary>The answer: guess first</summary>{{ super() }}</details>
{%- else -%}{{ super() }}{%- endif -%}
{%- endblock -%}
"""
"""An answer to a prediction stays folded, as it is in JupyterLab. ``site:`` marks links that are
right as they stand."""
DARK = Path("static") / "theme-dark.css"
"""Where a template of nbconvert keeps its dark colours."""
ROOT = Path(__file__).resolve().parents[2]
FIRST_PAGE = "index.html"
PREFIX = {"notebooks": "", "exercises": "exercise-"}
"""Folder of notebooks -> how the names of its pages begin."""
HEADING = re.compile(r'<h[1-6] id="([^"]*)"[^>]*>(.*?)<a class="anchor-link"', re.DOTALL)
PREFIXED = re.compile(r"<(/?)ns\d+:")
"""nbconvert writes a formula in a heading as XML, <ns0:math>, which is no MathML in a web page."""
LINK = re.compile(r'href="(?![a-z]+:|#|//)([^"#]+)(#[^"]*)?"')


def lesson_page(path: Path) -> tuple[str, set[Path], dict[str, dict[str, str]]]:
    """A lesson as HTML, the other files of the course that it links to, and the pages of explorers
    that it shows in frames (see `explorers.put_in_frames`).

    Links to lessons become links to their pages, links to other files lead into ``files/``.
    """
    notebook = prepared(read(path))
    explorers = put_in_frames(notebook)
    exporter = HTMLExporter(template_name="lab", raw_template=TEMPLATE)
    page, _ = exporter.from_notebook_node(notebook, {"metadata": {"name": title_of(notebook)}})
    linked: set[Path] = set()

    def redirected(found: re.Match[str]) -> str:
        target = (path.parent / found[1]).resolve()
        name = page_name(target)
        if name is None and target.is_file():
            linked.add(target)
            name = file_name(target)
        return f'href="{name or FIRST_PAGE}{found[2] or ""}"'

    page = PREFIXED.sub(r"<\1", page)
    body = LINK.sub(redirected, page).replace('href="site:', 'href="')
    return body, linked, explorers


def dark_colours() -> str:
    """The dark colours of nbconvert's own template, for readers whose system is dark.

    The template itself has one theme fixed in every page, so this goes into a file of its own.
    """
    for folder in HTMLExporter(template_name="lab").template_paths:
        path = Path(folder) / DARK
        if path.is_file():
            return path.read_text(encoding="utf-8")
    raise ValueError(
        "nbconvert's template lab has no dark theme; install the nbconvert of the course"
    )


def page_name(target: Path) -> str | None:
    """The page of a lesson or an exercise; None for any other file."""
    prefix = PREFIX.get(target.parent.name)
    if prefix is None or target.suffix != ".ipynb" or target.parent.parent != ROOT:
        return None
    return f"{prefix}{target.stem}.html"


def prepared(notebook: NotebookNode) -> NotebookNode:
    """The notebook with formulas as MathML and without views that need a kernel: their static twins
    stand beside them."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = with_mathml(cell.source)
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(VIEW, None)
    notebook.metadata.pop("widgets", None)
    return notebook


def title_of(notebook: NotebookNode) -> str:
    """The first heading."""
    return notebook.cells[0].source.splitlines()[0].lstrip("# ").strip()


def headings_of(page: str) -> list[tuple[str, str]]:
    """Anchor and words of every heading, as nbconvert has written them into a page."""
    found = []
    for anchor, inside in HEADING.findall(page):
        words = re.sub(r"<[^>]+>", "", inside)
        found.append((html.unescape(anchor), html.unescape(words)))
    return found


def file_name(target: Path) -> str:
    """Where a linked file of the course lies in the site: a copy that a browser shows as text."""
    place = target.relative_to(ROOT) if target.is_relative_to(ROOT) else Path(target.name)
    return f"files/{'-'.join(place.parts)}.txt"
