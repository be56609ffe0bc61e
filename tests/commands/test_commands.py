"""The command line: help without any package, one line for what goes wrong, and what each command
starts."""

import json
import os
import subprocess
import sys
import types

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course_lib import commands, cyber_range
from course_lib.commands import bench, doctor, evaluate, exercises, lab, venv
from course_lib.commands import test as test_command

HELPFUL = [
    [],
    *[[name] for name in commands.COMMANDS],
    *[["bench", name] for name in bench.REPORTS],
]


def run_bare(*arguments):
    """Run the command line in a Python that sees no installed package."""
    variables = {
        name: value for name, value in os.environ.items() if not name.startswith("COURSE_")
    }
    return subprocess.run(
        [sys.executable, "-S", "-m", "course_lib", *arguments],
        cwd=venv.ROOT, env=variables, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize("command", HELPFUL)
def test_help_needs_no_package(command):
    ran = run_bare(*command, "--help")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("usage: python -m course_lib") and (
        "rite" in ran.stdout or len(command) != 1
    )


def test_every_command_is_a_module_with_run_and_in_the_help():
    for name, purpose in commands.COMMANDS.items():
        module = commands.importlib.import_module(f"course_lib.commands.{name}")
        assert callable(module.run) and f"{name:<12}{purpose}" in commands.usage()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["dance"], "there is no command 'dance'; the commands are: lab, test, doctor,"),
        (["bench", "luck"], "there is no report 'luck'; the reports are: speed, fidelity"),
    ],
)
def test_a_reason_to_stop_is_one_line(arguments, says):
    ran = run_bare(*arguments)
    assert ran.returncode == 1 and ran.stdout == ""
    assert says in ran.stderr and ran.stderr.count("\n") == 1


def test_a_wrong_source_of_torch_stops_before_anything_is_made(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(venv, "missing_packages", lambda _: {"torch==2.13.0": "none"})
    monkeypatch.setattr(venv, "inside", lambda folder: False)
    monkeypatch.setattr(venv, "is_ready", lambda *_: False)
    monkeypatch.setattr(venv, "create", lambda folder: pytest.fail("an environment was made"))
    assert commands.main(["lab", "--torch-source", str(tmp_path / "absent")]) == 1
    assert "neither a web address nor a folder with wheels" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (ValueError("no such\nthing"), 1, "course_lib lab: no such thing\n"),
        (PermissionError(13, "Permission denied", "x"), 1, "Permission denied: 'x'\n"),
        (KeyboardInterrupt(), 130, "can be started again"),
        (MemoryError("x" * 5000), 1, "there is not enough memory"),
        (UnicodeEncodeError("utf-8", "ü\udcc3", 1, 2, "no"), 1, "Set PYTHONUTF8=1"),
        (RecursionError("maximum depth"), 1, "nested too deeply"),
        (OverflowError("int too big"), 1, "a number is too large (int too big)"),
        (
            RuntimeError("[enforce fail at\ninline_container.cc:672]"),
            1,
            "RuntimeError: [enforce fail at inline",
        ),
        (ValueError("a \x1b[31mred\nname"), 1, "a \\x1b[31mred name\n"),
        (
            ModuleNotFoundError("No module named 'numba'", name="numba.core"),
            1,
            "no package 'numba'",
        ),
        (
            ImportError("the simulator is not on this computer: clone it"),
            1,
            "course_lib lab: the simulator is not on",
        ),
    ],
)
def test_expected_errors_have_no_traceback(error, status, says, monkeypatch, capsys):
    def fail(arguments):
        raise error

    monkeypatch.setattr(lab, "run", fail)
    assert commands.main(["lab"]) == status
    said = capsys.readouterr().err
    assert says in said and len(said) < 1000 and said.strip().count("\n") == 0


@pytest.mark.parametrize(
    "error", [TypeError("a bug"), ModuleNotFoundError("x", name="course_lib.nothing")]
)
def test_a_bug_is_not_hidden(error, monkeypatch):
    def fail(arguments):
        raise error

    monkeypatch.setattr(lab, "run", fail)
    with pytest.raises(type(error)):
        commands.main(["lab"])


def test_idle_threads_sleep_before_anything_loads(monkeypatch):
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    commands.main([])
    assert os.environ["OMP_WAIT_POLICY"] == "passive"


# lab


@pytest.fixture
def started(monkeypatch):
    """Command lines that would have been started; nothing is installed or compiled."""
    lines = []
    monkeypatch.setattr(venv, "enter", lambda *_: None)
    monkeypatch.setattr(lab, "warm_up", lambda: None)
    monkeypatch.setattr(
        venv, "hand_over", lambda command, variables: lines.append((command, variables))
    )
    return lines


