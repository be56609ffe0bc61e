"""A real JupyterLab in a headless Chromium, for tests that operate widgets.

A test module says ``pytest_plugins = ["support.browser"]``, marks its tests with
``pytest.mark.browser`` and takes the fixture `jupyterlab`::

    def test_slider(jupyterlab):
        page = jupyterlab.open(notebook)    # a path or a notebook object; a copy of it is opened
        page.run_all()
        page.cell(1).get_by_role("slider").press("ArrowRight")
        expect(page.cell(1)).to_contain_text("speed 4")
        page.check_themes("slider", page.cell(1), [page.cell(1).get_by_text("speed")])
        page.check_quiet()                  # no script error, nothing asked of another machine

`page.panel` and `page.cell(i)` are playwright locators. Nothing is downloaded: the browser is one
that is installed (or named by CHROMIUM). Screenshots go to the folder COURSE_SHOTS, or to a
temporary one.
"""

import contextlib
import json
import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

import nbformat
import pytest
from conftest import BROWSERS, reason_without_browser

from .contrast import contrast
from .hands import COMBINATIONS, HANDS, Hand

ROOT = pathlib.Path(__file__).resolve().parents[2]
START_SECONDS, CELL_SECONDS = 60, 120
SIZES = ((1100, 700), (1280, 800))
"""Windows in which a widget is looked at: a small one and a usual one."""
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}

CHROMIUM_OPTIONS = [
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", (
        "--disable-sync"
    ),
    "--disable-component-update", "--disable-default-apps", "--no-first-run", (
        "--force-color-profile=srgb"
    ),
]  # fmt: skip

SETTINGS = {
    # Cells out of sight leave the page by default, and then no test finds them.
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none", (
        "autoStartDefaultKernel"
    ): True},
    "@jupyterlab/apputils-extension/notification": {
        "fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True,
    },
}  # fmt: skip

KERNEL_ANSWERS = """async () => {
    const panel = window.jupyterapp && window.jupyterapp.shell.currentWidget;
    const session = panel && panel.sessionContext;
    const kernel = session && session.isReady && session.session && session.session.kernel;
    if (!kernel || kernel.connectionStatus !== 'connected') return false;
    const future = kernel.requestExecute({ code: '0', silent: true, store_history: false });
    const answered = future.done.then(() => true, () => false);
    const late = new Promise(resolve => setTimeout(() => resolve(false), 3000));
    return await Promise.race([answered, late]) && kernel === session.session.kernel;
}"""
"""Whether the kernel answers. Run All before that opens a dialog, and a socket dropped at the start
loses messages."""

TURN_TO = """async name => {
    const app = window.jupyterapp;
    app.shell.currentWidget.close();
    const opened = await app.commands.execute('docmanager:open', { path: name });
    await opened.context.ready;
    app.shell.activateById(opened.id);
}"""
"""Close the notebook in front and open another."""

RUN_CELL = """async index => {
    const panel = window.jupyterapp.shell.currentWidget;
    panel.content.activeCellIndex = index;
    panel.content.deselectAll();
    await window.jupyterapp.commands.execute('notebook:run-cell');
}"""
"""Run one cell; its old outputs go."""

ALL_RUN = """() => {
    const model = window.jupyterapp.shell.currentWidget.content.model;
    const cells = Array.from(model.cells)
        .filter(cell => cell.type === 'code' && cell.sharedModel.source.trim());
    const failed = cells.flatMap(cell => cell.outputs.toJSON())
        .find(output => output.output_type === 'error');
    if (failed) return `${failed.ename}: ${failed.evalue}`;
    const done = cell => cell.executionCount !== null && cell.executionState !== 'running';
    return cells.every(done) && 'done';
}"""
"""Once every cell has run: "done"; once one has failed, its error."""


SMALL_TEXT = """frame => {
    const small = [];
    const texts = document.createTreeWalker(frame, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const text = texts.currentNode.textContent.trim();
        const element = texts.currentNode.parentElement;
        if (!text || element.closest("style, title") || !element.getClientRects().length) continue;
        const matrix = element.closest("svg") ? element.getScreenCTM() : { a: 1, b: 0 };
        const scale = Math.hypot(matrix.a, matrix.b);
        const size = parseFloat(getComputedStyle(element).fontSize) * scale;
        if (size < 11.95) small.push(`${text}: ${size.toFixed(1)} px`);
    }
    return small;
}"""
"""Texts in sight that are drawn smaller than 12 pixels, whatever the page made of their picture."""


