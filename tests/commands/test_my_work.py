"""The reader's copies: made whole, never overwritten, and with links that lead on."""

import errno
import json
import os
import pathlib
import re
import shutil
import subprocess

import nbformat
import pytest

from course_lib.commands import lab, my_work, venv


def notebook(*cells):
    """A notebook file; a text that begins with # is a Markdown cell, any other is code."""
    made = nbformat.v4.new_notebook()
    for number, text in enumerate(cells):
        new = nbformat.v4.new_markdown_cell if text[0] == "#" else nbformat.v4.new_code_cell
        made.cells.append(new(text, id=f"c{number}"))
    return nbformat.writes(made) + "\n"


LESSON = notebook(
    (
        "# One\n[exercises](../exercises/01-one.ipynb) ![map](pictures/map.png) "
        "[code](../course_lib/a.py)"
    ),
    "guess = None",
)
EXERCISE = notebook("# Exercises\n[lesson](../notebooks/01-one.ipynb#part)", "answer = ...")


@pytest.fixture
def course(tmp_path):
    """A course of one lesson."""
    files = {
        "notebooks/01-one.ipynb": LESSON,
        "notebooks/data/numbers.csv": "1,2\n",
        "notebooks/pictures/map.png": "picture",
        "notebooks/.ipynb_checkpoints/01-one.ipynb": LESSON,
        "exercises/01-one.ipynb": EXERCISE,
        "course_lib/a.py": "",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def copied(course):
    """Every file below my-work/ that is not the course's own list."""
    place = course / "my-work"
    every = (path for path in place.rglob("*") if path.is_file() and path.name[0] != ".")
    return {path.relative_to(place).as_posix(): path for path in every}


def write(path, *cells):
    """Change a notebook as a reader, or a teacher, does."""
    path.write_text(notebook(*cells))


def test_lessons_and_exercises_are_copied_with_their_data(course):
    written, said = my_work.bring_up_to_date(course)
    assert set(copied(course)) == {
        "01-one.ipynb",
        "lessons/01-one.ipynb",
        "lessons/data/numbers.csv",
    }
    assert {path.name for path in written} == {"01-one.ipynb"} and len(written) == 2 and said == []


def test_a_second_call_writes_nothing(course):
    my_work.bring_up_to_date(course)
    assert my_work.bring_up_to_date(course) == ([], [])


def test_links_of_a_copy_lead_to_copies_and_to_the_originals_of_the_rest(course):
    my_work.bring_up_to_date(course)
    text = nbformat.read(copied(course)["lessons/01-one.ipynb"], as_version=4).cells[0].source
    assert "(../01-one.ipynb)" in text and "(../../notebooks/pictures/map.png)" in text
    assert "(../../course_lib/a.py)" in text
    text = nbformat.read(copied(course)["01-one.ipynb"], as_version=4).cells[0].source
    assert "(lessons/01-one.ipynb#part)" in text


def test_no_link_of_the_real_course_breaks(tmp_path):
    folders = ("notebooks", "exercises", "course_lib", "solutions", "tests")
    for name in (*folders, "README.md", "pyproject.toml"):
        (tmp_path / name).symlink_to(venv.ROOT / name)
    my_work.bring_up_to_date(tmp_path)
    checked = 0
    for path in copied(tmp_path).values():
        if path.suffix != ".ipynb":
            continue
        for cell in nbformat.read(path, as_version=4).cells:
            for target in re.findall(r"\]\((\.[^)#\s]+)", cell.source * (cell.cell_type != "code")):
                assert pathlib.Path(os.path.normpath(path.parent / target)).exists(), (path, target)
                checked += 1
    assert checked > 50


def test_a_lesson_is_copied_without_the_answers_to_its_predictions(course):
    made = nbformat.reads(notebook("guess", "guess.reveal(61)"), as_version=4)
    for cell in made.cells:
        cell.outputs, cell.execution_count = [nbformat.v4.new_output("stream", text="61")], 1
    made.cells[1].metadata["jupyter"] = {"outputs_hidden": True}
    (course / "notebooks" / "01-one.ipynb").write_text(nbformat.writes(made))
    my_work.bring_up_to_date(course)
    question, answer = nbformat.read(copied(course)["lessons/01-one.ipynb"], as_version=4).cells
    assert (question.outputs[0].text, question.execution_count) == ("61", 1)
    assert (answer.outputs, answer.execution_count) == ([], None)


def test_guesses_do_not_block_an_update_and_are_kept(course):
    my_work.bring_up_to_date(course)
    write(copied(course)["lessons/01-one.ipynb"], "# One", "guess = 12")
    assert my_work.bring_up_to_date(course) == ([], []), "a guess alone changes nothing"
    write(course / "notebooks/01-one.ipynb", "# One, mended", "guess = None")
    _, (said,) = my_work.bring_up_to_date(course)
    assert "is kept as 01-one-before-update-1.ipynb" in said
    assert "mended" in copied(course)["lessons/01-one.ipynb"].read_text()
    assert "guess = 12" in copied(course)["lessons/01-one-before-update-1.ipynb"].read_text()


def test_git_sees_nothing_of_a_day_of_work(course):
    """So that a pull has nothing to refuse: guesses, answers, progress and data all lie in
    my-work/, which the course's own .gitignore names."""
    shutil.copy(pathlib.Path(__file__).parents[2] / ".gitignore", course)
    for words in (["init", "-q"], ["add", "."]):
        subprocess.run(["git", *words], cwd=course, check=True)
    commit = ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "course"]
    subprocess.run(["git", *commit], cwd=course, check=True)
    my_work.bring_up_to_date(course)
    write(copied(course)["lessons/01-one.ipynb"], "# One", "guess = 12")
    write(copied(course)["01-one.ipynb"], "# Exercises", "answer = 42")
    copied(course)["lessons/data/numbers.csv"].write_text("3,4\n")
    (course / "my-work/progress.json").write_text("{}")
    seen = subprocess.run(["git", "status", "--porcelain"], cwd=course, capture_output=True)
    assert (seen.returncode, seen.stdout.decode()) == (0, "")


