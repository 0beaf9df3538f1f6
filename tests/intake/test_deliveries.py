"""Deliveries over HTTP to a broker: what is acknowledged is there, and what is not is said with a status."""

from __future__ import annotations

import asyncio
import gzip
import hmac
import logging
import os
import signal
import socket
import zlib
from contextlib import closing

import orjson
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from schemas.dead_letter import DETAIL_HEADER, REASON_HEADER, TOPIC_HEADER, TRUNCATED_HEADER
from schemas.rejected import Reason, Rejected
from stream.broker.embedded import EmbeddedBroker
from stream.broker.rejects import read_rejects
from stream.core.partitioner import partition_of
from stream.core.policy import Partitioner
from stream.intake.body import Room
from stream.intake.counters import Counters
from stream.intake.letters import letter
from stream.intake.sending import Sending
from stream.metric_names import Metric
from stream.metric_names import intake as names
from tests.engine.desk import Desk
from tests.intake.front import (
    OLD_SECRET,
    OPEN,
    SECRET,
    SIGNED,
    Front,
    events_in_kafka,
    running,
    signature,
    sources,
    told,
)

CHALLENGED = """
  - path: /front
    mapping: ./own.yaml
    signature: {header: X-Signature, prefix: "sha256=", challenge: X-Front-Challenge}
    secrets: {env: NEW_SECRET}
"""
ROTATED = """
  - path: /rotated
    mapping: ./own.yaml
    signature: {header: X-Signature, prefix: "sha256="}
    secrets: [{env: NEW_SECRET}, {env: OLD_SECRET}]
"""
IN_THE_PATH = """
  - path: /hidden
    mapping: ./own.yaml
    signature: path
    secrets: {env: NEW_SECRET}
"""
TIMED = """
  - path: /timed
    mapping: ./own.yaml
    signature:
      header: X-Signature
      signed: "{header.x-time}.{body}"
      timestamp: {header: X-Time, unit: seconds, window: 5m}
    secrets: {env: NEW_SECRET}
"""
CLOUD = OPEN + "    allowed_origins: [Eventemitter.Example.com]\n"
FEW = OPEN + "    deliveries_per_second: 3\n"


async def test_a_delivery_is_acknowledged_when_its_event_is_in_kafka_under_the_ticket_s_key(desk: Desk, tmp_path):
    async with running(sources(OPEN, tmp_path), desk.settings) as front:
        for ticket in ("T-1", "T-2", "T-3"):
            status, said, _ = await front.ask("/open", told("opened", ticket))
            assert (status, said) == (200, {"events": 1, "ignored": 0, "dead_letters": 0})
            assert (await front.ask("/open", told("answered", ticket)))[0] == 200
    found = await events_in_kafka(desk, 6)
    assert len(found) == 6
    for topic, key, partition, event in found:
        assert key == event.ticket_id.encode()
        assert partition == partition_of(key, 2, Partitioner.MURMUR2)
        assert topic == getattr(
            desk.settings, "topic_" + ("ticket_opened" if "opened" in event.type else "ticket_response")
        )


async def test_a_body_that_no_rule_understands_is_a_dead_letter_byte_for_byte_and_acknowledged(desk: Desk, tmp_path):
    strange = told("strange", comment="Ünknown")
    async with running(sources(OPEN, tmp_path), desk.settings) as front:
        for body in (b"not json \xff\x00", strange):
            status, said, _ = await front.ask("/open", body, {"Content-Type": "application/json", "X-Token": "s3cret"})
            assert (status, said["dead_letters"], said["events"]) == (200, 1, 0)
        exposed = await front.metrics()
    letters = await desk.read(desk.settings.topic_dead_letter, 2)
    assert {sent.value for sent in letters} == {b"not json \xff\x00", strange}
    for sent in letters:
        headers = dict(sent.headers)
        assert headers[REASON_HEADER] == b"not_mapped"
        assert headers[TOPIC_HEADER] == b"intake/open"
        assert headers[DETAIL_HEADER]
        assert not any(b"s3cret" in value for value in headers.values())
    assert 'deskpulse_intake_dead_letters_total{source="open"} 2' in exposed
    rejects = await read_rejects(desk.settings, desk.settings.partitions)
    assert rejects.lines() == ["2 sent to intake/open in the last hour rejected as not_mapped"]


