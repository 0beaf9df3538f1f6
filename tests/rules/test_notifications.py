"""What people get: a real Alertmanager sends mail to a mail server and posts to a Slack that are the test's own."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
import yaml

from grafana.build_alertmanager import RECEIVERS, config
from grafana.receivers import read
from tests.rules.live import alertmanager, alertmanager_binary, posting_to
from tests.rules.monitoring_files import RULE_TESTS
from tests.rules.sinks import Mail, Posted, mail_server, webhook

BREACH = "DeskpulseFirstResponseBreached"
SECONDS = 15.0


def _as_rules_tell_it(alertname: str, **labels: str) -> dict[str, Any]:
    """Return an alert with the labels and texts that the rules give it in an example."""
    told = next(
        fired
        for path in RULE_TESTS
        for example in yaml.safe_load(path.read_text())["tests"]
        for expected in example.get("alert_rule_test", [])
        if expected["alertname"] == alertname
        for fired in expected.get("exp_alerts", [])
    )
    now = datetime.now(UTC)
    return {
        "labels": {"alertname": alertname} | told["exp_labels"] | labels,
        "annotations": told["exp_annotations"],
        "startsAt": (now - timedelta(seconds=30)).isoformat(),
        "endsAt": (now + timedelta(hours=1)).isoformat(),
    }


@dataclass(frozen=True, slots=True)
class Told:
    """An Alertmanager that is told of alerts, and what people get from it."""

    address: str
    mails: Queue[Mail]
    posted: Queue[Posted]

    def send(self, *alerts: dict[str, Any]) -> None:
        """Tell Alertmanager what fires, as Prometheus does."""
        request = urllib.request.Request(
            f"http://{self.address}/api/v2/alerts",
            json.dumps(alerts).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
            assert answer.status == 200

    def post(self, path: str) -> dict[str, Any]:
        """Return the next thing that is posted to a path; what comes for others is passed over."""
        while (posted := self.posted.get(timeout=SECONDS)).path != path:
            pass
        return posted.body


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Told]:
    """Run Alertmanager with everything that the example of the receivers shows, but for addresses and waits."""
    binary = alertmanager_binary()
    with webhook() as (address, posted), mail_server() as (smarthost, mails):
        slack = tmp_path / "slack_url"
        slack.write_text(f"{address}/slack\n")
        document = yaml.safe_load(RECEIVERS.with_name("receivers.example.yaml").read_text())
        document["email"] = {"smarthost": smarthost, "from": "deskpulse@desk.example", "require_tls": False}
        text = yaml.safe_dump(document).replace("/run/secrets/alert_slack_url", str(slack))
        receivers = tmp_path / "receivers.yaml"
        receivers.write_text(text)
        shorter = posting_to(config(read(receivers)), address, group_wait="1s", group_interval="1s")
        with alertmanager(binary, tmp_path, shorter) as running:
            yield Told(running, mails, posted)


def test_a_breach_is_mailed_and_posted_to_slack_with_its_numbers_and_so_is_its_end(told: Told) -> None:
    high, low = (_as_rules_tell_it(BREACH, priority=priority) for priority in ("high", "low"))
    told.send(high, low)
    mail = told.mails.get(timeout=SECONDS)
    # The two differ in their priority alone, here as in their group.
    assert mail.message["Subject"] == f"[critical] {high['annotations']['summary']} (2)"
    assert mail.to == ["support-lead@example.com", "duty@example.com"]
    assert mail.message["From"] == "deskpulse@desk.example"
    for kind in ("plain", "html"):
        part = mail.message.get_body((kind,))
        assert part is not None
        text = part.get_content()
        assert text.count(high["annotations"]["description"]) == 2
        assert text.count(high["annotations"]["runbook_url"]) >= 2

    body = told.post("/slack")
    assert body["channel"] == "#support-now"
    (attachment,) = body["attachments"]
    assert attachment["title"] == mail.message["Subject"]
    assert attachment["color"] == "danger"
    assert attachment["text"].count(high["annotations"]["description"]) == 2

    now = datetime.now(UTC).isoformat()
    told.send(high | {"endsAt": now}, low | {"endsAt": now})
    (attachment,) = told.post("/slack")["attachments"]
    assert attachment["title"] == f"[over] {high['annotations']['summary']}"
    assert attachment["color"] == "good"
    assert "Over since" in attachment["text"]
    assert told.mails.get(timeout=SECONDS).message["Subject"] == f"[over] {high['annotations']['summary']}"


def test_every_team_and_severity_hears_of_its_own_and_the_heartbeat_goes_where_it_is_wanted(told: Told) -> None:
    late, stale = _as_rules_tell_it("DeskpulseServiceLevelBurnSlow"), _as_rules_tell_it("DeskpulseWorkerDown")
    differ, beat = _as_rules_tell_it("DeskpulsePoliciesDisagree"), _as_rules_tell_it("DeskpulseHeartbeat")
    told.send(late, stale, differ, beat)
    posted = [told.posted.get(timeout=SECONDS) for _ in range(4)]
    slack = {post.body["channel"]: post.body["attachments"][0] for post in posted if post.path == "/slack"}
    assert slack["#support"]["title"] == f"[warning] {late['annotations']['summary']}"
    assert slack["#support"]["color"] == "warning"
    assert slack["#platform"]["title"] == f"[critical] {stale['annotations']['summary']}"
    webhooks = {post.path: post.body["alerts"][0]["labels"]["alertname"] for post in posted if post.path != "/slack"}
    assert webhooks == {"/platform-critical": "DeskpulseWorkerDown", "/heartbeat": "DeskpulseHeartbeat"}
    mail = told.mails.get(timeout=SECONDS)
    assert mail.to == ["platform@example.com"]
    assert mail.message["Subject"] == f"[warning] {differ['annotations']['summary']}"


def test_webhooks_post_to_the_addresses_in_their_files_and_to_others_once_these_are_changed(tmp_path: Path) -> None:
    """Nothing of what comes with Deskpulse is changed but where the files are, and the waits."""
    binary = alertmanager_binary()
    with webhook() as (address, posted):
        text = RECEIVERS.read_text()
        for name in ("page", "notice"):
            # As `echo` writes it.
            (tmp_path / name).write_text(f"{address}/{name}\n")
            text = text.replace(f"/run/secrets/alert_{name}_url", str(tmp_path / name))
        receivers = tmp_path / "receivers.yaml"
        receivers.write_text(text)
        shipped = config(read(receivers))
        for route in (shipped["route"], *shipped["route"]["routes"]):
            route |= {"group_wait": "1s", "group_interval": "1s"}
        with alertmanager(binary, tmp_path, shipped) as running:
            told = Told(running, Queue(), posted)
            told.send(_as_rules_tell_it(BREACH), _as_rules_tell_it("DeskpulsePoliciesDisagree"))
            got = [posted.get(timeout=SECONDS) for _ in range(2)]
            names = {post.path: post.body["commonLabels"]["alertname"] for post in got}
            assert names == {"/page": BREACH, "/notice": "DeskpulsePoliciesDisagree"}
            (tmp_path / "page").write_text(f"{address}/other\n")
            told.send(_as_rules_tell_it("DeskpulseNoWorker"))
            assert told.post("/other")["commonLabels"]["alertname"] == "DeskpulseNoWorker"


def test_what_is_breached_is_not_told_as_at_risk_too(told: Told) -> None:
    told.send(_as_rules_tell_it(BREACH, channel="chat", priority="low"))
    assert told.post("/slack")["channel"] == "#support-now"
    # Both would come in one message; of the other priority nothing is breached.
    risks = [_as_rules_tell_it("DeskpulseFirstResponseAtRisk", channel="chat", priority=p) for p in ("low", "high")]
    told.send(*risks)
    (attachment,) = told.post("/slack")["attachments"]
    assert attachment["title"] == f"[warning] {risks[0]['annotations']['summary']}"
    assert attachment["text"].count(risks[0]["annotations"]["description"]) == 1
