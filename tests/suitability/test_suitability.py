"""The decision aid: every rule has its section, no answers confuse it, and each worked case gets
its verdict."""

import io
import json
import os
import random
import re
import subprocess
import sys

import pytest

from course_lib import suitability
from course_lib.suitability import (
    CONFLICTS,
    QUESTIONS,
    SECTIONS,
    TREE,
    VERDICTS,
    assess,
    case_names,
    cases,
    load_case,
)
from course_lib.suitability.__main__ import main
from course_lib.suitability.environments import NOTES, ONE, TEAM, TYPES
from course_lib.suitability.interview import interview
from course_lib.suitability.report import FORMAT, read_file
from course_lib.suitability.verdicts import paths

GUIDELINES = ("3", "4", "4.1", "5", "5.1", "5.1.1", "5.2", "5.3")
"""The sections of the guidelines that ask questions."""
LESSONS = ("01", "01b", "01c", "02", "03", "04", "05", "06", "10", "10b", "11", "12", "13", "13b")
ALL = {name: load_case(name) for name in case_names()}
EXPECTED = {
    "firewall-change": ("rule", "none"),
    "safety-critical-controller": ("rule", "none"),
    "phishing-triage": ("classifier", "none"),
    "beacon-detection": ("unsupervised", "none"),
    "honeypot-placement": ("bandit", "MDP"),
    "patch-order": ("planning", "MDP"),
    "soc-playbook": ("tabular", "MDP"),
    "lateral-movement": ("deep", "POMDP"),
    "iot-fleet": ("hierarchy", "Dec-POMDP"),
    "fragmented-tactical-network": ("several", "Dec-POMDP"),
}


def random_answers(seed):
    """A random set of answers, some of them unknown, some questions left out."""
    rng = random.Random(seed)
    share = rng.random()
    return {
        name: rng.choice([*question.answers, "unknown"])
        for name, question in QUESTIONS.items()
        if rng.random() < share or share > 0.9
    }


# Every question and consequence has its place


def test_questions_trace_to_the_sections_of_the_guidelines():
    assert set(SECTIONS) == {question.section for question in QUESTIONS.values()} == set(GUIDELINES)
    places = [GUIDELINES.index(question.section) for question in QUESTIONS.values()]
    assert places == sorted(places)


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_says_why_and_what_follows(name):
    question = QUESTIONS[name]
    assert question.text.endswith("?") and len(question.why) > 30 and len(question.answers) >= 2
    for answer in question.answers.values():
        assert answer.says.strip(" )")[-1] == "." and answer.label
        assert answer.speaks_for | answer.speaks_against <= set(VERDICTS)
        assert not answer.speaks_for & answer.speaks_against


def test_every_question_does_something():
    used = {question for question, _ in TREE.values()} | {
        q for one in CONFLICTS for q in one.between
    }
    used |= {q for q, *_ in NOTES} | {"each_sees_all", "rewards"}
    used |= {name for name, one in QUESTIONS.items() if any(a.says for a in one.answers.values())}
    assert used == set(QUESTIONS)
    assert all(
        any(q.concerns in verdict.concerns for verdict in VERDICTS.values())
        for q in QUESTIONS.values()
    )


def test_the_tree_asks_existing_questions_and_covers_their_answers():
    reached = {"start"} | {after for _, following in TREE.values() for after in following.values()}
    assert reached == set(TREE) | set(VERDICTS)
    for question, following in TREE.values():
        assert set(following) == set(QUESTIONS[question].answers)


def test_no_way_through_the_tree_asks_twice():
    for way in paths({}):
        assert len(set(way.open)) == len(way.open)


def test_conflicts_join_answers_that_exist():
    for one in CONFLICTS:
        assert (
            len(one.between) >= 2
            and one.kind in ("contradiction", "tension")
            and one.says.endswith((".", "?"))
        )
        assert all(
            answer in QUESTIONS[question].answers for question, answer in one.between.items()
        )


