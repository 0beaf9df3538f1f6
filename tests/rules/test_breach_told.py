"""From a customer who waits too long to the person who is alerted, and to the end of it, through every real part.

Real events on a broker, a worker, Prometheus with the rules, Alertmanager and a webhook, with the intervals that come
with Deskpulse. `python -m pytest tests/rules/test_breach_told.py -m slow -s` prints what each step took.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
import yaml

from stream.broker.topics import ensure
from stream.settings import PREFIX
from tests.conftest import DeskSettings
from tests.engine.alerting import at, now
from tests.engine.desk import Desk, with_secrets
from tests.events import opened, responded
from tests.rules.conftest import find
from tests.rules.live import (
    PrometheusServer,
    alertmanager,
    alertmanager_binary,
    free_port,
    get,
    posting_to,
    prometheus,
    running,
    until,
)
from tests.rules.monitoring_files import ALERTMANAGER, PROMETHEUS
from tests.rules.sinks import Posted, webhook

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

PROMISED = timedelta(seconds=4)
# All but a hundredth of the target is at risk, so that a ticket of the slow queue is at risk as soon as it is there.
POLICY = """\
version: 1
at_risk_percent: 99
targets:
  - {within: 10m, channels: [chat], queues: [slow]}
  - {within: 4s, channels: [chat]}
