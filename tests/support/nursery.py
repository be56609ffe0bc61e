"""Kernels of the notebooks that have their packages already.

Each of some seventy notebooks has a kernel of its own, and to import torch, numba and matplotlib
takes a kernel two seconds. So on Linux the kernels of nbval are forked from one process, the
nursery, which has imported packages that other people wrote, and nothing of the course. Whatever a
notebook does in its kernel, no other notebook meets it. Where there is no fork, or the nursery does
not answer, a kernel is started as ever.
"""

import contextlib
import importlib
import json
import os
import random
import runpy
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

PACKAGES = (
    "torch", "numba", "matplotlib.pyplot", "matplotlib_inline.backend_inline", "networkx",
    "anywidget", "gymnasium", "pettingzoo", "ipykernel.kernelapp", "ipykernel.ipkernel",
)  # fmt: skip
KERNEL = ["-m", "ipykernel_launcher"]
KNOWN = {"env", "cwd", "stdin", "stdout", "stderr", "independent"}
"""Wishes that a forked kernel can be given; one with others is started as ever."""
START_SECONDS = 60
MESSAGE = 1 << 20
"""Bytes of one wish, at most."""


class Forked:
    """A kernel's process, with what the kernel's manager asks of a `subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int):
        self.pid = pid
        self.returncode: int | None = None
        self._file = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """None while it runs; how it ended, only its parent could say."""
        if self.returncode is None and select.select([self._file], [], [], 0)[0]:
            self.returncode = 0
            os.close(self._file)
        return self.returncode

    def wait(self) -> int | None:
        if self.returncode is None:
            select.select([self._file], [], [])
        return self.poll()

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            signal.pidfd_send_signal(self._file, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


class Nursery:
    """The process that kernels are forked from; it ends with the process that started it."""

    def __init__(self) -> None:
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._line.settimeout(START_SECONDS)
        environment = {"MPLBACKEND": "module://matplotlib_inline.backend_inline", **os.environ}
        self.process = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
            pass_fds=[theirs.fileno()],
        )
        theirs.close()

    def fork(self, command: list[str], env: dict[str, str], cwd: str | None) -> Forked:
        """A kernel; OSError if the nursery has died or does not answer."""
        wish = {"argv": command[len(KERNEL) + 1 :], "env": env, "cwd": cwd or os.getcwd()}
        self._line.send(json.dumps(wish).encode())
        answer = self._line.recv(64)
        if not answer:
            raise OSError("the nursery has died")
        return Forked(int(answer))


def forks_kernels() -> bool:
    """Whether this system can: macOS forks, but its own libraries do not survive it."""
    return sys.platform == "linux" and hasattr(os, "pidfd_open")


@contextlib.contextmanager
def launched_by(nursery: Nursery) -> Iterator[None]:
    """While this is entered, kernels are forked, if they can be."""
    from jupyter_client.provisioning import local_provisioner

    usual = local_provisioner.launch_kernel

    def launch(command: list[str], **wishes: Any) -> Any:
        own = command[:1] == [sys.executable] and command[1:3] == KERNEL
        if own and set(wishes) <= KNOWN:
            with contextlib.suppress(OSError):
                env = dict(wishes.get("env") or os.environ)
                return nursery.fork(command, env, wishes.get("cwd"))
        return usual(command, **wishes)

    with mock.patch.object(local_provisioner, "launch_kernel", launch):
        yield


def serve_nbval() -> None:
    """Let nbval's kernels come from a nursery, which is started with the first."""
    import nbval.kernel

    usual: Callable = nbval.kernel.start_new_kernel
    kept: list[Nursery] = []

    def start(**wishes: Any) -> Any:
        if not kept:
            kept.append(Nursery())
        with launched_by(kept[0]):
            return usual(**wishes)

    nbval.kernel.start_new_kernel = start


def main(number: int) -> None:
    """The nursery: one kernel for each wish, until nobody is left to wish."""
    for name in PACKAGES:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how a kernel ended
    line = socket.socket(fileno=number)
    while wish := line.recv(MESSAGE):
        if not os.fork():
            # Of its own group before anybody hears of it: its manager signals whole groups.
            os.setsid()
            line.send(str(os.getpid()).encode())
            line.close()
            become_kernel(**json.loads(wish))
            return


def become_kernel(argv: list[str], env: dict[str, str], cwd: str) -> None:
    """What a fresh process would be in that folder with that environment."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(env, JPY_PARENT_PID=str(os.getppid()))
    os.chdir(cwd)
    random.seed()
    sys.modules["numpy"].random.seed()
    sys.argv = ["ipykernel_launcher", *argv]
    sys.path[:1] = ["", *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    runpy.run_module(KERNEL[1], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
