"""A view of the explorer as one HTML page that opens anywhere: no script, nothing from outside."""

import html
from collections.abc import Mapping

STYLE = """
:root{color-scheme:light dark;--jp-layout-color0:light-dark(#fff,#151515);
--jp-border-color1:light-dark(#9a9a94,#777)}
body{margin:1em auto;max-width:75em;padding:0 1em;font:14px/1.4 system-ui,sans-serif;
background:light-dark(#fcfcfa,#151515);color:light-dark(#151515,#ececec)}
h1{font-size:18px}h2{font-size:15px;margin:1.2em 0 0.3em}
table{border-collapse:collapse;font-size:13px;margin:0 0 0.5em}
caption{font-weight:bold;text-align:left}
th,td{text-align:left;padding:0 0.6em 0 0}tbody th{font-weight:normal}
.course-beside{display:flex;flex-wrap:wrap;gap:0.2em 2em;align-items:flex-start}
ul{list-style:none;padding:0}
"""


def page(title: str, summary: str, panels: Mapping[str, str]) -> str:
    """The page; ``panels`` holds finished HTML by heading, and ``summary`` is plain text."""
    parts = []
    for heading, body in panels.items():
        # What could be clicked in the notebook is a picture here.
        still = body.replace('tabindex="0" role="button" ', "").replace("cursor:pointer", "")
        parts.append(f"<section><h2>{html.escape(heading)}</h2>{still}</section>")
    name = html.escape(title)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{name}</title>'
        f"<style>{STYLE}</style></head><body><h1>{name}</h1><p>{html.escape(summary)}</p>"
        f"{''.join(parts)}</body></html>\n"
    )