def test_lab_is_bound_to_this_computer_and_asks_nothing_of_others(started, monkeypatch, tmp_path):
    assert (venv.ROOT / lab.FIRST.replace("my-work/lessons", "notebooks")).exists()
    monkeypatch.setattr(venv, "ROOT", tmp_path)
    monkeypatch.setattr(lab, "prepare_notebooks", lambda root: None)
    lab.run(["--no-browser", "--port", "9123"])
    ((command, variables),) = started
    assert command[:3] == [sys.executable, "-m", "jupyterlab"]
    assert {
        "--ServerApp.ip=127.0.0.1",
        "--LabApp.default_url=/lab/tree/my-work/lessons/00-start-here.ipynb",
    } <= set(command)
    assert {"--no-browser", "--ServerApp.port=9123", "--LabApp.news_url=None"} <= set(command)
    assert {"--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"} <= set(command)
    assert "--LabApp.extension_manager=readonly" in command
    assert not any("token" in word or "password" in word for word in command), (
        "JupyterLab keeps its own token"
    )
    assert (
        variables["PYTHONPATH"].split(os.pathsep)[0] == str(tmp_path)
        and variables["OMP_NUM_THREADS"] == "1"
    )


@pytest.mark.parametrize("port", ["0", "70000", "eighty", "-1", "８８８８", "9" * 5000])
def test_a_port_is_checked(port, capsys):
    with pytest.raises(SystemExit) as left:
        lab.run(["--port", port])
    assert left.value.code == 2 and "port" in capsys.readouterr().err


# test


@pytest.fixture
def course(tmp_path, monkeypatch):
    """The folders of a course."""
    for name in ("tests", "notebooks", "exercises", "solutions", "course_lib"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(venv, "ROOT", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "paths", "more"),
    [
        ([], ["tests", "notebooks", "exercises", "solutions"], []),
        (
            ["-k", "fire wall", "-x"],
            ["tests", "notebooks", "exercises", "solutions"],
            ["-k", "fire wall", "-x"],
        ),
        (["tests/", "-n", "0"], [], ["tests/", "-n", "0"]),
        (["--quick", "-x"], ["tests"], ["-m", test_command.QUICK, "-x"]),
        (["--quick", "tests/"], [], ["-m", test_command.QUICK, "tests/"]),
    ],
)
def test_test_is_one_strict_pytest_run(arguments, paths, more, course, started):
    test_command.run(arguments)
    ((command, variables),) = started
    assert command[:3] == [sys.executable, "-m", "pytest"] and command[3 : 3 + len(paths)] == paths
    assert command[3 + len(paths)] == "--numprocesses=2" and "--dist=loadfile" in command
    assert (
        "--nbval" in command and "--nbval-current-env" in command and "--nbval-lax" not in command
    )
    assert command[len(command) - len(more) :] == more
    assert (venv.ROOT / ".cache").as_posix() in variables["IPYTHONDIR"].replace(os.sep, "/")


# evaluate


@pytest.fixture
def stay(monkeypatch):
    """Commands stay in this Python."""
    monkeypatch.setattr(venv, "enter_if_ready", lambda arguments: None)


def test_evaluate_answers_one_json_object_of_the_contract(stay, capsys):
    asked = [
        "--policy",
        "sleep",
        "--episodes",
        "3",
        "--seed",
        "7",
        "--steps",
        "20",
        "--red",
        "aggressive",
        "--json",
    ]
    assert evaluate.run(asked) == 0
    said = capsys.readouterr()
    answer = json.loads(said.out)
    own = cyber_range.evaluate("sleep", episodes=3, seed=7, steps=20, red="aggressive")
    assert answer["scores"] == list(own.scores) and len(answer["scores"]) == answer["episodes"] == 3
    assert (answer["mean"], answer["std"], answer["interval"]) == (
        own.mean,
        own.std,
        list(own.interval),
    )
    assert said.err == "", "no progress bar where there is no terminal"


def test_evaluate_says_in_words_what_is_not_official(stay, capsys):
    evaluate.run(
        ["--policy", "sleep", "--defenders", "per-zone", "--episodes", "2", "--steps", "20"]
    )
    said = capsys.readouterr().out
    assert "2 episodes" in said and "not an official score" in said


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (["--policy", "nobody"], "neither a file nor"),
        (["--policy", "sleep", "--red", "pink"], "pink"),
        (["--policy", "sleep", "--steps", "1"], "steps"),
        (["--policy", "sleep", "--seed", "-1"], "seed=-1"),
    ],
)
def test_a_bad_option_of_evaluate_is_one_line(asked, says, stay, capsys):
    assert commands.main(["evaluate", *asked]) == 1
    said = capsys.readouterr().err
    assert said.startswith("course_lib evaluate: ") and says in said and said.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [[], ["--policy", "x", "--episodes", "0"], ["--policy", "x", "--engine", "y"]]
)
def test_evaluate_refuses_nonsense(arguments, capsys):
    with pytest.raises(SystemExit) as left:
        evaluate.run(arguments)
    assert left.value.code == 2 and "Traceback" not in capsys.readouterr().err


# exercises execute


