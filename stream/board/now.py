"""Tiles of what stands open now, and of who works on it."""

from __future__ import annotations

from stream.board.metric import Figure, Metric
from stream.core.policy import Policy
from stream.core.rows import Row
from stream.core.standing import AT_RISK, BREACHED, SLA_STATES, WITHOUT_TARGET
from stream.kpi import agents


def _waiting(row: Row, _policy: Policy) -> Figure:
    return Figure(row["n"], row["n"])


def _longest(row: Row, _policy: Policy) -> Figure:
    oldest = row["oldest_seconds"]
    return Figure(oldest, row["n"], why="no_data" if oldest is None else None)


def _at_risk(row: Row, _policy: Policy) -> Figure:
    return _promised(row, AT_RISK)


def _breached(row: Row, _policy: Policy) -> Figure:
    return _promised(row, BREACHED)


def _promised(row: Row, state: str) -> Figure:
    """Of the waiting tickets to which something is promised."""
    return Figure(row[state], row["n"] - row[WITHOUT_TARGET], parts={name: row[name] for name in SLA_STATES})


def _backlog(row: Row, _policy: Policy) -> Figure:
    return Figure(row["n"], row["n"])


def _ages(row: Row, _policy: Policy) -> Figure:
    return Figure(row["n"], row["n"], parts=dict(row["ages"]))


def _agents(row: Row, _policy: Policy) -> Figure:
    return Figure(row["n"], row["n"], why="no_data" if row["n"] is None else None)


METRICS = (
    Metric("waiting", "open_wait", "count", "worse", _waiting),
    Metric("longest_wait", "open_wait", "seconds", "worse", _longest, promised="calendar"),
    Metric("at_risk", "sla", "count", "worse", _at_risk),
    Metric("breached", "sla", "count", "worse", _breached),
    Metric("backlog", "backlog", "count", "worse", _backlog),
    Metric("backlog_ages", "backlog", "count", "worse", _ages, kind="ages"),
    Metric("agents", "agents", "count", "better", _agents, "agents", (agents.FAMILY,), over_all=False),
)
