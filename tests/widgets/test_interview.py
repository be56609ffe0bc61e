"""The interview widget keeps answers, and says what `suitability` says."""

import pytest

from course_lib import suitability
from course_lib.widgets.interview import InterviewWidget, shown_questions
from course_lib.widgets.script import widget_script


def test_the_view_gets_every_question_with_its_options():
    shown = shown_questions()
    assert [one["id"] for one in shown] == list(suitability.QUESTIONS)
    for one in shown:
        assert one["options"][0] == ["unknown", "I do not know"]
        assert [name for name, _ in one["options"][1:]] == list(
            suitability.QUESTIONS[one["id"]].answers
        )
    assert shown[0]["heading"] == "3 · Learning at all?"


def test_each_answer_is_weighed_at_once():
    widget = InterviewWidget()
    assert widget.text.startswith("Verdict: still open") and widget.ask_next == "steps_known"
    widget.answers = {"steps_known": "no"}
    assert widget.ask_next == "signal"
    widget.answers = {**widget.answers, "signal": "right-answers"}
    assert widget.text == "Verdict: a supervised classifier" and widget.ask_next == ""
    assert widget.path == ["steps_known", "signal"]
    found = suitability.assess(widget.answers)
    assert (
        widget.argument == suitability.to_html(found, heading=False)
        and "Verdict:" not in widget.argument
    )
    widget.answers = {**widget.answers, "signal": "unknown"}
    assert widget.ask_next == "signal"


def test_verdicts_are_greyed_out_as_answers_come():
    """No bold list of all that is possible: the line counts them."""
    widget = InterviewWidget()
    count = len(suitability.VERDICTS)
    assert widget.text == f"Verdict: still open, {count} of {count} are possible"
    assert widget.verdicts.count('"possible"') == count and "<s>" not in widget.verdicts
    counts = []
    given = {}
    for question, answer in suitability.load_case("iot-fleet").answers.items():
        given[question] = answer
        widget.answers = dict(given)
        left = suitability.assess(given).possible
        assert widget.verdicts.count('"excluded"') == count - len(left)
        assert f"{len(left)} of {count}" in widget.text or len(left) == 1
        counts.append(len(left))
    assert counts[-1] == 1 and any(1 < left < count for left in counts)
    widget.answers = {"steps_known": "no", "signal": "right-answers"}
    assert "<b>✓ a supervised classifier</b>" in widget.verdicts
    assert widget.verdicts.count("<s>") == count - 1


def test_a_case_fills_in_its_answers_until_one_is_changed():
    widget = InterviewWidget(case="iot-fleet")
    assert widget.text == "Verdict: a hierarchy"
    assert widget.answers == suitability.load_case("iot-fleet").answers
    widget.answers = {**widget.answers, "levels": "no"}
    assert widget.case == "" and widget.text == "Verdict: several agents (MARL)"
    widget.case = "patch-order"
    assert widget.text == "Verdict: planning" and widget.case == "patch-order"
    assert [name for name, _ in widget.cases] == suitability.case_names()


@pytest.mark.parametrize(
    "wrong", [dict(answers={"steps": "yes"}), dict(answers={"levels": "2"}), dict(case="none")]
)
def test_wrong_answers_and_cases_are_refused(wrong):
    with pytest.raises(ValueError, match="there is no|is no answer"):
        InterviewWidget(**wrong)


def test_a_refused_answer_changes_nothing():
    widget = InterviewWidget(case="iot-fleet")
    before = (widget.answers, widget.text)
    with pytest.raises(ValueError, match="it takes yes, no, unknown"):
        widget.answers = {"levels": "sometimes"}
    assert (widget.answers, widget.text) == before


def test_the_static_twin_says_the_same_and_is_the_same_every_time():
    bundles = [InterviewWidget(case="soc-playbook")._repr_mimebundle_() for _ in range(2)]
    for kind in ("text/plain", "text/html"):
        assert bundles[0][kind] == bundles[1][kind]
    assert bundles[0]["text/plain"] == "Interview, 21 of 28 questions answered\nVerdict: tabular RL"
    assert (
        "Verdict: tabular RL" in bundles[0]["text/html"] and "Decided by" in bundles[0]["text/html"]
    )
    assert (
        "small: a table holds them all" in bundles[0]["text/html"]
        and "<script" not in bundles[0]["text/html"]
    )
    assert "application/vnd.jupyter.widget-view+json" in bundles[0]


def test_the_view_is_short_and_asks_nothing_of_another_machine():
    script = widget_script("interview_view.js")
    assert len(script.splitlines()) <= 200 and "http" not in script
