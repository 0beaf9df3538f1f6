"""The service in this process: on a desk of its own, with a mapping of its own, and a clock that a test may set."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from schemas.codec import Limits, decode
from schemas.events import Event
from schemas.rejected import Rejected
from stream.engine.process.clock import Clock
from stream.engine.sending.outbox import Outbox
from stream.engine.sending.size_limits import SizeLimits
from stream.intake.server import IntakeServer
from stream.intake.source import Source
from stream.intake.source_file import parse
from stream.settings import Settings
from tests.engine.desk import Desk
from tests.events import FAR_US

#: what the tests' own senders mean
MAPPING = """
version: 1
rows: events
ticket: "{ticket}"
event_id: "{id}"
at: "{at}"
rules:
  - when: {what: opened}
    emit: opened
    with: {opened_by: customer}
  - when: {what: answered}
    emit: responded
    with: {author: agent, public: "true"}
  - when: {what: noise}
    emit: nothing
"""
SECRET, OLD_SECRET = "new-s3cret", "old-s3cret"
ENVIRONMENT = {"NEW_SECRET": SECRET, "OLD_SECRET": OLD_SECRET}
SIGNED = """
  - path: /signed
    mapping: ./own.yaml
    signature: {header: X-Signature, prefix: "sha256="}
    secrets: {env: NEW_SECRET}
"""
OPEN = """
  - path: /open
    mapping: ./own.yaml
    signature: none
"""


def sources(text: str, folder: Path) -> tuple[Source, ...]:
    """Read sources whose mapping `./own.yaml` is the one above."""
    (folder / "own.yaml").write_text(MAPPING)
    return parse(f"version: 1\nsources:\n{text}", str(folder / "intake.yaml"), ENVIRONMENT)


def told(what: str, ticket: str = "T-1", at: str = "2026-03-02T09:14:07Z", **more: Any) -> bytes:
    """Return the body of a delivery."""
    return orjson.dumps({"what": what, "ticket": ticket, "id": f"{ticket}:{what}", "at": at, **more})


def signature(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """Return the header with which the sender at /signed signs."""
    return {"X-Signature": "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()}


class Front:
    """A running service and a session that posts to it."""

    def __init__(self, url: str, server: IntakeServer, session: aiohttp.ClientSession) -> None:
        self.url = url
        self.server = server
        self._session = session

    async def ask(
        self, path: str, body: bytes | None = None, headers: dict[str, str] | None = None, method: str = "POST"
    ) -> tuple[int, dict[str, Any], dict[str, str]]:
        """Return the status of an answer, its JSON and its headers."""
        data = None if body is None else BytesIO(body)  # aiohttp warns of many bytes at once
        async with self._session.request(method, self.url + path, data=data, headers=headers) as answer:
            content = await answer.read()
            is_json = answer.content_type == "application/json"
            return answer.status, orjson.loads(content) if content and is_json else {}, dict(answer.headers)

    async def metrics(self) -> str:
        async with self._session.get(f"{self.url}/metrics") as answer:
            return await answer.text()


@asynccontextmanager
async def running(
    given: tuple[Source, ...], settings: Settings, now: Callable[[], float] | None = None, **more: Any
) -> AsyncIterator[Front]:
    """Serve these sources until the block is left."""
    limits = SizeLimits(settings)
    outbox = Outbox(settings.kafka_client_options(), settings.app_id, limits, Clock("wall"))
    server = IntakeServer(given, settings, outbox, **({} if now is None else {"now": now}), **more)
    host, port = await server.start()
    await limits.ask()
    await outbox.start()
    server.connected = True
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        try:
            yield Front(f"http://{host}:{port}", server, session)
        finally:
            await server.stop()
            await outbox.stop()


async def events_in_kafka(desk: Desk, count: int) -> list[tuple[str, bytes | None, int, Event]]:
    """Return topic, key, partition and event of the records of the source topics, at least so many."""
    found = []
    for record in await desk.read(tuple(desk.settings.source_topics().values()), count, seconds=30):
        (event,) = decode([record.value], limits=Limits(), now_us=FAR_US)
        assert not isinstance(event, Rejected), event
        found.append((record.topic, record.key, record.partition, event))
    return found
