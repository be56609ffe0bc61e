"""The whole site: lessons, glossary, seed index, and a page to search them from."""

import html
import json
import re
import shutil
from pathlib import Path

from course_lib import storage
from course_lib.teaching import index_markdown, read_glossary
from course_lib.teaching.plans import NOTEBOOKS, lesson_path
from course_lib.workbook.notebooks import read

from .explorers import explorer_page
from .formulas import with_mathml
from .pages import dark_colours, file_name, headings_of, lesson_page, page_name, title_of

HERE = Path(__file__).resolve().parent
EXERCISES = NOTEBOOKS.with_name("exercises")
MARK = "course-site.txt"
"""A file that says that a folder holds a site of this course and may be replaced."""


def build_site(
    folder: str | Path, lessons: list[Path] | None = None, explored: range | None = None
) -> Path:
    """Build the site and return its first page.

    Args:
        folder: a new one, or one that holds an older site of this course.
        lessons: only these notebooks; by default all.
        explored: the ticks that the explorers can show; by default all, which takes most of the
            time of a whole site.

    Raises:
        ValueError: for a folder that holds something else.
    """
    target = storage.path_of(folder, "folder")
    refuse_foreign(target)
    (target / "files").mkdir(parents=True, exist_ok=True)
    storage.write_atomically(target / MARK, "Made by: python -m course_lib site\n")
    entries: list[dict[str, str]] = []
    listed: list[str] = []
    explorers: dict[str, dict[str, str]] = {}
    for path in lessons or sorted(NOTEBOOKS.glob("*.ipynb")):
        title, places = write_page(path, target, explorers)
        page = page_name(path.resolve())
        listed.append(f'<li><a href="{page}">{html.escape(title)}</a></li>')
        for anchor, words in places:
            text = title if words == title else f"{title}: {words}"
            entries.append({"page": f"{page}#{anchor}", "text": text})
        exercise = EXERCISES / path.name
        if exercise.is_file():
            write_page(exercise, target, explorers)
    for name, asked in explorers.items():
        storage.write_atomically(target / name, explorer_page(asked, explored))
    entries += glossary_entries()
    storage.write_atomically(target / "glossary.html", glossary_page())
    storage.write_atomically(target / "seed-index.html", seed_page())
    storage.write_atomically(target / "index.html", first_page(listed, entries))
    shutil.copyfile(HERE / "site.css", target / "site.css")
    storage.write_atomically(target / "dark.css", dark_colours())
    return target / "index.html"


def write_page(
    path: Path, target: Path, explorers: dict[str, dict[str, str]]
) -> tuple[str, list[tuple[str, str]]]:
    """Write the page of a notebook and the files that it links to; its title, and anchor and words
    of its headings.

    The explorers that it shows are added to ``explorers``.
    """
    body, linked, shown = lesson_page(path)
    explorers |= shown
    storage.write_atomically(target / str(page_name(path.resolve())), body)
    for source in linked:
        shutil.copyfile(source, target / file_name(source))
    return title_of(read(path)), headings_of(body)


def refuse_foreign(target: Path) -> None:
    """ValueError for a folder that is not empty and no site of this course."""
    if target.is_file():
        raise ValueError(f"{target} is a file; name a folder for the site")
    if target.is_dir() and any(target.iterdir()) and not (target / MARK).is_file():
        raise ValueError(f"{target} holds something else and was left as it is; name a new folder")


def glossary_entries() -> list[dict[str, str]]:
    """The words of the glossary, as the search finds them."""
    entries = []
    for entry in read_glossary():
        page = f"glossary.html#{slug(entry.word)}"
        entries.append({"page": page, "text": f"{entry.word}: {entry.meaning}"})
    return entries


def slug(word: str) -> str:
    """A word as an anchor."""
    return re.sub(r"[^a-z0-9]+", "-", word.lower()).strip("-")


def framed(title: str, body: str) -> str:
    """A page of the site's own."""
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{html.escape(title)}"
        "</title><meta name='color-scheme' content='light dark'>"
        "<link rel='stylesheet' href='site.css'></head><body class='index'>"
        "<nav class='site'><a href='index.html'>All lessons</a> "
        "<a href='glossary.html'>Glossary</a> <a href='seed-index.html'>Seed index</a></nav>"
        f"<main><h1>{html.escape(title)}</h1>{body}</main></body></html>\n"
    )


def first_page(listed: list[str], entries: list[dict[str, str]]) -> str:
    """The list of lessons with the search over it."""
    # A "</script>" inside a text would end the script.
    data = json.dumps(entries, ensure_ascii=False).replace("</", "<\\/")
    script = (HERE / "search.js").read_text(encoding="utf-8")
    body = (
        "<label for='search'>Search lessons and glossary</label>"
        "<input id='search' type='search' autocomplete='off'>"
        "<p id='count' role='status'></p><ul id='found'></ul>"
        f"<h2>Lessons</h2><ol start='0'>{''.join(listed)}</ol>"
        f"<script>const ENTRIES = {data};\n{script}</script>"
    )
    return framed("Learn to defend a network with many agents", body)


def glossary_page() -> str:
    """Every word with a link to its lesson."""
    items = []
    for entry in read_glossary():
        page = f"{lesson_path(entry.lesson).stem}.html"
        items.append(
            f"<dt id='{slug(entry.word)}'><b>{html.escape(entry.word)}</b></dt>"
            f"<dd>{html.escape(entry.meaning)} (<a href='{page}'>lesson {entry.lesson}</a>)</dd>"
        )
    return framed("Glossary", f"<dl>{''.join(items)}</dl>")


def seed_page() -> str:
    """Which part of the seed documents is taught where."""
    parts = []
    for line in index_markdown(".").splitlines()[1:]:
        text = re.sub(r"\[([^]]*)\]\(\./([^)]*)\.ipynb\)", r"<a href='\2.html'>\1</a>", line)
        text = with_mathml(re.sub(r"\*\*(.+)\*\*", r"<b>\1</b>", text))
        if line.startswith("## "):
            parts.append(f"<h2>{text[3:]}</h2>")
        elif line.startswith("- "):
            parts.append(f"<p>{text[2:]}</p>")
        elif line:
            parts.append(f"<h3>{text}</h3>")
    return framed("What is taught where", "".join(parts))
