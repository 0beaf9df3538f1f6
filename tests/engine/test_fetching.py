"""What Faust has no settings for is set in the client all the same."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from aiokafka import AIOKafkaConsumer
from faust.transport.drivers import aiokafka as driver

from stream.engine.reading.fetching import ENOUGH_BYTES, TAKEN_SECONDS, PromptThread
from stream.engine.reading.remaining import FETCH_WAIT_SECONDS


async def test_the_broker_is_asked_as_it_says_here(broker: str, monkeypatch: pytest.MonkeyPatch):
    consumer = AIOKafkaConsumer(bootstrap_servers=broker)
    monkeypatch.setattr(driver.AIOKafkaConsumerThread, "_create_worker_consumer", lambda *_: consumer)
    monkeypatch.setattr(PromptThread, "__init__", lambda self: None)
    thread = PromptThread()
    thread.thread_loop, thread.transport = None, None
    thread.app = SimpleNamespace(client_only=False)
    await thread.on_start()
    try:
        await consumer.topics()  # a consumer that is stopped before its tasks have begun takes that for a cancellation
        fetcher = consumer._fetcher
        assert fetcher._fetch_max_wait_ms == FETCH_WAIT_SECONDS * 1000
        assert fetcher._fetch_min_bytes == ENOUGH_BYTES
        assert fetcher._prefetch_backoff == TAKEN_SECONDS
    finally:
        await consumer.stop()
