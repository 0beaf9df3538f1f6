"""What the demo plays: which desk, since when, how fast, and with which settings."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from stream.settings import PREFIX, Settings
from stream.simulate import Desk, Hours

HOST: Final = "127.0.0.1"
# A little over a day, so that the windows of 24 hours are full.
_HISTORY: Final = timedelta(hours=25)
# Of the weeks before only the hours around this one, to compare it with: five whole weeks would take a minute to read.
_WEEKS_BEFORE: Final = 4
_AROUND: Final = (timedelta(hours=-2.75), timedelta(hours=2))
# What such a desk has open on a morning; of these weeks there is no day before that would leave so much.
_OPEN_PER_DAILY_TICKET: Final = 0.18
# How long a fast desk can run before it has caught up with the clock.
_FAST_FOR: Final = timedelta(hours=2)
_LEFTOVERS_PER_DAILY_TICKET: Final = 0.02
_CUSTOMERS_PER_DAILY_TICKET: Final = 1.0
_WEEK: Final = timedelta(days=7)
# Whenever somebody looks, it is this moment of the desk's week: a busy one.
_TUESDAY_MORNING: Final = timedelta(days=1, hours=10, minutes=30)


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """`desk` has its history before `live_from`; from then on `speed` of its seconds pass in one."""

    desk: Desk
    live_from: datetime
    speed: float
    ports: tuple[int, ...]
    #: where webhooks are taken in, in place of the simulated desk
    intake_port: int | None = None

    @property
    def follows_events(self) -> bool:
        """A desk faster than time plays in the past, so windows end at its newest event instead of now."""
        return self.speed > 1

    def overrides(self, broker: str, data_dir: Path, port: int) -> dict[str, str]:
        """The settings that the demo needs whatever the user's are: its own broker, nothing from outside."""
        return {
            "broker": broker,
            "security_protocol": "PLAINTEXT",
            "replication_factor": "1",
            "session_timeout_seconds": "3",  # the embedded broker holds back the first join for half of it
            "web_host": HOST,
            "web_port": str(port),
            "data_dir": str(data_dir),
            # The embedded broker keeps all that it is sent; nobody but other workers of the demo reads these.
            "live_counts_seconds": "1" if len(self.ports) > 1 else "10",
            "clock": "watermark" if self.follows_events else "wall",
            "log_format": "human",
        }


def plan_demo(
    *,
    seed: int,
    speed: float,
    tickets_per_day: float,
    ports: tuple[int, ...],
    settings: Settings,
    intake_port: int | None = None,
) -> DemoPlan:
    """Plan a demo that begins now. Raises ValueError that names a wrong option."""
    if not speed > 0:
        raise ValueError(f"--speed: got {speed}; accepts a number above 0, 1 is real time")
    if intake_port is not None and speed != 1:
        raise ValueError(f"--speed: got {speed:g} with --intake; accepts 1, as webhooks come when they come")
    now = datetime.now(UTC)
    # What is older than the retention may be forgotten, so a very fast desk begins no earlier than that.
    furthest = timedelta(days=max(0, settings.retention_days - 12)) - _HISTORY
    back = min(max(0.0, speed - 1.0) * _FAST_FOR, max(furthest, timedelta(0)))
    live_from = now - back
    desk = Desk(
        start=live_from - _HISTORY,
        seed=seed,
        tickets_per_day=tickets_per_day,
        leftovers=int(tickets_per_day * _LEFTOVERS_PER_DAILY_TICKET),
        customers=int(tickets_per_day * _CUSTOMERS_PER_DAILY_TICKET),
        open_before=tuple(
            _same_hour(live_from - week * _WEEK, int(tickets_per_day * _OPEN_PER_DAILY_TICKET))
            for week in range(_WEEKS_BEFORE, 0, -1)
        ),
        ahead=_TUESDAY_MORNING - (live_from - _monday(live_from)),
    )
    return DemoPlan(desk, live_from, speed, ports, intake_port)


def _same_hour(at: datetime, leftovers: int) -> Hours:
    before, after = _AROUND
    return Hours(at + before, at + after, leftovers)


def choose_ports(wanted: int, count: int) -> tuple[int, ...]:
    """One port for each worker: the wanted one and those after it, or free ones in place of those taken."""
    ports: list[int] = []
    with ExitStack() as held:  # all at once, so that none is given twice
        for port in range(wanted, wanted + count):
            probe = held.enter_context(socket.socket())
            # As servers bind: a port whose last connections are still in TIME_WAIT counts as free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port if wanted and port <= 65_535 else 0))
            except OSError:
                probe.bind((HOST, 0))
            ports.append(probe.getsockname()[1])
    return tuple(ports)


def demo_environment(environment: Mapping[str, str], overrides: Mapping[str, str]) -> dict[str, str]:
    """The environment of a worker that has these settings."""
    return {**environment, **{f"{PREFIX}{name.upper()}": value for name, value in overrides.items()}}


def _monday(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=at.weekday())
