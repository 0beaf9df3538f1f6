"""What was promised, and whether it was kept. Relations `promise` and `contact`."""

from collections.abc import Iterator
from typing import Any

import duckdb

from stream.verify.computed import create
from stream.verify.families import waits
from stream.verify.groups import Measure, Relation
from stream.verify.options import Options
from stream.verify.placing import Scope, place
from stream.verify.section import Family, Row, Section
from stream.verify.share import percent

_NEVER = 2**62
_WAITS = "SELECT ticket_id, place, kind, given_channel, given_priority, given_queue, opened_us, began_us FROM wait"
_PROMISE = {"ticket_id": "VARCHAR", "place": "BIGINT", "risk_us": "BIGINT", "deadline_us": "BIGINT"}

_STATES = {
    "on_time": "{now_us} < risk_us",
    "at_risk": "{now_us} BETWEEN risk_us AND deadline_us",
    "breached": "{now_us} > deadline_us",
    "without_target": "deadline_us IS NULL",
}

# A contact is a wait for a first response that was answered or given up.
_CONTACT = """
CREATE OR REPLACE TABLE contact AS
SELECT *, ended_us AS us, outcome = 'answered' AS answered
FROM wait JOIN promise USING (ticket_id, place)
WHERE kind = 'first' AND outcome IN ('answered', 'abandoned')
"""
_CONTACTS = {
    "answered": "answered",
    "answered_within": "answered AND us <= deadline_us",
    "abandoned": "NOT answered",
    "abandoned_within": "NOT answered AND us <= deadline_us",
    "abandoned_short": "NOT answered AND us - began_us < {short_us}",
}


def derive(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> None:
    """Make the relations from `wait`; waits without a target are in neither."""
    create(database, "promise", _PROMISE, _promises(database.execute(_WAITS).fetchall(), options))
    database.execute(_CONTACT)
    place(database, "contact", Scope.TICKETS)


def _promises(rows: list[tuple[Any, ...]], options: Options) -> Iterator[tuple[str, int, int, int]]:
    policy = options.policy
    for ticket, number, kind, channel, priority, queue, opened_us, began_us in rows:
        target = policy.target(kind, channel, priority, queue, opened_us)
        if target is None:
            continue
        risk_us = target.target_us * (100 - policy.at_risk_percent) // 100
        if target.clock == "calendar":
            yield ticket, number, began_us + risk_us, began_us + target.target_us
        else:
            hours = policy.schedule(queue)
            due = (hours.add_us(began_us, span) for span in (risk_us, target.target_us))
            at_risk_us, deadline_us = (_NEVER if us is None else us for us in due)
            yield ticket, number, at_risk_us, deadline_us


def sla(database: duckdb.DuckDBPyConnection, options: Options, now_us: int) -> list[Row]:
    """Rows of the tickets that await a first response, by what has become of their target."""
    return _states("first", database, options, now_us)


def reply_sla(database: duckdb.DuckDBPyConnection, options: Options, now_us: int) -> list[Row]:
    """Rows of the tickets that await a reply, by what has become of their target."""
    return _states("reply", database, options, now_us)


def _states(kind: str, database: duckdb.DuckDBPyConnection, options: Options, now_us: int) -> list[Row]:
    promised = f"(SELECT * FROM waiting LEFT JOIN promise USING (ticket_id, place) WHERE kind = '{kind}')"  # noqa: S608 - a constant

    def numbers(values: tuple[Any, ...]) -> Row:
        return {"n": sum(values), **dict(zip(_STATES, values, strict=True))}

    return Relation(promised).rows(
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
    after=(waits.derive,),
    sections={
        "sla": Section(sla),
        "reply_sla": Section(reply_sla),
        "service_level": Section(service_level, ("window",), ("levels",)),
    },
)