class Page:
    """One notebook, open in JupyterLab."""

    def __init__(self, page, server: str, shots: pathlib.Path):
        self.page, self.shots = page, shots
        self.errors: list[str] = []
        self.outside: list[str] = []
        own = (server, server.replace("http", "ws"), "data:", "blob:")
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on(
            "console", lambda said: self.errors.append(said.text) if said.type == "error" else None
        )
        page.on(
            "request",
            lambda sent: None if sent.url.startswith(own) else self.outside.append(sent.url),
        )

    @property
    def panel(self):
        """The notebook (a locator)."""
        return self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")

    def cell(self, index: int):
        """A cell, counted from 0 over all cells (a locator)."""
        return self.panel.locator(".jp-Cell").nth(index)

    def wait_for_kernel(self) -> None:
        """Return when the kernel answers."""
        for _ in range(120):
            if self.page.evaluate(KERNEL_ANSWERS):
                return
            self.page.wait_for_timeout(250)
        raise RuntimeError("the kernel never answered")

    def run_all(self, seconds: float = CELL_SECONDS) -> None:
        """Run every cell and return when all are done; AssertionError with the error if one
        failed."""
        self.page.evaluate(
            "() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }"
        )
        said = self.page.wait_for_function(ALL_RUN, timeout=seconds * 1000).json_value()
        assert said == "done", said

    def run_cell(self, index: int) -> None:
        """Run one cell again, so that its widget is as it was at first."""
        self.page.evaluate(RUN_CELL, index)
        assert self.page.wait_for_function(ALL_RUN).json_value() == "done"

    def look(self, theme: str, size: tuple[int, int]) -> None:
        """Turn to a theme, and to a window of so many pixels."""
        self.use_theme(theme)
        self.page.set_viewport_size({"width": size[0], "height": size[1]})

    def turn_to(self, name: str) -> None:
        """Open another notebook of the server's folder in the same window, in place of this one:
        JupyterLab is not loaded again, and nobody waits for a kernel."""
        self.page.evaluate(TURN_TO, name)
        self.panel.locator(".jp-Cell").first.wait_for()

    def use_theme(self, theme: str) -> None:
        """Switch to "light" or "dark"."""
        change = "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })"
        self.page.evaluate(change, THEMES[theme])
        self.page.wait_for_selector(f'body[data-jp-theme-name="{THEMES[theme]}"]', state="attached")

    def colours(self, locator) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """(text, background) of an element as they are seen, as RGB from 0 to 255.

        The background is that of the nearest element behind it which has one; a translucent text is
        mixed with it.
        """
        found = locator.evaluate(
            """element => {
                const text = getComputedStyle(element).color;
                let back = 'rgba(0, 0, 0, 0)';
                for (let e = element; e && back.endsWith(', 0)'); e = e.parentElement)
                    back = getComputedStyle(e).backgroundColor;
                return [text, back];
            }"""
        )
        text, back = (
            [float(part) for part in rgb[rgb.index("(") + 1 : -1].split(",")] for rgb in found
        )
        opacity = text[3] if len(text) > 3 else 1.0
        seen = tuple(
            opacity * front + (1 - opacity) * behind
            for front, behind in zip(text[:3], back[:3], strict=True)
        )
        return seen, tuple(back[:3])

    def box(self, locator) -> dict[str, float]:
        """x, y, width and height of an element in the window, in pixels.

        A widget that draws itself anew has no place for a moment; playwright then says None.
        RuntimeError if the element has none for ten seconds.
        """
        for _ in range(100):
            box = locator.bounding_box()
            if box is not None:
                return box
            self.page.wait_for_timeout(100)
        raise RuntimeError(f"{locator} is not drawn")

    def screenshot(self, name: str, locator=None) -> pathlib.Path:
        """Store a picture of an element, or of the window."""
        path = self.shots / f"{name}.png"
        (locator or self.page).screenshot(path=str(path))
        return path

    def check_themes(self, name: str, cell, texts: list) -> None:
        """AssertionError if a text cannot be read, in the light or the dark theme, in a window of
        1280 x 800 or of 1100 x 700.

        Each of ``texts`` needs contrast, and no text of the outputs may be below 12 pixels or reach
        out at the side. Pictures of ``cell`` are stored as NAME-light and NAME-1100-light, and so
        in the dark.
        """
        before = self.page.viewport_size
        outputs = cell.locator(".jp-OutputArea").first
        for theme in THEMES:
            self.use_theme(theme)
            for width, height in SIZES:
                self.page.set_viewport_size({"width": width, "height": height})
                where = f"in the {theme} theme at {width} x {height}"
                small = self.small_texts(outputs)
                assert small == [], (where, small)
                wide, room = outputs.evaluate("area => [area.scrollWidth, area.clientWidth]")
                assert wide <= room, where
                for text in texts:
                    assert contrast(*self.colours(text)) > 4.5, f"{text} {where}"
                self.screenshot(f"{name}-{width}-{theme}", cell)
            self.page.set_viewport_size(before)
            self.screenshot(f"{name}-{theme}", cell)

    def small_texts(self, outputs) -> list[str]:
        """Texts below 12 pixels, once the widgets have drawn themselves for the window's new size:
        none, or those that are still there after five seconds."""
        for _ in range(50):
            small = outputs.evaluate(SMALL_TEXT)
            if not small:
                break
            self.page.wait_for_timeout(100)
        return small

    def check_quiet(self) -> None:
        """AssertionError if a script failed or the page asked another machine for anything."""
        assert (self.errors, self.outside) == ([], [])


