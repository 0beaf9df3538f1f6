"""How many bytes each topic takes, so that what is too large is never sent: a broker may answer it by hanging up."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from stream.broker.errors import BrokerUnavailable
from stream.broker.topics import message_bytes
from stream.settings import Settings

# What brokers take if neither the topic nor the broker says otherwise.
USUAL_MESSAGE_BYTES = 1_048_588
# A request for several partitions has to stay under the brokers' socket.request.max.bytes, 100 MiB by default, or the
# connection is closed without a word: so much of this is for the usual batches of all partitions, so much for a large
# one.
USUAL_BATCHES_BYTES = 48 << 20
LARGEST_BATCH_BYTES = 40 << 20
# Under the usual limit, with room for the batch header.
BATCH_BYTES = 900_000

log = logging.getLogger("deskpulse.engine")


class SizeLimits:
    """The largest batch of each topic, in bytes: as the broker said, and less once it refused one."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is asked yet; until then the brokers' default holds."""
        self._settings = settings
        self._topics: dict[str, int] = {}
        self._batches: dict[str, int] = {}
        self._share_bytes = min(BATCH_BYTES, USUAL_BATCHES_BYTES // settings.partitions)

    @property
    def usual_batch_bytes(self) -> int:
        """Batches up to this size go out together, one of each partition; every topic takes them."""
        return min(self._share_bytes, *self._topics.values(), USUAL_MESSAGE_BYTES)

    def learn(self, topics: Mapping[str, int]) -> None:
        """Take what the broker says: max.message.bytes by topic."""
        self._topics |= topics
        self._batches.clear()

    async def ask(self) -> None:
        """Ask the broker anew, as somebody may have raised a limit; keeps what is known when it does not answer."""
        try:
            self.learn(await message_bytes(self._settings))
        except BrokerUnavailable as error:
            log.debug("the topics' limits cannot be asked for: %s", error)

    def of(self, topic: str) -> int:
        """Return how large a batch of one record may be."""
        return min(self._topics.get(topic, USUAL_MESSAGE_BYTES), LARGEST_BATCH_BYTES)

    def of_batch(self, topic: str) -> int:
        """Return how large a batch of several records may be."""
        return min(self._batches.get(topic, self._share_bytes), self.of(topic))

    def refused(self, topic: str, size: int, records: int) -> None:
        """Note that the broker refused a batch of so many bytes and records for its size."""
        if records > 1:
            self._batches[topic] = min(self.of_batch(topic), size) // 2
        else:
            self._topics[topic] = min(self.of(topic), size - 1)
