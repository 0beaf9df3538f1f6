"""The families of counted numbers: what each section of the snapshot counts, and under which keys.

A cell of such a family is named `section/field`, with the values of its keys behind: `handling/transferred`,
`contact_avoidance/avoided/3`, `driver/low/queue/billing`. Report and metrics read this table, so that a family is
spelt out in one place.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Book = Literal["tickets", "surveys", "customers", "agents"]


class Counted(NamedTuple):
    """One family: its section in the snapshot, the ledger that holds it, its keys and the fields it counts.

    labelled: whether its cells carry the labels of a ticket; else they are counted in all only. over_all: whether
    a sum over all time means something.
    """

    section: str
    ledger: Book
    fields: tuple[str, ...]
    keys: tuple[str, ...] = ()
    labelled: bool = True
    over_all: bool = True

    def measure(self, field: str, *keys: str) -> str:
        """Return the name of a cell's measure."""
        return "/".join((self.section, field, *keys))

    def parse(self, measure: str) -> tuple[str, tuple[str, ...]] | None:
        """Return the field and the keys of a measure, None if it is of another family. The last key may hold a /."""
        section, _, rest = measure.partition("/")
        if section != self.section:
            return None
        field, *keys = rest.split("/", len(self.keys))
        return field, tuple(keys)


FLOW = Counted("flow", "tickets", ("opened", "reopened", "resolved", "abandoned", "retracted"))
SERVICE_LEVEL = Counted(
    "service_level",
    "tickets",
    ("answered", "answered_within", "abandoned", "abandoned_within", "abandoned_short"),
)
HANDLING = Counted("handling", "tickets", ("opened", "transferred", "transfers", "escalated", "offered", "given_up"))
QUALITY = Counted("quality", "tickets", ("resolved", "one_touch", "reopened"))
CONTACT_AVOIDANCE = Counted("contact_avoidance", "customers", ("matured", "avoided"), ("days",), over_all=False)
CSAT = Counted("csat", "surveys", ("satisfied", "other", "unscored", "unscaled"))
CES = Counted("ces", "surveys", ("low_effort", "other", "score"), ("scale",))
SATISFACTION = Counted("satisfaction", "surveys", ("satisfied", "other"), ("touchpoint",))
COVERAGE = Counted("coverage", "surveys", ("sent", "answered"), over_all=False)
COVERAGE_BY = Counted("coverage_by", "surveys", ("sent", "answered"), ("by", "value"), labelled=False, over_all=False)
BAD_COMMENTS = Counted("bad_comments", "surveys", ("n",))
DRIVERS = Counted("drivers", "surveys", ("low", "other"), ("factor", "value"), labelled=False)
CUSTOMERS = Counted("customers", "customers", ("acquired", "lost"), labelled=False, over_all=False)
PURCHASES = Counted(
    "purchases", "customers", ("purchases", "priced", "revenue", "purchasers"), labelled=False, over_all=False
)
SIGNALS = Counted("signals", "customers", ("n", "customers"), ("signal",), labelled=False, over_all=False)

COUNTED = (
    *(SERVICE_LEVEL, QUALITY, CONTACT_AVOIDANCE, CSAT, CES, SATISFACTION, COVERAGE, COVERAGE_BY),
    *(BAD_COMMENTS, DRIVERS, CUSTOMERS, PURCHASES, SIGNALS),
)
