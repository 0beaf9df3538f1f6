"""What was promised, and whether it was kept. Relations `promise` and `contact`."""

from collections.abc import Iterator
from typing import Any

import duckdb

from stream.verify.computed import create
from stream.verify.families import response
from stream.verify.groups import Measure, Relation
from stream.verify.options import Options
from stream.verify.placing import Scope, place
from stream.verify.section import Family, Row, Section
from stream.verify.share import percent

_NEVER = 2**62
_TICKETS = "SELECT ticket_id, given_channel, given_priority, given_queue, opened_us FROM first_response"
_PROMISE = {"ticket_id": "VARCHAR", "risk_us": "BIGINT", "deadline_us": "BIGINT"}

_STATES = {
    "on_time": "{now_us} < risk_us",
    "at_risk": "{now_us} BETWEEN risk_us AND deadline_us",
    "breached": "{now_us} > deadline_us",
    "without_target": "deadline_us IS NULL",
}

# A contact is answered when it is answered, and abandoned when it was given up without an answer.
_CONTACT = """
CREATE OR REPLACE TABLE contact AS
SELECT *, coalesce(response_us, greatest(lifecycle_us, opened_us)) AS us, response_us IS NOT NULL AS answered
FROM first_response JOIN promise USING (ticket_id)
WHERE response_us IS NOT NULL OR lifecycle = 'abandoned'
"""
_CONTACTS = {
    "answered": "answered",
    "answered_within": "answered AND us <= deadline_us",
    "abandoned": "NOT answered",
    "abandoned_within": "NOT answered AND us <= deadline_us",
    "abandoned_short": "NOT answered AND us - opened_us < {short_us}",
}


def derive(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> None:
    """Make the relations from `first_response`; tickets that take no part or have no target are in neither."""
    create(database, "promise", _PROMISE, _promises(database.execute(_TICKETS).fetchall(), options))
    database.execute(_CONTACT)
    place(database, "contact", Scope.TICKETS)


def _promises(tickets: list[tuple[Any, ...]], options: Options) -> Iterator[tuple[str, int, int]]:
    policy = options.policy
    for ticket, channel, priority, queue, opened_us in tickets:
        target = policy.target(channel, priority, queue, opened_us)
        if target is None:
            continue
        risk_us = target.target_us * (100 - policy.at_risk_percent) // 100
        if target.clock == "calendar":
            yield ticket, opened_us + risk_us, opened_us + target.target_us
        else:
            hours = policy.schedule(queue)
            at_risk_us, deadline_us = (hours.add_us(opened_us, span) for span in (risk_us, target.target_us))
            yield ticket, _NEVER if at_risk_us is None else at_risk_us, _NEVER if deadline_us is None else deadline_us


def sla(database: duckdb.DuckDBPyConnection, options: Options, now_us: int) -> list[Row]:
    """Rows of the tickets that await a first response, by what has become of their target."""
    database.execute("CREATE OR REPLACE TABLE promised AS FROM waiting LEFT JOIN promise USING (ticket_id)")

    def numbers(values: tuple[Any, ...]) -> Row:
        return {"n": sum(values), **dict(zip(_STATES, values, strict=True))}

    return Relation("promised").rows(
        database, options.labels, Measure(_counts(_STATES, now_us=now_us), numbers, (0,) * len(_STATES))
    )


def service_level(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> list[Row]:
    """Rows of contacts with a target, and of the share answered in time by each variant, percent."""

    def numbers(values: tuple[Any, ...]) -> Row:
        all_answered, within, abandoned, abandoned_within, short = values
        levels = {
            "A/(N+B)": percent(within, all_answered + abandoned),
            "A/(N+B-s)": percent(within, all_answered + abandoned - short),
            "A/(N+B-b)": percent(within, all_answered + abandoned - abandoned_within),
            "(A+b)/(N+B)": percent(within + abandoned_within, all_answered + abandoned),
            "A/N": percent(within, all_answered),
        }
        return {**dict(zip(_CONTACTS, values, strict=True)), "levels": levels}

    selected = _counts(_CONTACTS, short_us=options.policy.short_abandon_us)
    relation = Relation("placed_contact", ("window",), [(window,) for window in options.response_windows])
    return relation.rows(database, options.labels, Measure(selected, numbers, (0,) * len(_CONTACTS)))


def _counts(conditions: dict[str, str], **values: int) -> str:
    return ", ".join(f"count(*) FILTER ({condition})" for condition in conditions.values()).format(**values)


FAMILY = Family(
    derive,
    after=(response.derive,),
    sections={
        "sla": Section(sla),
        "service_level": Section(service_level, ("window",), ("levels",)),
    },
)
