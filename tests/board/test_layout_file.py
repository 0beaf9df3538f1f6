"""What a layout file says, and how what is wrong in one is said: where, what it got, what it accepts."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.board.document import board_document
from stream.board.layout import Threshold
from stream.board.metric import METRICS
from stream.board.reading import WrongLayoutError, default_layouts, default_text, parse
from stream.core.definitions import Definitions
from stream.core.policy import Policy
from stream.core.windows import parse_window
from stream.serve.wallboards.layouts import load
from tests.board.desks import board, tile

LANGUAGES = "accepts en, de, es, ro, zh, and with a region for its numbers and times, such as de-CH"
ONE = "boards:\n  - name: one\n    pages:\n      - tiles:\n"


def _errors(text: str, policy: Policy | None = None) -> list[str]:
    with pytest.raises(WrongLayoutError) as raised:
        parse(text, "layout.yaml", policy or Policy())
    return str(raised.value).splitlines()


def _error_of(tile_text: str, policy: Policy | None = None) -> str:
    """Return what is said of a tile in line 5, from the path of the tile on."""
    (line,) = _errors(f"{ONE}          - {{{tile_text}}}\n", policy)
    start = "layout.yaml:5: boards[1].pages[1].tiles[1]"
    assert line.startswith(start), line
    return line.removeprefix(start).removeprefix(".")


@pytest.mark.parametrize(
    ("tile_text", "says"),
    [
        ("metric: waitin", "metric: got 'waitin' (did you mean waiting?); accepts frt_mean, frt_median, frt_p90, "),
        ("title: Waiting", "metric: is missing"),
        ("metric: waiting, colour: red", "colour: is no key here; accepts metric, kind, title, window, filter, by, "),
        ("metric: frt_p90, window: 2h", "window: got '2h' (did you mean 24h?); accepts 5m, 30m, 1h, 24h, today, all "),
        ("metric: frt_p90, window: 30d", "window: got '30d' (did you mean 30m?); accepts 5m, 30m, 1h, 24h, today, all"),
        (
            "metric: churn, window: all",
            "window: got 'all'; accepts 5m, 30m, 1h, 24h, today, 7d, 30d, 90d (the settings",
        ),
        ("metric: waiting, window: 1h", "window: got '1h'; waiting is of now, and accepts no window"),
        ("metric: waiting, filter: {brand: a}", "filter.brand: got 'brand'; accepts channel, priority, queue (the s"),
        ("metric: waiting, filter: {chanel: a}", "filter.chanel: got 'chanel' (did you mean channel?); accepts channe"),
        (
            "metric: waiting, filter: {channel: chta}",
            "filter.channel: got 'chta' (did you mean chat?); accepts phone, c",
        ),
        (
            "metric: waiting, filter: {priority: top}",
            "filter.priority: got 'top'; accepts low, normal, high, urgent, o",
        ),
        (
            "metric: waiting, filter: {channel: []}",
            "filter.channel: got an empty list; accepts at least one, or no suc",
        ),
        ("metric: churn, filter: {channel: chat}", "filter: churn is of the whole desk; accepts no such key"),
        ("metric: churn, by: channel", "by: churn is of the whole desk; accepts no such key"),
        ("metric: waiting, by: segment", "by: got 'segment'; accepts channel, priority, queue (the setting labels)"),
        ("metric: nps, kind: ages", "kind: got 'ages'; accepts score, number, breakdown for nps"),
        ("metric: churn, kind: breakdown", "kind: got 'breakdown'; accepts number for churn"),
        (
            "metric: waiting, kind: gauge",
            "kind: got 'gauge' (did you mean ages?); accepts number, breakdown, ages, flow, score",
        ),
        ("metric: nps, kind: breakdown", "kind: got 'breakdown' without by; name a label under by: channel, priority"),
        ("metric: frt_p90, target: 4", "target: got '4'; accepts a duration from 1s to 366d, such as 90s, 4m or 24h"),
        ("metric: frt_p90, target: 400d", "target: got '400d'; accepts a duration from 1s to 366d, such as 90s, 4m or"),
        ("metric: csat, target: 101", "target: got '101'; accepts a percentage from 0 to 100, such as 80"),
        ("metric: nps, target: high", "target: got 'high'; accepts a score, such as 40 or 2.5"),
        ("metric: nps, target: nan", "target: got 'nan'; accepts a score, such as 40 or 2.5"),
        ("metric: waiting, target: -1", "target: got '-1'; accepts a number from 0 on, such as 10"),
        ("metric: waiting, target: [1]", "target: got a list; accepts a value such as 4m, policy, or a side and a val"),
        ("metric: waiting, warn: [1]", "warn: got a list; accepts a value such as 3m"),
        ("metric: nps, target: policy", "target: got 'policy'; accepts a value: the policy file promises first resp"),
        (
            "metric: waiting, target: {at_least: 3}",
            "target: got at_least; accepts at_most for waiting, or the value al",
        ),
        (
            "metric: inflow, target: 40",
            "target: got '40'; accepts a side too, such as {at_most: 40}, as no side of inflow",
        ),
        (
            "metric: inflow, warn: 40",
            "warn: got '40'; accepts a side too, such as {at_most: 40}, as no side of inflow is",
        ),
        ("metric: frt_p90, target: 4m, warn: 5m", "warn: got '5m'; accepts values up to the target, as over the targe"),
        (
            "metric: csat, target: 80, warn: 70",
            "warn: got '70'; accepts values from the target on, as under the target",
        ),
        ("metric: waiting, width: 5", "width: got '5'; accepts up to 4, the columns of the page"),
        ("metric: waiting, width: 9", "width: got '9'; accepts a whole number from 1 to 8"),
        ("metric: waiting, height: 7", "height: got '7'; accepts a whole number from 1 to 6"),
        ("metric: waiting, trend: maybe", "trend: got 'maybe'; accepts true or false"),
        (f"metric: waiting, title: {'x' * 61}", f"title: got '{'x' * 61}'; accepts a text of 1 to 60 characters"),
    ],
)
def test_what_is_wrong_with_a_tile_is_said_where_it_stands(tile_text: str, says: str) -> None:
    assert _error_of(tile_text).startswith(says)


def test_windows_are_those_of_the_settings_and_so_are_labels() -> None:
    policy = Policy(windows=(parse_window("2h"),), survey_windows=(), labels=("brand",))
    assert tile("metric: frt_p90, filter: {brand: any}", policy).window == "2h"
    assert _error_of("metric: frt_p90, window: 1h", policy).startswith(
        "window: got '1h'; accepts 2h, all (the settings windows)"
    )
    assert _error_of("metric: waiting, by: channel", policy) == "by: got 'channel'; accepts brand (the setting labels)"
    none = Policy(windows=(), survey_windows=())
    assert _error_of("metric: churn", none).startswith(
        "metric: got 'churn', which needs a window; the settings have none"
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "layout.yaml:1: accepts boards; `deskpulse layout` prints a file to begin with"),
        ("version: 2\n", "layout.yaml:1: version: got '2'; accepts 1"),
        ("boards: []\n", "layout.yaml:1: boards: got an empty list; accepts at least one, or no such key"),
        (
            "boards:\n  - name: one\n    pages: []\n",
            "layout.yaml:3: boards[1].pages: got an empty list; accepts at least",
        ),
        (f"{ONE}          - metric: waiting\n            metric: csat\n", "layout.yaml:6: metric: is there twice"),
        (
            ONE.replace("one", "Floor 1") + "          - metric: waiting\n",
            "layout.yaml:2: boards[1].name: got 'Floor 1'; ",
        ),
        ("boards: {\n", "layout.yaml:2: is not YAML: "),
    ],
)
def test_what_is_wrong_with_a_file_is_said_too(text: str, says: str) -> None:
    assert any(line.startswith(says) for line in _errors(text)), _errors(text)


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("rotate: 1s", "rotate: got '1s'; accepts 5s to 1h, such as 20s"),
        ("theme: blue", "theme: got 'blue'; accepts dark, light, auto"),
        ("language: German", f"language: got 'German'; {LANGUAGES}"),
        ("language: fr", f"language: got 'fr'; {LANGUAGES}"),
        ("language: de-ch", f"language: got 'de-ch'; {LANGUAGES}"),
        ("sound: loud", "sound: got 'loud'; accepts true or false"),
        ("filter: {channel: fone}", "filter.channel: got 'fone' (did you mean phone?); accepts phone, chat, email"),
    ],
)
def test_what_is_wrong_with_a_board_is_said_too(key: str, says: str) -> None:
    (line,) = _errors(f"boards:\n  - name: one\n    {key}\n    pages: [{{tiles: [{{metric: waiting}}]}}]\n")
    assert line.startswith(f"layout.yaml:3: boards[1].{says}"), line


def test_two_boards_cannot_have_one_name() -> None:
    pages = "\n    pages: [{tiles: [{metric: waiting}]}]\n"
    (line,) = _errors(f"boards:\n  - name: one{pages}  - name: two{pages}  - name: one{pages}")
    taken = "got 'one', which is the name of boards[1] already; accepts another name"
    assert line == f"layout.yaml:6: boards[3].name: {taken}"


def test_every_mistake_is_said_at_once_in_the_order_of_the_file() -> None:
    tiles = "          - {metric: waiting, window: 1h}\n          - {metric: churn, by: queue}\n"
    assert [line[:14] for line in _errors(ONE + tiles)] == ["layout.yaml:5:", "layout.yaml:6:"]


def test_a_page_that_would_scroll_is_a_mistake_of_the_tile_that_does_not_fit() -> None:
    tiles = "\n".join(["          - {metric: waiting, width: 4}"] * 7)
    (line,) = _errors(ONE + tiles)
    assert line.startswith(
        "layout.yaml:11: boards[1].pages[1].tiles[7]: does not fit without scrolling: a page of 4 col"
    )
    assert parse(ONE + tiles.replace("width: 4", "width: 2"), "layout.yaml", Policy())["one"].pages[0].rows == 4


def test_a_high_tile_does_not_hang_over_the_last_row() -> None:
    tiles = "          - {metric: waiting, height: 5, width: 4}\n          - {metric: waiting, height: %d}\n"
    assert parse(ONE + tiles % 1, "layout.yaml", Policy())["one"].pages[0].rows == 6
    (line,) = _errors(ONE + tiles % 2)
    assert line.startswith("layout.yaml:6: boards[1].pages[1].tiles[2]: does not fit without scrolling")


def test_tiles_lie_in_the_first_place_that_is_free() -> None:
    sizes = ["width: 5, height: 2", "width: 4", "width: 3, height: 2", "width: 1", "width: 8"]
    shown = board(*(f"metric: waiting, {size}" for size in sizes))
    # 0 0 0 0 0 2 2 2 / 0 0 0 0 0 2 2 2 / 1 1 1 1 3 . . . / 4 4 4 4 4 4 4 4
    assert [(each.row, each.column) for each in shown.tiles] == [(0, 0), (2, 0), (0, 5), (2, 4), (3, 0)]
    assert shown.pages[0].rows == 4


def test_what_is_left_out_is_as_fits_the_number_best() -> None:
    assert [tile(f"metric: {name}").kind for name in ("waiting", "backlog_ages", "in_out", "nps")] == [
        *("number", "ages", "flow", "score")
    ]
    assert tile("metric: waiting, by: channel").kind == "breakdown"
    assert [tile(f"metric: {name}").window for name in ("waiting", "frt_p90", "nps", "churn")] == [
        *(None, "1h", "30d", "30d")
    ]


def test_thresholds_are_on_the_side_that_is_bad_for_the_number() -> None:
    assert tile("metric: frt_p90, target: 4m, warn: 3m").threshold == Threshold("at_most", 240, 180)
    assert tile("metric: csat, target: 80%, warn: 85").threshold == Threshold("at_least", 80, 85)
    assert tile("metric: inflow, target: {at_most: 40}").threshold == Threshold("at_most", 40)
    assert tile("metric: frt_p90, target: policy").threshold == Threshold("at_most", from_policy=True)
    assert tile("metric: waiting").threshold is None
    ease = Policy(definitions=Definitions(ces_ease=True))
    assert tile("metric: ces, target: 5", ease).threshold == Threshold("at_least", 5)


def test_the_default_wallboard_serves_with_the_default_settings_as_it_is() -> None:
    policy = Policy()
    assert default_layouts(policy) == parse(default_text(), "default.yaml", policy)
    assert 2 <= len(default_layouts(policy)["default"].pages) <= 3


def test_under_other_settings_the_default_wallboard_leaves_out_what_they_do_not_have() -> None:
    policy = Policy(windows=(parse_window("2h"),), survey_windows=(parse_window("30d"),), labels=("queue",))
    shown = default_layouts(policy)["default"]
    assert {each.by for each in shown.tiles} == {None, "queue"}
    assert {each.window for each in shown.tiles} == {None, "30d"}
    assert [
        page.title for page in default_layouts(Policy(windows=(), survey_windows=(), labels=()))["default"].pages
    ] == ["Now"]


def test_a_layout_file_of_ones_own_gets_no_such_leniency(tmp_path: Path) -> None:
    file = tmp_path / "layout.yaml"
    file.write_text(default_text())
    assert load(file, Policy()) == default_layouts(Policy())
    with pytest.raises(WrongLayoutError, match=rf"^{file}:[0-9]+: boards\[1\].pages\[1\].tiles\[6\].by: got 'channel'"):
        load(file, Policy(labels=("queue",)))
    with pytest.raises(WrongLayoutError, match=r"none\.yaml: cannot be read: No such file"):
        load(tmp_path / "none.yaml", Policy())


@pytest.mark.parametrize("file", sorted(Path("examples/layouts").glob("*.yaml")), ids=lambda file: file.name)
def test_every_example_can_be_used(file: Path) -> None:
    assert load(file, Policy())


def test_the_document_of_a_board_says_what_a_page_needs_to_draw_it() -> None:
    shown = board(
        "metric: frt_p90, window: 1h, filter: {channel: chat}, target: policy, width: 2, title: Chats",
        "metric: nps, by: channel, target: 40, trend: false",
        more="language: de",
    )
    document = board_document(shown, Policy(), 0)
    first, second = document["pages"][0].pop("tiles")
    assert document == {
        "version": 1,
        "name": "one",
        "title": "one",
        "language": "de",
        "theme": "dark",
        "sound": False,
        "rotate_seconds": 20,
        "pages": [{"title": None, "columns": 8, "rows": 1}],
    }
    assert first == {
        "id": "p0t0",
        "kind": "number",
        "metric": "frt_p90",
        "title": "Chats",
        "unit": "seconds",
        "window": "1h",
        "filter": {"channel": ["chat"]},
        "by": None,
        "target": {"at_most": 120},
        "target_from_policy": True,
        "warn": 96,
        "width": 2,
        "height": 1,
        "row": 1,
        "column": 1,
        "trend": True,
        "higher_is": "worse",
    }
    assert second == {
        "id": "p0t1",
        "kind": "score",
        "metric": "nps",
        "title": None,
        "unit": "score",
        "window": "30d",
        "filter": {},
        "by": "channel",
        "target": {"at_least": 40},
        "target_from_policy": False,
        "warn": None,
        "width": 1,
        "height": 1,
        "row": 1,
        "column": 3,
        "trend": False,
        "higher_is": "better",
    }


def test_every_metric_can_be_a_tile_as_it_is() -> None:
    for name in METRICS:
        assert tile(f"metric: {name}").metric.name == name
