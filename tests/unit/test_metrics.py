"""The number of every family in the metrics, from a small story through the real core."""

from __future__ import annotations

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics

from stream.core.snapshot import Totals
from stream.metric_names import METRICS
from stream.serve.metrics.collector import metrics
from tests.events import opened, responded
from tests.served import DAY, HOUR, YEAR, View, absent, samples, seen, value


def _text(view: View, *, openmetrics: bool = False) -> str:
    return metrics(view, openmetrics=openmetrics).decode()  # type: ignore[arg-type]  # View has what is read of a WorkerView


FOUND = samples(_text(seen()))


def _has(name: str, expected: float, **labels: str) -> None:
    assert value(FOUND, f"deskpulse_{name}", **labels) == expected, (name, labels)


def test_first_response_time_is_measured_by_either_clock():
    by_response = {"window": "all", "attribute_to": "response", "channel": "email"}
    _has("first_response_seconds_gsum", 2 * HOUR, **by_response)
    _has("first_response_business_seconds_gcount", 2, **by_response)
    # On a Sunday afternoon and early on a Tuesday the hours of a queue have none.
    _has("first_response_business_seconds_gsum", 0, **by_response)
    _has("first_response_business_seconds_gsum", 90, window="24h", attribute_to="opened", channel="chat")


def test_a_reply_to_a_customer_who_wrote_again_is_a_next_reply():
    _has("next_reply_seconds_gcount", 1, window="24h")
    _has("next_reply_seconds_gsum", 120, window="24h")
    _has("next_reply_seconds_bucket", 1, window="1h", le="120.0")
    _has("next_reply_seconds_bucket", 0, window="1h", le="60.0")


def test_the_first_and_the_last_resolution_are_told_apart():
    chat = {"window": "24h", "channel": "chat"}
    _has("resolution_seconds_gsum", 600, which="first", **chat)
    _has("resolution_seconds_gsum", 1200, which="last", **chat)


def test_a_distribution_is_whole_in_some_windows_and_has_only_n_and_sum_in_the_others():
    whole = {"window": "24h", "which": "last"}
    assert not absent(FOUND, "deskpulse_resolution_seconds_bucket", le="3600.0", **whole)
    rest = {"window": "all", "which": "last"}
    assert absent(FOUND, "deskpulse_resolution_seconds_bucket", le="3600.0", **rest)
    _has("resolution_seconds_bucket", 3, le="+Inf", **rest)
    _has("resolution_seconds_gsum", 7200 + 1200 + 3000, **rest)


def test_flow_counts_what_came_and_what_went():
    for flow, count in {"opened": 7, "reopened": 1, "resolved": 3, "abandoned": 1, "retracted": 1}.items():
        _has("flow_tickets", count, window="24h", flow=flow)
    _has("flow_tickets", 9, window="all", flow="opened")
    _has("invariant_error_tickets", 0)


def test_flow_is_zero_and_not_absent_where_there_was_a_ticket_once():
    quiet = {"window": "5m", "channel": "email", "queue": "billing"}
    assert not absent(FOUND, "deskpulse_flow_tickets", **quiet)
    _has("flow_tickets", 0, **quiet)
    assert absent(FOUND, "deskpulse_handling_tickets", **quiet)


def test_waiting_tickets_are_on_time_at_risk_breached_or_without_a_target():
    _has("sla_tickets", 1, state="on_time", channel="email")
    _has("sla_tickets", 1, state="at_risk", channel="phone")
    _has("sla_tickets", 1, state="breached", channel="chat")
    _has("sla_tickets", 1, state="without_target", channel="unknown")
    assert value(FOUND, "deskpulse_sla_tickets") == value(FOUND, "deskpulse_open_wait_tickets") == 4


def test_a_call_given_up_at_once_and_a_chat_answered_in_time_are_contacts_with_a_target():
    _has("service_level_contacts", 1, window="24h", contact="answered")
    _has("service_level_contacts", 1, window="24h", contact="answered_within")
    for contact in ("abandoned", "abandoned_within", "abandoned_short"):
        _has("service_level_contacts", 1, window="24h", contact=contact, channel="phone")


