"""What tests do to a changelog, and the commands about it."""

from __future__ import annotations

import asyncio
import sys

from stream.broker.lag import read_lag
from tests.engine.desk import ROOT, Desk
from tests.kafka.worker import _environment


async def changelog(desk: Desk, *arguments: str) -> tuple[int, str]:
    """Run `deskpulse changelog`; returns its status and what it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "stream.cli.main", "changelog", *arguments),
        env=_environment(desk.settings),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


async def no_worker(desk: Desk) -> None:
    """Wait until the broker knows that no worker is left."""
    while (await read_lag(desk.settings)).workers:
        await asyncio.sleep(0.2)
