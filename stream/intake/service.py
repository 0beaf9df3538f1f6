"""The service from start to end: bind, wait for Kafka, take deliveries in, and answer what is in hand at the end."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
from collections.abc import Callable, Sequence

from aiokafka.errors import KafkaError

from stream.engine.process.clock import Clock
from stream.engine.process.narration import narrate
from stream.engine.process.preflight import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, NotFitError, check
from stream.engine.sending.outbox import Outbox
from stream.engine.sending.size_limits import SizeLimits
from stream.engine.work.milestones import GC_THRESHOLD
from stream.intake.server import IntakeServer
from stream.intake.source import Source
from stream.serve.http.access import unguarded
from stream.settings import Settings, WrongSettingError, unknown_variables

EXIT_CLEAN = 0
EXIT_NOT_FIT = 78

log = logging.getLogger("deskpulse.intake")


def run(settings: Settings, sources: Sequence[Source], read: Callable[[], Sequence[Source]]) -> int:
    """Run until SIGINT or SIGTERM; returns the exit status: 0, or 78 if the topics have to be fixed first.

    read: reads the file of sources again, on SIGHUP; raises WrongSettingError.

    Raises PortTakenError.
    """
    narrate(settings)
    return asyncio.run(Service(settings, sources, read).run())


class Service:
    """One process that takes deliveries in."""

    def __init__(self, settings: Settings, sources: Sequence[Source], read: Callable[[], Sequence[Source]]) -> None:
        """Wire everything up; nothing is started yet. read: as of `run`."""
        self._settings = settings
        self._sources = sources
        self._read = read
        self._asked_to_reload = asyncio.Event()
        self._limits = SizeLimits(settings)
        options = settings.kafka_client_options()
        self._outbox = Outbox(options, f"{settings.app_id}-intake", self._limits, Clock("wall"))
        self._stop = asyncio.Event()
        self.server = IntakeServer(sources, settings, self._outbox)

    async def run(self) -> int:
        """Run until told to stop."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stop)
        host, port = await self.server.start()
        self._address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._say_where(self._sources)
        log.info("metrics http://%s/metrics", self._address)
        if (warning := unguarded(self._settings)) is not None:
            log.warning("%s", warning)
        for line in unknown_variables():
            log.warning("%s", line)
        if (hang_up := getattr(signal, "SIGHUP", None)) is not None:  # not everywhere
            loop.add_signal_handler(hang_up, self._asked_to_reload.set)
        connecting = asyncio.create_task(self._connect())
        stopping = asyncio.create_task(self._stop.wait())
        reloading = asyncio.create_task(self._reload())
        try:
            await asyncio.wait({connecting, stopping, reloading}, return_when=asyncio.FIRST_COMPLETED)
            if connecting.done():
                connecting.result()
                await asyncio.wait({stopping, reloading}, return_when=asyncio.FIRST_COMPLETED)
            if reloading.done():
                reloading.result()  # a fault inside: no file could be read again, and nobody would know
        except NotFitError as error:
            for line in error.args:
                log.error("%s", line)
            log.error("ended: the above has to be fixed first")
            return EXIT_NOT_FIT
        finally:
            connecting.cancel()
            stopping.cancel()
            reloading.cancel()
            await self.server.stop()
            await self._outbox.stop()
        log.info("stopped; every delivery that was acknowledged is in Kafka")
        return EXIT_CLEAN

    def stop(self) -> None:
        """Have it end in order."""
        self._stop.set()

    async def _connect(self) -> None:
        await check(self._settings, lambda: None)
        await self._limits.ask()
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                await self._outbox.start()
            except KafkaError as error:
                log.warning("no broker: %s. Trying again until it is there.", error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            else:
                break
        self.server.connected = True
        gc.freeze()  # what was loaded stays to the end, and a delivery leaves hardly anything to walk
        gc.set_threshold(*GC_THRESHOLD)
        log.info("ready: Kafka is at %s; deliveries are acknowledged when it has acknowledged them",
                 self._settings.broker)  # fmt: skip

    async def _reload(self) -> None:
        """Read the file of sources again when asked to, until cancelled; a wrong one changes nothing."""
        while True:
            await self._asked_to_reload.wait()
            self._asked_to_reload.clear()
            try:
                sources = await asyncio.to_thread(self._read)
            except WrongSettingError as error:
                self.server.counters.reloads["failed"] += 1
                for line in str(error).splitlines():
                    log.error("%s", line)
                log.error("the file of sources was not taken: the above has to be fixed; the sources from before stay")
                continue
            self.server.take_from(sources)
            self.server.counters.reloads["ok"] += 1
            log.info("the file of sources was read again")
            self._say_where(sources)

    def _say_where(self, sources: Sequence[Source]) -> None:
        for source in sources:
            shown = f"{source.path}/SECRET" if source.has_key_in_path else source.path
            log.info("source %s  http://%s%s", source.name, self._address, shown)
            if source.recipe.check == "none":
                log.warning("source %s: anyone who reaches it may send, as signature is none", source.name)
