"""How long customers waited for an answer, and how long they wait now. Relations `wait` and `waiting`."""

from typing import Any

import duckdb

from stream.verify import bands
from stream.verify.distribution import Distribution
from stream.verify.families import course
from stream.verify.groups import Measure, Relation
from stream.verify.options import Options
from stream.verify.order import IN_ORDER
from stream.verify.section import DURATIONS, Family, Row, Section
from stream.verify.windows import HOUR, SECOND

# Who answers, by the setting `responder`.
AUTHORS = {
    "human": "('agent')",
    "any": "('agent', 'bot', 'system')",
    "after_handoff": "('agent')",
}
# Lower bound of each band of waits, inclusive; the upper is the next one's, exclusive.
BANDS = {
    "<1m": None,
    "1-5m": 60 * SECOND,
    "5-15m": 300 * SECOND,
    "15-60m": 900 * SECOND,
    "1-4h": HOUR,
    "4-24h": 4 * HOUR,
    ">24h": 24 * HOUR,
}

# What can begin or end a wait, in order, each thing at `us`, which is not before the opening: statuses and answers of
# just before count at it, after the opening itself and as they followed each other. `turns` is how often the ticket had
# turned before, done and open by turns, so that it was done wherever the number is odd.
_HAPPENING = f"""
CREATE OR REPLACE TABLE happening AS
WITH
counted AS (
    SELECT ticket_id, opened_us, opened_by <> 'agent' OR {{agent_opened}} AS offered
    FROM ticket WHERE opened_us IS NOT NULL AND NOT retracted
),
message AS (
    SELECT
        ticket_id, us, at_once, event_id, agent_id,
        CASE WHEN author IN {{authors}} THEN 'answered'
             WHEN author = 'customer' THEN 'asked'
             WHEN author = 'bot' AND {{after_handoff}} THEN 'bot_answered' END AS what
    FROM admitted WHERE type = 'ticket.responded' AND public
),
happened AS (
    SELECT ticket_id, opened_us AS us, 0 AS at_once, '' AS event_id, NULL AS agent_id, 'opened' AS what FROM counted
    UNION ALL BY NAME
    SELECT message.* FROM message JOIN counted USING (ticket_id)
    WHERE what IS NOT NULL
    AND us >= CASE what WHEN 'answered' THEN opened_us - {{early_us}} ELSE opened_us END
    UNION ALL BY NAME
    SELECT
        ticket_id, us, at_once, event_id, agent_id,
        CASE WHEN NOT done THEN status WHEN status = 'abandoned' THEN status ELSE 'solved' END AS what
    FROM turn
    UNION ALL BY NAME
    SELECT ticket_id, us, at_once, event_id, agent_id, 'passed_on' AS what
    FROM admitted WHERE type = 'ticket.status' AND status IN ('transferred', 'escalated')
)
SELECT
    ticket_id, offered, agent_id, what, greatest(us, opened_us) AS us,
    row_number() OVER in_order AS place,
    count(*) FILTER (what IN ('solved', 'abandoned', 'reopened', 'pending')) OVER before AS turns,
    count(*) FILTER (what IN ('answered', 'bot_answered')) OVER before AS answers,
    count(*) FILTER (what = 'answered') OVER before > 0 OR NOT offered AS replied
FROM happened JOIN counted USING (ticket_id)
WINDOW
    in_order AS (PARTITION BY ticket_id ORDER BY what <> 'opened', {IN_ORDER}),
    before AS (in_order ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
"""  # noqa: S608 - only constants of this package go in

