"""`deskpulse demo`: a broker, a worker and a simulated desk in one command, and nothing left behind."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Final

import aiohttp
import typer
from rich.console import Console
from rich.markup import escape

from stream.broker.embedded import EmbeddedBroker
from stream.broker.errors import BrokerUnavailable
from stream.broker.topics import ensure
from stream.cli.demo_child import Child, end_all, last_lines
from stream.cli.demo_plan import HOST, DemoPlan, choose_ports, demo_environment, plan_demo
from stream.cli.intake import sources_of
from stream.intake.source_file import demo_text
from stream.settings import Settings, load_settings
from stream.simulate.feed import Sent, feed
from stream.simulate.pace import AsTimePasses
from stream.simulate.sink import KafkaSink

FAILED: Final = 1
_READY_SECONDS: Final = 60.0
# Nothing of a demo is kept, so nobody waits long for an orderly end.
_PATIENCE_SECONDS: Final = 2.0

# -P: a folder called `stream` where somebody happens to stand is not ours.
_WORKER: Final = (sys.executable, "-P", "-m", "stream.cli.main", "worker")
_INTAKE: Final = (sys.executable, "-P", "-m", "stream.cli.main", "intake")
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_STARTING: Final = "starting a broker, a worker and "
_OPENED: Final = '{"what": "created", "ticket": 1}'

_console = Console(soft_wrap=True, highlight=False)
_errors = Console(stderr=True, soft_wrap=True, highlight=False)


class DemoFailedError(Exception):
    """The demo cannot go on; the text says why, with the last lines of the process that died."""


def demo(  # noqa: PLR0917 - options, which typer passes by name
    port: Annotated[
        int | None, typer.Option(min=0, max=65_535, help="Port of the live page.", show_default="6066, or a free one")
    ] = None,
    speed: Annotated[float, typer.Option(help="Times real time: 60 is an hour of the desk a minute.")] = 1.0,
    tickets_per_day: Annotated[float, typer.Option(help="How busy the desk is, as a mean over a week.")] = 1_500.0,
    seed: Annotated[int, typer.Option(help="Another seed is another desk.")] = 1,
    workers: Annotated[int, typer.Option(min=1, max=16, help="Workers that share the work.")] = 1,
    intake: Annotated[
        bool, typer.Option("--intake", help="No simulated desk: take webhooks in, and what curl posts.")
    ] = False,
) -> None:
    """Watch Deskpulse work: a broker in memory, a worker and a simulated desk, until Ctrl-C.

    It needs no Kafka, begins with the last day's events and this hour's of the four weeks before, and leaves nothing
    behind. With --intake the desk is empty and yours: DESKPULSE_INTAKE_FILE names its senders, or one is there for
    curl; docs/connect begins with it.
    """
    settings = load_settings()
    if intake and settings.intake_file is not None:
        sources_of(settings)  # what is wrong with it is said before anything starts
    wanted = settings.web_port if port is None else port
    try:
        plan = plan_demo(
            seed=seed,
            speed=speed,
            tickets_per_day=tickets_per_day,
            ports=choose_ports(wanted, workers),
            settings=settings,
            intake_port=choose_ports(settings.intake_port, 1)[0] if intake else None,
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    if wanted not in (0, plan.ports[0]):
        _console.print(f"port {wanted} is taken, so the live page is on {plan.ports[0]}")
    # The broker's end is said below in one line; the client library would say it many times.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    with TemporaryDirectory(prefix="deskpulse-demo-") as folder:
        try:
            asyncio.run(_Demo(plan, Path(folder)).run())
        except (DemoFailedError, BrokerUnavailable) as error:
            _errors.print(f"[red]demo:[/] {escape(str(error))}")
            raise typer.Exit(FAILED) from error


class _Demo:
    def __init__(self, plan: DemoPlan, folder: Path) -> None:
        self._plan = plan
        self._folder = folder
        self._stop = asyncio.Event()
        self._sent = Sent()
        self._workers: list[Child] = []
        self._intake: list[Child] = []  # one, if there is to be one
        self._broker_log = folder / "broker.log"
        self._broker = EmbeddedBroker(log=self._broker_log)

    async def run(self) -> None:
        """Play until a signal. Raises DemoFailedError or BrokerUnavailable; in any case nothing is left running."""
        began = time.monotonic()
        loop = asyncio.get_running_loop()
        # Under nohup a closed terminal is no reason to end.
        signals = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
        for number in signals:
            loop.add_signal_handler(number, self._stop.set)
        play = asyncio.create_task(self._play())
        stop = asyncio.create_task(self._stop.wait())
        await asyncio.wait({play, stop}, return_when=asyncio.FIRST_COMPLETED)
        ending = asyncio.create_task(self._end(play))
        for number in signals:  # asked twice: no patience any more
            loop.add_signal_handler(number, ending.cancel)
        with suppress(asyncio.CancelledError):
            await ending
        stop.cancel()
        self._end_broker()
        if not play.cancelled():
            play.result()
        seconds = time.monotonic() - began
        events = f" and {self._sent.events:,} events" if self._plan.intake_port is None else ""
        _console.print(f"ended after {seconds:,.0f} s{events}; nothing is left running")

    async def _end(self, play: asyncio.Task[None]) -> None:
        try:
            await _cancelled(play)
        finally:
            await end_all([*self._intake, *self._workers], _PATIENCE_SECONDS)

    def _end_broker(self) -> None:
        # It keeps nothing, so there is nothing to finish; asked politely it takes seconds.
        with suppress(BrokerUnavailable, ProcessLookupError):
            os.kill(self._broker.pid, signal.SIGKILL)
        self._broker.stop()

    async def _play(self) -> None:
        tasks: list[asyncio.Task[None]] = []
        try:
            starting = _STARTING + ("a simulated desk" if self._plan.intake_port is None else "an intake of webhooks")
            with _console.status(starting):
                if not _console.is_terminal:
                    _console.print(starting)
                settings = await self._set_up()
                ready = asyncio.create_task(self._until_ready())
                tasks += [ready, asyncio.create_task(self._watch())]
                if self._plan.intake_port is None:
                    tasks.append(asyncio.create_task(self._run_desk(settings)))
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if ready.done() and ready.exception() is None:
                self._say_where(settings)
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
        finally:
            await _cancelled(*tasks)

    async def _set_up(self) -> Settings:
        """Start the broker, create the topics, start the workers."""
        starting = asyncio.create_task(asyncio.to_thread(self._broker.start))
        try:
            await asyncio.shield(starting)
        except asyncio.CancelledError:
            await starting  # a thread cannot be cancelled, and a broker half started could not be stopped
            raise
        each = [
            self._plan.overrides(self._broker.address, self._folder / f"worker-{number}", port)
            for number, port in enumerate(self._plan.ports, 1)
        ]
        settings = load_settings(**each[0])
        for result in await ensure(settings):
            if not result.there:
                raise DemoFailedError(f"topic {result.topic}: {result.detail}")
        for number, overrides in enumerate(each, 1):
            environment = demo_environment(os.environ, overrides)
            self._workers.append(Child(f"worker {number}", _WORKER, environment, self._folder / f"worker-{number}.log"))
        if self._plan.intake_port is not None:
            self._intake.append(self._started_intake(self._plan.intake_port, each[0], settings))
        return settings

    def _started_intake(self, port: int, overrides: dict[str, str], settings: Settings) -> Child:
        file = settings.intake_file
        if file is None:
            file = self._folder / "intake.yaml"
            file.write_text(demo_text())
        own = {**overrides, "intake_file": str(file.resolve()), "intake_port": str(port)}
        environment = demo_environment(os.environ, own)
        return Child("the intake", _INTAKE, environment, self._folder / "intake.log")

    async def _run_desk(self, settings: Settings) -> None:
        pace = AsTimePasses(self._plan.speed, self._plan.live_from, not_ahead=True)
        try:
            async with KafkaSink(settings) as sink:
                await feed(self._plan.desk.events(), sink, pace, self._stop, self._sent)
        except BrokerUnavailable:
            self._look_at_everyone()  # who died is the better answer
            raise

    async def _watch(self) -> None:
        while True:
            self._look_at_everyone()
            await asyncio.sleep(0.2)

    def _look_at_everyone(self) -> None:
        """Raise DemoFailedError if somebody died."""
        try:
            os.kill(self._broker.pid, 0)
        except ProcessLookupError:
            raise DemoFailedError(_obituary("the broker", None, last_lines(self._broker_log))) from None
        for child in (*self._workers, *self._intake):
            if child.status is not None:
                raise DemoFailedError(_obituary(child.name, child.status, child.last_lines()))

    async def _until_ready(self) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=1)) as session:
            ports = [*self._plan.ports, *([] if self._plan.intake_port is None else [self._plan.intake_port])]
            for child, port in zip([*self._workers, *self._intake], ports, strict=True):
                while not await _is_ready(session, port):
                    if time.monotonic() > deadline:
                        why = f"{child.name} is not ready after {_READY_SECONDS:.0f} s; its last lines:"
                        raise DemoFailedError(f"{why}\n{child.last_lines()}")
                    await asyncio.sleep(0.1)

    def _say_where(self, settings: Settings) -> None:
        pages = [f"http://{HOST}:{port}" for port in self._plan.ports]
        desk = self._plan.desk
        if self._plan.follows_events:
            _console.print(
                f"the desk begins on {self._plan.live_from:%d %B %Y, %H:%M} UTC, {self._plan.speed:g} x real time"
            )
        _console.print(f"live page  {'  '.join(f'{page}/' for page in pages)}")
        _console.print(f"wallboard  {'  '.join(f'{page}/wallboard' for page in pages)}")
        _console.print(f"metrics    {'  '.join(f'{page}/metrics' for page in pages)}")
        _console.print(f"topics     {' '.join(settings.source_topics().values())}  at {settings.broker}")
        if self._plan.intake_port is None:
            _console.print(f"a desk of {desk.tickets_per_day:,.0f} tickets a day; Ctrl-C ends everything")
            return
        address = f"http://{HOST}:{self._plan.intake_port}"
        if settings.intake_file is None:
            _console.print(f"intake     {address}/deskpulse  {address}/events")
            _console.print(f"try        curl -H 'Content-Type: application/json' {address}/deskpulse -d '{_OPENED}'")
        else:
            _console.print(f"intake     {address}  {settings.intake_file}")
        _console.print("an empty desk that waits for webhooks; Ctrl-C ends everything")


def _obituary(name: str, status: int | None, last: str) -> str:
    how = f" with status {status}" if status else ""
    if status is not None and status < 0:
        how = f" by signal {signal.Signals(-status).name}"
    return f"{name} ended{how}, so the demo ends; " + (f"its last lines:\n{last}" if last else "it said nothing")


async def _is_ready(session: aiohttp.ClientSession, port: int) -> bool:
    try:
        async with session.get(f"http://{HOST}:{port}/readyz") as answer:
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False


async def _cancelled(*tasks: asyncio.Task[None]) -> None:
    """Cancel the tasks and wait for them; one that waits for a broker which is gone is cancelled again."""
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=1)