def test_data_that_the_reader_changed_are_kept_when_newer_ones_come(course):
    my_work.bring_up_to_date(course)
    copied(course)["lessons/data/numbers.csv"].write_text("mine\n")
    (course / "notebooks/data/numbers.csv").write_text("5,6\n")
    my_work.bring_up_to_date(course)
    found = copied(course)
    assert found["lessons/data/numbers.csv"].read_text() == "5,6\n"
    assert found["lessons/data/numbers-before-update-1.csv"].read_text() == "mine\n"


def test_a_lesson_that_the_course_gives_up_stays_with_its_reader(course):
    my_work.bring_up_to_date(course)
    write(copied(course)["lessons/01-one.ipynb"], "# One", "guess = 12")
    (course / "notebooks/01-one.ipynb").rename(course / "notebooks/02-one.ipynb")
    written, sentences = my_work.bring_up_to_date(course)
    assert "02-one.ipynb" in [path.name for path in written] and sentences == []
    assert "guess = 12" in copied(course)["lessons/01-one.ipynb"].read_text()
    (course / "notebooks/02-one.ipynb").rename(course / "notebooks/01-one.ipynb")
    my_work.bring_up_to_date(course)
    assert "guess = 12" in copied(course)["lessons/01-one.ipynb"].read_text()


def test_a_copy_in_which_only_outputs_changed_follows_its_original(course):
    my_work.bring_up_to_date(course)
    path = copied(course)["01-one.ipynb"]
    ran = json.loads(path.read_text())
    ran["cells"][1]["execution_count"] = 7
    path.write_text(json.dumps(ran))
    write(course / "exercises/01-one.ipynb", "# Exercises, mended", "answer = ...")
    assert my_work.bring_up_to_date(course)[1] == []
    assert "mended" in path.read_text()


