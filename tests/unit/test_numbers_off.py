"""A number that the policy switches off is not counted, and says so where it is asked for; all others are as ever."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from multidict import MultiDict

from stream.board.reading import WrongLayoutError, default_layouts
from stream.board.reading import parse as parse_layout
from stream.board.slices import Slices
from stream.board.tiles import says
from stream.core.labels import LabelBook
from stream.core.policy import Policy
from stream.core.windows import DAY_US, MINUTE_US
from stream.engine.changelog.continuity import say_meaning
from stream.numbers.metric import Gauge, Histogram
from stream.numbers.registry import NUMBERS, customer_folds, folds, switched_on
from stream.partition.books import Books
from stream.partition.keys import SEAL_KEY
from stream.partition.live_counts import Author, counted_by, live_counts_to_json
from stream.partition.partition import Partition
from stream.policy_file import WrongPolicyError, parse
from stream.report.document import report
from stream.serve.api.query import Query, WrongQueryError
from stream.serve.metrics.collector import desk
from stream.serve.metrics.exposition import render
from stream.serve.metrics.sheet import Sheet
from tests.board.desks import tile, totals
from tests.events import NOON_US, answered, decoded, opened, responded, status
from tests.served import STORY

POLICY = Policy()
CAN_BE_OFF = [number.name for number in NUMBERS.values() if not number.kept_for]
PAGE = Path(__file__).parents[2] / "docs" / "policy.md"


def without(*names: str) -> Policy:
    return replace(POLICY, definitions=replace(POLICY.definitions, numbers_off=frozenset(names)))


def with_users(name: str) -> list[str]:
    """Return a number, and those that are computed from it."""
    return [name, *(user.name for user in NUMBERS.values() if name in user.needs)]


def sections(policy: Policy) -> dict[str, Any]:
    made = orjson.loads(orjson.dumps(report(totals(STORY, policy), policy)))
    return {name: rows for name, rows in made.items() if name in NUMBERS}


def scraped(policy: Policy) -> dict[str, list[str]]:
    """Return the series of each number's metrics."""
    sheet = Sheet(policy.labels)
    desk(sheet, totals(STORY, policy), policy)
    lines = render(sheet.families, openmetrics=False).decode().splitlines()
    names = {metric.name for number in NUMBERS.values() for metric in number.metrics}
    found: dict[str, list[str]] = {}
    for line in lines:
        name = line.split()[2] if line.startswith("#") else line.partition("{")[0].partition(" ")[0]
        family = next((known for known in (name, name.rpartition("_")[0]) if known in names), None)
        if family is not None:
            found.setdefault(family, []).append(line)
    return found


@pytest.fixture(scope="module")
def all_sections() -> dict[str, Any]:
    return sections(POLICY)


@pytest.fixture(scope="module")
def all_series() -> dict[str, list[str]]:
    return scraped(POLICY)


def metrics_of(*names: str) -> set[str]:
    declared: list[Gauge | Histogram] = [each for name in names for each in NUMBERS[name].metrics]
    return {each.name for each in declared}


@pytest.mark.parametrize("name", CAN_BE_OFF)
def test_each_number_can_be_off_and_the_others_stay_as_they_are(name, all_sections, all_series):
    off = with_users(name)
    policy = without(*off)
    assert sections(policy) == {other: rows for other, rows in all_sections.items() if other not in off}
    assert scraped(policy) == {m: series for m, series in all_series.items() if m not in metrics_of(*off)}


def test_with_all_of_them_off_nothing_is_folded_but_what_is_always_counted():
    policy = without(*CAN_BE_OFF)
    assert folds(policy)._asdict() == {
        "tickets": [NUMBERS["flow"].fold],
        **{book: [] for book in ("surveys", "surveys_in_all", "past", "acts")},
    }
    assert not any(customer_folds(policy))
    found = totals(STORY, policy)
    assert {measure.partition("/")[0] for sums in found.tickets.values() for measure in sums.measures} == {"flow"}
    books = (found.surveys, found.customers, found.agents or {})
    assert not any(sums.cells for book in books for sums in book.values())
    assert (found.tenure.lifespans, sum(week.inflow for week in found.history.weeks)) == (0, 0)
    assert list(sections(policy)) == [name for name in NUMBERS if name not in CAN_BE_OFF]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[agnets]", "1: numbers_off[1]: got 'agnets' (did you mean agents?); accepts first_response, first_resp"),
        ("[ces, 3]", "1: numbers_off[2]: got '3'; accepts first_response, first_response_business, "),
        ("[flow]", "1: numbers_off[1]: got 'flow', which cannot be switched off: the backlog is checked against it"),
        ("[sla]", "1: numbers_off[1]: got 'sla', which cannot be switched off: alerts are made of it"),
        (
            "[tenure]",
            "1: numbers_off[1]: got 'tenure', which lifetime_value and signals are computed from; switch these off too",
        ),
        (
            "[coverage_by]",
            "1: numbers_off[1]: got 'coverage_by', which blind_spot is computed from; switch that off too",
        ),
    ],
)
def test_what_cannot_be_switched_off_is_refused_with_the_reason(text, said):
    with pytest.raises(WrongPolicyError) as error:
        parse(f"numbers_off: {text}", "policy.yaml")
    assert str(error.value).startswith(f"policy.yaml:{said}")