def test_transfers_escalations_and_contacts_given_up_are_counted_by_the_opening():
    counts = {"opened": 7, "transferred": 1, "transfers": 2, "escalated": 1, "offered": 7, "given_up": 1}
    for handling, count in counts.items():
        _has("handling_tickets", count, window="24h", handling=handling)


def test_resolved_tickets_are_one_touch_or_reopened():
    for quality, count in {"resolved": 2, "one_touch": 1, "reopened": 1}.items():
        _has("resolved_tickets", count, window="24h", quality=quality)


def test_a_contact_is_avoided_for_one_day_and_not_for_two():
    for days, avoided in {"1": 1, "2": 0, "3": 0}.items():
        _has("contact_avoidance_tickets", 1, window="30d", days=days, outcome="matured")
        _has("contact_avoidance_tickets", avoided, window="30d", days=days, outcome="avoided")
        _has("contact_avoidance_immature_tickets", 1, days=days, channel="chat")
    assert absent(FOUND, "deskpulse_contact_avoidance_tickets", window="all")
    assert absent(FOUND, "deskpulse_contact_avoidance_tickets", window="ahead")


def test_csat_is_judged_on_the_scale_of_the_answer():
    for group in ("satisfied", "other", "unscored", "unscaled"):
        _has("csat_answers", 1, window="24h", group=group)


def test_effort_is_counted_and_added_up_by_scale():
    _has("ces_answers", 1, window="24h", scale="7", group="low_effort")
    _has("ces_answers", 1, window="24h", scale="7", group="other")
    _has("ces_score", 8, window="24h", scale="7")


def test_answers_to_all_instruments_are_satisfied_or_not_by_touchpoint():
    _has("satisfaction_answers", 1, window="24h", touchpoint="chat", group="satisfied")
    _has("satisfaction_answers", 1, window="24h", touchpoint="shop", group="satisfied")
    _has("satisfaction_answers", 2, window="24h", touchpoint="unknown", group="other")


def test_promoters_among_customers_and_employees_are_apart():
    _has("nps_answers", 1, window="24h", attribute_to="answered", group="promoter")
    _has("nps_answers", 1, window="30d", attribute_to="sent", group="detractor")
    _has("nps_unscored", 1, window="24h", attribute_to="answered")
    _has("enps_answers", 1, window="24h", attribute_to="answered", group="promoter")
    _has("enps_unscored", 1, window="24h", attribute_to="answered")


def test_coverage_counts_surveys_that_are_mature_and_the_others_apart():
    _has("surveys", 2, window="7d", outcome="sent", channel="email")
    _has("surveys", 1, window="7d", outcome="answered", channel="email")
    assert absent(FOUND, "deskpulse_surveys", window="all")
    _has("surveys_immature", 1, channel="chat")
    _has("surveys_immature", 1)
    for value_, answered in {"gold": 1, "blue": 0}.items():
        by_segment = {"window": "7d", "by": "segment", "value": value_}
        _has("surveys_by", 1, outcome="sent", **by_segment)
        _has("surveys_by", answered, outcome="answered", **by_segment)


def test_a_low_score_with_words_to_it_is_a_bad_comment():
    _has("bad_comments", 1, window="1h")


def test_low_scores_are_counted_by_what_is_known_of_the_ticket():
    _has("driver_answers", 1, window="24h", factor="reopened", value="yes", group="other")
    _has("driver_answers", 0, window="24h", factor="reopened", value="yes", group="low")
    _has("driver_answers", 1, window="24h", factor="transferred", value="no", group="low")
    _has("driver_answers", 2, window="24h", factor="frt_band", value="<1h")


def test_customers_come_stay_and_go():
    _has("customers", 1)
    assert not absent(FOUND, "deskpulse_customer_cohort", window="5m", part="lost")
    _has("customer_cohort", 0, window="5m", part="lost")
    _has("customer_tenure_customers", 1, age="3-5y")
    _has("customer_tenure_customers", 1)
    _has("customer_tenure_years", pytest.approx((4 * YEAR + 3599) / YEAR))
    for group in ("all", "scored", "promoter"):
        _has("long_tenure_customers", 1, group=group)
    _has("customer_lifespans", 2)
    _has("customer_lifespan_years", pytest.approx((4 * YEAR + 3599 + 9 * DAY) / YEAR))


