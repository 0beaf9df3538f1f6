"""The loud end: when the state may be wrong, the process says why in one line and ends at once.

Faust acknowledges the event in hand when an agent raises, and goes on; what was wrong is then lost for good. So
nothing is raised into Faust: the process ends without a commit, its supervisor starts it anew, and the
records are read again.
"""

from __future__ import annotations

import logging
import os
import sys
import traceback
from datetime import UTC, datetime
from typing import NoReturn

from aiokafka.errors import InvalidTimestampError

EXIT_STATUS = 70  # EX_SOFTWARE of sysexits.h: an internal error, not a wrong setting

log = logging.getLogger("deskpulse.engine")


def end_process(what: str, error: BaseException | None = None) -> NoReturn:
    """Write one FATAL line to standard error and end the process, acknowledging nothing.

    what: what was being done, and where. The traceback follows only at log level debug.
    """
    line = f"FATAL {what}"
    if error is not None:
        line += f": {type(error).__name__}: {error}{_place(error)}"
    if isinstance(error, InvalidTimestampError):
        now = datetime.now(UTC).isoformat(timespec="seconds")
        line += f"; this worker's clock says {now}, and the broker refuses records of that time: set the clock"
    if error is not None and log.isEnabledFor(logging.DEBUG):
        traceback.print_exception(error)
    sys.stderr.write(line.replace("\n", " ") + "; nothing was acknowledged, the worker ends\n")
    sys.stderr.flush()
    sys.stdout.flush()
    # Not sys.exit: that raises, and what is raised in a task of Faust is swallowed or acknowledged.
    os._exit(EXIT_STATUS)


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return ""
    last = frames[-1]
    return f" [{'/'.join(last.filename.split('/')[-3:])}:{last.lineno} {last.name}]"
