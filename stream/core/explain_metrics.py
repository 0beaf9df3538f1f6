"""The numbers that can be explained: what each means, where it is defined, and which cells it is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple, get_args

from schemas import events
from stream.core.ledger import SUM
from stream.core.policy import Policy
from stream.core.windows import ALL, DAY_US
from stream.kpi import agents, families, promoters, reply, resolution, response
from stream.kpi.families import Book, Counted

Choices = Mapping[str, str]
# Which field of the number a cell of this measure and bucket adds to, None if to none.
FieldOf = Callable[[str, int], str | None]

N, ANSWERED, SECONDS = "n", "answered", "seconds"


class Metric(NamedTuple):
    """One number: a section of the snapshot. text defines it, page (in docs/metrics) says more.

    book: the ledger it is counted in; "" for what is as of now only. choices: what tells its rows apart, beside window
    and labels; the first value is meant if nobody chooses. counted: its family; or measures: of a duration, by choices.
    stands: it is made of open tickets as of now. lag_us: how long after a ticket's last event it may still count.
    """

    section: str
    book: Book | Literal[""]
    page: str
    text: str
    choices: Callable[[Policy], dict[str, tuple[str, ...]]] = lambda _: {}
    counted: Counted | None = None
    measures: Callable[[Choices], str] | None = None
    stands: bool = False
    lag_us: Callable[[Policy], int] = lambda _: 0

    @property
    def labelled(self) -> bool:
        """False for what is counted in all only."""
        return self.counted is None or self.counted.labelled

    def windows(self, policy: Policy) -> tuple[str, ...]:
        """Return the windows that it has rows of; none for what is as of now."""
        if not self.book:
            return ()
        if self.book == "agents":
            return tuple(window.name for window in policy.agent_windows)
        windows = policy.windows if self.book == "tickets" else policy.windows + policy.survey_windows
        over_all = self.counted is None or self.counted.over_all
        return (*(window.name for window in windows), *((ALL,) if over_all else ()))

    def field_of(self, choices: Choices) -> FieldOf:
        """Return what the cells mean under these choices."""
        if self.measures is not None:
            measure = self.measures(choices)
            n = ANSWERED if self.stands else N  # beside those who wait
            return lambda name, bucket: None if name != measure else SECONDS if bucket == SUM else n
        if self.book == "agents":
            return lambda name, _bucket: "acts" if agents.is_act(name) else None
        family = self.counted
        if family is None:
            return _promoters(self.section, choices) if self.book == "surveys" else lambda _name, _bucket: None
        keys = tuple(choices[key] for key in family.keys if key in choices)

        def field(name: str, _bucket: int) -> str | None:
            parsed = family.parse(name)
            return parsed[0] if parsed is not None and (not keys or parsed[1] == keys) else None

        return field


def _promoters(instrument: str, choices: Choices) -> FieldOf:
    groups = (*promoters.GROUPS, promoters.UNSCORED)
    fields = {promoters.measure(choices["attribute_to"], group, instrument): group for group in groups}
    return lambda name, _bucket: fields.get(name)


def _attributed(_: Policy) -> dict[str, tuple[str, ...]]:
    return {"attribute_to": response.ATTRIBUTE_TO}


def _asked(_: Policy) -> dict[str, tuple[str, ...]]:
    return {"attribute_to": promoters.ATTRIBUTE_TO}


def _scales(policy: Policy) -> dict[str, tuple[str, ...]]:
    usual, scales = policy.definitions.ces_scale, policy.definitions.ces_low_effort
    ordered = sorted(scales, key=lambda scale: (scale != usual, scale))
    return {"scale": tuple(map(str, ordered))}


_FIRST_RESPONSE = "opened -> first public human response; one value for each ticket"
_AGENTS = "number of different agent_id of public answers, notes and changes of status in the window"
_NPS = "% promoters (9, 10) - % detractors (0 to 6) of scored answers, -100 to 100"

METRICS: dict[str, Metric] = {
    metric.section: metric
    for metric in (
        Metric(
            "first_response",
            "tickets",
            "first-response-time.md",
            _FIRST_RESPONSE,
            _attributed,
            measures=lambda choices: response.MEASURES[choices["attribute_to"]],
        ),
        Metric(
            "first_response_business",
            "tickets",
            "first-response-time.md",
            _FIRST_RESPONSE,
            _attributed,
            measures=lambda choices: response.BUSINESS_MEASURES[choices["attribute_to"]],
        ),
        Metric(
            "first_response_counting_waiting",
            "tickets",
            "first-response-time.md",
            _FIRST_RESPONSE,
            measures=lambda _: response.BY_RESPONSE,
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
            "next_reply",
            "tickets",
            "next-reply-time.md",
            "oldest unanswered message of the customer -> next public human response",
            measures=lambda _: reply.MEASURE,
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
        Metric("agents", "agents", "agents.md", _AGENTS),
        Metric("nps", "surveys", "net-promoter-score.md", _NPS, _asked),
        Metric("enps", "surveys", "employee-score.md", _NPS, _asked),
        Metric("csat", "surveys", "csat.md", "satisfied / answered x 100", counted=families.CSAT),
        Metric(
            "ces",
            "surveys",
            "customer-effort.md",
            "mean score on the survey's own scale, and the share of answers of low effort",
            _scales,
            counted=families.CES,
        ),
        Metric(
            "satisfaction",
            "surveys",
            "satisfaction-ratio.md",
            "answers that count as satisfied / answers that can be judged x 100, over all instruments and touchpoints",
            counted=families.SATISFACTION,
        ),
        Metric(
            "coverage",
            "surveys",
            "survey-coverage.md",
            "surveys answered / surveys sent x 100, of those whose time to be answered is over",
            counted=families.COVERAGE,
            lag_us=lambda policy: (policy.definitions.mature_days + 1) * DAY_US,
        ),
        Metric(
            "bad_comments",
            "surveys",
            "bad-comments.md",
            "answers with a low score and a comment",
            counted=families.BAD_COMMENTS,
        ),
        Metric(
            "contact_avoidance",
            "customers",
            "contact-avoidance.md",
            "resolved tickets with no new contact of the same customer within N days / resolved tickets, of those "
            "whose N days are over",
            lambda policy: {"days": tuple(map(str, policy.definitions.avoidance_days))},
            counted=families.CONTACT_AVOIDANCE,
            lag_us=lambda policy: max(policy.definitions.avoidance_days, default=0) * DAY_US,
        ),
        Metric(
            "customers",
            "customers",
            "customers.md",
            "(customers at the end - acquired) / customers at the start x 100",
            counted=families.CUSTOMERS,
        ),
        Metric(
            "signals",
            "customers",
            "customers.md",
            "customers who showed it in the window / customers now x 100",
            lambda _: {"signal": get_args(events.Signal)},
            counted=families.SIGNALS,
        ),
    )
}