async def test_why_a_body_is_refused_quotes_it_in_the_dead_letter_alone(desk: Desk, tmp_path, caplog):
    words = "a person's words"
    with caplog.at_level(logging.DEBUG):
        async with running(sources(OPEN, tmp_path), desk.settings) as front:
            for body in (told(words), told("opened", at=words), b'{"what": "' + words.encode()):
                status, said, _ = await front.ask("/open", body)
                assert (status, said["dead_letters"]) == (200, 1)
                assert words not in str(said)
    letters = await desk.read(desk.settings.topic_dead_letter, 3)
    assert sum(words.encode() in dict(letter.headers)[DETAIL_HEADER] for letter in letters) == 2
    assert not [record for record in caplog.records if words in record.getMessage() and "deskpulse" in record.name]


def test_of_a_body_larger_than_the_dead_letter_topic_takes_the_beginning_is_kept():
    rejected = Rejected(Reason.NOT_MAPPED, "why")
    whole = letter("open", b"x" * 700_000, "text/plain", rejected, now_ms=1, most_bytes=1_048_588)
    assert whole.value == b"x" * 700_000
    assert TRUNCATED_HEADER not in dict(whole.headers)
    for most, kept in ((600_000, 524_288), (100_000, 91_808), (10, 0)):
        cut = letter("open", b"x" * 700_000, "text/plain", rejected, now_ms=1, most_bytes=most)
        assert cut.value == b"x" * kept
        assert dict(cut.headers)[TRUNCATED_HEADER] == b"700000"


async def test_what_a_rule_leaves_out_is_acknowledged_and_nothing_else_happens(desk: Desk, tmp_path):
    async with running(sources(OPEN, tmp_path), desk.settings) as front:
        assert (await front.ask("/open", told("noise")))[:2] == (200, {"events": 0, "ignored": 1, "dead_letters": 0})
        assert 'deskpulse_intake_deliveries_total{source="open",outcome="ignored"} 1' in await front.metrics()
    assert await desk.read(desk.settings.topic_dead_letter, 0) == []


async def test_a_wrong_signature_is_401_and_no_secret_and_no_text_is_in_the_log(desk: Desk, tmp_path, caplog):
    body = told("opened", comment="a person's words")
    with caplog.at_level(logging.DEBUG):
        async with running(sources(SIGNED + ROTATED, tmp_path), desk.settings) as front:
            for headers in ({}, signature(body, OLD_SECRET), {"X-Signature": "sha256=zz"}, {"X-Signature": "é"}):
                status, said, _ = await front.ask("/signed", body, headers)
                assert status == 401
                assert SECRET not in str(said)
            assert (await front.ask("/signed", body + b" ", signature(body)))[0] == 401
            assert (await front.ask("/signed", body, signature(body)))[0] == 200
            for secret in (SECRET, OLD_SECRET):
                assert (await front.ask("/rotated", body, signature(body, secret)))[0] == 200
            exposed = await front.metrics()
    for doubt, count in {"unsigned": 1, "malformed": 2, "wrong": 2, "outdated": 0}.items():
        assert f'deskpulse_intake_refused_total{{source="signed",doubt="{doubt}"}} {count}' in exposed
    said = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("deskpulse"))
    assert "refused 1 deliveries as unsigned" in said
    for hidden in (SECRET, OLD_SECRET, "a person's words", signature(body)["X-Signature"][7:]):
        assert hidden not in said
    assert len(await events_in_kafka(desk, 3)) == 3


