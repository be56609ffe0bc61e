"""Explorers that are alive on the site: each shipped recording that a lesson explores becomes one
page without a kernel, and the lesson shows it in a frame."""

import html
import re

from nbformat import NotebookNode

from course_lib.training import load_recording
from course_lib.widgets.attention.live import live_page

SHOWN = re.compile(r"^explorer\((\w+)", re.MULTILINE)
LOADED = r'^{name} = load_recording\("([^"]+)"\)'
OPENED = re.compile(r"^Message attention explorer: .*\nTick (\d+) of \d+\. (\S+) hears")
WATCHED = re.compile(r'^explorer\(.*\bevents="(\w+)"', re.MULTILINE)
HEIGHT = 960
"""Of the frame, pixels: what is folded needs scrolling."""


def put_in_frames(notebook: NotebookNode) -> dict[str, dict[str, str]]:
    """Put the live page before the picture of each explorer.

    Returns:
        Name of a page -> the recording that it explores and, if given, whose ``events`` it watches.
    """
    pages: dict[str, dict[str, str]] = {}
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    everything = "\n".join(cell.source for cell in code)
    for cell in code:
        shown = SHOWN.search(cell.source)
        loaded = shown and re.search(LOADED.format(name=shown[1]), everything, re.MULTILINE)
        if not loaded:
            continue
        name = page_name(loaded[1])
        watched = WATCHED.search(cell.source)
        for output in cell.outputs:
            opened = OPENED.match(output.get("data", {}).get("text/plain", ""))
            if opened:
                at = f"{name}#tick={opened[1]}&unit={opened[2]}"
                output["data"]["text/html"] = framed(at, output["data"]["text/html"])
                pages[name] = {"recording": loaded[1], "tick": opened[1], "unit": opened[2]}
                pages[name] |= {"events": watched[1]} if watched else {}
    return pages


def page_name(recording: str) -> str:
    """The file name of a recording's page."""
    words = re.sub(r"[^a-z0-9]+", "-", recording.lower()).strip("-")
    return f"explorer-{words}.html"


def framed(address: str, picture: str) -> str:
    """The live page in a frame, and the picture folded under it for who sees no script."""
    return (
        f'<iframe title="Message attention explorer" src="{html.escape(address)}" loading="lazy" '
        f'style="width:100%;height:{HEIGHT}px;border:0"></iframe>'
        f"<details><summary>The explorer as a picture</summary>{picture}</details>"
    )


def explorer_page(asked: dict[str, str], ticks: range | None = None) -> str:
    """The page of one of the entries of `put_in_frames`; ``ticks`` as in `live_page`."""
    record = load_recording(asked["recording"])
    events = {"events": asked["events"]} if "events" in asked else {}
    return live_page(record, ticks, tick=int(asked["tick"]), unit=asked["unit"], **events)
