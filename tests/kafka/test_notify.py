"""Two processes of `deskpulse notify` on a real Kafka, whose groups rebalance as the embedded ones do not."""

from __future__ import annotations

import asyncio
import signal
from collections import defaultdict
from pathlib import Path

import pytest

from stream.broker.topics import ensure
from tests.conftest import DeskSettings
from tests.notify.alerts import breached, write_alerts
from tests.notify.conftest import until
from tests.notify.receivers import Answer, listening
from tests.notify.service import running, write_file

pytestmark = [pytest.mark.kafka]


async def test_a_process_takes_over_from_one_that_was_killed_and_no_alert_is_missing_or_out_of_order(
    desk_settings: DeskSettings, tmp_path: Path
) -> None:
    settings = desk_settings(partitions=2)
    assert all(result.there for result in await ensure(settings))
    alerts = [breached(f"T-{n % 9}", n) for n in range(300)]
    with listening(lambda _posted, _n: Answer(after_seconds=0.02)) as hook:
        write_file(tmp_path, hook)
        with running(settings, tmp_path, name="first") as first, running(settings, tmp_path, name="second") as second:
            await first.ready()
            await second.ready()
            await write_alerts(settings, alerts[:200])
            await asyncio.to_thread(hook.until, 60)
            first.end(signal.SIGKILL)
            await write_alerts(settings, alerts[200:])
            await until(lambda: len({each.alert_id for each in hook.posted}) == 300, "all came", 60)
            assert second.end(signal.SIGTERM) == 0, second.log
        posted = hook.posted
    by_ticket = defaultdict(list)
    for alert_id in dict.fromkeys(each.alert_id for each in posted):
        _, ticket, number = alert_id.split("/")
        by_ticket[ticket].append(int(number))
    assert by_ticket == {f"T-{ticket}": list(range(ticket, 300, 9)) for ticket in range(9)}
