"""Sending single records to a topic until every one of them is acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from aiokafka.errors import InvalidTimestampError, MessageSizeTooLargeError, RecordListTooLargeError

from stream.engine.process.pauses import Pauses, passes
from stream.engine.sending.outbox import Outbox, Outgoing, TooLargeError


@dataclass(frozen=True, slots=True)
class Parcel:
    """A record, the partition it goes to (None: any), and what the sender knows it by.

    alone: in no batch with others, so that it is known which of them a broker refuses.
    """

    record: Outgoing
    partition: int | None
    origin: Any
    alone: bool = False


async def deliver(
    outbox: Outbox,
    topic: str,
    parcels: Sequence[Parcel],
    *,
    pauses: Pauses,
    too_large: Callable[[Parcel], Parcel | None],
) -> None:
    """Send records until each is acknowledged, for as long as the broker is away.

    too_large: makes a smaller record of one that is larger than the topic takes, None to leave it out. Raises
    KafkaError for what does not pass.
    """
    with pauses:
        await _deliver(outbox, topic, parcels, pauses, too_large)


async def _deliver(
    outbox: Outbox,
    topic: str,
    parcels: Sequence[Parcel],
    pauses: Pauses,
    too_large: Callable[[Parcel], Parcel | None],
) -> None:
    while parcels:
        futures = [await _send(outbox, topic, parcel) for parcel in parcels]
        results = await asyncio.gather(*futures, return_exceptions=True)
        again: list[Parcel] = []
        failure: BaseException | None = None
        for parcel, result in zip(parcels, results, strict=True):
            if not isinstance(result, BaseException):
                continue
            if isinstance(result, MessageSizeTooLargeError | RecordListTooLargeError):
                if not parcel.alone and not isinstance(result, TooLargeError):
                    again.append(replace(parcel, alone=True))
                elif (smaller := too_large(parcel)) is not None:
                    again.append(smaller)
            elif isinstance(result, InvalidTimestampError) and parcel.record.timestamp_ms is not None:
                # The topic takes no time as far off as the topic did that the record came from: the client's clock.
                again.append(replace(parcel, record=parcel.record._replace(timestamp_ms=None)))
            elif passes(result):
                failure = result
                again.append(parcel)
            else:
                raise result
        parcels = again
        if failure is not None:
            await pauses.wait(failure)


async def _send(outbox: Outbox, topic: str, parcel: Parcel) -> asyncio.Future[Any]:
    try:
        sent = await outbox.send(topic, parcel.record, parcel.partition)
        if parcel.alone:
            await sent
        return sent
    except Exception as error:  # noqa: BLE001 - treated as a result, like the ones the broker gives later
        refused: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        refused.set_exception(error)
        return refused