class JupyterLab:
    """A JupyterLab server and a browser beside it."""

    def __init__(self, server: "Server", browser, shots: pathlib.Path):
        self.server, self.browser, self.shots = server, browser, shots

    def open(self, notebook, width: int = 1280, height: int = 1000) -> Page:
        """Open a copy of a notebook (a path, or an nbformat notebook) in a fresh window.

        Its kernel answers, and the theme is the light one.
        """
        server = self.server
        name = server.put(notebook)
        window = self.browser.new_context(viewport={"width": width, "height": height})
        window.set_default_timeout(20_000)
        page = Page(window.new_page(), server.url, self.shots)
        # A workspace of its own, reset, so that nothing of an earlier test is opened again.
        workspace = f"{server.url}/lab/workspaces/w{server.opened}/tree/{name}"
        page.page.goto(f"{workspace}?reset&token={server.token}")
        page.panel.locator(".jp-Cell").first.wait_for(timeout=START_SECONDS * 1000)
        page.wait_for_kernel()
        page.use_theme("light")
        return page

    def close_windows(self) -> None:
        """Close every open window."""
        for context in self.browser.contexts:
            context.close()


def installed_browser() -> str | None:
    """The Chromium to drive, or None."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)


@dataclass
class Server:
    """A running JupyterLab."""

    url: str
    token: str
    folder: pathlib.Path
    opened: int = 0
    """Notebooks opened so far."""

    def put(self, notebook) -> str:
        """Copy a notebook (a path, or an nbformat notebook) into the folder: its new name."""
        self.opened += 1  # over all test files: an old name would find an old kernel
        name = f"opened-{self.opened}.ipynb"
        if isinstance(notebook, str | os.PathLike):
            shutil.copyfile(notebook, self.folder / name)
        else:
            kernel = {"name": "python3", "display_name": "Python 3"}
            notebook.metadata.setdefault("kernelspec", kernel)
            nbformat.write(notebook, self.folder / name)
        return name

    def ask(self, method: str, path: str):
        """An answer of the server, from JSON; None where it has no content."""
        address = f"{self.url}/api/{path}?token={self.token}"
        with urllib.request.urlopen(urllib.request.Request(address, method=method)) as answer:
            return json.loads(answer.read() or "null")

    def end_kernels(self) -> None:
        """End every kernel: each holds the packages of the course in memory."""
        for session in self.ask("GET", "sessions"):
            self.ask("DELETE", f"sessions/{session['id']}")


@contextlib.contextmanager
def lab_server(home: pathlib.Path, folder: pathlib.Path):
    """Start JupyterLab on a free port with settings of its own; yields the `Server`."""
    for plugin, values in SETTINGS.items():
        path = home / "settings" / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token, url = secrets.token_hex(16), f"http://127.0.0.1:{port}"
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}",
        "--ServerApp.ip=127.0.0.1", f"--IdentityProvider.token={token}", (
            f"--ServerApp.root_dir={folder}"
        ),
        "--LabApp.expose_app_in_browser=True", "--LabApp.news_url=None", (
            "--LabApp.extension_manager=readonly"
        ),
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]  # fmt: skip
    with open(home / "lab.log", "w+b") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=variables(home),
            start_new_session=True,
        )
        try:
            wait_until_up(process, f"{url}/api/status?token={token}", home / "lab.log")
            yield Server(url, token, folder)
        finally:
            end(process)


def variables(home: pathlib.Path) -> dict[str, str]:
    """Environment of the server: nothing of the user's own Jupyter is read or written, no progress
    is noted."""
    own = {
        "HOME": "", "JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data", (
            "JUPYTER_RUNTIME_DIR"
        ): (
            "runtime"
        ),
        "JUPYTERLAB_SETTINGS_DIR": "settings", "JUPYTERLAB_WORKSPACES_DIR": "workspaces", (
            "IPYTHONDIR"
        ): (
            "ipython"
        ),
    }  # fmt: skip
    search = os.pathsep.join([str(ROOT), str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")])
    places = {name: str(home / place) for name, place in own.items()}
    return {
        **os.environ,
        **places,
        "PYTHONPATH": search,
        "COURSE_PROGRESS": "",
        "OMP_NUM_THREADS": "1",
    }


def wait_until_up(process: subprocess.Popen, address: str, log: pathlib.Path) -> None:
    """Return when the server answers; RuntimeError with the end of its log if it does not."""
    limit = time.monotonic() + START_SECONDS
    while time.monotonic() < limit and process.poll() is None:
        with contextlib.suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(address, timeout=2).close()
            return
        time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not start: {log.read_text(errors='replace')[-2000:]}")


def end(process: subprocess.Popen) -> None:
    """End the server and its kernels."""
    if os.name == "nt":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True)
    else:
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """One JupyterLab for all browser tests of a process."""
    if reason_without_browser():
        pytest.skip(reason_without_browser())
    home, folder = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("notebooks")
    with lab_server(home, folder) as started:
        yield started


@pytest.fixture(scope="module")
def lab_and_browser(server, tmp_path_factory):
    """The server, and one browser for the tests of a file.

    Not for the session: while playwright is open, other tests of the process could not run an
    event loop.
    """
    from playwright.sync_api import sync_playwright

    shots = pathlib.Path(os.environ.get("COURSE_SHOTS") or tmp_path_factory.mktemp("shots"))
    shots.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=installed_browser(), args=CHROMIUM_OPTIONS
        )
        yield JupyterLab(server, browser, shots)
        browser.close()


@pytest.fixture(scope="module")
def shared_page(request, lab_and_browser):
    """The NOTEBOOK of a test module in one window for all of its tests; every cell has run.

    Loading JupyterLab takes most of the time of a short test; `Page.run_cell` gives each a fresh
    widget.
    """
    page = lab_and_browser.open(request.module.NOTEBOOK)
    page.run_all()
    yield page
    lab_and_browser.close_windows()
    lab_and_browser.server.end_kernels()


@pytest.fixture
def jupyterlab(lab_and_browser):
    """JupyterLab in a browser; its windows are closed after the test, and its kernels ended."""
    yield lab_and_browser
    lab_and_browser.close_windows()
    lab_and_browser.server.end_kernels()


@dataclass
class Operated:
    """A widget that is alone in its notebook, fresh, and a hand that operates it."""

    page: Page
    hand: Hand
    cell: Any  # a playwright locator, as are the words
    words: Any
    """What the widget says of its state."""

    def check(self) -> None:
        """AssertionError if a text is too small, a script failed or another machine was asked."""
        assert self.cell.locator(".jp-OutputArea").first.evaluate(SMALL_TEXT) == []
        self.page.check_quiet()


@pytest.fixture(params=COMBINATIONS, ids=["light-keys", "dark-mouse"])
def operated(request, shared_page):
    """The widget of cell 0 of the NOTEBOOK, in each of the themes, windows and hands in turn."""
    theme, size, hand = request.param
    shared_page.look(theme, size)
    shared_page.run_cell(0)
    cell = shared_page.cell(0)
    return Operated(shared_page, HANDS[hand], cell, cell.locator("p[role=status]"))


def notebook_of(*sources: str) -> nbformat.NotebookNode:
    """A notebook of these code cells."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    return nbformat.v4.new_notebook(cells=cells)
