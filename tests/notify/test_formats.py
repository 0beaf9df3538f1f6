"""What receivers get: as Standard Webhooks, Slack and CloudEvents have it."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from schemas.rejected import Rejected
from stream.notify.formats import cloudevents_body, slack_text, standard_body
from stream.notify.notice import Notice, read_notice
from tests.notify.alerts import bad_comment, breached

LINK = "https://desk.example/tickets/{ticket_id}"


def notice(alert: dict[str, Any]) -> Notice:
    read = read_notice(orjson.dumps(alert))
    assert isinstance(read, Notice)
    return read


def test_an_alert_is_handed_on_with_fields_that_a_later_version_has() -> None:
    alert = breached("T-1", shift="night")
    body = standard_body(notice(alert))
    assert orjson.loads(body.content) == {"type": "sla.breached", "timestamp": alert["occurred_at"], "data": alert}
    assert body.content_type == "application/json"


def test_a_cloud_event_has_what_the_specification_asks_for() -> None:
    alert = bad_comment()
    body = cloudevents_body(notice(alert), "/deskpulse/berlin")
    assert body.content_type == "application/cloudevents+json"
    assert orjson.loads(body.content) == {
        "specversion": "1.0",
        "id": "survey.bad_comment/S-1/nps",
        "source": "/deskpulse/berlin",
        "type": "deskpulse.survey.bad_comment",
        "subject": "S-1",
        "time": alert["occurred_at"],
        "datacontenttype": "application/json",
        "data": alert,
    }


@pytest.mark.parametrize(
    ("alert", "text"),
    [
        (
            breached("T-1"),
            (
                "*SLA breached*: ticket <https://desk.example/tickets/T-1|T-1> has waited for its first response for "
                "more than 2 min [chat, high, billing]"
            ),
        ),
        (
            breached("T/1|2", type="sla.at_risk", deadline="2026-03-02T11:02:03+01:00", target_seconds=90),
            (
                "*SLA at risk*: ticket <https://desk.example/tickets/T%2F1%7C2|T/1¦2> still waits for its first "
                "response, due at 10:02:03 UTC (target 90 s) [chat, high, billing]"
            ),
        ),
        (bad_comment(), "*Bad comment*: NPS 2 of 10 for survey S-1 [chat, high, billing]"),
        (
            bad_comment("<!channel>", queue="a & b"),
            "*Bad comment*: NPS 2 of 10 for survey &lt;!channel&gt; [chat, high, a &amp; b]",
        ),
    ],
)
def test_people_read_what_happened_to_which_ticket(alert: dict[str, Any], text: str) -> None:
    assert slack_text(notice(alert), LINK) == text


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "empty"),
        (b"", "empty"),
        (b"{", "not_json"),
        (b"[]", "wrong_value"),
        (b'{"type": "sla.breached"}', "wrong_value"),
    ],
)
def test_what_is_no_alert_is_rejected(value: bytes | None, reason: str) -> None:
    rejected = read_notice(value)
    assert isinstance(rejected, Rejected)
    assert rejected.reason == reason
