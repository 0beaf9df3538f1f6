"""Delivering one alert to one receiver: again and again, until it has it or there is no use in trying."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Self

from aiokafka import ConsumerRecord

from schemas.rejected import Reason, Rejected
from stream.engine.sending.dead_letter import DeadLetters
from stream.notify.attempt import Failed, open_session, pause_seconds, post
from stream.notify.formats import Body
from stream.notify.notice import Notice, read_notice
from stream.notify.receiver import Receiver
from stream.notify.signing import webhook_id
from stream.notify.standing import Standing

# Of alerts that the receiver has, so that a copy is not posted. Copies come close to each other, after a crash.
REMEMBERED: Final = 10_000

log = logging.getLogger("deskpulse.notify")


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Why an alert goes to the dead-letter topic: in a word and in a line."""

    why: str
    detail: str


class Delivery:
    """Delivers to one receiver, a few alerts at a time."""

    def __init__(self, receiver: Receiver, dead_letters: DeadLetters, now: Callable[[], float] = time.time) -> None:
        """now: seconds since the Unix epoch."""
        self.receiver = receiver
        self.standing = Standing()
        self._dead_letters = dead_letters
        self._now = now
        self._slots = asyncio.Semaphore(receiver.at_once)
        self._posting: set[asyncio.Task[None] | None] = set()
        self._settling = False
        self._not_before = 0.0
        self._has: OrderedDict[str, None] = OrderedDict()

    async def __aenter__(self) -> Self:
        """Open the HTTP client."""
        self._session = open_session(self.receiver)
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Close it."""
        await self._session.close()

    async def deliver(self, record: ConsumerRecord) -> None:
        """Return when the receiver has this alert, or does not want it, or the dead-letter topic has it."""
        notice = read_notice(record.value)
        if isinstance(notice, Rejected):
            await self._bury(record, notice, GivenUp("not_an_alert", notice.detail))
        elif not self.receiver.only.takes(notice):
            return
        elif notice.id in self._has:
            self.standing.duplicates += 1
        elif (given_up := await self._try(notice)) is not None:
            await self._bury(record, Rejected(Reason.UNDELIVERED, given_up.detail), given_up)
        else:
            self._remember(notice)

    async def settle(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        """Cancel deliveries, but let an attempt that is under way end: it may be one that succeeds."""
        self._settling = True
        for task in tasks:
            if task not in self._posting:
                task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _try(self, notice: Notice) -> GivenUp | None:
        receiver, patience, standing = self.receiver, self.receiver.patience, self.standing
        body, delivery_id = receiver.body(notice), webhook_id(notice.id)
        attempts, last = 0, ""
        while True:
            age = self._now() - notice.noticed_at
            if age > patience.give_up_after:
                return GivenUp(
                    "too_old", f"receiver {receiver.name}: it is {_ago(age)} old after {attempts} attempts{last}"
                )
            async with self._slots:
                if (wish := self._not_before - self._now()) > 0:
                    await asyncio.sleep(wish)
                standing.retried += attempts > 0
                outcome = await self._attempt(delivery_id, body)
            attempts += 1
            if outcome is None:
                standing.sent += 1
                standing.delivery.observe(max(0.0, self._now() - notice.noticed_at))
                return None
            last = f", the last one: {outcome.detail}"
            if outcome.final:
                return GivenUp("gone", f"receiver {receiver.name}: {outcome.detail}")
            if attempts >= patience.attempts:
                return GivenUp("attempts", f"receiver {receiver.name}: {attempts} attempts{last}")
            if self._settling:
                raise asyncio.CancelledError
            await asyncio.sleep(pause_seconds(attempts))

    async def _attempt(self, delivery_id: str, body: Body) -> Failed | None:
        me, standing = asyncio.current_task(), self.standing
        self._posting.add(me)
        try:
            outcome = await post(self._session, self.receiver, delivery_id, body, self._now)
        finally:
            self._posting.discard(me)
        if outcome is None:
            if standing.failing_since is not None:
                log.info(
                    "%s accepts alerts again after %s", self.receiver.name, _ago(self._now() - standing.failing_since)
                )
            standing.failing_since = None
            return None
        standing.failed[outcome.why] += 1
        standing.last_failure = outcome.detail
        if standing.failing_since is None:
            standing.failing_since = self._now()
            log.warning("%s does not accept alerts (%s); trying again", self.receiver.name, outcome.detail)
        if outcome.wait_seconds is not None:
            self._not_before = max(self._not_before, self._now() + outcome.wait_seconds)
        return outcome

    async def _bury(self, record: ConsumerRecord, rejected: Rejected, given_up: GivenUp) -> None:
        await self._dead_letters.deliver([(record, rejected)])
        self.standing.dead_letters[given_up.why] += 1
        log.error(
            "alert of %s-%d offset %d went to the dead-letter topic: %s",
            *(record.topic, record.partition, record.offset, given_up.detail),
        )

    def _remember(self, notice: Notice) -> None:
        self._has[notice.id] = None
        if len(self._has) > REMEMBERED:
            self._has.popitem(last=False)


def _ago(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
