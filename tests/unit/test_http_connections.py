"""Connections one by one: which has to go, what takes too long, and what it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import orjson
import pytest

from stream.serve.http import connections as bounds
from stream.serve.http.access import SECURITY_HEADERS
from stream.serve.http.connections import Connections, Doing, Ended, place
from stream.serve.server import Pages
from tests.served import View, seen


class Peer:
    """A connection without a socket."""

    def __init__(self, among: Connections, address: str, doing: Doing, unsent: int = 0) -> None:
        self.address, self.doing, self.since, self.unsent_since = address, doing, 0.0, None
        self.ended: Ended | None = None
        self._unsent = unsent
        among.opened(self)

    def unsent(self) -> int:
        return self._unsent

    def end(self, why: Ended) -> None:
        self.ended = why  # that it is closed is heard of later


def test_the_one_that_waits_longest_makes_room():
    among = Connections(3, 3)
    streaming = Peer(among, "a", Doing.STREAMING)
    answering = Peer(among, "a", Doing.ANSWERING)
    first, second = Peer(among, "a", Doing.READING), Peer(among, "a", Doing.IDLE)
    newcomer = Peer(among, "a", Doing.READING)
    assert first.ended is Ended.TOO_MANY_OF_ADDRESS
    assert [each.ended for each in (streaming, answering, second, newcomer)] == [None] * 4
    among.turned(second)  # it has asked again meanwhile
    Peer(among, "a", Doing.READING)
    assert (second.ended, newcomer.ended) == (None, Ended.TOO_MANY_OF_ADDRESS)


def test_an_address_with_many_makes_room_for_others():
    among = Connections(4, 3)
    quiet = Peer(among, "b", Doing.IDLE)
    crowd = [Peer(among, "a", Doing.READING) for _ in range(3)]
    Peer(among, "c", Doing.READING)
    assert [quiet.ended, *(each.ended for each in crowd)] == [None, Ended.TOO_MANY, None, None]


def test_an_answer_that_is_not_taken_makes_room_and_one_that_is_made_does_not():
    among = Connections(8, 2)
    making, stuck = Peer(among, "a", Doing.ANSWERING), Peer(among, "a", Doing.ANSWERING, unsent=9)
    newcomer = Peer(among, "a", Doing.READING)
    assert [each.ended for each in (making, stuck, newcomer)] == [None, Ended.TOO_MANY_OF_ADDRESS, None]
    newcomer.doing = Doing.ANSWERING
    among.turned(newcomer)
    refused = Peer(among, "a", Doing.READING)
    assert [each.ended for each in (making, newcomer, refused)] == [None, None, Ended.TOO_MANY_OF_ADDRESS]


def test_what_has_gone_takes_no_room():
    among = Connections(2, 2)
    for _ in range(5):
        among.closed(Peer(among, "a", Doing.READING))
    kept = [Peer(among, "a", Doing.READING) for _ in range(2)]
    assert [each.ended for each in kept] == [None, None]
    assert among.by_doing() == {Doing.READING: 2}


@pytest.mark.parametrize(
    ("peername", "counts_as"),
    [
        (("192.0.2.7", 50_000), "192.0.2.7"),
        (("::ffff:192.0.2.7", 50_000, 0, 0), "192.0.2.7"),
        (("2001:db8:0:1::7", 50_000, 0, 0), "20010db800000001"),
        (("2001:db8:0:1:ffff::1", 50_000, 0, 0), "20010db800000001"),
        (("fe80::1%eth0", 50_000, 0, 2), "fe80000000000000"),
        (None, ""),
    ],
)
def test_a_network_of_ipv6_that_one_host_may_have_is_one_address(peername, counts_as):
    assert place(peername) == counts_as


@pytest.fixture
async def served(monkeypatch) -> AsyncIterator[tuple[View, str, int]]:
    monkeypatch.setattr(bounds, "HEAD_SECONDS", 0.3)
    monkeypatch.setattr(bounds, "TAKE_SECONDS", 0.3)
    monkeypatch.setattr(bounds, "_SWEEP_SECONDS", 0.05)
    view = seen()
    pages = Pages(view, view.settings)
    host, port = await pages.start()
    yield view, host, port
    await pages.stop()


async def _said(host: str, port: int, *sent: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send something and take what comes until the other side closes."""
    async with asyncio.timeout(10):
        reader, writer = await asyncio.open_connection(host, port)
        for piece in sent:
            writer.write(piece)
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return int(first.split(" ")[1]), dict(line.split(": ", 1) for line in lines), body