# Random answers


@pytest.mark.parametrize("seed", range(300))
def test_any_answers_give_a_verdict_with_reasons_that_do_not_contradict_it(seed):
    answers = random_answers(seed)
    found = assess(answers)
    assert found.reasons and all(found.reasons)
    assert found.possible == tuple(v for v in VERDICTS if v in found.possible)  # simplest first
    assert (found.verdict == "open") == (len(found.possible) > 1) == bool(found.unknown_deciding)
    assert found.verdict in ("open", found.possible[0])
    for argument in (*found.deciding, *found.supporting):
        answer = QUESTIONS[argument.question].answers[argument.answer]
        assert found.verdict not in answer.speaks_against and argument.section in GUIDELINES
    groups = [found.deciding, found.supporting, found.opposing, found.shaping]
    named = [argument.question for group in groups for argument in group]
    assert len(set(named)) == len(named) and set(named) <= set(found.answers)
    unknown = (*found.unknown_deciding, *found.unknown_shaping)
    assert len(set(unknown)) == len(unknown) and not set(unknown) & set(found.answers)
    for one in found.conflicts:
        assert all(answers[question] == answer for question, answer in one.between.items())
    for text in (
        suitability.to_text(found),
        suitability.to_page(found),
        suitability.to_json(found),
    ):
        assert text
    assert max(map(len, suitability.to_text(found).splitlines())) <= 100


@pytest.mark.parametrize("seed", range(100))
def test_more_answers_never_make_more_verdicts_possible(seed):
    rng, answers = random.Random(seed), random_answers(seed)
    before = set(assess(answers).possible)
    for question in rng.sample(list(QUESTIONS), len(QUESTIONS)):
        if answers.get(question, "unknown") == "unknown":
            answers[question] = rng.choice(list(QUESTIONS[question].answers))
            after = set(assess(answers).possible)
            assert after and after <= before
            before = after
    assert len(before) == 1


@pytest.mark.parametrize("seed", range(60))
def test_counterfactuals_really_change_the_verdict_and_none_is_left_out(seed):
    answers = random_answers(seed)
    found = assess(answers)
    listed = {(one.question, one.answer): one for one in found.changes()}
    for name, question in QUESTIONS.items():
        for answer in question.answers:
            other = assess({**answers, name: answer})
            if other.verdict == found.verdict:
                assert (name, answer) not in listed
            elif answer != answers.get(name):
                one = listed[name, answer]
                clashes = [
                    c for c in other.conflicts if c.kind == "contradiction" and name in c.between
                ]
                assert (one.verdict, one.contradicts) == (other.verdict, bool(clashes))


def test_unknown_and_left_out_are_the_same():
    assert assess(dict.fromkeys(QUESTIONS, "unknown")) == assess({})
    assert (
        set(assess({}).possible) == set(VERDICTS)
        and assess({}).unknown_deciding[0] == "steps_known"
    )


# What it says


def test_the_contradiction_of_the_issue_is_found():
    (found,) = assess({"steps_known": "yes", "explore_or_plan": "explore"}).conflicts
    assert found.kind == "contradiction" and "nothing to explore" in found.says


@pytest.mark.parametrize("reason", ["fragmented", "resilience", "joint_size", "grows"])
def test_speed_alone_is_no_reason_for_several_agents(reason):
    answers = {**ALL["lateral-movement"].answers, "only_speed": "yes"}
    assert assess(answers).verdict == "deep"
    assert [one.between for one in assess({**answers, reason: "yes"}).conflicts] == [
        {"only_speed": "yes", reason: "yes"}
    ]


def test_an_answer_that_speaks_against_the_verdict_is_no_reason_for_it():
    # Nothing may be tried and nothing is known: what is left is a rule, although nobody knows the
    # steps.
    found = assess(
        {
            "steps_known": "no",
            "signal": "consequences",
            "may_explore": "no",
            "model_known": "no",
        }
    )
    assert found.verdict == "rule"
    assert [argument.question for argument in found.opposing] == ["steps_known"]
    assert "steps_known" not in [argument.question for argument in found.deciding]


