"""What each ticket is in this hour, and in the same hour of the weeks before.

A ticket is forgotten only once it lies before all of these hours, so those that are held are all there were.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from stream.core.cells import Contribution
from stream.core.history import CHANGE, INFLOW, RESPONSE, HistoryTotals, Week
from stream.core.instant import instant
from stream.core.windows import HOUR_US
from stream.counting.each import EachTicket, moments
from stream.report.present import Present

NOW = "now"


class _Ticket(NamedTuple):
    """A ticket that counts: what it adds to the past, and how it stands."""

    opened_us: int
    responded_us: int | None
    first_response_us: int
    is_open: bool
    adds: Sequence[Contribution]


class _Hour:
    """One hour; name: what amounts are called that are of it."""

    def __init__(self, name: str, end_us: int) -> None:
        self.name = name
        self.end_us = end_us
        self.inflow = self.change_since = 0
        self.responses: Counter[int] = Counter()

    def holds(self, at_us: int) -> bool:
        return self.end_us - HOUR_US <= at_us < self.end_us


class Past:
    """Takes in tickets, for one row of the baseline."""

    def __init__(self, history: HistoryTotals, which: str) -> None:
        """history: of these tickets, whose hours are meant; a week that it does not know is left out.

        which: a metric of the baseline.
        """
        self._which = which
        self._history = history
        self._hours = [_Hour(name, week.end_us) for name, week, known in self._named() if known]

    def _named(self) -> Iterator[tuple[str, Week, bool]]:
        """Yield each hour with its name, and whether it is known what it was like."""
        for weeks, week in enumerate(self._history.weeks):
            yield f"week_{weeks}" if weeks else NOW, week, not weeks or self._history.has(week)

    def hours(self) -> list[dict[str, Any]]:
        """Return which hours are compared, ready for JSON."""
        return [
            {"name": name, "start": instant(week.end_us - HOUR_US), "end": instant(week.end_us), "known": known}
            for name, week, known in self._named()
        ]

    def take(self, each: EachTicket) -> list[Present | None]:
        """Take in tickets; returns what each adds, None if nothing."""
        t = each.frame
        columns = zip(
            moments(t.opened),
            moments(t.responded),
            t.first_response.tolist(),
            t.is_open.tolist(),
            each.past,
            strict=True,
        )
        return [
            None if opened_us is None else self._take(_Ticket(opened_us, *stands)) for opened_us, *stands in columns
        ]

    def _take(self, ticket: _Ticket) -> Present | None:
        if self._which == "backlog":
            amounts = self._open(ticket)
        elif self._which == "inflow":
            amounts = self._opened(ticket)
        else:
            amounts = self._answered(ticket)
        at_us = ticket.responded_us if self._which == "first_response_seconds" else ticket.opened_us
        return Present(at_us, (), amounts) if amounts and at_us is not None else None

    def _open(self, ticket: _Ticket) -> dict[str, int]:
        """Tell at the end of which hours it was open: it is what it is now, less what happened since."""
        amounts: dict[str, int] = {}
        for hour in self._hours:
            is_open = int(ticket.is_open)
            if hour.name != NOW:
                changes = [n for at_us, (what, _, _), n in ticket.adds if what == CHANGE and at_us >= hour.end_us]
                hour.change_since += sum(changes)
                is_open -= sum(changes)
            if is_open:
                amounts[hour.name] = is_open
        return amounts

    def _opened(self, ticket: _Ticket) -> dict[str, int]:
        amounts: dict[str, int] = {}
        for at_us, (measure, _, _), amount in ticket.adds:
            for hour in self._hours:
                if measure == INFLOW and hour.holds(at_us):
                    hour.inflow += amount
                    amounts[hour.name] = amount
        return amounts

    def _answered(self, ticket: _Ticket) -> dict[str, int]:
        amounts: dict[str, int] = {}
        for at_us, (measure, _, bucket), amount in ticket.adds:
            for hour in self._hours:
                if measure == RESPONSE and hour.holds(at_us):
                    hour.responses[bucket] += amount
                    amounts |= {f"{hour.name}_n": amount, f"{hour.name}_seconds": ticket.first_response_us}
        return amounts

    def read(self) -> HistoryTotals:
        """Return what they come to."""
        taken = {hour.end_us: hour for hour in self._hours}
        return self._history._replace(weeks=tuple(_week(week.end_us, taken) for week in self._history.weeks))


def _week(end_us: int, taken: dict[int, _Hour]) -> Week:
    hour = taken.get(end_us)
    return Week(end_us, hour.inflow, hour.change_since, dict(hour.responses)) if hour else Week(end_us, 0, 0, {})
