"""What goes with low scores."""

from __future__ import annotations

from grafana.frame import place
from grafana.links import linked, to
from grafana.panels import Json, Query, Style, section
from grafana.tables import table


def drivers() -> list[Json]:
    """Return what goes with low scores."""
    answers = 'deskpulse_driver_answers{window="$survey_window"%s}'
    n = f"sum by (factor, value) ({answers % ''})"
    at = 'window="$survey_window"'
    columns = {
        "difference": Query(f"sum without (window) (desk:deskpulse_driver_low:difference{{{at}}})"),
        "low": Query(f"sum without (window) (desk:deskpulse_driver_low:percent{{{at}}})"),
        "low otherwise": Query(f"sum without (window) (desk:deskpulse_driver_rest_low:percent{{{at}}})"),
        "n": Query(n),
    }
    grades = ((None, "green"), (5, "orange"), (15, "red"))
    factors = table(
        "What goes with low scores · $survey_window",
        "Share of low answers where it is so of the ticket, less the share where it is not: in points. "
        "It goes with low scores, it need not cause them. Of the whole desk.",
        Style("percent", "no answer about a ticket", grades, decimals=0, minimum=None),
        columns,
        labels={"factor": "factor", "value": "value"},
        units={"n": "short"},
        graded=("difference",),
    )
    slow = to("response-times-and-sla", "How much of that is there? Response times and SLA")
    return [*place(1, (24, section("What goes with low scores"))), *place(10, (24, linked(factors, slow)))]
