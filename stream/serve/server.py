"""The worker's pages over HTTP: /metrics, /healthz, /readyz, the snapshot as JSON, and the live page."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from importlib.resources import files

import orjson
from aiohttp import web
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.exposition import choose_encoder

from stream.core.report import report
from stream.core.windows import ALL
from stream.engine.view import WorkerView
from stream.serve.boards import Boards
from stream.serve.collector import metrics
from stream.settings import Settings

OPEN_TO_ALL = frozenset({"/healthz", "/readyz"})
_PAGE = files("stream.serve") / "page"
_TYPES = {"live.html": "text/html", "live.js": "text/javascript", "live.css": "text/css", "icon.svg": "image/svg+xml"}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

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
        self._boards = Boards(view, settings)
        self._runner: web.AppRunner | None = None
        self.address: tuple[str, int] | None = None

    def application(self) -> web.Application:
        """Return the aiohttp application with all routes."""
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/", self._page("live.html"))
        for name in _TYPES:
            app.router.add_get(f"/{name}", self._page(name))
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/api/v1/live", self._live)
        app.router.add_routes(self._boards.routes())
        return app

    async def start(self) -> tuple[str, int]:
        """Bind and serve; returns the address in use. Raises PortTakenError if it is not to be had."""
        host, port = self._settings.web_host, self._settings.web_port
        self._runner = web.AppRunner(self.application(), access_log=None, handle_signals=False, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        try:
            await site.start()
        except OSError as error:
            await self._runner.cleanup()
            raise PortTakenError(
                f"cannot serve on {host}:{port} ({error.strerror}); choose another with DESKPULSE_WEB_PORT, 0 for any"
            ) from error
        bound = self._runner.addresses[0]
        self.address = (str(bound[0]), int(bound[1]))
        await self._boards.start()
        return self.address

    async def stop(self) -> None:
        """Stop serving at once."""
        if self._runner is not None:
            await self._boards.stop()
            await self._runner.cleanup()
            self._runner = None

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        token = self._settings.web_token
        if token is not None and request.path not in OPEN_TO_ALL:
            given = request.headers.get("Authorization", "").removeprefix("Bearer ")
            if not hmac.compare_digest(given.encode(), token.get_secret_value().encode()):
                return web.json_response(
                    {"error": "a bearer token is needed"}, status=401, headers={"WWW-Authenticate": "Bearer"} | _HEADERS
                )
        response = await handler(request)
        response.headers.update(_HEADERS)
        response.enable_compression()  # if the client accepts it; metrics shrink to a twentieth
        return response

    def _page(self, name: str) -> Handler:
        body = (_PAGE / name).read_bytes()

        async def handler(_request: web.Request) -> web.StreamResponse:
            return web.Response(body=body, content_type=_TYPES[name], charset="utf-8")

        return handler

    async def _metrics(self, request: web.Request) -> web.StreamResponse:
        encoder, content_type = choose_encoder(request.headers.get("Accept", ""))
        openmetrics = content_type.startswith("application/openmetrics-text")

        def body() -> bytes:
            return metrics(self._view, openmetrics=openmetrics) + encoder(self._registry)

        return web.Response(body=await asyncio.to_thread(body), headers={"Content-Type": content_type})

    async def _healthz(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({"status": "ok", "phase": self._view.phase})

    async def _readyz(self, _request: web.Request) -> web.StreamResponse:
        ready = self._view.ready
        body = {"ready": ready, "phase": self._view.phase, "partitions": sorted(self._view.owned)}
        return web.json_response(body, status=200 if ready else 503)

    async def _live(self, request: web.Request) -> web.StreamResponse:
        """Return the snapshot of this worker's partitions; `?window=1h` (repeatable) leaves out other windows' rows."""
        only = request.query.getall("window", None)
        policy = self._view.policy
        known = {window.name for window in policy.windows + policy.survey_windows} | {ALL}
        if only is not None and not known.issuperset(only):
            error = f"window: got {', '.join(only)}; accepts {', '.join(sorted(known))}"
            return web.json_response({"error": error}, status=400)

        def body() -> bytes | None:
            totals = self._view.totals
            return None if totals is None else orjson.dumps(report(totals, policy, only))

        found = await asyncio.to_thread(body) if self._view.ready else None
        if found is None:
            error = f"not ready: {self._view.phase}"
            return web.json_response({"error": error, "phase": self._view.phase}, status=503)
        return web.Response(body=found, content_type="application/json")
