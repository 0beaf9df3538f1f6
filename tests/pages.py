"""A process that serves a worker's pages and nothing else: `python -m tests.pages` prints their address."""

from __future__ import annotations

import asyncio
import logging
import resource
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from stream.serve.server import Pages
from tests.served import seen


async def _main() -> None:
    logging.basicConfig(level=logging.INFO)
    view = seen(**dict(setting.split("=") for setting in sys.argv[1:]))
    pages = Pages(view, view.settings)
    host, port = await pages.start()
    print(f"http://{host}:{port}", flush=True)
    await asyncio.Event().wait()


class Served:
    """Such a process: where it answers, and what it logs."""

    def __init__(self, url: str, pid: int, log: Path) -> None:
        self.url = url
        self._pid = pid
        self._log = log

    @property
    def log(self) -> str:
        """Return what it logged so far."""
        return self._log.read_text()

    @property
    def resident_bytes(self) -> int:
        """Return how much memory it has."""
        pages = int(Path(f"/proc/{self._pid}/statm").read_text().split()[1])
        return pages * resource.getpagesize()


@asynccontextmanager
async def serving(log: Path, *, files: int | None = None, **settings: Any) -> AsyncIterator[Served]:
    """Run it with these settings; files: how many it may have open."""

    def limit() -> None:
        if files is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

    given = [f"{name}={value}" for name, value in settings.items()]
    with log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.pages", *given, stdout=PIPE, stderr=file, preexec_fn=limit
        )
        try:
            assert process.stdout is not None
            url = (await process.stdout.readline()).decode().strip()
            assert url, log.read_text()
            yield Served(url, process.pid, log)
            assert process.returncode is None, log.read_text()
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


if __name__ == "__main__":
    asyncio.run(_main())
