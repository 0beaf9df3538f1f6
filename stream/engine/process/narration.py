"""What the worker says on standard error: short lines for people, or one JSON object a line for machines."""

from __future__ import annotations

import logging
import sys
import time
from datetime import UTC, datetime
from typing import Any

import orjson

from stream.settings import Settings

LIBRARIES = ("faust", "aiokafka", "mode", "asyncio")
# Ours: the second is what Faust gives its services that we extend, by their module. It comes with a handler that drops.
OWN = ("deskpulse", "stream")
REPEAT_SECONDS = 30.0


class HumanFormatter(logging.Formatter):
    """`21:04:05 recovering 12,000 records`; the level is named from warning on, and the library that complains."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        at = time.strftime("%H:%M:%S", time.localtime(record.created))
        level = f"{record.levelname.lower()}: " if record.levelno >= logging.WARNING else ""
        library = record.name.partition(".")[0]
        source = f"{library}: " if library in LIBRARIES else ""
        text = f"{at} {level}{source}{record.getMessage()}"
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        return text


class JsonFormatter(logging.Formatter):
    """One JSON object a line: at, level, logger, message, and error with its traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        fields: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            fields["error"] = self.formatException(record.exc_info)
        return orjson.dumps(fields).decode()


class SeldomFilter(logging.Filter):
    """Lets the same message of a library through once in a while: clients repeat theirs ten times a second."""

    def __init__(self, with_tracebacks: bool) -> None:
        """with_tracebacks: keep those of the libraries; what matters of them is in our own FATAL line."""
        super().__init__()
        self._with_tracebacks = with_tracebacks
        self._said: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record is to be shown."""
        key = (record.name, str(record.msg)[:80])
        now = time.monotonic()
        if now - self._said.get(key, -REPEAT_SECONDS) < REPEAT_SECONDS:
            return False
        self._said[key] = now
        if not self._with_tracebacks:
            record.exc_info = record.exc_text = None
        return True


def narrate(settings: Settings) -> None:
    """Send the worker's log to standard error, and keep the libraries to warnings.

    Their levels are set, not only filtered: Faust and aiokafka log for every message, and building those records
    costs more than the work they describe.
    """
    formatter = JsonFormatter() if settings.log_format == "json" else HumanFormatter()
    own = _handler(formatter)
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    for name in OWN:
        ours = logging.getLogger(name)
        # Of what they inherit, only warnings are of interest, and Faust's services tell of every step.
        ours.setLevel(level if name == "deskpulse" else max(level, logging.WARNING))
        ours.propagate = False
        ours.handlers[:] = [own]
    theirs = _handler(formatter)
    theirs.addFilter(SeldomFilter(settings.log_level == "debug"))
    for name in LIBRARIES:
        library = logging.getLogger(name)
        library.setLevel(logging.WARNING if settings.log_level == "debug" else logging.ERROR)
        library.propagate = False
        library.handlers[:] = [theirs]


def _handler(formatter: logging.Formatter) -> logging.Handler:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    return handler
