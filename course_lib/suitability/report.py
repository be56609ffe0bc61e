"""An assessment as text, as HTML and as JSON; and answers read back from a file."""

import html
import json
import pathlib
import textwrap

from course_lib import storage, validate

from .assessment import Argument, Assessment, assess
from .conflicts import Conflict
from .questions import QUESTIONS
from .verdicts import VERDICTS

FORMAT, VERSION = "course suitability", 1
WIDTH = 100
ASKED = 4
"""How many open questions a report lists."""


def sections(found: Assessment) -> list[tuple[str, list[str]]]:
    """The argument as (heading, lines), empty ones left out: what text and HTML have in common."""
    kind = found.environment
    named = (
        kind.name
        if kind.name == kind.standard
        else f"{kind.name} (in the literature: {kind.standard})"
    )
    parts = [
        ("What to do", [] if found.verdict == "open" else [VERDICTS[found.verdict].means]),
        ("Does not fit together", [_conflict(one) for one in found.conflicts]),
        ("Decided by", [_argument(one) for one in found.deciding]),
        ("Also speaks for it", [_argument(one) for one in found.supporting]),
        ("Speaks against it", [_argument(one) for one in found.opposing]),
        ("Keep in mind", [_argument(one) for one in found.shaping]),
        ("Still to be asked: it may decide", _asked(found.unknown_deciding)),
        (
            "Not answered: it would shape the design",
            [] if found.verdict == "open" else _asked(found.unknown_shaping),
        ),
        ("One other answer would change the verdict", changes(found)),
        ("Type of environment", [f"{named}: {kind.reason}", *kind.notes]),
    ]
    return [(heading, lines) for heading, lines in parts if lines]


def changes(found: Assessment) -> list[str]:
    """The counterfactuals in words; none while the verdict is open."""
    if found.verdict == "open":
        return []
    return [
        f"{QUESTIONS[one.question].text} If the answer were “{_label(one.question, one.answer)}”: "
        f"{'open again' if one.verdict == 'open' else VERDICTS[one.verdict].title}"
        f"{' (but that would contradict another answer)' if one.contradicts else ''}."
        for one in found.changes()
    ]


def _check(found: object) -> None:
    validate.instance("found", found, Assessment, "assess(answers) makes one")


def to_text(found: Assessment) -> str:
    """The assessment as plain text, lines of at most 100 characters."""
    _check(found)
    lines = textwrap.wrap(f"Verdict: {found.title}", WIDTH)
    for heading, entries in sections(found):
        lines += ["", heading]
        for entry in entries:
            lines += textwrap.wrap(entry, WIDTH, initial_indent="  - ", subsequent_indent="    ")
    return "\n".join(lines)


def to_html(found: Assessment, heading: bool = True) -> str:
    """The assessment as an HTML fragment in the colours around it; without its verdict if
    ``heading`` is False."""
    _check(found)
    validate.truth("heading", heading)
    parts = [f"<h3>Verdict: {html.escape(found.title)}</h3>"] if heading else []
    for name, entries in sections(found):
        items = "".join(f"<li>{html.escape(entry)}</li>" for entry in entries)
        parts.append(f'<h4 style="margin:1em 0 .2em">{name}</h4><ul style="margin:0">{items}</ul>')
    return "".join(parts)


def to_page(found: Assessment, title: str = "Should you use reinforcement learning?") -> str:
    """The assessment as a whole HTML page that needs nothing else."""
    _check(found)
    validate.word("title", title)
    style = (
        ":root{color-scheme:light dark}"
        "body{font-family:sans-serif;max-width:50em;margin:2em auto;padding:0 1em;line-height:1.5}"
    )
    head = f'<meta charset="utf-8"><title>{html.escape(title)}</title><style>{style}</style>'
    pairs = [
        (html.escape(QUESTIONS[q].text), html.escape(_label(q, a)))
        for q, a in found.answers.items()
    ]
    given = "".join(f"<li>{text} <b>{label}</b></li>" for text, label in pairs)
    body = f"<h1>{html.escape(title)}</h1>{to_html(found)}<h4>The answers</h4><ul>{given}</ul>"
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>\n'


def to_dict(found: Assessment) -> dict:
    """The assessment as an object of JSON; `read_answers` reads the answers in it back."""
    _check(found)
    return {
        "format": FORMAT,
        "version": VERSION,
        "answers": found.answers,
        "verdict": found.verdict,
        "possible": list(found.possible),
        "reasons": list(found.reasons),
        "environment": {
            "guidelines": found.environment.name,
            "literature": found.environment.standard,
        },
        "deciding": [one._asdict() for one in found.deciding],
        "supporting": [one._asdict() for one in found.supporting],
        "opposing": [one._asdict() for one in found.opposing],
        "conflicts": [
            {"between": one.between, "kind": one.kind, "says": one.says} for one in found.conflicts
        ],
        "unknown": [*found.unknown_deciding, *found.unknown_shaping],
        "changes": [one._asdict() for one in found.changes()],
    }


def to_json(found: Assessment) -> str:
    """`to_dict` as text, in ASCII: a shell may store it in any code page."""
    return json.dumps(to_dict(found), indent=2)


def read_file(path: str | pathlib.Path) -> dict:
    """The object stored in a report, case or answer file, its answers checked.

    Such a file is JSON with "format": "course suitability", "version": 1 and "answers": {question:
    answer}; whatever else it holds is kept and not trusted. ValueError or OSError, in one line, for
    anything else.
    """
    stored = storage.read(path, FORMAT, VERSION)
    try:
        assess(stored.get("answers"))
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path}: {error}") from None
    return stored


def read_answers(path: str | pathlib.Path) -> dict[str, str]:
    """The answers stored in a report, case or answer file; see `read_file`."""
    return read_file(path)["answers"]


def _label(question: str, answer: str) -> str:
    return QUESTIONS[question].answers[answer].label


def _argument(one: Argument) -> str:
    return f"{one.says} (section {one.section})"


def _asked(questions: tuple[str, ...]) -> list[str]:
    """The first few questions, and how many more."""
    shown = [f"{QUESTIONS[q].text} (section {QUESTIONS[q].section})" for q in questions[:ASKED]]
    return shown + [f"and {len(questions) - ASKED} more"] * (len(questions) > ASKED)


def _conflict(one: Conflict) -> str:
    where = " and ".join(dict.fromkeys(QUESTIONS[question].section for question in one.between))
    return f"{one.kind.capitalize()}: {one.says} (section {where})"
