"""A worker process with places at which it can be hit: the real worker, watched, and armed by files.

Run as `python -m tests.torture.probe OPTIONS.json`. A file `NAME.POINT` in the desk's folder arms a point of the worker
of that name, while it runs. `kill` points end the process as a power cut would; the others bend what the engine meets.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from stream.engine.changelog.lane import Lane
from stream.engine.desk.view import WorkerView
from stream.engine.ownership.custody import Custody
from stream.engine.work.alerts import AlertPump
from stream.engine.worker import run
from stream.partition import live_counts
from stream.partition.live_counts import counted_by
from stream.report.document import report
from stream.settings import Settings
from tests.engine import probe as engine_probe
from tests.engine.faults import FAULTS

# A clock that a test moves does not date what the test samples.
_true_time = time.time


class Watch(engine_probe.Probe):
    """Writes what the worker claims again and again, and the whole report while somebody asks for it."""

    def __init__(self, view: WorkerView, path: Path, period_seconds: float) -> None:
        super().__init__(view, path, period_seconds, desk=False)
        self._wanted = path.with_name("report.wanted")
        self._desk_wanted = path.with_name("desk.wanted")
        self._report_path = path.with_suffix(".report")
        self._reported_us = 0

    def _write(self) -> None:
        view = self._view
        totals, policy = view.totals, view.policy
        shown = {
            "time": _true_time(),
            "phase": str(view.phase),
            "ready": view.ready,
            "caught_up": view.caught_up,
            "owned": view.owned,
            "of": None if totals is None else list(totals.partitions),
            "as_of": None if totals is None else totals.as_of_us / 1e6,
            "tickets": None if totals is None else dict(totals.counts),
            "counted_by": counted_by(policy),
            "counters": engine_probe.counters_json(view.counters),
        }
        if self._desk_wanted.exists() and (desk := view.desk()) is not None:
            shown["desk_missing"] = list(desk.missing)
        _replace(self._path, shown)
        if totals is not None and totals.as_of_us != self._reported_us and self._wanted.exists():
            self._reported_us = totals.as_of_us
            _replace(self._report_path, report(totals, policy))


def _replace(path: Path, content: dict[str, Any]) -> None:
    draft = path.with_suffix(path.suffix + ".draft")
    draft.write_bytes(orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS))
    draft.replace(path)


class Armed:
    """Which points of this worker are armed at this moment."""

    def __init__(self, folder: Path, name: str) -> None:
        self._prefix = f"{folder / name}."

    def __call__(self, point: str) -> bool:
        return os.path.exists(self._prefix + point)  # noqa: PTH110 - asked for every fetch, and three times as fast

    def kill(self, point: str) -> None:
        """End the process as a power cut would if the point is armed; the next process of this name lives on."""
        if self(point):
            Path(self._prefix + point).unlink()
            os.kill(os.getpid(), signal.SIGKILL)


def place_kill_points(armed: Armed) -> None:
    """Make the moments at which a kill hurts most places at which it can happen."""
    write, flush_ack, load, note, claim = Lane._write, Lane._flush, Custody.load, AlertPump._remember, Custody.claim

    async def before_changelog(self: Lane, keys: set[bytes]) -> None:
        armed.kill("kill-applied")
        await write(self, keys)
        armed.kill("kill-written")

    async def before_commit(self: Lane) -> None:
        had = bool(self._receipts)
        await flush_ack(self)
        if had:
            armed.kill("kill-acknowledged")

    def in_recovery(self: Custody, *args: Any) -> None:
        armed.kill("kill-recovering")
        load(self, *args)

    async def behind_alert(self: AlertPump, *args: Any) -> bool:
        armed.kill("kill-alerted")
        return await note(self, *args)

    async def in_claim(self: Custody, *args: Any) -> Any:
        ends = await claim(self, *args)
        armed.kill("kill-claimed")
        return ends

    Lane._write, Lane._flush, Custody.load = before_changelog, before_commit, in_recovery  # type: ignore[method-assign]  # the point of it
    AlertPump._remember, Custody.claim = behind_alert, in_claim  # type: ignore[method-assign]  # as above


def move_clock(seconds: float) -> None:
    """Let this process take it for so much later than it is."""
    tell, tell_ns = time.time, time.time_ns
    time.time = lambda: tell() + seconds
    time.time_ns = lambda: tell_ns() + int(seconds * 1e9)


def mean_something_else() -> None:
    """Be another version, whose numbers must not be added to those of this one."""
    live_counts.VERSION += 1


def main() -> int:
    options = orjson.loads(Path(sys.argv[1]).read_bytes())
    shown = Path(options["shown"])
    folder, name = shown.parent, shown.name.split(".")[0]
    armed = Armed(folder, name)
    place_kill_points(armed)
    for point, make in FAULTS.items():
        make(partial(armed, point))
    if options["clock_seconds"]:
        move_clock(options["clock_seconds"])
    if options["another_version"]:
        mean_something_else()
    settings = Settings(**options["settings"])
    return run(settings, [lambda view: Watch(view, shown, options["period_seconds"])])


if __name__ == "__main__":
    sys.exit(main())
