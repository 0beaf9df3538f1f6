"""`deskpulse check`: what keeps Deskpulse from working here, and how to fix it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.text import Text

from stream.broker.diagnosis import BROKER, Diagnosis, Trouble, diagnose, not_checked
from stream.broker.errors import BrokerUnavailable
from stream.broker.lag import GroupLag
from stream.cli.fixes import print_fixes
from stream.cli.intake import sources_of
from stream.cli.topics import finding_json
from stream.engine.changelog.check import changelog_troubles
from stream.engine.reading.newest_events import read_newest_events
from stream.notify.lag import ReceiverLag, receiver_lags
from stream.notify.reading import WrongReceiversError, names_in
from stream.serve.http.access import unguarded
from stream.serve.wallboards.layouts import read_layouts
from stream.settings import Settings, WrongSettingError, config_file, load_settings, unknown_variables

WRONG = 1

_GOOD, _BAD, _UNKNOWN, _NOTE = ("ok  ", "green"), ("bad ", "red"), ("?   ", "yellow"), ("note ", "yellow")
_console = Console(soft_wrap=True, highlight=False)


def check(
    max_lag: Annotated[
        int | None,
        typer.Option(min=0, help="Fail when more records than this wait to be read.", show_default="any number"),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Check the settings, the broker, the topics and how far the workers are behind; change nothing.

    It says what is wrong and the command or setting that fixes it. The status is 0 if nothing is wrong, else 1; notes,
    such as of records rejected in the last hour, do not change it.

    Example: DESKPULSE_BROKER=kafka:9092 deskpulse check --max-lag 10000
    """
    # What is wrong is said below in one line; the client library would say it many times.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    unknown = unknown_variables()
    try:
        settings = load_settings()
        read_layouts(settings, settings.policy())  # which reads the policy file and the layout file
        if settings.intake_file is not None:
            sources_of(settings, with_secrets=False)  # which are where the intake runs, and need not be here
        if settings.notify_file is not None:
            _check_receivers(settings.notify_file)
    except WrongSettingError as error:
        wrong = [*str(error).splitlines(), *unknown]
        if json:
            typer.echo(orjson.dumps({"ok": False, "wrong_settings": wrong}, option=orjson.OPT_INDENT_2))
        else:
            _say_settings(wrong)
        raise typer.Exit(WRONG) from None
    found, receivers = asyncio.run(_diagnose(settings, max_lag))
    if json:
        typer.echo(orjson.dumps(_as_json(settings, found, unknown, receivers), option=orjson.OPT_INDENT_2))
    else:
        _say_settings(unknown)
        if (warning := unguarded(settings)) is not None:
            _console.print(Text.assemble(_NOTE, ("pages ", "bold"), warning))
        _say(settings, found, receivers, max_lag)
    if found.troubles or unknown:
        raise typer.Exit(WRONG)


def _check_receivers(file: Path) -> None:
    try:
        names_in(file)  # their secrets are where `deskpulse notify` runs, and need not be here
    except WrongReceiversError as error:
        lines = (f"notify_file (DESKPULSE_NOTIFY_FILE): {line}" for line in str(error).splitlines())
        raise WrongSettingError("\n".join(lines)) from None


async def _diagnose(settings: Settings, max_lag: int | None) -> tuple[Diagnosis, list[ReceiverLag]]:
    found = await diagnose(settings, max_lag)
    if found.group is None:
        return found, []
    receivers: list[ReceiverLag] = []
    try:
        further = list(await changelog_troubles(settings))
        if settings.notify_file is not None:
            receivers = await receiver_lags(settings, settings.notify_file)
    except BrokerUnavailable as error:
        further = [Trouble(BROKER, str(error), "")]
    further += [trouble for receiver in receivers for trouble in receiver.troubles(max_lag)]
    found = replace(found, troubles=(*found.troubles, *further), events=await _events(settings, found))
    return found, receivers


async def _events(settings: Settings, found: Diagnosis) -> tuple[str, ...]:
    if found.topics is None:
        return ()
    try:
        return tuple((await read_newest_events(settings, found.topics)).lines())
    except BrokerUnavailable as error:  # as where check may not read them, which keeps no worker from its work
        return (f"not checked: {error}",)


def _say_settings(wrong: list[str]) -> None:
    source = config_file()
    read = f"from the environment and {source}" if source.is_file() else f"from the environment ({source} is not there)"
    _line(not wrong, "settings", read)
    for line in wrong:
        _console.print(Text(f"    {line}"))


def _say(settings: Settings, found: Diagnosis, receivers: Sequence[ReceiverLag], max_lag: int | None) -> None:
    _line(not found.unreachable, "broker", found.unreachable or settings.broker)
    if found.topics is not None:
        wrong = [trouble for trouble in found.topics.findings if trouble.wrong]
        _line(not wrong, "topics", f"{len(found.topics.cluster.topics)} of {len(found.topics.plans)} exist")
    for unknown in not_checked(found):
        _console.print(Text.assemble(_UNKNOWN, (f"topic {unknown.topic} ", "bold"), unknown.text))
    if found.group is not None:
        topics = {trouble.topic for trouble in found.topics.findings} if found.topics is not None else set()
        others = {*topics, *(trouble.about for receiver in receivers for trouble in receiver.troubles(max_lag))}
        _line(all(trouble.about in others for trouble in found.troubles), "group", _standing(found.group))
    for receiver in receivers:
        _line(not any(receiver.troubles(max_lag)), f"receiver {receiver.name}", receiver.text)
    for line in found.rejects:
        _console.print(Text.assemble(_NOTE, ("rejected records ", "bold"), line))
    for line in found.events:
        _console.print(Text.assemble(_NOTE, ("events ", "bold"), line))
    print_fixes(_console, ((t.about, t.text, t.fix) for t in found.troubles if t.about != BROKER))


def _standing(group: GroupLag) -> str:
    workers = {0: "no worker runs", 1: "1 worker"}.get(group.workers, f"{group.workers} workers")
    return f"{group.group}: {workers}, {group.behind:,} records wait to be read"


def _line(good: bool, about: str, text: str) -> None:
    _console.print(Text.assemble(_GOOD if good else _BAD, (f"{about} ", "bold"), text))


def _as_json(
    settings: Settings, found: Diagnosis, unknown: list[str], receivers: Sequence[ReceiverLag]
) -> dict[str, Any]:
    group = found.group
    return {
        "ok": not found.troubles and not unknown,
        "wrong_settings": unknown,
        "notes": [*(note for note in (unguarded(settings),) if note is not None), *found.rejects, *found.events],
        "broker": {"address": settings.broker, "unreachable": found.unreachable or None},
        "topics": None
        if found.topics is None
        else {
            "existing": sorted(found.topics.cluster.topics),
            "findings": [finding_json(finding) for finding in found.topics.findings],
        },
        "group": None
        if group is None
        else {
            "name": group.group,
            "state": group.state,
            "workers": group.workers,
            "behind": group.behind,
            "partitions": [
                {
                    "topic": place.topic,
                    "partition": place.partition,
                    "committed": place.committed,
                    "begin": place.begin,
                    "end": place.end,
                    "behind": place.behind,
                    "lost": place.lost,
                }
                for place in group.partitions
            ],
        },
        "receivers": [
            {
                "name": receiver.name,
                "group": receiver.group.group,
                "processes": receiver.group.workers,
                "behind": None if receiver.never_ran else receiver.group.behind,
            }
            for receiver in receivers
        ],
        "troubles": [
            {"about": trouble.about, "text": trouble.text, "fix": trouble.fix or None} for trouble in found.troubles
        ],
    }