def _as_ours(headers: dict[str, str], body: bytes) -> str:
    assert headers.items() >= SECURITY_HEADERS.items()
    assert headers["Content-Type"].split(";")[0] == "application/json"
    assert (headers["Server"], headers["Cache-Control"]) == ("deskpulse", "no-store")
    document = orjson.loads(body)
    assert document.keys() == {"error"}
    return document["error"]


@pytest.mark.parametrize(
    ("sent", "status", "error"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "not a request of HTTP/1.1"),  # TLS
        (b"hello\r\n\r\n", 400, "not a request of HTTP/1.1"),
        (b"GET / HTTP/9.9\r\n\r\n", 400, "not a request of HTTP/1.1"),
        (b"G(T / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "not a request of HTTP/1.1"),
        (b"GET / HTTP/1.1\r\nHost localhost\r\n\r\n", 400, "not a request of HTTP/1.1"),
        (b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", 400, "not a request of HTTP/1.1"),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n", 431, "a line of the request is longer than 8,190 bytes"),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 9000 + b"\r\n\r\n", 431, "a line of the request is longer than 8,190"),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 101 + b"\r\n", 400, "not a request of HTTP/1.1"),
        (b"GET / HTTP/1.1\r\n" + (b"X: " + b"y" * 8000 + b"\r\n") * 9, 431, "the headers are larger than 65,536"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nExpect: tea\r\nConnection: close\r\n\r\n", 417, "Expectation Failed"),
        (b"BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "not a request of HTTP/1.1"),
        (b"PUT / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 405, "PUT is not possible"),
    ],
)
async def test_what_is_no_http_is_answered_with_our_headers_and_quoted_nowhere(served, caplog, sent, status, error):
    _, host, port = served
    code, headers, body = await _said(host, port, sent)
    assert code == status
    assert error in _as_ours(headers, body)
    assert not caplog.records


async def test_a_request_that_does_not_come_to_an_end_is_told_so(served):
    _, host, port = served
    for begun in (b"", b"GET / HTTP/1.1\r\nHost: localhost\r\n"):
        code, headers, body = await _said(host, port, begun)
        assert code == 408
        assert "did not come" in _as_ours(headers, body)


async def test_a_body_that_does_not_come_keeps_no_connection(served):
    _, host, port = served
    code, _, _ = await _said(host, port, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n")
    assert code == 200


async def test_an_answer_that_nobody_takes_is_given_up(served):
    view, host, port = served
    assert view
    reader, writer = await asyncio.open_connection(host, port, limit=1)
    asking = b"GET /page/wallboard.js HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with pytest.raises(ConnectionError):  # noqa: PT012 - whichever meets it
        async with asyncio.timeout(20):
            while True:
                writer.write(asking)
                await writer.drain()
                await asyncio.sleep(0.01)
    assert reader  # it reads no further
    writer.transport.abort()
    await asyncio.sleep(0)


async def test_a_connection_that_is_used_is_kept_as_long_as_it_is_idle_for_less(served):
    _, host, port = served
    reader, writer = await asyncio.open_connection(host, port)
    for _ in range(3):
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        assert orjson.loads(await reader.readexactly(length))["status"] == "ok"
        await asyncio.sleep(0.5)  # longer than a request may take
    writer.close()
    await writer.wait_closed()
