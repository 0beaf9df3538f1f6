"""The processes that the manifests describe, run as they say: arguments, settings, probes, signals. Only no cluster."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stream.broker.embedded import EmbeddedBroker
from stream.broker.process import spawn_owned
from stream.engine.worker import EXIT_NOT_FIT
from tests.rules import manifests
from tests.rules.live import until
from tests.rules.manifests import BASE, Document, pod, resource

pytestmark = pytest.mark.slow

WORKER = pod(resource(BASE / "deployment.yaml"))
(CONTAINER,) = WORKER["containers"]
(TOPICS,) = pod(resource(BASE / "topics_job.yaml"))["containers"]
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))

Environment = dict[str, str]


def mount(folder: Path, text: str) -> None:
    """Put a new policy into a mounted ConfigMap, as the kubelet does: a new folder, and a link that is exchanged."""
    version = folder / f"..{time.monotonic_ns()}"
    version.mkdir()
    (version / "policy.yaml").write_text(text)
    (folder / "..new").symlink_to(version.name)
    (folder / "..new").rename(folder / "..data")
    if not (folder / "policy.yaml").is_symlink():
        (folder / "policy.yaml").symlink_to("..data/policy.yaml")


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """Return a folder as /etc/deskpulse is in a pod."""
    folder = tmp_path / "etc"
    folder.mkdir()
    mount(folder, (BASE / "policy.yaml").read_text())
    return folder


@pytest.fixture
def environment(policy: Path, tmp_path: Path, broker: EmbeddedBroker) -> Environment:
    """Return what the settings of the base and the image put into the environment, with a broker of this machine."""
    given = manifests.settings(BASE / "settings.env")
    assert Path(given["DESKPULSE_POLICY_FILE"]).parent == Path(CONTAINER["volumeMounts"][0]["mountPath"])
    return (
        os.environ
        | given
        | {
            "DESKPULSE_BROKER": broker.address,
            "DESKPULSE_REPLICATION_FACTOR": "1",
            "DESKPULSE_POLICY_FILE": str(policy / Path(given["DESKPULSE_POLICY_FILE"]).name),
            "DESKPULSE_DATA_DIR": str(tmp_path / "scratch"),
            "DESKPULSE_WEB_PORT": "0",
            "DESKPULSE_SESSION_TIMEOUT_SECONDS": "3",  # the embedded broker holds back the first join for half of it
        }
    )


@pytest.fixture
def broker() -> Iterator[EmbeddedBroker]:
    """Run a broker of its own: another test's topics must not be there."""
    with EmbeddedBroker() as running:
        yield running


def run(container: Document, environment: Environment) -> subprocess.CompletedProcess[str]:
    """Run a container's command to its end."""
    return subprocess.run(_command(container), env=environment, capture_output=True, text=True, timeout=60, check=False)


def _command(container: Document) -> list[str]:
    return [sys.executable, "-m", "stream.cli.main", *container["args"]]


@contextmanager
def started(environment: Environment, log: Path) -> Iterator[tuple[subprocess.Popen[bytes], Callable[[str], int]]]:
    """Run a worker; gives its process, and what asks one of its probes for the status."""
    with log.open("wb") as output:
        process = spawn_owned(_command(CONTAINER), output, environment)
        try:
            (address, *_) = until(lambda: re.findall(r"http://[0-9.]+:\d+", log.read_text()), f"an address in {log}")

            def ask(probe: str) -> int:
                try:
                    with _direct.open(address + CONTAINER[probe]["httpGet"]["path"], timeout=5) as answer:
                        status: int = answer.status
                        return status
                except urllib.error.HTTPError as error:
                    return error.code

            yield process, ask
        finally:
            process.kill()
            process.wait()


def test_a_worker_before_its_topics_ends_so_that_it_is_started_anew(environment: Environment) -> None:
    ended = run(CONTAINER, environment)
    assert ended.returncode == EXIT_NOT_FIT, ended.stderr


def test_the_probes_the_signal_for_the_policy_and_the_end_are_as_the_manifest_counts_on(
    environment: Environment, policy: Path, tmp_path: Path
) -> None:
    created = run(TOPICS, environment)
    assert created.returncode == 0, created.stdout + created.stderr
    log = tmp_path / "worker.log"
    with started(environment, log) as (process, ask):
        assert ask("startupProbe") == ask("livenessProbe") == 200
        until(lambda: ask("readinessProbe") == 200, "ready")

        mount(policy, "at_risk_percent: 35\n")
        process.send_signal(signal.SIGHUP)
        until(lambda: "at_risk_percent" in log.read_text(), "the new policy")
        assert ask("livenessProbe") == 200

        told = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0, log.read_text()
        assert time.monotonic() - told < WORKER["terminationGracePeriodSeconds"]


def test_a_worker_that_waits_for_its_broker_is_alive_and_not_ready(
    environment: Environment, broker: EmbeddedBroker, tmp_path: Path
) -> None:
    broker.stop()
    with started(environment, tmp_path / "worker.log") as (process, ask):
        until(lambda: "no broker" in (tmp_path / "worker.log").read_text(), "a word about the broker")
        assert (ask("livenessProbe"), ask("readinessProbe")) == (200, 503)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
