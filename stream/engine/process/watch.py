"""Looks at the group from outside, several times a minute: what a worker that reads cannot see of itself.

One worker does it for all. What it finds is said in its log and in its metrics.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Final

from stream.broker.errors import BrokerUnavailable
from stream.broker.lag import GroupLag, read_lag
from stream.broker.misplaced import Misplaced, Misplacement, misplaced
from stream.engine.process.counters import Counters
from stream.engine.process.fatal import end_process
from stream.settings import Settings

PERIOD_SECONDS: Final = 15.0
# While partitions are shared out a look may see some without a worker; at the next one they have to have it.
LOOKS_UNOWNED: Final = 2

log = logging.getLogger("deskpulse.engine")

Place = tuple[str, Misplacement]


class Watch:
    """Looks at the group and says what is wrong with it."""

    def __init__(self, settings: Settings, counters: Counters, leads: Callable[[], bool]) -> None:
        """leads: whether it is this worker that looks now."""
        self._settings = settings
        self._counters = counters
        self._leads = leads
        self._looks: dict[Place, int] = {}
        self._said: dict[Place, Misplaced] = {}
        self._failure = ""

    async def run(self) -> None:
        """Look on and on, until cancelled."""
        try:
            while True:
                if self._leads():
                    await self._look()
                else:
                    self._looks, self._said, self._counters.misplaced = {}, {}, {}
                await asyncio.sleep(PERIOD_SECONDS)
        except Exception as error:  # noqa: BLE001 - the end of the process, see fatal.py
            end_process("while looking at the group", error)

    async def _look(self) -> None:
        try:
            group = await read_lag(self._settings)
        except BrokerUnavailable as error:
            self._counters.group_looks["failed"] += 1
            if str(error) != self._failure:
                self._failure = str(error)
                log.warning("cannot look at the group: %s", error)
            return
        self._counters.group_looks["ok"] += 1
        self._failure = ""
        self.saw(group)

    def saw(self, group: GroupLag) -> None:
        """Judge the group as it was seen."""
        found = self._lasting(misplaced(self._settings, group))
        topics = {place.topic for place in group.partitions}
        gauge = {(topic, str(problem)): 0 for topic in topics for problem in Misplacement}
        for each in found:
            gauge[each.topic, str(each.problem)] += len(each.partitions)
        self._counters.misplaced = gauge
        self._say({(each.topic, each.problem): each for each in found})

    def _lasting(self, found: Sequence[Misplaced]) -> list[Misplaced]:
        seen = {(each.topic, each.problem) for each in found}
        self._looks = {place: self._looks.get(place, 0) + 1 for place in seen}
        return [
            each
            for each in found
            if each.problem is not Misplacement.UNOWNED or self._looks[each.topic, each.problem] >= LOOKS_UNOWNED
        ]

    def _say(self, found: dict[Place, Misplaced]) -> None:
        """Say what is new or concerns other partitions than before, and what is over."""
        for place, each in found.items():
            before = self._said.get(place)
            if before is None or before.partitions != each.partitions:
                log.error("topic %s, %s: %s; fix it with: %s", each.topic, each.which, each.text, each.fix)
        for topic, problem in self._said.keys() - found.keys():
            log.info("topic %s: no partition is %s any more", topic, problem)
        self._said = found
