"""An alert as a receiver gets it: the body, and what kind of body it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal, NamedTuple
from urllib.parse import quote

import orjson

from stream.notify.notice import Notice

Format = Literal["standard", "slack", "cloudevents"]
FORMATS: Final[tuple[Format, ...]] = ("standard", "slack", "cloudevents")
TICKET: Final = "{ticket_id}"


class Body(NamedTuple):
    """What is posted."""

    content: bytes
    content_type: str


def standard_body(notice: Notice) -> Body:
    """Return an alert as Standard Webhooks advises: its type, when it became so, and all of it."""
    fields = {"type": notice.kind, "timestamp": notice.fields["occurred_at"], "data": notice.fields}
    return Body(orjson.dumps(fields), "application/json")


def cloudevents_body(notice: Notice, source: str) -> Body:
    """Return an alert as a CloudEvent of version 1.0 in structured mode; source: whose it is, a URI reference."""
    fields = {
        "specversion": "1.0",
        "id": notice.id,
        "source": source,
        "type": f"deskpulse.{notice.kind}",
        "subject": notice.about,
        "time": notice.fields["occurred_at"],
        "datacontenttype": "application/json",
        "data": notice.fields,
    }
    return Body(orjson.dumps(fields), "application/cloudevents+json")


def slack_body(notice: Notice, link: str | None) -> Body:
    """Return an alert as a message of Slack's incoming webhooks; link: a ticket's address, with {ticket_id} in it."""
    return Body(orjson.dumps({"text": slack_text(notice, link)}), "application/json")


def slack_text(notice: Notice, link: str | None) -> str:
    """Return the line that people read."""
    alert = notice.fields
    ticket = alert.get("ticket_id")
    who = f"survey {_escaped(notice.about)}" if ticket is None else f"ticket {_linked(ticket, link)}"
    if notice.kind == "survey.bad_comment":
        scale = f" of {alert['scale_max']}" if "scale_max" in alert else ""
        said = f"*Bad comment*: {alert['instrument'].upper()} {alert['score']}{scale} for {who}"
    else:
        said = _of_promise(notice.kind, who, alert)
    attributes = [_escaped(str(alert[name])) for name in ("channel", "priority", "queue") if name in alert]
    return said + (f" [{', '.join(attributes)}]" if attributes else "")


def _of_promise(kind: str, who: str, alert: Mapping[str, Any]) -> str:
    promise, _, state = kind.partition(".")
    what, wait = ("SLA", "its first response") if promise == "sla" else ("Reply SLA", "a reply")
    target = _duration(alert["target_seconds"])
    if state == "breached":
        return f"*{what} breached*: {who} has waited for {wait} for more than {target}"
    due = f", due at {_clock(alert['deadline'])}" if "deadline" in alert else ""
    return f"*{what} at risk*: {who} still waits for {wait}{due} (target {target})"


def _linked(ticket: str, link: str | None) -> str:
    if link is None:
        return _escaped(ticket)
    # What ends the address or the text of a link of Slack's cannot be in either.
    return f"<{link.replace(TICKET, quote(ticket, safe=''))}|{_escaped(ticket).replace('|', '¦')}>"


def _escaped(text: str) -> str:
    """Keep what a ticket or a queue is called from being read as a link, a mention or formatting."""
    line = " ".join(text.split())
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _clock(instant: str) -> str:
    return f"{datetime.fromisoformat(instant).astimezone(UTC):%H:%M:%S} UTC"


def _duration(seconds: float) -> str:
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length and seconds % length == 0:
            return f"{seconds / length:g} {unit}"
    return f"{seconds:g} s"
