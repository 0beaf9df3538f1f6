"""What counts as a difference: everything but what the buckets of quantiles and the division of floats allow."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from stream.verify.compare import compare, compare_sum
from stream.verify.layout import numbers
from stream.verify.options import Options
from stream.verify.registry import SECTIONS, sections
from stream.verify.section import Family
from stream.verify.summed import WorkersDisagreeError, summed
from stream.verify.windows import Today
from tests.verify.story import Desk, Story, one, policy, row, target

Report = dict[str, Any]
Change = Callable[[Report], object]


def told(story: Story) -> Story:
    for i in range(12):
        story.opened(f"T{i}", f"{i:02}:00", channel="chat" if i % 2 else "email")
        if i % 3:
            story.responded(f"T{i}", f"{i:02}:{10 + i}")
        story.answered(f"S{i}", f"{i:02}:30", i % 11, ticket_id=f"T{i}")
    return story


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Every test of this file compares it with something, none changes it."""
    return Desk(tmp_path_factory.mktemp("expected")).snapshot(told(Story()))


def changed(report: Report, change: Change) -> Report:
    copied = copy.deepcopy(report)
    change(copied)
    return copied


def test_a_report_does_not_differ_from_itself_after_json(expected: Report) -> None:
    found = compare(expected, json.loads(json.dumps(expected)))
    assert found.differences == []
    assert found.unchecked == []
    assert found.numbers > 2_000


def test_a_section_that_is_switched_off_is_not_compared_and_must_not_be_there(expected: Report) -> None:
    def switch_off(report: Report) -> None:
        report["policy"]["numbers_off"] = ["ces"]

    wanted = changed(expected, lambda report: (switch_off(report), report.pop("ces")))
    found = compare(wanted, json.loads(json.dumps(wanted)))
    assert (found.differences, found.unchecked) == ([], ["ces: switched off"])
    still_there = changed(expected, switch_off)
    (difference,) = compare(wanted, still_there).differences
    assert (difference.path, difference.expected) == ("ces", "switched off")


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("version", lambda report: report.update(version=2)),
        ("as_of", lambda report: report.update(as_of="2026-03-02T12:00:00.000001Z")),
        ("variants.responder", lambda report: report["variants"].update(responder="any")),
        ("windows.5m.start", lambda report: report["windows"]["5m"].update(start="2026-03-02T11:55:00.000000Z")),
        ("windows.all.end", lambda report: report["windows"]["all"].pop("end")),
        ("tickets.opened", lambda report: report["tickets"].update(opened=11)),
        ("tickets.held", lambda report: report.pop("tickets")),
        *(
            (f"first_response.opened.{name}", lambda report, name=name, wrong=wrong: _frt(report).update({name: wrong}))
            for name, wrong in (
                *(("n", 9), ("n", "8"), ("n", True), ("n", None), ("sum_seconds", 7_680.000002)),
                *(("mean_seconds", 960.00001), ("mean_seconds", None), ("p50_seconds", 984.1), ("p99_seconds", 0)),
            )
        ),
        ("first_response.opened.p50_seconds", lambda report: _frt(report).pop("p50_seconds")),
        ("first_response.opened.le.900", lambda report: _frt(report)["le"].update({"900": 5})),
        ("first_response.opened.le.+Inf", lambda report: _frt(report)["le"].pop("+Inf")),
        ("first_response.opened.n", lambda report: report["first_response"].remove(_frt(report))),
        ("first_response rows", lambda report: report["first_response"].append(_frt(report))),
        ("first_response.invented row", lambda report: _frt(report).update(attribute_to="invented")),
        ("open_wait.oldest_seconds", lambda report: row(report, "open_wait").update(oldest_seconds=43_200.00001)),
        ("backlog.ages.1-4h", lambda report: row(report, "backlog")["ages"].update({"1-4h": 4})),
        ("backlog.longer_than.24h", lambda report: row(report, "backlog")["longer_than"].update({"24h": 1})),
        ("backlog.n", lambda report: report["backlog"].remove(row(report, "backlog", channel="chat"))),
        ("backlog.n", lambda report: report.pop("backlog")),
        ("nps.answered.score", lambda report: row(report, "nps", to="answered").update(score=None)),
        ("nps.answered.low", lambda report: row(report, "nps", to="answered").update(low=-100.0)),
    ],
)
def test_every_wrong_value_is_a_difference(expected: Report, path: str, change: Change) -> None:
    found = compare(expected, changed(expected, change))
    assert path in {difference.path for difference in found.differences}