def test_a_policy_file_switches_numbers_off():
    assert parse("numbers_off: [coverage_by, blind_spot]", "p").numbers_off == {"coverage_by", "blind_spot"}
    assert parse("numbers_off: ces", "p").document["numbers_off"] == ["ces"]
    assert parse("numbers_off: []", "p") == POLICY.definitions


def test_what_a_number_is_computed_from_is_a_number():
    assert {name for number in NUMBERS.values() for name in number.needs} <= NUMBERS.keys()


def test_the_page_says_which_numbers_cannot_be_off_and_which_go_together():
    text = PAGE.read_text()
    for number in NUMBERS.values():
        if number.kept_for:
            assert f"| `{number.name}` | cannot be switched off: {number.kept_for} |" in text
        for name in number.needs:
            if not NUMBERS[name].kept_for:
                users = " and ".join(f"`{user}`" for user in with_users(name)[1:])
                assert f"| `{name}` | only together with {users} |" in text


def test_who_asks_for_a_number_that_is_off_is_told():
    policy = without("ces")
    given = MultiDict({"section": "ces"})
    with pytest.raises(WrongQueryError, match=r"^section: ces is switched off in the policy file \(numbers_off\)$"):
        Query(given, ["section"]).many("section", tuple(switched_on(policy)), policy.definitions.numbers_off)
    with pytest.raises(WrongQueryError, match=r"^section: ces is switched off"):
        Query(given, ["section"]).one("section", tuple(switched_on(policy)), policy.definitions.numbers_off)


def test_a_layout_that_asks_for_it_is_refused_and_the_built_in_one_goes_without():
    layout = "boards: [{name: a, pages: [{tiles: [{metric: ces}]}]}]"
    with pytest.raises(WrongLayoutError) as error:
        parse_layout(layout, "layout.yaml", without("ces"))
    assert str(error.value) == (
        "layout.yaml:1: boards[1].pages[1].tiles[1].metric: got 'ces', which is not counted, as the policy file "
        "switches off ces (numbers_off); accepts another metric"
    )
    shown = {each.metric.name for each in default_layouts(POLICY)["default"].tiles}
    assert "nps" in shown
    less = {each.metric.name for each in default_layouts(without("nps", "flow"))["default"].tiles}
    assert less == shown - {"nps", "inflow", "outflow", "in_out"}


def test_a_tile_of_before_it_was_switched_off_says_so():
    policy = without("first_response", "first_response_counting_waiting")
    said = says(tile("metric: frt_p90, target: policy, by: channel"), Slices(totals(STORY, policy), policy))
    assert (said["value"], said["n"], said["level"], said["why"], said["rows"]) == (
        *(None, None, "unknown", "switched_off"),
        [],
    )


def test_workers_of_which_one_does_not_count_it_are_not_added_up():
    policy = without("agents")
    assert counted_by(policy) != counted_by(POLICY)
    record = orjson.loads(live_counts_to_json(totals(STORY, policy), policy, Author("d", "w", ""), None))
    assert record["meanings"].keys() == NUMBERS.keys() - {"agents"}


OVER = [
    *(
        opened("T"),
        responded("T", 60),
        answered("S", 70, 3, ticket_id="T", instrument="ces"),
        status("T", 90, "closed"),
    ),
    opened("open"),
]
LATER_US = NOON_US + 200 * DAY_US


def _forgetting(policy: Policy) -> Partition:
    partition = Partition(0, Books(policy))
    partition.apply("t", decoded(*OVER), NOON_US)
    partition.advance(LATER_US)
    eviction = partition.evict(10)
    assert eviction is not None
    assert b"t:T" in eviction.keys
    partition.evicted(eviction)
    return partition


def _over_all(partition: Partition, section: str) -> int:
    rows = report(partition.snapshot(), partition.policy).get(section, ())
    return sum(row["n"] for row in rows if row["window"] == "all" and not row["labels"])


def _under(partition: Partition, policy: Policy) -> Partition:
    adoption = partition.books.adoption(policy)
    list(adoption.steps())
    assert adoption.adopt()
    partition.advance(LATER_US + MINUTE_US)
    return partition


def test_of_what_was_forgotten_while_it_was_off_nothing_is_counted_later_and_the_log_says_so(caplog):
    partition = _forgetting(without("ces"))
    say_meaning(partition)
    assert caplog.text == ""  # nothing is mixed while it is off
    _under(partition, POLICY)
    assert (_over_all(partition, "ces"), _over_all(partition, "first_response")) == (0, 2)
    heir = Partition(0, Books(POLICY, LabelBook(POLICY.labels, 50)))
    heir.load(SEAL_KEY, partition.dump(SEAL_KEY), LATER_US)
    for each in (partition, heir):
        caplog.clear()
        say_meaning(each)
        assert "over all time mix both: ces (not counted, here version 1)" in caplog.text


def test_what_was_forgotten_before_it_was_off_is_kept_until_it_is_on_again():
    partition = _forgetting(POLICY)
    assert _over_all(partition, "ces") == 1
    off = _under(partition, without("ces"))
    assert not any(measure.startswith("ces/") for measure in off.snapshot().surveys["all"].measures)
    heir = Partition(0, Books(without("ces")))
    heir.load(SEAL_KEY, off.dump(SEAL_KEY), LATER_US)
    heir.advance(LATER_US)
    assert not any(measure.startswith("ces/") for measure in heir.snapshot().surveys["all"].measures)
    for each in (off, heir):
        assert _over_all(_under(each, POLICY), "ces") == 1
