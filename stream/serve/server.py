"""The worker's pages over HTTP: /metrics, /healthz, /readyz, the snapshot as JSON, and the live page."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable

from aiohttp import web
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.exposition import choose_encoder

from stream.engine.desk.view import Phase, WorkerView
from stream.serve.api.currency import currency, currency_of_own, in_words
from stream.serve.api.explain import ExplainApi
from stream.serve.api.numbers import LiveApi
from stream.serve.api.openapi import OpenApi
from stream.serve.api.waiting import WaitingApi
from stream.serve.http.access import METHODS, ROLES, Access, Refusal
from stream.serve.http.answers import COMMON_HEADERS, error_answer, json_answer
from stream.serve.http.assets import Assets
from stream.serve.http.connection import Connection
from stream.serve.http.connections import Connections, Doing
from stream.serve.http.open_files import OTHERS, room_for
from stream.serve.metrics.collector import metrics
from stream.serve.wallboards.routes import Boards
from stream.settings import Settings

log = logging.getLogger("deskpulse.serve")

# How many connections are accepted before any is looked at, or closed to let another in.
_ACCEPTED_AT_ONCE = 32
# How many the kernel holds until then; what comes on top waits for a second.
_QUEUED = 1024
_PREPARED = web.RequestKey("prepared", bool)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class PortTakenError(OSError):
    """The address for the pages cannot be bound; the text says which and how to choose another."""


class Pages:
    """Serves one worker's view. What is slow runs in a thread, so that the engine's loop goes on."""

    def __init__(self, view: WorkerView, settings: Settings) -> None:
        """Serve this view under these settings; nothing is bound before `start`."""
        self._view = view
        self._settings = settings
        self._registry = CollectorRegistry()  # what prometheus_client knows of this process
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self._registry)
        self._access = Access(settings)
        self._assets = Assets()
        self._boards = Boards(view, settings, self._assets.version)
        self._connections = Connections(*_limits(settings))
        self._runner: web.AppRunner | None = None
        self._listener: asyncio.Server | None = None
        self._sweeping: asyncio.Task[None] | None = None
        self.address: tuple[str, int] | None = None

    def application(self) -> web.Application:
        """Return the aiohttp application with all routes."""
        app = web.Application(middlewares=[self._guard])
        app.on_response_prepare.append(self._complete)
        view = self._view
        for part in (self._assets, LiveApi(view), WaitingApi(view), ExplainApi(view), OpenApi(view), self._boards):
            app.router.add_routes(part.routes())
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        if unknown := {resource.canonical for resource in app.router.resources()} - ROLES.keys():
            raise LookupError(
                f"nobody has said who may read {', '.join(sorted(unknown))}; stream/serve/http/access.py does"
            )
        return app

    async def start(self) -> tuple[str, int]:
        """Bind and serve; returns the address in use. Raises PortTakenError if it is not to be had."""
        host, port = self._settings.web_host, self._settings.web_port
        self._runner = runner = web.AppRunner(self.application(), handle_signals=False, shutdown_timeout=1.0)
        await runner.setup()
        loop, server = asyncio.get_running_loop(), runner.server
        assert server is not None  # as it is set up
        try:
            self._listener = await loop.create_server(
                lambda: Connection(server, self._connections, loop), host, port, backlog=_ACCEPTED_AT_ONCE
            )
        except OSError as error:
            await self._runner.cleanup()
            raise PortTakenError(
                f"cannot serve on {host}:{port} ({error.strerror}); choose another with DESKPULSE_WEB_PORT, 0 for any"
            ) from error
        for listening in self._listener.sockets:
            with socket.socket(fileno=os.dup(listening.fileno())) as same:
                same.listen(_QUEUED)  # asyncio has one number for both
        bound = self._listener.sockets[0].getsockname()
        self.address = (str(bound[0]), int(bound[1]))
        self._sweeping = asyncio.create_task(self._connections.sweep())
        await self._boards.start()
        return self.address

    async def stop(self) -> None:
        """Stop serving at once."""
        if self._listener is not None and self._sweeping is not None:
            self._listener.close()
            self._sweeping.cancel()
        if self._runner is not None:
            await self._boards.stop()
            await self._runner.cleanup()
            self._runner = None

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse anyone who may not ask, and let no error out that tells of the inside."""
        if isinstance(request.protocol, Connection):
            request.protocol.turn(Doing.ANSWERING)
        refused = self._refuse(request)
        if refused is not None:
            return error_answer(refused.status, refused.error, dict(refused.headers))
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            allowed = self._access.preflight(request.headers.get("Origin"))
            if isinstance(allowed, Refusal):
                return error_answer(allowed.status, allowed.error)
            return web.Response(status=204, headers=allowed)
        try:
            response = await handler(request)
        except web.HTTPNotFound:
            return error_answer(404, f"nothing is at {request.path[:200]}")
        except web.HTTPMethodNotAllowed:
            error = f"{request.method[:20]} is not possible; accepts {METHODS}"
            return error_answer(405, error, {"Allow": METHODS})
        except web.HTTPException as error:
            return error_answer(error.status, error.reason)
        except Exception:
            log.exception("could not answer %s %s", request.method, request.path)
            if _PREPARED in request:
                raise  # a stream that has begun can only be cut
            return error_answer(500, "something went wrong inside; the worker's log says what")
        # What has an entity tag has seen to it; a tag is of one coding.
        if isinstance(response, web.Response) and response.body and "ETag" not in response.headers:
            response.enable_compression()  # if the client accepts it; metrics shrink to a twentieth
        return response

    def _refuse(self, request: web.Request) -> Refusal | None:
        refused = self._access.refuse_host(request.headers.get("Host"))
        resource = request.match_info.route.resource
        if refused is not None or resource is None or request.method == "OPTIONS":
            return refused
        return self._access.refuse(ROLES[resource.canonical], request.headers.get("Authorization"))

    async def _complete(self, request: web.Request, response: web.StreamResponse) -> None:
        """Add the headers of every answer, just before it goes; of streams and errors too."""
        request[_PREPARED] = True
        headers = response.headers
        headers.update({**COMMON_HEADERS, "Cache-Control": headers.get("Cache-Control", "no-store")})
        headers["Vary"] = "Accept-Encoding, Origin" if self._access.origins else "Accept-Encoding"
        headers.update(self._access.cors_headers(request.headers.get("Origin")))

    async def _metrics(self, request: web.Request) -> web.StreamResponse:
        encoder, content_type = choose_encoder(request.headers.get("Accept", ""))
        openmetrics = content_type.startswith("application/openmetrics-text")

        def body() -> bytes:
            return metrics(
                self._view, openmetrics=openmetrics, streams=self._boards.hub, connections=self._connections
            ) + encoder(self._registry)

        return web.Response(body=await asyncio.to_thread(body), headers={"Content-Type": content_type})

    async def _healthz(self, _request: web.Request) -> web.StreamResponse:
        return json_answer({"status": "ok", "phase": self._view.phase})

    async def _readyz(self, _request: web.Request) -> web.StreamResponse:
        """Say whether this worker shows numbers. One that is catching up does, and says so with them.

        How far the desk is behind is the same whichever worker is asked: not to be ready would only hide it, and hold a
        rolling update up for as long as there is more to read than can be read.
        """
        view = self._view
        ready, newest_us, unread = view.fit, *currency_of_own(view.own_parts())
        body = {
            "ready": ready,
            "says": in_words(newest_us, unread, view.clock.wall_us()) if ready else _not_ready(view),
            "phase": view.phase,
            "partitions": sorted(view.owned),
            **currency(newest_us, unread),
        }
        return json_answer(body, 200 if ready else 503)


def _limits(settings: Settings) -> tuple[int, int]:
    """Return how many connections there may be, in all and of one address, as far as the system allows."""
    wanted = settings.web_connection_limit
    limit = room_for(wanted + settings.web_stream_limit) - settings.web_stream_limit
    if limit < wanted:
        limit = max(1, limit)
        log.warning(
            "web_connection_limit (DESKPULSE_WEB_CONNECTION_LIMIT) is %d and only %d fit beside %d streams and %d "
            "other open files into what the system allows this process (ulimit -n); raise that, or lower the settings",
            wanted,
            limit,
            settings.web_stream_limit,
            OTHERS,
        )
    return limit, min(limit, settings.web_connections_per_address)


def _not_ready(view: WorkerView) -> str:
    phase = view.phase
    if not view.broker_time.right:
        return f"not ready: {view.broker_time.trouble()}"
    if phase is Phase.READY:
        return "not ready: partitions are changing hands, or this process did not run for longer than a session"
    return f"not ready: {phase}"
