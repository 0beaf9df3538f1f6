"""`deskpulse notify` from start to end: the receivers' queues, the dead letters and the pages."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from typing import Any

from aiokafka.errors import KafkaError

from stream.engine.process.clock import Clock
from stream.engine.process.counters import Counters, Work
from stream.engine.process.narration import narrate
from stream.engine.process.pauses import Pauses, passes
from stream.engine.process.preflight import NotFitError, check
from stream.engine.sending.dead_letter import DeadLetters
from stream.engine.sending.outbox import Outbox
from stream.engine.sending.size_limits import SizeLimits
from stream.notify.delivery import Delivery
from stream.notify.pages import NotifyPages
from stream.notify.queue import ReceiverQueue
from stream.notify.reading import WrongReceiversError
from stream.notify.receiver import Receiver
from stream.notify.standing import Standing
from stream.serve.http.access import unguarded
from stream.settings import Settings, unknown_variables

EXIT_CLEAN = 0
EXIT_NOT_FIT = 78  # EX_CONFIG of sysexits.h: something has to be fixed first

Read = Callable[[], Sequence[Receiver]]

log = logging.getLogger("deskpulse.notify")


def run(settings: Settings, receivers: Sequence[Receiver], read: Read) -> int:
    """Send alerts until SIGINT or SIGTERM; returns the exit status of the process.

    read: reads the file of receivers again, on SIGHUP; raises WrongReceiversError.

    0 after an orderly end, 78 if the topics have to be fixed first. What goes wrong inside ends the process with
    status 70, see engine/process/fatal.py. Raises PortTakenError.
    """
    narrate(settings)
    return asyncio.run(_Service(settings, receivers, read).run())


class _Service:
    def __init__(self, settings: Settings, receivers: Sequence[Receiver], read: Read) -> None:
        self._settings = settings
        self._receivers = receivers
        self._read = read
        self._stop = asyncio.Event()
        self._asked_to_reload = asyncio.Event()
        self._standings: dict[str, Standing] = {}
        self._counters = Counters()
        self._reloads = Counter[str]()
        limits = SizeLimits(settings)
        name = f"{settings.app_id}-notify-{socket.gethostname()}"
        self._limits = limits
        self._outbox = Outbox(settings.kafka_client_options(), name, limits, Clock("wall"))

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop.set)
        if (hang_up := getattr(signal, "SIGHUP", None)) is not None:  # not everywhere
            loop.add_signal_handler(hang_up, self._asked_to_reload.set)
        settings = self._settings
        self._say_whom()
        for line in unknown_variables():
            log.warning("%s", line)
        dead_letters = DeadLetters(settings.topic_dead_letter, self._outbox, self._counters)
        async with AsyncExitStack() as stack:
            pages = NotifyPages(settings, self._reloads)
            host, port = await pages.start()
            stack.push_async_callback(pages.stop)
            log.info("metrics http://%s:%d/metrics", f"[{host}]" if ":" in host else host, port)
            if (warning := unguarded(settings)) is not None:
                log.warning("%s", warning)
            try:
                if await self._until_stopped(self._prepare()):
                    return EXIT_CLEAN
            except NotFitError as error:
                for line in error.args:
                    log.error("%s", line)
                log.error("ended: the above has to be fixed first")
                return EXIT_NOT_FIT
            stack.push_async_callback(self._outbox.stop)
            while not self._stop.is_set():
                await self._send(pages, dead_letters)
        log.info("ended; what no receiver has is sent at the next start")
        return EXIT_CLEAN

    async def _send(self, pages: NotifyPages, dead_letters: DeadLetters) -> None:
        """Send to the receivers there are, until told to stop or until there are others."""
        async with AsyncExitStack() as stack:
            queues = []
            for receiver in self._receivers:
                delivery = await stack.enter_async_context(Delivery(receiver, dead_letters))
                delivery.standing = self._standings.setdefault(receiver.name, delivery.standing)
                queues.append(ReceiverQueue(self._settings, delivery, self._counters))
            pages.queues = queues
            running = [asyncio.create_task(queue.run(), name=f"notify-{queue.name}") for queue in queues]
            await self._until_stopped(self._until_reloaded())
            for queue in queues:
                queue.stop()
            await asyncio.gather(*running)

    async def _until_reloaded(self) -> None:
        """Wait until the file of receivers was read again; a wrong one changes nothing."""
        while True:
            await self._asked_to_reload.wait()
            self._asked_to_reload.clear()
            try:
                self._receivers = await asyncio.to_thread(self._read)
            except WrongReceiversError as error:
                self._reloads["failed"] += 1
                for line in str(error).splitlines():
                    log.error("%s", line)
                log.error("the file of receivers was not taken: the above has to be fixed; those from before stay")
            else:
                self._reloads["ok"] += 1
                log.info("the file of receivers was read again")
                return self._say_whom()

    def _say_whom(self) -> None:
        names = ", ".join(receiver.name for receiver in self._receivers)
        log.info("sending alerts of %s to %s, broker %s", self._settings.topic_alerts, names, self._settings.broker)

    async def _prepare(self) -> None:
        """Wait for the broker and look at the topics. Raises NotFitError."""
        await check(self._settings, lambda: None)  # it says in the log that it waits
        await self._limits.ask()
        pauses = Pauses(Work.ALERTS, "connecting", self._counters)
        while True:
            try:
                await self._outbox.start()
            except KafkaError as error:
                if not passes(error):
                    raise
                await pauses.wait(error)
            else:
                return pauses.over()

    async def _until_stopped(self, work: Coroutine[Any, Any, None]) -> bool:
        """Do the work unless told to stop first; returns whether that was."""
        task, stop = asyncio.create_task(work), asyncio.create_task(self._stop.wait())
        await asyncio.wait([task, stop], return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if task.done():
            task.result()
            return self._stop.is_set()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return True
