"""One HTTP connection: aiohttp's, with what it does told to those who bound it, and its errors answered as ours."""

from __future__ import annotations

import asyncio
import logging

from aiohttp import web
from aiohttp.http_exceptions import LineTooLong

from stream.serve.http.answers import COMMON_HEADERS, error_answer, raw_error
from stream.serve.http.connections import Connections, Doing, Ended, place

# Longer than the proxies in use keep theirs, so that none sends a request into one that is being closed.
IDLE_SECONDS = 75.0
# Nothing takes a body. What comes of one after the answer is read for so long, so that the answer is not lost.
_LINGER_SECONDS = 1.0
LINE_BYTES = 8190
HEAD_BYTES = 64 * 1024
_HEADERS = 100

http_log = logging.getLogger("deskpulse.serve.http")

_TOO_LATE = raw_error(408, "the request did not come within 10 seconds")
_TOO_LARGE = raw_error(431, f"the headers are larger than {HEAD_BYTES:,} bytes in all")
_TOO_MANY = raw_error(503, "too many connections; try again", {"Retry-After": "1"})
_LAST_WORDS = {Ended.SLOW_REQUEST: _TOO_LATE, Ended.MALFORMED: _TOO_LARGE, Ended.TOO_MANY: _TOO_MANY}
_LAST_WORDS[Ended.TOO_MANY_OF_ADDRESS] = _TOO_MANY


class Connection(web.RequestHandler):
    """A connection that knows what it does and since when."""

    def __init__(
        self,
        server: web.Server,
        connections: Connections,
        loop: asyncio.AbstractEventLoop,
        *,
        auto_decompress: bool = True,
    ) -> None:
        """Serve what comes with this server, and be counted by these connections.

        auto_decompress: False hands bodies on as they came.
        """
        super().__init__(
            server,
            loop=loop,
            logger=http_log,
            access_log=None,  # type: ignore[arg-type]  # as AppRunner hands it on: none is kept
            keepalive_timeout=IDLE_SECONDS,
            lingering_time=_LINGER_SECONDS,
            max_line_size=LINE_BYTES,
            max_field_size=LINE_BYTES,
            max_headers=_HEADERS,
            auto_decompress=auto_decompress,
        )
        self._connections = connections
        self._head_bytes = 0
        self.address = ""
        self.doing = Doing.READING
        self.since = loop.time()
        self.unsent_since: float | None = None

    def turn(self, doing: Doing) -> None:
        """Note what is done from now on."""
        self.doing, self.since, self._head_bytes = doing, self._loop.time(), 0
        self._connections.turned(self)

    def unsent(self) -> int:
        """Return how many bytes were written that the kernel has not taken."""
        return 0 if self.transport is None else self.transport.get_write_buffer_size()

    def end(self, why: Ended) -> None:
        """End it at once; a request that is not complete is told why, if the kernel takes that."""
        transport = self.transport
        if transport is None:
            return
        self._connections.ended[why] += 1
        if self.doing is Doing.READING and not self.unsent():
            transport.write(_LAST_WORDS[why])
        if self.unsent():
            transport.abort()
        self.force_close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        super().connection_made(transport)
        self.address = place(transport.get_extra_info("peername"))
        self._connections.opened(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        """End."""
        self._connections.closed(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in a piece of a request."""
        if self.doing is Doing.IDLE:
            self.turn(Doing.READING)
        super().data_received(data)
        if self.doing is Doing.READING:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self.end(Ended.MALFORMED)

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send an answer; one of aiohttp's own, such as to a header `Expect`, is put in our words."""
        if isinstance(resp, web.HTTPException):
            resp = error_answer(resp.status, resp.reason, COMMON_HEADERS)
        try:
            return await super().finish_response(request, resp, start_time)
        finally:
            self.turn(Doing.IDLE)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what is no HTTP, and what went wrong where nobody could answer. Nothing of the request is quoted."""
        if request.writer.output_size > 0:
            raise ConnectionError("a part of the answer is sent already")
        if status >= 500:
            self.logger.error("could not answer a request", exc_info=exc)
            answer = error_answer(status, "something went wrong inside; the worker's log says what", COMMON_HEADERS)
        elif isinstance(exc, LineTooLong):
            self._connections.ended[Ended.MALFORMED] += 1
            answer = error_answer(431, f"a line of the request is longer than {LINE_BYTES:,} bytes", COMMON_HEADERS)
        else:
            self._connections.ended[Ended.MALFORMED] += 1
            answer = error_answer(status, "this is not a request of HTTP/1.1", COMMON_HEADERS)
        answer.force_close()
        return answer
