"""How many customers there are and for how long, as metrics."""

from __future__ import annotations

from stream.core.tenure import YEAR_US, TenureTotals
from stream.metric_names import customers as names
from stream.serve.sheet import Sheet


def present_customers(sheet: Sheet, tenure: TenureTotals) -> None:
    """Add the customers of now. Sums are in years, so that a mean is a division."""
    sheet.value(names.CUSTOMERS, tenure.customers)
    for age, count in tenure.ages.items():
        sheet.value(names.CUSTOMER_TENURE_CUSTOMERS, count, age)
    sheet.value(names.CUSTOMER_TENURE_YEARS, tenure.tenure_us / YEAR_US)
    for group, count in (
        ("all", tenure.long_tenure),
        ("scored", tenure.long_tenure_scored),
        ("promoter", tenure.long_tenure_promoters),
    ):
        sheet.value(names.LONG_TENURE_CUSTOMERS, count, group)
    sheet.value(names.CUSTOMER_LIFESPANS, tenure.lifespans)
    sheet.value(names.CUSTOMER_LIFESPAN_YEARS, tenure.lifespan_us / YEAR_US)
