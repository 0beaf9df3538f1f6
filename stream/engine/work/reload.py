"""Reading the policy file again while the worker runs (SIGHUP): either all of it is in force, or nothing changed."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack

from stream.core.policy import Policy
from stream.engine.changelog.continuity import say_meaning
from stream.engine.ownership.custody import Custody
from stream.engine.process.counters import Counters
from stream.engine.process.differences import changed
from stream.engine.process.fatal import end_process
from stream.settings import WrongSettingError

# More than these do not fit into one line of a log.
CHANGES_SHOWN = 6
# After a rebalance got in the way.
AGAIN_SECONDS = 0.2

log = logging.getLogger("deskpulse.engine")


class Reload:
    """Puts the policy file in force anew, once for each request; requests that come meanwhile are one more."""

    def __init__(
        self,
        *,
        read: Callable[[], Policy],
        custody: Custody,
        counters: Counters,
    ) -> None:
        """read: reads the policy file, raises WrongSettingError with a line for each mistake."""
        self._read = read
        self._custody = custody
        self._counters = counters
        self._requested = asyncio.Event()

    def request(self) -> None:
        """Have the file read again soon. Called by the signal's handler in the event loop."""
        self._requested.set()

    async def run(self) -> None:
        """Serve requests until cancelled."""
        try:
            while True:
                await self._requested.wait()
                self._requested.clear()
                await self._reload()
        except Exception as error:  # noqa: BLE001 - the end of the process, see fatal.py
            end_process("while putting the policy file in force", error)

    async def _reload(self) -> None:
        started = time.monotonic()
        try:
            policy = await asyncio.to_thread(self._read)
        except WrongSettingError as error:
            self._counters.policy_reloads["failed"] += 1
            for line in str(error).splitlines():
                log.error("%s", line)
            log.error("the policy file was not taken: the above has to be fixed; the policy in force stays")
            return
        before = self._custody.policy.definitions
        changes = list(changed(before.document, policy.definitions.document))
        if changes:
            await put_in_force(policy, self._custody)
        if before.numbers_off - policy.definitions.numbers_off:  # what is counted again was not while it was off
            for held in self._custody.held.values():
                say_meaning(held.partition)
        self._counters.policy_reloads["ok"] += 1
        log.info("policy file read again in %.1f s: %s", time.monotonic() - started, _say(changes))


async def put_in_force(policy: Policy, custody: Custody) -> None:
    """Have all partitions, those that come as well, count under another policy, from one moment on.

    It is prepared beside the numbers that are shown; meanwhile no record is taken in and no alert is noted as sent.
    """
    while True:
        if await _put_in_force(policy, custody):
            return
        await asyncio.sleep(AGAIN_SECONDS)


async def _put_in_force(policy: Policy, custody: Custody) -> bool:
    """Return whether it was done; not if a partition came, went or changed before all were prepared."""
    lanes, held = dict(custody.lanes), dict(custody.held)

    def undisturbed() -> bool:
        return _same(lanes, custody.lanes) and _same(held, custody.held)

    async with AsyncExitStack() as locks:
        for lane in lanes.values():
            await locks.enter_async_context(lane.applying)
        adoption = custody.books.adoption(policy)
        for _ in adoption.steps():
            await asyncio.sleep(0)
            if adoption.stale or not undisturbed():
                return False
        return undisturbed() and adoption.adopt()


def _same(before: Mapping[int, object], now: Mapping[int, object]) -> bool:
    return before.keys() == now.keys() and all(now[number] is each for number, each in before.items())


def _say(changes: list[str]) -> str:
    if not changes:
        return "nothing changed"
    more = f"; and {len(changes) - CHANGES_SHOWN} more" if len(changes) > CHANGES_SHOWN else ""
    return "; ".join(changes[:CHANGES_SHOWN]) + more
