"""Kernels that are forked with their packages are kernels like others."""

import os
import sys

import pytest
from support import nursery

pytestmark = pytest.mark.skipif(not nursery.forks_kernels(), reason="kernels are forked on Linux")
SECONDS = 60
"""For an answer, on a busy machine."""


@pytest.fixture(scope="module")
def kernels():
    """Starts kernels from one nursery; (manager, client) of each."""
    from jupyter_client.manager import start_new_kernel

    begun = nursery.Nursery()
    running = []

    def start(**wishes):
        with nursery.launched_by(begun):
            running.append(start_new_kernel(kernel_name="python3", **wishes))
        return running[-1]

    yield start
    for manager, client in running:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    begun.process.kill()


def value(client, expression):
    """An expression's text in a kernel."""
    said = []
    client.execute_interactive(
        f"print(str(({expression})))",
        output_hook=lambda message: said.append(message["content"]),
        timeout=SECONDS,
    )
    return "".join(content.get("text", "") for content in said).strip()


def test_a_kernel_has_the_packages_and_nothing_of_the_course(kernels, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_TEST_WORD", "told")
    manager, client = kernels(cwd=str(tmp_path))
    assert isinstance(manager.provisioner.process, nursery.Forked)
    client.execute("import os, sys, random, numpy")
    assert value(client, "'torch' in sys.modules, 'course_lib' in sys.modules") == "(True, False)"
    assert value(client, "os.getcwd()") == str(tmp_path)
    assert value(client, "os.environ['COURSE_TEST_WORD']") == "told"
    assert value(client, "sys.executable") == sys.executable
    assert value(client, "__name__, sys.argv[0].endswith('ipykernel_launcher.py')") == (
        "('__main__', True)"
    )
    assert "inline" in value(client, "__import__('matplotlib').get_backend()")


def test_two_kernels_know_nothing_of_each_other(kernels):
    (_, one), (_, two) = kernels(), kernels()
    one.execute("import torch, random, numpy; torch.set_num_threads(1); left_over = 1")
    two.execute("import torch, random, numpy")
    assert value(two, "'left_over' in globals()") == "False"
    for draw in ("random.random()", "numpy.random.random()"):
        assert value(one, draw) != value(two, draw)
    assert value(one, "torch.initial_seed()") == value(two, "torch.initial_seed()")


def test_a_kernel_that_hangs_is_interrupted_and_ended(kernels):
    manager, client = kernels()
    client.execute("import time; time.sleep(1000)", stop_on_error=False)
    while client.get_iopub_msg(timeout=SECONDS)["msg_type"] != "execute_input":
        pass  # before it has begun, there is nothing to interrupt
    manager.interrupt_kernel()
    assert value(client, "'free again'") == "free again"
    process = manager.provisioner.process
    assert process.poll() is None
    assert manager.provisioner.pgid == process.pid != os.getpgid(0), "a group of its own"
    manager.shutdown_kernel(now=True)
    assert process.poll() == 0


def test_where_no_nursery_answers_a_kernel_starts_as_ever(monkeypatch):
    from jupyter_client.provisioning import local_provisioner

    begun = nursery.Nursery()
    begun.process.kill()
    begun.process.wait()
    asked = []
    monkeypatch.setattr(
        local_provisioner, "launch_kernel", lambda *all_of, **_: asked.append(all_of)
    )
    command = [sys.executable, *nursery.KERNEL, "-f", "connection.json"]
    with nursery.launched_by(begun):
        local_provisioner.launch_kernel(command, env={})
    assert asked == [(command,)]


def test_nbval_takes_its_kernels_from_there():
    """tests/conftest.py says so."""
    import nbval.kernel

    assert nbval.kernel.start_new_kernel.__module__ == nursery.__name__
