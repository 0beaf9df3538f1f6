"""How a number was made: what is in it adds up to it, and whatever is not says why."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.definitions import Definitions
from stream.core.labels import LabelBook
from stream.core.policy import AgentOpened, Policy, Responder
from stream.core.windows import SECOND_US
from stream.numbers.registry import NUMBERS
from stream.partition.books import Books
from stream.partition.keys import TICKET
from stream.partition.partition import Partition
from stream.report.reasons import REASONS
from tests.events import NOON_US, answered, decoded, desk_events, opened, responded, sent, status
from tests.explained import LABELS, NOW_US, assert_adds_up, explained, holding, reasons
from tests.served import CUSTOMERS, DAY, NOW, STORY, SURVEYS
from tests.tries import tries

DOCS = Path(__file__).parents[2] / "docs" / "metrics"


def shifted(event, seconds):
    moved = datetime.fromisoformat(event["occurred_at"]) + timedelta(seconds=seconds)
    return event | {"occurred_at": moved.isoformat()}


def test_every_number_of_a_full_story_adds_up():
    assert_adds_up(holding(*STORY))


@settings(max_examples=tries(8))
@given(
    desk_events(),
    st.sampled_from(Responder),
    st.sampled_from(AgentOpened),
)
def test_every_number_adds_up_whatever_happened(events, responder, agent_opened):
    policy = Policy(labels=LABELS, responder=responder, agent_opened=agent_opened)
    assert_adds_up(holding(*events, *SURVEYS[:6], *CUSTOMERS, policy=policy))


@settings(max_examples=tries(8))
@given(st.lists(st.tuples(st.integers(0, 5), desk_events(tickets=3, most=6)), max_size=4), st.integers(1, 3))
def test_every_number_of_a_desk_of_weeks_adds_up(weeks, least):
    terms = Definitions(blind_spot_min_sent=least, mature_days=1)
    events = [shifted(event, -7 * DAY * week) for week, some in weeks for event in some]
    assert_adds_up(holding(*events, *CUSTOMERS, policy=Policy(labels=LABELS, definitions=terms)))


@given(desk_events())
def test_whatever_is_held_is_counted_or_left_out_once(events):
    partition = holding(*events, *CUSTOMERS)
    tickets = {key for key in partition.tickets.states if key.startswith(TICKET)}
    surveys = sum(len(state.surveys()) for state in partition.tickets.states.values())
    for name, number in NUMBERS.items():
        found = explained(partition, name, (number.windows(partition.policy) or ("",))[0])
        held = found["counted"]["n"] + sum(left["n"] for left in found["left_out"])
        of = (
            len(partition.clientele.states)
            if number.of_customers
            else surveys
            if number.book == "surveys"
            else len(tickets)
        )
        assert held == of, name
        assert all(left["text"] == REASONS[left["reason"]] for left in found["left_out"])


def test_a_first_response_says_why_others_are_not_in_it():
    partition = holding(
        *(opened("in"), responded("in", 90)),
        *(opened("before", -9000), responded("before", -8000), responded("before", 10)),
        *(opened("sleeping", -9000), responded("sleeping", -8000)),
        opened("waits"),
        *(opened("noted"), responded("noted", 5, public=False)),
        *(opened("bot"), responded("bot", 5, "bot")),
        *(responded("early", -400), opened("early")),
        *(opened("left"), status("left", 5, "abandoned")),
        *(opened("solved"), status("solved", 5, "resolved")),
        opened("agents", opened_by="agent"),
        *(opened("spam"), status("spam", 5, "spam")),
        responded("unknown", 5),
        *(opened("chatting", channel="chat"), responded("chatting", 5)),
    )
    found = explained(partition, "first_response", "1h", channel="unknown")
    assert [item["id"] for item in found["counted"]["items"]] == ["in"]
    assert found["counted"]["items"][0]["amounts"] == {"n": 1, "seconds": 90.0}
    assert reasons(found) == {
        "before_window": ["before", "sleeping"],
        "not_answered": ["waits"],
        "not_public": ["noted"],
        "automatic_responder": ["bot"],
        "answered_before_opening": ["early"],
        "given_up": ["left"],
        "done_unanswered": ["solved"],
        "opened_by_agent": ["agents"],
        "retracted": ["spam"],
        "no_opening": ["unknown"],
        "other_labels": ["chatting"],
    }


def test_the_longest_are_named_first():
    partition = holding(*(event for i in range(5) for event in (opened(f"T{i}"), responded(f"T{i}", 10 * (i + 1)))))
    assert [item["id"] for item in explained(partition, "first_response", "1h")["counted"]["items"]] == [
        *("T4", "T3", "T2", "T1", "T0")
    ]


def test_what_is_as_of_now_says_why_others_are_not_in_it():
    partition = holding(
        opened("waits", 100, channel="chat"),
        *(opened("answered"), responded("answered", 5)),
        opened("agents", opened_by="agent"),
        *(opened("done"), status("done", 5, "closed")),
        *(opened("spam"), status("spam", 5, "spam")),
    )
    out = {"answered": ["answered"], "opened_by_agent": ["agents"], "done": ["done"], "retracted": ["spam"]}
    wait = explained(partition, "open_wait")
    assert (wait["counted"]["amounts"], reasons(wait)) == ({"n": 1, "seconds": NOW - 100.0}, out)
    sla = explained(partition, "sla")
    assert (sla["counted"]["amounts"], reasons(sla)) == ({"breached": 1, "seconds": NOW - 100.0}, out)
    backlog = explained(partition, "backlog")
    assert backlog["number"]["n"] == backlog["counted"]["n"] == 3
    assert reasons(backlog) == {"done": ["done"], "retracted": ["spam"]}


def test_other_tickets_say_why_they_are_not_in_a_number():
    partition = holding(
        *(opened("again"), status("again", 10, "resolved"), status("again", 20, "reopened")),
        *(opened("open", channel="phone"), responded("open", 9)),
    )
    assert reasons(explained(partition, "resolution", "1h", {"which": "last"})) == {
        "open_again": ["again"],
        "not_resolved": ["open"],
    }
    assert reasons(explained(partition, "service_level", "1h")) == {"no_target": ["again"]}
    assert reasons(explained(partition, "second_response", "1h")) == {
        "not_answered": ["again"],
        "no_second_response": ["open"],
    }
    assert reasons(explained(partition, "next_reply", "1h")) == {"not_answered": ["again"], "no_next_reply": ["open"]}


def test_surveys_say_why_they_are_not_in_a_number():
    partition = holding(
        answered("scored", 5, 9),
        sent("silent", 5),
        answered("satisfaction", 5, 3, instrument="csat"),
        answered("effort", 5, 3, instrument="ces", scale_max=5),
        *(opened("T"), status("T", 5, "deleted"), answered("gone", 5, 9, ticket_id="T")),
        *(sent("unseen", -40 * 86_400), sent("soon", -3600)),
    )
    assert reasons(explained(partition, "nps", "7d", {"attribute_to": "sent"})) == {
        "retracted": ["gone"],
        "other_instrument": ["effort", "satisfaction"],
        "survey_unanswered": ["silent", "soon"],
        "before_window": ["unseen"],
        "not_sent": ["scored"],
    }
    assert reasons(explained(partition, "ces", "1h"))["other_scale"] == ["effort"]
    coverage = explained(partition, "coverage", "7d")
    assert reasons(coverage)["immature"] == ["silent", "soon"]
    assert coverage["number"]["immature"] == 2
    assert explained(partition, "nps", "1h")["counted"]["items"] == [
        {"id": "scored", "at": "2026-03-02T12:00:05.000000Z", "labels": dict.fromkeys(LABELS, "unknown")}
        | {"amounts": {"promoter": 1}}
    ]


def test_what_is_forgotten_is_named_apart():
    policy = Policy(labels=LABELS, retention_us=SECOND_US)
    partition = holding(*(opened("T"), responded("T", 60), status("T", 70, "closed")), policy=policy)
    partition.advance(NOW_US + 10**15)
    while (eviction := partition.evict(100)) is None or not eviction.seal.evicted:
        partition.advance(partition.snapshot().as_of_us + 4000 * SECOND_US)
    partition.evicted(eviction)
    for key in eviction.seal.evicted:
        partition.load(key, None, 0)
    found = explained(partition, "first_response", "all")
    assert found["counted"]["n"] == 0
    assert found["forgotten"] == {"n": 1, "seconds": 60.0}
    assert found["number"]["mean_seconds"] == 60


def test_to_explain_counts_nothing():
    policy = Policy(labels=("channel",), label_limit=1)
    partition = Partition(0, Books(policy, LabelBook(policy.labels, 1)))
    partition.apply("t", decoded(opened("A", channel="chat"), opened("B", channel="phone")), NOON_US)
    partition.advance(NOW_US)
    overflows = partition.books.names.book.overflows
    before = dict(overflows)
    assert explained(partition, "open_wait", channel="other")["counted"]["n"] == 1
    assert before == overflows
    assert {name: n for name, n in overflows.items() if n} == {"channel": 1}


@pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS)
def test_every_definition_is_that_of_its_page(number):
    page = (DOCS / number.page).read_text()
    assert f"`{number.name}`" in page
    plain = re.sub(r"`|\[([^\]]*)\]\([^)]*\)", r"\1", page)
    assert number.definition in " ".join(plain.split())
