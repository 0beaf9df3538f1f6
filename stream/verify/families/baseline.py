"""The last hour against the same hour of the weeks before."""

from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction
from typing import NamedTuple
from zoneinfo import ZoneInfo

import duckdb

from stream.verify.families import backlog, course, response
from stream.verify.instant import EPOCH, MICROSECOND
from stream.verify.options import Options
from stream.verify.section import Family, Row, Section
from stream.verify.windows import HOUR, SECOND

_STEP = 300 * SECOND


class _Hour(NamedTuple):
    """An hour in microseconds; `known` says whether the desk was there by its start."""

    start_us: int
    end_us: int
    known: bool


def baseline(database: duckdb.DuckDBPyConnection, options: Options, now_us: int) -> list[Row]:
    """Rows of inflow, first response and backlog; weeks are counted back from one."""
    ((first_us,),) = database.execute("SELECT min(us) FROM admitted WHERE type = 'ticket.opened'").fetchall()
    hours = [
        _Hour(end - HOUR, end, first_us is not None and first_us < end - HOUR)
        for end in _ends(now_us, ZoneInfo(options.today.zone), options.policy.baseline_weeks)
    ]
    inflow = [_count(database, "opened_us BETWEEN ? AND ? - 1", [hour.start_us, hour.end_us]) for hour in hours]
    responses = [_median_response(database, hour) for hour in hours]
    backlog = _backlogs(database, hours)
    return [
        _row("inflow", inflow, hours),
        _row("first_response_seconds", responses, hours),
        _row("backlog", backlog, hours),
    ]


def _ends(now_us: int, zone: ZoneInfo, weeks: int) -> list[int]:
    """The end of the hour, and of that of each week before: the same time on the wall."""
    end_us = now_us // _STEP * _STEP
    wall = (EPOCH + timedelta(microseconds=end_us)).astimezone(zone).replace(tzinfo=None, fold=0)
    before = [(wall - timedelta(weeks=week)).replace(tzinfo=zone) for week in range(1, weeks + 1)]
    return [end_us, *((instant - EPOCH) // MICROSECOND for instant in before)]


def _count(database: duckdb.DuckDBPyConnection, where: str, bounds: Sequence[int]) -> int:
    query = f"SELECT count(*) FROM ticket WHERE opened_us IS NOT NULL AND NOT retracted AND {where}"  # noqa: S608 - constants
    ((count,),) = database.execute(query, bounds).fetchall()
    return int(count)


def _median_response(database: duckdb.DuckDBPyConnection, hour: _Hour) -> float | None:
    query = "SELECT duration_us FROM first_response WHERE response_us >= ? AND response_us < ? ORDER BY duration_us"
    durations = [us for (us,) in database.execute(query, [hour.start_us, hour.end_us]).fetchall()]
    return durations[(len(durations) + 1) // 2 - 1] / 1e6 if durations else None


def _backlogs(database: duckdb.DuckDBPyConnection, hours: Sequence[_Hour]) -> list[int]:
    """What is open now, less what came and plus what went since the end of each hour but the first."""
    ((open_now,),) = database.execute("SELECT count(*) FROM backlog").fetchall()
    then = [int(open_now)]
    for hour in hours[1:]:
        came = _count(database, "opened_us >= ?", [hour.end_us])
        turned = database.execute(
            "SELECT count(*) FILTER (kind = 'reopened') - count(*) FILTER (kind <> 'reopened') "
            "FROM transition WHERE us >= ?",
            [hour.end_us],
        ).fetchall()[0][0]
        then.append(int(open_now) - came - int(turned))
    return then


def _row(metric: str, values: Sequence[float | None], hours: Sequence[_Hour]) -> Row:
    now, *before = values
    weeks = [value if hour.known else None for value, hour in zip(before, hours[1:], strict=True)]
    known = sorted(value for value in weeks if value is not None)
    few = len(known) < 2
    return {
        "metric": metric,
        "labels": {},
        "now": now,
        "weeks": weeks,
        "n": len(known),
        "median": None if few else _median(known),
        "low": None if few else known[0],
        "high": None if few else known[-1],
        "unusual": None if few or now is None else "high" if now > known[-1] else "low" if now < known[0] else "usual",
    }


def _median(values: Sequence[float]) -> float:
    half = len(values) // 2
    if len(values) % 2:
        return values[half]
    return float((Fraction(values[half - 1]) + Fraction(values[half])) / 2)


FAMILY = Family(
    None,
    after=(backlog.derive, course.derive, response.derive),
    sections={"baseline": Section(baseline, ("metric",), additive=False)},
)
