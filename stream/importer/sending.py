"""Events from an import into a sink, batch by batch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import islice
from types import TracebackType

from stream.mapping.draft import JsonEvent
from stream.simulate.sink import Sink

_BATCH = 1_000


class Sending(AbstractContextManager["Sending"]):
    """An open sink, fed from code that is not asynchronous.

    The event loop runs only while the sink works. Reading a file is one long computation, and outside the loop
    Ctrl-C ends it at once instead of at the next await. Raises what the sink raises.
    """

    def __init__(self, sink: Sink) -> None:
        self.sent = 0
        self._sink = sink
        self._runner = asyncio.Runner()

    def __enter__(self) -> Sending:
        try:
            self._runner.run(self._sink.__aenter__())
        except BaseException:
            self._runner.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._runner.run(self._sink.__aexit__(kind, error, trace))
        finally:
            self._runner.close()

    def send(self, events: Iterator[JsonEvent], on_sent: Callable[[int], None]) -> None:
        """Send all of them in order; `on_sent` is told after each batch how many are there."""
        while batch := list(islice(events, _BATCH)):
            self._runner.run(self._sink.send(batch))
            self.sent += len(batch)
            on_sent(self.sent)