"""
BREACHED = 'ALERTS{alertname="DeskpulseFirstResponseBreached"}'
AT_RISK = 'ALERTS{alertname="DeskpulseFirstResponseAtRisk"}'
SHIPPED = yaml.safe_load(PROMETHEUS.read_text())["global"]


class Steps:
    """When each step was seen, in seconds since the first."""

    def __init__(self, began: float) -> None:
        self._began = began
        self.seen: list[tuple[str, float]] = []

    def until(self, what: str, look: Callable[[], object]) -> None:
        """Wait for a step; it is seen up to 0.3 s after it was there."""
        until(look, what)
        self.at(what, time.time())

    def at(self, what: str, moment: float) -> float:
        """Note a step; returns how long after the first it was."""
        self.seen.append((what, moment - self._began))
        return moment - self._began

    def __str__(self) -> str:
        return "\n".join(f"{seconds:6.1f} s  {what}" for what, seconds in self.seen)


class Running:
    """A desk of one worker, and everything that tells of it."""

    def __init__(self, desk: Desk, worker: str, server: PrometheusServer, posted: Queue[Posted]) -> None:
        self._desk, self._worker = desk, worker
        self.prometheus, self.posted = server, posted

    def send(self, *events: dict[str, Any]) -> None:
        """Send events to the broker."""
        asyncio.run(self._desk.send(events))

    def breached(self) -> float:
        """Return how many tickets the worker shows as breached."""
        text = get(f"http://{self._worker}/metrics").decode()
        return sum(map(float, re.findall(r'^deskpulse_sla_tickets\{.*state="breached".*\} (\S+)$', text, re.MULTILINE)))

    def scraped(self) -> bool:
        """Tell whether Prometheus has the breach."""
        return bool(self.prometheus.query('sum(deskpulse_sla_tickets{state="breached"}) > 0'))


@pytest.fixture
def told(desk_settings: DeskSettings, tmp_path: Path) -> Iterator[Running]:
    """Run a worker on a desk of its own, Prometheus and Alertmanager with the waits that come with Deskpulse."""
    binaries = find("prometheus"), alertmanager_binary()
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY)
    settings = desk_settings(partitions=2, commit_interval_seconds=0.3, policy_file=policy)
    for result in asyncio.run(ensure(settings)):
        assert result.there, result
    worker = f"127.0.0.1:{free_port()}"
    environment = dict(os.environ) | {f"{PREFIX}{k.upper()}": str(v) for k, v in with_secrets(settings).items()}
    with ExitStack() as stack:
        command = [sys.executable, "-m", "stream.cli.main", "worker", "--port", worker.partition(":")[2]]
        stack.enter_context(running(command, tmp_path / "worker.log", environment))
        until(lambda: get(f"http://{worker}/readyz"), f"the worker is ready: {tmp_path / 'worker.log'}")
        address, posted = stack.enter_context(webhook())
        shipped = posting_to(yaml.safe_load(ALERTMANAGER.read_text()), address)
        manager = stack.enter_context(alertmanager(binaries[1], tmp_path, shipped))
        server = stack.enter_context(
            prometheus(
                binaries[0],
                tmp_path,
                [worker],
                manager,
                scraped_every=SHIPPED["scrape_interval"],
                evaluated_every=SHIPPED["evaluation_interval"],
            )
        )
        until(lambda: server.query('ALERTS{alertname="DeskpulseHeartbeat"}'), "rules are evaluated")
        yield Running(Desk(settings, tmp_path), worker, server, posted)


def test_a_breach_is_told_once_for_all_its_tickets_and_once_again_when_they_are_answered(told: Running) -> None:
    # So that the target is over as they arrive: they are never seen as at risk, of which there is one more below.
    start = now() - PROMISED
    chat = {"channel": "chat", "queue": "quick"}
    told.send(
        at(opened("T1", priority="high", **chat), start),
        at(opened("T2", priority="high", **chat), start),
        at(opened("T3", priority="low", **chat), start),
    )
    steps = Steps((start + PROMISED).timestamp())
    steps.until("/metrics of the worker shows the breach", lambda: told.breached() == 3)
    steps.until("Prometheus has scraped it", told.scraped)
    # At risk, in the same channel and priority as what is breached: nobody hears of it.
    told.send(at(opened("T4", channel="chat", queue="slow", priority="high"), now()))
    steps.until("the rule is pending", lambda: told.prometheus.query(BREACHED))
    steps.until("the rule fires", lambda: told.prometheus.query(f'{BREACHED[:-1]},alertstate="firing"}}'))
    first = told.posted.get(timeout=60)
    took = steps.at("the webhook has the notification", first.at)
    assert took < _longest(SHIPPED, patience=20, group_wait=5)

    assert (first.path, first.body["status"]) == ("/support-critical", "firing"), first.body
    assert first.body["groupLabels"] == {"alertname": "DeskpulseFirstResponseBreached", "channel": "chat"}
    texts = {each["labels"]["priority"]: each["annotations"]["description"] for each in first.body["alerts"]}
    assert set(texts) == {"high", "low"}
    assert re.match(
        r"2 of [23] waiting chat tickets of priority high have waited longer than promised\.", texts["high"]
    )
    assert re.match(r"1 of 1 waiting chat tickets of priority low have waited longer than promised\.", texts["low"])

    # Longer than a warning is held before it is told.
    until(lambda: told.prometheus.query(f'{AT_RISK[:-1]},alertstate="firing"}}'), "the ticket is at risk")
    time.sleep(35)
    assert told.posted.empty()

    answered = now()
    told.send(*[at(responded(ticket, 0), answered) for ticket in ("T1", "T2", "T3", "T4")])
    over = Steps(answered.timestamp())
    over.until("/metrics of the worker shows none", lambda: told.breached() == 0)
    over.until("Prometheus has scraped it", lambda: not told.scraped())
    over.until("no rule fires", lambda: not told.prometheus.query(BREACHED))
    last = told.posted.get(timeout=90)
    took = over.at("the webhook has the end", last.at)
    assert took < _longest(SHIPPED, patience=0, group_wait=60)
    assert (last.path, last.body["status"]) == ("/support-critical", "resolved")
    assert {each["labels"]["priority"] for each in last.body["alerts"]} == {"high", "low"}
    assert told.posted.empty()
    print(f"\nSince the target was over:\n{steps}\nSince the answers:\n{over}")


def _longest(intervals: dict[str, str], *, patience: float, group_wait: float) -> float:
    """Return how long it may take: a scrape, an evaluation, patience and grouping; 10 s for a busy machine."""
    waits = [float(intervals[name].removesuffix("s")) for name in ("scrape_interval", "evaluation_interval")]
    # Patience is counted in evaluations, so it ends with the next one.
    return sum(waits) + patience + group_wait + 10
