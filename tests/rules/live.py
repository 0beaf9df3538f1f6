"""A real Prometheus and Alertmanager over real workers that a simulated desk keeps busy."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import socket
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
import yaml

from stream.broker.process import spawn_owned
from stream.settings import PREFIX, Settings
from tests.broker.clients import produce
from tests.events import opened
from tests.rules.monitoring_files import ALERTMANAGER, PROMETHEUS, RULE_FILES

# A busy machine needs seconds for a scrape of so many series; rules may come more often than in use.
SCRAPED_EVERY, EVALUATED_EVERY = "8s", "2s"
START_SECONDS = 90.0
# A demo ends within seconds; a machine that is busy with other tests takes longer to close its workers.
STOP_SECONDS = 90.0
# What the policy that is built in promises a chat.
CHAT_WITHIN = timedelta(minutes=2)

T = TypeVar("T")

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def get(address: str) -> bytes:
    """Return what an address answers. Raises OSError if it does not, with the body of an error in its text."""
    try:
        with _direct.open(address, timeout=20) as answer:
            body: bytes = answer.read()
            return body
    except urllib.error.HTTPError as error:
        raise OSError(f"{address}: {error.code} {error.read().decode()}") from error


def until(look: Callable[[], T | None], what: str, seconds: float = START_SECONDS) -> T:
    """Call `look` until it returns something true. Raises TimeoutError with what it last met."""
    deadline, last = time.monotonic() + seconds, ""
    while time.monotonic() < deadline:
        try:
            if found := look():
                return found
        except OSError as error:
            last = str(error)
        time.sleep(0.3)
    raise TimeoutError(f"{what}: not within {seconds:.0f} s; {last}")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@contextmanager
def running(command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> Iterator[None]:
    """Run a program, with what it writes in a file."""
    with log.open("wb") as output:
        process = spawn_owned(command, output, environment)
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=STOP_SECONDS)


@dataclass(frozen=True, slots=True)
class Demo:
    """A running `deskpulse demo`: where its workers show their metrics and where its broker is, as host:port."""

    workers: list[str]
    broker: str

    def break_a_promise(self) -> None:
        """Open a chat whose promise was broken a moment ago, so that a worker sends an alert of it now."""
        asyncio.run(self._break_a_promise())

    async def _break_a_promise(self) -> None:
        settings = Settings(broker=self.broker)
        ticket, opened_at = f"late-{uuid.uuid4().hex}", datetime.now(UTC) - CHAT_WITHIN
        event = opened(ticket, channel="chat") | {"event_id": ticket, "occurred_at": opened_at.isoformat()}
        await produce(settings, settings.topic_ticket_opened, [(ticket.encode(), json.dumps(event).encode())])


@contextmanager
def demo(folder: Path, workers: int) -> Iterator[Demo]:
    """Run `deskpulse demo`; gives where it runs once its workers are ready."""
    log = folder / "demo.log"
    command = [sys.executable, "-m", "stream.cli.main", "demo", "--port", "0", "--workers", str(workers)]
    with running([*command, "--tickets-per-day", "4000"], log):

        def said() -> Demo | None:
            # It says so when all workers are ready.
            where = re.search(r"^metrics +(.+)\ntopics .* at (\S+)\n.*Ctrl-C ends", log.read_text(), flags=re.MULTILINE)
            return Demo(re.findall(r"http://([\d.:]+)/metrics", where[1]), where[2]) if where else None

        yield until(said, f"the demo says where it runs:\n{log.read_text()}")


@contextmanager
def notify(folder: Path, desk: Demo, receiver: str) -> Iterator[str]:
    """Run `deskpulse notify` on a demo's broker with one receiver; gives its host:port."""
    file, log = folder / "notify.yaml", folder / "notify.log"
    file.write_text(f"receivers:\n  - {{name: hook, url: '{receiver}', allow_http: true, format: cloudevents}}\n")
    command = [sys.executable, "-m", "stream.cli.main", "notify", str(file), "--port", "0"]
    with running(command, log, dict(os.environ) | {f"{PREFIX}BROKER": desk.broker}):

        def said() -> str:
            where = re.search(r"metrics http://(\S+)/metrics", log.read_text())
            return where[1] if where else ""

        address = until(said, "notify says where it serves")
        until(lambda: get(f"http://{address}/readyz"), "notify reads the alerts")
        yield address