def test_a_changed_exercise_is_never_touched(course):
    my_work.bring_up_to_date(course)
    path = copied(course)["01-one.ipynb"]
    write(path, "# Exercises", "answer = 42")
    write(course / "exercises/01-one.ipynb", "# Exercises, mended", "answer = ...")
    written, (said,) = my_work.bring_up_to_date(course)
    assert written == [] and "answer = 42" in path.read_text() and "exercises reset 01" in said


def test_an_exercise_from_before_the_list_was_kept_is_left_alone(course):
    my_work.bring_up_to_date(course)
    path = copied(course)["01-one.ipynb"]
    write(path, "# Exercises", "answer = 42")
    (course / "my-work/.copies.json").write_text("{damaged")
    assert my_work.bring_up_to_date(course) == ([], [])
    assert "answer = 42" in path.read_text()


def test_an_empty_file_counts_as_absent(course):
    my_work.bring_up_to_date(course)
    copied(course)["01-one.ipynb"].write_text("")
    my_work.bring_up_to_date(course)
    assert "answer" in copied(course)["01-one.ipynb"].read_text()


def test_a_full_disk_leaves_no_half_of_a_copy(course, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(ValueError, match="cannot be written .No space left") as caught:
            lab.prepare_notebooks(course)
    assert len(str(caught.value)) < 500 and copied(course) == {}
    my_work.bring_up_to_date(course)
    assert len(copied(course)) == 3


def test_a_reset_where_nothing_can_be_written_says_what_to_do(course, monkeypatch):
    def refuse(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system", "my-work")

    my_work.bring_up_to_date(course)
    monkeypatch.setattr(pathlib.Path, "rename", refuse)
    with pytest.raises(ValueError, match="cannot be written .Read-only .* copy it to one that is"):
        my_work.fresh_exercise(course, "01")


def test_a_reset_keeps_what_was_there(course):
    my_work.bring_up_to_date(course)
    write(copied(course)["01-one.ipynb"], "# Exercises", "answer = 42")
    said = my_work.fresh_exercise(course, "01")
    assert "kept as my-work/01-one-before-reset-1.ipynb" in said[0] and "at the start" in said[1]
    assert "answer = ..." in copied(course)["01-one.ipynb"].read_text()
    assert "answer = 42" in copied(course)["01-one-before-reset-1.ipynb"].read_text()
    write(copied(course)["01-one.ipynb"], "# Exercises", "answer = 43")
    assert "01-one-before-reset-2.ipynb" in my_work.fresh_exercise(course, "01")[0]
    assert "answer = 42" in copied(course)["01-one-before-reset-1.ipynb"].read_text()
    with pytest.raises(ValueError, match="there is no exercises/07-"):
        my_work.fresh_exercise(course, "07")


def test_where_jupyter_can_keep_no_signatures_the_lessons_open_all_the_same(
    course, monkeypatch, tmp_path, capsys
):
    """Its share folder lies in a home folder that may be read-only, or no folder at all."""
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "file" / "jupyter"))
    (course / "solutions").mkdir()
    lab.prepare_notebooks(course)
    assert copied(course)["01-one.ipynb"].exists()
    said = capsys.readouterr().out
    assert "will not show until a cell is run" in said and "Traceback" not in said


def test_what_the_course_brings_is_trusted_so_that_its_pictures_show(course, monkeypatch, tmp_path):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    (course / "solutions").mkdir()
    lab.prepare_notebooks(course)
    notary = nbformat.sign.NotebookNotary()
    for path in (copied(course)["lessons/01-one.ipynb"], course / "exercises/01-one.ipynb"):
        assert notary.check_signature(nbformat.read(path, as_version=4))
    write(copied(course)["01-one.ipynb"], "# Exercises", "answer = 42")
    changed = nbformat.read(copied(course)["01-one.ipynb"], as_version=4)
    assert not notary.check_signature(changed), "what others wrote is not"
