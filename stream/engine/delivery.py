"""Sending single records to a topic until every one of them is acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka.errors import MessageSizeTooLargeError, RecordListTooLargeError

from stream.engine.outbox import Outbox, Outgoing, Pauses, passes


@dataclass(frozen=True, slots=True)
class Parcel:
    """A record, the partition it goes to (None: any), and what the sender knows it by."""

    record: Outgoing
    partition: int | None
    origin: Any


async def deliver(
    outbox: Outbox,
    topic: str,
    parcels: Sequence[Parcel],
    *,
    what: str,
    too_large: Callable[[Parcel], Parcel | None],
) -> None:
    """Send records until each is acknowledged, for as long as the broker is away.

    what: for the log. too_large: makes a smaller record of one that the broker refuses for its size, None to leave it
    out. Raises KafkaError for what does not pass.
    """
    pauses = Pauses(what)
    while parcels:
        futures = [await _send(outbox, topic, parcel) for parcel in parcels]
        results = await asyncio.gather(*futures, return_exceptions=True)
        again: list[Parcel] = []
        failure: BaseException | None = None
        for parcel, result in zip(parcels, results, strict=True):
            if not isinstance(result, BaseException):
                continue
            if isinstance(result, MessageSizeTooLargeError | RecordListTooLargeError):
                if (smaller := too_large(parcel)) is not None:
                    again.append(smaller)
            elif passes(result):
                failure = result
                again.append(parcel)
            else:
                raise result
        parcels = again
        if failure is not None:
            await pauses.wait(failure)
    pauses.over()


async def _send(outbox: Outbox, topic: str, parcel: Parcel) -> asyncio.Future[Any]:
    try:
        return await outbox.send(topic, parcel.record, parcel.partition)
    except Exception as error:  # noqa: BLE001 - treated as a result, like the ones the broker gives later
        refused: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        refused.set_exception(error)
        return refused
