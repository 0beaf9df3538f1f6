"""The layout of a snapshot: its sections, and what makes a row of one."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

Report = Mapping[str, Any]
Row = dict[str, Any]
Leaves = dict[str, Any]

HEADER = ("version", "as_of", "variants", "policy", "windows", "tickets", "invariant")
QUANTILES = ("p50_seconds", "p90_seconds", "p95_seconds", "p99_seconds")
_DURATIONS = (*QUANTILES, "mean_seconds")
# Keys of which nobody knows beforehand what values they take: rows are there for those that were found.
OPEN_KEYS = frozenset({"channel", "touchpoint", "value"})


class Layout(NamedTuple):
    """What tells the rows of a section apart beside their labels, and what of two workers' rows cannot be added up.

    additive: whether anything of the section can be.
    """

    keys: tuple[str, ...] = ()
    not_additive: tuple[str, ...] = ()
    additive: bool = True


_SCORES = Layout(("window", "attribute_to"), ("score", "low", "high"))

SECTIONS: Mapping[str, Layout] = {
    "first_response": Layout(("window", "attribute_to"), _DURATIONS),
    "first_response_business": Layout(("window", "attribute_to"), _DURATIONS),
    "first_response_counting_waiting": Layout(("window",), _DURATIONS),
    "open_wait": Layout((), _DURATIONS),
    "sla": Layout(),
    "backlog": Layout(),
    "next_reply": Layout(("window",), _DURATIONS),
    "resolution": Layout(("window", "which"), _DURATIONS),
    "flow": Layout(("window",)),
    "preferred_channel": Layout(("window", "channel"), ("of", "share")),
    "service_level": Layout(("window",), ("levels",)),
    "handling": Layout(("window",), ("transfer_rate", "transfers_per_ticket", "escalation_rate", "abandonment_rate")),
    "quality": Layout(("window",), ("one_touch_rate", "reopen_rate")),
    "agents": Layout(("window",), additive=False),  # one agent may have worked for several workers' tickets
    "contact_avoidance": Layout(("window", "days"), ("rate", "matured_share")),
    "nps": _SCORES,
    "enps": _SCORES,
    "csat": Layout(("window",), ("percent",)),
    "ces": Layout(("window", "scale"), ("mean", "low_effort_share")),
    "satisfaction": Layout(("window", "touchpoint"), ("ratio",)),
    "coverage": Layout(("window",), ("coverage",)),
    "coverage_by": Layout(("window", "by", "value"), ("coverage",)),
    "blind_spot": Layout(("window",), additive=False),
    "bad_comments": Layout(("window",)),
    # The rest is of the values that a worker has seen, and another has seen others.
    "drivers": Layout(("window", "factor", "value"), ("low_share", "rest_n", "rest_low_share", "difference")),
    "customers": Layout(("window",), ("retention", "churn")),
    "tenure": Layout((), ("mean_years", "promoter_share", "lifespan_years")),
    "lifetime_value": Layout(
        ("window",), ("average_purchase", "purchases_per_year", "lifespan_years", "lifetime_value")
    ),
    "signals": Layout(("window", "signal"), ("share",)),
    "baseline": Layout(("metric",), additive=False),
}


class Identity(NamedTuple):
    """What a row is about: its window, its other keys and its labels."""

    window: str | None
    keys: tuple[Any, ...]
    labels: tuple[tuple[str, str], ...]


def identity(section: str, row: Mapping[str, Any]) -> Identity:
    """What a row of the section is about."""
    keys = tuple(row.get(key) for key in SECTIONS[section].keys if key != "window")
    return Identity(row.get("window"), keys, tuple(sorted(row["labels"].items())))


def named_keys(section: str, about: Identity) -> Row:
    """The keys of a row by their names, without its window."""
    names = (key for key in SECTIONS[section].keys if key != "window")
    return dict(zip(names, about.keys, strict=True))


def numbers(section: str, row: Mapping[str, Any]) -> Leaves:
    """The numbers of a row by their path, such as `n` and `le.30`."""
    keys = (*SECTIONS[section].keys, "window", "labels")
    return dict(leaves({name: value for name, value in row.items() if name not in keys}))


def leaves(value: Mapping[str, Any] | Sequence[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The values within, with their paths; the places of a list count from 0."""
    inside = value.items() if isinstance(value, Mapping) else enumerate(value)
    for name, inner in inside:
        if isinstance(inner, Mapping | list | tuple):
            yield from leaves(inner, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", inner
