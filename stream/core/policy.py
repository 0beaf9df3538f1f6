"""What the numbers mean here: the variant of every definition that is in force (docs/policy.md)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from stream.core.definitions import Definitions
from stream.core.histogram import Buckets
from stream.core.windows import DAY_US, HOUR_US, SECOND_US, DayStart, Window, parse_duration_us, parse_window

DEFAULT_LE_SECONDS = (
    10, 30, 60, 120, 240, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400, 172800, 259200, 604800,
)  # fmt: skip
DEFAULT_WINDOWS = ("5m", "30m", "1h", "24h", "today")
DEFAULT_SURVEY_WINDOWS = ("7d", "30d", "90d")
DEFAULT_LONGER_THAN = ("24h", "72h", "168h")
DEFAULT_DISTRIBUTION_WINDOWS = ("1h", "24h", "today")
DIMENSIONS = ("channel", "priority", "queue", "brand", "segment", "language")


class Responder(StrEnum):
    """Whose public response is the first response."""

    HUMAN = "human"
    ANY = "any"
    AFTER_HANDOFF = "after_handoff"


class AgentOpened(StrEnum):
    """What becomes of tickets that an agent opened: left out of FRT, or counted as any other."""

    EXCLUDE = "exclude"
    NEXT_PUBLIC = "next_public"


class Partitioner(StrEnum):
    """How producers choose a partition from a key; `trust` means that it is not checked."""

    MURMUR2 = "murmur2"
    CRC32 = "crc32"
    TRUST = "trust"


@dataclass(frozen=True, slots=True)
class Policy:
    """Every setting that changes what a number means; immutable, and passed to whatever computes one.

    Durations are microseconds. `windows` serve tickets, `windows` and `survey_windows` together surveys.
    `longer_than` pairs a name with its duration. `distribution_windows` names those whose distributions are exposed
    in full. `definitions` is what the policy file says. `partitions` is how many the source topics have.
    """

    responder: Responder = Responder.HUMAN
    agent_opened: AgentOpened = AgentOpened.EXCLUDE
    nps_min_n: int = 5
    labels: tuple[str, ...] = ("channel", "priority", "queue")
    label_limit: int = 50
    windows: tuple[Window, ...] = tuple(parse_window(name) for name in DEFAULT_WINDOWS)
    survey_windows: tuple[Window, ...] = tuple(parse_window(name) for name in DEFAULT_SURVEY_WINDOWS)
    day: DayStart = field(default_factory=DayStart)
    grace_us: int = HOUR_US
    retention_us: int = 30 * DAY_US
    buckets: Buckets = field(default_factory=lambda: Buckets(tuple(s * SECOND_US for s in DEFAULT_LE_SECONDS)))
    longer_than: tuple[tuple[str, int], ...] = tuple((name, parse_duration_us(name)) for name in DEFAULT_LONGER_THAN)
    distribution_windows: tuple[str, ...] = DEFAULT_DISTRIBUTION_WINDOWS
    alert_max_age_us: int = DAY_US
    definitions: Definitions = field(default_factory=Definitions)
    partitions: int = 1
    partitioner: Partitioner = Partitioner.TRUST

    @property
    def agent_windows(self) -> tuple[Window, ...]:
        """Return the windows in which agents at work are told apart: up to an hour, as who they are has to be kept."""
        return tuple(each for each in self.windows if each.length_us is not None and each.length_us <= HOUR_US)

    def variants(self) -> dict[str, object]:
        """Return what stands beside the numbers, so that a reader knows which definition is in force."""
        return {
            "responder": str(self.responder),
            "agent_opened": str(self.agent_opened),
            "nps_min_n": self.nps_min_n,
            "labels": list(self.labels),
            "label_limit": self.label_limit,
            "today": str(self.day),
        }