def test_purchases_are_counted_and_their_amounts_added_up():
    for purchase, count in {"purchases": 3, "priced": 2, "purchasers": 2}.items():
        _has("purchases", count, window="30d", purchase=purchase)
    _has("purchase_revenue", 150, window="30d")
    _has("purchase_refunded", 9.5, window="30d")
    _has("purchases", 1, window="30d", purchase="refunds")


def test_what_customers_ever_brought_has_no_window():
    _has("lifetime_revenue", 140.5)
    for of, count in {"purchases": 2, "customers": 2, "lost": 1}.items():
        _has("lifetime_counts", count, of=of)
    _has("tenure_year_revenue", 40, year="1")
    _has("tenure_year_lost", 1, year="1")
    _has("tenure_year_lived_years", pytest.approx(1 + 9 * DAY / YEAR), year="1")
    _has("tenure_year_lived_years", 1, year="3")


def test_signals_are_counted_once_a_signal_and_once_a_customer():
    _has("customer_signals", 2, window="24h", signal="call_missed")
    _has("signal_customers", 1, window="24h", signal="call_missed")
    _has("signal_prospects", 0, window="24h", signal="call_missed")
    _has("signal_prospects", 1, window="24h", signal="form_abandoned")
    for outcome, count in {"started": 2, "abandoned": 1}.items():
        _has("forms", count, window="24h", outcome=outcome)


def test_the_same_hour_of_the_weeks_that_are_known_stands_beside_this_one():
    for week, (inflow, backlog) in {"0": (5, 5), "1": (0, 1), "2": (0, 0)}.items():
        _has("baseline_tickets", inflow, metric="inflow", week=week)
        _has("baseline_tickets", backlog, metric="backlog", week=week)
    assert absent(FOUND, "deskpulse_baseline_tickets", week="3")
    _has("baseline_first_response_seconds_bucket", 2, week="0", le="3600.0")
    assert absent(FOUND, "deskpulse_baseline_first_response_seconds_bucket", week="1")


def test_metrics_name_the_definitions_in_force_and_the_instant_until_which_numbers_are_final():
    _has("variant_info", 1, service_level="A/(N+B-s)", responder="human")
    assert [dict(labels)["digest"] for name, labels in FOUND if name == "deskpulse_policy_info"]
    _has("final_until_timestamp_seconds", value(FOUND, "deskpulse_watermark_timestamp_seconds") - HOUR)


def test_alerts_and_reloads_are_counted_from_zero_so_that_the_first_is_seen():
    for kind in ("sla.at_risk", "sla.breached", "survey.bad_comment"):
        assert not absent(FOUND, "deskpulse_alerts_total", kind=kind)
    for result in ("ok", "failed"):
        assert not absent(FOUND, "deskpulse_policy_reloads_total", result=result)


def test_the_shares_of_two_workers_add_up_to_the_desk():
    view = seen()
    twice = Totals.merge([view.totals, _other_partition(view.totals)])
    view.totals = twice
    doubled = samples(_text(view))
    for sample in ("deskpulse_flow_tickets", "deskpulse_purchase_revenue", "deskpulse_next_reply_seconds_gsum"):
        assert value(doubled, sample) == 2 * value(FOUND, sample)


def _other_partition(totals: Totals | None) -> Totals:
    assert totals is not None
    fields = {name: getattr(totals, name) for name in Totals.__dataclass_fields__}
    return Totals(**fields | {"partitions": (1,)})


def test_both_formats_say_the_same():
    view = seen()
    parsed = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in parse_openmetrics(_text(view, openmetrics=True) + "# EOF\n")
        for sample in family.samples
    }
    assert parsed == samples(_text(view))


def test_help_texts_need_no_escaping():
    for metric in METRICS:
        assert not set(metric.help) & set('\\\n"'), metric.name


def test_label_values_that_need_escaping_arrive_as_they_were():
    odd = 'back\\slash "quoted"'
    view = seen([opened("T", channel="chat", queue=odd), responded("T", 5)])
    found = samples(_text(view))
    assert value(found, "deskpulse_first_responses", window="1h", attribute_to="response", queue=odd) == 1


def test_without_labels_a_number_has_none():
    found = samples(_text(seen(labels="")))
    assert found["deskpulse_sla_tickets", (("state", "breached"),)] == 1
    assert found["deskpulse_open_wait_tickets", ()] == 4
