"""What a worker makes of input that is not written quite as declared, and of a policy that maps it later."""

from __future__ import annotations

import signal
from datetime import timedelta
from pathlib import Path

import orjson

from stream.verify.verdict import Limits, verify
from tests.engine.alerting import at, now
from tests.engine.conftest import MakeDesk
from tests.engine.desk import Shown
from tests.events import opened, status


def _backlog(shown: Shown, label: str) -> dict[str, int]:
    return {row["labels"][label]: row["n"] for row in shown["report"]["backlog"] if set(row["labels"]) == {label}}


async def test_names_of_a_desks_own_cost_no_ticket_and_a_mapping_that_comes_later_holds_for_the_past(
    make_desk: MakeDesk, tmp_path: Path
) -> None:
    policy_file = tmp_path / "policy.yaml"
    policy_file.write_text("version: 1\n")
    desk = await make_desk(policy_file=policy_file, labels=("channel", "priority"))
    worker = desk.start()
    start = now() - timedelta(minutes=1)
    events = [at(opened(f"T{i}", channel="WhatsApp", priority="P1"), start) for i in range(6)]
    events += [at(opened(f"U{i}", channel="Chat", priority="HIGH"), start) for i in range(3)]
    events += [at(status("U0", 0, "updated", priority=None), now()), at(opened("V", opened_by="bot"), start)]
    await desk.send(events)
    before = await worker.until_caught_up()
    assert before["counters"]["rejected"] == {}
    assert before["counters"]["misunderstood"] == {"channel": 6, "priority": 6, "opened_by": 1}
    assert _backlog(before, "channel") == {"other": 6, "chat": 3, "unknown": 1}
    assert _backlog(before, "priority") == {"unknown": 8, "high": 2}
    assert "values that were not understood since the start: channel: " in worker.log
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"".join(orjson.dumps(event) + b"\n" for event in events))
    assert verify([file], [before["report"]], Limits()).comparison.differences == []

    policy_file.write_text("values: {channel: {whatsapp: chat}, priority: {p1: urgent}}\n")
    worker.process.send_signal(signal.SIGHUP)
    after = await worker.until("mapped", lambda shown: shown["report"]["policy"]["values"])
    assert _backlog(after, "channel") == {"chat": 9, "unknown": 1}
    assert _backlog(after, "priority") == {"urgent": 6, "unknown": 2, "high": 2}
    assert after["counters"]["applied"] == before["counters"]["applied"], "nothing was read again"
    assert verify([file], [after["report"]], Limits()).comparison.differences == []

    # A takeover reads what was sent, and means the same by it.
    worker.kill()
    recovered = await desk.start("next").until_caught_up()
    assert (_backlog(recovered, "channel"), _backlog(recovered, "priority")) == (
        _backlog(after, "channel"),
        _backlog(after, "priority"),
    )


async def test_a_cloudevent_without_a_time_or_data_has_the_time_of_its_record(make_desk: MakeDesk) -> None:
    desk = await make_desk()
    topic = desk.settings.source_topics()["ticket_opened"]
    plain = {"specversion": "1.0", "id": "7", "source": "/h", "type": "com.example.ticket.opened.v1", "subject": "T"}
    headers = [(f"ce_{name}", value.encode()) for name, value in (plain | {"subject": "U"}).items()]
    async with desk.producer() as producer:
        sent = await producer.send_and_wait(topic, orjson.dumps(plain), key=b"T")
        await producer.send_and_wait(topic, b"", key=b"U", headers=headers)
        await producer.send_and_wait(topic, orjson.dumps(plain), key=b"T")  # later, and so not the one that counts
    shown = await desk.start().until_caught_up()
    assert shown["counters"]["rejected"] == {}
    assert shown["report"]["tickets"]["opened"] == 2
    assert shown["counters"]["newest_event_us"] >= sent.timestamp * 1_000
