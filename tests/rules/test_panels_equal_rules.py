"""A panel over all values of all variables shows what the rules record; over what two workers really export."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from stream.serve.metrics.collector import metrics
from tests.rules.conftest import Tool
from tests.rules.monitoring_files import CHOSEN, FILLED, RULE_FILES, dashboard_expressions, fill, groups
from tests.served import samples, seen


class Same(NamedTuple):
    """A panel's query and the record it equals: where labels are these, in so many samples."""

    record: str
    n: int
    selector: str = ""


_W, _A = f'window="{CHOSEN["window"]}"', 'attribute_to="response"'
_S, _C = f'window="{CHOSEN["survey_window"]}"', f'window="{CHOSEN["customer_window"]}"'
_NPS = f'{_S}, attribute_to="answered"'
_LIVE, _SLA, _SAT, _CUST = "live-desk", "response-times-and-sla", "satisfaction", "customers"

SAME = {
    f"{_LIVE}: First response, p90 · $window A": Same("desk:deskpulse_first_response_seconds:p90", 1, f"{_W}, {_A}"),
    f"{_LIVE}: First responses · $window A": Same("desk:deskpulse_first_responses:sum", 1, f"{_W}, {_A}"),
    f"{_LIVE}: First response time · trailing $window A": Same(
        "desk:deskpulse_first_response_seconds:mean", 1, f"{_W}, {_A}"
    ),
    f"{_LIVE}: NPS · $survey_window A": Same("desk:deskpulse_nps:score", 1, _NPS),
    f"{_LIVE}: NPS with its 95 % interval · trailing $survey_window A": Same("desk:deskpulse_nps:low", 1, _NPS),
    f"{_LIVE}: NPS with its 95 % interval · trailing $survey_window B": Same("desk:deskpulse_nps:high", 1, _NPS),
    f"{_LIVE}: NPS by channel · $survey_window B": Same("channel:deskpulse_nps:score", 3, _NPS),
    f"{_LIVE}: NPS by channel · $survey_window C": Same("channel:deskpulse_nps:low", 3, _NPS),
    f"{_LIVE}: NPS by channel · $survey_window D": Same("channel:deskpulse_nps:high", 3, _NPS),
    f"{_LIVE}: Waiting now A": Same("desk:deskpulse_open_wait_tickets:sum", 1),
    f"{_LIVE}: Longest wait A": Same("desk:deskpulse_open_wait_oldest_seconds:max", 1),
    f"{_LIVE}: Waiting, by promise A": Same("channel:deskpulse_sla_tickets:sum", 4, 'state="breached"'),
    f"{_LIVE}: p95 of the waits so far B": Same("desk:deskpulse_open_wait_seconds:p95", 1),
    f"{_LIVE}: First response time by channel · $window B": Same(
        "channel:deskpulse_first_response_seconds:mean", 2, f"{_W}, {_A}"
    ),
    f"{_LIVE}: First response time by channel · $window F": Same(
        "channel:deskpulse_first_response_seconds:p99", 2, f"{_W}, {_A}"
    ),
    f"{_LIVE}: First response time by channel · $window G": Same(
        "channel:deskpulse_service_level:percent", 1, f'{_W}, variant="A/N"'
    ),
    f"{_SLA}: Breached A": Same("desk:deskpulse_sla_tickets:sum", 1, 'state="breached"'),
    f"{_SLA}: Service level · $window A": Same("desk:deskpulse_service_level_in_force:percent", 1, _W),
    f"{_SLA}: Service level by channel · $window A": Same("channel:deskpulse_service_level_in_force:percent", 1, _W),
    **{
        f"{_SLA}: Service level, all variants · trailing $window {ref}": Same(
            "desk:deskpulse_service_level:percent", 1, f'{_W}, variant="{variant}"'
        )
        for ref, variant in zip("ABCDE", ("A/(N+B)", "A/(N+B-s)", "A/(N+B-b)", "(A+b)/(N+B)", "A/N"), strict=True)
    },
    f"{_SLA}: By business hours · trailing $window A": Same(
        "desk:deskpulse_first_response_business_seconds:mean", 1, f"{_W}, {_A}"
    ),
    f"{_SLA}: By business hours · trailing $window C": Same(
        "desk:deskpulse_first_response_business_seconds:p90", 1, f"{_W}, {_A}"
    ),
    f"{_SLA}: Counting those that wait · trailing $window B": Same(
        "desk:deskpulse_first_response_or_wait_seconds:p90", 1, _W
    ),
    f"{_SLA}: Next reply · trailing $window A": Same("desk:deskpulse_next_reply_seconds:mean", 1, _W),
    f"{_SLA}: Next reply · trailing $window D": Same("desk:deskpulse_next_reply_seconds:p95", 1, _W),
    f"{_SLA}: Second response · trailing $window A": Same("desk:deskpulse_second_response_seconds:mean", 1, _W),
    f"{_SLA}: Second response · trailing $window D": Same("desk:deskpulse_second_response_seconds:p95", 1, _W),
    f"{_SLA}: Last resolution · trailing $window A": Same(
        "desk:deskpulse_resolution_seconds:mean", 1, f'{_W}, which="last"'
    ),
    f"{_SLA}: First resolution · trailing $window B": Same(
        "desk:deskpulse_resolution_seconds:p50", 1, f'{_W}, which="first"'
    ),
    f"{_SLA}: Inflow and outflow · trailing $window C": Same(
        "desk:deskpulse_flow_tickets:sum", 1, f'{_W}, flow="resolved"'
    ),
    f"{_SLA}: Backlog change · trailing $window A": Same("desk:deskpulse_flow_tickets:change", 1, _W),
    f"{_SLA}: Handling by channel · $window B": Same("channel:deskpulse_transferred:percent", 4, _W),
    f"{_SLA}: Handling by channel · $window C": Same("channel:deskpulse_transfers_per_ticket:ratio", 4, _W),
    f"{_SLA}: Handling by channel · $window E": Same("channel:deskpulse_abandoned:percent", 4, _W),
    f"{_SLA}: One touch and reopened · trailing $window A": Same("desk:deskpulse_one_touch:percent", 1, _W),
    f"{_SLA}: One touch and reopened · trailing $window B": Same("desk:deskpulse_reopened:percent", 1, _W),
    f"{_SLA}: Contacts avoided · trailing $survey_window A": Same("desk:deskpulse_contact_avoided:percent", 3, _S),
    f"{_SLA}: Contacts avoided, by days · $survey_window D": Same(
        "desk:deskpulse_contact_avoidance_matured:percent", 3, _S
    ),
    f"{_SAT}: CSAT · $survey_window A": Same("desk:deskpulse_csat:percent", 1, _S),
    f"{_SAT}: Effort · $survey_window A": Same("desk:deskpulse_ces:mean", 1, _S),
    f"{_SAT}: Effort by scale · $survey_window C": Same("desk:deskpulse_ces_low_effort:percent", 1, _S),
    f"{_SAT}: Satisfied · $survey_window A": Same("desk:deskpulse_satisfaction:percent", 1, _S),
    f"{_SAT}: Satisfied by touchpoint · $survey_window A": Same(
        "desk:deskpulse_satisfaction_by_touchpoint:percent", 3, _S
    ),
    f"{_SAT}: Coverage · $survey_window A": Same("desk:deskpulse_survey_coverage:percent", 1, _S),
    f"{_SAT}: Survey coverage by channel and segment · $survey_window C": Same(
        "desk:deskpulse_survey_coverage_by:percent", 3, _S
    ),
    f"{_SAT}: Bad comments · $survey_window A": Same("desk:deskpulse_bad_comments:sum", 1, _S),
    f"{_SAT}: eNPS · $survey_window A": Same("desk:deskpulse_enps:score", 1, _NPS),
    f"{_SAT}: eNPS with its 95 % interval · trailing $survey_window B": Same("desk:deskpulse_enps:high", 1, _NPS),
    f"{_CUST}: Customers A": Same("desk:deskpulse_customers:sum", 1),
    f"{_CUST}: Mean tenure A": Same("desk:deskpulse_customer_tenure_years:mean", 1),
    f"{_CUST}: Mean lifespan A": Same("desk:deskpulse_customer_lifespan_years:mean", 1),
    f"{_CUST}: All revenue A": Same("desk:deskpulse_lifetime_revenue:sum", 1),
    f"{_CUST}: Lost · $customer_window A": Same("desk:deskpulse_customer_cohort:sum", 1, f'{_C}, part="lost"'),
}
DROPPED = "window, attribute_to, state, variant, which, flow, part"
NOT_SCALED = ("_info", "_seconds", "_owned", "_definition")


