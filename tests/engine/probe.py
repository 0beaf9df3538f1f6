"""A worker process for tests: the real worker, with a service that writes what it shows to a file.

Run as `python -m tests.engine.probe OPTIONS.json`, where the options are those of `tests.engine.desk.start`.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import orjson
from mode import Service

from schemas.events import Event
from stream.core.misunderstood import Misunderstood
from stream.engine.desk.view import WorkerView
from stream.engine.process.counters import Counters, Distribution
from stream.engine.worker import run
from stream.partition.outcome import Outcome
from stream.partition.partition import Partition
from stream.report.document import report
from stream.settings import Settings
from tests.engine.faults import FAULTS


class Probe(Service):  # type: ignore[misc]  # mode ships no types that strict mypy can follow
    """Writes the view to a file again and again, each time as a whole."""

    def __init__(self, view: WorkerView, path: Path, period_seconds: float, *, desk: bool) -> None:
        super().__init__()
        self._desk = desk
        self._view = view
        self._path = path
        self._period_seconds = period_seconds

    async def on_start(self) -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, print_tasks)
        self.add_future(self._write_on())

    async def on_stop(self) -> None:
        self._write()

    async def _write_on(self) -> None:
        while not self.should_stop:
            self._write()
            await asyncio.sleep(self._period_seconds)

    def _write(self) -> None:
        view = self._view
        totals = view.totals
        shown = {
            "time": time.time(),
            "worker": view.worker,
            "phase": str(view.phase),
            "ready": view.ready,
            "fit": view.fit,
            "clock_offset_seconds": view.broker_time.offset_seconds,
            "clock": view.clock.seconds(),
            "caught_up": view.caught_up,
            "owned": view.owned,
            "report": None if totals is None else report(totals, view.policy),
            "counters": counters_json(view.counters),
        }
        if self._desk and (desk := view.desk()) is not None:
            shown["desk"] = {
                "report": report(desk.totals, desk.policy),
                "sources": {str(source.partition): source.worker for source in desk.sources},
                "missing": desk.missing,
                "not_comparable": [str(each) for each in desk.incomparable],
            }
        draft = self._path.with_suffix(".draft")
        draft.write_bytes(orjson.dumps(shown))
        draft.replace(self._path)


def print_tasks() -> None:
    """Write what every task of every thread waits for to the log, to see why a worker is stuck."""
    for task in list(asyncio.tasks._all_tasks):  # type: ignore[attr-defined]  # of all threads
        waiting, places = task.get_coro(), []
        while (frame := getattr(waiting, "cr_frame", None)) is not None:
            places.append(f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno} {frame.f_code.co_name}")
            waiting = waiting.cr_await
        if places:
            print("TASK", " > ".join(places), "on", waiting, file=sys.stderr, flush=True)


def counters_json(counters: Counters) -> dict[str, Any]:
    """Return plain counters by name, those by label as `a|b`."""
    result: dict[str, Any] = {}
    for each in fields(counters):
        value = getattr(counters, each.name)
        if isinstance(value, Misunderstood):
            value = +value.events
        if isinstance(value, Distribution):
            value = value.count
        elif isinstance(value, dict):
            value = {"|".join(map(str, key)) if isinstance(key, tuple) else str(key): n for key, n in value.items()}
        result[each.name] = value
    return result


def fail_at(event_id: str) -> None:
    """Make the core raise when this event comes: a bug, as far as the engine can tell."""
    apply = Partition.apply

    def failing(self: Partition, topic: str, events: Sequence[Event], now_us: int) -> Outcome:
        if any(event.event_id == event_id for event in events):
            raise ArithmeticError(f"made to fail at event {event_id}")
        return apply(self, topic, events, now_us)

    Partition.apply = failing  # type: ignore[method-assign]  # the point of it


def shift_clock(seconds: float) -> None:
    """Have this process's clock be fast, or slow if negative; the one that nobody sets goes on as it is."""
    time_seconds, time_ns = time.time, time.time_ns
    time.time = lambda: time_seconds() + seconds
    time.time_ns = lambda: time_ns() + int(seconds * 1e9)


def shift_clock_while(seconds: float, path: Path) -> None:
    """As `shift_clock`, for as long as a file is there."""
    time_seconds, time_ns = time.time, time.time_ns
    time.time = lambda: time_seconds() + (seconds if path.exists() else 0)
    time.time_ns = lambda: time_ns() + (int(seconds * 1e9) if path.exists() else 0)


def main() -> int:
    options = orjson.loads(Path(sys.argv[1]).read_bytes())
    if options["fail_at"]:
        fail_at(options["fail_at"])
    for name in options["faults"]:
        FAULTS[name]()
    if options.get("clock_fast_seconds"):
        shift_clock(options["clock_fast_seconds"])
    if options.get("clock_fast_while"):
        shift_clock_while(2 * 86_400, Path(options["clock_fast_while"]))
    settings = Settings(**options["settings"])
    path, period = Path(options["shown"]), options["period_seconds"]
    return run(settings, [lambda view: Probe(view, path, period, desk=options["desk"])])


if __name__ == "__main__":
    sys.exit(main())
