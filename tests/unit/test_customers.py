"""Customers come, leave, buy and signal; who comes back counts against contact avoidance."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from stream.core.customer import lift_customer
from stream.core.customer_told import answered
from stream.core.definitions import Definitions
from stream.core.labels import LabelBook
from stream.core.policy import Policy
from stream.core.survey import Answer
from stream.core.ticket_copies import answer_copy
from stream.core.windows import DAY_US, SECOND_US
from stream.counting.customer_books import CustomerBooks
from stream.counting.each import EachCustomer
from stream.counting.tenure import Life, lives
from stream.model.customer_state import CustomerState
from stream.model.names import Names
from stream.numbers import contact_avoidance
from stream.numbers.registry import customer_folds
from stream.partition.books import Books
from stream.partition.counted import kept_customer
from stream.partition.partition import Partition
from stream.report.document import report
from tests.events import NOON_US, acquired, decoded, lost, opened, purchased, refunded, signalled, status
from tests.shares import state_of

POLICY = Policy(labels=("channel",))
DAY = 86_400


class _Customer:
    """The customer C, by events of their own and of tickets."""

    def __init__(self, *events: dict[str, object], policy: Policy = POLICY) -> None:
        self.policy = policy
        self.names = Names(policy, LabelBook(policy.labels, 10))
        self.state = CustomerState()
        tickets: dict[str, list[dict[str, object]]] = {}
        for event in events:
            if "ticket_id" in event:
                tickets.setdefault(str(event["ticket_id"]), []).append(event)
            else:
                self.state.learn(*map(lift_customer, decoded(event)))
        for ticket_id, of_ticket in tickets.items():
            self.state.meet(ticket_id, state_of(self.names, *of_ticket).course, "C", self.names)

    def answers(self, at: int, event_id: str, score: int | None, instrument: str = "nps") -> None:
        answer = Answer(at, event_id, instrument, score, None, False, None, None, None, "C")
        self.state.learn(answered("s:S", [answer_copy("S", answer)], "C"))

    def each(self) -> EachCustomer:
        folds = customer_folds(self.policy)
        books = CustomerBooks(self.policy, self.names, folds)
        return books.each([kept_customer(self.state.own, self.state.contacts)], folds)

    def counted(self) -> Counter[tuple[str, int]]:
        """Return what is added, by measure and second after noon."""
        counts: Counter[tuple[str, int]] = Counter()
        for at, (measure, _, _), amount in self.each().adds[0]:
            assert amount, "a contribution is never 0"
            counts[measure, (at - NOON_US) // SECOND_US] += amount
        return counts

    def life(self) -> Life | None:
        (life,) = lives(self.each().frame)
        return life


def _counted(*events: dict[str, object], policy: Policy = POLICY) -> Counter[tuple[str, int]]:
    return _Customer(*events, policy=policy).counted()


def test_only_a_change_of_being_a_customer_counts():
    events = [acquired("C", 10), acquired("C", 20), lost("C", 30), lost("C", 40), acquired("C", 50)]
    frame = _Customer(*reversed(events)).each().frame
    assert [(at - NOON_US) // SECOND_US for at in frame.acquired.at.tolist()] == [10, 50]
    assert [(at - NOON_US) // SECOND_US for at in frame.lost.at.tolist()] == [30]


def test_who_is_lost_without_ever_having_come_was_a_customer_before():
    row = _row([lost("C", -10), lost("C", -5)], "customers")
    assert (row["start"], row["lost"], row["end"]) == (1, 1, 0)
    assert _Customer(lost("C", 10)).life() is None


def test_a_purchase_at_no_price_is_priced_and_one_of_unknown_price_is_not():
    counts = _counted(purchased("C", 1, 0), purchased("C", 2, 19.99), purchased("C", 3))
    assert counts == {
        ("purchases/purchases", 1): 1,
        ("purchases/purchases", 2): 1,
        ("purchases/purchases", 3): 1,
        ("purchases/priced", 1): 1,
        ("purchases/priced", 2): 1,
        ("purchases/revenue", 2): 19_990_000,
        ("purchases/purchasers", 3): 1,
    }


def test_a_customer_of_a_signal_counts_once_at_the_latest():
    events = [signalled("C", 1, "call_missed"), signalled("C", 9, "call_missed"), signalled("C", 5, "web_return")]
    assert _counted(*events) == {
        ("signals/n/call_missed", 1): 1,
        ("signals/n/call_missed", 9): 1,
        ("signals/prospects/call_missed", 9): 1,
        ("signals/n/web_return", 5): 1,
        ("signals/prospects/web_return", 5): 1,
    }


def test_the_standing_tells_the_present_spell_and_those_that_ended():
    customer = _Customer(acquired("C", 0), lost("C", 100), acquired("C", 200), acquired("C", 300))
    since_us = NOON_US + 200 * SECOND_US
    assert customer.life() == Life(
        since_us,
        since_us,
        scored=False,
        promoter=False,
        ended=1,
        ended_us=100 * SECOND_US,
        ended_by_year_us=[100 * SECOND_US, 0, 0],
    )


@pytest.mark.parametrize(
    ("answers", "scored", "promoter"),
    [
        ([], False, False),
        ([(1, "a", 9)], True, True),
        ([(1, "a", 9), (2, "b", 8)], True, False),
        ([(1, "a", 9), (2, "a", 8)], True, True),
        ([(1, "b", 10), (1, "a", 0)], True, True),
        ([(1, "a", 10), (2, "b", None)], False, False),
        ([(1, "a", 9), (2, "b", 0, "csat")], True, True),
    ],
)
def test_the_last_nps_answer_decides_who_is_a_promoter(answers, scored, promoter):
    customer = _Customer(acquired("C", 0))
    for answer in answers:
        customer.answers(*answer)
    life = customer.life()
    assert life is not None
    assert (life.scored, life.promoter) == (scored, promoter)


def test_a_ticket_counts_when_its_days_are_over_and_is_avoided_if_nobody_came_back():
    counts = _counted(
        opened("T1", 0, customer_id="C", channel="chat"),
        status("T1", 100, "resolved"),
        opened("T2", 100 + 2 * DAY, customer_id="C"),
    )
    assert counts == {
        ("contact_avoidance/matured/1", 100 + DAY): 1,
        ("contact_avoidance/avoided/1", 100 + DAY): 1,
        ("contact_avoidance/matured/2", 100 + 2 * DAY): 1,  # the new contact is at the very end, which belongs to it
        ("contact_avoidance/matured/3", 100 + 3 * DAY): 1,
    }


def test_a_contact_at_the_moment_of_resolution_is_the_same_contact():
    one = [opened("T1", 0, customer_id="C"), status("T1", 100, "closed")]
    policy = Policy(definitions=Definitions(avoidance_days=(1,)))
    same = _counted(*one, opened("T2", 100, customer_id="C"), policy=policy)
    assert same["contact_avoidance/avoided/1", 100 + DAY] == 1
    later = _counted(*one, opened("T2", 101, customer_id="C"), policy=policy)
    assert later["contact_avoidance/avoided/1", 100 + DAY] == 0
    assert later["contact_avoidance/matured/1", 100 + DAY] == 1


def test_a_ticket_that_is_opened_again_was_not_avoided_also_if_an_agent_opened_it():
    events = [opened("T1", 0, customer_id="C", opened_by="agent"), status("T1", 100, "resolved")]
    assert _counted(*events)["contact_avoidance/avoided/3", 100 + 3 * DAY] == 1
    again = [*events, status("T1", 200, "reopened"), status("T1", 300, "resolved")]
    counts = _counted(*again)
    assert counts["contact_avoidance/matured/3", 100 + 3 * DAY] == 1
    assert not any(measure.startswith("contact_avoidance/avoided") for measure, _ in counts)


@pytest.mark.parametrize(
    "second",
    [
        [opened("T2", 200, customer_id="D")],
        [opened("T2", 200)],
        [opened("T2", 200, customer_id="C"), status("T2", 300, "updated", customer_id="D")],
        [opened("T2", 200, customer_id="C"), status("T2", 300, "spam")],
        [opened("T2", 200, customer_id="C", opened_by="agent")],
        [status("T2", 200, "updated", customer_id="C")],
    ],
    ids=["another customer", "no customer", "given away", "retracted", "opened by an agent", "without opening"],
)
def test_what_is_no_contact_of_the_customer_does_not_spoil_the_ticket(second):
    first = [opened("T1", 0, customer_id="C"), status("T1", 100, "resolved")]
    assert _counted(*first, *second)["contact_avoidance/avoided/1", 100 + DAY] == 1


def test_an_abandoned_ticket_is_not_resolved():
    assert not _counted(opened("T1", 0, customer_id="C"), status("T1", 5, "abandoned"))


def test_a_ticket_counts_under_its_own_labels():
    customer = _Customer(opened("T1", 0, customer_id="C", channel="chat"), status("T1", 100, "resolved"))
    assert {labels for _, (_, labels, _), _ in customer.each().adds[0]} == {("chat",)}
    assert customer.life() is None


def test_nobody_adds_nothing():
    assert not _counted()


def test_pruning_changes_nothing_that_a_window_shows():
    old = [
        opened("T1", -400 * DAY, customer_id="C"),
        status("T1", -399 * DAY, "resolved"),
        opened("T2", -400 * DAY, customer_id="C"),
    ]
    new = [opened("T3", 0, customer_id="C"), status("T3", 100, "resolved")]
    signals = [signalled("C", -400 * DAY, "call_missed"), signalled("C", -DAY, "call_missed")]
    customer = _Customer(*old, *new, *signals, acquired("C", -900 * DAY))
    kept_from = contact_avoidance.kept_from_us(NOON_US, POLICY)
    recent = {cell: n for cell, n in customer.counted().items() if cell[1] >= -95 * DAY}
    assert customer.state.prune(kept_from)
    contacts = [contact.ticket_id for contact in customer.state.contacts]
    assert contacts == ["T2", "T3"], "an open ticket may still be resolved"
    assert len(customer.state.own.signals) == len(customer.state.own.changes) == 1
    assert {cell: n for cell, n in customer.counted().items() if cell[1] >= -95 * DAY} == recent
    assert not customer.state.prune(kept_from)


def test_nothing_is_pruned_while_a_window_may_show_it():
    longest = max(window.length_us or 0 for window in POLICY.survey_windows)
    latest_days = max(POLICY.definitions.avoidance_days) * DAY_US
    assert contact_avoidance.kept_from_us(NOON_US, POLICY) < NOON_US - longest - latest_days


MIN_LOST_1 = Policy(labels=("channel",), definitions=Definitions(ltv_min_lost=1))


def _rows(events: list[dict[str, object]], section: str, policy: Policy = POLICY) -> list[dict[str, Any]]:
    """Let a partition count events, and read its rows a moment after noon."""
    partition = Partition(0, Books(policy, LabelBook(policy.labels, 10)))
    partition.apply("customer", decoded(*events), NOON_US)
    partition.advance(NOON_US + SECOND_US)
    rows: list[dict[str, Any]] = report(partition.snapshot(), policy)[section]
    return rows


def _row(events: list[dict[str, object]], section: str, policy: Policy = POLICY) -> dict[str, Any]:
    """Read the row of the last 24 hours, or the one that has no window."""
    (row,) = (row for row in _rows(events, section, policy) if row.get("window", "24h") == "24h")
    return row


def test_1000_customers_that_became_1200_with_300_acquired_were_retained_to_90_percent():
    before = [acquired(f"old{i}", -30 * DAY) for i in range(1000)]
    events = [*(acquired(f"new{i}", -60) for i in range(300)), *(lost(f"old{i}", -30) for i in range(100))]
    row = _row([*events, *before], "customers")
    assert [row[name] for name in ("start", "acquired", "lost", "end")] == [1000, 300, 100, 1200]
    assert (row["retention"], row["churn"]) == (90, 10)


def test_400_lost_of_2000_is_a_churn_of_20_percent():
    events = [acquired(f"C{i}", -30 * DAY) for i in range(2000)] + [lost(f"C{i}", -30) for i in range(400)]
    row = _row(events, "customers")
    assert (row["start"], row["lost"], row["churn"]) == (2000, 400, 20)


def test_who_never_bought_anything_is_worth_nothing_that_could_be_said():
    row = _row([acquired("C", -30 * DAY), lost("C", -20 * DAY)], "lifetime_value", MIN_LOST_1)
    assert (row["revenue"], row["purchases"], row["customers"], row["lost"]) == (0, 0, 1, 1)
    values = ("average_purchase", "lifetime_value", "error_percent", "value_so_far", "first_years_value")
    assert [row[name] for name in values] == [None] * 5


@pytest.mark.parametrize("bought_at", [-120, -2 * DAY, -20 * DAY, -300 * DAY])
def test_one_purchase_of_one_customer_of_a_year_is_worth_the_same_whenever_it_was(bought_at):
    """Before, 50 bought two minutes ago came to 5,262,000 by the window of 5 minutes, and to 203 by that of 90 days."""
    row = _row([acquired("C", -400 * DAY), purchased("C", bought_at, 50)], "lifetime_value")
    assert "window" not in row
    assert (row["value_so_far"], row["lifetime_value"], row["first_years"]) == (50, None, 1)
    assert row["first_years_value"] == (50 if bought_at == -300 * DAY else 0)


def test_whoever_left_long_ago_counts_in_what_customers_are_worth():
    old = [acquired("A", -1000 * DAY), purchased("A", -990 * DAY, 60), lost("A", -900 * DAY)]
    row = _row([*old, acquired("B", -1000 * DAY), lost("B", -700 * DAY)], "lifetime_value", MIN_LOST_1)
    assert (row["lifetime_value"], row["value_so_far"], row["error_percent"]) == (30, 30, pytest.approx(100 / 2**0.5))
    assert row["lifespan_years"] == pytest.approx(200 / 365.25)


def test_what_is_bought_before_and_after_belongs_to_the_years_beside():
    year = int(365.25 * DAY)
    events = [acquired("A", -3 * year), lost("A", -year), acquired("B", -3 * year), purchased("nobody", -9, 1000)]
    bought = [(-4 * year, 1), (-3 * year, 2), (-2 * year - 1, 4), (-2 * year, 8), (-year, 16), (-9, 32)]
    rows = _rows([*events, *(purchased("A", at, amount) for at, amount in bought)], "value_by_year", MIN_LOST_1)
    assert [(row["year"], row["revenue"], row["lost"]) for row in rows] == [(1, 7, 0), (2, 56, 1), (3, 0, 0)]
    assert _row([*events, *(purchased("A", *each) for each in bought)], "lifetime_value")["revenue"] == 63


def test_events_of_one_purchase_are_one_and_a_refund_takes_back_money_alone():
    told = [
        *(purchased("C", -90, purchase_id="O"), purchased("C", -80, 60, purchase_id="O")),
        *(purchased("C", -70, 50, purchase_id="O"), purchased("C", -60, 20, purchase_id="P"), purchased("C", -50, 20)),
        *(refunded("C", -40, 30), refunded("C", -30), acquired("C", -DAY)),
    ]
    row = _row([*reversed(told), *told], "purchases")
    assert [row[name] for name in ("purchases", "priced", "revenue", "refunds", "refunded", "net_revenue")] == [
        *(3, 3, 90, 2, 30, 60)
    ]
    assert _row(told, "lifetime_value")["value_so_far"] == 60
    assert ("purchases/revenue", -90) in _counted(*told)


def test_a_refund_to_somebody_who_bought_nothing_is_known_to_be_worth_nothing_that_could_be_said():
    row = _row([acquired("C", -DAY), refunded("C", -9, 30)], "lifetime_value")
    assert (row["revenue"], row["value_so_far"], row["first_years_value"]) == (-30, None, None)


def test_nothing_that_was_bought_is_forgotten_when_a_customer_is_pruned():
    customer = _Customer(purchased("C", -1000 * DAY, 60), signalled("C", -1000 * DAY, "web_return"))
    assert customer.state.prune(NOON_US)
    assert [purchase.amount_micro for purchase in customer.state.own.purchases] == [60_000_000]
    assert not customer.state.own.signals
    assert not customer.state.is_nobody


def test_of_a_customer_who_buys_every_day_each_purchase_counts():
    """Before, of one customer's purchases the first 64 and the last 64 counted, of all time."""
    events = [acquired("C", -400 * DAY), *(purchased("C", -day * DAY, 1) for day in range(300))]
    row = _row(events, "lifetime_value")
    assert (row["purchases"], row["revenue"]) == (300, 300)


