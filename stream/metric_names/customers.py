"""Who is a customer, came, left and bought."""

from __future__ import annotations

from stream.metric_names.metric import Metric

CUSTOMERS = Metric("deskpulse_customers", "gauge", "Customers now.")
CUSTOMER_CHANGES = Metric(
    "deskpulse_customer_changes", "gauge", "Customers acquired and lost in the window.", ("window", "change")
)
CUSTOMER_TENURE_CUSTOMERS = Metric(
    "deskpulse_customer_tenure_customers", "gauge", "Customers now, by how long they have been customers.", ("age",)
)
CUSTOMER_TENURE_YEARS = Metric(
    "deskpulse_customer_tenure_years",
    "gauge",
    "Sum of how long the customers of now have been customers, in years of 365.25 days.",
)
LONG_TENURE_CUSTOMERS = Metric(
    "deskpulse_long_tenure_customers",
    "gauge",
    "Customers of long tenure now: all, those whose last NPS answer had a score (scored), and promoters.",
    ("group",),
)
CUSTOMER_LIFESPANS = Metric("deskpulse_customer_lifespans", "gauge", "Times that somebody became a customer, ever.")
CUSTOMER_LIFESPAN_YEARS = Metric(
    "deskpulse_customer_lifespan_years",
    "gauge",
    "Sum of how long these lasted, or have lasted so far, in years of 365.25 days.",
)
PURCHASES = Metric(
    "deskpulse_purchases",
    "gauge",
    "In the window: purchases, those of them with an amount (priced), and customers whose latest purchase it was.",
    ("window", "purchase"),
)
PURCHASE_REVENUE = Metric(
    "deskpulse_purchase_revenue",
    "gauge",
    "Sum of the amounts of the purchases in the window, in the currency of the events.",
    ("window",),
)
CUSTOMER_SIGNALS = Metric(
    "deskpulse_customer_signals", "gauge", "Signals of effort in the window.", ("window", "signal")
)
SIGNAL_CUSTOMERS = Metric(
    "deskpulse_signal_customers",
    "gauge",
    "Customers whose latest signal of the kind lies in the window.",
    ("window", "signal"),
)
