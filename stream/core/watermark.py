"""How far a partition has most likely read the events of its topics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


class Watermark:
    """The event time up to which everything has most likely been seen: that of the slowest topic."""

    def __init__(self, topics: Iterable[str]) -> None:
        """topics: those that hold it back until something came from them, or they are caught up."""
        self.caught_up: frozenset[str] = frozenset()
        """Topics that have nothing left to read."""
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
        self.follow()

    def follow(self) -> None:
        """Move on to the newest event of the slowest topic; one with nothing left to read holds nothing back."""
        newest = self._newest_us
        behind = (self._topics | newest.keys()) - self.caught_up
        if behind <= newest.keys() and newest:
            slowest = min(newest[topic] for topic in behind) if behind else max(newest.values())
            self.us = max(slowest, self.us or 0)

    def has_passed(self, at_us: int) -> bool:
        """Say whether whatever happened up to at_us has been read.

        That a topic was idle for a while (`caught_up`) says nothing about what comes just now.
        """
        newest, read_until = self._newest_us, self.read_until_us
        return all(max(newest.get(topic, -1), read_until.get(topic, -1)) >= at_us for topic in self._topics)