def test_an_opposing_answer_is_shown_even_though_it_lies_on_the_way():
    found = assess(ALL["safety-critical-controller"].answers)
    assert [one.question for one in found.opposing] == ["steps_known"]
    assert "may_explore" in [one.question for one in found.deciding] and len(found.conflicts) == 2


@pytest.mark.parametrize(
    ("verdict", "answers", "name", "standard"),
    [
        ("deep", {"observed": "yes"}, "MDP", "MDP"),
        ("tabular", {"observed": "no"}, "POMDP", "POMDP"),
        ("several", {"each_sees_all": "yes", "rewards": "shared"}, "Dec-MDP", "MMDP"),
        ("several", {"each_sees_all": "yes", "rewards": "own"}, "Markov game", "Markov game"),
        ("hierarchy", {"each_sees_all": "no", "rewards": "shared"}, "Dec-POMDP", "Dec-POMDP"),
        ("several", {"each_sees_all": "no", "rewards": "own"}, "POMG", "POMG"),
        ("several", {"rewards": "own"}, "Markov game or POMG", "Markov game or POMG"),
        ("deep", {}, "MDP or POMDP", "MDP or POMDP"),
        ("rule", {"observed": "no"}, "none", "none"),
        ("open", {"observed": "no"}, "open", "open"),
    ],
)
def test_the_environment_is_named_with_both_words(verdict, answers, name, standard):
    found = suitability.environment(answers, verdict)
    assert (found.name, found.standard) == (name, standard) and found.reason.endswith(".")
    assert ("Dec-MDP" in name) == any("MMDP" in note for note in found.notes)


def test_memory_history_and_the_attacker_are_mentioned_where_they_matter():
    assert {verdict for verdict in VERDICTS if verdict in (*ONE, *TEAM)} == set(ONE) | set(TEAM)
    assert len(TYPES) == 6
    notes = suitability.environment(
        {"observed": "no", "markov": "no", "adversary": "yes"}, "deep"
    ).notes
    assert [
        word for word in ("memory", "Markov", "attacker") if any(word in note for note in notes)
    ] == [
        "memory",
        "Markov",
        "attacker",
    ]


def test_texts_name_the_section_of_each_argument():
    text = suitability.to_text(assess(ALL["fragmented-tactical-network"].answers))
    assert text.startswith("Verdict: several agents (MARL)")
    assert set(re.findall(r"section\s+([\d.]+)\)", text)) == set(GUIDELINES)


def test_html_escapes_and_the_page_stands_alone():
    page = suitability.to_page(assess({}), title="<b>&")
    assert "<h1>&lt;b&gt;&amp;</h1>" in page and page.startswith("<!doctype html>")
    assert "http" not in page and "<script" not in page


# Cases


def test_there_are_ten_cases_and_each_has_its_verdict():
    found = {
        name: (assess(case.answers).verdict, assess(case.answers).environment.name)
        for name, case in ALL.items()
    }
    assert found == EXPECTED
    assert {name: case.verdict for name, case in ALL.items()} == {
        name: one for name, (one, _) in EXPECTED.items()
    }


@pytest.mark.parametrize("name", EXPECTED)
def test_a_case_argues_and_points_to_a_lesson(name):
    case = ALL[name]
    assert case.lesson in LESSONS and len(case.experiment) > 40
    assert len(case.story) > 80 and len(case.because) > 80 and case.title
    assert not [one for one in assess(case.answers).conflicts if one.kind == "contradiction"]
    assert assess(case.answers).changes()


def test_a_missing_case_names_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'beacon-detection'"):
        load_case("beacon")


# Files


