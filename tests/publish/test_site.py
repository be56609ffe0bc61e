"""The course as web pages: formulas, links, answers folded, nothing loaded from elsewhere."""

import html
import json
import os
import re

import pytest
from support.browser import CHROMIUM_OPTIONS, SMALL_TEXT, installed_browser
from support.contrast import contrast

from course_lib import commands
from course_lib.publish import build_site
from course_lib.publish.formulas import with_mathml
from course_lib.publish.site import MARK
from course_lib.teaching.plans import lesson_path

LESSONS = ("00", "10")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site of two lessons; eight ticks of the explorer, with two exploits in RZB."""
    folder = tmp_path_factory.mktemp("pages") / "site"
    lessons = [lesson_path(number) for number in LESSONS]
    return build_site(folder, lessons, explored=range(152, 160)).parent


@pytest.fixture(scope="module")
def chromium():
    """A browser without a server behind it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        window = started.chromium.launch(executable_path=installed_browser(), args=CHROMIUM_OPTIONS)
        yield window
        window.close()


@pytest.fixture
def page(chromium):
    """A window that must stay quiet: no script error, and nothing asked of another machine."""
    shown = chromium.new_page(viewport={"width": 1100, "height": 700})
    asked, errors = [], []
    shown.on("request", lambda request: asked.append(request.url))
    shown.on("pageerror", lambda error: errors.append(str(error)))
    shown.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    yield shown
    shown.close()
    assert errors == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


def test_formulas_become_mathml_and_code_stays():
    text = with_mathml("the sum $a_i$ and\n$$b = 2$$\nbut `$x$` costs 3 $ or 4 $")
    assert text.count("<math") == 2 and "`$x$`" in text and "3 $ or 4 $" in text


def test_nothing_is_loaded_from_elsewhere(site):
    for page in site.glob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"<(script|link|img|iframe)\b[^>]*\b(src|href)=.?https?:", text), page


def test_links_lead_somewhere(site):
    text = (site / "10-the-unit.html").read_text(encoding="utf-8")
    targets = re.findall(r'href="(?![a-z]+:|#)([^"#]+)', text)
    built = [target for target in targets if not target.startswith(("0", "1"))]
    assert "exercise-10-the-unit.html" in built and any("unit.py" in target for target in built)
    assert [target for target in built if not (site / target).is_file()] == []


def test_every_entry_of_the_search_leads_to_a_place_on_its_page(site):
    """Quotation marks and formulas in a heading included."""
    page = (site / "index.html").read_text(encoding="utf-8")
    entries = json.loads(re.search(r"const ENTRIES = (.+);\n", page)[1].replace("<\\/", "</"))
    texts = [entry["text"] for entry in entries]
    assert any("The message function ϕ:" in text for text in texts) and len(texts) > 200
    for entry in entries:
        name, _, anchor = entry["page"].partition("#")
        there = re.findall(r"""\bid=["']([^"']+)""", (site / name).read_text(encoding="utf-8"))
        assert anchor in map(html.unescape, there), entry


def test_no_formula_is_left_as_it_was_typed(site):
    """In headings and in the index of the seed documents either."""
    for name in ("10-the-unit.html", "seed-index.html"):
        page = (site / name).read_text(encoding="utf-8")
        shown = re.sub(r"<(pre|script|style)\b.*?</\1>", "", page, flags=re.DOTALL)
        assert "<math" in shown and "ns0:" not in shown
        assert not re.search(r"\$\\?[a-z]+\$", shown), name


def test_answers_to_predictions_are_folded(site):
    assert "guess first" in (site / "10-the-unit.html").read_text(encoding="utf-8")


def test_an_older_site_is_replaced_and_anything_else_left(site, tmp_path):
    assert (site / MARK).is_file()
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ValueError, match="something else"):
        build_site(tmp_path)
    assert commands.main(["site", "--out", str(tmp_path / "mine.txt")]) == 1


@pytest.mark.browser
def test_a_browser_searches_it_from_the_folder(site, page):
    page.goto((site / "index.html").as_uri())
    page.get_by_label("Search lessons and glossary").fill("attention head")
    page.locator("#found a", has_text="attention head").first.click()
    assert page.url.startswith((site / "glossary.html").as_uri())
    page.goto((site / "10-the-unit.html").as_uri())
    assert page.locator("math").first.is_visible()
    assert not page.locator("details.answer > *:not(summary)").first.is_visible()
    page.goto((site / "00-start-here.html").as_uri())
    assert page.get_by_role("heading", level=1).first.is_visible()


