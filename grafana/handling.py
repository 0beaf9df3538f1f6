"""How tickets are handled: transfers, escalations, contacts given up, one touch, and customers who come back."""

from __future__ import annotations

from grafana import queries as q
from grafana.frame import place
from grafana.links import OF_ROW, linked, to
from grafana.panels import Json, Query, Style, lines, section
from grafana.tables import table

NO_TICKET = "no ticket in this window"
SHARE = Style("percent", NO_TICKET, decimals=1, maximum=100)
_HANDLING, _RESOLVED = "deskpulse_handling_tickets", "deskpulse_resolved_tickets"
CHANNEL_SAYS = to("satisfaction", "What do they say on this channel? Satisfaction", channel=OF_ROW)
COME_BACK = to("customers", "Who goes, and with what effort? Customers")
_AVOIDANCE = "deskpulse_contact_avoidance_tickets"


def _handled(kind: str, base: str, by: str = "") -> Query:
    return Query(q.percent(_HANDLING, "handling", kind, (base,), conditions=(q.IN_WINDOW,), by=by))


def _resolved(kind: str, by: str = "") -> Query:
    return Query(q.percent(_RESOLVED, "quality", kind, ("resolved",), conditions=(q.IN_WINDOW,), by=by))


def _named(query: Query, legend: str) -> Query:
    return Query(query.expr, legend)


def handling() -> list[Json]:
    """Return shares of the tickets opened, and of those resolved."""
    return [
        *place(1, (24, section("Handling"))),
        *place(
            8,
            (
                7,
                lines(
                    "Transfers, escalations, contacts given up",
                    "Of the tickets opened in the trailing $window; given up: of those offered.",
                    SHARE,
                    _named(_handled("transferred", "opened"), "transferred"),
                    _named(_handled("escalated", "opened"), "escalated"),
                    _named(_handled("given_up", "offered"), "given up"),
                ),
            ),
            (
                7,
                lines(
                    "One touch and reopened · trailing $window",
                    "Of the tickets resolved for the first time.",
                    SHARE,
                    _named(_resolved("one_touch"), "one touch"),
                    _named(_resolved("reopened"), "reopened"),
                ),
            ),
            (10, linked(_by_channel(), CHANNEL_SAYS)),
        ),
    ]


def _by_channel() -> Json:
    transfers = (
        f"{q.count(_HANDLING, 'handling', 'transfers', conditions=(q.IN_WINDOW,), by='channel')}"
        f" / ({q.count(_HANDLING, 'handling', 'opened', conditions=(q.IN_WINDOW,), by='channel')} > 0)"
    )
    opened = q.count(_HANDLING, "handling", "opened", conditions=(q.IN_WINDOW,), by="channel")
    resolved = q.count(_RESOLVED, "quality", "resolved", conditions=(q.IN_WINDOW,), by="channel")
    return table(
        "Handling by channel · $window",
        "Shares of the tickets opened, and of those resolved.",
        Style("percent", NO_TICKET, decimals=1),
        {
            "opened": Query(opened),
            "transferred": _handled("transferred", "opened", "channel"),
            "transfers a ticket": Query(transfers),
            "escalated": _handled("escalated", "opened", "channel"),
            "given up": _handled("given_up", "offered", "channel"),
            "resolved": Query(resolved),
            "one touch": _resolved("one_touch", "channel"),
            "reopened": _resolved("reopened", "channel"),
        },
        labels={"channel": "channel"},
        units={"opened": "short", "transfers a ticket": "none", "resolved": "short"},
    )


def returning() -> list[Json]:
    """Return how many customers did not come back within so many days."""
    matured = q.count(_AVOIDANCE, "outcome", "matured", conditions=(q.IN_SURVEY_WINDOW,), by="days")
    avoided = Query(
        q.percent(_AVOIDANCE, "outcome", "avoided", ("matured",), conditions=(q.IN_SURVEY_WINDOW,), by="days"),
        "{{days}} days",
    )
    immature = q.total(q.select("deskpulse_contact_avoidance_immature_tickets"), "days")
    not_yet = Style("short", "no ticket whose days are over", decimals=0)
    share = f"100 * {matured} / (({matured} + {immature}) or {matured})"
    return [
        *place(1, (24, section("First contact resolution"))),
        *place(
            8,
            (
                14,
                linked(
                    lines(
                        "Contacts avoided · trailing $survey_window",
                        "Resolved tickets whose customer did not come back within so many days.",
                        Style("percent", "no ticket whose days are over", decimals=1, maximum=100),
                        avoided,
                    ),
                    COME_BACK,
                ),
            ),
            (
                10,
                table(
                    "Contacts avoided, by days · $survey_window",
                    "Only tickets whose days are over count; the others are not yet known.",
                    not_yet,
                    {
                        "avoided": Query(avoided.expr),
                        "n": Query(matured),
                        "not yet known": Query(immature),
                        "known": Query(share),
                    },
                    labels={"days": "days"},
                    units={"avoided": "percent", "known": "percent"},
                ),
            ),
        ),
    ]
