"""Lesson 03: the guidelines' tree as one ladder of questions, and what its figure shows."""

from collections.abc import Mapping

from course_lib.viz import Step

ONE = "RL with one agent"
SEVERAL = "several agents"
SPINE = {
    "steps_known": Step("Can an expert write down the steps?", "yes", "a rule", "no"),
    "right-answers": Step(
        "Are there right answers beside past items?", "yes", "a classifier", "no"
    ),
    "items-only": Step("Are there only items, without answers?", "yes", "a detector", "no"),
    "may_explore": Step(
        "May a learner try actions, if only simulated?", "no", "a plan, a rule", "yes"
    ),
    "long_effect": Step("Do actions shape what comes later?", "no", "a bandit", "yes"),
    "model_known": Step("Is there a complete model?", "yes", "planning", "no"),
    "only_speed": Step("Are several agents wanted only for speed?", "yes", ONE, "no"),
    "simple_structure": Step("Is the task simple after all?", "yes", ONE, "no"),
    "fragmented": Step("Can the network fall into parts?", "yes", SEVERAL, "no"),
    "resilience": Step("Must the defence survive a lost program?", "yes", SEVERAL, "no"),
    "size": Step("Too many actions for one, or must it grow?", "no", ONE, "yes"),
    "weak_dependence": Step("Do the parts depend on each other weakly?", "yes", SEVERAL, "no"),
    "levels": Step("Does the task have levels of command?", "no", SEVERAL, "yes"),
}
"""The questions that decide, in the order of `suitability`'s tree; it ends at `END`."""
END = "a hierarchy"

FIGURES = {
    "outages": "Points lost per episode against the share of time the links are down, logarithmic. "
    "Seven local agents stay at 91. The centre starts there, and loses 110 at 10 %, 210 at 25 %, "
    "630 at 50 %, 6,700 at 100 %.",
}
"""Alternative texts of the figures."""


def ladder(answers: Mapping[str, str]) -> tuple[tuple[Step, ...], str, tuple[str, ...]]:
    """What ``viz.draw_ladder`` draws: steps, end, and the answers up to the first open one."""
    way: list[str] = []
    for question in SPINE:
        answer = _answer(question, answers)
        if answer == "":
            break
        way.append(answer)
    return tuple(SPINE.values()), END, tuple(way)


def _answer(question: str, answers: Mapping[str, str]) -> str:
    """Yes, no, or "" while it is open. Two questions of the ladder are not those of the interview:
    what tells a learner whether it did well is asked in two steps, and size and growth in one."""
    if question in ("right-answers", "items-only"):
        signal = answers.get("signal", "")
        if signal == "":
            return ""
        return "yes" if signal == question else "no"
    if question == "size":
        sizes = [answers.get(one, "") for one in ("joint_size", "grows")]
        if "yes" in sizes:
            return "yes"
        return "no" if sizes == ["no", "no"] else ""
    return answers.get(question, "")
