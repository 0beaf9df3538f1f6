"""The service's own pages: /metrics, /healthz and /readyz, guarded as a worker's are."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence

from aiohttp import web
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.exposition import choose_encoder

from stream.notify.queue import ReceiverQueue
from stream.notify.sheet import families
from stream.notify.standing import Standing
from stream.serve.http.access import METHODS, ROLES, Access
from stream.serve.http.answers import COMMON_HEADERS, error_answer, json_answer
from stream.serve.http.connection import Connection
from stream.serve.http.connections import Connections, Doing
from stream.serve.metrics.exposition import render
from stream.serve.server import Handler, PortTakenError
from stream.settings import Settings

# Whom these pages are for, a scraper and a probe, needs no more.
_CONNECTIONS = 64


class NotifyPages:
    """Serves how the receivers stand."""

    def __init__(self, settings: Settings, reloads: Counter[str]) -> None:
        """Nothing is bound before `start`. reloads: times the file of receivers was read again, by result."""
        self._settings = settings
        self._reloads = reloads
        self.queues: Sequence[ReceiverQueue] = ()
        """Those that are shown; none is before there is a broker."""
        self._access = Access(settings)
        self._registry = CollectorRegistry()  # what prometheus_client knows of this process
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self._registry)
        self._connections = Connections(_CONNECTIONS, _CONNECTIONS)
        self._runner: web.AppRunner | None = None
        self._listener: asyncio.Server | None = None
        self._sweeping: asyncio.Task[None] | None = None

    async def start(self) -> tuple[str, int]:
        """Bind and serve; returns the address in use. Raises PortTakenError if it is not to be had."""
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        self._runner = runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=1.0)
        await runner.setup()
        loop, server = asyncio.get_running_loop(), runner.server
        assert server is not None  # as it is set up
        host, port = self._settings.web_host, self._settings.notify_port
        try:
            self._listener = await loop.create_server(lambda: Connection(server, self._connections, loop), host, port)
        except OSError as error:
            await runner.cleanup()
            raise PortTakenError(
                f"cannot serve on {host}:{port} ({error.strerror}); choose another with DESKPULSE_NOTIFY_PORT, "
                "0 for any"
            ) from error
        self._sweeping = asyncio.create_task(self._connections.sweep())
        bound = self._listener.sockets[0].getsockname()
        return str(bound[0]), int(bound[1])

    async def stop(self) -> None:
        """Stop serving at once."""
        if self._listener is not None and self._sweeping is not None and self._runner is not None:
            self._listener.close()
            self._sweeping.cancel()
            await self._runner.cleanup()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if isinstance(request.protocol, Connection):
            request.protocol.turn(Doing.ANSWERING)
        resource = request.match_info.route.resource
        refused = self._access.refuse_host(request.headers.get("Host"))
        if refused is None and resource is not None:
            refused = self._access.refuse(ROLES[resource.canonical], request.headers.get("Authorization"))
        if refused is not None:
            return error_answer(refused.status, refused.error, dict(refused.headers))
        try:
            response = await handler(request)
        except web.HTTPNotFound:
            return error_answer(404, f"nothing is at {request.path[:200]}")
        except web.HTTPMethodNotAllowed:
            error = f"{request.method[:20]} is not possible; accepts {METHODS}"
            return error_answer(405, error, {"Allow": METHODS})
        response.headers.update({**COMMON_HEADERS, "Cache-Control": "no-store"})
        return response

    async def _metrics(self, request: web.Request) -> web.StreamResponse:
        encoder, content_type = choose_encoder(request.headers.get("Accept", ""))
        openmetrics = content_type.startswith("application/openmetrics-text")
        own = render(families(self._standings(), self._reloads, time.time()), openmetrics=openmetrics)
        return web.Response(body=own + encoder(self._registry), headers={"Content-Type": content_type})

    async def _healthz(self, _request: web.Request) -> web.StreamResponse:
        """Say that it runs; a receiver that is down is no reason to start it anew."""
        return json_answer({"status": "ok"})

    async def _readyz(self, _request: web.Request) -> web.StreamResponse:
        """Say whether the alerts of all receivers are read; how these stand /metrics says, which is guarded."""
        ready = bool(self.queues) and all(queue.joined for queue in self.queues)
        return json_answer({"ready": ready}, 200 if ready else 503)

    def _standings(self) -> dict[str, Standing]:
        return {queue.name: queue.standing for queue in self.queues}
