"""A long computation over files says in the end what came of it, also when somebody interrupts it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from tests.events import opened


@pytest.mark.parametrize(("command", "lost"), [("replay", "no number was printed"), ("verify", "nothing was compared")])
def test_an_interrupted_command_names_the_step_and_what_was_not_done(tmp_path: Path, command: str, lost: str) -> None:
    events = tmp_path / "events.jsonl"
    os.mkfifo(events)
    with subprocess.Popen(
        [sys.executable, "-m", "stream.cli.main", command, str(events)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            with events.open("wb") as written:  # which waits until the command reads
                for i in range(2_001):  # a chunk is read, and more is waited for
                    written.write(orjson.dumps(opened(f"T{i}")) + b"\n")
                written.flush()
                process.send_signal(signal.SIGINT)
                said, errors = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == 130
    assert said == ""
    assert errors.splitlines()[-1].startswith("interrupted while ")
    assert errors.splitlines()[-1].endswith(f"; {lost}")
    assert "Traceback" not in errors