@pytest.mark.parametrize(
    ("events", "counts"),
    [
        ([acquired("C", -300 * DAY)], (3, 0, 3, 0)),
        ([acquired("P1", -300 * DAY)], (3, 1, 2, 100)),
        ([acquired("P1", -300 * DAY), lost("P1", -20 * DAY), acquired("C", -9)], (3, 0, 3, 0)),
        ([signalled("P1", -9, "form_abandoned"), acquired("P1", -300 * DAY), acquired("C", -9)], (4, 1, 2, 50)),
    ],
    ids=["of others", "of a customer", "of one who left", "twice of a customer"],
)
def test_signals_of_others_are_in_no_share_of_the_customers(events, counts):
    """Before, three forms abandoned by prospects were a share of 300 % of one customer."""
    told = [*events, *(signalled(f"P{i}", -DAY + 10, "form_abandoned") for i in (1, 2, 3))]
    (row,) = (row for row in _rows(told, "signals") if row["signal"] == "form_abandoned" and row["window"] == "7d")
    assert tuple(row[name] for name in ("n", "customers", "prospects", "share")) == counts


def test_a_form_is_abandoned_that_was_started_and_came_to_nothing_before_the_next_one():
    told = [
        *(signalled("A", 1, "form_started"), signalled("A", 5, "form_started"), signalled("A", 5, "form_abandoned")),
        *(signalled("B", 2, "form_abandoned"), signalled("B", 3, "form_started"), signalled("C", 4, "form_abandoned")),
    ]
    counts = _counted(*told)  # of one customer, as if A, B and C were the same
    assert {at: n for (measure, at), n in counts.items() if measure == "forms/started"} == {1: 1, 3: 1, 5: 1}
    assert {at: n for (measure, at), n in counts.items() if measure == "forms/abandoned"} == {1: 1, 3: 1, 5: 1}


def test_there_is_no_rate_of_nobody():
    row = _row([acquired("C", -60)], "customers")
    rates = ("retention", "churn", "net_churn", "gross_churn", "win_back_rate")
    assert [row[name] for name in rates] == [None] * 5
