"""The service over HTTP: deliveries of all sources, each under its own path, and /metrics, /healthz, /readyz."""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
from collections.abc import Callable, Sequence

from aiohttp import web
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.exposition import choose_encoder

from stream.engine.sending.outbox import Outbox
from stream.intake.body import Answer, Hold, Room, read_body
from stream.intake.connection import SenderConnection
from stream.intake.counters import Counters, Outcome
from stream.intake.deliveries import Deliveries, Told
from stream.intake.exposition import exposition
from stream.intake.signature import Doubt, Refused, is_one_of
from stream.intake.sns import Fetch, fetch
from stream.intake.source import Source
from stream.serve.http.access import Access, Role
from stream.serve.http.answers import COMMON_HEADERS, error_answer, json_answer
from stream.serve.http.connections import Connections, Doing
from stream.serve.http.open_files import room_for
from stream.serve.server import PortTakenError
from stream.settings import Settings

_QUEUED = 128
_ALLOWED_METHODS = "POST, GET, HEAD, OPTIONS"

log = logging.getLogger("deskpulse.intake")


class IntakeServer:
    """Answers senders. It is up before Kafka is, and answers 503 until then."""

    def __init__(
        self,
        sources: Sequence[Source],
        settings: Settings,
        outbox: Outbox,
        now: Callable[[], float] = time.time,
        fetch: Fetch = fetch,
    ) -> None:
        """outbox: started by the caller. now: seconds since 1970, which signatures are compared with.

        fetch: how to read an address of Amazon.
        """
        self._settings = settings
        self._sources: dict[str, Source] = {}
        self._with_key: dict[str, Source] = {}
        self.counters = Counters(())
        self.take_from(sources)
        self.room = Room()
        """What is held of bodies."""
        self._deliveries = Deliveries(self.counters, settings, outbox, now, fetch)
        self._access = Access(settings)
        self._connections = Connections(room_for(settings.web_connection_limit), settings.web_connections_per_address)
        self._registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self._registry)
        self._runner: web.AppRunner | None = None
        self._listener: asyncio.Server | None = None
        self._sweeping: asyncio.Task[None] | None = None
        self.connected = False
        """Whether Kafka was there since the start."""

    def take_from(self, sources: Sequence[Source]) -> None:
        """Take deliveries of these sources from now on, and of no others; what was counted of others stays."""
        self._sources = {source.path: source for source in sources if not source.has_key_in_path}
        self._with_key = {source.path: source for source in sources if source.has_key_in_path}
        names = (source.name for source in sources)
        self.counters.sources = tuple(dict.fromkeys((*self.counters.sources, *names)))

    def application(self) -> web.Application:
        """Return the aiohttp application with the routes that are always there; sources are found by `_guard`."""
        app = web.Application(middlewares=[self._guard])
        app.on_response_prepare.append(_complete)
        for path in self._sources:  # which come and go; aiohttp takes less time over a path that it knows
            app.router.add_route("*", path, _nobody)
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        return app

    async def start(self) -> tuple[str, int]:
        """Bind and serve; returns the address in use. Raises PortTakenError."""
        host, port = self._settings.web_host, self._settings.intake_port
        self._runner = runner = web.AppRunner(
            self.application(), handle_signals=False, shutdown_timeout=self._settings.intake_ack_seconds + 1
        )
        await runner.setup()
        loop, server = asyncio.get_running_loop(), runner.server
        assert server is not None  # as it is set up
        try:
            self._listener = await loop.create_server(
                lambda: SenderConnection(server, self._connections, loop), host, port, backlog=_QUEUED
            )
        except OSError as error:
            await runner.cleanup()
            raise PortTakenError(
                f"cannot serve on {host}:{port} ({error.strerror}); "
                "choose another with DESKPULSE_INTAKE_PORT, 0 for any"
            ) from error
        self._sweeping = asyncio.create_task(self._connections.sweep())
        bound = self._listener.sockets[0].getsockname()
        return str(bound[0]), int(bound[1])

    async def stop(self) -> None:
        """Take no more, and answer what is in hand."""
        if self._listener is not None and self._sweeping is not None:
            self._listener.close()
            self._sweeping.cancel()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        await self._deliveries.stop()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Callable[..., object]) -> web.StreamResponse:
        """Let no error out that tells of the inside."""
        path = request.path
        if (source := self._sources.get(path)) is not None:
            return await self._delivered(source, "", request)
        if self._with_key:
            path, _, key = path.rpartition("/")
            if key and (source := self._with_key.get(path)) is not None:
                return await self._delivered(source, key, request)
        _turn_answering(request)
        try:
            return await handler(request)  # type: ignore[misc,no-any-return]  # aiohttp's type for handlers is looser
        except web.HTTPNotFound:
            return error_answer(404, "no source has this address")
        except web.HTTPMethodNotAllowed:
            return error_answer(405, "this is not possible here; accepts GET, HEAD", {"Allow": "GET, HEAD"})
        except web.HTTPException as error:
            return error_answer(error.status, error.reason)

    async def _delivered(self, source: Source, key: str, request: web.Request) -> web.StreamResponse:
        """Answer a sender, and count what became of it; key: what its address has behind the source's."""
        began = time.perf_counter()
        try:
            told = await self._answered(source, key, request)
        except (ConnectionError, web.RequestPayloadError):
            told = Answer(400, "the body did not come as its headers say", Outcome.UNREADABLE)
        except Exception as error:  # noqa: BLE001 - said with where, but without its text, which may quote a person's
            _say_failure(source, error)
            told = Answer(500, "something went wrong inside; the log says where", Outcome.FAILED)
        if isinstance(told, Answer):
            again = {} if told.retry_seconds is None else {"Retry-After": str(told.retry_seconds)}
            told = Told(error_answer(told.status, told.error, again), told.outcome)
        self.counters.deliveries[source.name, told.outcome] += 1
        self.counters.answer_seconds.observe(time.perf_counter() - began)
        return told.response

    async def _answered(self, source: Source, key: str, request: web.Request) -> Told | Answer:
        if source.has_key_in_path and not is_one_of(source.keys, key.encode(errors="surrogateescape")):
            self._deliveries.refused(source, Refused(Doubt.WRONG, "the address has none of the secrets of this source"))
            return Answer(404, "no source has this address", Outcome.REFUSED)
        if request.method != "POST":
            _turn_answering(request)
            return _greeted(source, request)
        if isinstance(request.protocol, SenderConnection):
            request.protocol.turn(Doing.READING)  # the body gets as long as the headers had
        with Hold(self.room) as hold:
            body = await read_body(request, self._settings.intake_max_body_bytes, hold)
            _turn_answering(request)
            if isinstance(body, Answer):
                return body
            return await self._deliveries.take(source, request, body)

    async def _metrics(self, request: web.Request) -> web.StreamResponse:
        refused = self._access.refuse_host(request.headers.get("Host"))
        refused = refused or self._access.refuse(Role.ADMIN, request.headers.get("Authorization"))
        if refused is not None:
            return error_answer(refused.status, refused.error, dict(refused.headers))
        encoder, content_type = choose_encoder(request.headers.get("Accept", ""))
        openmetrics = content_type.startswith("application/openmetrics-text")
        own = exposition(self.counters, self._connections, time.monotonic(), openmetrics=openmetrics)
        return web.Response(body=own + encoder(self._registry), headers={"Content-Type": content_type})

    async def _healthz(self, _request: web.Request) -> web.StreamResponse:
        return json_answer({"status": "ok"})

    async def _readyz(self, _request: web.Request) -> web.StreamResponse:
        """Say whether deliveries are acknowledged, as far as is known."""
        ready = self.connected and not self.counters.is_failing(time.monotonic())
        says = "deliveries are taken" if ready else "not ready: Kafka does not acknowledge; deliveries are answered 503"
        return json_answer(
            {"ready": ready, "says": says, "sources": list(self.counters.sources)}, 200 if ready else 503
        )


