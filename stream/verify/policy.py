"""The definitions that a desk chooses for itself, as a snapshot shows them: targets, schedules, scales, thresholds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from stream.verify.instant import microseconds
from stream.verify.schedule import Schedule

SECOND = 1_000_000
DAY = 86_400 * SECOND
YEAR = 365 * DAY + DAY // 4
CLOCKS = ("calendar", "business")
WAITS = ("first", "reply")
RESPONSE_FROM = ("wait", "opened")
REOPENING_STARTS = ("customer", "any", "never")
STATUSES = (
    *("pending", "resolved", "reopened", "closed", "abandoned", "merged", "spam", "deleted"),
    *("transferred", "escalated", "updated"),
)


def accept(name: str, got: str, accepts: tuple[str, ...]) -> str:
    """Give back a value that is one of those accepted. Raises ValueError for another."""
    if got not in accepts:
        raise ValueError(f"{name}: got {got!r}; accepts {', '.join(accepts)}")
    return got


def _promised(seconds: int, *channels: str) -> dict[str, Any]:
    anything = dict.fromkeys(("priorities", "queues", "from", "until"))
    return {"for": "first", "target_seconds": seconds, "channels": list(channels), **anything, "clock": "calendar"}


# What is meant where nobody chose anything.
DEFAULT: Mapping[str, Any] = {
    "version": 1,
    "schedules": {
        "default": {
            "zone": "UTC",
            "versions": [
                {
                    "from": None,
                    "week": {
                        **{day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
                        "sat": [],
                        "sun": [],
                    },
                }
            ],
            "holidays": {"country": None, "subdivision": None, "dates": []},
        }
    },
    "queues": {},
    "targets": [
        _promised(240, "phone"),
        _promised(120, "chat"),
        _promised(3600, "social"),
        _promised(86_400, "email", "form"),
    ],
    "at_risk_percent": 20,
    "service_level": "A/(N+B-s)",
    "short_abandon_seconds": 5,
    "pausing": [],
    "solving_stops": True,
    "first_response_from": "wait",
    "reopening_starts": "customer",
    "early_answer_seconds": 300,
    "avoidance_days": [1, 2, 3],
    "csat": {"scale": 5, "top": {"4": 2, "5": 2, "10": 3}, "low": {"4": 2, "5": 2, "10": 4}},
    "ces": {"scale": 7, "low_effort": {"5": 2, "7": 3, "10": 3}, "ease": False},
    "nps_low": 6,
    "mature_days": 7,
    "blind_spot_min_sent": 20,
    "long_tenure_years": 3,
    "churn": "net",
    "winback_days": 365,
    "ltv_min_lost": 5,
    "ltv_years": 3,
    "baseline_weeks": 4,
    "numbers_off": [],
    "values": {},
}


_PLAIN = (
    *("nps_low", "mature_days", "blind_spot_min_sent", "long_tenure_years", "baseline_weeks"),
    *("churn", "winback_days", "ltv_min_lost", "ltv_years"),
)


@dataclass(frozen=True, slots=True)
class Target:
    """How soon a wait of a kind is promised to end, in microseconds on `clock`, and on which tickets; None is any."""

    kind: str
    target_us: int
    channels: tuple[str, ...] | None
    priorities: tuple[str, ...] | None
    queues: tuple[str, ...] | None
    from_us: int | None
    until_us: int | None
    clock: str

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> Self:
        """Read one of the list `targets`."""
        kind = accept("for", document.get("for", "first"), WAITS)
        clock = accept("clock", document["clock"], CLOCKS)
        named = [document[name] for name in ("channels", "priorities", "queues")]
        channels, priorities, queues = (None if values is None else tuple(values) for values in named)
        bounds = [document[name] for name in ("from", "until")]
        from_us, until_us = (None if text is None else microseconds(text) for text in bounds)
        target_us = round(document["target_seconds"] * SECOND)
        return cls(kind, target_us, channels, priorities, queues, from_us, until_us, clock)

    def serves(self, kind: str, channel: str | None, priority: str | None, queue: str | None, opened_us: int) -> bool:
        """Whether it is promised to such a wait on a ticket of these attributes, None for one that nobody gave."""
        given = ((self.channels, channel), (self.priorities, priority), (self.queues, queue))
        return (
            self.kind == kind
            and all(named is None or value in named for named, value in given)
            and (self.from_us is None or opened_us >= self.from_us)
            and (self.until_us is None or opened_us < self.until_us)
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """The document and what is in it; two are equal if their documents are.

    Scales are known by their top: of a CSAT scale so many scores count as satisfied (`csat_top`) or as low
    (`csat_low`), of a CES scale so many as little effort. numbers_off: sections that a snapshot does not have.
    """

    document: Mapping[str, Any]
    targets: tuple[Target, ...] = field(compare=False)
    default_schedule: Schedule = field(compare=False)
    schedule_of_queue: Mapping[str, Schedule] = field(compare=False)
    at_risk_percent: int = field(compare=False)
    short_abandon_us: int = field(compare=False)
    pausing: tuple[str, ...] = field(compare=False)
    solving_stops: bool = field(compare=False)
    first_response_from: str = field(compare=False)
    reopening_starts: str = field(compare=False)
    early_answer_us: int = field(compare=False)
    avoidance_days: tuple[int, ...] = field(compare=False)
    csat_scale: int = field(compare=False)
    csat_top: Mapping[int, int] = field(compare=False)
    csat_low: Mapping[int, int] = field(compare=False)
    ces_scale: int = field(compare=False)
    ces_low_effort: Mapping[int, int] = field(compare=False)
    ces_ease: bool = field(compare=False)
    nps_low: int = field(compare=False)
    mature_days: int = field(compare=False)
    blind_spot_min_sent: int = field(compare=False)
    long_tenure_years: int = field(compare=False)
    churn: str = field(compare=False)
    winback_days: int = field(compare=False)
    ltv_min_lost: int = field(compare=False)
    ltv_years: int = field(compare=False)
    baseline_weeks: int = field(compare=False)
    numbers_off: frozenset[str] = field(compare=False)
    values: Mapping[str, Mapping[str, str]] = field(compare=False)

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> Self:
        """Read a snapshot's `policy`. Raises ValueError when it lacks something or makes no sense."""
        try:
            return cls._read(document)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"the snapshot's policy is incomplete: {error!r}") from error

    @classmethod
    def _read(cls, document: Mapping[str, Any]) -> Self:
        schedules = {name: Schedule.of_document(hours) for name, hours in document["schedules"].items()}
        csat, ces = document["csat"], document["ces"]
        if unknown := [status for status in document["pausing"] if status not in STATUSES]:
            raise ValueError(f"pausing: got {unknown}; accepts {', '.join(STATUSES)}")
        return cls(
            document,
            targets=tuple(Target.of_document(target) for target in document["targets"]),
            default_schedule=schedules["default"],
            schedule_of_queue={queue: schedules[name] for queue, name in document["queues"].items()},
            at_risk_percent=document["at_risk_percent"],
            short_abandon_us=round(document["short_abandon_seconds"] * SECOND),
            pausing=tuple(document["pausing"]),
            solving_stops=document["solving_stops"],
            first_response_from=accept(
                "first_response_from", document.get("first_response_from", "wait"), RESPONSE_FROM
            ),
            reopening_starts=accept("reopening_starts", document.get("reopening_starts", "customer"), REOPENING_STARTS),
            early_answer_us=round(document.get("early_answer_seconds", 300) * SECOND),
            avoidance_days=tuple(document["avoidance_days"]),
            csat_scale=csat["scale"],
            csat_top=_by_scale(csat["top"]),
            csat_low=_by_scale(csat["low"]),
            ces_scale=ces["scale"],
            ces_low_effort=_by_scale(ces["low_effort"]),
            ces_ease=ces["ease"],
            numbers_off=frozenset(document.get("numbers_off", ())),
            values=document.get("values", {}),
            **{name: document[name] for name in _PLAIN},
        )

    def schedule(self, queue: str | None) -> Schedule:
        """The hours of a queue, None for tickets in none."""
        return self.default_schedule if queue is None else self.schedule_of_queue.get(queue, self.default_schedule)

    def target(
        self, kind: str, channel: str | None, priority: str | None, queue: str | None, opened_us: int
    ) -> Target | None:
        """The first target that serves a wait of a ticket, None if nothing is promised."""
        ticket = channel, priority, queue, opened_us
        return next((target for target in self.targets if target.serves(kind, *ticket)), None)


def _by_scale(document: Mapping[str, int]) -> dict[int, int]:
    return {int(top): scores for top, scores in document.items()}
