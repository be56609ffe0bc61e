"""The teacher's kit: what it promises is worked out from the course itself."""

import re
import subprocess

import pytest

from course_lib import commands
from course_lib.teaching import PLANS, glossary, kit, plans, read_glossary, timetable, worksheet
from course_lib.teaching.worksheets import predictions
from course_lib.workbook import lesson, lesson_numbers
from course_lib.workbook.notebooks import read

LESSONS = sorted(plans.NOTEBOOKS.glob("*.ipynb"))
NEW_WORDS = re.compile(r"^\| New words \| (.+) \|$", re.MULTILINE)


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_fits_its_hours(name):
    minutes = sum(slot.minutes for slot in timetable(name))
    assert 0.7 * plans.LONGEST[name] <= minutes <= plans.LONGEST[name]


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_has_breaks_and_check_ins(name):
    since_break = 0
    for slot in timetable(name):
        since_break = 0 if slot.block.title in ("Break", "Lunch") else since_break + slot.minutes
        assert since_break <= 190, slot
        assert slot.block.check_in or slot.block.exercises or not slot.block.lesson, slot


def test_clock_times_follow_the_minutes_of_the_lessons():
    first, second, third = timetable("half day")[:3]
    assert plans.clock(first.begin) == "09:00"
    assert second.begin == first.begin + first.minutes
    assert third.begin == second.begin + plans.lesson_minutes("00")
    must = [one.minutes for one in lesson("00").exercises.values() if one.priority == "must"]
    assert third.minutes == sum(must)


@pytest.mark.parametrize("name", PLANS)
def test_a_lesson_that_is_shown_in_part_says_how_much_of_it(name):
    """Else its minutes contradict those that the lesson states."""
    for slot in timetable(name):
        block = slot.block
        if block.lesson and not block.exercises:
            whole = slot.minutes == plans.lesson_minutes(block.lesson)
            part = f"Lesson {block.lesson}, about {100 * block.share:.0f} % of it"
            assert block.title == (f"Lesson {block.lesson}" if whole else part)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_every_new_word_is_in_the_glossary(path):
    words = {entry.word.lower() for entry in read_glossary()}
    stated = NEW_WORDS.search(read(path).cells[0].source)
    assert stated, "a lesson names its new words"
    missing = [word for word in stated[1].split(", ") if word.lower() not in words]
    assert not missing


def test_the_glossary_is_in_order_and_links_into_lessons():
    words = [entry.word.lower() for entry in read_glossary()]
    assert len(words) == len(set(words))
    text = glossary.glossary_markdown("there")
    for entry in read_glossary():
        assert f"there/{plans.lesson_path(entry.lesson).name}" in text


def test_a_damaged_line_of_the_glossary_is_named(monkeypatch, tmp_path):
    odd = tmp_path / "glossary.md"
    odd.write_text("- **word** without a lesson\n")
    monkeypatch.setattr(glossary, "SOURCE", odd)
    with pytest.raises(ValueError, match="word"):
        read_glossary()


def test_every_exercise_has_its_stumbling_blocks():
    text = kit.stumbles_markdown()
    for number in lesson_numbers():
        known = kit.mistakes_of(number)
        for exercise in lesson(number).exercises.values():
            assert f"**{exercise.title}**" in text
            assert known.get(exercise.name) or exercise.hints, exercise
    assert any("last tick" in mistake for mistake in kit.mistakes_of("15")["official_score"])


def test_a_worksheet_asks_everything_and_answers_nothing():
    page = worksheet("15")
    checks = lesson("15")
    assert all(one.title in page for one in checks.exercises.values())
    for question in checks.quiz.questions:
        assert question.right[1] not in page
    assert page.count("class='line'") >= 4


def test_predictions_are_read_from_the_cells():
    assert predictions('guess = predict("How many?", unit="hosts")\nguess') == ["How many?"]
    assert predictions("%matplotlib inline") == []


def test_the_command_writes_the_whole_kit(tmp_path, capsys):
    assert commands.main(["kit", "--out", str(tmp_path)]) == 0
    names = {path.name for path in tmp_path.iterdir()}
    wanted = {"plans.md", "stumbles.md", "glossary.md", "seed-index.md", "room.md"}
    assert wanted | {"not-learning.md", "worksheets"} == names
    assert len(list((tmp_path / "worksheets").iterdir())) == len(lesson_numbers())


def test_the_wheelhouse_is_filled_by_one_command(tmp_path, monkeypatch, capsys):
    called = []

    def download(command, check):
        called.append(command)
        (tmp_path / "wheels" / "a.whl").write_text("")
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", download)
    assert commands.main(["kit", "wheelhouse", str(tmp_path / "wheels")]) == 0
    assert called[0][2:4] == ["pip", "download"] and called[0][-1].endswith("requirements.txt")
    assert "1 files" in capsys.readouterr().out
    assert commands.main(["kit", "wheelhouse"]) == 1


@pytest.mark.parametrize("folder", ["near", "far/from/the/course"])
def test_the_links_of_a_kit_lead_to_the_lessons_wherever_it_lies(tmp_path, folder):
    target = tmp_path / folder
    kit.write_kit(target)
    for name in ("glossary.md", "seed-index.md"):
        text = (target / name).read_text(encoding="utf-8")
        links = re.findall(r"\]\(([^)#]+\.ipynb)", text)
        assert len(links) > 20
        assert [link for link in links if not (target / link).is_file()] == []


def test_what_to_say_quotes_the_scores_of_the_readme():
    said = (kit.HERE / "not_learning.md").read_text(encoding="utf-8")
    readme = (kit.ROOT / "README.md").read_text(encoding="utf-8")
    scores = dict(re.findall(r"^\| `([\w-]+)` \| (-[\d,.]+) ", readme, re.MULTILINE))
    sleep, expert = (float(scores[name].replace(",", "")) for name in ("sleep", "expert"))
    assert (
        f"about {round(sleep, -2):,.0f}, and -107 (five rules) or {expert:.0f} (`expert`)" in said
    )
    assert "five rules without a network -107" in readme
