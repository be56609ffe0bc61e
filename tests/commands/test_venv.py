"""The course's own environment: made, taken up after an interruption, left alone when complete;
clear words otherwise.

One real environment is made here, from a package of three lines that is built on the spot, without
any network.
"""

import os
import pathlib
import subprocess
import sys
import zipfile

import pytest

from course_lib import installation
from course_lib.commands import pip_install, venv


def write_wheel(folder, name, version):
    """The smallest package pip installs, as a file in ``folder``."""
    record = f"{name}-{version}.dist-info"
    files = {
        f"{name}/__init__.py": f"VERSION = {version!r}\n",
        f"{record}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{record}/WHEEL": (
            "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        ),
    }
    files[f"{record}/RECORD"] = "".join(f"{path},,\n" for path in files) + f"{record}/RECORD,,\n"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with two versions of a package, requirements that ask for the first, and pip kept
    off the network."""
    folder = tmp_path_factory.mktemp("course")
    write_wheel(folder, "tiny_lesson", "1.0")
    write_wheel(folder, "tiny_lesson", "2.0")
    (folder / "requirements.txt").write_text("tiny_lesson==1.0  # a comment\n")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("PIP_")]:
            patch.delenv(name)
        patch.setenv("PIP_NO_INDEX", "1")
        patch.setenv("PIP_CONFIG_FILE", os.devnull)
        venv.bring_up_to_date(str(folder), folder / ".venv", folder / "requirements.txt")
        yield folder


def version_in(place):
    """The version of the package in the environment, asked of its own Python."""
    code = "import tiny_lesson; print(tiny_lesson.VERSION)"
    return subprocess.check_output([venv.python_of(place / ".venv"), "-c", code], text=True).strip()


def update(place):
    venv.bring_up_to_date(str(place), place / ".venv", place / "requirements.txt")


def test_the_environment_has_the_package_and_finds_the_course(place):
    assert version_in(place) == "1.0"
    assert venv.is_ready(place / ".venv", place / "requirements.txt")
    code = "import course_lib; print(course_lib.__file__)"
    python = str(venv.python_of(place / ".venv"))
    found = subprocess.check_output([python, "-c", code], cwd=place, text=True).strip()
    assert pathlib.Path(found).parent == venv.ROOT / "course_lib"
    assert not list(place.glob("*.dist-info")), "nothing is written beside the environment"


def test_a_second_call_runs_no_pip(place, monkeypatch):
    monkeypatch.setattr(pip_install, "install", lambda *_: pytest.fail("pip was run again"))
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("a process was started"))
    update(place)


def test_an_interrupted_installation_is_taken_up(place):
    stamp = place / ".venv" / "course-stamp"
    packages = venv.site_packages(place / ".venv")
    stamp.unlink()  # written last, so it is not there
    (
        packages / "tiny_lesson" / "__init__.py"
    ).unlink()  # cut off while its files were being written
    (packages / "tiny_lesson-1.0.dist-info" / "INSTALLER").unlink()
    (packages / "~iny_lesson").mkdir()
    update(place)
    assert version_in(place) == "1.0" and stamp.exists()
    assert not (packages / "~iny_lesson").exists()


def test_new_requirements_are_installed_into_the_same_environment(place):
    (place / "requirements.txt").write_text("tiny_lesson==2.0\n")
    assert not venv.is_ready(place / ".venv", place / "requirements.txt")
    update(place)
    assert version_in(place) == "2.0"


def test_a_version_that_does_not_exist_is_one_line_and_leaves_no_stamp(place):
    (place / "requirements.txt").write_text("tiny_lesson==3.0\n")
    with pytest.raises(
        ValueError, match="pip finds no tiny_lesson==3.0: this system or Python"
    ) as caught:
        update(place)
    assert "\n" not in str(caught.value) and "install.log" in str(caught.value)
    assert not venv.is_ready(place / ".venv", place / "requirements.txt")


def test_without_a_network_the_user_is_told_to_connect(place, monkeypatch):
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/")  # the port nobody listens on
    monkeypatch.setenv("PIP_RETRIES", "1")
    (place / "requirements.txt").write_text("another_package==1.0\n")
    with pytest.raises(ValueError, match="could not be downloaded: connect to the internet"):
        venv.bring_up_to_date(None, place / ".venv", place / "requirements.txt")


def test_an_environment_whose_python_is_gone_is_made_anew(place, monkeypatch):
    (place / "requirements.txt").write_text("tiny_lesson==1.0\n")
    python = venv.python_of(place / ".venv")
    aside = python.rename(python.with_name("aside"))
    monkeypatch.setattr(venv, "create", lambda folder: aside.rename(python))
    assert venv.site_packages(place / ".venv") is None
    update(place)
    assert version_in(place) == "1.0"


def place_of_the_course(python, elsewhere):
    """Where this Python finds ``course_lib`` when it is started in another folder."""
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    code = "import course_lib; print(course_lib.__file__)"
    found = subprocess.check_output([python, "-c", code], cwd=elsewhere, env=variables, text=True)
    return pathlib.Path(found.strip()).parent.parent


@pytest.fixture
def small_course(tmp_path, monkeypatch):
    """A course of one empty module, with an environment in its folder."""
    course = tmp_path / "course"
    (course / "course_lib").mkdir(parents=True)
    (course / "course_lib" / "__init__.py").touch()
    bare_environment(course / ".venv")
    monkeypatch.setattr(venv, "ROOT", course)
    return course


def test_a_course_that_was_moved_is_still_found_from_any_folder(small_course, tmp_path):
    """A kernel or a script started elsewhere, by an editor or by nbclient, finds the course."""
    venv.show_the_course(venv.site_packages(small_course / ".venv"))
    assert place_of_the_course(venv.python_of(small_course / ".venv"), tmp_path) == small_course
    moved = small_course.rename(tmp_path / "moved")
    assert place_of_the_course(venv.python_of(moved / ".venv"), tmp_path) == moved


def test_an_environment_that_shows_another_course_is_mended(small_course, monkeypatch):
    """Up to date otherwise: the note of where the course lies was left by a folder now gone."""
    packages = venv.site_packages(small_course / ".venv")
    (packages / "course.pth").write_text("/a/folder/that/is/gone\n")
    monkeypatch.setattr(venv, "inside", lambda folder: True)
    monkeypatch.setattr(venv, "bring_up_to_date", lambda source: None)
    monkeypatch.setattr(venv.sysconfig, "get_path", lambda name: str(packages))
    venv.enter(["lab"])
    python = venv.python_of(small_course / ".venv")
    assert place_of_the_course(python, packages) == small_course


def bare_environment(folder, *options):
    """An environment that somebody else made, with a package of theirs and without pip."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    theirs = venv.site_packages(folder) / "readers_package.py"
    theirs.write_text("x = 1\n")
    return theirs


def test_an_environment_without_pip_gets_one_and_keeps_its_packages(place, tmp_path):
    theirs = bare_environment(tmp_path / ".venv")
    (tmp_path / "requirements.txt").write_text("tiny_lesson==1.0\n")
    venv.bring_up_to_date(str(place), tmp_path / ".venv", tmp_path / "requirements.txt")
    assert theirs.exists() and venv.is_ready(tmp_path / ".venv", tmp_path / "requirements.txt")


def test_where_no_pip_can_be_added_the_reader_is_asked(place, tmp_path, monkeypatch):
    theirs = bare_environment(tmp_path / ".venv")
    monkeypatch.setattr(venv, "has_pip", lambda folder: False)
    monkeypatch.setattr(venv, "answer_of", lambda folder, *arguments: None)
    monkeypatch.setattr(venv, "site_packages", lambda folder: theirs.parent)
    with pytest.raises(ValueError, match="has no pip, and its Python brings none along") as caught:
        venv.bring_up_to_date(str(place), tmp_path / ".venv", place / "requirements.txt")
    assert "uv pip install" in str(caught.value) and theirs.exists()


def test_a_file_in_the_place_of_the_environment_is_left_alone(place, tmp_path):
    (tmp_path / ".venv").write_text("mine")
    with pytest.raises(ValueError, match="is not an environment that the course made"):
        venv.bring_up_to_date(str(place), tmp_path / ".venv", place / "requirements.txt")
    assert (tmp_path / ".venv").read_text() == "mine"


def test_an_environment_of_others_whose_python_is_gone_is_not_emptied(place, tmp_path):
    theirs = bare_environment(tmp_path / ".venv")
    venv.python_of(tmp_path / ".venv").unlink()
    with pytest.raises(ValueError, match="is not an environment that the course made"):
        venv.bring_up_to_date(str(place), tmp_path / ".venv", place / "requirements.txt")
    assert theirs.exists()


def test_what_was_cut_off_while_it_was_made_is_replaced(tmp_path):
    (tmp_path / "lib" / "site-packages" / "pip").mkdir(parents=True)
    (tmp_path / "pyvenv.cfg").write_text("home = /usr/bin\n")
    venv.refuse_to_replace(tmp_path)
    (tmp_path / "pyvenv.cfg").unlink()
    with pytest.raises(ValueError, match="Move it away or delete it"):
        venv.refuse_to_replace(tmp_path)


@pytest.mark.parametrize(
    ("name", "value"), [("PIP_TARGET", "else"), ("PIP_PREFIX", "else"), ("PIP_DRY_RUN", "1")]
)
def test_settings_that_send_packages_elsewhere_are_overruled(name, value, place, monkeypatch):
    monkeypatch.setenv(name, str(place / value) if value == "else" else value)
    monkeypatch.setenv("PIP_INDEX_URL", "https://company.example/simple")
    variables = pip_install.pip_variables()
    assert name not in variables
    assert variables["PIP_INDEX_URL"] == "https://company.example/simple", "an index is kept"


def test_a_pip_that_only_pretends_is_found_out(place, monkeypatch):
    settings = place / "pip.conf"
    settings.write_text("[install]\ndry-run = true\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(settings))
    (place / "requirements.txt").write_text("tiny_lesson==2.0\n")
    with pytest.raises(ValueError, match="does not have tiny_lesson==2.0: your pip settings"):
        update(place)
    assert not venv.is_ready(place / ".venv", place / "requirements.txt")
    (place / "requirements.txt").write_text("tiny_lesson==1.0\n")


def test_no_environment_can_be_made_where_debian_left_ensurepip_out(tmp_path, monkeypatch):
    class Refused:
        returncode, stdout, stderr = (
            1,
            "The environment was not created because ensurepip is not available.",
            "",
        )

    monkeypatch.setattr(subprocess, "run", lambda *_, **__: Refused)
    with pytest.raises(ValueError, match=r"sudo apt install python3\.\d+-venv"):
        venv.create(tmp_path / ".venv")


# Which Python


@pytest.mark.parametrize(
    ("version", "system", "machine", "says"),
    [
        ((3, 15), "Linux", "x86_64", "Python 3.15 is newer"),
        ((3, 12), "Darwin", "x86_64", "Intel Mac"),
        ((3, 11), "Linux", "x86_64", None),
        ((3, 14), "Darwin", "arm64", None),
        ((3, 13), "Windows", "AMD64", None),
    ],
)
def test_which_python_suits(version, system, machine, says):
    complaint = venv.unsuitable(version, system, machine)
    assert (says in complaint and "\n" not in complaint) if says else complaint is None


def test_an_old_python_gets_one_line(python):
    code = (
        "import sys, runpy; sys.version_info = (3, 9, 2, 'final', 0); sys.argv = ['course_lib', "
        "'lab'];runpy.run_module('course_lib', run_name='__main__', alter_sys=True)"
    )
    ran = subprocess.run([python, "-c", code], cwd=venv.ROOT, capture_output=True, text=True)
    assert ran.returncode == 1 and ran.stdout == ""
    assert (
        ran.stderr.count("\n") == 1
        and "needs Python 3.11 to 3.14 and this is Python 3.9" in ran.stderr
    )


# Which packages are here


def test_missing_packages_are_those_absent_or_of_another_version():
    found = installation.installed_version("numpy")
    text = (
        f"# text\n\nnumpy=={found}  # via b\nno-such-package==1.0\nnumpy==0.1\nneither==1 ; "
        "python_version < '3'\n"
    )
    assert installation.missing_packages(text) == {
        "no-such-package==1.0": "none",
        "numpy==0.1": found,
    }


def test_a_local_version_satisfies_its_pin(monkeypatch):
    monkeypatch.setattr(installation, "installed_version", lambda name: "2.13.0+cpu")
    assert installation.missing_packages("torch==2.13.0\n") == {}
    assert installation.missing_packages("torch==2.13.1\n") == {"torch==2.13.1": "2.13.0+cpu"}


def test_without_packaging_nothing_is_installed_yet(monkeypatch):
    monkeypatch.setitem(sys.modules, "packaging.requirements", None)
    monkeypatch.setitem(sys.modules, "pip._vendor.packaging.requirements", None)
    assert installation.missing_packages("torch==2.13.0  # via us\n\n") == {
        "torch==2.13.0": "unknown"
    }


def test_line_endings_do_not_make_an_environment_old(place):
    text = (place / ".venv" / "course-stamp").read_text("utf-8")
    (place / "requirements.txt").write_bytes(text.replace("\n", "\r\n").encode())
    assert venv.is_ready(place / ".venv", place / "requirements.txt")


# Where to go on


@pytest.fixture
def steps(monkeypatch, tmp_path):
    """What `enter` does, instead of doing it; ``missing`` and ``inside`` can be set."""
    taken = []
    monkeypatch.setattr(venv, "missing_packages", lambda _: {"torch==2.13.0": "none"})
    monkeypatch.setattr(venv, "inside", lambda folder: False)
    monkeypatch.setattr(venv, "bring_up_to_date", lambda source: taken.append(("install", source)))
    monkeypatch.setattr(venv, "hand_over", lambda command, _: taken.append(("again", *command[1:])))
    return taken


def test_a_bare_python_installs_and_goes_on_in_the_environment(steps):
    venv.enter(["lab", "--port", "9000"], "wheels")
    assert steps == [("install", "wheels"), ("again", "-m", "course_lib", "lab", "--port", "9000")]


def test_a_python_with_every_package_makes_no_second_environment(steps, monkeypatch):
    monkeypatch.setattr(venv, "missing_packages", lambda _: {})
    venv.enter(["lab"])
    assert steps == []


def test_inside_the_environment_there_is_no_second_start(steps, monkeypatch):
    monkeypatch.setattr(venv, "inside", lambda folder: True)
    venv.enter(["lab"])
    assert steps == [("install", None)]


def test_an_unsuitable_python_installs_nothing(steps, monkeypatch):
    monkeypatch.setattr(venv, "unsuitable", lambda *_: "not this one")
    with pytest.raises(ValueError, match="not this one"):
        venv.enter(["lab"])
    assert steps == []


# pip's words


def test_sources_of_torch(tmp_path):
    folder = ["--find-links", str(tmp_path.resolve())]
    assert pip_install.source_of(None) == pip_install.source_of("") == ([], [])
    assert pip_install.source_of(str(tmp_path)) == ([], folder)
    index, page = "https://example.org/cpu", "https://example.org/a.html"
    assert pip_install.source_of(index) == (["--index-url", index], [])
    assert pip_install.source_of(page) == (["--no-index", "--find-links", page], [])
    with pytest.raises(ValueError, match="neither a web address nor a folder"):
        pip_install.source_of("no/such/folder")


@pytest.mark.parametrize("source", ["https://example.org/cpu", "https://example.org/a.html"])
def test_another_index_is_asked_for_torch_and_for_nothing_else(source, tmp_path, monkeypatch):
    commands = []
    monkeypatch.setattr(pip_install, "run_pip", lambda _, __, words: commands.append(words))
    monkeypatch.setattr(pip_install, "check_complete", lambda *_: None)
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("torchvision==1.0\ntorch==2.13.0   # via pyproject.toml\ntiny==1.0\n")
    log, chosen = tmp_path / "log", pip_install.source_of(source)
    pip_install.install(pathlib.Path(sys.executable), requirements, log, chosen)
    first, second = commands
    assert first[:2] == ["torch==2.13.0", "--no-deps"] and source in first
    assert second == ["--requirement", str(requirements)]
    requirements.write_text("tiny==1.0\n")  # no torch, so nothing to ask the other index for
    pip_install.install(pathlib.Path(sys.executable), requirements, log, chosen)
    assert len(commands) == 3 and source not in commands[2]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        ("OSError: [Errno 122] Disk quota exceeded", "the disk is full"),
        ("OSError: [Errno 30] Read-only file system: '/x'", "put the course where you may write"),
        ("[Errno 2] ... Windows Long Path support enabled", "a path is too long"),
        ("('Connection aborted.', RemoteDisconnected('x'))", "connect to the internet"),
        ("[Errno 8] nodename nor servname provided, or not known", "connect to the internet"),
        ("OSError('Tunnel connection failed: 407 authenticationrequired')", "asks for a password"),
        ("ERROR: HTTP error 407 while getting https://x", "asks for a password"),
        ("unable to get local issuer certificate", "set PIP_CERT"),
        ("SSLError: certificate has expired (_ssl.c:1000)", "set PIP_CERT"),
        ("a root certificate which is not trusted by the trust provider", "set PIP_CERT"),
        (
            "WARNING: Retrying ... [Errno -3] Temporary failure in name resolution",
            "connect to the internet",
        ),
        (
            "ERROR: No matching distribution found for numba==0.68.1",
            "pip finds no numba==0.68.1: this system or",
        ),
        (
            "(from versions: none)\nERROR: No matching distribution found for a==1",
            "pip finds no a==1: connect to the",
        ),
        ("ERROR: [WinError 5] Access is denied: 'x.dll'", "close every JupyterLab"),
        (
            "WARNING: a\nERROR: something new\nmore",
            "pip failed: ERROR: something new; delete the folder .venv",
        ),
        ("", "pip failed: it said nothing"),
        (
            "connection broken by 'SSLError(SSLCertVerificationError(1, '[SSL: "
            "CERTIFICATE_VERIFY_FAILED] self-signed certificate'))'\nERROR: No matching "
            "distribution found for x==1.0",
            "set PIP_CERT to its path",
        ),
        (
            "connection broken by 'ProxyError('Cannot connect to proxy.', OSError('Tunnel "
            "connection failed: 407 Proxy Authentication Required'))'",
            "set HTTPS_PROXY to http://NAME:PASSWORD@HOST:PORT",
        ),
        (
            "ERROR: 403 Client Error: Forbidden for url: https://a/simple/x/",
            "the package index refuses",
        ),
    ],
)
def test_why_pip_failed(said, told):
    assert told in pip_install.reason(said) and "\n" not in pip_install.reason(said)