def test_a_report_is_read_back(tmp_path):
    for name, case in ALL.items():
        path = tmp_path / f"{name}.json"
        path.write_text(suitability.to_json(assess(case.answers)), "utf-8")
        assert assess(suitability.read_answers(path)) == assess(case.answers)


BAD_FILES = {
    "damaged, or it is not JSON": "{",
    "is something else": "[1]",
    'lacks the entry "format": "course suitability"': "{}",
    "has version 2": json.dumps({"format": FORMAT, "version": 2, "answers": {}}),
    "answers are a dict": json.dumps({"format": FORMAT, "version": 1, "answers": [1]}),
    "answers are a dict such as": json.dumps({"format": FORMAT, "version": 1}),
    "no question 'steps_know': did you mean 'steps_known'": json.dumps(
        {"format": FORMAT, "version": 1, "answers": {"steps_know": "yes"}}
    ),
    "'maybe' is no answer to steps_known; it takes yes, no, unknown": json.dumps(
        {"format": FORMAT, "version": 1, "answers": {"steps_known": "maybe"}}
    ),
    "is no answer to rewards": json.dumps(
        {"format": FORMAT, "version": 1, "answers": {"rewards": ["own"]}}
    ),
}


@pytest.mark.parametrize("reason", BAD_FILES)
def test_a_damaged_or_foreign_file_is_one_clear_line(reason, tmp_path):
    path = tmp_path / "answers.json"
    path.write_text(BAD_FILES[reason], "utf-8")
    with pytest.raises(ValueError, match=re.escape(reason)) as error:
        read_file(path)
    assert "\n" not in str(error.value) and str(path) in str(error.value)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"[" * 100_000])
def test_bytes_that_are_no_text_and_endless_brackets_are_refused(content, tmp_path):
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(ValueError, match="a.json is damaged, or it is not"):
        read_file(tmp_path / "a.json")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_answers_that_the_windows_shell_wrote_are_read(encoding, tmp_path):
    text = next(iter(cases.FOLDER.glob("01*.json"))).read_text("utf-8")
    (tmp_path / "a.json").write_bytes(text.encode(encoding))
    assert read_file(tmp_path / "a.json") == json.loads(text)


def printed(arguments, page, monkeypatch):
    """What the command writes to a pipe in this code page."""
    raw = io.BytesIO()
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=page))
        assert main(arguments) == 0
        sys.stdout.flush()
        return raw.getvalue()


@pytest.mark.parametrize("name", case_names())
@pytest.mark.parametrize("page", ["cp437", "cp1252", "cp932", "ascii", "utf-16"])
def test_the_command_prints_and_reads_itself_in_any_code_page(page, name, tmp_path, monkeypatch):
    """cp437, of many a Windows shell, has no typographic quotes."""
    file = tmp_path / "a.json"
    file.write_bytes(printed(["--case", name, "--json"], page, monkeypatch))
    told = printed(["--answers", str(file)], page, monkeypatch)
    assert told.decode(page).startswith("Verdict: ")
    assert suitability.read_answers(file) == ALL[name].answers


@pytest.mark.parametrize("option", ["--case", "--answers", "--html"])
def test_an_empty_name_begins_no_interview(option, capsys, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda: pytest.fail("the reader was asked"))
    with pytest.raises(SystemExit):
        main([option, ""])
    assert "an empty name names nothing" in capsys.readouterr().err


@pytest.mark.parametrize("letter", "AB")
def test_the_tables_of_the_appendices_are_dated(letter):
    table = suitability.appendix(letter)
    assert table["date"] == "2026-11" and f"appendix {letter}" in table["title"]
    assert (
        all(len(row) == len(table["header"]) for row in table["rows"]) and len(table["rows"]) >= 3
    )
    with pytest.raises(ValueError, match="letter='C' is unknown"):
        suitability.appendix("C")


