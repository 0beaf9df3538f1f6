"""Alerts on a broker, posted to real receivers: at least once, in order of each ticket, one receiver by one."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from collections import defaultdict

import orjson
import pytest

from schemas.dead_letter import DETAIL_HEADER, OFFSET_HEADER, REASON_HEADER, TOPIC_HEADER
from stream.notify.attempt import failed, pause_seconds
from stream.notify.receiver import Only, Patience
from stream.notify.signing import secret_key
from stream.settings import Settings
from tests.broker.clients import consume, produce, reader
from tests.events import NOON
from tests.notify.alerts import bad_comment, breached, write_alerts
from tests.notify.conftest import StartQueue, receiver, until
from tests.notify.receivers import OK, Answer, Posted, listening

SECRETS = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")


def verify(posted: Posted, secret: str) -> bool:
    """Check a signature as the specification says it, with nothing of ours."""
    headers = {name.lower(): value for name, value in posted.headers.items()}
    assert abs(int(headers["webhook-timestamp"]) - posted.at) < 60
    signed = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), posted.body])
    key = base64.b64decode(secret[len("whsec_") :])
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in key.ljust(64, b"\0")) + signed).digest()  # RFC 2104
    mac = hashlib.sha256(bytes(b ^ 0x5C for b in key.ljust(64, b"\0")) + inner).digest()
    expected = "v1," + base64.b64encode(mac).decode()
    return any(hmac.compare_digest(expected, given) for given in headers["webhook-signature"].split(" "))


async def test_each_receiver_gets_each_alert_once_and_signed_with_each_of_its_secrets(
    settings: Settings, start: StartQueue
) -> None:
    await write_alerts(settings, [breached("before", 1)])  # which a receiver that is new is not sent
    alerts = [breached(f"T-{n}") for n in range(20)]
    with listening() as hook, listening() as chat:
        keys = tuple(map(secret_key, SECRETS))
        running = await start(receiver("hook", hook.url, keys=keys))
        await start(receiver("chat", chat.url, format="slack"))
        await write_alerts(settings, [*alerts, alerts[3]])
        posted = await asyncio.to_thread(hook.until, 20)
        said = await asyncio.to_thread(chat.until, 20)
        await until(lambda: running.standing.duplicates == 1, "the copy is known")
        await until(lambda: running.standing.lag == 0, "all is committed")
    assert sorted(each.alert_id for each in posted) == sorted(alert["alert_id"] for alert in alerts)
    assert len({each.headers["webhook-id"] for each in posted}) == 20
    for each in posted:
        assert verify(each, SECRETS[0])
        assert verify(each, SECRETS[1])
        assert not verify(Posted(each.path, each.headers, each.body + b" ", each.at), SECRETS[0])
    assert all("webhook-signature" not in each.headers for each in said)
    assert sum("*SLA breached*: ticket T-7 " in each.json["text"] for each in said) == 1


async def test_only_what_a_receiver_wants_is_posted(settings: Settings, start: StartQueue) -> None:
    with listening() as hook:
        await start(receiver("hook", hook.url, only=Only(alerts=("survey.bad_comment",), channels=("chat",))))
        await write_alerts(settings, [breached("T-1"), bad_comment("S-1", channel="email"), bad_comment("S-2")])
        [posted] = await asyncio.to_thread(hook.until, 1)
        assert posted.json["data"]["survey_id"] == "S-2"


@pytest.mark.parametrize(
    "trouble", [Answer(500), Answer(404), Answer(307, {"Location": "/elsewhere"}), Answer(after_seconds=60)]
)
async def test_a_receiver_in_trouble_gets_its_alerts_later_in_order_of_each_ticket_and_keeps_no_other_waiting(
    settings: Settings, start: StartQueue, trouble: Answer
) -> None:
    alerts = [breached(f"T-{n % 3}", n) for n in range(9)]
    with listening(lambda _posted, n: trouble if n <= 4 else OK) as ill, listening() as well:
        running = await start(receiver("ill", ill.url, patience=Patience(timeout=0.5)))
        await start(receiver("well", well.url))
        await write_alerts(settings, alerts)
        await asyncio.to_thread(well.until, 9)
        assert running.standing.sent < 9
        await until(lambda: running.standing.sent == 9, "all came in the end")
        posted = ill.posted[4:]
        assert running.standing.retried == running.standing.failed.total() == 4
        assert {each.path for each in ill.posted} == {"/hook"}
    by_ticket = defaultdict(list)
    for each in posted:
        by_ticket[each.json["data"]["ticket_id"]].append(each.alert_id)
    assert by_ticket == {f"T-{t}": [f"sla.breached/T-{t}/{n}" for n in range(t, 9, 3)] for t in range(3)}


async def test_a_receiver_that_asks_for_time_is_given_it(settings: Settings, start: StartQueue) -> None:
    with listening(lambda _posted, n: Answer(429, {"Retry-After": "3"}) if n == 1 else OK) as hook:
        await start(receiver("hook", hook.url, at_once=1))
        await write_alerts(settings, [breached("T-1"), breached("T-2")])
        first, *later = await asyncio.to_thread(hook.until, 3)
    assert min(each.at for each in later) - first.at > 2.8
    assert {each.alert_id for each in later} == {"sla.breached/T-1/0", "sla.breached/T-2/0"}


@pytest.mark.parametrize(
    ("status", "patience", "ago_seconds", "attempts", "why"),
    [
        (500, Patience(attempts=2), 0, 2, "attempts"),
        (410, Patience(), 0, 1, "gone"),
        (200, Patience(give_up_after=60), 61, 0, "too_old"),
    ],
)
async def test_what_is_given_up_is_in_the_dead_letter_topic_and_holds_up_nothing(
    settings: Settings, start: StartQueue, status: int, patience: Patience, ago_seconds: float, attempts: int, why: str
) -> None:
    lost = breached("lost", ago_seconds=ago_seconds)
    with listening(lambda posted, _n: Answer(status) if "lost" in posted.alert_id else OK) as hook:
        running = await start(receiver("hook", hook.url, patience=patience))
        await write_alerts(settings, [lost, breached("T-1")])
        await until(lambda: running.standing.dead_letters[why] == 1, "it was given up")
        await until(lambda: running.standing.sent == 1 and running.standing.lag == 0, "all is committed")
        assert sum("lost" in each.alert_id for each in hook.posted) == attempts
    async with reader(settings, settings.topic_dead_letter) as client:
        [letter] = await consume(client, 1)
    headers = dict(letter.headers)
    assert orjson.loads(letter.value) == lost
    assert (headers[REASON_HEADER], headers[TOPIC_HEADER]) == (b"undelivered", settings.topic_alerts.encode())
    assert headers[OFFSET_HEADER].isdigit()
    assert headers[DETAIL_HEADER].startswith(b"receiver hook: ")


async def test_a_record_that_is_no_alert_is_a_dead_letter(settings: Settings, start: StartQueue) -> None:
    with listening() as hook:
        running = await start(receiver("hook", hook.url))
        await produce(settings, settings.topic_alerts, [(b"T-1", b"no alert"), (b"T-1", orjson.dumps(breached("T-1")))])
        await asyncio.to_thread(hook.until, 1)
        await until(lambda: running.standing.dead_letters["not_an_alert"] == 1, "it was given up")


async def test_a_receiver_that_is_down_does_not_fill_the_memory(
    settings: Settings, start: StartQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stream.notify.queue.MOST_IN_HAND", 10)
    down = True
    with listening(lambda _posted, _n: Answer(503) if down else OK) as hook:
        running = await start(receiver("hook", hook.url))
        await write_alerts(settings, [breached(f"T-{n}") for n in range(60)])
        await until(lambda: running.standing.lag == 60, "the lag is known", 15)
        assert sum(map(len, running.queue._windows.values())) <= 10
        down = False
        await until(lambda: running.standing.sent == 60, "all came in the end", 60)


def test_pauses_double_up_to_five_minutes_and_differ() -> None:
    assert [pause_seconds(n, lambda: 0.0) for n in (1, 2, 3, 9, 10, 1000)] == [1, 2, 4, 256, 300, 300]
    assert pause_seconds(3, lambda: 1.0) == 2


@pytest.mark.parametrize(
    ("status", "retry_after", "why", "wait_seconds"),
    [
        (301, None, "redirect", None),
        (401, "7", "refused", 7.0),
        (410, "7", "gone", None),
        (429, " 120 ", "rate_limited", 120.0),
        (429, "999999999999", "rate_limited", 3600.0),
        (503, "Mon, 02 Mar 2026 12:00:30 GMT", "server_error", 30.0),
        (503, "Mon, 02 Mar 2026 11:00:00 GMT", "server_error", 0.0),
        (503, "soon", "server_error", None),
        (503, "-1", "server_error", None),
        (503, "\u0663", "server_error", None),
    ],
)
def test_an_answer_says_why_it_failed_and_for_how_long_to_wait(
    status: int, retry_after: str | None, why: str, wait_seconds: float | None
) -> None:
    answer = failed(status, retry_after, NOON.timestamp())
    assert answer is not None
    assert (answer.why, answer.wait_seconds, answer.final) == (why, wait_seconds, status == 410)
    assert failed(204, None, 0) is None