async def test_a_body_is_bounded_as_it_comes_and_unpacked(desk: Desk, tmp_path):
    body = told("opened")
    most = desk.settings.intake_max_body_bytes
    bomb = zlib.compress(b"\0" * 50_000_000, 9)
    assert len(bomb) < 100_000
    async with running(sources(SIGNED, tmp_path), desk.settings) as front:
        for sent, coding, status in (
            (b"x" * (most + 1), "identity", 413),
            (gzip.compress(b"x" * (most + 1)), "gzip", 413),
            (bomb, "deflate", 413),
            (body, "br", 415),
            (body, "gzip", 400),
            (gzip.compress(body)[:-9], "gzip", 400),
            (gzip.compress(body), "gzip", 200),
            (zlib.compress(body), "deflate", 200),
        ):
            found, said, _ = await front.ask("/signed", sent, {**signature(body), "Content-Encoding": coding})
            assert found == status, (coding, said)
        named = signature(body)["X-Signature"]
        head = f"POST /signed HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Signature: {named}\r\n".encode()
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:9], body[9:], b""))
        assert b" 200 " in (await _raw(front, head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)).split(b"\r\n")[0]
        assert front.server.room.held == 0


async def test_what_all_deliveries_hold_together_is_bounded(desk: Desk, tmp_path):
    async with running(sources(OPEN, tmp_path), desk.settings) as front:
        front.server.room = Room(10)
        status, _, headers = await front.ask("/open", told("opened"))
        assert (status, headers["Retry-After"]) == (503, "5")
        assert front.server.room.held == 0


async def test_more_than_a_source_may_send_is_429_with_the_advice_to_come_again(desk: Desk, tmp_path):
    async with running(sources(FEW, tmp_path), desk.settings) as front:
        answers = [await front.ask("/open", told("noise")) for _ in range(6)]
        statuses = [status for status, _, _ in answers]
        assert statuses[:3] == [200, 200, 200]
        assert statuses.count(429) >= 2
        assert {headers.get("Retry-After") for status, _, headers in answers if status == 429} == {"1"}


async def test_handshakes_are_answered(desk: Desk, tmp_path):
    async with running(sources(CHALLENGED + CLOUD + IN_THE_PATH, tmp_path), desk.settings) as front:
        body = b'{"type":"sync"}'
        asked = {**signature(body), "X-Front-Challenge": "abc123"}
        assert (await front.ask("/front", body, asked))[:2] == (200, {"challenge": "abc123"})
        assert (await front.ask("/front", body, {"X-Front-Challenge": "abc123"}))[0] == 401
        assert (await front.ask("/front", method="HEAD"))[0] == 200
        assert (await front.ask("/front", method="GET"))[:2] == (200, {"source": "front", "accepts": "POST"})
        origin = {"WebHook-Request-Origin": "eventemitter.example.com", "WebHook-Request-Rate": "120"}
        status, _, headers = await front.ask("/open", method="OPTIONS", headers=origin)
        assert (status, headers["WebHook-Allowed-Origin"]) == (200, "eventemitter.example.com")
        assert headers["WebHook-Allowed-Rate"] == "60000"
        other = {"WebHook-Request-Origin": "evil.example.com"}
        status, _, headers = await front.ask("/open", method="OPTIONS", headers=other)
        assert (status, headers.get("WebHook-Allowed-Origin")) == (403, None)
        assert (await front.ask("/open", method="PUT", body=b"{}"))[0] == 405
        assert (await front.ask("/nowhere", b"{}"))[0] == 404
        assert (await front.ask(f"/hidden/{SECRET}", told("opened")))[0] == 200
        assert (await front.ask("/hidden/other", told("opened")))[0] == 404
        assert 'deskpulse_intake_refused_total{source="hidden",doubt="wrong"} 1' in await front.metrics()


