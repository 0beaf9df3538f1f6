"""Wires between a worker and the brokers that can be cut, stalled or slowed: TCP proxies in a process of their own.

Run as `python -m tests.torture.wire WIRES.json`; what is to be done to which wire comes as lines of JSON.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from stream.broker.process import spawn_owned
from tests.kafka.node import HOST, accepts, free_ports

Mode = Literal["pass", "cut", "stall", "slow"]

ROOT = Path(__file__).parents[2]
SLOW_SECONDS = 0.15
"""How much later each piece arrives on a slow wire."""
PIECE_BYTES = 1 << 16
START_SECONDS = 20.0


class Wires:
    """The wires of all slots, as the test sees them."""

    def __init__(self, folder: Path, wires: Mapping[tuple[str, int], tuple[int, int]]) -> None:
        """wires: (slot, node) -> (the port that the worker connects to, the port of the node behind it)."""
        folder.mkdir(parents=True, exist_ok=True)
        [control] = free_ports(1)
        plan = folder / "wires.json"
        plan.write_text(
            json.dumps({"control": control, "wires": [[slot, *ports] for (slot, _), ports in wires.items()]})
        )
        with (folder / "wires.log").open("ab") as log:
            self._process = spawn_owned([sys.executable, "-m", "tests.torture.wire", str(plan)], log, None)
        give_up_at = time.monotonic() + START_SECONDS
        while not accepts(control):
            if self._process.poll() is not None or time.monotonic() > give_up_at:
                raise RuntimeError(f"the wires did not start: see {folder / 'wires.log'}")
            time.sleep(0.05)
        self._control = control

    def set(self, slot: str, mode: Mode) -> None:
        """Change what becomes of everything between this slot's worker and all brokers; returns when it is so."""
        with socket.create_connection((HOST, self._control), 5) as connection:
            connection.sendall(json.dumps([slot, mode]).encode() + b"\n")
            answer = connection.recv(16)
        if answer != b"ok\n":
            raise RuntimeError(f"the wires answered {answer!r} to {slot} {mode}")

    def end(self) -> None:
        """Take them away."""
        self._process.kill()
        self._process.wait()


class _Wire:
    """One listening port and what passes through it."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._mode: Mode = "pass"
        self._passes = asyncio.Event()
        self._passes.set()
        self._open: set[asyncio.StreamWriter] = set()

    def set(self, mode: Mode) -> None:
        self._mode = mode
        if mode == "stall":
            self._passes.clear()
        else:
            self._passes.set()
        if mode == "cut":
            for writer in list(self._open):
                writer.transport.abort()

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._passes.wait()
        if self._mode == "cut":
            writer.transport.abort()
            return
        try:
            there, back = await asyncio.open_connection(HOST, self._target)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, back}
        self._open |= both
        pumps = [asyncio.create_task(self._pump(reader, back)), asyncio.create_task(self._pump(there, writer))]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in pumps:
            pump.cancel()
        self._open -= both
        for each in both:
            each.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):  # an end that is gone ends both directions
            while piece := await reader.read(PIECE_BYTES):
                await self._passes.wait()
                if self._mode == "slow":
                    await asyncio.sleep(SLOW_SECONDS)
                writer.write(piece)
                await writer.drain()


async def _serve(plan: Any) -> None:
    wires: dict[str, list[_Wire]] = {}
    for slot, port, target in plan["wires"]:
        wire = _Wire(target)
        wires.setdefault(slot, []).append(wire)
        await asyncio.start_server(wire.connect, HOST, port)

    async def command(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if line := await reader.readline():
            slot, mode = json.loads(line)
            for wire in wires[slot]:
                wire.set(mode)
            writer.write(b"ok\n")
            await writer.drain()
        writer.close()

    control = await asyncio.start_server(command, HOST, plan["control"])
    await control.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(json.loads(Path(sys.argv[1]).read_text())))
