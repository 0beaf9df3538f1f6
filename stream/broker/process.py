"""A child process that never outlives the process that started it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import IO, Final

# Runs in the child before it becomes the wanted program: on Linux the kernel is told to kill it when its
# parent dies (1 is PR_SET_PDEATHSIG, 9 SIGKILL), and a parent that died before that call is noticed. It is a
# program of its own instead of `preexec_fn`, which may deadlock in a process with threads.
_BECOME: Final = """\
import ctypes, os, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, 9)
    if os.getppid() != int(sys.argv[1]):
        sys.exit("the process that started this one is gone")
os.execv(sys.argv[2], sys.argv[2:])
"""


def spawn_owned(
    command: Sequence[str], output: IO[bytes], environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a program that Linux kills when this process ends in any way; elsewhere the caller has to end it.

    It gets no standard input and a session of its own, so Ctrl-C reaches the caller alone.

    Args:
        command: path of the executable and its arguments.
        output: file that takes what it writes.
        environment: its environment; None hands on this process's.

    Raises:
        OSError: it cannot be started. A wrong path ends the child with status 1 instead.
    """
    trampoline = [sys.executable, "-I", "-S", "-c", _BECOME, str(os.getpid()), *command]
    started = threading.Event()
    result: list[subprocess.Popen[bytes] | OSError] = []

    # Linux counts the *thread* that started a child as the parent whose death kills it, and callers may start
    # it from a short-lived worker thread: so the thread that starts it lives as long as the child does.
    def keep() -> None:
        try:
            process = subprocess.Popen(  # noqa: S603 - callers pass commands of their own making
                trampoline,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            result.append(error)
            started.set()
            return
        result.append(process)
        started.set()
        process.wait()

    threading.Thread(target=keep, name="owned-process", daemon=True).start()
    started.wait()
    [outcome] = result
    if isinstance(outcome, OSError):
        raise outcome
    return outcome
