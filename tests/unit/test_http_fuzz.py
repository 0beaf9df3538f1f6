"""Whatever bytes come, the pages go on: no crash, no hang, no traceback in the log, no growing memory."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.flood import ask
from tests.pages import Served, serving

EXAMPLES = 400
AT_ONCE = 5
# What parsers and caches take once; a leak of the heads alone would be more.
GROWTH_BYTES = 40_000_000

METHODS = st.sampled_from([b"GET", b"HEAD", b"OPTIONS", b"POST", b"PRI", b"CONNECT", b"get", b"G\x00T", b""])
PATHS = st.one_of(
    st.sampled_from(
        [b"/healthz", b"/metrics", b"/api/v1/live?window=1h", b"/wallboard/%ff", b"*", b"//", b"/page/..%2f"]
    ),
    st.sampled_from(
        [b"http://[::1/x", b"http://a:b@c:99999/", b"/%", b"/?%zz=\xff", b"/api/v1/boards/\xc3\x28", b"/#"]
    ),
    st.binary(max_size=40).map(lambda tail: b"/" + tail),
)
VERSIONS = st.sampled_from([b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/0.9", b"HTTP/1.1 ", b"", b"HTTPS/1.1"])
FIELDS = st.sampled_from(
    [
        *(b"Host: localhost", b"Host: [::1", b"Host: a b", b"Host:", b"Host: \xff", b": x", b"X"),
        *(
            b"Content-Length: 5",
            b"Content-Length: -1",
            b"Content-Length: 99999999999999999999",
            b"Content-Length: 1, 2",
        ),
        *(b"Transfer-Encoding: chunked", b"Transfer-Encoding: gzip, chunked", b"Content-Encoding: gzip"),
        *(b"Expect: 100-continue", b"Expect: \xff", b"Connection: upgrade", b"Upgrade: websocket", b"Upgrade: h2c"),
        *(b"Accept-Encoding: gzip;q=x", b"Accept-Encoding: br, deflate", b"If-None-Match: *", b'If-None-Match: "\xff'),
        *(b"Authorization: Bearer \xff", b"Authorization: Basic", b"Cookie: a=b; =;\x80", b"Range: bytes=0-"),
        *(b"Accept: application/openmetrics-text; version=x", b"Origin: null", b"Access-Control-Request-Method: \x00"),
        *(b"If-Modified-Since: x", b"Sec-WebSocket-Key: x", b"Sec-WebSocket-Version: 13", b"X: " + b"a" * 9000),
    ]
)
BODIES = st.sampled_from(
    [b"", b"hello", b"5\r\nhello\r\n0\r\n\r\n", b"fffffffff\r\n", b"0\r\nX: y\r\n\r\n", b"\x1f\x8b\x08"]
)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """A request that is nearly one."""
    end = draw(st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r"]))
    first = b" ".join([draw(METHODS), draw(PATHS), draw(VERSIONS)])
    fields = draw(st.lists(FIELDS, max_size=6))
    return end.join([first, *fields, b"", b""]) + draw(BODIES)


SENT = st.one_of(st.binary(max_size=300), requests(), st.lists(requests(), min_size=2, max_size=4).map(b"".join))


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[asyncio.Runner, Served]]:
    with asyncio.Runner() as runner:
        process = serving(Path(tmp_path_factory.mktemp("fuzz")) / "log")
        yield runner, runner.run(process.__aenter__())
        runner.run(process.__aexit__(None, None, None))


async def _send(url: str, sent: bytes, cut: int) -> None:
    """Send it in two pieces, say that no more will come, and read on until the other side closes or is done."""
    reader, writer = await asyncio.open_connection(urlsplit(url).hostname, urlsplit(url).port)
    try:
        writer.write(sent[:cut])
        await asyncio.sleep(0)
        writer.write(sent[cut:])
        writer.write_eof()
        async with asyncio.timeout(0.05):
            await reader.read()
    except OSError:
        pass  # it waits for the rest, or has closed already: both are right
    finally:
        writer.transport.abort()
        await asyncio.sleep(0)


async def _send_all(url: str, several: list[tuple[bytes, int]]) -> None:
    await asyncio.gather(*(_send(url, sent, cut) for sent, cut in several))
    status, seconds = await ask(url, "/healthz")
    assert status == 200
    assert seconds < 5


@pytest.mark.timeout(300)
def test_whatever_bytes_come_the_next_question_is_answered(worker: tuple[asyncio.Runner, Served]) -> None:
    runner, served = worker
    before: list[int] = []

    @settings(max_examples=EXAMPLES // AT_ONCE, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.lists(st.tuples(SENT, st.integers(0, 300)), min_size=1, max_size=AT_ONCE))
    def send(several: list[tuple[bytes, int]]) -> None:
        runner.run(_send_all(served.url, several))
        if len(before) < 20:
            before.append(served.resident_bytes)
        assert "Traceback" not in served.log, served.log
        assert served.resident_bytes - before[-1] < GROWTH_BYTES

    send()
    assert "ERROR" not in served.log, served.log
