"""Events that are nearly right, drawn by hypothesis: what decides whether a record is an event is tried with these."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

_COMMON = {"version": 1, "event_id": "e", "occurred_at": "2026-03-02T10:00:00Z", "ticket_id": "T"}
WHOLE_EVENTS: list[dict[str, Any]] = [
    {**_COMMON, "type": "ticket.opened", "opened_by": "agent", "channel": "chat", "queue": "q"},
    {**_COMMON, "type": "ticket.responded", "author": "agent", "public": False, "agent_id": "a"},
    {**_COMMON, "type": "ticket.status", "status": "pending", "to_queue": "q", "merged_into": "U"},
    {**_COMMON, "type": "survey.sent", "survey_id": "S", "instrument": "csat", "touchpoint": "p"},
    {**_COMMON, "type": "survey.answered", "survey_id": "S", "score": 9, "scale_max": 10, "comment": "so so"},
    {**_COMMON, "type": "customer.acquired", "customer_id": "C"},
    {**_COMMON, "type": "customer.lost", "customer_id": "C"},
    {**_COMMON, "type": "customer.purchased", "customer_id": "C", "amount": 9.5, "purchase_id": "P"},
    {**_COMMON, "type": "customer.refunded", "customer_id": "C", "amount": 2.5},
    {**_COMMON, "type": "customer.signal", "customer_id": "C", "signal": "web_return"},
]
_FIELDS = sorted({field for event in WHOLE_EVENTS for field in event} | {"priority", "brand", "segment", "language"})

TIMES = st.builds(
    lambda year, month, day, gap, hour, minute, second, fraction, zone: (
        f"{year}-{month}-{day}{gap}{hour}:{minute}:{second}{fraction}{zone}"
    ),
    st.sampled_from(["2026", "1969", "1970", "0001", "2199", "2200", "9999"]),
    st.sampled_from(["01", "02", "12", "13", "00", "2"]),
    st.sampled_from(["01", "28", "29", "30", "31", "32", "00"]),
    st.sampled_from(["T", "t", " ", "_", ""]),
    st.sampled_from(["00", "23", "24", "7"]),
    st.sampled_from(["00", "59", "60"]),
    st.sampled_from(["00", "59", "60"]),
    st.sampled_from(["", ".0", ".", ".123456", ".1234569", ".123456789012", ".1234567890123", ",5"]),
    st.sampled_from(["Z", "z", "+00:00", "-00:00", "+05:45", "-23:59", "+24:00", "+05:60", "+0100", "", "+1:00", "Z "]),
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 1002),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([1.0, 0.0, 1e12, 1e12 + 1, 10, 11]),
    st.text(max_size=4),
    st.sampled_from(["x" * 128, "x" * 129, "😀" * 128, "c" * 4000, "c" * 4001, "\x00"]),
    st.sampled_from(
        ["email", "low", "nps", "enps", "customer", "bot", "spam", "call_missed", *(e["type"] for e in WHOLE_EVENTS)]
    ),
    st.sampled_from(["", " ", "Agent", "AGENT ", "EMAIL", " Low", "Ticket.Opened", "Spam", "updated", "UPDATED"]),
    st.sampled_from([2**64, 10**30, -(10**20), 5.0, 1e3]),
    st.lists(st.just("chat"), max_size=1),
    st.just({}),
    TIMES,
)


@st.composite
def bent(draw: st.DrawFn) -> dict[str, Any]:
    """An event, of which up to three fields are gone or hold something else."""
    event = dict(draw(st.sampled_from(WHOLE_EVENTS)))
    for field in draw(st.lists(st.sampled_from(_FIELDS), max_size=3)):
        if draw(st.integers(0, 3)) == 0:
            event.pop(field, None)
        else:
            event[field] = draw(TIMES if field == "occurred_at" else VALUES)
    return event
