"""Customers: who stays, for how long, what they are worth, and the effort they go to."""

from __future__ import annotations

from grafana import queries as q
from grafana.frame import dashboard, place
from grafana.links import linked, to
from grafana.panels import Json, Query, Style, bars, lines, section, stat
from grafana.tables import table

NOBODY = "nobody was a customer at the start"
NO_CUSTOMER = "no customer yet"
NO_PURCHASE = "no purchase with an amount"
AGES = ("<1y", "1-3y", "3-5y", ">5y")
AT = '{window="$customer_window"}'
COUNT = Style("short", NO_CUSTOMER, decimals=0)
SHARE = Style("percent", NOBODY, decimals=1, maximum=100)
NO_ANSWER = "no answer"
WHAT_THEY_SAY = to("satisfaction", "What do they say? Satisfaction", survey_window="${customer_window}")
WHAT_THEY_MET = to("response-times-and-sla", "Do they wait long? Response times and SLA")
NO_LOSS = "too few customers lost, or no purchase"
LIVES = Style("short", NO_LOSS, decimals=2)
_LIFETIME_VALUE = "desk:deskpulse_customer_lifetime_value:mean"
MONEY = Style("short", NO_PURCHASE, decimals=2)
_OVER_ALL = "Over all instruments."
_LOW = "Low scores with a comment."
_AVOIDED = "Resolved tickets whose customer did not write again within so many days."


def _of_window(record: str) -> str:
    return f"sum without (window) ({record}{AT})"


def _part(*names: str) -> str:
    return f'sum(deskpulse_customer_cohort{{window="$customer_window", part=~"{"|".join(names)}"}})'


def _churn(variant: str) -> str:
    at = f'window="$customer_window", variant="{variant}"'
    return f"sum without (window, variant) (desk:deskpulse_customer_churn:percent{{{at}}})"


def staying() -> list[Json]:
    """Return the first screen: customers, retention and churn."""
    retention, won_back = (_of_window(f"desk:deskpulse_customer_{name}:percent") for name in ("retention", "won_back"))
    shares = (
        (retention, "Retention · $customer_window", "Still here, of those at the start."),
        (_churn("net"), "Churn · $customer_window", "Not here any more, of those at the start."),
    )
    came, left = _part("new", "returned"), _part("lost")
    return [
        *place(
            4,
            (4, stat("Customers", "Now.", COUNT, Query("sum(deskpulse_customers)"))),
            (4, stat("Acquired · $customer_window", "They came.", COUNT, Query(came))),
            (4, stat("Lost · $customer_window", "They left.", COUNT, Query(left))),
            *((4, linked(stat(title, text, SHARE, Query(share)), WHAT_THEY_SAY)) for share, title, text in shares),
            (4, stat("Lifetime value", "In the currency of the events.", LIVES, Query(_LIFETIME_VALUE))),
        ),
        *place(
            8,
            (
                8,
                lines(
                    "Customers over time", "Now, at each point.", COUNT, Query("sum(deskpulse_customers)", "customers")
                ),
            ),
            (
                8,
                lines(
                    "Acquired and lost · trailing $customer_window",
                    "Each point covers the window that ends there.",
                    Style("short", NO_CUSTOMER, decimals=0, colors={"acquired": "green", "lost": "red"}),
                    Query(came, "acquired"),
                    Query(left, "lost"),
                ),
            ),
            (
                8,
                lines(
                    "Retention and churn · trailing $customer_window",
                    "Of those at the start. Gross churn also counts those who came back; won back are of those who had "
                    "left before.",
                    SHARE,
                    Query(retention, "retention"),
                    Query(_churn("net"), "churn"),
                    Query(_churn("gross"), "gross churn"),
                    Query(won_back, "won back"),
                ),
            ),
        ),
    ]


