"""An event that is told again with other fields is one event: of tickets, surveys and customers alike."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import orjson
import pytest

from stream.core.policy import Policy
from stream.partition.books import Books
from stream.partition.partition import Partition
from stream.report.document import report
from tests.events import (
    NOON_US,
    acquired,
    answered,
    decoded,
    lost,
    opened,
    purchased,
    responded,
    sent,
    signalled,
    status,
)

POLICY = Policy(labels=("channel",))
LATER_US = NOON_US + 3_600_000_000
TICKET = opened("T", 0, event_id="o", channel="chat")


def _numbers(*events: dict[str, Any], through_the_changelog: bool = False) -> dict[str, Any]:
    partition = _partition()
    held: set[bytes] = set()
    for event in events:
        held |= partition.apply("t", decoded(event), LATER_US).dirty
        if through_the_changelog:
            changelog = {key: partition.dump(key) for key in held}
            partition = _partition()
            for key, value in changelog.items():
                partition.load(key, value, LATER_US)
    partition.advance(LATER_US)
    numbers = report(partition.snapshot(), POLICY)
    return {name: value for name, value in numbers.items() if name not in ("watermark", "final_until")}


def _partition() -> Partition:
    return Partition(0, Books(POLICY))


# What is told first, what the same id says besides, and what else happened.
STORIES = {
    "an answer moved": (responded("T", 60, event_id="e"), responded("T", 600, event_id="e"), [TICKET]),
    "an answer of somebody else": (
        responded("T", 60, event_id="e"),
        responded("T", 600, "customer", event_id="e"),
        [TICKET, responded("T", 900, event_id="f"), status("T", 1000, "resolved", event_id="g")],
    ),
    "a transfer moved": (
        status("T", 60, "transferred", event_id="e"),
        status("T", 600, "transferred", event_id="e"),
        [TICKET],
    ),
    "another status": (status("T", 60, "resolved", event_id="e"), status("T", 600, "reopened", event_id="e"), [TICKET]),
    "an attribute moved behind that of another event": (
        status("T", 60, "updated", event_id="e", channel="email"),
        status("T", 600, "updated", event_id="e", channel="phone"),
        [TICKET, status("T", 300, "updated", event_id="f", channel="form")],
    ),
    "an attribute that only the later copy has": (
        status("T", 60, "transferred", event_id="e"),
        status("T", 600, "transferred", event_id="e", channel="phone"),
        [TICKET],
    ),
    "an opening moved": (TICKET, opened("T", 600, event_id="o", channel="phone"), [responded("T", 700, event_id="e")]),
    "an answer to a survey corrected": (
        answered("S", 60, 9, event_id="e", ticket_id="T"),
        answered("S", 600, 2, event_id="e", ticket_id="T"),
        [TICKET, answered("S", 30, 8, event_id="f", ticket_id="T"), sent("S", 0, event_id="g", ticket_id="T")],
    ),
    "an answer to a survey without a ticket": (
        answered("S", 60, 9, event_id="e"),
        answered("S", 600, 2, event_id="e", instrument="csat"),
        [],
    ),
    "an answer to another survey of the ticket": (
        answered("S", 60, 9, event_id="e", ticket_id="T"),
        answered("S2", 600, 2, event_id="e", ticket_id="T"),
        [TICKET],
    ),
    "a sending to another survey": (
        sent("S", 60, event_id="e", ticket_id="T"),
        sent("S2", 600, event_id="e", ticket_id="T"),
        [TICKET, sent("S2", 900, event_id="f", ticket_id="T")],
    ),
    "an answer that becomes a status": (
        responded("T", 60, event_id="e"),
        status("T", 600, "resolved", event_id="e", customer_id="C"),
        [TICKET, acquired("C", 0, event_id="a")],
    ),
    "a status that becomes an answer": (
        status("T", 60, "resolved", event_id="e", customer_id="C"),
        responded("T", 600, event_id="e"),
        [TICKET, responded("T", 30, event_id="f")],
    ),
    "an opening that becomes a message": (
        opened("T", 60, event_id="e", channel="chat"),
        responded("T", 600, "customer", event_id="e"),
        [responded("T", 700, event_id="f")],
    ),
    "a status that becomes an answer to a survey": (
        status("T", 60, "updated", event_id="e", customer_id="D"),
        answered("S", 600, 2, event_id="e", ticket_id="T", customer_id="C"),
        [TICKET, acquired("C", -126_000_000, event_id="a"), acquired("D", -126_000_000, event_id="b")],
    ),
    "an answer to a survey that becomes a message": (
        answered("S", 60, 9, event_id="e", ticket_id="T", customer_id="C"),
        responded("T", 600, event_id="e"),
        [TICKET, acquired("C", -126_000_000, event_id="a"), sent("S", 0, event_id="g", ticket_id="T")],
    ),
    "a sending that becomes an answer": (
        sent("S", 60, event_id="e", ticket_id="T"),
        answered("S", 600, 9, event_id="e", ticket_id="T"),
        [TICKET],
    ),
    "an acquisition that becomes a payment": (
        acquired("C", 60, event_id="e"),
        purchased("C", 600, 25, event_id="e"),
        [lost("C", 900, event_id="f")],
    ),
    "a signal that becomes a loss": (
        signalled("C", 60, "call_missed", event_id="e"),
        lost("C", 600, event_id="e"),
        [acquired("C", 0, event_id="a")],
    ),
    "a payment of another amount": (
        purchased("C", 60, 10, event_id="e"),
        purchased("C", 600, 25, event_id="e"),
        [acquired("C", 0, event_id="a")],
    ),
    "a signal moved": (
        signalled("C", 60, "call_missed", event_id="e"),
        signalled("C", 600, "web_return", event_id="e"),
        [acquired("C", 0, event_id="a")],
    ),
    "a loss moved": (
        lost("C", 60, event_id="e"),
        lost("C", 600, event_id="e"),
        [acquired("C", 0, event_id="a"), acquired("C", 300, event_id="b")],
    ),
    "an answer of another customer": (
        answered("S", 60, 9, event_id="e", customer_id="D"),
        answered("S", 600, 2, event_id="e", customer_id="C"),
        [acquired("C", -126_000_000, event_id="a"), acquired("D", -126_000_000, event_id="a")],
    ),
}


@pytest.mark.parametrize("changelog", [False, True], ids=["", "recovered after each event"])
@pytest.mark.parametrize("story", STORIES)
def test_an_event_told_again_with_other_fields_counts_once_as_its_earliest_copy(story: str, changelog: bool) -> None:
    first, again, others = STORIES[story]
    right = _numbers(first, *others)
    for order in permutations([first, again, *others]):
        assert _numbers(*order, through_the_changelog=changelog) == right


@pytest.mark.parametrize("story", STORIES)
def test_an_id_that_is_used_again_with_other_content_is_noticed_in_any_order(story: str) -> None:
    first, again, others = STORIES[story]
    for order in permutations([first, again, *others]):
        partition = _partition()
        reused = [order[i]["event_id"] for i in partition.apply("t", decoded(*order), LATER_US).reused]
        assert reused == [first["event_id"]]
        assert partition.apply("t", decoded(first, again), LATER_US).reused == [], "both are known by now"


@pytest.mark.parametrize("story", STORIES)
def test_an_event_that_says_the_same_again_reuses_no_id(story: str) -> None:
    first, _, others = STORIES[story]
    assert _partition().apply("t", decoded(first, *others, first, *others), LATER_US).reused == []


SAYS_MORE = {
    "an amount": (purchased("C", 60, event_id="e"), purchased("C", 60, 10, event_id="e")),
    "a score": (answered("S", 60, event_id="e"), answered("S", 60, 0, event_id="e")),
    "a channel": (opened("T", 0, event_id="e"), opened("T", 0, event_id="e", channel="email")),
}


@pytest.mark.parametrize("what", SAYS_MORE)
def test_of_copies_of_one_time_the_one_that_says_more_counts(what: str) -> None:
    less, more = SAYS_MORE[what]
    assert _numbers(more) != _numbers(less)
    assert _numbers(less, more) == _numbers(more, less) == _numbers(more)


def test_the_same_id_on_two_tickets_is_two_events() -> None:
    numbers = _numbers(opened("T", 0, event_id="e"), opened("U", 0, event_id="e"))
    assert numbers["tickets"]["opened"] == 2


def test_events_of_two_types_are_one_event_with_one_id() -> None:
    both = (TICKET, responded("T", 60, event_id="e"), status("T", 60, "resolved", event_id="e"))
    (row,) = [row for row in _numbers(*both)["first_response"] if row["window"] == "1h" and not row["labels"]][:1]
    assert row["n"] == 1
    (row,) = [row for row in _numbers(*both)["quality"] if row["window"] == "1h" and not row["labels"]]
    assert row["resolved"] == 0


# As the version before wrote them: both copies of a message, a change and a payment, attributes that no later write
# replaced, of an answer the last.
OLD = {
    b"t:T": (
        [
            [NOON_US, "o", "customer"],
            [[NOON_US + 60_000_000, "e", "agent", "ann"], [NOON_US + 600_000_000, "e", "customer", ""]],
            [[NOON_US + 700_000_000, "r", "transferred", ""], [NOON_US + 800_000_000, "r", "resolved", ""]],
            [[NOON_US + 700_000_000, "r", {"channel": "email"}]],
            [],
            [],
            [],
        ],
        [
            opened("T", 0, event_id="o"),
            responded("T", 60, event_id="e", agent_id="ann"),
            status("T", 700, "transferred", event_id="r", channel="email"),
        ],
    ),
    b"c:C": (
        [
            [[NOON_US, "a", "acquired"]],
            [[NOON_US + 60_000_000, "e", 10_000_000], [NOON_US + 600_000_000, "e", 25_000_000]],
            [[NOON_US + 60_000_000, "s", "call_missed"], [NOON_US + 90_000_000, "s", "web_return"]],
            [],
            None,
        ],
        [
            acquired("C", 0, event_id="a"),
            purchased("C", 60, 10, event_id="e"),
            signalled("C", 60, "call_missed", event_id="s"),
        ],
    ),
}


@pytest.mark.parametrize("key", OLD)
def test_a_changelog_that_holds_both_copies_of_an_event_is_read_as_one(key: bytes) -> None:
    value, events = OLD[key]
    partition = _partition()
    partition.load(key, orjson.dumps(value), LATER_US)
    partition.advance(LATER_US)
    numbers = report(partition.snapshot(), POLICY)
    right = _numbers(*events)
    assert {name: numbers[name] for name in right} == right
