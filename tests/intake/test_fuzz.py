"""Whatever is posted, the intake answers it, holds nothing of it afterwards, and its log has no traceback."""

from __future__ import annotations

import asyncio
import gzip
import logging
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stream.broker.topics import ensure
from stream.settings import Settings
from tests.flood import ask
from tests.intake.front import OPEN, SIGNED, Front, running, sources
from tests.tries import tries

ALL = (
    OPEN
    + SIGNED
    + """
  - {path: /twilio, mapping: twilio, secrets: {env: NEW_SECRET}, public_url: "https://x.example/twilio"}
  - {path: /events, mapping: cloudevents, signature: none}
  - {path: /zendesk, mapping: zendesk, secrets: {env: NEW_SECRET}}
  - {path: /sns, mapping: amazon-connect, signature: sns, topics: ["arn:aws:sns:eu-west-1:123456789012:x"]}
"""
)
STATUSES = {200, 400, 401, 403, 404, 405, 408, 413, 415, 417, 429, 431, 503}
PATHS = st.sampled_from(
    [
        "/open",
        "/signed",
        "/twilio",
        "/events?bodySHA256=x",
        "/open?%zz=%ff&&=",
        "/open?" + "a=b&" * 900,
        "/zendesk",
        "/sns",
        "/%ff",
        "/open/x",
    ]
)
BODIES = st.one_of(
    st.binary(max_size=300),
    st.sampled_from([b"{}", b"[]", b"null", b"[" * 5000, b'{"what":' * 900, b"a=b&" * 2000, b"%"]),
    st.sampled_from([b'{"Type":"Notification"}', b'{"detail":{"id":{}}}', b'[{"specversion":"1.0"}]']),
    st.binary(max_size=50).map(gzip.compress),
    st.binary(max_size=50).map(zlib.compress),
)
FIELDS = st.sampled_from(
    [
        *(
            b"Content-Encoding: gzip",
            b"Content-Encoding: deflate",
            b"Content-Encoding: gzip, gzip",
            b"Content-Encoding:",
        ),
        *(b"Content-Type: application/json", b"Content-Type: application/x-www-form-urlencoded", b"Content-Type: \xff"),
        *(b"Content-Type: application/cloudevents-batch+json", b"ce-specversion: 1.0", b"ce-id: %ff", b"ce-time: x"),
        *(b"X-Signature: sha256=\xff", b"X-Signature: sha256=" + b"0" * 64, b"X-Twilio-Signature: AAAA"),
        *(b"X-Zendesk-Webhook-Signature: AAAA", b"X-Zendesk-Webhook-Signature-Timestamp: 9999-99-99T00:00:00Z"),
        *(b"Transfer-Encoding: chunked", b"Content-Length: 7", b"Expect: 100-continue", b"Connection: upgrade"),
        *(b"WebHook-Request-Origin: \xff", b"WebHook-Request-Rate: x", b"Authorization: Basic \xff"),
    ]
)
HOSTS = st.sampled_from([b"x", b"x", b"[::1", b"a b", b"", b"\xff", b"x:99999"])
METHODS = st.sampled_from([b"POST", b"POST", b"POST", b"PUT", b"OPTIONS", b"HEAD", b"GET"])


@asynccontextmanager
async def _served(broker: str, folder: Path) -> AsyncIterator[Front]:
    own = Settings(broker=broker, intake_port=0, partitions=1, app_id="intake-fuzz")
    for result in await ensure(own):
        assert result.there
    async with running(sources(ALL, folder), own) as front:
        yield front


@pytest.fixture(scope="module")
def front(embedded_broker: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[asyncio.Runner, Front]]:
    with asyncio.Runner() as runner:
        served = _served(embedded_broker, tmp_path_factory.mktemp("fuzz"))
        yield runner, runner.run(served.__aenter__())
        runner.run(served.__aexit__(None, None, None))


async def _answer(front: Front, sent: bytes) -> bytes:
    host, port = front.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(sent)
    writer.write_eof()
    async with asyncio.timeout(20):
        answer = await reader.read()
    writer.close()
    return answer


async def _until_let_go(front: Front) -> None:
    """Wait for deliveries whose sender has gone before their answer."""
    async with asyncio.timeout(20):
        while front.server.room.held:
            await asyncio.sleep(0.005)


@settings(max_examples=tries(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=METHODS, path=PATHS, host=HOSTS, fields=st.lists(FIELDS, max_size=4), body=BODIES, says_length=st.booleans()
)
def test_whatever_is_posted_is_answered(
    front: tuple[asyncio.Runner, Front],
    caplog: pytest.LogCaptureFixture,
    method: bytes,
    path: str,
    host: bytes,
    fields: list[bytes],
    body: bytes,
    says_length: bool,
):
    runner, served = front
    length = [b"Content-Length: %d" % len(body)] if says_length else []
    head = [method + b" " + path.encode() + b" HTTP/1.1", b"Host: " + host, b"Connection: close", *fields, *length]
    with caplog.at_level(logging.WARNING):
        answer = runner.run(_answer(served, b"\r\n".join([*head, b"", b""]) + body))
    if answer:  # one that ended before it was complete may have none
        statuses = [int(line.split(b" ")[1]) for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]
        assert set(statuses) - {100} <= STATUSES, answer
    assert "Traceback" not in caplog.text
    assert "a delivery failed" not in caplog.text
    assert runner.run(ask(served.url, "/healthz"))[0] == 200
    runner.run(_until_let_go(served))
