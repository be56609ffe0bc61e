"""Should you use learning at all, and which kind? The guidelines' questions, rules that weigh the
answers, ten cases.

    from course_lib import suitability

    found = suitability.assess({"steps_known": "no", "signal": "right-answers"})
    print(suitability.to_text(found))

`questions` holds what is asked, `verdicts` the tree that decides, `conflicts` what does not fit
together; their texts stand in JSON files beside them. In a terminal: ``python -m
course_lib.suitability``.
"""

# ruff: noqa: F401 (the imports below are what this room offers)

from .appendices import appendix
from .assessment import Argument, Assessment, Change, assess, open_questions
from .cases import Case, case_names, load_case
from .conflicts import CONFLICTS, Conflict
from .environments import DEC_MDP, TYPES, Environment, environment
from .questions import QUESTIONS, SECTIONS, UNKNOWN, Question
from .report import read_answers, to_dict, to_html, to_json, to_page, to_text
from .verdicts import TREE, VERDICTS, Verdict
