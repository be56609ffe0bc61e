"""For those who teach with the course: plans, glossary, seed index, worksheets, stumbling blocks.

Texts lie here as Markdown; what can be worked out from lessons, exercises and checks is worked out,
so that it cannot drift from them. `python -m course_lib kit` writes all of it into one folder.
"""

# ruff: noqa: F401 (the imports below are what this package offers)

from .glossary import Word, glossary_markdown, read_glossary
from .kit import write_kit
from .plans import PLANS, timetable
from .seed_index import index_markdown, read_index
from .worksheets import worksheet