def _frt(report: Report) -> Report:
    return row(report, "first_response", "all", "opened")


@pytest.mark.parametrize(
    "change",
    [
        # p50 is exactly 960 s: T1 T2 T4 T5 T7 T8 T10 T11 waited 11 12 14 15 17 18 20 21 minutes; the 4th is 15 min
        lambda report: _frt(report).update(p50_seconds=900 * 1.0249),
        lambda report: _frt(report).update(p50_seconds=900 / 1.0249),
        lambda report: _frt(report).update(sum_seconds=_frt(report)["sum_seconds"] + 5e-7),
        lambda report: _frt(report).update(sum_seconds=round(_frt(report)["sum_seconds"])),
    ],
)
def test_what_buckets_and_floats_allow_is_none(expected: Report, change: Change) -> None:
    assert _frt(expected)["p50_seconds"] == 900.0
    assert compare(expected, changed(expected, change)).differences == []


def test_a_row_without_data_may_be_left_out_and_a_total_may_not(desk: Desk, story: Story) -> None:
    expected = desk.snapshot(story)
    short = changed(expected, lambda report: report["nps"].pop())
    found = compare(expected, short).differences
    assert [(difference.path, difference.expected, repr(difference.actual)) for difference in found] == [
        ("nps.sent.n", 0, "missing")
    ]
    story.opened("T", "10:00", channel="chat")
    told_more = desk.snapshot(story)
    zero = {**row(expected, "backlog"), "labels": {"channel": "email"}}
    longer = changed(told_more, lambda report: report["backlog"].append(zero))
    assert compare(told_more, longer).differences == []


def test_a_section_that_the_oracle_has_and_the_snapshot_lacks_is_a_difference(expected: Report) -> None:
    for section, entries in expected.items():
        if section in SECTIONS and any(not entry["labels"] for entry in entries):
            lacking = changed(expected, lambda report, section=section: report.pop(section))
            assert compare(expected, lacking).differences != [], section


def test_a_row_of_something_that_never_was_is_a_difference_unless_it_has_no_numbers(desk: Desk, story: Story) -> None:
    expected = desk.snapshot(busy(story))
    for section, key in (("drivers", "value"), ("satisfaction", "touchpoint"), ("preferred_channel", "channel")):
        invented = {**next(entry for entry in expected[section] if entry[key] and entry["n"]), key: "invented"}
        told_more = changed(expected, lambda report, section=section, row=invented: report[section].append(row))
        assert [
            difference.path.endswith("invented row") for difference in compare(expected, told_more).differences
        ] == [True]
        names = numbers(section, invented)
        empty = {**invented, **{name: 0 if type(value) is int else None for name, value in names.items()}}
        padded = changed(expected, lambda report, section=section, row=empty: report[section].append(row))
        assert compare(expected, padded).differences == []


