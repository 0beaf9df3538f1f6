"""Workers of this machine that died without leaving their group, as by `kill -9` or for want of memory.

The group would wait for such a member until its session ends, and nobody would count or alert for its partitions. So
each worker keeps a file in `data_dir` that names it as the group knows it, and holds a lock on that file. The kernel
takes the lock away with the process, and never before: a file that can be locked is that of a dead worker, not of a
paused one. Its successor has that member leave and then joins, in one rebalance.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

import orjson

from stream.broker.errors import BrokerUnavailable
from stream.broker.members import leave
from stream.settings import Settings

# How long the start of a worker may wait for this; without it the group waits for a session.
LEAVE_SECONDS = 5.0

log = logging.getLogger("deskpulse.engine")


@dataclass(frozen=True, slots=True)
class Membership:
    """A worker as its group knows it, and the machine it runs on."""

    client_id: str
    group: str
    broker: str
    host: str


class Register:
    """The files of the workers that share a folder."""

    def __init__(self, settings: Settings, client_id: str) -> None:
        """client_id: that of this worker's consumer, which no other process has."""
        self._settings = settings
        self._folder = settings.data_dir / "members"
        self._own = self._folder / f"{client_id}.json"
        self._membership = Membership(client_id, settings.app_id, settings.broker, socket.gethostname())
        self._held: BinaryIO | None = None

    def enter(self) -> None:
        """Write this worker's file and lock it until the process ends. Raises OSError if the folder takes no file."""
        self._folder.mkdir(parents=True, exist_ok=True)
        draft = self._own.with_suffix(".draft")
        draft.write_bytes(orjson.dumps(asdict(self._membership)))
        self._held = _locked(draft)
        if self._held is None:
            log.warning(
                "files in %s cannot be locked: after a crash of this worker its partitions wait for a session of %g s",
                self._folder,
                self._settings.session_timeout_seconds,
            )
        draft.replace(self._own)  # under its name only when locked, or it would be taken for that of a dead worker

    def strike(self) -> None:
        """Remove this worker's file: it has left its group, or has never joined it."""
        self._own.unlink(missing_ok=True)
        if self._held is not None:
            self._held.close()
            self._held = None

    async def succeed(self) -> int:
        """Have the dead workers of this folder leave the group; returns how many left. What fails is only logged."""
        with contextlib.ExitStack() as locks:
            dead = self._dead(locks)
            if not dead:
                return 0
            names = ", ".join(sorted(each.client_id for each in dead.values()))
            try:
                left = await asyncio.wait_for(
                    leave(self._settings, [each.client_id for each in dead.values()]), LEAVE_SECONDS
                )
            except (BrokerUnavailable, TimeoutError) as error:
                log.warning(
                    "%s ended without leaving the group, and could not be made to leave: %s. Their partitions wait "
                    "for a session of %g s",
                    names,
                    error or f"no answer in {LEAVE_SECONDS:.0f} s",
                    self._settings.session_timeout_seconds,
                )
                return 0
            for path in dead:
                path.unlink(missing_ok=True)
            if left:
                log.info("left the group for %s, which ended without leaving it", names)
            else:
                log.info("%s ended without leaving the group, which names no such member", names)
            return len(left)

    def _dead(self, locks: contextlib.ExitStack) -> dict[Path, Membership]:
        """Return the files of dead workers of this group and machine, locked; those of others are removed."""
        found: dict[Path, Membership] = {}
        for path in sorted(self._folder.glob("*.json")):
            if path == self._own or (held := _locked(path)) is None:
                continue
            locks.enter_context(held)
            try:
                membership = Membership(**orjson.loads(path.read_bytes()))
            except (OSError, ValueError, TypeError) as error:
                log.warning("%s does not name a worker (%s); removing it", path, error)
                path.unlink(missing_ok=True)
                continue
            mine = self._membership
            if membership.host != mine.host:
                # Of a folder that machines share it is not certain that a lock is seen by all of them.
                path.unlink(missing_ok=True)
            elif (membership.group, membership.broker) == (mine.group, mine.broker):
                found[path] = membership
        return found


def _locked(path: Path) -> BinaryIO | None:
    """Open and lock a file until it is closed; None if another process holds the lock, or there are no locks here."""
    if sys.platform == "win32":
        return None
    import fcntl  # noqa: PLC0415 - not there on Windows

    try:
        file = path.open("r+b")
    except FileNotFoundError:
        return None  # another successor has removed it
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file
