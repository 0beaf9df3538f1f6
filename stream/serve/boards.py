"""The wallboards over HTTP: their layouts, and the stream of what their tiles show."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

from stream.engine.view import WorkerView
from stream.settings import Settings


class Boards:
    """Serves the wallboards of one worker."""

    def __init__(self, view: WorkerView, settings: Settings) -> None:
        """Serve this view under these settings; nothing runs before `start`."""
        self._view = view
        self._settings = settings

    def routes(self) -> Iterable[web.RouteDef]:
        """Return the routes of boards and streams."""
        return []

    async def start(self) -> None:
        """Begin to compute what is streamed."""

    async def stop(self) -> None:
        """End all streams at once."""
