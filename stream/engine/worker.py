"""A worker from start to end: wait for the broker, join, recover, tick, and leave in order."""

from __future__ import annotations

import asyncio
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
from stream.engine.changelog.continuity import Continuity
from stream.engine.desk.broker_time import BrokerTime
from stream.engine.desk.live_counts import LiveReader, LiveWriter
from stream.engine.desk.view import WorkerView
from stream.engine.ownership.custody import Custody
from stream.engine.process.clock import Clock
from stream.engine.process.counters import Counters
from stream.engine.process.fatal import end_process
from stream.engine.process.narration import narrate
from stream.engine.process.predecessors import Register
from stream.engine.process.preflight import NotFitError, check
from stream.engine.process.watch import Watch
from stream.engine.sending.dead_letter import DeadLetters
from stream.engine.sending.notices import Notices
from stream.engine.sending.outbox import Outbox
from stream.engine.sending.repartition import Repartition
from stream.engine.sending.size_limits import SizeLimits
from stream.engine.work.alerts import AlertPump
from stream.engine.work.intake import Intake
from stream.engine.work.milestones import Milestones
from stream.engine.work.reload import Reload
from stream.engine.work.ticker import Ticker
from stream.settings import Settings, unknown_variables

EXIT_CLEAN = 0
EXIT_NOT_FIT = 78  # EX_CONFIG of sysexits.h: something has to be fixed first
STOP_SECONDS = 20.0

ServiceFactory = Callable[[WorkerView], Service]

log = logging.getLogger("deskpulse.engine")


def run(settings: Settings, services: Sequence[ServiceFactory] = ()) -> int:
    """Run a worker until SIGINT or SIGTERM; returns the exit status of the process.

    0 after an orderly end, 78 if the topics, or a changelog, have to be fixed first. When something goes wrong inside,
    the process ends with status 70 from within (see fatal.py) and this does not return.

    services: made with the worker's view and run beside it, from the start to the end, for instance a web server.
    """
    narrate(settings)
    return asyncio.run(Worker(settings, services).run())


