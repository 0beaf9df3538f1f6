"""`deskpulse notify`: send alerts on to helpdesks, chats and whatever else takes a webhook."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from stream.notify import service
from stream.notify.attempt import Failed, open_session, post
from stream.notify.notice import Notice
from stream.notify.reading import WrongReceiversError, load
from stream.notify.receiver import Only, Receiver
from stream.notify.signing import webhook_id
from stream.serve.server import PortTakenError
from stream.settings import load_settings

NOT_TAKEN = 1
WRONG = 2
NOT_FIT = 78

_console = Console(highlight=False, soft_wrap=True)


def notify(
    file: Annotated[
        Path | None, typer.Argument(help="YAML file of receivers.", show_default="DESKPULSE_NOTIFY_FILE")
    ] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65_535, help="Port of /metrics; 0 picks a free one.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Check the file, show its receivers and end.")] = False,
    test: Annotated[bool, typer.Option("--test", help="Post a made-up alert to each receiver once and end.")] = False,
) -> None:
    """Send alerts on as signed webhooks, messages to a chat, or CloudEvents, each at least once.

    It reads the alerts topic, tries again what fails, and writes to the dead-letter topic what no receiver took. The
    status is 2 if the file is wrong; each thing that is wrong has its line. With --test it is 1 if a receiver did not
    accept the alert.

    Example: deskpulse notify --test notify.yaml, and then deskpulse notify notify.yaml
    """
    settings = load_settings(**({} if port is None else {"notify_port": port}))
    path = settings.notify_file if file is None else file
    if path is None:
        raise typer.BadParameter("name a file of receivers, or set DESKPULSE_NOTIFY_FILE", param_hint="FILE")
    receivers = _read(path)
    if check:
        _print(receivers)
    elif test:
        raise typer.Exit(asyncio.run(_post_to_each(receivers)))
    else:
        try:
            status = service.run(settings, receivers, lambda: load(path))
        except PortTakenError as error:
            typer.secho(str(error), err=True, fg="red")
            raise typer.Exit(NOT_FIT) from None
        raise typer.Exit(status)


def _read(file: Path) -> tuple[Receiver, ...]:
    try:
        return load(file)
    except WrongReceiversError as error:
        console = Console(stderr=True)
        for line in str(error).splitlines():
            console.print(f"[red]wrong receivers[/] {escape(line)}", highlight=False, soft_wrap=True)
        raise typer.Exit(WRONG) from None


def _print(receivers: Sequence[Receiver]) -> None:
    table = Table(title="receivers", title_justify="left")
    for column in ("name", "format", "host", "signed with", "alerts"):
        table.add_column(column, overflow="fold")
    for each in receivers:
        secrets = {0: "nothing", 1: "1 secret"}.get(len(each.keys), f"{len(each.keys)} secrets")
        table.add_row(*map(escape, (each.name, each.format, each.host, secrets, _only(each.only))))
    _console.print(table)


def _only(only: Only) -> str:
    named = (only.alerts, only.channels, only.priorities, only.queues)
    return "; ".join(", ".join(values) for values in named if values is not None) or "all"


async def _post_to_each(receivers: Sequence[Receiver]) -> int:
    status = 0
    for each in receivers:
        began = time.monotonic()
        failed = await _post_to(each)
        if failed is None:
            _console.print(f"[green]ok  [/] {escape(each.name)}: accepted in {time.monotonic() - began:.2f} s")
        else:
            status = NOT_TAKEN
            _console.print(f"[red]bad [/] {escape(each.name)}: {escape(failed.detail)}")
    return status


async def _post_to(receiver: Receiver) -> Failed | None:
    notice = made_up(datetime.now(UTC))
    async with open_session(receiver) as session:
        return await post(session, receiver, webhook_id(notice.id), receiver.body(notice), time.time)


def made_up(at: datetime) -> Notice:
    """Return an alert of a ticket that nobody has."""
    text = at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    fields = {
        "type": "sla.breached",
        "version": 1,
        "alert_id": f"sla.breached/test/{text}",
        "occurred_at": text,
        "noticed_at": text,
        "ticket_id": "TEST",
        "channel": "chat",
        "priority": "low",
        "queue": "test",
        "target_seconds": 120,
        "opened_at": text,
        "deadline": text,
    }
    return Notice(fields, at.timestamp())
