"""Alerts as a worker writes them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer

from stream.settings import Settings
from tests.broker.clients import producer


def breached(ticket: str, n: int = 0, *, ago_seconds: float = 0, **fields: Any) -> dict[str, Any]:
    """Return an alert of a ticket; n tells several of one ticket apart."""
    at = datetime.now(UTC) - timedelta(seconds=ago_seconds)
    text = at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    return {
        "type": "sla.breached",
        "version": 1,
        "alert_id": f"sla.breached/{ticket}/{n}",
        "occurred_at": text,
        "noticed_at": text,
        "ticket_id": ticket,
        "channel": "chat",
        "priority": "high",
        "queue": "billing",
        "target_seconds": 120,
        "opened_at": text,
        "deadline": text,
        **fields,
    }


def bad_comment(survey: str = "S-1", **fields: Any) -> dict[str, Any]:
    """Return an alert of a survey without a ticket."""
    alert = breached("T-1", type="survey.bad_comment", alert_id=f"survey.bad_comment/{survey}/nps", survey_id=survey)
    about = {
        name: value
        for name, value in alert.items()
        if name not in ("ticket_id", "target_seconds", "opened_at", "deadline")
    }
    return {**about, "instrument": "nps", "score": 2, "scale_max": 10, **fields}


async def write_alerts(settings: Settings, alerts: Iterable[dict[str, Any]]) -> None:
    """Write alerts under their keys, in order."""
    async with producer(settings) as client:
        await write_with(client, settings, alerts)


async def write_with(client: AIOKafkaProducer, settings: Settings, alerts: Iterable[dict[str, Any]]) -> None:
    """Write alerts with a producer that is open."""
    for alert in alerts:
        key = str(alert.get("ticket_id") or alert["survey_id"]).encode()
        await client.send_and_wait(settings.topic_alerts, orjson.dumps(alert), key=key)