class Worker:
    """One worker process."""

    def __init__(self, settings: Settings, services: Sequence[ServiceFactory]) -> None:
        """Wire everything up; nothing is started yet. Call it from a running event loop's process only."""
        self._settings = settings
        self._stop = asyncio.Event()
        counters = self._counters = Counters()
        options = settings.kafka_client_options()
        name = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:6]}"
        self._clock = Clock(settings.clock)
        self._limits = SizeLimits(settings)
        self._outbox = Outbox(options, settings.app_id, self._limits, self._clock)
        # What is sent on has a producer of its own: trouble with its topics does not slow the changelog down.
        self._onward = Outbox(options, settings.app_id, self._limits, self._clock)
        self._broker_time = BrokerTime(settings, self._clock, self._onward)
        self._client_id = f"{settings.app_id}-{name}"
        self._register = Register(settings, self._client_id)
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
            continuity=Continuity(settings, name, self._outbox, counters),
        )
        self._custody.on_not_fit = self._found_not_fit
        self._not_fit: Sequence[str] = ()
        self.view = WorkerView(
            settings=settings,
            policy=policy,
            counters=counters,
            ownership=self._custody.ownership,
            clock=self._clock,
            worker=name,
            started_at=time.time(),
        )
        self.view.broker_time = self._broker_time
        self.view.held = lambda: {number: held.partition for number, held in self._custody.held.items()}
        self._milestones = Milestones(self.view, counters)
        self._milestones.watch(self._custody)
        self._services = [make(self.view) for make in services]
        logical = {name: key for key, name in settings.source_topics().items()}
        logical[settings.topic_repartition] = "repartition"
        self._logical = logical
        self._live_writer = LiveWriter(self.view, settings, counters, self._custody.epoch, self._limits)
        self._live_reader = LiveReader(self.view.neighbours, settings, counters)
        self._watch_group = Watch(settings, counters, lambda: self.view.leads)
        self._reload = Reload(read=settings.policy, custody=self._custody, counters=counters)
        dead_letters = DeadLetters(settings.topic_dead_letter, self._onward, counters)
        self._intake = Intake(
            custody=self._custody,
            dead_letters=dead_letters,
            repartition=Repartition(
                settings.topic_repartition,
                settings.partitions,
                settings.partitioner,
                outbox=self._onward,
                dead_letters=dead_letters,
                counters=counters,
            ),
            notices=Notices(
                settings.topic_repartition, settings.partitions, settings.partitioner, self._onward, counters
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
        if (hang_up := getattr(signal, "SIGHUP", None)) is not None:  # not everywhere
            loop.add_signal_handler(hang_up, self._reload.request)
        settings = self._settings
        log.info("starting worker %s of %s, broker %s", self.view.worker, settings.app_id, settings.broker)
        for line in unknown_variables():
            log.warning("%s", line)
        for service in self._services:
            await service.start()
        reloading = asyncio.create_task(self._reload.run())
        try:
            self._enter()
            stopped = await self._until_stopped(check(settings, self._milestones.waiting))
            stopped = stopped or await self._until_stopped(self._prepare())
            if not stopped and not await self._until_stopped(self._broker_time.start()):
                await self._work()
            if self._not_fit:
                raise NotFitError(*self._not_fit)
            self._register.strike()
        except NotFitError as error:
            self._register.strike()
            for line in error.args:
                log.error("%s", line)
            log.error("ended: the above has to be fixed first")
            return EXIT_NOT_FIT
        finally:
            reloading.cancel()
            for service in self._services:
                await service.stop()
        self._milestones.stopped()
        return EXIT_CLEAN

    async def _connect(self) -> None:
        await self._limits.ask()
        await self._outbox.start()
        await self._onward.start()

    def _enter(self) -> None:
        folder = self._settings.data_dir
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._register.enter()
        except OSError as error:
            raise NotFitError(f"data_dir {folder} takes no files: {error.strerror}") from error

    async def _prepare(self) -> None:
        """Have those who died here leave the group, right before this worker joins it."""
        await asyncio.gather(self._connect(), self._register.succeed())

    async def _work(self) -> None:
        topics, counters = list(self._logical), self._counters
        app = build_app(self._settings, self._custody, self._intake, topics, counters, client_id=self._client_id)
        ticker = Ticker(
            custody=self._custody,
            intake=self._intake,
            clock=self._clock,
            counters=self._counters,
            view=self.view,
            lags=app.lags,
            logical_topics=self._logical,
        )
        pump = AlertPump(
            custody=self._custody,
            outbox=self._onward,
            topic=self._settings.topic_alerts,
            clock=self._clock,
            counters=self._counters,
            exhausted=app.exhausted,
            logical_topics=self._logical,
        )
        self._milestones.joining(self._settings.app_id)
        tasks = [asyncio.create_task(app.start()), asyncio.create_task(ticker.run())]
        beside = (self._live_writer, self._live_reader, self._broker_time, self._watch_group)
        tasks += [asyncio.create_task(service.run()) for service in beside]
        if self._settings.clock == "wall":  # else history is looked at, and nobody is to be told of it
            tasks.append(asyncio.create_task(pump.run()))
        crash = asyncio.create_task(self._watch(app, tasks))
        await self._stop.wait()
        crash.cancel()
        self._milestones.stopping()
        try:
            await asyncio.wait_for(self._shut_down(app, tasks), timeout=STOP_SECONDS)
        except TimeoutError:
            end_process(f"could not stop within {STOP_SECONDS:.0f} s")

    async def _shut_down(self, app: DeskApp, tasks: list[asyncio.Task[None]]) -> None:
        starting, *asking = tasks
        for task in asking:
            task.cancel()  # first: a task that asks a consumer on its way out would take that for a failure
        await app.stop()
        starting.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._outbox.stop()
        await self._onward.stop()

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

    def _found_not_fit(self, lines: Sequence[str]) -> None:
        self._not_fit = lines
        self._stop.set()

    def _told_to_stop(self, number: signal.Signals) -> None:
        if self._stop.is_set():
            log.warning("told to stop twice: ending at once; what was not committed will be read again")
            sys.stderr.flush()
            os._exit(128 + number)
        self._stop.set()
