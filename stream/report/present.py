"""What is in a number as of now, of whatever window it is: open tickets, and customers for as long as they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from stream.core.facts import REPLY
from stream.core.labels import Labels
from stream.core.policy import Policy
from stream.core.standing import OpenTicket, Queue, sla_state
from stream.core.tenure import YEAR_US, TenureTotals
from stream.counting.each import EachCustomer, EachTicket
from stream.counting.standing import Standing
from stream.counting.tenure import Life, Tenure, lives
from stream.numbers.explained import SECONDS, N

# Sums of microseconds, which are shown in years: of those who are customers, and of all lifespans.
TENURE_YEARS, LIVED_YEARS = "tenure_years", "lived_years"

# Elsewhere only who waits counts: for a first response, or for a reply.
_ALL_OPEN = frozenset({"backlog", "baseline"})
_FOR_REPLY = frozenset({"reply_wait", "reply_sla"})


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
        self._standing: Standing | None = None
        self._taken = 0

    def take(self, each: EachTicket) -> list[Present | None]:
        """Take in those of some tickets that count in the section; returns what each adds, None if it does not."""
        found = [self._present(stands) for stands in each.open()]
        if self._standing is None:
            self._standing = Standing(each.frame.policy, each.frame.names)
        counted = [present is not None for present in found]
        self._standing.replace_some(counted, self._taken, each.frame)
        self._taken += len(counted)
        return found

    def _present(self, stands: OpenTicket | None) -> Present | None:
        if stands is None or not self._wanted(stands.labels):
            return None
        if self._section in _ALL_OPEN:
            field = stands.state if self._section == "backlog" else "waiting"
            return Present(
                stands.opened_us, stands.labels, {field: 1, SECONDS: max(0, self._now_us - stands.opened_us)}
            )
        wait = stands.wait
        if wait is None or (wait.kind == REPLY) != (self._section in _FOR_REPLY):
            return None
        state = sla_state(wait.due, self._now_us)
        field = {"sla": state, "reply_sla": state, "open_wait": N, "reply_wait": N}.get(self._section, "waiting")
        return Present(wait.since_us, stands.labels, {field: 1, SECONDS: max(0, self._now_us - wait.since_us)})

    def read(self) -> dict[Labels, Queue]:
        """Return what stands open."""
        return {} if self._standing is None else self._standing.queues(self._standing.look(self._now_us), 0)


class Lives:
    """Takes in customers as they stand at an instant."""

    def __init__(self, section: str, now_us: int, policy: Policy, year: int | None) -> None:
        """Start with none. year: of tenure, if one was chosen."""
        self._section = section
        self._now_us = now_us
        self._year = year
        self._long_years = policy.definitions.long_tenure_years
        self._tenure = Tenure(policy.definitions.ltv_years)
        self._taken = 0

    def take(self, each: EachCustomer) -> list[Present | None]:
        """Take in those who are customers or were; returns what each adds, None for somebody else."""
        self._tenure.append(self._taken, each.frame)
        self._taken += each.frame.n
        return [None if life is None else self._present(life) for life in lives(each.frame)]

    def _present(self, life: Life) -> Present:
        since_us = life.since_us
        tenure_us = 0 if since_us is None else max(0, self._now_us - since_us)
        if self._year is not None:
            lasting_us = min(max(tenure_us - (self._year - 1) * YEAR_US, 0), YEAR_US)
            return Present(life.turned_us, (), {LIVED_YEARS: life.ended_by_year_us[self._year - 1] + lasting_us})
        amounts = {"lifespans": life.ended + (since_us is not None), LIVED_YEARS: life.ended_us + tenure_us}
        if self._section == "tenure" and since_us is not None:
            amounts |= {"customers": 1, TENURE_YEARS: tenure_us} | self._long(life, tenure_us)
        return Present(life.turned_us, (), amounts)

    def _long(self, life: Life, tenure_us: int) -> dict[str, int]:
        if tenure_us < self._long_years * YEAR_US:
            return {}
        so = {"long_tenure": True, "long_tenure_scored": life.scored, "long_tenure_promoters": life.promoter}
        return {name: 1 for name, is_so in so.items() if is_so}

    def read(self) -> TenureTotals:
        """Return what they come to."""
        [totals] = self._tenure.look(self._now_us, self._long_years, 1)
        return totals