# `begins` says what would begin a wait if none was open. At a reopening the wait is as old as what the customer has
# said since the ticket was done and was not answered, which is all that they said between the turn before, or a later
# answer, and this one. A handoff is one where a bot has had the last word since the latest of the other beginnings.
#
# No wait is open after anything that ends one. So the first beginning between two ends begins one, which the latter of
# the two ends, and all other beginnings between them fall into it.
_WAIT = """
CREATE OR REPLACE TABLE wait AS
WITH
begun AS (
    SELECT
        *,
        CASE what
            WHEN 'opened' THEN offered
            WHEN 'asked' THEN turns % 2 = 0
            WHEN 'reopened' THEN {any_reopening} OR ({customers_reopening} AND agent_id IS NULL)
            ELSE false
        END AS begins,
        CASE WHEN what = 'reopened' THEN coalesce(
            min(us) FILTER (what = 'asked') OVER (PARTITION BY ticket_id, turns, answers), us
        ) ELSE us END AS since_us,
        CASE what WHEN 'solved' THEN {solving_stops} ELSE what IN ('answered', 'bot_answered', 'abandoned') END AS ends
    FROM happening
),
handed_over AS (
    SELECT
        *,
        what = 'passed_on' AND turns % 2 = 0
        AND coalesce(max(place) FILTER (what = 'bot_answered') OVER before, 0) > begun_place
        AND coalesce(max(place) FILTER (what = 'answered') OVER before, 0) < begun_place AS handoff,
        count(*) FILTER (ends) OVER before AS stretch
    FROM (SELECT *, max(place) FILTER (begins) OVER before AS begun_place FROM begun WINDOW before AS ({before}))
    WINDOW before AS ({before})
),
stretched AS (
    SELECT
        ticket_id, stretch,
        CASE WHEN bool_or(replied) THEN 'reply' ELSE 'first' END AS kind,
        arg_min(since_us, place) FILTER (begins OR handoff) AS began_us,
        max(us) FILTER (ends) AS ended_us,
        max(what) FILTER (ends) AS outcome
    FROM handed_over GROUP BY ticket_id, stretch
)
SELECT
    ticket.*, kind, began_us, ended_us, outcome,
    row_number() OVER (PARTITION BY ticket_id ORDER BY stretch) AS place
FROM stretched JOIN ticket USING (ticket_id)
WHERE began_us IS NOT NULL
"""

_BEFORE = "PARTITION BY ticket_id ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"

# The wait of a ticket that is solved can go on, but nobody waits now.
_WAITING = """
CREATE OR REPLACE TABLE waiting AS
SELECT *, greatest({now_us} - began_us, 0) AS duration_us FROM wait
WHERE outcome IS NULL AND lifecycle IN ('open', 'pending', 'reopened')
"""


def derive(database: duckdb.DuckDBPyConnection, options: Options, now_us: int) -> None:
    """Make the relations: a row a wait, with its ticket's columns; those of a ticket are numbered by `place` from 1.

    kind is first or reply; outcome is answered, solved, abandoned, bot_answered, or null with `ended_us` for one that
    is open.
    """
    policy = options.policy
    database.execute(
        _HAPPENING.format(
            agent_opened=options.agent_opened == "next_public",
            authors=AUTHORS[options.responder],
            after_handoff=options.responder == "after_handoff",
            early_us=policy.early_answer_us,
        )
    )
    database.execute(
        _WAIT.format(
            any_reopening=policy.reopening_starts == "any",
            customers_reopening=policy.reopening_starts == "customer",
            solving_stops=policy.solving_stops,
            before=_BEFORE,
        )
    )
    database.execute(_WAITING.format(now_us=now_us))


def open_wait(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> list[Row]:
    """Rows of the waits for a first response so far, seconds."""
    return _so_far("first", database, options)


def reply_wait(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> list[Row]:
    """Rows of the waits for a reply so far, seconds."""
    return _so_far("reply", database, options)


def _so_far(kind: str, database: duckdb.DuckDBPyConnection, options: Options) -> list[Row]:
    waits = Distribution((50, 95), options.le_seconds)
    banded = bands.counts("duration_us", BANDS)

    def numbers(values: tuple[Any, ...]) -> Row:
        return {
            "n": values[0],
            "mean_seconds": values[1] / values[0] / 1e6 if values[0] else None,
            "oldest_seconds": None if values[2] is None else values[2] / 1e6,
            **waits.quantiles(values),
            "le": waits.cumulative(values[: -len(BANDS)]),
            "bands": dict(zip(BANDS, values[-len(BANDS) :], strict=True)),
        }

    measure = Measure(", ".join((waits.selected, *banded)), numbers, (*waits.nothing, *(0 for _ in BANDS)))
    return Relation(f"(FROM waiting WHERE kind = '{kind}')").rows(database, options.labels, measure)


FAMILY = Family(
    derive,
    after=(course.derive,),
    sections={
        "open_wait": Section(open_wait, (), DURATIONS),
        "reply_wait": Section(reply_wait, (), DURATIONS),
    },
)