def _exported() -> dict[str, float]:
    """Return what two workers export, the one six times and a half as busy as the other."""
    text = metrics(seen(), openmetrics=False).decode()  # type: ignore[arg-type]  # View has what is read of a WorkerView
    series: dict[str, float] = {}
    for (name, pairs), value in samples(text).items():
        labels = ",".join(f"{key}='{text}'" for key, text in pairs)
        for instance, scale in (("a", 1.0), ("b", 1.0 if name.endswith(NOT_SCALED) else 6.5)):
            series[f"{name}{{job='deskpulse',instance='{instance}'{',' if labels else ''}{labels}}}"] = value * scale
    return series


def _agreement(where: str, same: Same) -> list[dict[str, object]]:
    (query,) = [e.text for e in dashboard_expressions() if e.where == where.replace(": ", ".json: ", 1)]
    panel = f"({fill(query, FILLED['all'])})"
    rule = f"(sum without ({DROPPED}) ({same.record}{{{same.selector}}}))"
    return [
        {"expr": f"count({each})", "eval_time": "40s", "exp_samples": [{"labels": "{}", "value": same.n}]}
        for each in (panel, rule, f"abs({panel} - {rule}) < 1e-9")
    ]


@pytest.mark.parametrize("board", [_LIVE, _SLA, _SAT, _CUST])
def test_a_panel_over_everything_shows_the_number_that_the_rules_record(
    promtool: Tool, tmp_path: Path, board: str
) -> None:
    agreements = [_agreement(where, same) for where, same in SAME.items() if where.startswith(f"{board}: ")]
    assert agreements
    example = {
        "interval": "10s",
        "input_series": [{"series": series, "values": f"{value}x4"} for series, value in _exported().items()],
        "promql_expr_test": [each for agreement in agreements for each in agreement],
    }
    path = tmp_path / "same.test.yml"
    path.write_text(
        yaml.safe_dump(
            {
                "rule_files": [str(file) for file in RULE_FILES],
                "evaluation_interval": "10s",
                "group_eval_order": [group["name"] for group in groups() if not group["name"].endswith("_alerts")],
                "tests": [example],
            }
        )
    )
    promtool("test", "rules", path)
