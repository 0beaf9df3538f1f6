"""`deskpulse topics`: which topics there are, how they should be, and creating what is missing."""

from __future__ import annotations

import asyncio
import logging
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from stream.broker.errors import BrokerUnavailable
from stream.broker.findings import Finding
from stream.broker.topics import Ensured, Outcome, TopicReport, ensure, report
from stream.cli.fixes import print_fixes
from stream.settings import Settings, load_settings

WRONG = 1

_console = Console(soft_wrap=True, highlight=False)
_errors = Console(stderr=True, soft_wrap=True, highlight=False)


def topics(
    create: Annotated[
        bool, typer.Option("--create", help="Create what is missing; what exists is never changed or deleted.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """List the topics with their state, and create those that are missing.

    The status is 1 if something is wrong with a topic or the broker cannot be reached.

    Example: DESKPULSE_BROKER=kafka:9092 deskpulse topics --create
    """
    settings = load_settings()
    # What is wrong is said below in one line; the client library would say it many times.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        ensured, seen = asyncio.run(_look(settings, create))
    except BrokerUnavailable as error:
        if json:
            typer.echo(orjson.dumps({"error": str(error)}))
        _errors.print(Text.assemble(("no broker ", "red"), str(error)))
        raise typer.Exit(WRONG) from None
    if json:
        typer.echo(orjson.dumps(as_json(seen, ensured), option=orjson.OPT_INDENT_2))
    else:
        _print(seen, ensured)
    if any(found.wrong for found in seen.findings) or not all(result.there for result in ensured):
        raise typer.Exit(WRONG)


async def _look(settings: Settings, create: bool) -> tuple[list[Ensured], TopicReport]:
    ensured = await ensure(settings) if create else []
    return ensured, await report(settings)


def as_json(seen: TopicReport, ensured: list[Ensured]) -> dict[str, Any]:
    """Spell a report for machines."""
    results = {result.topic: result for result in ensured}
    rows = []
    for plan in seen.plans:
        topic = seen.cluster.topics.get(plan.name)
        result = results.get(plan.name)
        rows.append(
            {
                "name": plan.name,
                "role": plan.role,
                "exists": topic is not None,
                "created": result is not None and result.outcome is Outcome.CREATED,
                "partitions": None if topic is None else topic.partitions,
                "replicas": None if topic is None else topic.replicas,
                "planned": {
                    "partitions": plan.partitions,
                    "replicas": plan.replication,
                    "config": dict(plan.config),
                },
                "not_created_because": None if result is None or result.there else result.detail,
            }
        )
    return {"topics": rows, "findings": [finding_json(found) for found in seen.findings]}


def finding_json(found: Finding) -> dict[str, Any]:
    """Spell a finding for machines."""
    return {
        "topic": found.topic,
        "problem": found.problem,
        "wrong": found.wrong,
        "text": found.text,
        "fix": found.fix or None,
    }


def _print(seen: TopicReport, ensured: list[Ensured]) -> None:
    created = {result.topic for result in ensured if result.outcome is Outcome.CREATED}
    # A name is folded on a narrow terminal, never cut: people copy it.
    table = Table(Column("topic", overflow="fold"), "for", "partitions", "replicas", "state")
    for plan in seen.plans:
        topic = seen.cluster.topics.get(plan.name)
        problems = list(dict.fromkeys(found.problem for found in seen.findings if found.topic == plan.name))
        wrong = any(found.wrong for found in seen.findings if found.topic == plan.name)
        state = ", ".join(problems) or ("created" if plan.name in created else "ok")
        table.add_row(
            plan.name,
            plan.role,
            "-" if topic is None else str(topic.partitions),
            "-" if topic is None else str(topic.replicas),
            Text(state, "red" if wrong else "yellow" if problems else "green"),
        )
    _console.print(table)
    print_fixes(
        _console,
        [
            *((result.topic, f"not created: {result.detail}", "") for result in ensured if not result.there),
            *((found.topic, found.text, found.fix) for found in seen.findings),
        ],
    )
