"""The keys of `notify.yaml`, and what each accepts. docs/notify.md explains them."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, PlainValidator

from schemas.alerts import ALERT_KINDS
from stream.core.windows import DAY_US, MINUTE_US, SECOND_US
from stream.notify.formats import FORMATS, TICKET, Format
from stream.notify.secrets import ACCEPTED, Secret, where_it_is
from stream.policy_file.scalars import LISTED, SOME, Flag, Name, duration, one_of, whole_number, wrong
from stream.policy_file.shape import Part

MOST_RECEIVERS = 50
MOST_SECRETS = 5
# What the service writes itself, and what would change where the request ends.
_OWN_HEADERS = re.compile(
    r"webhook-.*|content-(type|length|encoding)|host|user-agent|transfer-encoding|connection", re.IGNORECASE
)


def _receiver_name(value: object) -> str:
    if isinstance(value, str) and re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", value):
        return value
    raise wrong(value, "1 to 40 small letters, digits and hyphens, as it is part of its consumer group's name")


def _secret(value: object) -> Secret:
    if (found := where_it_is(value)) is not None:
        return found
    raise ValueError(f"accepts {ACCEPTED}: where a secret is, and never a secret itself")


def _address(value: object) -> str | Secret:
    if isinstance(value, str) and re.match("https?://", value):
        return value
    if (found := where_it_is(value)) is not None:
        return found
    raise ValueError(f"is no address; accepts https://…, or where it is: {ACCEPTED}")


def _link(value: object) -> str:
    if isinstance(value, str) and re.fullmatch(r"https?://[^\s<>|]+", value) and TICKET in value:
        return value
    raise wrong(value, f"a ticket's address with {TICKET} in it, such as https://desk.example/tickets/{TICKET}")


def _header(value: object) -> str:
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,80}", value):
        if _OWN_HEADERS.fullmatch(value):
            raise ValueError(f"got {value!r}; the service writes this header itself")
        return value
    raise wrong(value, "the name of an HTTP header")


def _source(value: object) -> str:
    if isinstance(value, str) and re.fullmatch(r"[^\s<>\"{}|\\^`]{1,200}", value):
        return value
    raise wrong(value, "a URI or the path of one, such as /deskpulse/berlin")


SecretPart = Annotated[Secret, PlainValidator(_secret)]


class ReceiverPart(Part):
    """One receiver."""

    name: Annotated[str, PlainValidator(_receiver_name)] = Field(
        description="Its name in the log and in metrics, and of its place in the topic: another name begins anew."
    )
    url: Annotated[str | Secret, PlainValidator(_address)] = Field(
        description="Where to: `https://…`, or `{env: NAME}` or `{file: PATH}` if it is a secret, as Slack's are."
    )
    format: Annotated[Format, one_of(*FORMATS)] = Field(
        "standard", description="What is posted: `standard`, `slack` or `cloudevents`."
    )
    secrets: Annotated[tuple[SecretPart, ...], LISTED, SOME, Field(max_length=MOST_SECRETS)] | None = Field(
        None,
        description="What deliveries are signed with, each `{env: NAME}` or `{file: PATH}`; several while a receiver "
        "changes to another. `standard` needs one, `cloudevents` may have some.",
    )
    headers: dict[Annotated[str, PlainValidator(_header)], SecretPart] = Field(
        default_factory=dict,
        description="Further headers, such as `Authorization`, each `{env: NAME}` or `{file: PATH}`.",
    )
    alerts: Annotated[tuple[Annotated[str, one_of(*ALERT_KINDS)], ...], LISTED, SOME] | None = Field(
        None, description="Only alerts of these types. Left out: all."
    )
    channels: Annotated[tuple[Name, ...], LISTED, SOME] | None = Field(None, description="Only of these channels.")
    priorities: Annotated[tuple[Name, ...], LISTED, SOME] | None = Field(None, description="Only of these priorities.")
    queues: Annotated[tuple[Name, ...], LISTED, SOME] | None = Field(None, description="Only of these queues.")
    link: Annotated[str, PlainValidator(_link)] | None = Field(
        None, description=f"With `slack`: the address of a ticket, with `{TICKET}` in it."
    )
    source: Annotated[str, PlainValidator(_source)] = Field(
        "/deskpulse", description="With `cloudevents`: the attribute `source`."
    )
    allow_http: Flag = Field(
        False, description="Whether an address may begin with `http://`: nothing hides what is sent."
    )
    timeout: Annotated[int, duration(SECOND_US, MINUTE_US, "1s to 60s")] = Field(
        10 * SECOND_US, description="How long an answer may take, connecting included."
    )
    attempts: Annotated[int, whole_number(1, 1000)] = Field(
        20, description="How often an alert is posted at most; then it goes to the dead-letter topic."
    )
    give_up_after: Annotated[int, duration(SECOND_US, 7 * DAY_US, "1s to 7d, such as 6h")] = Field(
        6 * 60 * MINUTE_US,
        description="An alert that is older than this is not posted, but goes to the dead-letter topic.",
    )
    at_once: Annotated[int, whole_number(1, 64)] = Field(
        4, description="Deliveries at a time. Those of one ticket are in order, one after the other."
    )


class NotifyPart(Part):
    """The whole file."""

    version: Annotated[int, whole_number(1, 1)] = Field(1, description="The version of this format.")
    receivers: Annotated[tuple[ReceiverPart, ...], SOME, Field(max_length=MOST_RECEIVERS)] = Field(
        description="Who is sent alerts."
    )


def wrong_url(url: str, *, allow_http: bool) -> str | None:
    """Say what keeps an address from being posted to, None if nothing does; without quoting it, as it may be secret."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "is no address; accepts https://host/path"
    if parts.scheme not in ("https", "http") or not parts.hostname or re.search(r"[\s\x00-\x1f]", url):
        return "is no address; accepts https://host/path"
    if parts.username is not None or parts.password is not None:
        return "has a user name in it; accepts one without, and the header Authorization under headers"
    if parts.fragment:
        return "has a part behind #, which is never sent; accepts one without"
    if parts.scheme == "http" and not allow_http:
        return "begins with http://, so that anyone on the way could read it; accepts https://, or set allow_http: true"
    return None
