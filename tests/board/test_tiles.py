"""What tiles say is what the report says of the same totals, of all tickets or only of some."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.board.layout import MOST_ROWS_SENT
from stream.board.metric import METRICS
from stream.board.slices import Slices
from stream.board.tiles import says
from stream.core.definitions import Definitions
from stream.core.policy import Policy
from stream.core.windows import HOUR_US
from stream.numbers.interval import wilson_percent
from stream.report.document import report
from tests.board.desks import said, tile, totals
from tests.events import answered, desk_events, opened, responded
from tests.served import STORY
from tests.tries import tries

POLICY = Policy(nps_min_n=1)
Report = dict[str, list[dict[str, Any]]]


def _row(shown: Report, section: str, **where: object) -> dict[str, Any]:
    found = [row for row in shown[section] if not row["labels"] and where.items() <= row.items()]
    assert len(found) == 1, (section, where, found)
    return found[0]


def _first(shown: Report, window: str) -> dict[str, Any]:
    return _row(shown, "first_response", window=window, attribute_to="response")


# What each metric is in the report: its value, and of how many it is made.
IN_REPORT: dict[str, Callable[[Report, str], tuple[object, object]]] = {
    "waiting": lambda r, _: (_row(r, "open_wait")["n"], _row(r, "open_wait")["n"]),
    "longest_wait": lambda r, _: (_row(r, "open_wait")["oldest_seconds"], _row(r, "open_wait")["n"]),
    "at_risk": lambda r, _: _promised(r, "sla", "at_risk"),
    "breached": lambda r, _: _promised(r, "sla", "breached"),
    "replies_waiting": lambda r, _: (_row(r, "reply_wait")["n"], _row(r, "reply_wait")["n"]),
    "longest_reply_wait": lambda r, _: (_row(r, "reply_wait")["oldest_seconds"], _row(r, "reply_wait")["n"]),
    "reply_at_risk": lambda r, _: _promised(r, "reply_sla", "at_risk"),
    "reply_breached": lambda r, _: _promised(r, "reply_sla", "breached"),
    "backlog": lambda r, _: (_row(r, "backlog")["n"], _row(r, "backlog")["n"]),
    "backlog_ages": lambda r, _: (sum(_row(r, "backlog")["ages"].values()), _row(r, "backlog")["n"]),
    "agents": lambda r, w: (_row(r, "agents", window=w)["n"],) * 2,
    "frt_mean": lambda r, w: (_first(r, w)["mean_seconds"], _first(r, w)["n"]),
    "frt_median": lambda r, w: (_first(r, w)["p50_seconds"], _first(r, w)["n"]),
    "frt_p90": lambda r, w: (_first(r, w)["p90_seconds"], _first(r, w)["n"]),
    "frt_business_p90": lambda r, w: (
        _row(r, "first_response_business", window=w, attribute_to="response")["p90_seconds"],
        _row(r, "first_response_business", window=w, attribute_to="response")["n"],
    ),
    "service_level": lambda r, w: (
        _row(r, "service_level", window=w)["levels"]["A/(N+B-s)"],
        _row(r, "service_level", window=w)["answered"] + _row(r, "service_level", window=w)["abandoned"],
    ),
    "answered_on_time": lambda r, w: (
        _row(r, "service_level", window=w)["levels"]["A/N"],
        _row(r, "service_level", window=w)["answered"],
    ),
    "next_reply_p90": lambda r, w: (
        _row(r, "next_reply", window=w)["p90_seconds"],
        _row(r, "next_reply", window=w)["n"],
    ),
    "second_response_p90": lambda r, w: (
        _row(r, "second_response", window=w)["p90_seconds"],
        _row(r, "second_response", window=w)["n"],
    ),
    "inflow": lambda r, w: (_flow(r, w, "opened", "reopened"),) * 2,
    "outflow": lambda r, w: (_flow(r, w, "resolved", "abandoned"),) * 2,
    "in_out": lambda r, w: (
        _row(r, "flow", window=w)["change"],
        _flow(r, w, "opened", "reopened", "resolved", "abandoned"),
    ),
    "resolution_median": lambda r, w: (
        _row(r, "resolution", window=w, which="first")["p50_seconds"],
        _row(r, "resolution", window=w, which="first")["n"],
    ),
    "one_touch": lambda r, w: (
        _row(r, "quality", window=w)["one_touch_rate"],
        _row(r, "quality", window=w)["resolved"],
    ),
    "reopened": lambda r, w: (_row(r, "quality", window=w)["reopen_rate"], _row(r, "quality", window=w)["resolved"]),
    "abandonment": lambda r, w: (
        _row(r, "handling", window=w)["abandonment_rate"],
        _row(r, "handling", window=w)["offered"],
    ),
    "inflow_vs_usual": lambda r, _: (
        _row(r, "baseline", metric="inflow")["now"],
        _row(r, "baseline", metric="inflow")["n"],
    ),
    "nps": lambda r, w: (_nps(r, w)["score"], _nps(r, w)["n"]),
    "csat": lambda r, w: (_row(r, "csat", window=w)["percent"], _row(r, "csat", window=w)["n"]),
    "ces": lambda r, w: (_row(r, "ces", window=w, scale=7)["mean"], _row(r, "ces", window=w, scale=7)["n"]),
    "survey_coverage": lambda r, w: (_row(r, "coverage", window=w)["coverage"], _row(r, "coverage", window=w)["sent"]),
    "bad_comments": lambda r, w: (_row(r, "bad_comments", window=w)["n"],) * 2,
    "retention": lambda r, w: (_row(r, "customers", window=w)["retention"], _row(r, "customers", window=w)["start"]),
    "churn": lambda r, w: (_row(r, "customers", window=w)["churn"], _row(r, "customers", window=w)["start"]),
    "win_back_rate": lambda r, w: (
        _row(r, "customers", window=w)["win_back_rate"],
        _row(r, "customers", window=w)["lapsed"],
    ),
    "form_abandonment": lambda r, w: (_row(r, "forms", window=w)["rate"], _row(r, "forms", window=w)["started"]),
    "customers": lambda r, _: (_row(r, "tenure")["customers"],) * 2,
}
# What the report has no section for yet.


def _promised(shown: Report, section: str, state: str) -> tuple[int, int]:
    row = _row(shown, section)
    return row[state], row["n"] - row["without_target"]


def _flow(shown: Report, window: str, *flows: str) -> int:
    return sum(_row(shown, "flow", window=window)[flow] for flow in flows)


def _nps(shown: Report, window: str) -> dict[str, Any]:
    return _row(shown, "nps", window=window, attribute_to="answered")


def test_every_metric_is_compared_with_the_report_here() -> None:
    assert IN_REPORT.keys() == METRICS.keys()


@pytest.mark.parametrize("name", IN_REPORT)
def test_a_tile_of_all_tickets_says_what_the_report_says(name: str) -> None:
    of, metric = totals(policy=POLICY), METRICS[name]
    shown = report(of, POLICY)
    for window in metric.windows(POLICY) or (None,):
        text = f"metric: {name}" + (f", window: {window}" if window else "")
        told = said(text, of, POLICY)
        assert (told["value"], told["n"]) == IN_REPORT[name](shown, window or ""), window


def test_the_story_gives_nearly_every_metric_a_value() -> None:
    """Else the comparison above would compare nothing with nothing."""
    of = totals(policy=POLICY)
    silent = {name for name in IN_REPORT if said(f"metric: {name}", of, POLICY)["value"] is None}
    assert silent == set()


CHANNEL_OF = {"T0": "chat", "T1": "chat", "T2": "phone", "T3": "email"}
LABELLED = [metric for metric in METRICS.values() if metric.labelled]


def _with_channels(events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give each ticket, and its surveys, one channel for good, so that the events can be told apart by channel."""
    return [event | {"channel": CHANNEL_OF.get(event.get("ticket_id", ""), "chat")} for event in events]


