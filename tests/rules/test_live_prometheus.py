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
from stream.metric_names import OF_INTAKE, OF_WORKERS
from stream.settings import Settings
from tests.rules.conftest import find
from tests.rules.live import (
    Demo,
    PrometheusServer,
    alertmanager,
    alertmanager_binary,
    demo,
    get,
    notify,
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
    "Retention and churn · trailing $customer_window D": "no customer was lost and is back",
    "Clocks A": "the embedded broker does not say its time",
}
# Rates of something that a healthy desk need not do between two scrapes, so the test has it done.
OF_AN_ALERT = ("deskpulse_alert_delay_seconds", "deskpulse_notify_delivery_seconds")


@dataclass(frozen=True, slots=True)
class Desk:
    """What runs during the tests."""

    demo: Demo
    prometheus: PrometheusServer
    posted: Queue[Posted]

    def shows(self, query: str) -> list[dict[str, Any]]:
        """Wait for the samples of what a busy desk shows."""
        if any(name in query for name in OF_AN_ALERT):
            self.demo.break_a_promise()
        return until(lambda: self.prometheus.query(query), f"{query} shows something", BUSY_SECONDS)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Run a simulated desk, two workers, `deskpulse notify`, Prometheus, Alertmanager and a webhook."""
    folder = tmp_path_factory.mktemp("live")
    binary = find("prometheus")
    receiver = alertmanager_binary()
    shipped = yaml.safe_load(ALERTMANAGER.read_text())
    with (
        webhook() as (address, posted),
        alertmanager(receiver, folder, posting_to(shipped, address, group_wait="1s")) as told,
        demo(folder, WORKERS) as demo_desk,
        notify(folder, demo_desk, f"{address}/notify") as sender,
        prometheus(binary, folder, demo_desk.workers, told, sender) as server,
    ):
        until(lambda: server.scrapes("deskpulse", WORKERS), "all workers are scraped")
        time.sleep(SETTLE_SECONDS)
        yield Desk(demo_desk, server, posted)


@pytest.mark.parametrize(
    ("job", "count"), [("deskpulse", WORKERS), ("deskpulse-notify", 1), ("prometheus", 1), ("alertmanager", 1)]
)
def test_every_target_is_scraped_without_an_error(desk: Desk, job: str, count: int) -> None:
    # A scrape that comes too late on a busy machine is no fault if the next is in time.
    until(lambda: desk.prometheus.scrapes(job, count), f"all targets of {job} are scraped", BUSY_SECONDS)
    assert len(desk.prometheus.targets(job)) == count


def test_every_rule_is_evaluated_without_an_error(desk: Desk) -> None:
    evaluated = desk.prometheus.rules()
    assert len(evaluated) == len(rules("alert")) + len(rules("record"))
    for rule in evaluated:
        assert (rule["health"], rule.get("lastError", "")) == ("ok", ""), rule["name"]


@pytest.mark.parametrize("name", sorted({rule["record"] for rule in rules("record")}))
def test_every_recording_rule_has_a_number_on_a_busy_desk(desk: Desk, name: str) -> None:
    samples = desk.shows(name)
    assert not [sample for sample in samples if sample["value"][1] == "NaN"]


@pytest.mark.parametrize("expression", dashboard_expressions(), ids=lambda e: e.where)
def test_every_panel_shows_a_number_on_a_busy_desk(desk: Desk, expression: Expression) -> None:
    query = fill(expression.text, FILLED["all"])
    may_be_empty = expression.where.partition(": ")[2] in MAY_BE_EMPTY
    # No intake runs here; tests/intake has one.
    may_be_empty |= any(metric.name in query for metric in OF_INTAKE)
    samples = desk.prometheus.query(query) if may_be_empty else desk.shows(query)
    assert not [sample for sample in samples if sample["value"][1] == "NaN"]


@pytest.fixture(scope="module")
def offered(desk: Desk) -> dict[str, set[str]]:
    """The values that Grafana's variables offer, by the name of each."""
    return {name: desk.prometheus.label_values(KNOWS_DIMENSIONS, name) for name in ("channel", "priority", "queue")}


@pytest.mark.parametrize("expression", dashboard_expressions(), ids=lambda e: e.where)
def test_every_panel_can_be_filtered_by_the_values_that_the_variables_offer(
    desk: Desk, offered: dict[str, set[str]], expression: Expression
) -> None:
    assert all(offered.values())
    # As Grafana writes several chosen values: escaped, one or the other.
    chosen = {name: "|".join(re.escape(value) for value in sorted(values)[:2]) for name, values in offered.items()}
    desk.prometheus.query(fill(expression.text, chosen).replace("\\", "\\\\"))


def test_every_metric_in_the_list_is_exposed_and_every_exposed_one_is_in_the_list(desk: Desk) -> None:
    exposed: set[str] = set()
    for worker in desk.demo.workers:
        text = get(f"http://{worker}/metrics").decode()
        exposed |= set(re.findall(r"^# TYPE (deskpulse_\w+) ", text, flags=re.MULTILINE))
    named = {f"{metric.name}_total" if metric.kind == "counter" else metric.name for metric in OF_WORKERS}
    extra = {f"{metric.name}_{part}" for metric in OF_WORKERS for part in ("gcount", "gsum")}
    assert exposed - extra == named


def test_each_partition_is_shown_by_one_worker(desk: Desk) -> None:
    owned = dict.fromkeys(map(str, range(Settings().partitions)), 1.0)
    query = "count by (partition) (deskpulse_partition_owned == 1)"
    until(lambda: desk.prometheus.values(query, "partition") == owned, "each partition has an owner", BUSY_SECONDS)


def test_the_channels_share_adds_up_to_the_desk(desk: Desk) -> None:
    for record in ("deskpulse_open_wait_tickets", "deskpulse_backlog_tickets"):
        # Of the evaluation before, as of the present one the second rule may not be there yet.
        earlier = "offset 5s"
        (sample,) = desk.prometheus.query(f"sum(channel:{record}:sum {earlier}) - sum(desk:{record}:sum {earlier})")
        assert float(sample["value"][1]) == 0


def test_every_waiting_ticket_has_one_state_of_its_promise(desk: Desk) -> None:
    def equal() -> bool:
        waiting = desk.prometheus.values("channel:deskpulse_open_wait_tickets:sum > 0", "channel")
        promised = desk.prometheus.values("sum by (channel) (channel:deskpulse_sla_tickets:sum) > 0", "channel")
        return bool(waiting) and waiting == promised

    # The two are of different groups of rules, so for moments each may be of another scrape.
    until(equal, "as many tickets have a promise as wait", BUSY_SECONDS)


def test_the_backlog_is_what_flowed_in_and_out(desk: Desk) -> None:
    (sample,) = desk.prometheus.query("sum(abs(deskpulse_invariant_error_tickets))")
    assert float(sample["value"][1]) == 0


def test_a_breach_reaches_the_webhook_with_its_channel_and_its_runbook_entry(desk: Desk) -> None:
    # The desk begins with tickets of the days before that nobody has answered.
    seen: dict[str, tuple[str, dict[str, Any]]] = {}

    def breached() -> bool:
        while not desk.posted.empty():
            posted = desk.posted.get()
            alerts = posted.body.get("alerts", [])  # none are in what `deskpulse notify` posts
            seen.update({alert["labels"]["alertname"]: (posted.path, alert) for alert in alerts})
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
