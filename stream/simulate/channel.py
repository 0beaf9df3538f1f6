"""The channels customers come through: how many, when, how patient they are and how much work they make."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Channel:
    """One way to reach the desk.

    `hours` are weights of the hours 0..23 of the desk's own clock, `weekdays` of Monday..Sunday; only their
    proportions count. `handling_seconds` is the median of one touch by an agent, `load_seconds` the mean
    work a ticket makes over its whole life (measured on the simulation: tests/simulate/test_staffing.py).
    An answer within `expected_seconds` is taken for granted, a later one costs score. `survey_share` is the
    share of resolved tickets that are asked, `answer_share` of those asked who answer. Live channels have
    `patience_seconds`, the mean until a customer leaves the line; the others `noticed_seconds`, the median until
    someone sees that there is something to read.
    """

    name: str
    share: float
    hours: tuple[float, ...]
    weekdays: tuple[float, ...]
    handling_seconds: float
    load_seconds: float
    expected_seconds: float
    survey_share: float
    answer_share: float
    patience_seconds: float | None = None
    noticed_seconds: float = 0.0

    @property
    def live(self) -> bool:
        """A customer is on the line and leaves when the wait is too long."""
        return self.patience_seconds is not None


_OFFICE = (1, 1, 0.5, 0.5, 0.5, 1, 4, 20, 60, 95, 100, 92, 70, 78, 90, 88, 80, 62, 40, 24, 14, 8, 4, 2)
_DAY = (6, 4, 3, 2, 2, 4, 10, 24, 52, 80, 96, 95, 84, 82, 90, 88, 82, 76, 68, 62, 58, 46, 28, 14)
_EVENING = (16, 9, 5, 4, 3, 4, 8, 18, 32, 44, 54, 60, 66, 64, 60, 60, 64, 72, 84, 96, 100, 92, 64, 34)
_WORKDAYS = (1.25, 1.1, 1.05, 1.0, 0.98, 0.42, 0.2)
_ALL_WEEK = (1.15, 1.06, 1.02, 1.0, 1.0, 0.86, 0.78)

CHANNELS: dict[str, Channel] = {
    channel.name: channel
    for channel in (
        Channel("phone", 0.24, _OFFICE, _WORKDAYS, 270, 385, 120, 0.35, 0.22, patience_seconds=240),
        Channel("chat", 0.22, _DAY, _ALL_WEEK, 330, 385, 60, 0.60, 0.34, patience_seconds=300),
        Channel("email", 0.28, _DAY, _WORKDAYS, 210, 365, 14_400, 0.65, 0.24, noticed_seconds=780),
        Channel("form", 0.10, _DAY, _ALL_WEEK, 190, 330, 14_400, 0.65, 0.22, noticed_seconds=900),
        Channel("social", 0.06, _EVENING, _ALL_WEEK, 120, 205, 3_600, 0.25, 0.12, noticed_seconds=360),
        Channel("in_app", 0.06, _EVENING, _ALL_WEEK, 150, 265, 7_200, 0.70, 0.30, noticed_seconds=420),
        Channel("forum", 0.03, _EVENING, _ALL_WEEK, 160, 265, 28_800, 0.15, 0.10, noticed_seconds=2_400),
        Channel("other", 0.01, _OFFICE, _WORKDAYS, 200, 350, 28_800, 0.30, 0.15, noticed_seconds=1_800),
    )
}
