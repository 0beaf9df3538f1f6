"""What the tests of alerts share: events of this moment, policies of a few seconds, and what came on the topic."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiokafka import ConsumerRecord

from schemas.alerts import ALERT
from tests.engine.desk import Desk


def now() -> datetime:
    """Return this moment."""
    return datetime.now(UTC)


def at(event: dict[str, Any], moment: datetime) -> dict[str, Any]:
    """Let an event happen at a moment."""
    return event | {"occurred_at": moment.isoformat()}


def write_policy(folder: Path, *, within: str, at_risk_percent: int = 50) -> Path:
    """Write a policy file that promises chats a response within so long, and nothing to others."""
    path = folder / "policy.yaml"
    path.write_text(
        f"version: 1\nat_risk_percent: {at_risk_percent}\ntargets:\n  - within: {within}\n    channels: [chat]\n"
    )
    return path


async def alerts_of(desk: Desk, count: int, seconds: float = 20) -> list[dict[str, Any]]:
    """Return what is on the alerts topic once there are `count`, each as its definition reads it."""
    return [dict(ALERT.validate_json(record.value)) for record in await records_of(desk, count, seconds)]


async def records_of(desk: Desk, count: int, seconds: float = 20) -> list[ConsumerRecord]:
    """Return the records of the alerts topic once there are `count`."""
    if count:
        return await desk.read(desk.settings.topic_alerts, count, seconds)
    return await desk.read(desk.settings.topic_alerts, 0, seconds)


async def until_passed(moment: datetime) -> None:
    """Wait until a moment has passed."""
    await asyncio.sleep(max(0.0, moment.timestamp() - time.time()))


def late_by(alert: dict[str, Any]) -> timedelta:
    """Return how long after it became so an alert was written."""
    late: timedelta = alert["noticed_at"] - alert["occurred_at"]
    return late
