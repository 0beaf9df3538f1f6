"""What one wallboard shows to all who listen to it: made once, written to each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson

from stream.board.breaches import Breaches
from stream.board.document import board_document
from stream.board.layout import Board
from stream.board.slices import Slices
from stream.board.tiles import tiles
from stream.board.trend import Trend
from stream.board.trust import trusted
from stream.core.instant import instant
from stream.core.policy import Policy
from stream.serve.wallboards.client import Client, framed

VERSION = 1
# A board is remembered for so long after somebody looked at it: a wallboard that comes back finds its last hour.
REMEMBERED_SECONDS = 3600.0


class Channel:
    """One board. Its numbers are made in a thread, one round after the other; who listens changes in the loop only."""

    def __init__(self, board: Board) -> None:
        """Begin with no listener, no past and no message."""
        self.board = board
        self.clients: set[Client] = set()
        self.newcomers: set[Client] = set()
        """Clients that have got nothing yet."""
        self.numbers: bytes | None = None
        """The newest message, of the round before."""
        self.numbers_at = 0.0
        self.wanted_at: float | None = None
        """When somebody last listened, by the monotonic clock; None if nobody ever did."""
        self._trend = Trend()
        self._breaches = Breaches()
        self._seq = 0

    def is_remembered(self, monotonic: float) -> bool:
        """Say whether its past is kept."""
        return self.wanted_at is not None and monotonic - self.wanted_at <= REMEMBERED_SECONDS

    def trend_is_due(self, now_seconds: float) -> bool:
        """Say whether a point of its trend is to be made."""
        return self._trend.is_due(now_seconds)

    def layout(self, policy: Policy, now_seconds: float) -> bytes:
        """Return the message that a stream begins with."""
        return framed("layout", orjson.dumps(board_document(self.board, policy, int(now_seconds * 1_000_000))))

    def trend(self) -> bytes:
        """Return the message of the last hour."""
        return framed("trend", orjson.dumps(self._trend.document(self.board)))

    def count(self, slices: Slices | None, desk: dict[str, Any], clock: Callable[[], float]) -> None:
        """Make the next message; slices is None while there are no numbers."""
        self._seq += 1
        shown = {} if slices is None else tiles(self.board, slices)
        if desk["feed"] is not None:
            shown = {tile: trusted(says, desk["feed"]) for tile, says in shown.items()}
        # Of a desk that nobody tells of, waits grow and are breached whether or not they were answered.
        live = desk["state"] == "live" and desk["feed"] in ("alive", "quiet")
        breaches = {"now": 0, "new": 0}
        if slices is not None:
            breaches = self._breaches.look(slices, self.board.filter, live=live)
        # What is not live would be a dip or a peak that never was.
        values = {tile: says["value"] for tile, says in shown.items()} if live else {}
        now_seconds = clock()
        self._trend.add(self.board, now_seconds, values)
        message = {
            "version": VERSION,
            "board": self.board.name,
            "as_of": None if slices is None else instant(slices.totals.as_of_us),
            "sent_at": datetime.fromtimestamp(now_seconds, UTC).isoformat(timespec="microseconds")[:-6] + "Z",
            "seq": self._seq,
            "desk": desk,
            "tiles": shown,
            "breaches": breaches,
        }
        self.numbers, self.numbers_at = framed("numbers", orjson.dumps(message)), now_seconds
