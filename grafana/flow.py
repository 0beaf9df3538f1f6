"""What flows in and out of the desk, and how this hour compares with the weeks before."""

from __future__ import annotations

from grafana import queries as q
from grafana.frame import place
from grafana.links import OF_SERIES, linked, to
from grafana.panels import Json, Query, Style, lines, section
from grafana.tables import table

FLOWS = {"opened": "blue", "reopened": "orange", "resolved": "green", "abandoned": "red", "retracted": "#808080"}
TICKETS = Style("short", "no data", decimals=0)
CHANNEL_WAITS = to("live-desk", "Who waits on this channel? Live desk", channel=OF_SERIES)
BELIEVE = to("itself", "Are all events there? Deskpulse itself")
_HOURS = (
    ("Opened within an hour", "inflow", "short"),
    ("Open tickets at this hour", "backlog", "short"),
    ("First response within an hour, median", "first_response_seconds", "s"),
)
_BAND = ("low", "high", "median", "now")


def flow() -> list[Json]:
    """Return what comes in and goes out."""
    metric, conditions = "deskpulse_flow_tickets", (q.IN_WINDOW,)
    flows = [Query(q.count(metric, "flow", name, conditions=conditions), name) for name in FLOWS]
    change = (
        f"{q.count(metric, 'flow', 'opened', 'reopened', conditions=conditions)}"
        f" - {q.count(metric, 'flow', 'resolved', 'abandoned', conditions=conditions)}"
    )
    opened = q.count(metric, "flow", "opened", conditions=conditions, by="channel")
    share = f"100 * {opened} / on () group_left () ({q.count(metric, 'flow', 'opened', conditions=conditions)} > 0)"
    change_style = Style("short", "no data", decimals=0, minimum=None)
    return [
        *place(1, (24, section("Inflow and outflow"))),
        *place(
            8,
            (
                9,
                lines(
                    "Inflow and outflow · trailing $window",
                    "Retracted: merged, spam or deleted.",
                    Style("short", "no data", decimals=0, colors=FLOWS),
                    *flows,
                ),
            ),
            (
                5,
                lines("Backlog change · trailing $window", "In less out.", change_style, Query(change, "change")),
            ),
            (
                5,
                linked(
                    lines(
                        "Tickets opened, by channel",
                        "Trailing $window.",
                        TICKETS,
                        Query(opened, "{{channel}}"),
                        stacked=True,
                    ),
                    CHANNEL_WAITS,
                ),
            ),
            (
                5,
                lines(
                    "Preferred channel · trailing $window",
                    "Each channel's share of the tickets opened.",
                    Style("percent", "no ticket in this window", decimals=0, maximum=100),
                    Query(share, "{{channel}}"),
                    stacked=True,
                ),
            ),
        ),
    ]


def same_hours() -> list[Json]:
    """Return this hour beside the same hour of the weeks before."""
    return [
        *place(1, (24, section("This hour, and the weeks before"))),
        *place(8, *((8, _same_hour(*each)) for each in _HOURS)),
        *place(
            6,
            (
                8,
                linked(
                    lines(
                        "Is this hour unusual?",
                        "1: more than in any of the weeks before. -1: less. 0: usual. Of the whole desk.",
                        Style("none", "fewer than two weeks known", decimals=0, minimum=-1, maximum=1),
                        Query("desk:deskpulse_baseline:unusual", "{{metric}}"),
                    ),
                    BELIEVE,
                ),
            ),
            (
                8,
                table(
                    "This hour and the weeks before",
                    "Of the whole desk; the variables above do not filter it.",
                    Style("short", "no data", decimals=0, minimum=None),
                    {name: Query(f"desk:deskpulse_baseline:{name}") for name in ("now", "median", "low", "high", "n")},
                    labels={"metric": "metric"},
                    units={},
                ),
            ),
            (
                8,
                table(
                    "The same hour, by weeks ago",
                    "What the band is made of; of the whole desk.",
                    Style("short", "no data", decimals=0),
                    {
                        "opened": Query('sum by (week) (deskpulse_baseline_tickets{metric="inflow"})'),
                        "open": Query('sum by (week) (deskpulse_baseline_tickets{metric="backlog"})'),
                        "responses": Query(
                            'sum by (week) (deskpulse_baseline_first_response_seconds_bucket{le="+Inf"})'
                        ),
                    },
                    labels={"week": "weeks ago"},
                    units={},
                ),
            ),
        ),
    ]


def _same_hour(title: str, metric: str, unit: str) -> Json:
    queries = {name: Query(f'desk:deskpulse_baseline:{name}{{metric="{metric}"}}', name) for name in _BAND}
    return lines(
        title,
        "The whole desk, beside the same weekday and hour of the weeks before: the band is their least to their most.",
        Style(unit, "no data", decimals=0),
        *queries.values(),
        band=("low", "high"),
    )