def tenure() -> list[Json]:
    """Return for how long customers have been customers."""
    ages = [Query(f'sum(deskpulse_customer_tenure_customers{{age="{age}"}})', age, instant=True) for age in AGES]
    groups = [
        Query(f'sum(deskpulse_long_tenure_customers{{group="{group}"}})', name, instant=True)
        for group, name in (("all", "of long tenure"), ("scored", "of these with a score"), ("promoter", "promoters"))
    ]
    mean = "sum(deskpulse_customer_tenure_years) / (sum(deskpulse_customers) > 0)"
    years = Style("none", NO_CUSTOMER, decimals=1)
    lifespan = "sum(deskpulse_customer_lifespan_years) / (sum(deskpulse_customer_lifespans) > 0)"
    promoters = "desk:deskpulse_long_tenure_promoters:percent"
    blue = Style("short", NO_CUSTOMER, ((None, "blue"),), decimals=0)
    return [
        *place(1, (24, section("Tenure"))),
        *place(
            7,
            (6, bars("Customers by tenure", "Time since they became one.", blue, *ages)),
            (4, stat("Mean tenure", "Years, of the customers of now.", years, Query(mean))),
            (4, stat("Mean lifespan", "Years, of those who left too.", years, Query(lifespan))),
            (
                4,
                stat(
                    "Promoters of long tenure",
                    "Of those whose last NPS answer had a score.",
                    Style("percent", "nobody of long tenure gave a score", decimals=0, maximum=100),
                    Query(promoters),
                ),
            ),
            (6, bars("Long tenure", "From the years that the policy file says.", blue, *groups)),
        ),
    ]


def worth() -> list[Json]:
    """Return lifetime value and what it is made of."""
    factors = {
        "average purchase": Query("desk:deskpulse_lifetime_purchase:mean", "average purchase"),
        "purchases a year": Query("desk:deskpulse_purchases_per_year:ratio", "purchases a year"),
        "lifespan, years": Query("desk:deskpulse_expected_lifespan_years:mean", "lifespan, years"),
    }
    worth = (Query(_LIFETIME_VALUE, "lifetime value"), Query("desk:deskpulse_customer_value_so_far:mean", "so far"))
    counted = [
        Query(f'sum(deskpulse_lifetime_counts{{of="{of}"}})', name, instant=True)
        for of, name in (("customers", "ever a customer"), ("lost", "left"), ("purchases", "purchases"))
    ]
    purchases = [
        Query(f'sum(deskpulse_purchases{{window="$customer_window", purchase="{kind}"}})', name, instant=True)
        for kind, name in (("purchases", "purchases"), ("priced", "with an amount"), ("purchasers", "customers"))
    ]
    revenue = f"sum(deskpulse_purchase_revenue{AT})"
    refunded = f"sum(deskpulse_purchase_refunded{AT})"
    money = (Query(revenue, "revenue"), Query(refunded, "refunded"))
    days = f"max(deskpulse_window_seconds{AT})"
    years = {
        "brought": Query("sum by (year) (deskpulse_tenure_year_revenue)"),
        "left": Query("sum by (year) (deskpulse_tenure_year_lost)"),
        "years lived": Query("sum by (year) (deskpulse_tenure_year_lived_years)"),
        "brings a year": Query("desk:deskpulse_tenure_year_revenue:ratio"),
        "leave a year": Query("desk:deskpulse_tenure_year_lost:ratio"),
    }
    bought = Style("short", "no purchase", ((None, "blue"),), decimals=0)
    ever = Style("short", NO_CUSTOMER, ((None, "blue"),), decimals=0)
    return [
        *place(1, (24, section("What a customer is worth"))),
        *place(
            7,
            (6, stat("Its three factors", "Of all lives so far; their product.", LIVES, *factors.values())),
            (6, lines("Lifetime value and value so far", "In the currency of the events.", LIVES, *worth)),
            (6, bars("What it is made of", "Over all time.", ever, *counted)),
            (6, stat("All revenue", "Of all time.", MONEY, Query("sum(deskpulse_lifetime_revenue)"))),
        ),
        *place(
            7,
            (
                8,
                table(
                    "By year of tenure",
                    "What a year brings and who leaves in it; nothing where less than a year of it was lived.",
                    Style("short", NO_CUSTOMER, decimals=2),
                    years,
                    labels={"year": "year"},
                    units={},
                ),
            ),
            (6, bars("Purchases · $customer_window", "And the customers who made them.", bought, *purchases)),
            (3, stat("The window", "Its length.", Style("s", "no data", decimals=0), Query(days, instant=True))),
            (7, lines("Revenue · trailing $customer_window", "Sum of the amounts.", MONEY, *money)),
        ),
    ]