def _turn_answering(request: web.Request) -> None:
    if isinstance(request.protocol, SenderConnection):
        request.protocol.turn(Doing.ANSWERING)


async def _nobody(_request: web.Request) -> web.StreamResponse:
    raise web.HTTPNotFound


def _greeted(source: Source, request: web.Request) -> Told | Answer:
    """Answer those who look whether anybody is here, and senders of CloudEvents who ask to be allowed to send."""
    if request.method in ("GET", "HEAD"):
        return Told(json_answer({"source": source.name, "accepts": "POST"}), Outcome.HANDSHAKE)
    origin = request.headers.get("WebHook-Request-Origin")
    if request.method == "OPTIONS" and origin is not None:
        if not source.allows(origin):
            return Answer(403, "this origin is not among allowed_origins of the source", Outcome.REFUSED)
        granted = {"WebHook-Allowed-Origin": origin, "Allow": "POST"}
        if "WebHook-Request-Rate" in request.headers:
            granted["WebHook-Allowed-Rate"] = str(source.deliveries_per_second * 60)  # a minute
        return Told(web.Response(status=200, headers=granted), Outcome.HANDSHAKE)
    return Told(
        error_answer(405, "this is not possible here; accepts POST", {"Allow": _ALLOWED_METHODS}), Outcome.UNREADABLE
    )


def _say_failure(source: Source, error: Exception) -> None:
    where = "".join(traceback.format_tb(error.__traceback__)[-4:]).rstrip()
    log.error("source %s: a delivery failed with %s; its text is not shown, as it may quote it\n%s",
              source.name, type(error).__name__, where)  # fmt: skip


async def _complete(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(COMMON_HEADERS)
