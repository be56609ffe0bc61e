"""Figure style, words, network map and animated replay."""

import json
import os
import re
import shutil

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from support.records import META, made_up_record, made_up_truths

from course_lib.cyber_range import constants as names
from course_lib.cyber_range.evaluation.episode_record import record_from_truth
from course_lib.viz import episode_text as story
from course_lib.viz import figures, network_map, replay, replay_pair
from course_lib.viz import network_geometry as layout

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
BROWSER_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
]

# Complete dichromacy on linear RGB, from Machado, Oliveira and Fernandes (2009), severity 1.
DICHROMACY = {
    "none": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = np.array([0.9505, 1.0, 1.089])


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def linear(colours):
    rgb = np.array([matplotlib.colors.to_rgb(c) for c in colours])
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(linear_rgb):
    xyz = np.clip(linear_rgb, 0, 1) @ TO_XYZ.T / WHITE
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.stack(
        [116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1
    )


def nearest(colours, matrix):
    """Smallest CIELAB distance between two of the colours as seen through a dichromacy matrix."""
    seen = lab(linear(colours) @ np.asarray(matrix).T)
    distance = np.linalg.norm(seen[:, None] - seen[None], axis=2)
    return distance[~np.eye(len(colours), dtype=bool)].min()


def contrast(a, b):
    low, high = sorted(linear([a, b]) @ TO_XYZ[1])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("deficiency", DICHROMACY)
def test_colours_stay_apart_for_every_reader(deficiency):
    assert nearest(figures.PALETTE, DICHROMACY[deficiency]) > 25
    assert nearest(network_map.LEVEL_FILL, DICHROMACY[deficiency]) > 25


def test_the_distance_test_can_fail():
    assert (
        nearest(["#d62728", "#2ca02c"], DICHROMACY["deuteranopia"])
        < 25
        < nearest(["#d62728", "#2ca02c"], np.eye(3))
    )


def test_lines_and_text_stand_out_from_the_solid_background():
    assert all(contrast(colour, figures.BACKGROUND) >= 3 for colour in figures.PALETTE)
    assert contrast(figures.INK, figures.BACKGROUND) > 10
    figure, ax = figures.new_figure()
    assert matplotlib.colors.to_rgba(figure.get_facecolor())[3] == 1


def test_series_differ_in_more_than_colour():
    styles = [figures.series_style(i) for i in range(6)]
    for key in ("color", "linestyle", "marker"):
        assert len({style[key] for style in styles}) == 6


def test_axes_want_units():
    figure, ax = figures.new_figure()
    figures.label_axes(ax, "time (ticks)", "share of clean hosts (%)", "Title")
    assert ax.get_xlabel() == "time (ticks)" and ax.get_title(loc="left") == "Title"
    with pytest.raises(ValueError, match="'score' has no unit"):
        figures.label_axes(ax, "time (ticks)", "score")
    with pytest.raises(ValueError, match="what is counted"):
        figures.label_axes(ax, "hosts (1)", "score (points)")


def test_an_axis_of_names_needs_no_label():
    figure, ax = figures.new_figure()
    figures.label_axes(ax, "score (points)", "")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("score (points)", "")


def test_band_is_the_t_interval_over_seeds():
    figure, ax = figures.new_figure()
    runs = np.array([[1.0, 2.0], [3.0, 6.0], [5.0, 4.0]])
    figures.plot_band(ax, [0, 1], runs, "x")
    np.testing.assert_allclose(ax.lines[0].get_ydata(), [3, 4])
    corners = ax.collections[0].get_paths()[0].vertices
    assert corners[:, 1].min() == pytest.approx(3 - 4.302653 * 2 / np.sqrt(3), abs=1e-5)
    with pytest.raises(ValueError, match="at least two runs"):
        figures.plot_band(ax, [0, 1], runs[:1], "x")


class Report:
    def __init__(self, mean):
        self.scores, self.mean, self.interval = (
            [mean - 9, mean, mean + 9],
            mean,
            (mean - 5, mean + 5),
        )


def test_scores_of_policies():
    figure = figures.score_intervals({"sleep": Report(-6000), "firewall": Report(-400)})
    assert [t.get_text() for t in figure.axes[0].get_yticklabels()] == ["sleep", "firewall"]
    assert (
        figure.axes[0].get_ylim()[0] > figure.axes[0].get_ylim()[1]
    )  # the first one stands at the top


def test_show_displays_a_picture_with_its_text_and_closes_the_figure(monkeypatch):
    import IPython.display

    shown = []
    monkeypatch.setattr(
        IPython.display, "display", lambda data, **options: shown.append((data, options))
    )
    figure, ax = figures.new_figure()
    ax.plot([1, 2])
    figures.show(figure, alt="A line that rises\n  from 1 to 2 <over> one step.")
    (picture, options), (text, _) = shown
    alt = "A line that rises from 1 to 2 <over> one step."
    assert (
        picture["text/plain"] == f"Figure: {alt}" and options["metadata"]["image/png"]["alt"] == alt
    )
    assert picture["image/png"].startswith("iVBORw0KGgo")
    assert "&lt;over&gt; one step.</p>" in text["text/html"]
    assert not plt.get_fignums()
    with pytest.raises(ValueError, match="at least one sentence"):
        figures.show(figures.new_figure()[0], alt="plot")


def test_a_figure_is_deterministic():
    def draw():
        return figures.png_bytes(network_map.draw_network(made_up_record(), 20))

    assert draw() == draw()


def test_no_two_hosts_or_zones_overlap():
    centres = np.array([layout.host_centre(host) for host in range(names.HOST_COUNT)])
    distance = np.linalg.norm(centres[:, None] - centres[None], axis=2)
    assert distance[~np.eye(len(centres), dtype=bool)].min() > layout.HOST_SIZE + 4
    boxes = [layout.zone_box(zone) for zone in (None, *range(8))]
    for i, a in enumerate(boxes):
        assert (
            a.left >= 0
            and a.top >= 0
            and a.top + a.height <= layout.HEIGHT
            and a.left + a.width <= layout.WIDTH
        )
        for b in boxes[:i]:
            assert (
                abs(a.x - b.x) >= (a.width + b.width) / 2
                or abs(a.y - b.y) >= (a.height + b.height) / 2
            )


def test_hosts_stand_inside_their_zone():
    for host in range(names.HOST_COUNT):
        (x, y), box = layout.host_centre(host), layout.zone_box(host // 16)
        assert (
            box.left + 11 < x < box.left + box.width - 11
            and box.top + 30 < y < box.top + box.height - 11
        )


def test_all_block_pairs_have_a_place():
    pairs = layout.block_pairs()
    assert len(pairs) == 56 and ("INT" in {names.ALPHABET[p] for _, p, _ in pairs})
    assert {source for _, _, source in pairs} == {None, *range(8)}


def quiet_truths(ticks=3):
    """Nothing happens, on three hosts: RZA server 0 (0), OZA user 2 (24), CON user 0 (118)."""
    truths = made_up_truths(ticks)
    exists = np.isin(np.arange(128), [0, 24, 118])
    for truth in truths:
        for name in ("level", "decoys", "ot_stopped", "blocked", "process", "connection"):
            truth[name] = np.zeros_like(truth[name])
        for name in ("blue_host", "red_source", "red_host", "red_success"):
            truth[name] = np.full_like(truth[name], -1)
        truth.update(exists=exists, blue_class=np.full(5, 7), red_kind=np.full(6, 9), reward=0.0)
    return truths


def eventful_record():
    truths = quiet_truths()
    truths[0]["level"][118] = 1
    truths[1]["level"][[118, 24]] = 1
    truths[1].update(
        red_kind=np.array([4, 9, 9, 9, 9, 9]), red_source=np.array([118, -1, -1, -1, -1, -1])
    )
    truths[1].update(
        red_host=np.array([24, -1, -1, -1, -1, -1]), red_success=np.array([1, -1, -1, -1, -1, -1])
    )
    truths[1]["process"][24] = truths[1]["connection"][24] = 1
    truths[2]["level"][[118, 0]] = [2, 1]
    truths[2].update(
        blue_class=np.array([7, 2, 7, 7, 7]), blue_host=np.array([-1, 24, -1, -1, -1]), reward=-4.0
    )
    truths[2]["blocked"][1, 1] = truths[3]["level"][0] = 1
    truths[3]["level"][118] = 2
    truths[3]["decoys"][0] = 2
    return record_from_truth(truths, META | {"steps": 40})


def test_the_story_of_each_tick():
    record = eventful_record()
    assert story.tick_story(record, 0) == story.TickStory((), (), "")
    first, second, third = (story.tick_story(record, frame) for frame in (1, 2, 3))
    assert first.red == ("ExploitRemoteService OZA user 2 from CON user 0: succeeded",)
    assert first.alerts == "OZA user 2 (process and connection)" and first.blue == ()
    assert second.blue == (
        "Restore OZA user 2: user session before, clean now",
        "BlockTraffic CON to OZA",
    )
    assert second.red == ("Phishing opened a session on RZA server 0",)
    assert third.blue == ("AllowTraffic CON to OZA",) and third.red == ()


def test_a_frame_in_words():
    text = story.describe_frame(eventful_record(), 2)
    assert text == (
        "Tick 2 of 3, mission A, score -4. Red holds 2 of 3 hosts: RZA 1 (0 root), CON 1 (1 root). "
        "Blocked links: 1. Hosts with decoys: 0. Stopped OT services: 0."
    )
    for frame in (-1, 4):
        with pytest.raises(ValueError, match="is not a whole number from 0 to 3"):
            story.describe_frame(eventful_record(), frame)


def fills(figure):
    """Fill colours of the host signs on the map itself, without the legend's four."""
    patches = [p for p in figure.axes[0].patches if p.get_zorder() == 5]
    return sorted(matplotlib.colors.to_hex(p.get_facecolor()) for p in patches[:-4])


def test_the_map_draws_existing_hosts_in_their_state():
    record = eventful_record()
    clean, user, root = network_map.LEVEL_FILL
    assert fills(network_map.draw_network(record, 0)) == sorted([clean, clean, user])
    assert fills(network_map.draw_network(record, 2)) == sorted([clean, user, root])
    title = network_map.draw_network(record, 2).axes[0].get_title(loc="left")
    assert title == "Tick 2 of 3 · mission A · score so far -4 points · red holds 2 of 3 hosts"


def test_the_map_draws_blocks_decoys_and_actions():
    record = eventful_record()

    def count(frame, colour, zorder):
        lines = network_map.draw_network(record, frame).axes[0].lines
        return sum(line.get_color() == colour and line.get_zorder() == zorder for line in lines)

    assert [count(frame, network_map.BLOCKED, 4) for frame in range(4)] == [0, 0, 1, 0]
    assert [count(frame, network_map.DECOY, 7) for frame in range(4)] == [0, 0, 0, 1]

    def rings(frame):
        patches = network_map.draw_network(record, frame).axes[0].patches
        return [p.get_center() for p in patches if p.get_zorder() == 8]

    assert [rings(frame) for frame in (1, 2)] == [[], [layout.host_centre(24)]]
    with pytest.raises(ValueError, match="=4 is not"):
        network_map.draw_network(record, 4)


def page_data(page):
    return json.loads(re.search(r"id='data'>(.*?)</script>", page).group(1))


def test_the_replay_is_deterministic_small_and_needs_nothing_from_outside():
    record = made_up_record(499)
    page = replay.replay_html(record)
    assert page == replay.replay_html(made_up_record(499))
    assert len(page.encode()) < 400_000
    assert not re.search(
        r"(src|href)\s*=|@import|url\((?!#)|https?://(?!www\.w3\.org/2000/svg)", page
    )
    ids = re.findall(r'\bid=["\'](\w+)', page)
    assert len(ids) == len(set(ids))
    assert len((replay.HERE / "replay.js").read_text().splitlines()) <= 150


def test_the_replay_tells_the_record():
    record = eventful_record()
    data = page_data(replay.replay_html(record))
    assert data["levels"] == [[118, 1], [24, 1], [0, 1, 24, 0, 118, 2], []]
    assert data["score"] == [0, 0, -4, -4] and data["changes"] == [1, 2]
    assert data["rings"] == [[], [], [24], []] and data["attacks"] == [[], [[118, 24, 1]], [], []]
    assert data["blue"][3] == ["AllowTraffic CON to OZA"] and data["decoys"][3] == [0, 1]
    assert sum(len(row) for row in data["blocks"]) == 4  # one pair switched on, then off


def test_the_first_frame_is_in_the_markup():
    page = replay.replay_html(eventful_record())
    assert re.findall(r'class="host (l\d)[^"]*" id="(h\d+)"', page) == [
        ("l0", "h0"),
        ("l0", "h24"),
        ("l1", "h118"),
    ]
    assert "Tick 0 of 3" in page and "<title>OZA user 2</title>" in page


def test_a_strangers_text_stays_text():
    evil = "</script><script>alert('1')</script>"
    truths = quiet_truths()
    record = record_from_truth(truths, META | {"policy": evil})
    assert evil not in replay.replay_html(record)
    bundle = replay.replay_bundle(record)
    assert evil not in bundle["text/html"]
    document = re.search(r"srcdoc='([^']*)'", bundle["text/html"]).group(1)
    assert len(document) > 10_000 and document.endswith("</html>\n")


def test_the_replay_has_a_text_twin():
    bundle = replay.replay_bundle(eventful_record())
    assert bundle["text/plain"].startswith(
        "Replay of made up against red on range, seed 3. Hosts held by red: "
    )
    assert "Tick 3 of 3" in bundle["text/plain"] and bundle["text/plain"] in bundle["text/html"]


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("no Chromium installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright.chromium.launch(
            executable_path=CHROMIUM, headless=True, args=BROWSER_OPTIONS
        )


def open_page(browser, content, **options):
    page = browser.new_page(viewport={"width": 1000, "height": 950}, **options)
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on(
        "request",
        lambda r: (
            page.problems.append(r.url) if not r.url.startswith(("about:", "data:")) else None
        ),
    )
    page.set_content(content)
    return page


@pytest.mark.browser
def test_the_replay_steps_and_plays(browser):
    page = open_page(browser, replay.replay_html(eventful_record()))
    status, host = page.locator("#status"), page.locator("#h24")
    page.get_by_role("button", name="One tick on").click()
    assert "Tick 1 of 3" in status.inner_text() and "red holds 2 of 3" in status.inner_text()
    assert (
        host.get_attribute("class") == "host l1"
        and page.locator("path.attack[marker-end]").count() == 3
    )
    page.keyboard.press("n")
    assert "Tick 2 of 3" in status.inner_text() and host.get_attribute("class") == "host l0"
    assert page.locator("#bars .on").count() == 1 and page.locator("#actions .ring").count() == 1
    assert page.locator("#red").inner_text() == "Phishing opened a session on RZA server 0"
    slider = page.get_by_role("slider", name="Tick")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    assert slider.input_value() == "1" and "Tick 1 of 3" in slider.get_attribute("aria-valuetext")
    page.keyboard.press("Home")
    page.get_by_label("Speed").select_option("25")
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Play").wait_for()
    page.wait_for_function(
        "document.getElementById('status').textContent.startsWith('Tick 3 of 3')"
    )
    page.locator("#timeline").click(position={"x": 2, "y": 20})
    assert "Tick 0 of 3" in status.inner_text()
    assert not page.problems
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize(
    "scheme, background", [("light", "rgb(252, 252, 250)"), ("dark", "rgb(17, 20, 24)")]
)
def test_a_page_of_its_own_follows_the_readers_scheme(browser, scheme, background):
    page = open_page(browser, replay.replay_html(eventful_record()), color_scheme=scheme)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == background
    page.close()


@pytest.mark.browser
def test_inside_a_notebook_it_takes_the_notebooks_theme_and_height(browser):
    notebook = (
        "<style>body{--jp-layout-color0:#102030}</style><body data-jp-theme-light='%s'>%s</body>"
    )
    html = replay.replay_bundle(eventful_record())["text/html"].replace(" loading='lazy'", "")
    page = open_page(browser, notebook % ("false", html), color_scheme="light")
    frame = page.frame_locator("iframe")
    frame.get_by_role("button", name="Play").wait_for()
    inside = page.frames[1]
    assert inside.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(16, 32, 48)"
    assert inside.evaluate("document.documentElement.dataset.theme") == "dark"
    page.evaluate("document.body.dataset.jpThemeLight = 'true'")
    inside.wait_for_function("document.documentElement.dataset.theme === 'light'")
    scroll = inside.evaluate("document.documentElement.scrollHeight - window.innerHeight")
    assert scroll <= 2
    assert not page.problems
    page.close()


@pytest.mark.browser
def test_two_films_move_together_and_follow_the_theme_of_the_notebook(browser):
    record = eventful_record()
    orders = [(0, {"RZA": "Restore", "OZA": ""}), (2, {"RZA": "Decoy", "OZA": "Block"})]
    bundle = replay_pair.pair_bundle(record, record, orders)
    html = bundle["text/html"].replace(" loading='lazy'", "")
    body = f"<body data-jp-theme-light='false'>{html}</body>"
    page = open_page(browser, f"<style>body{{--jp-layout-color0:#102030}}</style>{body}")
    player = page.frame_locator("iframe")
    right = player.frame_locator("iframe >> nth=1")
    right.locator("#order-RZA").wait_for(state="attached")
    assert right.locator("#order-RZA").text_content() == "Restore"
    player.get_by_role("button", name="One tick on").click()
    player.get_by_role("slider", name="Tick").press("ArrowRight")
    for place in (0, 1):
        film = player.frame_locator(f"iframe >> nth={place}")
        assert "Tick 2 of 3" in film.locator("#status").inner_text()
        assert film.locator("html").get_attribute("data-theme") == "dark"
    assert right.locator("#order-RZA").text_content() == "Decoy"
    assert right.locator("#order-OZA").text_content() == "Block"
    assert player.frame_locator("iframe >> nth=0").locator("#order-RZA").count() == 0
    player.get_by_role("button", name="Play both").click()
    player.get_by_role("button", name="Play both").wait_for()
    assert player.locator("#status").inner_text() == "Tick 3 of 3"
    page.evaluate("document.body.dataset.jpThemeLight = 'true'")
    page.wait_for_timeout(300)
    assert right.locator("html").get_attribute("data-theme") == "light"
    assert not page.problems
    page.close()


@pytest.mark.parametrize("width", [3.0, 7.0, 9.6, 13.0])
def test_no_figure_is_wider_than_the_page_shows_it(width):
    figure, _ = figures.new_figure(figsize=(width, 3.0))
    seen = figure.get_figwidth() * figure.dpi
    plt.close(figure)
    assert seen == pytest.approx(min(width * figure.dpi, figures.PAGE_WIDTH))


def test_letters_of_a_film_are_seen_with_twelve_pixels():
    style = replay.read_part("replay.css")
    # JupyterLab shows the film, 1000 units wide, 810 pixels wide, and each of a pair 386.
    sizes = re.findall(r"svg [^{]*\{[^}]*?(\d+)px", style)
    pair = re.findall(r"font-size:(\d+)px", replay_pair.BARE)
    assert sizes and min(int(size) * 0.81 for size in sizes) >= 12
    assert pair and min(int(size) * 0.386 for size in pair) >= 12
