"""A real Apache Kafka: one KRaft broker on this machine, with a listener for each way to connect."""

from __future__ import annotations

import base64
import contextlib
import os
import signal
import socket
import subprocess
import time
import uuid
from pathlib import Path
from typing import Final

from stream.broker.process import spawn_owned
from tests.kafka.certificates import Certificates, make_certificates
from tests.kafka.jars import java

HOST: Final = "127.0.0.1"
# Generous, because machines that run many tests at once are slow; usually it takes five.
START_SECONDS: Final = 120.0
STOP_SECONDS: Final = 60.0
USER: Final = "desk"
PASSWORD: Final = "a secret of the tests"

# Name -> protocol. LOST tells its clients an address at which nobody is.
LISTENERS: Final = {
    "PLAIN": "PLAINTEXT",
    "SASL": "SASL_PLAINTEXT",
    "TLS": "SASL_SSL",
    "MUTUAL": "SSL",
    "LOST": "PLAINTEXT",
    "CONTROLLER": "PLAINTEXT",
}


class KafkaServer:
    """A broker that keeps its data in `folder`, so it can be stopped, killed and started again on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.certificates: Certificates = make_certificates(folder / "certificates")
        self.ports = dict(zip(LISTENERS, _free_ports(len(LISTENERS)), strict=True))
        self._log = folder / "kafka.log"
        self._properties = folder / "server.properties"
        self._properties.write_text("".join(f"{name}={value}\n" for name, value in self._settings().items()))
        self._process: subprocess.Popen[bytes] | None = None
        self._format()

    def address(self, listener: str = "PLAIN") -> str:
        """Return host:port of a listener."""
        return f"{HOST}:{self.ports[listener]}"

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start and wait until it serves clients."""
        with self._log.open("ab") as log:
            self._process = spawn_owned(java("-Xmx512m", "kafka.Kafka", str(self._properties)), log)
        deadline = time.monotonic() + START_SECONDS
        # The listeners open only when the broker has caught up with its controller, so accepting means serving.
        while not _accepts(self.ports["PLAIN"]):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"Kafka did not start:\n{self._log.read_text()[-3000:]}")
            time.sleep(0.1)

    def stop(self) -> None:
        """Shut down in order, as for an upgrade."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once, as a machine that loses power."""
        self._end(signal.SIGKILL)

    def run(self, command: str) -> str:
        """Run a command of Kafka's own, as a person would type it, and return what it prints."""
        return _run_tool(command, self.folder)

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

    def _format(self) -> None:
        # A UUID in base64, as Kafka wants it, whose first bits are 0: one that begins with "-" reads as an option.
        cluster = base64.urlsafe_b64encode((uuid.uuid4().int >> 6).to_bytes(16)).decode().rstrip("=")
        scram = f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"
        subprocess.run(
            java(
                *("kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(self._properties)),
                *("--add-scram", scram),
            ),
            check=True,
            capture_output=True,
            timeout=START_SECONDS,
        )

    def _settings(self) -> dict[str, str]:
        plain = "org.apache.kafka.common.security.plain.PlainLoginModule"
        scram = "org.apache.kafka.common.security.scram.ScramLoginModule"
        clients = {name: port for name, port in self.ports.items() if name != "CONTROLLER"}
        advertised = {**clients, "LOST": 1}
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@{HOST}:{self.ports['CONTROLLER']}",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAIN",
            "listeners": _urls(self.ports),
            "advertised.listeners": _urls(advertised),
            "listener.security.protocol.map": ",".join(f"{name}:{how}" for name, how in LISTENERS.items()),
            "log.dirs": str(self.folder / "data"),
            # One broker, and tests that do not wait for others to join a group.
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "4",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            "group.min.session.timeout.ms": "1000",
            # Compact as soon as there is something to compact.
            "log.cleaner.backoff.ms": "200",
            "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
            "listener.name.sasl.plain.sasl.jaas.config": f'{plain} required user_{USER}="{PASSWORD}";',
            "listener.name.sasl.scram-sha-512.sasl.jaas.config": f"{scram} required;",
            "listener.name.tls.scram-sha-512.sasl.jaas.config": f"{scram} required;",
            "listener.name.tls.sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.mutual.ssl.client.auth": "required",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self.certificates.server),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.certificates.authority),
        }


# What the scripts in Kafka's bin folder run.
TOOLS: Final = {
    "kafka-topics.sh": "org.apache.kafka.tools.TopicCommand",
    "kafka-configs.sh": "kafka.admin.ConfigCommand",
    "kafka-consumer-groups.sh": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
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


def _urls(ports: dict[str, int]) -> str:
    return ",".join(f"{name}://{HOST}:{port}" for name, port in ports.items())


def _free_ports(count: int) -> list[int]:
    # All at once, so that none is given twice.
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind((HOST, 0))
        return [probe.getsockname()[1] for probe in probes]


def _accepts(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), 0.5):
        return True
    return False
