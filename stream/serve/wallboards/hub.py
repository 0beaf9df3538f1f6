"""The hub of all streams: once a second it has the numbers of each board that is looked at made, and hands them out."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable

from stream.board.layout import Layouts
from stream.board.slices import Slices
from stream.core.policy import Policy
from stream.engine.desk.view import WorkerView
from stream.serve.wallboards.channel import Channel
from stream.serve.wallboards.client import SLOW_SECONDS, Client
from stream.serve.wallboards.layouts import LayoutFile
from stream.serve.wallboards.standing import Standing

# Snapshots come at the full second. When none comes, listeners are told so all the same.
LONGEST_SILENCE_SECONDS = 1.25
# How often the layout file is looked at.
LOOK_SECONDS = 2.0
# A round that took longer than this is followed by a rest that is as long: the engine shares the interpreter with it.
LONG_ROUND_SECONDS = 0.3

log = logging.getLogger("deskpulse.serve")


class TooManyListenersError(Exception):
    """No more streams may be opened; the text says how many there are and which setting bounds them."""


class Hub:
    """Serves the streams of one worker. All but the counting happens in its event loop, and nothing there waits."""

    def __init__(self, view: WorkerView, files: LayoutFile, limit: int, *, slow_seconds: float = SLOW_SECONDS) -> None:
        """limit: how many may listen at a time. slow_seconds: who does not take a message for so long is dropped."""
        self._view = view
        self._files = files
        self._policy = view.policy
        self._limit = limit
        self._slow_seconds = slow_seconds
        self._standing = Standing(view)
        self._channels = {name: Channel(board) for name, board in files.layouts.items()}
        self._wake = asyncio.Event()
        self._ticked = False
        self._task: asyncio.Task[None] | None = None
        self.dropped = 0
        """Clients dropped because they did not take what was written."""
        self.refused = 0
        """Clients refused because there were too many."""

    @property
    def listening(self) -> int:
        """How many clients listen now."""
        return sum(len(channel.clients) + len(channel.newcomers) for channel in self._channels.values())

    @property
    def layouts(self) -> Layouts:
        """The boards in force."""
        return {name: channel.board for name, channel in self._channels.items()}

    def start(self) -> None:
        """Begin; called in the event loop."""
        self._view.on_shown(self._on_shown)
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End all streams."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        _close(self._channels.values())

    def join(self, name: str) -> Client:
        """Open a stream to a board; raises TooManyListenersError, and KeyError if there is no such board."""
        channel = self._channels[name]
        if self.listening >= self._limit:
            self.refused += 1
            raise TooManyListenersError(
                f"{self._limit} wallboards listen to this worker already; web_stream_limit "
                "(DESKPULSE_WEB_STREAM_LIMIT) allows no more, ask another worker or try again later"
            )
        client = Client(self._slow_seconds)
        channel.newcomers.add(client)
        channel.wanted_at = time.monotonic()
        self._wake.set()
        return client

    def leave(self, client: Client) -> None:
        """Forget a client."""
        for channel in self._channels.values():
            if client in channel.clients or client in channel.newcomers:
                channel.clients.discard(client)
                channel.newcomers.discard(client)
                channel.wanted_at = time.monotonic()

    def _on_shown(self) -> None:
        self._ticked = True
        self._wake.set()

    async def _run(self) -> None:
        look_at = speak_by = 0.0
        while True:
            ticked = await self._woken(speak_by)
            if ticked:
                await self._view.all_told()
            started = time.monotonic()
            if ticked:
                speak_by = started + LONGEST_SILENCE_SECONDS
            try:
                if started >= look_at:
                    look_at = started + LOOK_SECONDS
                    await self._look_for_layouts()
                await self._round(ticked)
            except Exception:
                # Wallboards that get nothing say so, and the numbers themselves are not in doubt: the worker goes on.
                log.exception("wallboards cannot be made; their streams end")
                _close(self._channels.values())
            if (took := time.monotonic() - started) > LONG_ROUND_SECONDS:
                await asyncio.sleep(took)

    async def _woken(self, speak_by: float) -> bool:
        """Wait for a snapshot, a newcomer, or the time to speak; returns False if it was only a newcomer."""
        try:
            async with asyncio.timeout(max(0.0, speak_by - time.monotonic())):
                await self._wake.wait()
        except TimeoutError:
            return True
        self._wake.clear()
        ticked, self._ticked = self._ticked, False
        return ticked

    async def _look_for_layouts(self) -> None:
        """Read the file again if it is another one; under another policy targets are others, so all hear of it."""
        policy = self._view.policy
        changed = await asyncio.to_thread(self._files.look, policy)
        if changed or policy is not self._policy:
            self._take_layouts(anew=policy is not self._policy)
            self._policy = policy

    def _take_layouts(self, *, anew: bool) -> None:
        """Show the boards of the file as it is now; who listens to one that is gone is sent away.

        anew: also those that are as they were.
        """
        before, self._channels = self._channels, {}
        for name, board in self._files.layouts.items():
            channel = before.pop(name, None)
            if channel is None:
                channel = Channel(board)
            elif anew or channel.board != board:
                channel.board = board
                channel.numbers = None
                channel.newcomers |= channel.clients  # who get everything anew
                channel.clients = set()
            self._channels[name] = channel
        _close(before.values())

    async def _round(self, ticked: bool) -> None:
        monotonic, now_seconds = time.monotonic(), self._view.clock.seconds()
        counting: list[Channel] = []
        welcoming: list[Channel] = []
        for channel in self._channels.values():
            if channel.clients or channel.newcomers:
                channel.wanted_at = monotonic
            due = channel.is_remembered(monotonic) and channel.trend_is_due(now_seconds)
            old = channel.numbers is None or now_seconds - channel.numbers_at > LONGEST_SILENCE_SECONDS
            if (ticked and (channel.clients or channel.newcomers or due)) or (channel.newcomers and old):
                counting.append(channel)
            if channel.newcomers:
                welcoming.append(channel)
        if not counting and not welcoming:
            return
        newcomers = {channel: set(channel.newcomers) for channel in welcoming}
        policy = self._view.policy
        first = await asyncio.to_thread(self._make, counting, welcoming, policy)
        for channel in counting:
            for client in channel.clients:
                _offer_numbers(client, channel)
        for channel, messages in first.items():
            for client in newcomers[channel] & channel.newcomers:  # some may have left meanwhile
                client.offer("layout", messages[0])
                client.offer("trend", messages[1])
                _offer_numbers(client, channel)
                channel.newcomers.discard(client)
                channel.clients.add(client)

    def _make(
        self, counting: list[Channel], welcoming: list[Channel], policy: Policy
    ) -> dict[Channel, tuple[bytes, bytes]]:
        """Have the boards count, and return the layout and the trend of those with newcomers. Runs in a thread."""
        clock = self._view.clock
        if counting:
            desk = self._view.desk()
            slices = None if desk is None else Slices(desk.totals, desk.policy)
            stands = self._standing.say(desk, clock.seconds())
            for channel in counting:
                channel.count(slices, stands, clock.seconds)
        return {channel: (channel.layout(policy, clock.seconds()), channel.trend()) for channel in welcoming}


def _offer_numbers(client: Client, channel: Channel) -> None:
    if channel.numbers is not None:
        client.offer("numbers", channel.numbers)


def _close(channels: Iterable[Channel]) -> None:
    for channel in channels:
        for client in channel.clients | channel.newcomers:
            client.close()