def effort() -> list[Json]:
    """Return the signals of effort."""
    columns = {
        "signals": Query(f"sum by (signal) (deskpulse_customer_signals{AT})"),
        "customers": Query(f"sum by (signal) (deskpulse_signal_customers{AT})"),
        "of all customers": Query(_of_window("desk:deskpulse_signal_customers:percent")),
        "others": Query(f"sum by (signal) (deskpulse_signal_prospects{AT})"),
    }
    started = Query('sum(deskpulse_forms{window="$customer_window", outcome="started"})', "started")
    given_up = Query(_of_window("desk:deskpulse_form_abandonment:percent"), "abandoned")
    return [
        *place(1, (24, section("Signals of effort"))),
        *place(
            7,
            (
                10,
                linked(
                    table(
                        "Signals · $customer_window",
                        "Abandoned forms, missed calls, uninstalls, visits to the web.",
                        Style("short", "no signal", decimals=0),
                        columns,
                        labels={"signal": "signal"},
                        units={"of all customers": "percent"},
                    ),
                    WHAT_THEY_MET,
                ),
            ),
            (
                4,
                stat(
                    "Forms started · $customer_window",
                    "Each once.",
                    Style("short", "no form_started", decimals=0),
                    started,
                ),
            ),
            (
                4,
                stat(
                    "Forms abandoned · $customer_window",
                    "Of those that were started.",
                    Style("percent", "no form_started", decimals=0, maximum=100),
                    given_up,
                ),
            ),
            (
                6,
                lines(
                    "Signals over time · trailing $customer_window",
                    "Each point covers the window that ends there.",
                    Style("short", "no signal", decimals=0),
                    Query(columns["signals"].expr, "{{signal}}"),
                ),
            ),
        ),
    ]


def contact() -> list[Json]:
    """Return what customers met and said when they wrote, under the variables that tickets and surveys have."""
    at = ('window="$customer_window"',)
    opened = q.count("deskpulse_flow_tickets", "flow", "opened", conditions=('window="24h"',))
    judged = ("satisfied", "other")
    satisfied = q.percent("deskpulse_satisfaction_answers", "group", "satisfied", judged, conditions=at)
    csat = q.percent("deskpulse_csat_answers", "group", "satisfied", judged, conditions=at)
    avoidance = "deskpulse_contact_avoidance_tickets"
    avoided = q.percent(avoidance, "outcome", "avoided", ("matured",), conditions=at, by="days")
    comments = q.total(q.select("deskpulse_bad_comments", *at))
    bad = Style("short", "none, or no worker", decimals=0)
    said = Style("percent", NO_ANSWER, decimals=0, maximum=100)
    back = Style("percent", "no ticket whose days are over", decimals=0, maximum=100)
    tickets = Style("short", "no ticket in 24 h", decimals=2)
    per_customer = f"1000 * {opened} / on () (sum(deskpulse_customers) > 0)"
    return [
        *place(1, (24, section("When they write · by channel, priority, queue and brand"))),
        *place(
            5,
            (5, linked(stat("Tickets a day", "By 1,000 customers.", tickets, Query(per_customer)), WHAT_THEY_MET)),
            (5, linked(stat("Satisfied · $customer_window", _OVER_ALL, said, Query(satisfied)), WHAT_THEY_SAY)),
            (5, linked(stat("CSAT · $customer_window", "On a known scale.", said, Query(csat)), WHAT_THEY_SAY)),
            (5, linked(stat("Bad comments · $customer_window", _LOW, bad, Query(comments)), WHAT_THEY_SAY)),
            (4, stat("Did not come back · $customer_window", _AVOIDED, back, Query(avoided, "{{days}} days"))),
        ),
    ]


def customers() -> Json:
    """Return the whole dashboard."""
    return dashboard(
        uid="deskpulse-customers",
        title="Customers",
        description="Who stays, for how long, what they are worth, and the effort they go to.",
        parts=[staying(), contact(), tenure(), worth(), effort()],
    )
