"""Rules and dashboards in a real Prometheus that scrapes two real workers of a busy simulated desk."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from queue import Queue
from typing import Any

import pytest
import yaml

from grafana.frame import KNOWS_DIMENSIONS
from stream.metric_names import METRICS
from tests.rules.conftest import find
from tests.rules.live import (
    PrometheusServer,
    alertmanager,
    alertmanager_binary,
    demo,
    get,
    posting_to,
    prometheus,
    until,
)
from tests.rules.monitoring_files import ALERTMANAGER, FILLED, Expression, dashboard_expressions, fill, rules
from tests.rules.sinks import Posted, webhook

pytestmark = pytest.mark.slow

WORKERS = 2
# Long enough for rates, which need two scrapes of both workers, and for rules that stand on rules.
SETTLE_SECONDS = 30.0
# On a machine that is busy with other tests some scrapes of so many series come too late.
BUSY_SECONDS = 60.0
# Panels that rightly show nothing on a healthy desk, and what they say then.
MAY_BE_EMPTY = {
    "What became of them D": "no record comes under a wrong key",
    "What became of them E": "no event id is used again",
    "Refused since start A": "no record is refused",
    "Alerts that fire A": "no alert need fire",
    "Values of labels D": "brand is no label unless the settings say so",
    "Told to people A": "Alertmanager need send nothing",
    "Alert delay A": "no promise need be broken",
    "Alert delay B": "no promise need be broken",
    "Clocks A": "the embedded broker does not say its time",
}


@dataclass(frozen=True, slots=True)
class Desk:
    """What runs during the tests."""

    workers: list[str]
    prometheus: PrometheusServer
    posted: Queue[Posted]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Run a simulated desk, two workers, Prometheus, Alertmanager and a webhook."""
    folder = tmp_path_factory.mktemp("live")
    binary = find("prometheus")
    receiver = alertmanager_binary()
    shipped = yaml.safe_load(ALERTMANAGER.read_text())
    with (
        webhook() as (address, posted),
        alertmanager(receiver, folder, posting_to(shipped, address, group_wait="1s")) as told,
        demo(folder, WORKERS) as workers,
        prometheus(binary, folder, workers, told) as server,
    ):
        until(lambda: server.scrapes("deskpulse", WORKERS), "all workers are scraped")
        time.sleep(SETTLE_SECONDS)
        yield Desk(workers, server, posted)


def test_every_target_is_scraped_without_an_error(desk: Desk) -> None:
    for job, count in {"deskpulse": WORKERS, "prometheus": 1, "alertmanager": 1}.items():
        targets = desk.prometheus.targets(job)
        assert [target["health"] for target in targets] == ["up"] * count, targets


def test_every_rule_is_evaluated_without_an_error(desk: Desk) -> None:
    evaluated = desk.prometheus.rules()
    assert len(evaluated) == len(rules("alert")) + len(rules("record"))
    for rule in evaluated:
        assert (rule["health"], rule.get("lastError", "")) == ("ok", ""), rule["name"]


@pytest.mark.parametrize("name", sorted({rule["record"] for rule in rules("record")}))
def test_every_recording_rule_has_a_number_on_a_busy_desk(desk: Desk, name: str) -> None:
    samples = until(lambda: desk.prometheus.query(name), f"{name} has a number", BUSY_SECONDS)
    assert not [sample for sample in samples if sample["value"][1] == "NaN"]


@pytest.mark.parametrize("expression", dashboard_expressions(), ids=lambda e: e.where)
def test_every_panel_shows_a_number_on_a_busy_desk(desk: Desk, expression: Expression) -> None:
    query = fill(expression.text, FILLED["all"])
    if expression.where.partition(": ")[2] in MAY_BE_EMPTY:
        samples = desk.prometheus.query(query)
    else:
        samples = until(lambda: desk.prometheus.query(query), f"{expression.where} shows something", BUSY_SECONDS)
    assert not [sample for sample in samples if sample["value"][1] == "NaN"]