async def test_without_kafka_s_acknowledgement_it_is_503_and_what_is_sent_again_counts_once(
    desk_settings, tmp_path, caplog
):
    with EmbeddedBroker() as broker:
        settings = desk_settings(broker=broker.address, partitions=1, intake_port=0, intake_ack_seconds=0.5)
        desk = Desk(settings, tmp_path)
        await desk.create_topics()
        caplog.set_level(logging.INFO)
        async with running(sources(OPEN, tmp_path), settings) as front:
            assert (await front.ask("/open", told("opened")))[0] == 200
            os.kill(broker.pid, signal.SIGSTOP)
            try:
                began = asyncio.get_running_loop().time()
                status, said, headers = await front.ask("/open", told("answered"))
                assert asyncio.get_running_loop().time() - began < 3
                assert (status, headers["Retry-After"]) == (503, "5")
                assert "did not acknowledge" in said["error"]
                assert (await front.ask("/open", told("noise")))[0] == 200  # and that says nothing of Kafka
                assert (await front.ask("/readyz", method="GET"))[0] == 503
                assert (await front.ask("/healthz", method="GET"))[0] == 200
            finally:
                os.kill(broker.pid, signal.SIGCONT)
            async with asyncio.timeout(30):
                while (await front.ask("/open", told("answered")))[0] != 200:
                    await asyncio.sleep(0.1)
            assert (await front.ask("/readyz", method="GET"))[0] == 200
            exposed = await front.metrics()
        found = await events_in_kafka(desk, 2)
    assert {event.event_id for *_, event in found} == {"T-1:opened", "T-1:answered"}
    assert 'outcome="unavailable"} 0' not in exposed
    assert "Kafka acknowledges nothing (no acknowledgement in 0.5 s)" in caplog.text
    assert "Kafka acknowledges again" in caplog.text


def test_an_intake_that_was_given_nothing_for_a_while_is_ready_to_try_again():
    counters = Counters(("open",), failing_since=100.0, failed_at=150.0)
    assert [counters.is_failing(now) for now in (150.0, 180.0, 181.0)] == [True, True, False]
    assert counters.failing_seconds(181.0) == 81.0  # which an alert compares with what was answered 503 lately
    assert (Counters(("open",)).is_failing(100.0), Counters(("open",)).failing_seconds(100.0)) == (False, 0.0)


async def test_many_deliveries_at_a_time_are_all_acknowledged_and_all_there(desk: Desk, tmp_path):
    async with running(sources(OPEN, tmp_path), desk.settings) as front:
        answers = await asyncio.gather(*(front.ask("/open", told("opened", f"T-{n}")) for n in range(300)))
        assert {status for status, _, _ in answers} == {200}
        assert not front.server._deliveries._sending._lanes
    assert {event.ticket_id for *_, event in await events_in_kafka(desk, 300)} == {f"T-{n}" for n in range(300)}


async def test_a_failure_inside_is_500_and_said_without_what_the_body_says(desk: Desk, tmp_path, caplog, monkeypatch):
    words = "a person's " + "words"

    async def fail(self: Sending, *_: object) -> None:
        raise KeyError(words)

    async with running(sources(OPEN, tmp_path), desk.settings) as front:
        monkeypatch.setattr(Sending, "send", fail)
        status, said, _ = await front.ask("/open", told("opened"))
        assert status == 500
        assert 'outcome="failed"} 1' in await front.metrics()
    assert "a delivery failed with KeyError" in caplog.text
    assert "test_deliveries.py" in caplog.text
    assert words not in caplog.text + str(said)


async def test_every_metric_is_exposed_from_the_start_in_both_formats(desk: Desk, tmp_path):
    declared = {metric for metric in vars(names).values() if isinstance(metric, Metric)}
    async with running(sources(OPEN, tmp_path), desk.settings) as front:
        await front.ask("/open", told("opened"))
        async with front._session.get(
            f"{front.url}/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"}
        ) as answer:
            families = {family.name: family for family in text_string_to_metric_families(await answer.text())}
    for metric in declared:
        family = families[metric.name]
        assert family.type == metric.kind
        assert family.samples
        for sample in family.samples:
            assert set(sample.labels) - {"le"} == set(metric.labels)


