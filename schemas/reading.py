"""The quick way from records' values to events: msgspec, in one pass over the bytes of each.

It takes what is surely an event, and reads it as pydantic would. Of everything else it says nothing: what it does not
take may still be an event, and `schemas.codec` has pydantic decide.

Where msgspec alone would take more than pydantic does, or read something else:

- fields that no declaration has: msgspec skips their values without a look at their UTF-8, at infinite numbers or at
  how deep they are nested. So it refuses such a record (`forbid_unknown_fields`), and is given it once more without
  these fields when orjson found nothing wrong with it (`_decode_known`);
- times: msgspec rounds a seventh digit, where pydantic cuts it off, and takes offsets without a colon and any year. So
  a time is read as text, and `schemas.instants` makes an instant of it;
- what no bound of one field says: the score of an NPS answer, and an event of the future;
- `null` where it takes an attribute away, which msgspec reads as if it were absent.

A record that is not written quite as declared (`schemas.leniency`) is put so, and given to it once more too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Union

import msgspec
import orjson

from schemas.cloudevents import is_structured
from schemas.declaration import sent_names
from schemas.events import CLASSES, Event, SurveyAnswered, TicketStatus
from schemas.fields import END_OF_TIME, instant_us
from schemas.instants import instants
from schemas.leniency import UPDATED, as_declared, folded, lost_digits, taken_away

_decode: Callable[[bytes], Event] = msgspec.json.Decoder(Union[CLASSES]).decode  # noqa: UP007 - of a tuple
_SENT_NAMES: dict[str, frozenset[str]] = {each.type: sent_names(each) for each in CLASSES}
# Of UTF-8 both raise a ValueError, as orjson does of all else.
_REFUSALS = (msgspec.MsgspecError, ValueError, RecursionError)
_LAST_US = instant_us(END_OF_TIME) - 1


def read(values: Sequence[bytes | None], max_bytes: int, latest_us: int) -> tuple[list[Event | None], list[int]]:
    """Return for each record's value the event that it surely is, else None; and the positions of these.

    max_bytes: a longer value is not read. latest_us: neither is an event after it.
    """
    latest_us = min(latest_us, _LAST_US)
    events: list[Event | None] = []
    unread: list[int] = []
    for value in values:
        event: Event | None = None
        if value is not None and len(value) <= max_bytes:
            try:
                event = _decode(value)
                if type(event) is TicketStatus and event.status == UPDATED and b"null" in value:
                    event = None
            except _REFUSALS:
                event = _decode_known(value)
        events.append(event)
    sent: list[Any] = [event.at_us for event in events if event is not None]  # until it is replaced below
    moments = iter(instants(sent))
    for i, event in enumerate(events):
        if event is None:
            unread.append(i)
            continue
        at_us = next(moments)
        if at_us is None or not 0 <= at_us <= latest_us or (type(event) is SurveyAnswered and (event.score or 0) > 10):
            events[i] = None
            unread.append(i)
        else:
            event.at_us = at_us
    return events, unread


def _decode_known(value: bytes) -> Event | None:
    """Read a record put as declared, without the fields that no event of its type has; None if that is no event."""
    try:
        parsed = orjson.loads(value)
        if type(parsed) is not dict or type(kind := parsed.get("type")) is not str or is_structured(parsed):
            return None
        known = _SENT_NAMES.get(folded(kind))
        if known is None or lost_digits(parsed) or taken_away(parsed):
            return None
        return _decode(orjson.dumps({name: said for name, said in as_declared(parsed).items() if name in known}))
    except _REFUSALS:
        return None
