"""A contact centre that behaves like one: seeded, replayable, in event-time order."""

from stream.simulate.desk import Desk, Hours
from stream.simulate.journal import Event

__all__ = ["Desk", "Event", "Hours"]