def test_medians_of_weeks_are_compared_within_their_buckets_and_counts_of_them_exactly(
    desk: Desk, story: Story
) -> None:
    mondays = ("2026-03-02", "2026-02-23", "2026-02-16", "2026-02-09", "2026-02-02")
    for week, (day, minutes) in enumerate(zip(mondays, (10, 4, 8, 6, 2), strict=True)):
        story.opened(f"T{week}", f"{day}T11:10:00Z")
        story.responded(f"T{week}", f"{day}T11:{10 + minutes}:00Z")
    story.opened("before all", "2026-01-01T00:00:00Z", opened_by="agent")
    expected = desk.snapshot(story)
    median = one(expected, "baseline", metric="first_response_seconds")
    assert (median["now"], median["weeks"], median["high"], median["unusual"]) == (
        *(600.0, [240.0, 480.0, 360.0, 120.0], 480.0, "high"),
    )

    def paths(**fields: Any) -> set[str]:
        def change(report: Report) -> None:
            one(report, "baseline", metric="first_response_seconds").update(fields)

        return {
            difference.path.rpartition(".")[2]
            for difference in compare(expected, changed(expected, change)).differences
        }

    assert paths(now=600 * 1.0249, median=300 / 1.0249, weeks=[244.0, 480.0, 360.0, 120.0]) == set()
    assert paths(now=600 * 1.0251) == {"now"}
    assert paths(weeks=[240.0, 480.0, 360.0]) == {"3"}
    assert paths(n=3, unusual="usual") == {"n", "unusual"}
    one(expected, "baseline", metric="first_response_seconds").update(high=595.0)
    assert paths(unusual="usual") == set()  # so close that buckets do not tell


def test_what_the_oracle_has_no_opinion_on_is_named(expected: Report) -> None:
    def add(report: Report) -> None:
        report.update(watermark=None, mood=[])
        row(report, "backlog")["snoozed"] = 7
        report["variants"]["mood"] = "good"

    found = compare(expected, changed(expected, add))
    assert found.differences == []
    assert sorted(found.unchecked) == ["backlog.snoozed", "mood", "variants.mood", "watermark"]


def test_with_more_values_than_the_limit_totals_are_compared_and_it_is_said(desk: Desk, story: Story) -> None:
    for i in range(4):
        story.opened(f"T{i}", "10:00", queue=f"q{i}", channel="chat")
    oracle = desk.oracle(story, label_limit=3)
    expected = oracle.report()
    assert oracle.overflowing() == ["queue"]

    def overflow(report: Report) -> None:
        for entry in report["backlog"]:
            if entry["labels"].get("queue") == "q3":
                entry["labels"]["queue"] = "other"

    actual = changed(expected, overflow)
    assert compare(expected, actual).differences != []
    found = compare(expected, actual, oracle.overflowing())
    assert found.differences == []
    assert found.unchecked == ["rows by queue: it may have had more values than the limit, and some count as other"]
    wrong = changed(actual, lambda report: row(report, "backlog", channel="chat").update(n=3))
    assert [difference.labels for difference in compare(expected, wrong, ["queue"]).differences] == [
        {"channel": "chat"}
    ]