@pytest.mark.parametrize("expression", dashboard_expressions(), ids=lambda e: e.where)
def test_every_panel_can_be_filtered_by_the_values_that_the_variables_offer(desk: Desk, expression: Expression) -> None:
    offered = {name: desk.prometheus.label_values(KNOWS_DIMENSIONS, name) for name in ("channel", "priority", "queue")}
    assert all(offered.values())
    # As Grafana writes several chosen values: escaped, one or the other.
    chosen = {name: "|".join(re.escape(value) for value in sorted(values)[:2]) for name, values in offered.items()}
    desk.prometheus.query(fill(expression.text, chosen).replace("\\", "\\\\"))


def test_every_metric_in_the_list_is_exposed_and_every_exposed_one_is_in_the_list(desk: Desk) -> None:
    exposed: set[str] = set()
    for worker in desk.workers:
        text = get(f"http://{worker}/metrics").decode()
        exposed |= set(re.findall(r"^# TYPE (deskpulse_\w+) ", text, flags=re.MULTILINE))
    named = {f"{metric.name}_total" if metric.kind == "counter" else metric.name for metric in METRICS}
    extra = {f"{metric.name}_{part}" for metric in METRICS for part in ("gcount", "gsum")}
    assert exposed - extra == named


def test_each_partition_is_shown_by_one_worker(desk: Desk) -> None:
    owners = desk.prometheus.values("count by (partition) (deskpulse_partition_owned == 1)", "partition")
    assert owners == dict.fromkeys(map(str, range(len(owners))), 1.0)
    assert len(owners) >= WORKERS


def test_the_channels_share_adds_up_to_the_desk(desk: Desk) -> None:
    for record in ("deskpulse_open_wait_tickets", "deskpulse_backlog_tickets"):
        (sample,) = desk.prometheus.query(f"sum(channel:{record}:sum) - sum(desk:{record}:sum)")
        assert float(sample["value"][1]) == 0


def test_every_waiting_ticket_has_one_state_of_its_promise(desk: Desk) -> None:
    waiting = desk.prometheus.values("channel:deskpulse_open_wait_tickets:sum > 0", "channel")
    promised = desk.prometheus.values("sum by (channel) (channel:deskpulse_sla_tickets:sum) > 0", "channel")
    assert waiting
    assert waiting == promised


def test_the_backlog_is_what_flowed_in_and_out(desk: Desk) -> None:
    (sample,) = desk.prometheus.query("sum(abs(deskpulse_invariant_error_tickets))")
    assert float(sample["value"][1]) == 0


def test_a_breach_reaches_the_webhook_with_its_channel_and_its_runbook_entry(desk: Desk) -> None:
    # The desk begins with tickets of the days before that nobody has answered.
    seen: dict[str, tuple[str, dict[str, Any]]] = {}

    def breached() -> bool:
        while not desk.posted.empty():
            posted = desk.posted.get()
            seen.update({alert["labels"]["alertname"]: (posted.path, alert) for alert in posted.body["alerts"]})
        return "DeskpulseFirstResponseBreached" in seen

    until(breached, "a breach is posted")
    path, alert = seen["DeskpulseFirstResponseBreached"]
    assert path == "/support-critical"
    channel, priority = alert["labels"]["channel"], alert["labels"]["priority"]
    assert alert["labels"] == {
        "alertname": "DeskpulseFirstResponseBreached",
        "channel": channel,
        "part": "response",
        "priority": priority,
        "severity": "critical",
        "team": "support",
    }
    assert re.fullmatch(
        rf"\d+ of \d+ waiting {channel} tickets of priority {priority} have waited longer than promised\. "
        r"The longest wait among these is [\dhms. d]+\.",
        alert["annotations"]["description"],
    )
    assert alert["annotations"]["runbook_url"].endswith("#deskpulsefirstresponsebreached")
