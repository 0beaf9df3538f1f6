"""The numbers of tickets that can be explained."""

from __future__ import annotations

from stream.core.policy import Policy
from stream.kpi import agents, families, resolution
from stream.numbers import first_response, flow, next_reply
from stream.report.metric import Choices, FieldOf, Metric, N

OTHERS = "others"
CHANNEL = "channel"
# Which of its rows, of which each is about another number.
BASELINES = ("inflow", "first_response_seconds", "backlog")

_FIRST_RESPONSE = "opened -> first public human response; one value for each ticket"


def _attributed(_: Policy) -> dict[str, tuple[str, ...]]:
    return {"attribute_to": ("response", "opened")}


def _acts(_choices: Choices, _policy: Policy) -> FieldOf:
    return lambda cell: "acts" if agents.is_act(cell[0]) else None


def _openings(choices: Choices, policy: Policy) -> FieldOf:
    """Tell the openings of the channel from those of others."""
    if CHANNEL not in policy.labels:
        return lambda _: None
    place, channel = policy.labels.index(CHANNEL), choices.get(CHANNEL)
    return lambda cell: None if cell[0] != flow.OPENED else N if cell[1][place] == channel else OTHERS


METRICS = (
    Metric(
        "first_response",
        "tickets",
        "first-response-time.md",
        _FIRST_RESPONSE,
        _attributed,
        measures=lambda choices: first_response.CALENDAR.measure(choices["attribute_to"]),
    ),
    Metric(
        "first_response_business",
        "tickets",
        "first-response-time.md",
        _FIRST_RESPONSE,
        _attributed,
        measures=lambda choices: first_response.BUSINESS.measure(choices["attribute_to"]),
    ),
    Metric(
        "first_response_counting_waiting",
        "tickets",
        "first-response-time.md",
        _FIRST_RESPONSE,
        measures=lambda _: first_response.CALENDAR.measure("response"),
        stands=True,
    ),
    Metric(
        "open_wait",
        "",
        "open-wait.md",
        "now - opened, of open tickets that take part in first response time and have none yet",
        stands=True,
    ),
    Metric(
        "sla",
        "",
        "sla-and-service-level.md",
        "of each ticket that waits for its first response: on time, at risk, breached, or without a target",
        stands=True,
    ),
    Metric(
        "backlog",
        "",
        "backlog.md",
        "tickets with an opening whose lifecycle status is none, pending or reopened",
        stands=True,
    ),
    Metric(
        "baseline",
        "",
        "baseline.md",
        "inflow, first response time and backlog of the last hour, beside the same weekday and hour of the weeks "
        "before",
        lambda _: {"which": BASELINES},
        in_row={"which": "metric"},
        longest=("now_seconds",),
        past=True,
    ),
    Metric(
        "next_reply",
        "tickets",
        "next-reply-time.md",
        "oldest unanswered message of the customer -> next public human response",
        measures=lambda _: next_reply.WAIT.measure(),
    ),
    Metric(
        "resolution",
        "tickets",
        "resolution-time.md",
        "opened -> resolved or closed, the first time and the last time, less the pauses",
        lambda _: {"which": tuple(resolution.MEASURES)},
        measures=lambda choices: resolution.MEASURES[choices["which"]],
    ),
    Metric(
        "flow",
        "tickets",
        "inflow-and-outflow.md",
        "tickets opened, re-opened, resolved and abandoned in the window, each at its time",
        counted=families.FLOW,
    ),
    Metric(
        "preferred_channel",
        "tickets",
        "inflow-and-outflow.md",
        "each channel's share of the tickets opened in the window",
        lambda _: {CHANNEL: ()},
        picks=lambda row: row["n"],
        fields=_openings,
        longest=(N,),
    ),
    Metric(
        "service_level",
        "tickets",
        "sla-and-service-level.md",
        "share of contacts answered within the target",
        counted=families.SERVICE_LEVEL,
    ),
    Metric(
        "handling",
        "tickets",
        "handling.md",
        "tickets transferred at least once / tickets opened",
        counted=families.HANDLING,
    ),
    Metric(
        "quality",
        "tickets",
        "one-touch-and-reopen.md",
        "tickets resolved with a single public human response / tickets resolved",
        counted=families.QUALITY,
    ),
    Metric(
        "agents",
        "agents",
        "agents.md",
        "number of different agent_id of public answers, notes and changes of status in the window",
        fields=_acts,
    ),
)
