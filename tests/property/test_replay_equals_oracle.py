"""Whatever happens, in any order and with any duplicates: what the core counts is what the oracle counts."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stream.replay import replay
from stream.settings import Settings
from stream.verify.instant import microseconds, rfc3339
from stream.verify.verdict import Limits, verify
from tests.tries import tries

Event = dict[str, Any]

# The night before the clocks of Berlin go forward: a day of 23 hours lies within reach.
_BASE_US = microseconds("2026-03-28T20:00:00Z")
_SECOND, _HOUR = 1_000_000, 3_600_000_000
_TICKETS = ("A", "B", "C", "ticket-ü")
_SURVEYS = ("1", "2", "3")
_CUSTOMERS = ("C1", "C2")
_YEAR = 365 * 24 * _HOUR + 6 * _HOUR

# Few instants, so that many coincide; some a microsecond off the bound of a pane, an age or a bucket.
_OFFSETS_US = st.one_of(
    st.sampled_from([hours * _HOUR for hours in (0, 1, 2, 4, 5, 8, 24, 72, 168)]),
    st.integers(0, 12).map(lambda tens: tens * 10 * _SECOND),
    st.integers(0, 200 * _HOUR),
    st.sampled_from([-days * 24 * _HOUR for days in (1, 2, 7, 14)]),
)
_INSTANTS_US = st.builds(lambda offset, off: _BASE_US + offset + off, _OFFSETS_US, st.sampled_from([0, 0, 0, -1, 1]))
_ATTRIBUTES = {
    "channel": st.sampled_from(["chat", "email", "other"]),
    "priority": st.sampled_from(["low", "urgent"]),
    "queue": st.sampled_from(["q1", "q2", "unknown"]),
    "customer_id": st.sampled_from(_CUSTOMERS),
}


def _event(kind: str, required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[Event]:
    fields = {
        "type": st.just(kind),
        "version": st.just(1),
        "event_id": st.integers(0, 40).map(lambda number: f"e{number:02}"),
        "occurred_at": _INSTANTS_US.map(rfc3339),
        **required,
    }
    return st.fixed_dictionaries(fields, optional=optional)


_TICKET = {"ticket_id": st.sampled_from(_TICKETS)}
_STATUSES = st.sampled_from(
    [
        *("pending", "pending", "pending", "resolved", "reopened", "reopened", "closed", "abandoned"),
        *("transferred", "transferred", "escalated", "updated", "merged", "spam", "deleted"),
    ]
)
_AUTHORS = st.sampled_from(["agent", "agent", "bot", "system", "customer", "customer"])
_OPENINGS = _event("ticket.opened", _TICKET, _ATTRIBUTES | {"opened_by": st.sampled_from(["customer", "agent"])})
_RESPONSES = _event("ticket.responded", _TICKET | {"author": _AUTHORS}, {"public": st.booleans()})
_CHANGES = _event("ticket.status", _TICKET | {"status": _STATUSES}, _ATTRIBUTES | {"to_queue": st.just("q3")})


def _surveys(kind: str, ticket: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[Event]:
    return _event(kind, {"survey_id": st.sampled_from(_SURVEYS)} | ticket, optional)


_SURVEYED = {
    "channel": _ATTRIBUTES["channel"],
    "segment": st.sampled_from(["s1", "s2"]),
    "touchpoint": st.sampled_from(["checkout", "delivery/door"]),
    "customer_id": _ATTRIBUTES["customer_id"],
    "instrument": st.sampled_from(["nps", "nps", "csat", "csat", "ces", "enps"]),
}
_SAID = {
    "score": st.integers(0, 10),
    "scale_max": st.sampled_from([1, 2, 3, 4, 5, 7, 10, 11]),
    "comment": st.sampled_from(["no", " "]),
}
_CUSTOMER = {"customer_id": st.sampled_from(_CUSTOMERS)}
_EARLIER_US = st.sampled_from([0, 0, 0, _YEAR, 3 * _YEAR, 5 * _YEAR])
_COMINGS = st.builds(
    lambda event, earlier_us: {**event, "occurred_at": rfc3339(microseconds(event["occurred_at"]) - earlier_us)},
    st.one_of(_event("customer.acquired", _CUSTOMER, {}), _event("customer.lost", _CUSTOMER, {})),
    _EARLIER_US,
)
_HAPPENINGS = st.one_of(
    _OPENINGS,
    _OPENINGS,
    _RESPONSES,
    _RESPONSES,
    _CHANGES,
    _CHANGES,
    *(
        _surveys(kind, ticket, optional)
        for ticket in (_TICKET, {})
        for kind, optional in (("survey.sent", _SURVEYED), ("survey.answered", _SURVEYED | _SAID))
    ),
    _COMINGS,
    _event("customer.purchased", _CUSTOMER, {"amount": st.sampled_from([0, 5, 19.99, 0.0000005, 1e12])}),
    _event(
        "customer.signal",
        _CUSTOMER | {"signal": st.sampled_from(["form_abandoned", "call_missed", "app_uninstalled", "web_return"])},
        {},
    ),
)


# Numbers small enough for a few events to reach.
_POLICY = """
version: 1
targets: [{within: 1h, channels: [chat]}, {within: 4h, clock: business}]
schedules: {default: {zone: Europe/Berlin, hours: {mon-sun: ["00:00-02:30", "09:00-24:00"]}}}
pausing: [pending]
avoidance_days: [1, 2]
csat: {scale: 5, top: {1: 1, 3: 1, 4: 2, 5: 2, 10: 3}, low: {1: 0, 3: 1, 5: 2, 10: 4, 11: 3}}
ces: {scale: 7, low_effort: {5: 2, 7: 3, 10: 3}}
mature_days: 1
blind_spot_min_sent: 1
long_tenure_years: 1
baseline_weeks: 2
"""


@st.composite
def told(draw: st.DrawFn) -> tuple[list[Event], int | None]:
    """Events in some order, some told again and some under one id with other fields; and when to look at them."""
    events = draw(st.lists(_HAPPENINGS, min_size=1, max_size=60))
    again = draw(st.lists(st.sampled_from(events), max_size=10))
    return draw(st.permutations(events + again)), draw(st.none() | _INSTANTS_US)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("events") / "events.jsonl"


@pytest.fixture(scope="module")
def policy_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("policy") / "policy.yaml"
    path.write_text(_POLICY)
    return path


@pytest.mark.parametrize("agent_opened", ["exclude", "next_public"])
@pytest.mark.parametrize("responder", ["human", "any", "after_handoff"])
@settings(max_examples=tries(10), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=told())
def test_the_core_counts_what_the_oracle_counts(
    file: Path, policy_file: Path, responder: str, agent_opened: str, story: tuple[list[Event], int | None]
) -> None:
    events, as_of_us = story
    file.write_text("".join(json.dumps(event) + "\n" for event in events))
    chosen = Settings(
        policy_file=policy_file,
        responder=responder,
        agent_opened=agent_opened,
        labels=("channel", "queue"),
        nps_min_n=2,
        windows=("5m", "1h", "24h", "today"),
        survey_windows=("7d",),
        today_zone="Europe/Berlin",
        today_start_hour=2,
        response_buckets_seconds=(10, 3600, 86_400),
    )
    snapshot = replay([file], chosen, as_of_us).snapshot
    verdict = verify([file], [snapshot], Limits(max_future_seconds=None if as_of_us is None else 0))
    assert verdict.comparison.differences == []
    assert verdict.comparison.unchecked == ["watermark", "final_until", "partitions"]
    assert verdict.comparison.numbers > 200