def test_a_cell_that_never_ends_is_named_and_the_file_stays(tmp_path, monkeypatch):
    """No other cell needs time, so the short limit meets this one on any machine."""
    cells = [new_markdown_cell("# Why"), new_code_cell("import time\ntime.sleep(1e6)")]
    path = tmp_path / "hangs.ipynb"
    nbformat.write(new_notebook(cells=[*cells, new_code_cell("1 + 1")]), path)
    written = path.read_bytes()
    monkeypatch.setattr(exercises, "CELL_SECONDS", 1)
    with pytest.raises(ValueError) as error:
        exercises.execute_file(path)
    assert str(error.value) == "hangs.ipynb: cell 2 took longer than 1 seconds"
    assert path.read_bytes() == written


def test_of_cells_that_were_begun_the_last_is_the_unfinished_one():
    cells = [new_code_cell("1", execution_count=n) for n in (1, 2, None)]
    said = exercises.unfinished_cell(new_notebook(cells=[new_markdown_cell("# Why"), *cells]))
    assert said.startswith("cell 3 took longer")


# doctor


def test_doctor_starts_a_real_kernel_that_finds_the_course():
    assert doctor.kernel().state == "good", doctor.kernel()


def test_doctor_reports_every_subject_and_fails_only_on_what_is_bad(stay, monkeypatch, capsys):
    findings = [doctor.Finding("a", "good", "x"), doctor.Finding("b", "note", "y", "do this")]
    monkeypatch.setattr(doctor, "examine", lambda: iter(findings))
    assert doctor.run([]) == 0 and "in order" in capsys.readouterr().out
    findings.append(doctor.Finding("c", "bad", "z", "do that"))
    assert doctor.run([]) == 1
    said = capsys.readouterr().out
    assert "FIX   c: z\n      -> do that" in said and "1 to fix" in said


def test_a_check_that_breaks_is_a_finding_and_the_others_go_on(monkeypatch):
    def broken():
        raise RuntimeError("one\ntwo")

    for name in ("kernel", "compiled_range", "widgets", "simulator", "packages"):
        monkeypatch.setattr(doctor, name, broken)
    found = list(doctor.examine())
    assert [finding.state for finding in found] == ["good", "good", "good", *["bad"] * 5]
    assert found[3].found == "RuntimeError: one two" and found[3].fix


def test_doctor_tries_to_write_where_the_other_commands_will(tmp_path, monkeypatch):
    assert doctor.folders(tmp_path).state == "good"
    assert list(tmp_path.iterdir()) == []

    def refused(dir):
        raise OSError(30, "Read-only file system", str(dir))

    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", refused)
    found = doctor.folders(tmp_path)
    assert found.state == "bad" and "my-work cannot be written: Read-only" in found.found
    assert "folder of your own" in found.fix


def test_doctor_names_packages_of_another_version_and_a_full_disk(monkeypatch, tmp_path):
    (tmp_path / "requirements.txt").write_text("numpy==0.1\nno-such-package==1\n")
    monkeypatch.setattr(venv, "REQUIREMENTS", tmp_path / "requirements.txt")
    found = doctor.packages()
    assert found.state == "bad" and "no-such-package==1 (here: none)" in found.found
    assert "numpy==0.1 (here: 2" in found.found
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: types.SimpleNamespace(free=1e8))
    assert doctor.disk(tmp_path).state == "bad"


def test_doctor_remembers_a_simulator_only_if_it_is_one(stay, monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_CONFIG", str(tmp_path))
    monkeypatch.delenv("COURSE_CYBORG", raising=False)
    with pytest.raises(ValueError, match="is not a clone of cage-challenge-4"):
        doctor.run(["--cyborg", str(tmp_path)])
    assert list(tmp_path.iterdir()) == []
    found = doctor.simulator()
    assert found.state == "note" or "importable" in found.found


# The real range, where it is not replaced above


def test_the_range_is_compiled_once(capsys):
    lab.warm_up()
    capsys.readouterr()
    lab.warm_up()
    said = capsys.readouterr().out
    assert "Compiling" not in said and "The range is ready" in said


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["study", "--seeds", "0"], "--seeds belongs to --ablations or --simulator"),
        (["study", "--ablations", "--seeds", "77"], "no recorded run of these arms has such a"),
        (["recipes", "--seeds", "99"], "no recipe has such a seed"),
    ],
)
def test_a_seed_that_no_run_has_is_refused_before_anything_is_done(words, reason, stay, capsys):
    assert commands.main(["bench", *words]) == 1
    assert reason in capsys.readouterr().err


@pytest.mark.parametrize("report", ["study", "recipes"])
@pytest.mark.parametrize("seed", ["-1", "one", "1.5", "１"])
def test_a_seed_is_a_whole_number(report, seed, stay, capsys):
    with pytest.raises(SystemExit):
        commands.main(["bench", report, "--seeds", seed])
    assert f"{seed!r} is not a whole number" in capsys.readouterr().err