def test_versions_in_the_tables_are_those_of_the_requirements(request):
    pinned = dict(
        re.findall(r"^(gymnasium|pettingzoo|torch)==(\S+)", _requirements(request), re.MULTILINE)
    )
    rows = {row[0]: row[-1] for letter in "AB" for row in suitability.appendix(letter)["rows"]}
    assert pinned["gymnasium"] in rows["Gymnasium"] and pinned["pettingzoo"] in rows["PettingZoo"]
    assert pinned["torch"] in rows["your own"]


def _requirements(request):
    return (request.config.rootpath / "requirements.txt").read_text("utf-8")


# The terminal


def scripted(*lines):
    """An ``ask`` that answers with these lines, then with the end of the input."""
    waiting = iter(lines)

    def ask(prompt):
        try:
            return next(waiting)
        except StopIteration:
            raise EOFError from None

    return ask


def test_the_interview_asks_what_decides_first_and_stops_when_nothing_is_open():
    said = []
    answers = interview(scripted("2", "?", "right-answers", "nonsense", "7", ""), said.append)
    assert answers == {"steps_known": "no", "signal": "right-answers", "explain": "unknown"}
    text = "\n".join(said)
    assert (
        QUESTIONS["signal"].why in text
        and "'nonsense' is no answer here" in text
        and "'7' is no answer" in text
    )
    assert "The verdict is settled: a supervised classifier" in text


def test_the_interview_can_be_left_and_skips_what_is_not_known():
    assert interview(scripted("q"), lambda line: None) == {}
    assert interview(scripted("", "3", "q"), lambda line: None) == {
        "steps_known": "unknown",
        "signal": "consequences",
    }
    every = interview(scripted(*[""] * 60), lambda line: None)
    assert set(every.values()) == {"unknown"} and assess(every).verdict == "open"


def run(*arguments, given=""):
    command = [sys.executable, "-m", "course_lib.suitability", *arguments]
    environment = {**os.environ, "PYTHONUTF8": "1"}
    return subprocess.run(
        command, input=given, capture_output=True, text=True, encoding="utf-8", env=environment
    )


def test_the_command_line(tmp_path):
    page, answers = tmp_path / "page.html", tmp_path / "answers.json"
    shown = run("--case", "iot-fleet", "--html", str(page))
    assert (
        shown.returncode == 0
        and "Verdict: a hierarchy" in shown.stdout
        and "See lesson 11" in shown.stdout
    )
    assert "a hierarchy" in page.read_text("utf-8")
    stored = run("--json", given="2\n1\nq\n")
    assert json.loads(stored.stdout)["verdict"] == "classifier" and "section 3" in stored.stderr
    answers.write_text(stored.stdout, "utf-8")
    assert "Verdict: a supervised classifier" in run("--answers", str(answers)).stdout
    helped = run("--help")
    assert (
        helped.returncode == 0
        and "--case NAME" in helped.stdout
        and "Writes nothing" in helped.stdout
    )


@pytest.mark.parametrize(
    "arguments", ["--case no", "--answers gone.json", "--case iot-fleet --html /"]
)
def test_the_command_line_gives_a_reason_in_one_line(arguments):
    failed = run(*arguments.split())
    assert failed.returncode == 1 and failed.stderr.startswith("course_lib.suitability: ")
    assert len(failed.stderr.splitlines()) == 1 and "Traceback" not in failed.stderr


def test_the_room_needs_no_package():
    code = (
        "import sys, course_lib.suitability; print([m for m in ('numpy', 'torch', 'IPython') if m "
        "in sys.modules])"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip()
        == "[]"
    )


@pytest.mark.parametrize("form", ["utf-8-sig", "utf-16"])
def test_answers_that_went_through_a_windows_tool_are_read(form, tmp_path):
    answers = {"steps_known": "yes"}
    text = json.dumps({"format": FORMAT, "version": 1, "answers": answers})
    (tmp_path / "marked.json").write_text(text, encoding=form)
    assert suitability.read_answers(tmp_path / "marked.json") == answers
