"""`deskpulse changelog`: what is in the changelog, and putting it right while no worker runs."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Annotated, Any, NoReturn

import orjson
import typer
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.text import Text

from stream.broker.commits import LogState, read_log_states
from stream.broker.errors import BrokerUnavailable
from stream.broker.lag import read_lag
from stream.engine.changelog.inspection import Inspection, inspect
from stream.engine.changelog.repair import Done, Writer, clean
from stream.engine.process.clock import Clock
from stream.engine.sending.outbox import Outbox
from stream.engine.sending.size_limits import SizeLimits
from stream.settings import Settings, load_settings

WRONG = 1
BAD_SHOWN = 20

_console = Console(soft_wrap=True, highlight=False)
_errors = Console(stderr=True, soft_wrap=True, highlight=False)

app = typer.Typer(help="Look into the changelog, and put it right while no worker runs.", no_args_is_help=True)

Partitions = Annotated[
    list[int] | None, typer.Option("--partition", min=0, help="Only this one; may be repeated.", show_default="all")
]


@app.command("inspect")
def inspect_changelog(
    partition: Partitions = None,
    json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """List records, keys, owners and bad records of each partition; change nothing. It reads all of the changelog.

    The status is 1 if a record cannot be read, or a partition is lost or another desk's.

    Example: DESKPULSE_BROKER=kafka:9092 deskpulse changelog inspect
    """
    settings = load_settings()
    found = _run(_inspect(settings, partition))
    if json:
        typer.echo(orjson.dumps([_as_json(each) for each in found], option=orjson.OPT_INDENT_2))
    else:
        for each in found:
            _print(each)
    if not all(clean(each) for each in found):
        raise typer.Exit(WRONG)


@app.command()
def repair(
    partition: Partitions = None,
    drop: Annotated[bool, typer.Option("--drop", help="Pass over what the sources do not have, too.")] = False,
) -> None:
    """Make the states of bad records again from the sources, as far as those are kept. Stop the workers first.

    What the sources no longer have is left, and named; with --drop workers pass over it, and no number has it.

    Example: deskpulse changelog repair --partition 3
    """
    settings = load_settings()
    policy = settings.policy()

    async def each(writer: Writer, number: int, state: LogState) -> bool:
        done = await writer.repair(policy, number, state, drop=drop)
        for one in done:
            _print_done(one)
        return all(one.fixed for one in done)

    _change(settings, partition, each)


@app.command()
def rebuild(partition: Partitions = None) -> None:
    """Have the workers read the sources again from their beginning, and show no number until then. Stop them first.

    For a changelog that was deleted, truncated or emptied, and for a desk whose topics have other names now. States
    that are still there are kept, and what is read twice counts once.

    Example: deskpulse changelog rebuild
    """
    settings = load_settings()

    async def each(writer: Writer, number: int, state: LogState) -> bool:
        for line in await writer.rebuild(number, state):
            _console.print(Text.assemble(("note ", "yellow"), line))
        _console.print(f"partition {number}: the next worker reads its sources from their beginning")
        return True

    _change(settings, partition, each)


@app.command()
def accept(partition: Partitions = None) -> None:
    """Have the workers use the changelog as it is, although the committed offsets imply more. Stop them first.

    For offsets that were set by hand, so that nothing is lost. Whatever is lost stays out of the numbers.

    Example: deskpulse changelog accept --partition 0
    """
    settings = load_settings()

    async def each(writer: Writer, number: int, state: LogState) -> bool:
        await writer.accept(number, state)
        _console.print(f"partition {number}: accepted as it is")
        return True

    _change(settings, partition, each)


async def _inspect(settings: Settings, partitions: Iterable[int] | None) -> list[Inspection]:
    policy = settings.policy()
    states = await _states(settings, partitions)
    return [(await inspect(settings, policy, number, state))[0] for number, state in states.items()]


def _change(
    settings: Settings, partitions: Iterable[int] | None, change: Callable[[Writer, int, LogState], Awaitable[bool]]
) -> None:
    """Change partition after partition; status 1 if one is not as it should be afterwards."""

    async def work() -> bool:
        states = await _states(settings, partitions)
        group = await read_lag(settings)
        if group.workers:
            _fail(f"{group.workers} workers of {group.group} run: stop them first, as they write to the changelog")
        limits = SizeLimits(settings)
        await limits.ask()
        outbox = Outbox(settings.kafka_client_options(), settings.app_id, limits, Clock("wall"))
        await outbox.start()
        try:
            writer = Writer(settings, outbox)
            return all([await change(writer, number, state) for number, state in states.items()])
        finally:
            await outbox.stop()

    if not _run(work()):
        raise typer.Exit(WRONG)


async def _states(settings: Settings, partitions: Iterable[int] | None) -> dict[int, LogState]:
    states = await read_log_states(settings)
    if not states:
        _fail(f"there is no topic {settings.changelog_topic}: deskpulse topics --create makes it")
    wanted = list(states if partitions is None else partitions)
    if unknown := [number for number in wanted if number not in states]:
        _fail(f"{settings.changelog_topic} has partitions 0 to {len(states) - 1}, not {unknown[0]}")
    return {number: states[number] for number in wanted}


def _run(work: Any) -> Any:
    # What is wrong is said below in one line; the client library would say it many times.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        return asyncio.run(work)
    except (BrokerUnavailable, KafkaError) as error:
        _fail(f"no broker: {error}")


def _fail(text: str) -> NoReturn:
    _errors.print(Text.assemble(("error ", "red"), text))
    raise typer.Exit(WRONG)


def _print(found: Inspection) -> None:
    mark = ("ok  ", "green") if clean(found) else ("bad ", "red")
    last = "; no owner"
    if found.owners:
        owner = found.owners[-1]
        last = f"; owned by {owner.worker} since {_instant(owner.at_us)}, epoch {owner.epoch}"
    text = f"{found.records:,} records at offsets {found.begin:,} to {found.end:,}, {len(found.keys):,} keys{last}"
    _console.print(Text.assemble(mark, (f"partition {found.partition} ", "bold"), text))
    if found.rebuilding:
        _console.print("    it is being rebuilt from the sources")
    if found.lost:
        _console.print(f"    lost: {found.lost}\n    fix it with  deskpulse changelog rebuild")
    if found.other_desk:
        _console.print(f"    another desk's: {found.other_desk}\n    give this one another DESKPULSE_APP_ID")
    for each in found.bad[:BAD_SHOWN]:
        _console.print(Text(f"    offset {each.offset:,}, key {each.key!r}: {each.reason}"))
    if len(found.bad) > BAD_SHOWN:
        _console.print(f"    and {len(found.bad) - BAD_SHOWN:,} more; --json lists all")
    if found.bad:
        _console.print("    fix it with  deskpulse changelog repair")


def _print_done(one: Done) -> None:
    mark = ("ok  ", "green") if one.fixed else ("left ", "red")
    where = f"partition {one.bad.partition} offset {one.bad.offset:,} "
    _console.print(Text.assemble(mark, (where, "bold"), f"key {one.bad.key!r}: {one.text}"))


def _as_json(found: Inspection) -> dict[str, Any]:
    return {
        "partition": found.partition,
        "begin": found.begin,
        "end": found.end,
        "records": found.records,
        "keys": len(found.keys),
        "owners": [{"worker": each.worker, "at": _instant(each.at_us), "epoch": each.epoch} for each in found.owners],
        "bad": [
            {"offset": each.offset, "key": None if each.key is None else repr(each.key), "reason": each.reason}
            for each in found.bad
        ],
        "lost": found.lost or None,
        "other_desk": found.other_desk or None,
        "rebuilding": found.rebuilding,
    }


def _instant(us: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(us / 1e6))
