"""The newcomer's walk: lessons and exercises of a clone, as a new reader meets them.

    python tests/walk/walk.py CLONE 02 03 --shots FOLDER --dark

It starts the course's own command, ``python -m course_lib lab``, in the clone and opens each named
lesson in a headless Chromium. Every lesson is looked at before anything runs and after all cells
ran; then every prediction is answered and every control of a widget used once. In the exercises the
solutions are put into the cells, and each check must say "Correct".

What made it stumble is printed, one line each: errors, output on stderr, checks that do not pass,
outputs that scroll sideways at 1280 x 800, text below 12 pixels, pictures that are missing, errors
of the browser's console. It is no part of the test command: a walk over all lessons takes an hour.

Writes: my-work/ in the clone, and screenshots as FOLDER/NN-before-K.png, NN-after-K.png,
NN-dark-K.png, NN-exercises-before-K.png, NN-exercises-K.png and NN-exercises-dark-K.png.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import nbformat  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402
from support import browser  # noqa: E402

WINDOW = {"width": 1280, "height": 800}
SCROLL = 640
"""Pixels from one screenshot to the next."""
LONGEST = 400
"""Seconds that one notebook may take."""
LOOK = (HERE / "look.js").read_text()
USE = (HERE / "use.js").read_text()
QUIET = ("favicon", "ResizeObserver")
"""Parts of messages in the console that come from JupyterLab itself."""


def main() -> int:
    """Walk; the exit status is 1 where there was a stumble."""
    command_line = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    command_line.add_argument("clone", type=pathlib.Path)
    command_line.add_argument("lessons", nargs="+", help="numbers, such as 02 or 10b")
    command_line.add_argument("--shots", type=pathlib.Path, default=pathlib.Path("shots"))
    command_line.add_argument("--dark", action="store_true", help="look at the dark theme as well")
    command_line.add_argument("--no-exercises", dest="exercises", action="store_false")
    options = command_line.parse_args()
    options.shots.mkdir(parents=True, exist_ok=True)
    clone = options.clone.resolve()
    stumbles = 0
    with (
        tempfile.TemporaryDirectory() as home,
        lab_of(clone, pathlib.Path(home)) as (url, token),
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(
            executable_path=browser.installed_browser(), args=browser.CHROMIUM_OPTIONS
        )
        server = browser.Server(url, token, clone)
        for number in options.lessons:
            found = walk_lesson(chromium, server, number, options)
            for line in found:
                print(f"{number}: {line}", flush=True)
            print(f"{number}: {len(found)} stumbles", flush=True)
            stumbles += len(found)
        chromium.close()
    return 1 if stumbles else 0


@contextlib.contextmanager
def lab_of(clone: pathlib.Path, home: pathlib.Path):
    """The course's own ``lab`` command, running in a clone; yields its address and token."""
    for plugin, values in browser.SETTINGS.items():
        path = home / "settings" / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))
    (home / "config").mkdir()
    exposed = {"LabApp": {"expose_app_in_browser": True}}
    (home / "config" / "jupyter_lab_config.json").write_text(json.dumps(exposed))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    variables = {**browser.variables(home), "PYTHONPATH": ""}
    command = [sys.executable, "-m", "course_lib", "lab", "--no-browser", f"--port={port}"]
    with open(home / "lab.log", "w+b") as log:
        process = subprocess.Popen(
            command, cwd=clone, stdout=log, stderr=log, env=variables, start_new_session=True
        )
        try:
            yield address(process, home / "lab.log")
        finally:
            browser.end(process)


def address(process: subprocess.Popen, log: pathlib.Path) -> tuple[str, str]:
    """Where JupyterLab listens, and its token, once it answers."""
    limit = time.monotonic() + 300
    while time.monotonic() < limit and process.poll() is None:
        said = re.search(r"(http://127\.0\.0\.1:\d+)/lab\S*\?token=(\w+)", log.read_text())
        if said:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{said[1]}/api/status?token={said[2]}", timeout=2).close()
                return said[1], said[2]
        time.sleep(0.3)
    raise RuntimeError(f"lab did not start: {log.read_text()[-2000:]}")


def walk_lesson(chromium, server, number: str, options) -> list[str]:
    """Everything at which a reader of one lesson and its exercises stumbles."""
    clone = server.folder
    (lesson,) = (clone / "notebooks").glob(f"{number}-*.ipynb")
    found = walk_notebook(chromium, server, f"my-work/lessons/{lesson.name}", number, options)
    server.end_kernels()
    if options.exercises:
        solved = clone / "solutions" / lesson.name
        found += solve(chromium, server, f"my-work/{lesson.name}", number, solved, options)
        server.end_kernels()
    return found


def open_notebook(chromium, server, path: str, shots: pathlib.Path) -> browser.Page:
    """A notebook of the clone in a window of its own, in the light theme, its kernel answering."""
    window = chromium.new_context(viewport=WINDOW)
    window.set_default_timeout(30_000)
    page = browser.Page(window.new_page(), server.url, shots)
    server.opened += 1
    workspace = f"{server.url}/lab/workspaces/walk{server.opened}/tree/{path}"
    page.page.goto(f"{workspace}?reset&token={server.token}")
    page.panel.locator(".jp-Cell").first.wait_for(timeout=browser.START_SECONDS * 1000)
    page.wait_for_kernel()
    page.use_theme("light")
    page.page.wait_for_timeout(1500)
    return page