@settings(max_examples=tries(20))
@given(desk_events(), st.sampled_from([("chat",), ("phone",), ("chat", "phone"), ("email", "chat")]))
def test_a_filter_is_the_same_as_a_desk_that_has_nothing_else(
    events: list[dict[str, Any]], channels: tuple[str, ...]
) -> None:
    drawn = _with_channels(events)
    everything = Slices(totals(drawn, POLICY, 8100), POLICY)
    alone = Slices(totals([event for event in drawn if event["channel"] in channels], POLICY, 8100), POLICY)
    for metric in LABELLED:
        if metric.name == "agents" and not alone.totals.agents:
            continue  # whether a desk names its agents is no matter of a filter
        for window in metric.windows(POLICY)[:2] or ("",):
            over = f", window: {window}" if window else ""
            filtered = tile(f"metric: {metric.name}{over}, filter: {{channel: [{', '.join(channels)}]}}", POLICY)
            assert says(filtered, everything) == says(tile(f"metric: {metric.name}{over}", POLICY), alone), metric.name


@settings(max_examples=tries(10))
@given(desk_events())
def test_a_row_is_the_same_as_a_tile_that_is_filtered_by_it(events: list[dict[str, Any]]) -> None:
    slices = Slices(totals(_with_channels(events), POLICY, 8100), POLICY)
    for metric in LABELLED:
        told = says(tile(f"metric: {metric.name}, by: channel", POLICY), slices)
        assert told["more"] == 0
        for row in told["rows"]:
            alone = says(tile(f"metric: {metric.name}, filter: {{channel: {row['label']}}}", POLICY), slices)
            assert {key: row[key] for key in ("value", "n", "low", "high")} == {
                key: alone[key] for key in ("value", "n", "low", "high")
            }, (metric.name, row)


