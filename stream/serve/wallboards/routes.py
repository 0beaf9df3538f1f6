"""The wallboards over HTTP: their layouts, and the stream of what their tiles show."""

from __future__ import annotations

from collections.abc import Iterable

import orjson
from aiohttp import web

from stream.board.document import board_document
from stream.board.layout import Board
from stream.engine.desk.view import WorkerView
from stream.serve.http.answers import error_answer, json_answer
from stream.serve.http.connection import Connection
from stream.serve.http.connections import Doing
from stream.serve.wallboards.client import SlowClientError, framed
from stream.serve.wallboards.hub import Hub, TooManyListenersError
from stream.serve.wallboards.layouts import LayoutFile
from stream.settings import Settings

AGAIN_SECONDS = 10
# What the page at /wallboard asks for, which names none.
FIRST = "default"


class Boards:
    """Serves the wallboards of one worker."""

    def __init__(self, view: WorkerView, settings: Settings, page_version: str) -> None:
        """Serve this view under these settings; nothing runs before `start`.

        page_version: of the page that this worker serves, for one that has been open for longer than the worker runs.
        Raises WrongSettingError with a line for each thing that is wrong in the layout file.
        """
        self._view = view
        self._greeting = framed("page", orjson.dumps({"version": page_version}))
        self.hub = Hub(view, LayoutFile(settings, view.policy), settings.web_stream_limit)

    def routes(self) -> Iterable[web.RouteDef]:
        """Return the routes of boards and streams."""
        return [
            web.get("/api/v1/boards", self._list),
            web.get("/api/v1/boards/{name}", self._board),
            web.get("/api/v1/boards/{name}/stream", self._stream, allow_head=False),
        ]

    async def start(self) -> None:
        """Begin to compute what is streamed."""
        self.hub.start()

    async def stop(self) -> None:
        """End all streams at once."""
        await self.hub.stop()

    async def _list(self, _request: web.Request) -> web.StreamResponse:
        boards = [{"name": board.name, "title": board.title} for board in self.hub.layouts.values()]
        return json_answer({"boards": boards})

    async def _board(self, request: web.Request) -> web.StreamResponse:
        board = self._asked_for(request)
        if board is None:
            return self._unknown(request)
        return json_answer(board_document(board, self._view.policy, self._view.clock.wall_us()))

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        board = self._asked_for(request)
        if board is None:
            return self._unknown(request)
        try:
            client = self.hub.join(board.name)
        except TooManyListenersError as error:
            return error_answer(503, str(error), {"Retry-After": str(AGAIN_SECONDS)})
        # A proxy that gathers answers before it passes them on (nginx) is told not to.
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        response = web.StreamResponse(headers=headers)
        try:
            if isinstance(request.protocol, Connection):
                request.protocol.turn(Doing.STREAMING)
            await response.prepare(request)
            await client.serve(request, response, self._greeting)
        except SlowClientError:
            self.hub.dropped += 1
        except ConnectionError:
            pass  # it went away, as wallboards do
        finally:
            self.hub.leave(client)
        return response

    def _asked_for(self, request: web.Request) -> Board | None:
        """Return the board that is named; `default` is the first unless there is one of that name."""
        layouts, name = self.hub.layouts, request.match_info["name"]
        if name == FIRST and name not in layouts:
            return next(iter(layouts.values()))
        return layouts.get(name)

    def _unknown(self, request: web.Request) -> web.StreamResponse:
        known = ", ".join(self.hub.layouts)
        return error_answer(404, f"board: got {request.match_info['name'][:80]!r}; accepts {known}")
