"""One node of Apache Kafka as a process: a folder with its data, which it can be stopped, killed and started on."""

from __future__ import annotations

import base64
import contextlib
import os
import secrets
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from stream.broker.process import spawn_owned
from tests.kafka.jars import java

HOST: Final = "127.0.0.1"
# Generous, because machines that run many tests at once are slow; usually it takes five.
START_SECONDS: Final = 120.0
STOP_SECONDS: Final = 60.0
# Linux gives outgoing connections ports from 32768 on.
BELOW_EPHEMERAL: Final = range(12_000, 32_000)


class Node:
    """A node that keeps its data in `folder`."""

    def __init__(self, folder: Path, properties: Mapping[str, str], serves_at: int, heap: str = "512m") -> None:
        """properties: its server.properties. serves_at: the port that accepts once it serves clients."""
        self.folder = folder
        self._serves_at = serves_at
        self._heap = heap
        self._log = folder / "kafka.log"
        self._properties = folder / "server.properties"
        self._properties.write_text("".join(f"{name}={value}\n" for name, value in properties.items()))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def launch(self) -> None:
        """Start, and wait for nothing."""
        with self._log.open("ab") as log:
            self._process = spawn_owned(java(f"-Xmx{self._heap}", "kafka.Kafka", str(self._properties)), log)

    def start(self) -> None:
        """Start and wait until it serves clients."""
        self.launch()
        self.await_serving()

    def await_serving(self) -> None:
        """Wait until it serves clients, having been launched."""
        deadline = time.monotonic() + START_SECONDS
        # The listeners open only when the broker has caught up with its controller, so accepting means serving.
        while not accepts(self._serves_at):
            if not self.running or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"Kafka did not start:\n{self._log.read_text()[-3000:]}")
            time.sleep(0.1)

    def stop(self) -> None:
        """Shut down in order, as for an upgrade."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once, as a machine that loses power."""
        self._end(signal.SIGKILL)

    def signal(self, number: signal.Signals) -> None:
        """Send the process a signal: SIGSTOP and SIGCONT, say."""
        if self._process is not None:
            self._process.send_signal(number)

    def run(self, command: str) -> str:
        """Run a command of Kafka's own, as a person would type it, and return what it prints."""
        return _run_tool(command, self.folder)

    def format(self, cluster_id: str, *arguments: str) -> None:
        """Make its log folder ready for its first start."""
        subprocess.run(
            java("kafka.tools.StorageTool", "format", "-t", cluster_id, "-c", str(self._properties), *arguments),
            check=True,
            capture_output=True,
            timeout=START_SECONDS,
        )

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise


def new_cluster_id() -> str:
    """Return a UUID in base64, as Kafka wants it."""
    # Its first bits are 0: one that begins with "-" reads as an option.
    return base64.urlsafe_b64encode((uuid.uuid4().int >> 6).to_bytes(16)).decode().rstrip("=")


# What the scripts in Kafka's bin folder run.
TOOLS: Final = {
    "kafka-topics.sh": "org.apache.kafka.tools.TopicCommand",
    "kafka-configs.sh": "kafka.admin.ConfigCommand",
    "kafka-consumer-groups.sh": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
    "kafka-leader-election.sh": "org.apache.kafka.tools.LeaderElectionCommand",
    "kafka-reassign-partitions.sh": "org.apache.kafka.tools.reassign.ReassignPartitionsCommand",
}


def _run_tool(command: str, folder: Path) -> str:
    script = folder / "bin"
    script.mkdir(exist_ok=True)
    for name, main_class in TOOLS.items():
        tool = script / name
        arguments = " ".join(f"'{argument}'" for argument in java(main_class))
        tool.write_text(f'#!/bin/sh\nexec {arguments} "$@"\n')
        tool.chmod(0o755)
    environment = {**os.environ, "PATH": f"{script}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{command}\nended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def urls(ports: Mapping[str, int]) -> str:
    """Spell listeners as Kafka's settings do."""
    return ",".join(f"{name}://{HOST}:{port}" for name, port in ports.items())


def free_ports(count: int) -> list[int]:
    """Return ports that are free now and that no outgoing connection is given.

    A node has to find its port free when it is started once more.
    """
    with contextlib.ExitStack() as stack:  # all at once, so that none is given twice
        ports: list[int] = []
        while len(ports) < count:
            probe = stack.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                probe.bind((HOST, secrets.choice(BELOW_EPHEMERAL)))
                ports.append(probe.getsockname()[1])
        return ports


def accepts(port: int) -> bool:
    """Say whether something listens at a port of this machine."""
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), 0.5):
        return True
    return False