def test_values_that_a_ticket_had_once_count_towards_the_limit(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00", queue="a")
    story.status("T", "10:01", "updated", queue="b")
    story.status("T", "10:02", "transferred", to_queue="c")
    assert desk.oracle(story, label_limit=2).overflowing() == ["queue"]
    assert desk.oracle(story, label_limit=3).overflowing() == []


def test_touchpoints_blind_spots_and_drivers_are_left_out_too_when_they_have_more_values_than_the_limit(
    desk: Desk, story: Story
) -> None:
    for i in range(3):
        story.opened(f"T{i}", "10:00", queue=f"q{i}", segment=f"s{i}")
        story.sent(f"S{i}", "10:01", ticket_id=f"T{i}", touchpoint=f"p{i}")
        story.answered(f"S{i}", "10:02", ticket_id=f"T{i}", score=i)
    oracle = desk.oracle(story, label_limit=2, labels=())
    assert oracle.overflowing() == ["touchpoint", "segment", "queue"]
    expected = oracle.report()

    def overflow(report: Report) -> None:
        for section, name in (("satisfaction", "touchpoint"), ("drivers", "value")):
            for entry in report[section]:
                entry[name] = {"p2": "other", "q2": "other"}.get(entry[name], entry[name])

    actual = changed(expected, overflow)
    assert compare(expected, actual).differences != []
    found = compare(expected, actual, oracle.overflowing())
    assert found.differences == []
    assert len(found.unchecked) == 3

    def miscount(report: Report) -> None:
        for entry in report["satisfaction"]:
            if entry["touchpoint"] is None:
                entry["n"] += 1

    wrong = compare(expected, changed(actual, miscount), oracle.overflowing())
    assert {difference.path for difference in wrong.differences} == {"satisfaction.n"}


def split(story: Story) -> tuple[Story, Story]:
    """The events of two partitions: tickets with an even number and with an odd one."""
    halves = Story(), Story()
    for event in story.events:
        key = event.get("ticket_id") or event["customer_id"]
        halves[int(key[1:]) % 2].events.append(event)
    return halves


def busy(story: Story) -> Story:
    """Told, and everything else that a desk has: all sections have numbers, and the halves have other values."""
    told(story)
    for i in range(12):
        ticket, customer = f"T{i}", f"C{i % 4}"
        story.status(ticket, f"{i:02}:40", "updated", customer_id=customer, queue=f"queue {i % 2}")
        story.responded(ticket, f"{i:02}:45", "customer")
        story.responded(ticket, f"{i:02}:50")
        if i % 4 == 0:
            story.status(ticket, f"{i:02}:55", "resolved" if i % 8 else "abandoned")
        if i % 5 == 0:
            story.status(ticket, f"{i:02}:57", "transferred")
            story.status(ticket, f"{i:02}:58", "reopened")
        for instrument in ("csat", "ces", "enps"):
            fields = {"instrument": instrument, "comment": "so so", "touchpoint": f"place {i % 3}"}
            story.sent(f"{instrument}{i}", "2026-02-20T10:00:00Z", ticket_id=ticket)
            story.answered(f"{instrument}{i}", f"{i:02}:59", i % 6, ticket_id=ticket, **fields)
        story.opened(f"T{100 + i}", "2026-02-27T10:00:00Z", customer_id=customer, channel="phone" if i % 2 else "chat")
        story.status(f"T{100 + i}", "2026-02-27T11:00:00Z", "closed")
        story.opened(f"T{200 + i}", f"11:5{i % 10}", channel="phone")
    for i in range(4):
        story.acquired(f"C{i}", f"20{20 + i}-03-01T00:00:00Z")
        story.purchased(f"C{i}", "10:00", amount=9.99)
        story.signalled(f"C{i}", "10:00", "web_return")
        story.signalled(f"C{i}", "10:30", "form_started")
    story.lost("C3", "11:00")
    return story


@pytest.fixture
def workers(desk: Desk, story: Story) -> Callable[[str, str], list[Report]]:
    def at(first: str, second: str) -> list[Report]:
        halves = zip(split(told(story)), (first, second), strict=True)
        return [{**desk.snapshot(half, now), "partitions": [i]} for i, (half, now) in enumerate(halves)]

    return at


def test_the_sum_over_workers_equals_the_whole(
    desk: Desk, story: Story, workers: Callable[[str, str], list[Report]]
) -> None:
    actual = summed(workers("12:00", "12:00"))
    whole = desk.snapshot(story)
    found = compare_sum(whole, whole, actual)
    assert found.differences == []
    assert found.numbers > 1_000
    assert "p50_seconds" not in row(actual, "first_response", to="opened")
    assert row(actual, "open_wait")["oldest_seconds"] == 43_200.0


def test_a_worker_asked_a_moment_later_has_older_tickets_and_that_is_no_difference(
    desk: Desk, story: Story, workers: Callable[[str, str], list[Report]]
) -> None:
    # Between the two, T8 (opened at 08:00) turns four hours old; it lies with the first worker. T4 turned eight.
    actual = summed(workers("12:00:01", "11:59:59"))
    assert list(actual["windows"]) == ["all"]  # at noon every other one moved
    options = {"windows": ("all",), "response_windows": ("all",)}
    first, last = desk.snapshot(story, "11:59:59", **options), desk.snapshot(story, "12:00:01", **options)
    assert compare_sum(first, last, actual).differences == []
    wrong = changed(actual, lambda report: row(report, "backlog")["ages"].update({"1-4h": 4}))
    paths = {difference.path for difference in compare_sum(first, last, wrong).differences}
    assert "backlog.ages.1-4h or older" in paths


def test_every_section_adds_up(desk: Desk, story: Story) -> None:
    halves = enumerate(split(busy(story)))
    actual = summed([{**desk.snapshot(half), "partitions": [i]} for i, half in halves])
    whole = desk.snapshot(story)
    found = compare_sum(whole, whole, actual)
    assert found.differences == []
    added = {section for section, layout in SECTIONS.items() if layout.additive}
    for section in added:
        assert any(any(numbers(section, entry).values()) for entry in actual[section]), f"{section} has no numbers"
    assert SECTIONS.keys() - added == {"agents", "blind_spot", "baseline"}
    for section in added:
        short = changed(actual, lambda report, section=section: report.pop(section))
        assert {d.path.partition(".")[0].partition(" ")[0] for d in compare_sum(whole, whole, short).differences} == {
            section
        }


def test_a_target_that_passes_while_workers_are_asked_is_no_difference(desk: Desk, story: Story) -> None:
    story.opened("T0", "11:56", channel="phone")  # breached after noon
    story.opened("T1", "11:56:48", channel="phone")  # at risk as it strikes noon
    options: dict[str, Any] = {"windows": ("all",), "response_windows": ("all",)}
    halves = zip(split(story), ("12:00:01", "11:59:59"), strict=True)
    actual = summed(
        [{**desk.snapshot(half, now, **options), "partitions": [i]} for i, (half, now) in enumerate(halves)]
    )
    first, last = desk.snapshot(story, "11:59:59", **options), desk.snapshot(story, "12:00:01", **options)
    assert [row(actual, "sla")[state] for state in ("on_time", "at_risk", "breached")] == [1, 0, 1]
    assert [row(first, "sla")[state] for state in ("on_time", "at_risk", "breached")] == [1, 1, 0]
    assert [row(last, "sla")[state] for state in ("on_time", "at_risk", "breached")] == [0, 1, 1]
    assert compare_sum(first, last, actual).differences == []
    wrong = changed(actual, lambda report: row(report, "sla").update(on_time=0))
    assert compare_sum(first, last, wrong).differences == []  # nobody can tell when it was asked
    wrong = changed(actual, lambda report: row(report, "sla").update(breached=2))
    assert {difference.path for difference in compare_sum(first, last, wrong).differences} == {"sla.breached"}


def test_a_partition_lost_or_counted_twice_is_noticed(
    desk: Desk, story: Story, workers: Callable[[str, str], list[Report]]
) -> None:
    both = workers("12:00", "12:00")
    whole = desk.snapshot(story)
    assert compare_sum(whole, whole, summed(both[:1])).differences != []
    with pytest.raises(WorkersDisagreeError, match=r"partitions: \[1\] would count twice"):
        summed([both[0], both[1], both[1]])
    both[1]["variants"] = {**both[1]["variants"], "responder": "any"}
    with pytest.raises(WorkersDisagreeError, match="variants"):
        summed(both)
    both[1]["variants"] = both[0]["variants"]
    both[1]["policy"] = {**both[1]["policy"], "nps_low": 5}
    with pytest.raises(WorkersDisagreeError, match="policy"):
        summed(both)


def test_options_are_read_from_the_snapshot(desk: Desk, story: Story) -> None:
    chosen: dict[str, Any] = {
        "responder": "after_handoff",
        "agent_opened": "next_public",
        "nps_min_n": 2,
        "labels": ("segment", "language"),
        "label_limit": 7,
        "today": Today(4, "Europe/Rome"),
        "windows": ("10m", "7d", "all"),
        "response_windows": ("10m", "all"),
        "le_seconds": ("0.5", "60"),
        "longer_than": ("90m",),
        "policy": policy(nps_low=3, targets=[target(60)]),
    }
    assert Options.of_snapshot(desk.snapshot(story, **chosen)) == Options(**chosen)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda report: report.pop("variants"), "header is incomplete"),
        (lambda report: report["variants"].update(responder="robot"), "responder: got 'robot'; accepts human"),
        (lambda report: report["variants"].update(labels=["mood"]), "labels: got 'mood'"),
        (lambda report: report["variants"].update(today="noon"), "today: got 'noon'"),
        (lambda report: report["variants"].update(today="04:00 Europe/Atlantis"), "Atlantis"),
        (lambda report: report["variants"].update(agent_opened=None), "agent_opened: got None"),
        (lambda report: report["policy"].pop("targets"), "policy is incomplete: KeyError\\('targets'\\)"),
        (lambda report: report["policy"].update(pausing=["asleep"]), "pausing: got \\['asleep'\\]; accepts pending"),
        (lambda report: report["policy"]["targets"][0].update(clock="sun"), "clock: got 'sun'; accepts calendar"),
        (lambda report: report["policy"]["targets"][0].update({"from": "noon"}), "got 'noon'; accepts an RFC 3339"),
        (lambda report: report["policy"]["queues"].update(billing="nowhere"), "policy is incomplete"),
        (lambda report: report["policy"]["schedules"]["default"].update(zone="Europe/Atlantis"), "Atlantis"),
        (lambda report: report.pop("windows"), "header is incomplete"),
    ],
)
def test_a_header_that_makes_no_sense_is_refused(desk: Desk, story: Story, change: Change, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Options.of_snapshot(changed(desk.snapshot(story), change))


def test_a_wait_that_grows_while_workers_are_asked_is_no_difference(desk: Desk, story: Story) -> None:
    story.opened("T0", "11:00")  # an hour old at noon
    story.opened("T1", "09:00")
    story.responded("T1", "09:05")
    story.responded("T1", "11:45", "customer")  # fifteen minutes old, and overdue after noon
    options: dict[str, Any] = {"windows": ("all",), "response_windows": ("all",)}
    options["policy"] = policy(targets=[target(900, **{"for": "reply"})])
    moments = ("12:00:01", "11:59:59")
    first, last = (desk.snapshot(story, now, **options) for now in sorted(moments))
    for even, odd in (moments, moments[::-1]):
        halves = zip(split(story), (even, odd), strict=True)
        actual = summed(
            [{**desk.snapshot(half, now, **options), "partitions": [i]} for i, (half, now) in enumerate(halves)]
        )
        assert compare_sum(first, last, actual).differences == []
        bands = row(actual, "open_wait")["bands"], row(actual, "reply_wait")["bands"]
        assert (bands[0]["15-60m"], bands[0]["1-4h"]) == ((0, 1) if even == moments[0] else (1, 0))
        assert (bands[1]["5-15m"], bands[1]["15-60m"]) == ((0, 1) if odd == moments[0] else (1, 0))
    for section, change, path in (
        ("open_wait", lambda numbers: numbers["bands"].update({"1-4h": 2}), "open_wait.bands.1-4h or older"),
        ("reply_wait", lambda numbers: numbers["bands"].update({"1-4h": 1}), "reply_wait.bands.1-4h or older"),
        ("reply_sla", lambda numbers: numbers.update(breached=2), "reply_sla.breached"),
    ):
        wrong = changed(actual, lambda report, section=section, change=change: change(row(report, section)))
        assert path in {difference.path for difference in compare_sum(first, last, wrong).differences}


def test_a_section_that_two_files_declare_is_an_error() -> None:
    family = Family(None, sections={"flow": SECTIONS["flow"]})
    with pytest.raises(ValueError, match=r"^section flow: one and two both declare it; keep one$"):
        sections([("one", family), ("two", family)])
