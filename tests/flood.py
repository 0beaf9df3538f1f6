"""Attacks on a worker's pages with real sockets: `python -m tests.flood http://127.0.0.1:6066 half-open 2000`."""

from __future__ import annotations

import argparse
import asyncio
import resource
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

PATHS = ("/healthz", "/readyz", "/metrics")
ATTACKS = ("half-open", "keep-alive", "byte-a-second", "slow-reader")
# Longer than any of this may take by far.
PATIENCE_SECONDS = 20.0


def room(sockets: int) -> str | None:
    """Have the system allow so many sockets at both ends; returns why not, None if it does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 2 * sockets + 1000
    if soft < needed:
        if hard != resource.RLIM_INFINITY and hard < needed:
            return f"{needed} open files are needed and {hard} allowed (ulimit -Hn)"
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
    return None


@asynccontextmanager
async def attack(url: str, kind: str, count: int) -> AsyncIterator[list[asyncio.StreamWriter]]:
    """Hold so many connections of a kind; gives those that could be opened."""
    host, port = urlsplit(url).hostname, urlsplit(url).port
    writers: list[asyncio.StreamWriter] = []
    readers: list[asyncio.StreamReader] = []
    for _ in range(count):
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                reader, writer = await asyncio.open_connection(host, port, limit=1024)
        except OSError:
            break
        readers.append(reader)
        writers.append(writer)
        writer.write(_first(kind))
        if kind == "keep-alive":
            await reader.read(1)  # it is idle once it is answered
    dripping = asyncio.create_task(_drip(writers)) if kind == "byte-a-second" else None
    try:
        yield writers
    finally:
        if dripping is not None:
            dripping.cancel()
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0)


def _first(kind: str) -> bytes:
    match kind:
        case "half-open":
            return b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"  # and never the empty line
        case "keep-alive":
            return b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        case "slow-reader":
            return b"GET /page/wallboard.js HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2
    return b""


async def _drip(writers: list[asyncio.StreamWriter]) -> None:
    for byte in b"GET /healthz HTTP/1.1\r\nX-Slow: " + b"a" * 10_000:
        for writer in writers:
            if not writer.is_closing():
                writer.write(bytes([byte]))
        await asyncio.sleep(1)


async def ask(url: str, path: str) -> tuple[int, float]:
    """Ask over a connection of its own; returns the status and how many seconds it took."""
    parts, began = urlsplit(url), time.monotonic()
    async with asyncio.timeout(PATIENCE_SECONDS):
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return int(answer.split(b" ", 2)[1]), time.monotonic() - began


async def worst(url: str, rounds: int = 5) -> dict[str, float]:
    """Return the longest time that each path took of some rounds; AssertionError if one is not answered with 200."""
    longest = dict.fromkeys(PATHS, 0.0)
    for _ in range(rounds):
        for path in PATHS:
            status, seconds = await ask(url, path)
            assert status == 200, (path, status)
            longest[path] = max(longest[path], seconds)
    return longest


async def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("kind", choices=ATTACKS)
    parser.add_argument("count", type=int)
    parser.add_argument("--hold", type=float, default=0.0, help="seconds to hold the connections before asking")
    options = parser.parse_args()
    if (why := room(options.count)) is not None:
        raise SystemExit(why)
    async with attack(options.url, options.kind, options.count) as held:
        await asyncio.sleep(options.hold)
        print(f"{options.kind}: {len(held):,} connections opened", flush=True)
        for path in PATHS:
            try:
                status, seconds = await ask(options.url, path)
                print(f"  {path:9} {status} after {1000 * seconds:,.0f} ms")
            except (OSError, TimeoutError, IndexError) as error:
                print(f"  {path:9} {type(error).__name__} {error}")


if __name__ == "__main__":
    asyncio.run(_main())