def walk_notebook(chromium, server, path: str, number: str, options) -> list[str]:
    """Look at a lesson before and after it ran, and use what can be used."""
    page = open_notebook(chromium, server, path, options.shots)
    found = looked_at(page, f"{number}-before", "before running")
    began = time.monotonic()
    run_all(page)
    print(f"{number}: ran in {time.monotonic() - began:.0f} s", flush=True)
    found += printed(page, "lesson")
    found += used(page)
    found += printed(page, "lesson, after its widgets were used")
    found += looked_at(page, f"{number}-after", "after running")
    if options.dark:
        page.use_theme("dark")
        page.page.wait_for_timeout(800)
        found += looked_at(page, f"{number}-dark", "in the dark")
    found += noise(page)
    page.page.context.close()
    return list(dict.fromkeys(found))


def run_all(page: browser.Page) -> None:
    """Run every cell; what failed is found afterwards in the outputs."""
    page.page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
    with contextlib.suppress(Exception):
        page.page.wait_for_function(browser.ALL_RUN, timeout=LONGEST * 1000)
    page.page.wait_for_timeout(1500)


OUTPUTS = """() => Array.from(window.jupyterapp.shell.currentWidget.content.model.cells).map(
    cell => cell.type === 'code' && {
        source: cell.sharedModel.source, count: cell.executionCount, outputs: cell.outputs.toJSON(),
    })"""


def printed(page: browser.Page, where: str) -> list[str]:
    """Errors, lines on stderr and cells that did not run."""
    found = []
    for index, cell in enumerate(page.page.evaluate(OUTPUTS)):
        if not cell or not cell["source"].strip():
            continue
        if cell["count"] is None:
            found.append(f"{where}, cell {index}: did not run")
        for output in cell["outputs"]:
            if output["output_type"] == "error":
                found.append(f"{where}, cell {index}: {output['ename']}: {output['evalue']}")
            if output.get("name") == "stderr":
                found.append(f"{where}, cell {index}, stderr: {''.join(output['text'])[:300]}")
    return found


def used(page: browser.Page) -> list[str]:
    """Answer every prediction, then use each control of every other widget once."""
    found = []
    for box in page.panel.locator(".course-question").all():
        fields = box.locator("input:visible")
        if not fields.count():
            continue  # answered in an earlier walk, and kept
        if fields.first.get_attribute("type") == "radio":
            fields.first.check()
        else:
            for place in range(fields.count()):
                fields.nth(place).fill(str(1 + place))
        box.get_by_role("button", name="Note my guess").click()
        page.page.wait_for_timeout(300)
        if not box.get_by_role("status").inner_text().startswith("You said"):
            found.append(f"a prediction is not taken: {box.inner_text()[:120]}")
    waiting = page.panel.locator(".course-waits")
    if waiting.count():
        found.append(f"{waiting.count()} predictions still wait")
    for group in page.panel.locator(".course-quiz fieldset").all():
        group.locator("input").first.check()
        page.page.wait_for_timeout(150)
        if not group.get_by_role("status").inner_text():
            found.append("the quiz says nothing about an answer")
    for frame in page.page.frames:
        with contextlib.suppress(Exception):
            for line in frame.evaluate(USE):
                print("   used", line, flush=True)
    page.page.wait_for_timeout(2500)
    return found


def looked_at(page: browser.Page, name: str, when: str) -> list[str]:
    """Screenshots from the beginning to the end, and what is wrong with how it looks."""
    scroller = page.panel.locator(".jp-WindowedPanel-outer").first
    place = 0
    shot = 0
    while shot < 80:
        scroller.evaluate("(element, top) => { element.scrollTop = top; }", place)
        page.page.wait_for_timeout(250)
        page.screenshot(f"{name}-{shot:02d}")
        height = scroller.evaluate("element => element.scrollHeight - element.clientHeight")
        if place >= height:
            break
        place += SCROLL
        shot += 1
    found = []
    for frame in page.page.frames:
        with contextlib.suppress(Exception):
            found += [f"{when}, {line}" for line in frame.evaluate(LOOK)]
    return found


def noise(page: browser.Page) -> list[str]:
    """Errors of scripts, and anything asked of another machine."""
    errors = [said for said in page.errors if not any(part in said for part in QUIET)]
    asked = [f"asked another machine: {address}" for address in page.outside]
    return [f"console: {said[:300]}" for said in errors] + asked


def solve(chromium, server, path: str, number: str, solved: pathlib.Path, options) -> list[str]:
    """Put every solution into its cell, run everything, and read what the checks say."""
    page = open_notebook(chromium, server, path, options.shots)
    found = looked_at(page, f"{number}-exercises-before", "exercises, before running")
    notebook = nbformat.read(solved, as_version=4)
    cells = [c for c in notebook.cells if "solution-only" not in c.metadata.get("tags", [])]
    changed = 0
    for index, cell in enumerate(cells):
        if cell.cell_type == "code" and "### BEGIN SOLUTION" in cell.source:
            page.page.evaluate(
                """([index, source]) => {
                    const model = window.jupyterapp.shell.currentWidget.content.model;
                    model.cells.get(index).sharedModel.setSource(source);
                }""",
                [index, cell.source],
            )
            changed += 1
    run_all(page)
    found += printed(page, "exercises")
    verdicts = page.panel.locator(".jp-OutputArea").all_inner_texts()
    correct = sum(text.count("✓ Correct") for text in verdicts)
    others = [text for text in verdicts if "○ Not attempted" in text or "✗ Wrong" in text]
    print(f"{number}: {changed} solutions put in, {correct} checks correct", flush=True)
    if correct < changed or others:
        found.append(f"exercises: {changed} solutions, {correct} correct: {others[:2]}")
    found += looked_at(page, f"{number}-exercises", "exercises")
    if options.dark:
        page.use_theme("dark")
        page.page.wait_for_timeout(800)
        found += looked_at(page, f"{number}-exercises-dark", "exercises, in the dark")
    found += noise(page)
    page.page.context.close()
    return list(dict.fromkeys(found))


if __name__ == "__main__":
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    raise SystemExit(main())
