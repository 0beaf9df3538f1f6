"""Many wallboards at one worker: all get the same, and a slow one is nobody else's trouble; over real sockets."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import Any

from stream.serve.server import Pages
from stream.serve.wallboards import hub as stream_hub
from tests.board.served import SHORTLY, Worker, ago, get, listening, serving, ticking
from tests.events import opened, responded


async def test_a_hundred_wallboards_get_the_same_bytes_of_numbers_that_were_made_once(monkeypatch):
    worker = Worker()
    worker.tick(opened("T1", ago(30), channel="chat"), responded("T1", ago(10)))
    made = 0
    count = stream_hub.Channel.count

    def counted(*arguments: Any) -> None:
        nonlocal made
        made += 1
        count(*arguments)

    monkeypatch.setattr(stream_hub.Channel, "count", counted)

    async def listen(url: str) -> list[bytes]:
        async with listening(url) as stream:
            await stream.until(lambda each: each["seq"] >= 8)
            return [block for block in stream.raw if b'"seq":8,' in block or b"event: layout" in block]

    async with serving(worker) as url:
        waiting = [asyncio.create_task(listen(url)) for _ in range(100)]
        await asyncio.sleep(1)
        async with ticking(worker, 0.2):
            heard = await asyncio.gather(*waiting)
    assert len(heard[0]) == 2
    assert all(each == heard[0] for each in heard)
    assert made < 30


async def test_more_wallboards_than_the_limit_are_turned_away_until_one_leaves():
    worker = Worker(web_stream_limit=2)
    worker.tick()
    pages = Pages(worker.view, worker.settings)
    host, port = await pages.start()
    hub, url = pages._boards.hub, f"http://{host}:{port}"
    try:
        async with listening(url) as first, ticking(worker):
            await first.next("numbers")
            async with listening(url) as second:
                await second.next("numbers")
                status, refused = await get(f"{url}/api/v1/boards/default/stream")
                assert status == 503
                assert refused["error"].startswith("2 wallboards listen to this worker already; web_stream_limit (DESK")
                assert (hub.listening, hub.refused) == (2, 1)
            async with asyncio.timeout(SHORTLY):
                while hub.listening > 1:
                    await asyncio.sleep(0.02)
            async with listening(url) as third:
                await third.next("numbers")
        assert hub.refused == 1
    finally:
        await pages.stop()


async def _slow(url: str) -> socket.socket:
    """Open a stream and read none of it; the kernel takes little on this side."""
    host, port = url.removeprefix("http://").split(":")
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.setblocking(False)
    await asyncio.get_running_loop().sock_connect(client, (host, int(port)))
    request = f"GET /api/v1/boards/default/stream HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n"
    await asyncio.get_running_loop().sock_sendall(client, request.encode())
    return client


async def test_a_wallboard_that_does_not_read_is_dropped_and_the_others_do_not_notice():
    worker = Worker()
    worker.tick(opened("T1", ago(30), channel="chat"))
    pages = Pages(worker.view, worker.settings)
    hub = pages._boards.hub
    hub._slow_seconds = 1.0
    host, port = await pages.start()
    url = f"http://{host}:{port}"
    try:
        client = await _slow(url)
        async with listening(url) as stream, ticking(worker, 0.02):
            await stream.next("numbers")
            assert hub.listening == 2
            longest, last = 0.0, time.monotonic()
            while not hub.dropped:
                await stream.next("numbers")
                longest, last = max(longest, time.monotonic() - last), time.monotonic()
            assert hub.listening == 1
            assert longest < 1.0
        client.close()
    finally:
        await pages.stop()


async def test_a_wallboard_that_was_slow_gets_the_newest_numbers_and_not_all_that_it_missed():
    worker = Worker()
    worker.tick(opened("T1", ago(30), channel="chat"))
    async with serving(worker) as url:
        client = await _slow(url)
        async with listening(url) as stream:
            async with ticking(worker, 0.01):
                await stream.until(lambda each: each["seq"] >= 150)
            newest = (await stream.next("numbers"))[1]["seq"]
        heard = b""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(SHORTLY):
            while b'"seq":%d,' % newest not in heard:
                heard += await loop.sock_recv(client, 65_536)
        client.close()
    seqs = [int(part.split(b",")[0]) for part in heard.split(b'"seq":')[1:]]
    assert seqs == sorted(seqs)
    assert len(seqs) < newest / 2