async def test_a_page_of_another_name_cannot_read_the_metrics_of_this_machine(desk: Desk, tmp_path):
    async with running(sources(OPEN, tmp_path), desk.settings) as front:
        rebound = {"Host": "evil.example"}
        assert (await front.ask("/metrics", method="GET", headers=rebound))[0] == 421
        assert (await front.ask("/open", told("noise"), rebound))[0] == 200  # as a proxy may hand on any name


async def test_metrics_are_for_those_who_have_the_token(desk_settings, tmp_path):
    settings = desk_settings(partitions=1, intake_port=0, web_token="0123456789abcdef")
    await Desk(settings, tmp_path).create_topics()
    async with running(sources(OPEN, tmp_path), settings) as front:
        assert (await front.ask("/metrics", method="GET"))[0] == 401
        bearer = {"Authorization": "Bearer 0123456789abcdef"}
        assert (await front.ask("/metrics", method="GET", headers=bearer))[0] == 200
        assert (await front.ask("/open", told("noise")))[0] == 200  # senders have secrets of their own


async def _raw(front: Front, data: bytes) -> bytes:
    host, port = front.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(data)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def test_headers_are_bounded_and_bodies_do_not_count_as_headers(desk: Desk, tmp_path):
    async with running(sources(OPEN, tmp_path), desk.settings) as front:
        endless = b"POST /open HTTP/1.1\r\nHost: x\r\n" + b"X: " + b"a" * 8_000 + b"\r\n"
        assert b" 431 " in (await _raw(front, endless + (b"Y: " + b"b" * 8_000 + b"\r\n") * 10)).split(b"\r\n")[0]
        big = orjson.dumps({"what": "noise", "pad": "x" * 500_000})
        head = f"POST /open HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(big)}\r\n\r\n".encode()
        assert b" 200 " in (await _raw(front, head + big)).split(b"\r\n")[0]


async def test_a_body_that_does_not_come_gives_its_place_back(desk: Desk, tmp_path, monkeypatch):
    monkeypatch.setattr("stream.serve.http.connections.HEAD_SECONDS", 0.5)
    async with running(sources(OPEN, tmp_path), desk.settings) as front:
        head = b"POST /open HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"
        async with asyncio.timeout(10):
            answer = await _raw(front, head)
        assert b" 408 " in answer.split(b"\r\n")[0]
        assert front.server.room.held == 0
        assert (await front.ask("/open", told("opened")))[0] == 200


@pytest.mark.parametrize("path", ["/open", "/signed"])
async def test_what_is_no_http_is_answered_and_nothing_stays_behind(desk: Desk, tmp_path, path, caplog):
    async with running(sources(OPEN + SIGNED, tmp_path), desk.settings) as front:
        line = f"POST {path} HTTP/1.1\r\nHost: x\r\n".encode()
        for sent in (
            line + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
            line + b"Content-Length: -1\r\n\r\n",
            line + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01",
        ):
            assert b" 400 " in (await _raw(front, sent)).split(b"\r\n")[0]
        assert front.server.room.held == 0
        assert (await front.ask("/healthz", method="GET"))[0] == 200
    assert "Traceback" not in caplog.text


async def _status(front: Front, path: str, body: bytes, *headers: tuple[str, str], method: str = "POST") -> int:
    """Return what a request is answered whose path and headers go out as they are written here."""
    lines = [f"{method} {path} HTTP/1.1", "Host: x", "Connection: close", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers]
    answer = await _raw(front, "\r\n".join([*lines, "", ""]).encode() + body)
    return int(answer.split(b" ", 2)[1])


