"""What is checked before a worker starts: that there is a broker, and that the topics fit together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from stream.broker.errors import BrokerUnavailable
from stream.broker.findings import Finding, Problem
from stream.broker.topics import inspect
from stream.settings import Settings

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 10.0

# With these the numbers would be wrong or the worker could not run; anything else is worth a warning.
STOPPERS = frozenset({Problem.MISSING, Problem.PARTITIONS})

log = logging.getLogger("deskpulse.engine")


class NotFitError(Exception):
    """The topics cannot be worked with; each argument is one line that says what is wrong and how to fix it."""


async def check(settings: Settings, on_waiting: Callable[[], None]) -> None:
    """Wait for the broker, then look at the topics.

    on_waiting: called when the broker does not answer at first. Raises NotFitError.
    """
    findings = await _findings(settings, on_waiting)
    wrong = [_line(finding) for finding in findings if finding.problem in STOPPERS]
    if wrong:
        raise NotFitError(*wrong)
    for finding in findings:
        if finding.wrong:
            log.warning("%s", _line(finding))


async def _findings(settings: Settings, on_waiting: Callable[[], None]) -> list[Finding]:
    pause = FIRST_PAUSE_SECONDS
    told = ""
    while True:
        try:
            with _quiet_client():
                findings = await inspect(settings)
        except BrokerUnavailable as error:
            if str(error) != told:
                told = str(error)
                log.warning("no broker: %s. Trying again until it is there.", told)
                on_waiting()
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        else:
            return findings


@contextmanager
def _quiet_client() -> Iterator[None]:
    """Keep the client library from saying of a missing broker what is said in one line, with how to fix it."""
    library = logging.getLogger("aiokafka")
    level = library.level
    library.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        library.setLevel(level)


def _line(finding: Finding) -> str:
    fix = f"; fix it with: {finding.fix}" if finding.fix else ""
    return f"topic {finding.topic}: {finding.text}{fix}"
