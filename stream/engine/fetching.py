"""How the worker's consumer asks the broker for records.

A broker is asked for all partitions in one request, and not again before it has answered; it answers as soon as there
are records of one of them, else after a while. What was not taken out of the client yet is left out of the request, so
a busy worker would ask for its idle topics alone, and hear nothing of the busy ones until that is answered: Faust has
it take 1.5 s. The embedded broker moreover looks for records only twice in that time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from faust.transport.drivers import aiokafka as driver

from stream.engine.remaining import FETCH_WAIT_SECONDS

if TYPE_CHECKING:
    from aiokafka import AIOKafkaConsumer

# So much is worth an answer at once: some five thousand events. Less waits for more, as every chunk has its price, and
# a busy worker that pays it too often falls behind.
ENOUGH_BYTES = 1024 * 1024
# For so long the rest is not asked for alone; longer than a busy worker takes until it takes everything out.
TAKEN_SECONDS = 0.5


class PromptThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]  # faust ships no types that strict mypy can follow
    """Faust's consumer, which asks again soon. Faust has no settings for any of this."""

    async def on_start(self) -> None:
        """Start the consumer, whose fetcher has asked for nothing yet."""
        await super().on_start()
        self._ensure_consumer()._fetcher._prefetch_backoff = TAKEN_SECONDS

    def _create_worker_consumer(self, transport: driver.Transport) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = round(FETCH_WAIT_SECONDS * 1000)
        consumer._fetch_min_bytes = ENOUGH_BYTES
        return consumer
