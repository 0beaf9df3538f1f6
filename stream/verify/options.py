"""Which variant of each definition is in force: read from the snapshot that is checked, so that it says itself."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from zoneinfo import ZoneInfo

from stream.verify.policy import DEFAULT, Policy, accept
from stream.verify.windows import MIDNIGHT_UTC, Today, duration_us

DIMENSIONS = ("channel", "priority", "queue", "brand", "segment", "language")
RESPONDERS = ("human", "any", "after_handoff")
AGENT_OPENED = ("exclude", "next_public")
RESPONSE_WINDOWS = ("5m", "30m", "1h", "24h", "today", "all")
WINDOWS = ("5m", "30m", "1h", "24h", "today", "7d", "30d", "90d", "all")
LE_SECONDS = (
    *("10", "30", "60", "120", "240", "300", "600", "900", "1800", "3600", "7200", "14400", "28800"),
    *("86400", "172800", "259200", "604800"),
)
LONGER_THAN = ("24h", "72h", "168h")
_TODAY = re.compile(r"([01]\d|2[0-3]):00 (\S+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Options:
    """Every setting that changes what a number means.

    Surveys and customers have all windows, tickets some: response_windows. le_seconds and longer_than are kept as the
    snapshot writes them. label_limit is how many distinct values a dimension keeps before the rest counts as `other`.
    max_future_seconds: events later than this after the snapshot are not admitted; None admits all. policy: what the
    desk chose for itself; the defaults where a snapshot names none.
    """

    responder: str = "human"
    agent_opened: str = "exclude"
    nps_min_n: int = 5
    labels: tuple[str, ...] = ("channel", "priority", "queue")
    label_limit: int = 50
    today: Today = MIDNIGHT_UTC
    windows: tuple[str, ...] = WINDOWS
    response_windows: tuple[str, ...] = RESPONSE_WINDOWS
    le_seconds: tuple[str, ...] = LE_SECONDS
    longer_than: tuple[str, ...] = LONGER_THAN
    max_future_seconds: int | None = None
    policy: Policy = field(default_factory=lambda: Policy.of_document(DEFAULT))

    def __post_init__(self) -> None:
        """Raise ValueError for a value that no definition has."""
        accept("responder", self.responder, RESPONDERS)
        accept("agent_opened", self.agent_opened, AGENT_OPENED)
        for label in self.labels:
            accept("labels", label, DIMENSIONS)
        for text in self.longer_than:
            duration_us(text)

    @classmethod
    def of_snapshot(
        cls, snapshot: Mapping[str, Any], label_limit: int = 50, max_future_seconds: int | None = None
    ) -> Self:
        """What the snapshot says of itself. Raises ValueError when its header lacks something or makes no sense."""
        try:
            variants = snapshot["variants"]
            return cls(
                responder=variants["responder"],
                agent_opened=variants["agent_opened"],
                nps_min_n=variants["nps_min_n"],
                labels=tuple(variants["labels"]),
                label_limit=variants.get("label_limit", label_limit),
                today=_today(variants["today"]),
                windows=tuple(snapshot["windows"]),
                response_windows=_response_windows(snapshot),
                le_seconds=_keys(snapshot, "le", LE_SECONDS),
                longer_than=_keys(snapshot, "longer_than", LONGER_THAN),
                max_future_seconds=max_future_seconds,
                policy=Policy.of_document(snapshot.get("policy", DEFAULT)),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"the snapshot's header is incomplete: {error!r}") from error


def _today(text: str) -> Today:
    match = _TODAY.fullmatch(text)
    if not match:
        raise ValueError(f"today: got {text!r}; accepts an hour and an IANA zone, such as 04:00 Europe/Rome")
    ZoneInfo(match[2])  # raises KeyError for a zone that is none
    return Today(int(match[1]), match[2])


def _keys(snapshot: Mapping[str, Any], field: str, otherwise: tuple[str, ...]) -> tuple[str, ...]:
    """The keys of a field in the first row that has it, of whichever section: some may be switched off."""
    for rows in snapshot.values():
        if isinstance(rows, list) and rows and isinstance(rows[0], Mapping) and field in rows[0]:
            return tuple(key for key in rows[0][field] if key != "+Inf")
    return otherwise


def _response_windows(snapshot: Mapping[str, Any]) -> tuple[str, ...]:
    """The windows that tickets must have: the usual ones, and any other for which rows are there."""
    must = {*RESPONSE_WINDOWS, *(row["window"] for row in snapshot["flow"])}
    return tuple(name for name in snapshot["windows"] if name in must)
