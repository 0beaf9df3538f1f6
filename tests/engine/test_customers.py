"""A customer's numbers are exact although their tickets live in other partitions, on other workers."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import Any

import orjson

from stream.core.partitioner import partition_of
from stream.core.policy import Partitioner
from tests.engine.alerting import at, now
from tests.engine.conftest import MakeDesk
from tests.engine.desk import Desk, Shown, WorkerProcess
from tests.engine.test_handover import alone_with_one
from tests.events import answered, opened, responded, status

DAY = timedelta(days=1)
CUSTOMERS = 40
COMES_BACK_AFTER_DAYS = (0.5, 1.5, 2.5, None)  # one in four each


def _home(key: str, partitions: int = 2) -> int:
    return partition_of(key.encode(), partitions, Partitioner.MURMUR2) or 0


def _story(start: datetime) -> list[dict[str, Any]]:
    """Each customer has a ticket that is resolved within the hour, and most come back with another some days later."""
    events = []
    for i in range(CUSTOMERS):
        customer, first = f"C{i}", f"A{i}"
        resolved_at = start + timedelta(minutes=i)
        events += [
            at(opened(first, channel="chat", customer_id=customer), resolved_at - timedelta(minutes=30)),
            at(responded(first, 0), resolved_at - timedelta(minutes=20)),
            at(status(first, 0, "resolved"), resolved_at),
        ]
        if (days := COMES_BACK_AFTER_DAYS[i % 4]) is not None:
            events.append(at(opened(f"B{i}", channel="email", customer_id=customer), resolved_at + days * DAY))
    return events


def _avoided(shown: list[Shown]) -> dict[int, tuple[int, int]]:
    """Return matured and avoided in seven days by the days looked at, over workers."""
    sums: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for each in shown:
        for row in each["report"]["contact_avoidance"]:
            if row["window"] == "7d" and not row["labels"]:
                sums[row["days"]].update({"matured": row["matured"], "avoided": row["avoided"]})
    return {days: (row["matured"], row["avoided"]) for days, row in sums.items()}


EXPECTED = {1: (CUSTOMERS, CUSTOMERS * 3 // 4), 2: (CUSTOMERS, CUSTOMERS // 2), 3: (CUSTOMERS, CUSTOMERS // 4)}


async def _until_exact(workers: list[WorkerProcess], seconds: float = 30) -> list[Shown]:
    async with asyncio.timeout(seconds):
        while True:
            shown = [await worker.until_caught_up() for worker in workers]
            if _avoided(shown) == EXPECTED:
                return shown
            await asyncio.sleep(0.2)


async def test_a_contact_in_another_partition_reaches_the_customer_on_another_worker(desk: Desk) -> None:
    events = _story(now() - 6 * DAY)
    apart = [
        (event["ticket_id"], event["customer_id"])
        for event in events
        if "customer_id" in event and _home(event["ticket_id"]) != _home(event["customer_id"])
    ]
    assert len(apart) > CUSTOMERS / 2
    first, second = desk.start("first"), desk.start("second")
    await asyncio.gather(alone_with_one(first), alone_with_one(second))
    await desk.send(events)
    shown = await _until_exact([first, second])
    told = sum((Counter(each["counters"]["notices"]) for each in shown), Counter())
    assert told["contact"] >= len(apart)
    assert sum(each["counters"]["applied"] for each in shown) == len(events), "notices are no events"
    assert all(each["counters"]["rejected"] == {} for each in shown)
    for record in await desk.read(desk.settings.topic_repartition, len(apart)):
        assert record.partition == _home(record.key.decode())

    # Killed and taken over, customers still know their tickets, and hearing of them again changes nothing.
    first.kill()
    second_alone = await second.until("alone", lambda shown: shown["owned"] == [0, 1] and shown["caught_up"])
    assert _avoided([second_alone]) == EXPECTED
    await desk.send(events)
    await second.until("again", lambda shown: shown["counters"]["duplicates"] >= len(events))
    assert _avoided([await second.until_caught_up()]) == EXPECTED


async def test_a_ticket_that_changes_hands_leaves_its_former_customer(desk: Desk) -> None:
    start = now() - 6 * DAY
    former, present, ticket = _three_apart()
    worker = desk.start()
    await desk.send(
        [
            at(opened("A", customer_id=former), start),
            at(status("A", 0, "resolved"), start + timedelta(hours=1)),
            at(opened(ticket, customer_id=former), start + 0.5 * DAY),
        ]
    )
    await worker.until("came back", lambda shown: _avoided([shown]).get(1) == (1, 0) if shown["report"] else False)
    await desk.send([at(status(ticket, 0, "updated", customer_id=present), start + 0.6 * DAY)])
    await worker.until("was somebody else", lambda shown: _avoided([shown])[1] == (1, 1))


def _three_apart() -> tuple[str, str, str]:
    """Return two customers of one partition, and a ticket of the other."""
    ids = [f"X{i}" for i in range(20)]
    one, two = [each for each in ids if _home(each) == 0][:2]
    return one, two, next(each for each in ids if _home(each) == 1)


async def test_what_is_no_notice_is_a_dead_letter_and_is_never_sent_on(desk: Desk) -> None:
    repartition, opened_topic = desk.settings.topic_repartition, desk.settings.topic_ticket_opened
    good = orjson.dumps([[], [], [], [["T9", [None, [], [], [], [], []]]], None])
    bad = [
        (b"C1", b"not JSON", b"T1"),
        (b"C1", b'[[],[],[],[["T1",[["soon","e1","customer"],[],[],[],[]]]],null]', b"T1"),
        (b"C1", b"{}" + b" " * 3, b"\xff"),
        (None, b"[]", b"T1"),
        (b"C1", None, b"T1"),
    ]
    worker = desk.start()
    await worker.until("idle", lambda shown: shown["caught_up"])
    async with desk.producer() as producer:
        for key, value, subject in bad:
            header = [("deskpulse-contact", subject)]
            await producer.send_and_wait(repartition, value, key=key, partition=_home("C1"), headers=header)
        # Where this customer does not live.
        header = [("deskpulse-contact", b"T9")]
        await producer.send_and_wait(repartition, good, key=b"C1", partition=1 - _home("C1"), headers=header)
        # From outside such a header means nothing: not in the right place, and not when it is sent on.
        event = orjson.dumps(opened("T1", 0))
        await producer.send_and_wait(opened_topic, event, key=b"T1", partition=_home("T1"), headers=header)
        event = orjson.dumps(opened("T2", 0))
        await producer.send_and_wait(opened_topic, event, key=b"else", headers=header)
    await worker.until("all in", lambda shown: shown["counters"]["applied"] == 2)
    letters = await desk.read(desk.settings.topic_dead_letter, len(bad) + 1)
    assert len(letters) == len(bad) + 1
    assert {dict(letter.headers)["deskpulse.reason"] for letter in letters} == {b"bad_notice"}
    assert all(dict(letter.headers)["deskpulse.detail"] for letter in letters)
    shown = await worker.until_caught_up()
    assert shown["counters"]["rejected"] == {f"{repartition}|bad_notice": len(bad) + 1}
    [moved] = (await desk.read(repartition, len(bad) + 2))[-1:]
    assert len(await desk.read(repartition, len(bad) + 2)) == len(bad) + 2, "nothing was sent on but the stray"
    assert moved.key in (b"T2", b"C1")


async def test_an_answer_reaches_the_customer_whom_it_names(make_desk: MakeDesk) -> None:
    desk = await make_desk()
    start = now() - 6 * DAY
    customers = [f"C{i}" for i in range(12)]
    events: list[dict[str, Any]] = []
    for i, customer in enumerate(customers):
        survey = f"S{i}"
        acquired = {"type": "customer.acquired", "version": 1, "event_id": f"n{i}", "customer_id": customer}
        events.append(acquired | {"occurred_at": (start - 4 * 366 * DAY).isoformat()})
        events.append(at(answered(survey, 0, 9 if i % 3 else 3, customer_id=customer), start))
    assert {(_home(f"S{i}"), _home(customer)) for i, customer in enumerate(customers)} == {
        *((0, 0), (0, 1), (1, 0), (1, 1))
    }
    worker = desk.start()
    await desk.send(events)
    shown = await worker.until(
        "all answers", lambda shown: shown["report"] and shown["report"]["tenure"][0]["long_tenure_scored"] == 12
    )
    [tenure] = shown["report"]["tenure"]
    assert (tenure["customers"], tenure["long_tenure"], tenure["long_tenure_promoters"]) == (12, 12, 8)
    assert shown["counters"]["notices"]["answer"] == sum(
        _home(f"S{i}") != _home(customer) for i, customer in enumerate(customers)
    )
