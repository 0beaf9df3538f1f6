"""The counted numbers as metrics: one walk over the families of `stream.kpi.families`."""

from __future__ import annotations

from typing import NamedTuple

from stream.core.labels import Labels
from stream.core.ledger import COUNT
from stream.core.sums import Measures
from stream.core.windows import AHEAD, ALL
from stream.kpi import families
from stream.metric_names import DIMENSIONS, Metric, customers, surveys, tickets
from stream.serve.exposition import joined
from stream.serve.sheet import Sheet

MICRO = 1_000_000

# What a family counts: its fields by its keys and labels.
Combinations = dict[tuple[tuple[str, ...], Labels], dict[str, int]]


class Shown(NamedTuple):
    """How a metric shows a family: some of its fields (none named: all), each divided by `divisor`.

    ahead: what will count once its time has come, instead of what a window counts.
    """

    counted: families.Counted
    metric: Metric
    fields: tuple[str, ...] = ()
    divisor: int = 1
    ahead: bool = False


SHOWN = (
    Shown(families.SERVICE_LEVEL, tickets.SERVICE_LEVEL_CONTACTS),
    Shown(families.QUALITY, tickets.RESOLVED_TICKETS),
    Shown(families.CONTACT_AVOIDANCE, tickets.CONTACT_AVOIDANCE_TICKETS),
    Shown(families.CONTACT_AVOIDANCE, tickets.CONTACT_AVOIDANCE_IMMATURE, ("matured",), ahead=True),
    Shown(families.CSAT, surveys.CSAT_ANSWERS),
    Shown(families.CES, surveys.CES_ANSWERS, ("low_effort", "other")),
    Shown(families.CES, surveys.CES_SCORE, ("score",)),
    Shown(families.SATISFACTION, surveys.SATISFACTION_ANSWERS),
    Shown(families.COVERAGE, surveys.SURVEYS),
    Shown(families.COVERAGE, surveys.SURVEYS_IMMATURE, ("sent",), ahead=True),
    Shown(families.COVERAGE_BY, surveys.SURVEYS_BY),
    Shown(families.BAD_COMMENTS, surveys.BAD_COMMENTS),
    Shown(families.DRIVERS, surveys.DRIVER_ANSWERS),
    Shown(families.CUSTOMERS, customers.CUSTOMER_CHANGES),
    Shown(families.PURCHASES, customers.PURCHASES, ("purchases", "priced", "purchasers")),
    Shown(families.PURCHASES, customers.PURCHASE_REVENUE, ("revenue",), MICRO),
    Shown(families.SIGNALS, customers.CUSTOMER_SIGNALS, ("n",)),
    Shown(families.SIGNALS, customers.SIGNAL_CUSTOMERS, ("customers",)),
)
_BY_SECTION = {counted.section: counted for counted in families.COUNTED}
_ALWAYS = ((), ())


class CountedNumbers:
    """Fills the sheet with the counted families, window by window.

    A combination of labels that has nothing in a window is left out, one that has something shows all its fields.
    """

    def __init__(self, sheet: Sheet, seen: Measures) -> None:
        """Begin the families. seen: what customers did of all time."""
        self._sheet = sheet
        self._always: dict[str, Combinations] = {}
        for counted in (families.CUSTOMERS, families.PURCHASES):
            if any(counted.parse(measure) for measure in seen):
                self._always[counted.section] = {_ALWAYS: {}}
        for shown in SHOWN:
            sheet.family(shown.metric)

    def add(self, ledger: families.Book, window: str, measures: Measures) -> None:
        """Add one window of a ledger."""
        sections = self._sections(ledger, measures)
        for shown in SHOWN:
            counted = shown.counted
            left_out = window == ALL and not counted.over_all
            if counted.ledger == ledger and shown.ahead is (window == AHEAD) and not left_out:
                self._show(shown, window, sections.get(counted.section, {}))

    def _sections(self, ledger: families.Book, measures: Measures) -> dict[str, Combinations]:
        sections = {
            section: {each: dict(fields) for each, fields in combinations.items()}
            for section, combinations in self._always.items()
            if _BY_SECTION[section].ledger == ledger
        }
        for measure, by_labels in measures.items():
            counted = _BY_SECTION.get(measure.partition("/")[0])
            parsed = counted.parse(measure) if counted else None
            if counted is None or parsed is None:
                continue
            field, keys = parsed
            combinations = sections.setdefault(counted.section, {})
            for labels, buckets in by_labels.items():
                fields = combinations.setdefault((keys, labels if counted.labelled else ()), {})
                fields[field] = fields.get(field, 0) + buckets.get(COUNT, 0)
        return sections

    def _show(self, shown: Shown, window: str, combinations: Combinations) -> None:
        sheet, metric, counted = self._sheet, shown.metric, shown.counted
        family = sheet.family(metric)
        own = [name for name in metric.labels if name != DIMENSIONS]
        windowed = (window,) if "window" in own else ()
        named = len(own) > len(windowed) + len(counted.keys)  # the field is a label
        starts: dict[tuple[tuple[str, ...], str], str] = {}
        for (keys, labels), fields in combinations.items():
            dimensions = sheet.dimensions(labels) if counted.labelled else ""
            for field in shown.fields or counted.fields:
                start = starts.get((keys, field))
                if start is None:
                    start = sheet.start(metric, *windowed, *keys, *((field,) if named else ()))
                    starts[keys, field] = start
                amount = fields.get(field, 0)
                family.add(joined(start, dimensions), amount if shown.divisor == 1 else amount / shown.divisor)
