"""What is in a number as of now, of whatever window it is: open tickets, and customers for as long as they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from stream.core.customer import Customer
from stream.core.labels import Labels
from stream.core.policy import Policy
from stream.core.standing import OpenTicket, Queue, Standing, sla_state
from stream.core.tenure import YEAR_US, Tenure, TenureStanding, TenureTotals
from stream.numbers.customers import transitions
from stream.numbers.explained import SECONDS, N

# Sums of microseconds, which are shown in years: of those who are customers, and of all lifespans.
TENURE_YEARS, LIVED_YEARS = "tenure_years", "lived_years"

# Elsewhere only who waits for a first response counts.
_ALL_OPEN = frozenset({"backlog", "baseline"})


class Present(NamedTuple):
    """What a ticket or a customer adds, and the time at which it is listed, in microseconds."""

    at_us: int
    labels: Labels
    amounts: dict[str, int]


class Stands:
    """Takes in the tickets that are open at an instant."""

    def __init__(self, section: str, now_us: int, wanted: Callable[[Labels], bool]) -> None:
        """Start with none; wanted says which labels are asked for."""
        self._section = section
        self._now_us = now_us
        self._wanted = wanted
        self._standing = Standing()

    def take(self, ticket_id: str, stands: OpenTicket | None) -> Present | None:
        """Take in a ticket if it counts in the section, and return what it adds; None if it does not."""
        if stands is None or not (stands.awaiting or self._section in _ALL_OPEN) or not self._wanted(stands.labels):
            return None
        self._standing.replace(ticket_id.encode(), None, stands)
        field = {"backlog": stands.state, "sla": sla_state(stands.due, self._now_us), "open_wait": N}
        amounts = {field.get(self._section, "waiting"): 1, SECONDS: max(0, self._now_us - stands.opened_us)}
        return Present(stands.opened_us, stands.labels, amounts)

    def read(self, policy: Policy) -> dict[Labels, Queue]:
        """Return what stands open."""
        return self._standing.read(self._now_us, policy.buckets, policy.longer_than)


class Lives:
    """Takes in customers as they stand at an instant."""

    def __init__(self, section: str, now_us: int, policy: Policy) -> None:
        """Start with none."""
        self._section = section
        self._now_us = now_us
        self._long_years = policy.definitions.long_tenure_years
        self._tenure = Tenure()

    def take(self, customer: Customer, standing: TenureStanding | None) -> Present | None:
        """Take in somebody who is a customer or was one, and return what they add; None for somebody else."""
        if standing is None:
            return None
        self._tenure.replace(None, standing)
        since_us = standing.since_us
        tenure_us = 0 if since_us is None else max(0, self._now_us - since_us)
        amounts = {
            "lifespans": standing.ended + (since_us is not None),
            LIVED_YEARS: standing.ended_us + tenure_us,
        }
        if self._section == "tenure" and since_us is not None:
            amounts |= {"customers": 1, TENURE_YEARS: tenure_us} | self._long(standing, tenure_us)
        return Present(transitions(customer)[-1].at_us, (), amounts)

    def _long(self, standing: TenureStanding, tenure_us: int) -> dict[str, int]:
        if tenure_us < self._long_years * YEAR_US:
            return {}
        so = {"long_tenure": True, "long_tenure_scored": standing.scored, "long_tenure_promoters": standing.promoter}
        return {name: 1 for name, is_so in so.items() if is_so}

    def read(self) -> TenureTotals:
        """Return what they come to."""
        return self._tenure.read(self._now_us, self._long_years)