DARK_AND_LIGHT = """() => {
    const style = getComputedStyle(document.body);
    return [style.color, style.backgroundColor];
}"""


@pytest.mark.browser
def test_pages_follow_the_readers_theme(site, page):
    """Text on its page is read in both themes, and the dark page is dark; a replay plays."""
    from playwright.sync_api import expect

    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for name in ("index", "glossary", "10-the-unit", "00-start-here"):
            page.goto((site / f"{name}.html").as_uri())
            text, back = (rgb(said) for said in page.evaluate(DARK_AND_LIGHT))
            assert contrast(text, back) > 7, (name, scheme)
            assert (sum(back) < 150) == (scheme == "dark"), (name, scheme)
    replay = page.frame_locator("iframe").first  # of lesson 00, which was opened last
    slider = replay.get_by_role("slider").first
    before = slider.input_value()
    replay.get_by_role("button", name="Play").first.click()
    expect(slider).not_to_have_value(before)


@pytest.mark.browser
def test_the_explorer_answers_without_a_kernel(site, page):
    """Whom does headquarters hear when RZB is attacked, does it matter, and what would it order
    without: by mouse and keys, in both themes, from the folder, without a network."""
    from playwright.sync_api import expect

    page.goto((site / "10-the-unit.html").as_uri())
    frame = page.locator('iframe[src^="explorer-three-layer-off-lost.html"]')
    frame.scroll_into_view_if_needed()
    shown = frame.content_frame
    find_out(page, shown, expect)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        text, back = (rgb(said) for said in shown.locator("body").evaluate(DARK_AND_LIGHT))
        assert contrast(text, back) > 7 and (sum(back) < 150) == (scheme == "dark")
        if os.environ.get("COURSE_SHOTS"):
            page.screenshot(path=f"{os.environ['COURSE_SHOTS']}/site-explorer-{scheme}.png")
    assert shown.locator(".course-attention").evaluate(SMALL_TEXT) == []


def find_out(page, shown, expect):
    """Three answers, then playing, choosing and questions."""
    words = shown.locator("p[role=status]")
    effect = shown.locator(".course-attention-effect")
    mark = shown.locator(".course-now")
    expect(words).to_contain_text("Tick 152 of 199. headquarters hears 2 of 3 children, not OFF.")
    before = mark.get_attribute("d")
    shown.get_by_label("events of").select_option("RZB")
    shown.get_by_role("button", name="Next exploit").click()
    expect(words).to_contain_text("Tick 155 of 199")
    expect(words).to_contain_text("Largest weight in its fused message: ADM 0.75")
    assert mark.get_attribute("d") != before
    shown.get_by_label("rows over time").select_option("influence")
    expect(shown.locator(".course-attention-strip")).to_contain_text("the further the command")
    shown.get_by_role("button", name="Drop the message of ADM").press("Enter")
    expect(effect).to_contain_text("Your changes move the command of headquarters by 15.0 %")
    shown.get_by_role("button", name="Hear ADM again").click()
    expect(effect).to_contain_text("No message is changed yet")
    shown.get_by_text("questions to answer with it").click()
    answer = shown.get_by_label("headquarters, tick 155: whose message has the largest weight?")
    answer.select_option("PAZ")
    expect(shown.get_by_role("note").first).to_contain_text("Not so.")
    answer.select_option("ADM")
    expect(shown.get_by_role("note").first).to_contain_text("Right. It has 0.75")
    shown.get_by_text("questions to answer with it").click()
    shown.get_by_label("commander that listens").select_option("commander")
    expect(words).to_contain_text("commander hears 3 of 3 children.")
    shown.locator(".course-attention-tree tspan", has_text="RZB").click()
    expect(words).to_contain_text("restricted hears 2 of 2 children.")
    shown.get_by_label("time: tick 0 to 199").focus()
    page.keyboard.press("ArrowRight")
    expect(words).to_contain_text("Tick 156 of 199")
    shown.get_by_role("button", name="Play").click()
    expect(words).to_contain_text("Tick 159 of 199")
    shown.get_by_role("button", name="Undo all changes").click()


def rgb(said: str) -> tuple[float, ...]:
    """Red, green and blue of a CSS colour."""
    return tuple(float(part) for part in re.findall(r"[0-9.]+", said)[:3])