def test_a_ratio_of_two_channels_is_made_of_their_sums_and_is_no_average_of_their_ratios() -> None:
    """Nine chats in time and one phone call late are 90 %, not (100 % + 0 %) / 2."""
    chats = [event for i in range(9) for event in (opened(f"C{i}", channel="chat"), responded(f"C{i}", 60))]
    calls = [opened("P", channel="phone"), responded("P", 3000)]
    of = totals([*chats, *calls, opened("E", channel="email"), responded("E", 2000)])
    both = said("metric: answered_on_time, window: 1h, filter: {channel: [chat, phone]}", of)
    assert (both["value"], both["n"], both["parts"]) == (90.0, 10, {"on_time": 9, "late": 1})
    mean = said("metric: frt_mean, window: 1h, filter: {channel: [chat, phone]}", of)
    assert mean["value"] == (9 * 60 + 3000) / 10


def test_a_board_has_a_filter_that_a_tile_narrows_and_replaces() -> None:
    of, board_of_billing = totals(), "filter: {queue: billing}"
    assert said("metric: waiting", of, more=board_of_billing)["value"] == 1
    assert said("metric: waiting, filter: {queue: sales}", of, more=board_of_billing)["value"] == 1
    assert said("metric: waiting, filter: {channel: chat}", of, more=board_of_billing)["value"] == 0
    assert said("metric: customers", of, more=board_of_billing)["value"] == said("metric: customers", of)["value"]


def test_no_data_is_not_zero_and_a_count_of_nothing_is() -> None:
    nothing = totals([opened("T", channel="chat"), responded("T", 1, agent_id="ann")])
    for name, metric in METRICS.items():
        told = said(f"metric: {name}, filter: {{channel: phone}}" if metric.labelled else f"metric: {name}", nothing)
        counts = metric.unit in ("count", "per_hour")
        assert (told["value"] is None) is not counts, name
        assert (told["why"], told["level"]) == ((None, "neutral") if counts else ("no_data", "unknown")), name
        assert told["n"] in (0, None) or name in ("customers", "inflow_vs_usual"), name


def test_an_nps_of_too_few_answers_is_not_shown_but_how_many_there_are_is() -> None:
    few = totals([answered(f"S{i}", 1, 9) for i in range(4)])
    told = said("metric: nps, window: 24h", few)
    assert (told["value"], told["n"], told["why"], told["level"]) == (None, 4, "too_few", "unknown")
    enough = said("metric: nps, window: 24h", totals([answered(f"S{i}", 1, 9) for i in range(5)]))
    assert (enough["value"], enough["why"]) == (100.0, None)
    assert enough["low"] < enough["value"] == enough["high"]


