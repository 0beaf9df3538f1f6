"""How far a simulation is, for somebody who watches it in a terminal."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from stream.simulate import Desk
from stream.simulate.feed import Sent


class SimulateProgress:
    """A bar over the desk's own time; draws nothing when the console is no terminal."""

    def __init__(self, desk: Desk, console: Console) -> None:
        self._start = desk.start
        end = [] if desk.days is None else [BarColumn(), TaskProgressColumn(), TimeRemainingColumn()]
        self._progress = Progress(
            TextColumn("{task.fields[until]}  {task.fields[events]:,} events"),
            *end,
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        total = None if desk.days is None else desk.days * timedelta(days=1).total_seconds()
        self._task = self._progress.add_task("", total=total, events=0, until=_minute(desk.start))

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def show(self, sent: Sent) -> None:
        if sent.until is None or self._progress.disable:
            return
        until = datetime.fromisoformat(sent.until)
        passed = max(0.0, (until - self._start).total_seconds())
        self._progress.update(self._task, completed=passed, events=sent.events, until=_minute(until))


def _minute(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M")