class PrometheusServer:
    """A running Prometheus."""

    def __init__(self, address: str) -> None:
        self._api = f"http://{address}/api/v1"

    def _get(self, path: str, **parameters: str | list[str]) -> Any:
        query = urllib.parse.urlencode(parameters, doseq=True)
        answer = json.loads(get(f"{self._api}/{path}?{query}"))
        assert answer["status"] == "success", answer
        return answer["data"]

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the samples that an expression has now. Raises OSError with Prometheus's error."""
        result: list[dict[str, Any]] = self._get("query", query=expression)["result"]
        return result

    def values(self, expression: str, label: str) -> dict[str, float]:
        """Return the samples by the value of one label."""
        return {sample["metric"][label]: float(sample["value"][1]) for sample in self.query(expression)}

    def rules(self) -> list[dict[str, Any]]:
        """Return every rule with its state."""
        return [rule for group in self._get("rules")["groups"] for rule in group["rules"]]

    def targets(self, job: str) -> list[dict[str, Any]]:
        """Return what is scraped for a job."""
        return [each for each in self._get("targets")["activeTargets"] if each["labels"]["job"] == job]

    def scrapes(self, job: str, count: int) -> bool:
        """Say whether so many targets of a job are up. Raises OSError with the error of one that is down."""
        targets = self.targets(job)
        for each in targets:
            if each["health"] == "down":
                raise OSError(f"{each['scrapeUrl']}: {each['lastError']}")
        return sum(each["health"] == "up" for each in targets) == count

    def label_values(self, selector: str, label: str) -> set[str]:
        """Return what Grafana's label_values() offers."""
        return set(self._get(f"label/{label}/values", **{"match[]": [selector]}))


@contextmanager
def prometheus(
    binary: str,
    folder: Path,
    workers: Sequence[str],
    alertmanager: str,
    notify: str | None = None,
    *,
    scraped_every: str = SCRAPED_EVERY,
    evaluated_every: str = EVALUATED_EVERY,
) -> Iterator[PrometheusServer]:
    """Run Prometheus with the project's rules and configuration, but for addresses and intervals."""
    address = f"127.0.0.1:{free_port()}"
    config = yaml.safe_load(PROMETHEUS.read_text())
    config["global"] |= {"scrape_interval": scraped_every, "scrape_timeout": "8s"}
    config["global"] |= {"evaluation_interval": evaluated_every}
    config["rule_files"] = [str(path) for path in RULE_FILES]
    config["alerting"]["alertmanagers"] = [{"static_configs": [{"targets": [alertmanager]}]}]
    where: Mapping[str, list[str]] = {
        "deskpulse": list(workers),
        "prometheus": [address],
        "alertmanager": [alertmanager],
        "deskpulse-notify": [notify] if notify is not None else [],
    }
    for job in config["scrape_configs"]:
        job.pop("dns_sd_configs", None)
        job["static_configs"] = [{"targets": where.get(job["job_name"], [])}]
    path = folder / "prometheus.yml"
    path.write_text(yaml.safe_dump(config))
    command = [binary, f"--config.file={path}", f"--storage.tsdb.path={folder / 'tsdb'}"]
    # Prometheus 3 puts variables into external labels without being asked.
    command += [f"--web.listen-address={address}", "--enable-feature=expand-external-labels"]
    with running(command, folder / "prometheus.log"):
        until(lambda: get(f"http://{address}/-/ready"), "Prometheus is ready")
        yield PrometheusServer(address)


@contextmanager
def alertmanager(binary: str, folder: Path, config: Mapping[str, Any], *flags: str) -> Iterator[str]:
    """Run Alertmanager with a configuration and the project's templates; gives host:port.

    The test is skipped if it asks for the address of a webhook in a file, and Alertmanager is older than that.
    """
    address = f"127.0.0.1:{free_port()}"
    path = folder / "alertmanager.yml"
    path.write_text(yaml.safe_dump(dict(config) | {"templates": [str(ALERTMANAGER.parent / "templates" / "*.tmpl")]}))
    command = [binary, f"--config.file={path}", f"--storage.path={folder / 'alertmanager'}"]
    command += [f"--web.listen-address={address}", "--cluster.listen-address=", *flags]
    log = folder / "alertmanager.log"

    def ready() -> bytes:
        if "field url_file not found" in log.read_text():
            pytest.skip(f"{binary} is older than Alertmanager 0.26, which compose does not start")
        return get(f"http://{address}/-/ready")

    with running(command, log):
        until(ready, "Alertmanager is ready")
        yield address


def posting_to(config: Mapping[str, Any], webhook: str, **timing: str) -> dict[str, Any]:
    """Return a configuration whose webhooks post to `webhook`, each to a path that is its receiver's name.

    Alertmanager before 0.26 reads no address of a webhook from a file. `timing` replaces the waits of all routes.
    """
    changed: dict[str, Any] = json.loads(json.dumps(config))
    for receiver in changed["receivers"]:
        for to in receiver.get("webhook_configs", []):
            del to["url_file"]
            to["url"] = f"{webhook}/{receiver['name']}"
    for route in (changed["route"], *changed["route"]["routes"]):
        route.update(timing)
    return changed


def alertmanager_binary() -> str:
    """Return where Alertmanager is, or skip the test; Debian gives it another name."""
    binary = shutil.which("alertmanager") or shutil.which("prometheus-alertmanager")
    if binary is None:
        pytest.skip("Alertmanager is not installed; it is in Debian's package prometheus-alertmanager")
    return binary
