"""Resolution: how long it took until a ticket was resolved, and whether that was with one reply and for good."""

from __future__ import annotations

from collections.abc import Mapping

from stream.core.rows import percent
from stream.counting.add import Adds
from stream.model.frame import Tickets
from stream.numbers.cells import Counts, Durations
from stream.numbers.declare import Choice, Fields, Here, Number, Timed, Windowed
from stream.numbers.metric import Gauge, Histogram
from stream.numbers.reasons import WHY_NOT_RESOLVED
from stream.numbers.tile import Tile, column

TIME = Durations("resolution")
QUALITY = Counts("quality", ("resolved", "one_touch", "reopened"))
_FIRST, _LAST = TIME.measure("first"), TIME.measure("last")
_RESOLVED, _ONE_TOUCH, _REOPENED = map(QUALITY.measure, QUALITY.fields)
_AGENT = "agent"


class Resolution(Timed, Windowed):
    """Tickets resolved: the first time, or for good so far."""

    which: str


class Quality(Windowed):
    """Tickets first resolved; of these, with one public reply, and opened again since."""

    resolved: int
    one_touch: int
    reopened: int
    one_touch_rate: float | None
    reopen_rate: float | None


def fold(t: Tickets, add: Adds) -> None:
    """Add how long the first resolution and the one that holds took, without pauses, each at its time."""
    for measure, at in ((_FIRST, t.resolved_first), (_LAST, t.resolved_last)):
        add(measure, at, lasting=at - t.opened - t.paused(at))


def fold_quality(t: Tickets, add: Adds) -> None:
    """Add each ticket at its first resolution: whether there was one answer until then, and whether it was enough."""
    resolved = t.resolved_first
    add(_RESOLVED, resolved)
    add(_ONE_TOUCH, resolved, where=t.said(_AGENT).until(resolved).count() == 1)
    add(_REOPENED, resolved, where=t.reopened.any())


def row(n: Mapping[str, int], _here: Here) -> Fields:
    """Return the counts, and what they are of the tickets resolved."""
    return {
        **n,
        "one_touch_rate": percent(n["one_touch"], n["resolved"]),
        "reopen_rate": percent(n["reopened"], n["resolved"]),
    }


NUMBERS = (
    Number(
        name="resolution",
        order=150,
        version=1,
        page="resolution-time.md",
        definition="opened -> resolved or closed, the first time and the last time, less the pauses",
        shape=Resolution,
        book="tickets",
        cells=TIME,
        fold=fold,
        choices=(Choice.of("which", "first", "last"),),
        why_not=WHY_NOT_RESOLVED,
        metrics=(
            Histogram(
                "deskpulse_resolution_seconds",
                "Resolution time in seconds, without pauses: opened to the first or to the last (which) time it was "
                "resolved.",
            ),
        ),
        tiles=(Tile("resolution_median", "seconds", "worse", column("p50_seconds")),),
    ),
    Number(
        name="quality",
        order=190,
        version=1,
        page="one-touch-and-reopen.md",
        definition="tickets resolved with a single public human response / tickets resolved",
        shape=Quality,
        book="tickets",
        cells=QUALITY,
        fold=fold_quality,
        row=row,
        why_not=WHY_NOT_RESOLVED,
        metrics=(
            Gauge(
                "deskpulse_resolved_tickets",
                "Tickets first resolved in the window, of these with one public reply (one_touch), and reopened since "
                "(quality).",
                labels=("quality",),
            ),
        ),
        tiles=(
            Tile("one_touch", "percent", "better", column("one_touch_rate", "resolved")),
            Tile("reopened", "percent", "worse", column("reopen_rate", "resolved")),
        ),
    ),
)
