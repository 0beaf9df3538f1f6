"""How many people sit in which team on which shift."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

from stream.simulate.chance import HOUR_US, WEEK_US
from stream.simulate.channel import Channel
from stream.simulate.curve import BUCKET_US, BUCKETS, Curve
from stream.simulate.floor import QUEUES, SECOND_LINE

SHIFT_US = 8 * HOUR_US
SHIFTS = ("early", "late", "night")
_FIRST_SHIFT_US = 6 * HOUR_US
# Share of the paid time that is planned as work. Higher is cheaper and answers later.
_OCCUPANCY = 0.9
# Work of a ticket relative to its channel's mean.
_QUEUE_FACTOR = {"technical": 1.05, "billing": 1.0, "returns": 0.95, "sales": 0.95, "account": 1.0}
# Share of all work that ends at the second line.
_SECOND_LINE_SHARE = 0.03
#: teams without a night shift: what comes in at night is the morning's first work
_DAY_TEAMS = frozenset({"billing", "returns", "sales", "account"})


class Roster:
    """Heads per team and shift of the week, sized for the load the curve brings; at least one when open."""

    def __init__(self, curve: Curve, channels: Mapping[str, Channel]) -> None:
        self._curve = curve
        seconds = [0.0] * (WEEK_US // SHIFT_US)
        for bucket in range(BUCKETS):
            shift = (bucket * BUCKET_US - _FIRST_SHIFT_US) % WEEK_US // SHIFT_US
            for name, channel in channels.items():
                seconds[shift] += curve.by_channel[name][bucket] * channel.load_seconds
        # The night's contacts of a closed team are met in the morning, so the early shift is sized for both.
        carried = [
            seconds[i] + seconds[i - 1] if i % 3 == 0 else seconds[i] if i % 3 == 1 else 0.0
            for i in range(len(seconds))
        ]
        self._heads: dict[str, list[int]] = {}
        for queue, share in QUEUES.shares.items():
            load = carried if queue in _DAY_TEAMS else seconds
            first_line = share * _QUEUE_FACTOR[queue] * (1.0 - _SECOND_LINE_SHARE)
            self._heads[queue] = [_heads(part * first_line) for part in load]
        self._heads[SECOND_LINE] = [_heads(part * _SECOND_LINE_SHARE) for part in carried]

    def shift_at(self, when_us: int) -> tuple[int, int]:
        """(number of the shift within the week from Monday 06:00, when it ends in microseconds)."""
        into_week = (self._curve.local_us(when_us) - _FIRST_SHIFT_US) % WEEK_US
        number, into_us = divmod(into_week, SHIFT_US)
        return number, when_us + SHIFT_US - into_us

    def heads(self, team: str, shift: int) -> int:
        return self._heads[team][shift]

    @property
    def teams(self) -> list[str]:
        return list(self._heads)


def _heads(work_seconds: float) -> int:
    return ceil(work_seconds / (_OCCUPANCY * SHIFT_US / 1_000_000)) if work_seconds else 0
