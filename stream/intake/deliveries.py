"""What becomes of a delivery: whether it is believed, what its mapping makes of it, and its way to Kafka."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from aiohttp import web

from schemas.rejected import Reason, Rejected
from stream.core.partitioner import meeting_place
from stream.engine.process.clock import MILLISECOND_US
from stream.engine.sending.outbox import Outbox, Outgoing
from stream.intake.body import RETRY_SECONDS, Answer
from stream.intake.counters import Counters, Outcome
from stream.intake.letters import letter
from stream.intake.sending import Addressed, NotAcknowledgedError, Sending
from stream.intake.signature import Refused, Signed, verify
from stream.intake.sns import Envelopes, Fetch, NotFetchedError
from stream.intake.source import Allowance, Source
from stream.mapping import Delivery
from stream.serve.http.answers import json_answer
from stream.settings import Settings

_LONGEST_CHALLENGE = 1_000
_REPEAT_SECONDS = 60.0

log = logging.getLogger("deskpulse.intake")


class Told(NamedTuple):
    """An answer that is no refusal, and what it counts as."""

    response: web.Response
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class _Out:
    """What a delivery becomes: records, dead letters, and how much of it means nothing here."""

    records: list[Addressed]
    letters: list[tuple[str, Outgoing]]
    ignored: int


class Deliveries:
    """Takes deliveries in, one by one."""

    def __init__(
        self, counters: Counters, settings: Settings, outbox: Outbox, now: Callable[[], float], fetch: Fetch
    ) -> None:
        """now: seconds since 1970, which signatures are compared with. fetch: how to read an address of Amazon."""
        self._counters = counters
        self._settings = settings
        self._outbox = outbox
        self._now = now
        self._topics = settings.source_topics()
        self._allowances: dict[tuple[str, int], Allowance] = {}
        self._sending = Sending(outbox, counters, settings.intake_ack_seconds)
        self._envelopes = Envelopes(fetch)
        self._said_at = -_REPEAT_SECONDS

    async def stop(self) -> None:
        """Give up what is not acknowledged."""
        await self._sending.stop()

    async def take(self, source: Source, request: web.Request, body: bytes) -> Told | Answer:
        """Return what a delivery is answered; it is in Kafka then, if that says so."""
        headers: dict[str, str] = {}
        for name, value in request.headers.items():
            headers.setdefault(name.lower(), value)
        signed = Signed(request.method, _url(source, request), headers, body)
        refused = verify(source.recipe, source.keys, signed, self._now())
        if refused is not None:
            return self.refused(source, refused)
        if source.recipe.check == "sns":
            message = await self._message(source, body)
            if not isinstance(message, bytes):
                return message
            body, headers["content-type"] = message, "application/json"
        rate = source.deliveries_per_second
        allowance = self._allowances.setdefault((source.name, rate), Allowance(rate))
        if not allowance.take(time.monotonic()):
            error = f"more than {source.deliveries_per_second:,} deliveries in a second (deliveries_per_second)"
            return Answer(429, error, Outcome.TOO_MANY, 1)
        asked = headers.get(source.recipe.challenge) if source.recipe.challenge else None
        if asked is not None:
            return Told(json_answer({"challenge": asked[:_LONGEST_CHALLENGE]}), Outcome.HANDSHAKE)
        received_us = self._outbox.now_ms() * MILLISECOND_US
        out = self._read(source, Delivery(body, headers, dict(request.query), received_us))
        try:
            await self._sending.send(out.records, out.letters)
        except NotAcknowledgedError as error:
            return Answer(
                503, f"Kafka did not acknowledge it ({error}); send it again", Outcome.UNAVAILABLE, RETRY_SECONDS
            )
        return self._accepted(source, out)

    async def _message(self, source: Source, body: bytes) -> bytes | Told | Answer:
        """Return the message in an envelope of SNS, or how the envelope is answered."""
        try:
            opened = await self._envelopes.open(source, body, self._now())
        except NotFetchedError as error:
            if time.monotonic() - self._said_at > _REPEAT_SECONDS:
                self._said_at = time.monotonic()
                log.warning("source %s: %s; such deliveries are answered 503", source.name, error)
            return Answer(503, f"{error}; send it again", Outcome.UNAVAILABLE, RETRY_SECONDS)
        if isinstance(opened, Refused):
            return self.refused(source, opened)
        return opened.message or Told(json_answer({"topic": "confirmed"}), Outcome.HANDSHAKE)

    def refused(self, source: Source, refused: Refused) -> Answer:
        """Count a delivery that is not believed, say so, and return its answer."""
        self._counters.refused[source.name, refused.doubt] += 1
        count = self._counters.refused[source.name, refused.doubt]
        if count & (count - 1) == 0:  # the first, second, fourth, ...: a flood does not fill the log
            log.warning("source %s: refused %d deliveries as %s: %s", source.name, count, refused.doubt, refused.detail)
        return Answer(401, refused.detail, Outcome.REFUSED)

    def _read(self, source: Source, delivery: Delivery) -> _Out:
        """Make records of a delivery. What could be none of is a dead letter, with all of the delivery in it."""
        reading = source.mapping.read(delivery, self._settings.limits())
        refused = [f"{each.where and f'item {each.where}: '}{each.refusal.detail}" for each in reading.refused]
        records: list[Addressed] = []
        for event in reading.events:
            key, topic = event.key.encode(), self._topics[event.topic]
            record = Outgoing(key, event.value, [])
            if not self._outbox.fits(topic, record):
                refused.append(f"an event of {len(event.value):,} bytes; topic {topic} takes less")
                continue
            partition = meeting_place(key, self._settings.partitions, self._settings.partitioner)
            records.append(Addressed(topic, partition, record))
        letters = [self._letter(source, delivery, "; ".join(refused))] if refused else []
        return _Out(records, letters, len(reading.ignored))

    def _letter(self, source: Source, delivery: Delivery, why: str) -> tuple[str, Outgoing]:
        rejected = Rejected(Reason.NOT_MAPPED, why)
        topic = self._settings.topic_dead_letter
        content_type = delivery.headers.get("content-type", "")
        room = self._outbox.limits.of(topic)
        now_ms = self._outbox.now_ms()
        return topic, letter(source.name, delivery.body, content_type, rejected, now_ms=now_ms, most_bytes=room)

    def _accepted(self, source: Source, out: _Out) -> Told:
        counters = self._counters
        counters.events[source.name] += len(out.records)
        counters.dead_letters[source.name] += len(out.letters)
        if out.letters:
            outcome = Outcome.DEAD_LETTER
        elif out.records:
            outcome = Outcome.ACCEPTED
            counters.accepted_at[source.name] = self._now()
        else:
            outcome = Outcome.IGNORED
        said = {"events": len(out.records), "ignored": out.ignored, "dead_letters": len(out.letters)}
        return Told(json_answer(said), outcome)


def _url(source: Source, request: web.Request) -> str:
    """Return the address as the sender called it; empty where nobody has said, as then nobody signs it."""
    if source.public_url is None:
        return ""
    _, mark, query = request.raw_path.partition("?")
    return source.public_url + mark + query
