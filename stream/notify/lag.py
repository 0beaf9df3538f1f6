"""How far each receiver is behind the alerts topic, for `deskpulse check`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stream.broker.diagnosis import Trouble
from stream.broker.lag import GroupLag, read_lag_of
from stream.notify.queue import group_of
from stream.notify.reading import names_in
from stream.settings import Settings

_START = "deskpulse notify"


@dataclass(frozen=True, slots=True)
class ReceiverLag:
    """Where a receiver's group stands."""

    name: str
    group: GroupLag

    @property
    def never_ran(self) -> bool:
        """Say whether nothing was ever sent to it; it begins with the alert after its first start."""
        return not self.group.workers and all(place.committed is None for place in self.group.partitions)

    @property
    def text(self) -> str:
        """Say in a line how it stands."""
        if self.never_ran:
            return "deskpulse notify has never run for it"
        count = self.group.workers
        running = {0: "no deskpulse notify runs", 1: "1 process"}.get(count, f"{count} processes")
        return f"{running}, {self.group.behind:,} alerts wait to be sent"

    def troubles(self, max_lag: int | None) -> Iterator[Trouble]:
        """Say what has to be fixed; max_lag: how many alerts may wait, None for any number."""
        about, waiting = f"receiver {self.name}", self.group.behind
        if not self.group.workers:
            yield Trouble(about, self.text, _START)
        elif max_lag is not None and waiting > max_lag:
            fix = "look at the log of deskpulse notify, which says what it does not accept"
            yield Trouble(about, f"{waiting:,} alerts wait, more than {max_lag:,}", fix)
        if lost := sum(place.lost for place in self.group.partitions):
            yield Trouble(about, f"the broker deleted {lost:,} alerts before they were sent to it", "")


async def receiver_lags(settings: Settings, file: Path) -> list[ReceiverLag]:
    """Look at the group of each receiver of a file. Raises WrongReceiversError, and BrokerUnavailable."""
    topics = [settings.topic_alerts]
    return [ReceiverLag(name, await read_lag_of(settings, group_of(settings, name), topics)) for name in names_in(file)]
