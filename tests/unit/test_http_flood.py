"""Who holds connections by the thousand locks nobody out: a process of its own, real sockets, few open files."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import pytest

from stream.serve.http.connections import Doing
from tests.flood import attack, room, worst
from tests.pages import serving
from tests.served import samples

COUNT = 2000
FILES = 1400  # fewer than connections come
SOON_SECONDS = 1.0
SAID_SECONDS = 30.0  # it is said once a sweep, which is every second


async def _get(url: str, path: str) -> bytes:
    reader, writer = await asyncio.open_connection(urlsplit(url).hostname, urlsplit(url).port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize("kind", ["half-open", "keep-alive", "byte-a-second"])
async def test_two_thousand_connections_that_do_nothing_delay_no_health_check(kind, tmp_path):
    if (why := room(COUNT)) is not None:
        pytest.skip(why)
    async with serving(tmp_path / "log", files=FILES) as worker:
        await worst(worker.url)  # the first of each is slower
        async with attack(worker.url, kind, COUNT) as held:
            assert len(held) == COUNT
            longest = await worst(worker.url)
            assert max(longest.values()) < SOON_SECONDS, longest
            found = samples((await _get(worker.url, "/metrics")).decode())
            open_now = sum(found["deskpulse_http_connections", (("doing", doing),)] for doing in Doing)
            assert open_now <= FILES
            ended = found["deskpulse_http_connections_ended_total", (("reason", "too_many_of_address"),)]
            assert ended >= COUNT - open_now - 10
        async with asyncio.timeout(SAID_SECONDS):
            while "HTTP connections were closed to let others in" not in worker.log:
                await asyncio.sleep(0.05)
        assert "only 644 fit" in worker.log
        assert "Traceback" not in worker.log