def test_scores_have_the_interval_of_the_report_and_shares_that_of_wilson() -> None:
    of = totals(policy=POLICY)
    nps = _nps(report(of, POLICY), "30d")
    told = said("metric: nps, window: 30d", of, POLICY)
    assert (told["low"], told["high"]) == (nps["low"], nps["high"])
    csat = said("metric: csat, window: 30d", of, POLICY)
    assert csat["low"] < csat["value"] < csat["high"]


def test_the_interval_of_a_share_is_that_of_a_worked_example() -> None:
    # 10 of 20: centre (0.5 + 1.96^2/40) / (1 + 1.96^2/20), margin 1.96 sqrt(0.25/20 + 1.96^2/1600) / (1 + 1.96^2/20)
    assert wilson_percent(10, 20) == (pytest.approx(29.93, abs=0.005), pytest.approx(70.07, abs=0.005))
    assert wilson_percent(20, 20)[1] == 100
    assert wilson_percent(0, 20)[0] == 0
    assert wilson_percent(0, 0) == (None, None)


def test_effort_is_that_of_the_scale_that_the_policy_asks_on_and_its_good_side_is_the_policys() -> None:
    ease = Policy(definitions=Definitions(ces_scale=5, ces_ease=True))
    of = totals([answered("S1", 1, 4, instrument="ces"), answered("S2", 1, 9, instrument="ces", scale_max=10)], ease)
    told = said("metric: ces, window: 24h, target: 3.5", of, ease)
    assert (told["value"], told["n"], told["level"]) == (4, 1, "good")
    hard = Policy()
    of = totals([answered("S1", 1, 4, instrument="ces")], hard)
    assert said("metric: ces, window: 24h, target: 3.5", of, hard)["level"] == "bad"


def test_a_target_of_the_policy_is_each_rows_own_and_none_where_promises_differ() -> None:
    told = said("metric: frt_p90, window: 1h, target: policy, by: channel", totals(STORY))
    assert (told["target"], told["why"], told["level"]) == (None, "no_target", "neutral")
    targets = {row["label"]: (row["target"], row["level"]) for row in told["rows"]}
    assert targets["chat"] == (120.0, "good")
    assert targets["unknown"] == (None, "neutral")
    one = said("metric: frt_p90, window: 1h, target: policy, filter: {channel: chat}")
    assert (one["target"], one["level"], one["why"]) == (120.0, "good", None)
    late = said("metric: longest_wait, target: policy, filter: {channel: chat}")
    assert (late["target"], late["level"]) == (120.0, "bad")


def test_a_target_for_a_sum_is_none_for_its_rows() -> None:
    told = said("metric: waiting, by: channel, target: 1")
    assert told["level"] == "bad"
    assert {row["level"] for row in told["rows"]} == {"neutral"}


def test_rows_are_in_the_order_of_their_labels_and_the_smallest_are_left_out_and_counted() -> None:
    events = [
        opened(f"{queue}-{i}", queue=queue) for queue in "abcdefghijklmn" for i in range(1 if queue in "ce" else 2)
    ]
    told = said("metric: waiting, by: queue", totals([*events, opened("T"), opened("U")]))
    labels = [row["label"] for row in told["rows"]]
    assert len(labels) == MOST_ROWS_SENT
    assert told["more"] == 3
    assert labels == list("abdfghijklmn")
    assert told["value"] == 28


def test_the_present_is_compared_with_the_weeks_before() -> None:
    week = 7 * 24 * 3600
    before = [opened(f"W{w}-{i}", -w * week + i) for w in (1, 2) for i in range(3)]
    first = opened("first", -5 * week)
    told = said("metric: inflow_vs_usual", totals([first, *before, opened("T", 1)], now=1800))
    assert (told["value"], told["low"], told["high"], told["parts"]) == (1, 0, 3, {"usual": 1.5})
    assert told["level"] == "good"
    many = [opened(f"M{i}", i) for i in range(9)]
    assert said("metric: inflow_vs_usual", totals([first, *before, *many], now=1800))["level"] == "warn"


def test_everything_a_tile_says_is_of_the_instant_of_the_snapshot() -> None:
    of = totals()
    assert said("metric: waiting", of)["fresh_as_of"] == report(of, Policy())["as_of"]
    assert of.as_of_us % HOUR_US
