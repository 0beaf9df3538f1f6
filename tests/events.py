"""Events for tests: short ways to write them, and hypothesis strategies that draw them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import msgspec
import orjson
from hypothesis import strategies as st

from schemas.codec import Limits, decode
from schemas.events import Event, Status
from schemas.rejected import Rejected

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOON_US = int(NOON.timestamp()) * 1_000_000
FAR_US = 250_000_000_000_000_000

_ids = iter(range(1, 1_000_000_000))


def at(seconds: float) -> str:
    """Write the instant so many seconds after noon."""
    return (NOON + timedelta(seconds=seconds)).isoformat()


def _event(kind: str, seconds: float, **fields: Any) -> dict[str, Any]:
    event_id = fields.pop("event_id", None) or f"e{next(_ids)}"
    return {"type": kind, "version": 1, "event_id": event_id, "occurred_at": at(seconds), **fields}


def opened(ticket: str, seconds: float = 0, **fields: Any) -> dict[str, Any]:
    """Open a ticket."""
    return _event("ticket.opened", seconds, ticket_id=ticket, **fields)


def responded(ticket: str, seconds: float, author: str = "agent", **fields: Any) -> dict[str, Any]:
    """Respond to a ticket."""
    return _event("ticket.responded", seconds, ticket_id=ticket, author=author, **fields)


def status(ticket: str, seconds: float, to: str, **fields: Any) -> dict[str, Any]:
    """Change the status of a ticket."""
    return _event("ticket.status", seconds, ticket_id=ticket, status=to, **fields)


def sent(survey: str, seconds: float, **fields: Any) -> dict[str, Any]:
    """Send a survey."""
    return _event("survey.sent", seconds, survey_id=survey, **fields)


def answered(survey: str, seconds: float, score: int | None = None, **fields: Any) -> dict[str, Any]:
    """Answer a survey."""
    if score is not None:
        fields["score"] = score
    return _event("survey.answered", seconds, survey_id=survey, **fields)


def acquired(customer: str, seconds: float, **fields: Any) -> dict[str, Any]:
    """Win a customer."""
    return _event("customer.acquired", seconds, customer_id=customer, **fields)


def lost(customer: str, seconds: float, **fields: Any) -> dict[str, Any]:
    """Lose a customer."""
    return _event("customer.lost", seconds, customer_id=customer, **fields)


def purchased(customer: str, seconds: float, amount: float | None = None, **fields: Any) -> dict[str, Any]:
    """Sell something to a customer."""
    if amount is not None:
        fields["amount"] = amount
    return _event("customer.purchased", seconds, customer_id=customer, **fields)


def refunded(customer: str, seconds: float, amount: float | None = None, **fields: Any) -> dict[str, Any]:
    """Give a customer money back."""
    if amount is not None:
        fields["amount"] = amount
    return _event("customer.refunded", seconds, customer_id=customer, **fields)


def signalled(customer: str, seconds: float, signal: str, **fields: Any) -> dict[str, Any]:
    """See a customer show effort or absence."""
    return _event("customer.signal", seconds, customer_id=customer, signal=signal, **fields)


def decoded(*events: dict[str, Any]) -> list[Event]:
    """Decode events as the engine does; a rejected one fails the test."""
    results = decode([orjson.dumps(event) for event in events], limits=Limits(), now_us=FAR_US)
    for result in results:
        assert not isinstance(result, Rejected), result
    return results  # type: ignore[return-value]  # the loop has just excluded Rejected


def sent_fields(event: Event) -> dict[str, Any]:
    """Return the fields of a decoded event as they were sent, without those that were not; the time in microseconds."""
    fields = {"type": event.type, **msgspec.structs.asdict(event)}  # type: ignore[arg-type]  # it is one, made of this
    return {{"at_us": "occurred_at"}.get(name, name): value for name, value in fields.items() if value is not None}


SECONDS = st.integers(min_value=-4000, max_value=8000)
CHANNELS = st.sampled_from(["phone", "chat", "email", "Email", "whatsapp", None])
QUEUES = st.sampled_from(["billing", "sales", None])
STATUSES = st.sampled_from(get_args(Status))


@st.composite
def desk_events(draw: st.DrawFn, tickets: int = 4, most: int = 25) -> list[dict[str, Any]]:
    """Draw events of a few tickets and surveys, in any order."""
    ticket = st.sampled_from([f"T{i}" for i in range(tickets)])
    survey = st.sampled_from(["S1", "S2"])
    optional = st.fixed_dictionaries({}, optional={"channel": CHANNELS, "queue": QUEUES})
    one = st.one_of(
        st.builds(
            lambda t, s, a, by: opened(t, s, opened_by=by, **a),
            ticket,
            SECONDS,
            optional,
            st.sampled_from(["customer", "agent"]),
        ),
        st.builds(
            lambda t, s, who, public, by: responded(t, s, who, public=public, **by),
            ticket,
            SECONDS,
            st.sampled_from(["agent", "bot", "system", "customer"]),
            st.booleans(),
            st.sampled_from([{}, {"agent_id": "ann"}, {"agent_id": "bob"}]),
        ),
        st.builds(lambda t, s, to, a: status(t, s, to, **a), ticket, SECONDS, STATUSES, optional),
        st.builds(lambda v, s, t: sent(f"{v}-{t}", s, ticket_id=t), survey, SECONDS, ticket),
        st.builds(
            lambda v, s, t, score: answered(f"{v}-{t}", s, score, ticket_id=t),
            survey,
            SECONDS,
            ticket,
            st.none() | st.integers(0, 10),
        ),
        st.builds(lambda s, score: answered("lonely", s, score, channel="chat"), SECONDS, st.integers(0, 10)),
    )
    return draw(st.lists(one, max_size=most))