async def test_of_headers_that_come_twice_the_first_is_what_is_signed(desk: Desk, tmp_path):
    now, body = 1_772_442_850, told("noise")
    right, wrong = signature(body)["X-Signature"], signature(body, "of somebody else")["X-Signature"]

    def signed_at(at: int) -> tuple[str, str]:
        return "X-Signature", hmac.digest(SECRET.encode(), b"%d." % at + body, "sha256").hex()

    async with running(sources(SIGNED + TIMED, tmp_path), desk.settings, now=lambda: float(now)) as front:
        for first, second, status in ((right, wrong, 200), (wrong, right, 401), ("", right, 401)):
            assert await _status(front, "/signed", body, ("X-Signature", first), ("x-signature", second)) == status
        assert await _status(front, "/signed", body, ("X-Signature", f"{wrong},{right}")) == 401
        old, fresh = ("X-Time", str(now - 301)), ("X-Time", str(now))
        assert await _status(front, "/timed", body, signed_at(now), fresh, old) == 200
        # A delivery that was overheard long ago does not become fresh by a second time beside its own.
        for times in ((old, fresh), (fresh, old)):
            assert await _status(front, "/timed", body, signed_at(now - 301), *times) == 401
        for ago, status in ((300, 200), (301, 401), (-300, 200), (-301, 401)):
            at = now - ago
            assert await _status(front, "/timed", body, signed_at(at), ("X-Time", str(at))) == status, ago


async def test_nothing_but_the_address_of_a_source_reaches_it(desk: Desk, tmp_path):
    body = told("noise")
    nested = OPEN.replace("/open", "/hooks/open")
    async with running(sources(nested + IN_THE_PATH, tmp_path), desk.settings) as front:
        assert await _status(front, "/hooks/open", body) == 200
        assert await _status(front, "/hooks/open?a=/../b", body) == 200
        for path in (
            *(
                "/hooks/open/",
                "/hooks//open",
                "//hooks/open",
                "/hooks/../hooks/open",
                "/hooks/./open",
                "/hooks/open/..",
            ),
            *("/hooks/%2e%2e/hooks/open", "/hooks/open%2F", "/hooks/open%00", "/hooks/open;a", "/HOOKS/open", "/hooks"),
            *("/hooks/..%2Fmetrics", "/hooks/../metrics", "/hooks/open/../../metrics", "/", "/%2e%2e/etc/passwd"),
            *(
                f"/hidden/{SECRET}/",
                f"/hidden//{SECRET}",
                f"/hidden/x/../{SECRET}",
                "/hidden/",
                "/hidden",
                "/hidden/..",
            ),
        ):
            assert await _status(front, path, body) == 404, path
            assert await _status(front, path, b"", method="GET") == 404, path
        assert await _status(front, f"/hidden/{SECRET}", body) == 200


async def test_who_asks_to_be_allowed_is_answered_and_never_called_back(desk: Desk, tmp_path):
    """The answer is the whole handshake: an address that anyone may name would be called from inside the network."""
    with closing(socket.socket()) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.setblocking(False)
        callback = ("WebHook-Request-Callback", f"http://127.0.0.1:{listening.getsockname()[1]}/grant?id=1")
        allowed = ("WebHook-Request-Origin", "eventemitter.example.com")
        other = ("WebHook-Request-Origin", "evil.example.com")
        async with running(sources(CLOUD, tmp_path), desk.settings) as front:
            for asked, status in (((allowed,), 200), ((other,), 403), ((other, allowed), 403), ((), 405)):
                assert await _status(front, "/open", b"", *asked, callback, method="OPTIONS") == status, asked
            # Of two origins the first is asked about, and it alone is granted.
            twice = "".join(f"{name}: {value}\r\n" for name, value in (allowed, other))
            answer = await _raw(
                front, f"OPTIONS /open HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{twice}\r\n".encode()
            )
            assert b"eventemitter.example.com" in answer
            assert b"evil.example.com" not in answer
        with pytest.raises(BlockingIOError):  # nobody came
            listening.accept()
