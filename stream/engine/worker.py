"""A worker from start to end: wait for the broker, join, recover, tick, and leave in order."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
import time
import uuid
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from mode import Service

from stream.engine.app import DeskApp, build_app
from stream.engine.clock import Clock
from stream.engine.counters import Counters
from stream.engine.custody import Custody
from stream.engine.dead_letter import DeadLetters
from stream.engine.fatal import end_process
from stream.engine.intake import Intake
from stream.engine.narration import narrate
from stream.engine.outbox import Outbox
from stream.engine.preflight import NotFitError, check
from stream.engine.repartition import Repartition
from stream.engine.ticker import Ticker
from stream.engine.view import Phase, WorkerView
from stream.settings import Settings

EXIT_CLEAN = 0
EXIT_NOT_FIT = 78  # EX_CONFIG of sysexits.h: something has to be mended first
STOP_SECONDS = 20.0
# Few collections of the young, hardly any of the old: states live long and hold no cycles.
GC_THRESHOLD = (50_000, 20, 100)

ServiceFactory = Callable[[WorkerView], Service]

log = logging.getLogger("deskpulse.engine")


def run(settings: Settings, services: Sequence[ServiceFactory] = ()) -> int:
    """Run a worker until SIGINT or SIGTERM; returns the exit status of the process.

    0 after an orderly end, 78 if the topics have to be mended first. When something goes wrong inside, the process
    ends with status 70 from within (see fatal.py) and this does not return.

    services: made with the worker's view and run beside it, from the start to the end, for instance a web server.
    """
    narrate(settings)
    return asyncio.run(Worker(settings, services).run())


class Worker:
    """One worker process."""

    def __init__(self, settings: Settings, services: Sequence[ServiceFactory]) -> None:
        """Wire everything up; nothing is started yet. Call it from a running event loop's process only."""
        self._settings = settings
        self._started = time.monotonic()
        self._stop = asyncio.Event()
        self._recovery_began = self._started
        self._records_before = 0
        counters = self._counters = Counters()
        options = settings.kafka_client_options()
        name = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:6]}"
        self._outbox = Outbox(options, settings.app_id)
        policy = settings.policy()
        self._custody = Custody(
            policy=policy,
            sources=settings.source_topics(),
            session_seconds=settings.session_timeout_seconds,
            changelog_topic=settings.changelog_topic,
            client_options=options,
            worker=name,
            outbox=self._outbox,
            counters=counters,
        )
        self._custody.on_recovering = self._recovering
        self._custody.on_ready = self._ready
        self._custody.on_release = self._released
        self._custody.on_doubt = self._doubted
        self._custody.on_confirmed = self._confirmed
        self.view = WorkerView(
            settings=settings,
            policy=policy,
            counters=counters,
            ownership=self._custody.ownership,
            worker=name,
            started_at=time.time(),
        )
        self._services = [make(self.view) for make in services]
        logical = {name: key for key, name in settings.source_topics().items()}
        logical[settings.topic_repartition] = "repartition"
        self._logical = logical
        self._clock = Clock(settings.clock)
        dead_letters = DeadLetters(settings.topic_dead_letter, self._outbox, counters)
        self._intake = Intake(
            custody=self._custody,
            dead_letters=dead_letters,
            repartition=Repartition(
                settings.topic_repartition, settings.partitions, settings.partitioner, self._outbox, dead_letters
            ),
            counters=counters,
            clock=self._clock,
            limits=settings.limits(),
            partitioner=settings.partitioner,
            logical_topics=logical,
            repartition_topic=settings.topic_repartition,
        )

    async def run(self) -> int:
        """Run until told to stop."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._told_to_stop, number)
        settings = self._settings
        log.info("starting worker %s of %s, broker %s", self.view.worker, settings.app_id, settings.broker)
        for service in self._services:
            await service.start()
        try:
            _make_scratch(settings)
            stopped = await self._until_stopped(check(settings, self._waiting))
            if not stopped and not await self._until_stopped(self._outbox.start()):
                await self._work()
        except NotFitError as error:
            for line in error.args:
                log.error("%s", line)
            log.error("not started: the above has to be mended first")
            return EXIT_NOT_FIT
        finally:
            for service in self._services:
                await service.stop()
        self._say_goodbye()
        return EXIT_CLEAN

    async def _work(self) -> None:
        app = build_app(self._settings, self._custody, self._intake, list(self._logical))
        ticker = Ticker(
            custody=self._custody,
            intake=self._intake,
            clock=self._clock,
            counters=self._counters,
            view=self.view,
            lags=app.lags,
            logical_topics=self._logical,
        )
        self.view.phase = Phase.JOINING
        log.info("joining group %s", self._settings.app_id)
        tasks = [asyncio.create_task(app.start()), asyncio.create_task(ticker.run())]
        crash = asyncio.create_task(self._watch(app, tasks))
        await self._stop.wait()
        crash.cancel()
        self.view.phase = Phase.STOPPING
        log.info("stopping: finishing what was begun")
        try:
            await asyncio.wait_for(self._shut_down(app, tasks), timeout=STOP_SECONDS)
        except TimeoutError:
            end_process(f"could not stop within {STOP_SECONDS:.0f} s")

    async def _shut_down(self, app: DeskApp, tasks: list[asyncio.Task[None]]) -> None:
        starting, ticking = tasks
        ticking.cancel()  # first: a ticker that asks a consumer on its way out would take that for a failure
        await app.stop()
        starting.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._outbox.stop()

    async def _watch(self, app: DeskApp, tasks: list[asyncio.Task[None]]) -> None:
        """End the process when the engine crashes by itself."""
        stopped = asyncio.create_task(app.wait_until_stopped())
        done, _ = await asyncio.wait([stopped, tasks[0]], return_when=asyncio.FIRST_COMPLETED)
        if tasks[0] in done and tasks[0].exception() is not None:
            end_process("the engine could not start", tasks[0].exception())
        await stopped
        if not self._stop.is_set():
            end_process("the engine stopped by itself", app.crash_reason)

    async def _until_stopped(self, work: Coroutine[Any, Any, None]) -> bool:
        """Do the work unless the worker is told to stop first; returns whether it was."""
        task = asyncio.create_task(work)
        stop = asyncio.create_task(self._stop.wait())
        await asyncio.wait([task, stop], return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if task.done():
            task.result()
            return self._stop.is_set()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return True

    # -- what happens, told to people --------------------------------------------------------------------------

    def _told_to_stop(self, number: signal.Signals) -> None:
        if self._stop.is_set():
            log.warning("told to stop twice: ending at once; what was not committed will be read again")
            sys.stderr.flush()
            os._exit(128 + number)
        self._stop.set()

    def _waiting(self) -> None:
        self.view.phase = Phase.WAITING_FOR_BROKER

    def _released(self) -> None:
        if self.view.phase is not Phase.STOPPING:
            self.view.phase = Phase.JOINING

    def _recovering(self, partitions: int, records: int) -> None:
        self.view.phase = Phase.RECOVERING
        self._recovery_began = time.monotonic()
        self._records_before = self._counters.recovery_records
        log.info("recovering: %s changelog records in %d partitions at most", f"{records:,}", partitions)

    def _ready(self, owned: frozenset[int]) -> None:
        seconds = time.monotonic() - self._recovery_began
        self._counters.recovery_seconds += seconds
        # What was recovered lives long: spare the collector from walking it again and again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLD)
        self.view.phase = Phase.READY
        which = ", ".join(map(str, sorted(owned))) or "none: there are more workers than partitions"
        log.info(
            "ready after %.1f s: %s records recovered, partitions %s",
            seconds,
            f"{self._counters.recovery_records - self._records_before:,}",
            which,
        )

    def _doubted(self, partitions: frozenset[int]) -> None:
        self.view.phase = Phase.WAITING_FOR_BROKER
        log.warning(
            "no word from the broker for longer than a session: not showing partitions %s until it is sure that "
            "they are still this worker's",
            ", ".join(map(str, sorted(partitions))),
        )

    def _confirmed(self, partitions: frozenset[int]) -> None:
        self.view.phase = Phase.READY
        log.info("still the owner of partitions %s: showing them again", ", ".join(map(str, sorted(partitions))))

    def _say_goodbye(self) -> None:
        counters = self._counters
        log.info(
            "stopped after %s: %s records read, %s events applied, %s duplicates, %s dead letters, %s re-keyed; "
            "everything acknowledged is committed",
            _duration(time.monotonic() - self._started),
            f"{sum(counters.records.values()):,}",
            f"{counters.applied:,}",
            f"{counters.duplicates:,}",
            f"{counters.dead_letters:,}",
            f"{sum(counters.rekeyed.values()):,}",
        )


def _make_scratch(settings: Settings) -> None:
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotFitError(f"data_dir {settings.data_dir} cannot be made: {error.strerror}") from error


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"
