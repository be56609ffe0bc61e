"""The guidelines' tables of frameworks (appendix A) and interfaces (appendix B), brought up to
date."""

import json
import pathlib

from course_lib import validate

FILE = pathlib.Path(__file__).parent / "appendices.json"


def appendix(letter: str) -> dict:
    """One table: {"title", "date" (year-month), "header", "rows"}; each row a list of texts as long
    as the header.

    letter: "A" (frameworks) or "B" (interfaces); ValueError for another.
    """
    stored = json.loads(FILE.read_text("utf-8"))
    validate.choice("letter", letter, stored["tables"])
    return {"date": stored["date"], **stored["tables"][letter]}
