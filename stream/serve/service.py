"""The pages as a service that a worker runs beside its engine."""

from __future__ import annotations

import logging

from mode import Service

from stream.engine.desk.view import WorkerView
from stream.serve.http.access import unguarded
from stream.serve.server import Pages

log = logging.getLogger("deskpulse.serve")


class PagesService(Service):  # type: ignore[misc]  # mode ships no types that strict mypy can follow
    """Serves the pages from the worker's start to its end, so that health answers while it recovers."""

    def __init__(self, view: WorkerView) -> None:
        """Serve this view under the worker's settings."""
        super().__init__()
        self._settings = view.settings
        self._pages = Pages(view, view.settings)

    async def on_start(self) -> None:
        """Bind; raises PortTakenError."""
        host, port = await self._pages.start()
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        log.info("live page http://%s/  metrics http://%s/metrics", address, address)
        if (warning := unguarded(self._settings)) is not None:
            log.warning("%s", warning)

    async def on_stop(self) -> None:
        """Stop serving."""
        await self._pages.stop()
