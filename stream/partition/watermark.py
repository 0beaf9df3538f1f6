"""How far a partition has most likely read the events of its topics."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from stream.core.due import NEVER_US


class Watermark:
    """The event time up to which everything has most likely been seen: that of the slowest topic."""

    def __init__(self, topics: Iterable[str]) -> None:
        """topics: those that hold it back until something came from them, or they are passed over."""
        self.us: int | None = None
        """Microseconds; None before any event. It never goes back."""
        self.read_until_us: Mapping[str, int] = {}
        """Topics of which everything was read that lay on the broker at an instant, in microseconds."""
        self._topics = frozenset(topics)
        self._newest_us: dict[str, int] = {}

    @property
    def newest_us(self) -> int | None:
        """Return the newest event time of all topics, None before any."""
        return max(self._newest_us.values(), default=None)

    def saw(self, topic: str, newest_us: int) -> None:
        """Note the newest event time of what came from a topic."""
        self._newest_us[topic] = max(newest_us, self._newest_us.get(topic, -1))
        self._follow(frozenset())

    def pass_over(self, idle: Collection[str]) -> None:
        """Move on without topics that have nothing left to read.

        That holds for what was seen by now and no longer: of what comes next from the others, an idle topic may have
        its part on the way.
        """
        self._follow(idle)

    @property
    def passed_us(self) -> int:
        """Return up to when whatever happened has been read: -1 while that is not known of every topic.

        Being idle (`pass_over`) is not enough for that.
        """
        newest, read_until = self._newest_us, self.read_until_us
        return min((max(newest.get(topic, -1), read_until.get(topic, -1)) for topic in self._topics), default=NEVER_US)

    def _follow(self, idle: Collection[str]) -> None:
        """Move on to the newest event of the slowest topic that is not idle."""
        newest = self._newest_us
        behind = (self._topics | newest.keys()).difference(idle)
        if behind <= newest.keys() and newest:
            slowest = min(newest[topic] for topic in behind) if behind else max(newest.values())
            self.us = max(slowest, self.us or 0)
