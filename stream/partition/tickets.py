"""The tickets of one partition: their states by changelog key, and which of them are still to be counted."""

from __future__ import annotations

from schemas.events import Event
from stream.counting.ticket_books import NOTHING, Kept
from stream.model.names import Names
from stream.model.state import NEW, State
from stream.partition.counted import kept_ticket
from stream.partition.held import Held


class Tickets(Held[State, Kept]):
    """Ticket states by changelog key. A survey without a ticket is held like one."""

    def __init__(self, names: Names) -> None:
        """Start with none; names: the codes of the worker."""
        super().__init__(NOTHING)
        self.corrections = {"provisional": 0, "final": 0}
        self._names = names

    def kept(self, state: State) -> Kept:
        """Return what a ticket is counted by."""
        return kept_ticket(state, self._names)

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

    def correct(self, provisional: int, final: int) -> None:
        """Note how many numbers were corrected by later events."""
        self.corrections["provisional"] += provisional
        self.corrections["final"] += final
