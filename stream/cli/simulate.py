"""`deskpulse simulate`: a made-up desk, to a file or to Kafka."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from stream.broker.errors import BrokerUnavailable
from stream.broker.topics import ensure
from stream.cli.simulate_progress import SimulateProgress
from stream.settings import Settings, load_settings
from stream.simulate import Desk, Event
from stream.simulate.disorder import disorder
from stream.simulate.feed import Sent, feed
from stream.simulate.pace import AsTimePasses, AtOnce, Pace, PerSecond
from stream.simulate.sink import FileSink, KafkaSink, Sink

FAILED, MISUSED = 1, 2
_DAY = timedelta(days=1)

_errors = Console(stderr=True, soft_wrap=True, highlight=False)


def simulate(  # noqa: PLR0917 - options, which typer passes by name
    tickets: Annotated[
        int | None, typer.Option(min=1, help="Open exactly this many tickets, spread over --days.", show_default=False)
    ] = None,
    tickets_per_day: Annotated[
        float | None, typer.Option(help="Mean over a week.", show_default="20000, or what --tickets makes")
    ] = None,
    days: Annotated[
        float | None, typer.Option(help="Days of the desk.", show_default="1, or without end with --speed alone")
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            help="First instant, RFC 3339 with a zone.", show_default="so that it ends now; now with --speed 1"
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed is another desk.")] = 1,
    rate: Annotated[float | None, typer.Option(help="Events a second.", show_default="all at once")] = None,
    speed: Annotated[
        float | None, typer.Option(help="Times real time: 60 is an hour a minute.", show_default="all at once")
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(help="Write this JSONL file (.gz compresses), - for standard output.", show_default=False),
    ] = None,
    kafka: Annotated[bool, typer.Option("--kafka", help="Send to Kafka; the default without --to.")] = False,
    shuffle: Annotated[int, typer.Option(min=0, help="Deliver events up to this many places late.")] = 0,
    duplicates: Annotated[float, typer.Option(min=0, max=1, help="Deliver this share of the events twice.")] = 0.0,
    staffed_for: Annotated[
        float | None,
        typer.Option(help="Tickets a day the teams are sized for; fewer make queues.", show_default="as many as come"),
    ] = None,
    leftovers: Annotated[int, typer.Option(min=0, help="Open tickets of the ten days before the start.")] = 0,
    customers: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Customers since before the start, each an event years ago.",
            show_default="four a daily ticket, at most 10000",
        ),
    ] = None,
    history: Annotated[
        float, typer.Option(min=0, help="With --speed: send so many days of the desk at once, and go live then.")
    ] = 0.0,
) -> None:
    """Send the events of a simulated desk. The same options with --start give the same events, byte for byte.

    Example: deskpulse simulate --tickets 20000 --start 2026-03-02T00:00:00Z --to day.jsonl

    Five weeks, so that this hour can be compared with those of the weeks before:

    deskpulse simulate --days 36 --tickets-per-day 500 --to weeks.jsonl
    """
    for one, other, both in (
        ("--tickets", "--tickets-per-day", tickets is not None and tickets_per_day is not None),
        ("--rate", "--speed", rate is not None and speed is not None),
        ("--to", "--kafka", to is not None and kafka),
    ):
        if both:
            raise typer.BadParameter(f"{one} and {other} exclude each other; give one of them")
    if history and speed is None:
        raise typer.BadParameter(f"--history: got {history:g} without --speed; accepts days together with it")
    if days is None and (tickets is not None or speed is None):
        days = 1.0
    try:
        desk = Desk(
            start=_start(start, days, speed, history),
            seed=seed,
            tickets_per_day=20_000.0 if tickets_per_day is None else tickets_per_day,
            days=days,
            tickets=tickets,
            staffed_for=staffed_for,
            leftovers=leftovers,
            customers=customers,
        )
        pace = _pace(desk, rate, speed, history, not_ahead=start is None)
        events = disorder(desk.events(), places=shuffle, duplicates=duplicates, seed=seed)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    # What a client library has to say about a broker that is away, the error says in one line.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    # A tenth faster: the desk makes many small objects that live long and hold no cycles.
    gc.set_threshold(50_000, 20, 100)
    try:
        settings = None if to is not None else load_settings()
        sink: Sink = FileSink(str(to)) if settings is None else KafkaSink(settings)
        status = asyncio.run(_run(_Job(desk, events, pace, sink, settings)))
    except BrokerUnavailable as error:
        _errors.print(f"[red]simulate:[/] {escape(str(error))}")
        raise typer.Exit(FAILED) from error
    except BrokenPipeError as error:
        # Anyone who read standard output has enough; without this Python complains again while it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(FAILED) from error
    except OSError as error:
        _errors.print(f"[red]simulate:[/] --to {to}: {error.strerror}")
        raise typer.Exit(FAILED) from error
    if status:
        raise typer.Exit(status)


@dataclass(frozen=True, slots=True)
class _Job:
    desk: Desk
    events: Iterable[Event]
    pace: Pace
    sink: Sink
    #: None when no broker is involved
    settings: Settings | None


async def _run(job: _Job) -> int:
    """Send until the end or a signal; returns the exit status."""
    stop, got = asyncio.Event(), [0]
    task = asyncio.current_task()
    assert task is not None

    def on_signal(number: int) -> None:
        if got[0]:  # asked twice: whatever it is still waiting for
            task.cancel()
        got[0] = number
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, on_signal, number)
    sent, began = Sent(), time.monotonic()
    finished = False
    try:
        if job.settings is not None:
            await _topics_exist(job.settings)
        async with job.sink:
            with SimulateProgress(job.desk, _errors) as progress:
                finished = await feed(job.events, job.sink, job.pace, stop, sent, on_block=progress.show)
    except asyncio.CancelledError:
        if not got[0]:
            raise
    finally:
        if finished or got[0] or sent.events:  # else it never began, and the error says all
            seconds = time.monotonic() - began
            _errors.print(
                f"{'sent' if finished else 'stopped after'} {sent.events:,} events ({sent.openings:,} openings)"
                f" in {seconds:.1f} s ({sent.events / max(seconds, 1e-9):,.0f}/s) to {job.sink.name}"
                f"; seed {job.desk.seed}, start {job.desk.start.isoformat()}"
            )
    # A desk without an end is stopped by somebody, and that is no failure.
    return 0 if finished or job.desk.days is None else 128 + got[0]


async def _topics_exist(settings: Settings) -> None:
    results = await ensure(settings)
    sources = set(settings.source_topics().values())
    if missing := [result for result in results if not result.there and result.topic in sources]:
        raise BrokerUnavailable("; ".join(f"topic {result.topic}: {result.detail}" for result in missing))


def _start(text: str | None, days: float | None, speed: float | None, history: float) -> datetime:
    if text is None:
        now = datetime.now(UTC).replace(microsecond=0)
        if speed is not None and speed <= 1:
            return now - history * _DAY
        return now - max(days or 1.0, history) * _DAY
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"--start: got {text!r}; accepts RFC 3339 such as 2026-03-02T09:00:00Z") from error


def _pace(desk: Desk, rate: float | None, speed: float | None, history: float, *, not_ahead: bool) -> Pace:
    if rate is not None:
        return PerSecond(rate)
    if speed is not None:
        return AsTimePasses(speed, desk.start + history * _DAY, not_ahead=not_ahead)
    return AtOnce()
