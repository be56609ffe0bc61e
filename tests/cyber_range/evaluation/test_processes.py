"""Policies in other processes: as they come from a notebook, and what cannot be sent."""

import os
import pathlib
import subprocess
import sys
import threading

import pytest

from course_lib.cyber_range.evaluation.evaluate import evaluate

ROOT = pathlib.Path(__file__).resolve().parents[3]

CELL = """
from course_lib import cyber_range
class Mine:
    observation, defenders = "flat", "official"
    def reset(self, seed): self.seed = seed
    def act(self, observations, infos): return {}
wrap = lambda env: env
print(cyber_range.evaluate(Mine(), episodes=2, steps=20, processes=2, wrap=wrap).scores.tolist())
print(cyber_range.evaluate("sleep", episodes=2, steps=20).scores.tolist())
"""


class Unsendable:
    """A policy that holds what no other process can have."""

    observation, defenders = "flat", "official"

    def __init__(self):
        self.lock = threading.Lock()

    def reset(self, seed):
        pass

    def act(self, observations, infos):
        return {}


def test_a_policy_from_a_notebook_plays_in_other_processes():
    ran = subprocess.run([sys.executable, "-c", CELL], capture_output=True, text=True, cwd=ROOT)
    assert ran.returncode == 0, ran.stderr
    shared, alone = ran.stdout.splitlines()
    assert shared == alone


def test_a_script_without_a_guard_ends_with_one_line(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import sys\nfrom course_lib import cyber_range\n"
        "try:\n"
        "    wrap = lambda env: env\n"
        "    cyber_range.evaluate('sleep', episodes=2, steps=20, processes=2, wrap=wrap)\n"
        "except ValueError as error:\n    print('refused:', error)\n"
    )
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    ran = subprocess.run([sys.executable, script], capture_output=True, env=env, text=True)
    assert "refused: a process that should play episodes has died" in ran.stdout


def test_what_cannot_be_sent_is_named():
    with pytest.raises(ValueError, match="^Unsendable cannot be sent .*; use processes=1$"):
        evaluate(Unsendable(), episodes=2, steps=20, processes=2)
    assert evaluate(Unsendable(), episodes=2, steps=20).episodes == 2
