"""What a worker says before it starts, when there is no broker."""

from __future__ import annotations

import asyncio
import logging
import socket

import pytest

from stream.engine.process import preflight
from stream.settings import load_settings


@pytest.fixture
def nobody() -> str:
    """An address where nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{taken.getsockname()[1]}"


async def test_a_broker_that_is_not_there_is_said_once_and_not_by_the_client_library_too(nobody, caplog):
    waiting = asyncio.Event()
    logging.getLogger("aiokafka").setLevel(logging.ERROR)
    with caplog.at_level(logging.WARNING):
        check = asyncio.create_task(preflight.check(load_settings(broker=nobody), waiting.set))
        async with asyncio.timeout(20):
            await waiting.wait()
        await asyncio.sleep(2 * preflight.FIRST_PAUSE_SECONDS)  # it has tried again
        check.cancel()
        await asyncio.gather(check, return_exceptions=True)
    [said] = caplog.messages
    assert said.startswith(f"no broker: {nobody}: nothing listens there; start the broker, or set DESKPULSE_BROKER")
    assert logging.getLogger("aiokafka").level == logging.ERROR, "later it may speak again"
