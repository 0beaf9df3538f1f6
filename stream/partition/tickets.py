"""The tickets of one partition: their states by changelog key, and which of them are still to be counted."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from schemas.events import Event
from stream.counting.places import Places
from stream.counting.ticket_books import Kept
from stream.model.names import Names
from stream.model.state import NEW, State
from stream.partition.counted import ManyTickets, asked

NOTHING = Kept()


class Tickets:
    """Ticket states by changelog key. A survey without a ticket is held like one."""

    def __init__(self, names: Names) -> None:
        """Start with none; names: the codes of the worker."""
        self.states: dict[bytes, State] = {}
        self.was: dict[bytes, Kept] = {}
        """What those were counted by that changed since."""
        self.loading = False
        """True while states are read back, which are counted when all of them are there."""
        self.final_until_us = -1
        """The instant before which panes are final; -1 if that is not known."""
        self.corrections = {"provisional": 0, "final": 0}
        self.changes = 0
        """Grows with every change of a state."""
        self._names = names

    def learn(self, key: bytes, state: State | None, event: Event, now_us: int) -> int:
        """Add an event to a ticket, None of which nothing is known yet; returns what `State.learn` does."""
        if state is None:
            state = self.states[key] = State()
        records, surveys = state.records, state.asked
        learned = state.learn(event, self._names)
        if learned & NEW:
            state.touched_us = now_us
            self._changed(key, records, surveys)
        return learned

    def load(self, key: bytes, value: bytes, timestamp_us: int) -> int:
        """Add a value of the changelog that was written at a time; returns when something last happened by it."""
        news = State()
        news.load(value, self._names)  # before anything changes, as it may be none
        self.loading = True
        state = self.states.get(key)
        if state is None:
            state = self.states[key] = news
            self._changed(key, b"", b"")
        else:
            records, surveys = state.records, state.asked
            if state.take_over(news) or state.load(value, self._names):
                self._changed(key, records, surveys)
        state.touched_us = max(state.touched_us, timestamp_us)
        return news.last_us

    def _changed(self, key: bytes, records: bytes, surveys: bytes | None) -> None:
        """Note that a ticket changed, which was counted by these records if nothing changed before."""
        self.changes += 1
        if key not in self.was:
            self.was[key] = Kept(records, surveys or b"") if records or surveys else NOTHING

    def note_alert(self, key: bytes, mark: str) -> bool:
        """Remember that an alert was sent; returns whether its ticket is held."""
        state = self.states.get(key)
        if state is not None:
            state.note_alert(mark)
            self.changes += 1
        return state is not None

    def settling(self, number: int, batch: ManyTickets, places: Places, most: int) -> None:
        """Move up to so many that are to be counted into a batch."""
        final_until_us = -1 if self.loading else self.final_until_us
        keys = list(self.was) if len(self.was) <= most else list(islice(self.was, most))
        for key in keys:
            old, state = self.was.pop(key), self.states[key]
            if state.place < 0:
                state.place = places.take(number, key)
            batch.add(number, key, state, Kept(state.records, asked(state, self._names)), old, final_until_us)

    def correct(self, provisional: int, final: int) -> None:
        """Note how many numbers were corrected by later events."""
        self.corrections["provisional"] += provisional
        self.corrections["final"] += final

    def pop(self, keys: Iterable[bytes]) -> list[tuple[bytes, State, Kept]]:
        """Forget tickets; returns those that were counted, and by what."""
        counted = []
        for key in keys:
            state = self.states.pop(key, None)
            if state is None:
                continue
            self.changes += 1
            was = self.was.pop(key, None)
            if state.place >= 0:
                counted.append((key, state, was if was is not None else Kept(state.records, state.asked or b"")))
        return counted
