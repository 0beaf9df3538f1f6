"""Policy files: what they state, and errors that name file, line, key, what was found and what is accepted."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import orjson
import pytest

from stream.core.definitions import Definitions, Target
from stream.core.schedule import DAY_NAMES, WORKING_WEEK, Holidays, Schedule, Schedules, Version
from stream.policy_file import WrongPolicyError, default_text, load, parse
from stream.policy_file.shape import key_of, parts

HOUR = 3_600 * 1_000_000


def errors(text: str) -> list[str]:
    """The lines of the error that this policy raises."""
    with pytest.raises(WrongPolicyError) as raised:
        parse(text, "my.yaml")
    return str(raised.value).splitlines()


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * 1_000_000


def test_the_default_file_states_what_serves_without_a_file() -> None:
    stated = parse(default_text(), "default.yaml")
    assert stated == Definitions()
    assert stated.document == Definitions().document
    assert orjson.loads(orjson.dumps(stated.document)) == stated.document  # nothing that JSON does not have


@pytest.mark.parametrize("text", ["", "# nothing but a comment\n", "version: 1\n", "schedules:\nqueues:\ncsat:\n"])
def test_what_is_left_out_is_as_without_a_file(text: str) -> None:
    assert parse(text, "my.yaml") == Definitions()


def test_the_default_file_names_every_key_with_a_comment() -> None:
    lines = default_text().splitlines()
    for part in parts():
        for key in (key_of(name, part) for name in part.model_fields):
            found = [i for i, line in enumerate(lines) if line.lstrip("# -").startswith(f"{key}:")]
            assert found, key
            assert any("#" in lines[i].partition(f"{key}:")[2] or lines[i - 1].startswith("#") for i in found), key


def test_what_stands_in_comments_of_the_default_file_can_be_taken_out_of_them() -> None:
    # A line whose comment begins with `  -`, or a key with spaces before it, is an example of that place.
    text = default_text()
    for old, new in {
        "changes: [] ": "changes:",
        "    #  - from": "      - from",
        "    #    hours:": "        hours:",
        "    #      mon": "          mon",
        "    #      sat": "          sat",
        "# country": "country",
        "# subdivision": "subdivision",
        "queues: {}": "queues:",
        "#  billing: berlin": "  billing: default",
        "  #   priorities": "    priorities",
        "  #   queues": "    queues",
        "  #   from": "    from",
        "  #   until": "    until",
        "  #   clock": "    clock",
    }.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    stated = parse(text, "my.yaml")
    schedule = stated.schedules.by_queue["billing"]
    assert schedule.versions[1].from_date == date(2026, 7, 1)
    assert schedule.versions[1].week[5] == ((600, 840),)
    assert schedule.holidays == Holidays(country="DE", subdivision="BY")
    assert stated.targets[-1].clock == "business"
    assert stated.targets[-1].until_us == at("2027-01-01T00:00:00+01:00")


def test_every_key_is_read() -> None:
    stated = parse(
        """\
        version: 1
        schedules:
          default: {zone: Europe/Rome, hours: {mon-wed: [9:00-12:00, 13:00-17:00], sat: 00:00-24:00, sun: []}}
          always:
            hours: {mon-sun: 00:00 - 24:00}
            changes: [{from: 2026-07-01, hours: {fri: 10:00-11:00}}]
            holidays: {country: US, subdivision: CA, dates: [2026-12-24, 2026-12-24]}
        queues: {phones: always, mail: default}
        targets:
          - {within: 90s, channels: phone, priorities: [high, urgent], queues: [phones], clock: business,
             from: 2026-01-01T00:00:00+01:00, until: 2027-01-01T00:00:00Z}
          - within: 2d
        at_risk_percent: 25
        service_level: (A+b)/(N+B)
        short_abandon: 0s
        pausing: pending
        solving_stops: false
        avoidance_days: [7, 1]
        csat: {scale: 7, top: {7: 2}, low: {7: 3}}
        ces: {scale: 5, low_effort: {5: 1}, ease: true}
        nps_low: 7
        mature_days: 14
        blind_spot_min_sent: 5
        long_tenure_years: 2
        baseline_weeks: 3
        """,
        "my.yaml",
    )
    split = ((540, 720), (780, 1020))
    whole_day = ((0, 1440),)
    default = Schedule("default", "Europe/Rome", (Version(None, (split, split, split, (), (), whole_day, ())),))
    always = Schedule(
        "always",
        "UTC",
        (
            Version(None, (whole_day,) * 7),
            Version(date(2026, 7, 1), ((), (), (), (), ((600, 660),), (), ())),
        ),
        Holidays(frozenset({date(2026, 12, 24)}), "US", "CA"),
    )
    assert stated == Definitions(
        targets=(
            Target(
                90 * 1_000_000,
                frozenset({"phone"}),
                frozenset({"high", "urgent"}),
                frozenset({"phones"}),
                at("2025-12-31T23:00:00+00:00"),
                at("2027-01-01T00:00:00+00:00"),
                "business",
            ),
            Target(48 * HOUR),
        ),
        at_risk_percent=25,
        service_level="(A+b)/(N+B)",
        short_abandon_us=0,
        pausing=frozenset({"pending"}),
        solving_stops=False,
        avoidance_days=(1, 7),
        csat_scale=7,
        csat_top={7: 2},
        csat_low={7: 3},
        ces_scale=5,
        ces_low_effort={5: 1},
        ces_ease=True,
        nps_low=7,
        mature_days=14,
        blind_spot_min_sent=5,
        long_tenure_years=2,
        baseline_weeks=3,
        schedules=Schedules(default, {"phones": always, "mail": default}),
    )
    assert stated.document["schedules"]["always"] == {
        "zone": "UTC",
        "versions": [
            {
                "from": None,
                "week": {day: [["00:00", "24:00"]] for day in DAY_NAMES},
            },
            {
                "from": "2026-07-01",
                "week": {day: [["10:00", "11:00"]] if day == "fri" else [] for day in DAY_NAMES},
            },
        ],
        "holidays": {"country": "US", "subdivision": "CA", "dates": ["2026-12-24"]},
    }
    assert stated.document["queues"] == {"mail": "default", "phones": "always"}
    assert stated.document["targets"][0] == {
        "target_seconds": 90,
        "channels": ["phone"],
        "priorities": ["high", "urgent"],
        "queues": ["phones"],
        "from": "2025-12-31T23:00:00Z",
        "until": "2027-01-01T00:00:00Z",
        "clock": "business",
        "for": "first",
    }
    assert stated.document["csat"] == {"scale": 7, "top": {"7": 2}, "low": {"7": 3}}


def test_a_schedule_without_hours_has_those_of_the_default() -> None:
    stated = parse("schedules: {default: {zone: Asia/Tokyo}}", "my.yaml")
    assert stated.schedules.default == Schedule("default", "Asia/Tokyo", (Version(None, WORKING_WEEK),))


def test_an_empty_list_of_targets_promises_nothing() -> None:
    assert parse("targets: []", "my.yaml").targets == ()


def test_a_country_whose_code_yaml_takes_for_a_no_stays_a_country() -> None:
    assert (
        parse("schedules: {default: {holidays: {country: NO}}}", "my.yaml").schedules.default.holidays.country == "NO"
    )


HEAD = "schedules:\n  default:\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tragets: []", "1: tragets: is no key here (did you mean targets?); accepts version, schedules, queues,"),
        ("version: 2", "1: version: got '2'; accepts 1"),
        ("nps_low: 6\nnps_low: 5", "2: nps_low: is there twice (first in line 1); keep one"),
        ("nps_low: eleven", "1: nps_low: got 'eleven'; accepts a whole number from 0 to 10"),
        ("nps_low: 11", "1: nps_low: got '11'; accepts a whole number from 0 to 10"),
        ("nps_low: 6.0", "1: nps_low: got '6.0'; accepts a whole number from 0 to 10"),
        ("nps_low: 06", "1: nps_low: got '06'; accepts a whole number from 0 to 10"),
        ("nps_low: [6]", "1: nps_low: got a list; accepts a whole number from 0 to 10"),
        ("at_risk_percent: 20%", "1: at_risk_percent: got '20%'; accepts a whole number from 0 to 100"),
        ("at_risk_percent: 101", "1: at_risk_percent: got '101'; accepts a whole number from 0 to 100"),
        ("baseline_weeks: 9", "1: baseline_weeks: got '9'; accepts a whole number from 1 to 8"),
        ("solving_stops: yes", "1: solving_stops: got 'yes'; accepts true or false"),
        (
            "service_level: A/B",
            "1: service_level: got 'A/B' (did you mean A/N?); accepts A/(N+B), A/(N+B-s), A/(N+B-b),",
        ),
        ("short_abandon: 5", "1: short_abandon: got '5'; accepts 0s to 1h, such as 5s"),
        ("short_abandon: 2h", "1: short_abandon: got '2h'; accepts 0s to 1h, such as 5s"),
        ("pausing: {pending: true}", "1: pausing: got keys with values; accepts pending, resolved,"),
        ("pausing: [waiting]", "1: pausing[1]: got 'waiting'; accepts pending, resolved,"),
        ("avoidance_days: [1, 91]", "1: avoidance_days[2]: got '91'; accepts a whole number from 1 to 90"),
        ("avoidance_days: []", "1: avoidance_days: got an empty list; accepts at least one, or no such key"),
        ("csat: 5", "1: csat: got '5'; accepts keys with values"),
        ("csat:\n  top: {five: 2}", "2: csat.top.five: got 'five'; accepts a whole number from 1 to 1,000"),
        ("csat:\n  top:\n    5: 5", "3: csat.top.5: got 5; accepts less than all of its scores, up to 4"),
        ("csat:\n  low: {5: 4}", "2: csat.low.5: got 4; accepts up to 3, below top"),
        ("csat:\n  top: {4: 3, 5: 2}", "1: csat.low.4: got 2; accepts up to 1, below top"),
        ("csat:\n  top: {5: 2, 05: 3}", "2: csat.top.05: got '05'; accepts a whole number from 1 to 1,000"),
        ("csat:\n  top: {}", "2: csat.top: got no scale; accepts at least one, or no such key"),
        ("csat:\n  top: {1: 2, 5: 2}", "2: csat.top.1: got 2; accepts less than all of its scores, up to 1"),
        ("csat:\n  low: {1: 1}", "2: csat.low.1: got 1; accepts up to 0, below top"),
        ("ces:\n  low_effort: {1: 1, 7: 3}", "2: ces.low_effort.1: got '1'; accepts a whole number from 2 to 1,000"),
        ("csat:\n  scale: 6", "2: csat.scale: is 6; accepts one that top names: 1, 2, 3, 4, 5, 7, 10"),
        ("csat:\n  top: {7: 2}", "1: csat.scale: is 5; accepts one that top names: 7"),
        ("ces: {low_effort: {10: 3}}", "1: ces.scale: is 7; accepts one that low_effort names: 10"),
        ("ces: {ease: 1}", "1: ces.ease: got '1'; accepts true or false"),
        # schedules
        ("schedules: [default]", "1: schedules: got a list; accepts keys with values"),
        (
            HEAD + "    zone: Europe/Rom",
            "3: schedules.default.zone: got 'Europe/Rom' (did you mean Europe/Rome?); accepts",
        ),
        (HEAD + "    zone: localtime", "3: schedules.default.zone: got 'localtime'; accepts an IANA zone"),
        (HEAD + "    zone: right/UTC", "3: schedules.default.zone: got 'right/UTC' (did you mean"),
        (HEAD + "    zone: ../etc/passwd", "3: schedules.default.zone: got '../etc/passwd'; accepts an IANA zone"),
        (
            HEAD + "    zones: UTC",
            "3: schedules.default.zones: is no key here (did you mean zone?); accepts zone, hours,",
        ),
        (HEAD + "    hours: 09:00-17:00", "3: schedules.default.hours: got '09:00-17:00'; accepts keys with values"),
        (
            HEAD + "    hours:\n      monday: 09:00-17:00",
            "4: schedules.default.hours.monday: is no day (did you mean mon?)",
        ),
        (HEAD + "    hours: {fri-die: 09:00-17:00}", "3: schedules.default.hours.fri-die: is no day"),
        (HEAD + "    hours: {fri-mon: 09:00-17:00, sun: 09:00-17:00}", "3: schedules.default.hours.sun: sun is in"),
        ("values: {channel: {whatsapp: chatt}}", "1: values.channel.whatsapp: got 'chatt' (did you mean chat?)"),
        ("values: {priority: {P1: urgent, p1: high}}", "1: values.priority.p1: is P1 but for letter case"),
        ("values: {status: {solved: resolved}}", "1: values.status: is no key here"),
        (
            HEAD + "    hours: {mon: 9-17}",
            "3: schedules.default.hours.mon: got '9-17'; accepts hours such as 09:00-17:00",
        ),
        (
            HEAD + "    hours: {mon: 09:00-24:01}",
            "3: schedules.default.hours.mon: got '09:00-24:01'; accepts times of day",
        ),
        (
            HEAD + "    hours: {mon: 09:60-11:00}",
            "3: schedules.default.hours.mon: got '09:60-11:00'; accepts times of day",
        ),
        (
            HEAD + "    hours: {mon: 22:00-06:00}",
            "3: schedules.default.hours.mon: got '22:00-06:00'; accepts an end after",
        ),
        (
            HEAD + "    hours: {mon: 09:00-09:00}",
            "3: schedules.default.hours.mon: got '09:00-09:00'; accepts an end after",
        ),
        (
            HEAD + "    hours:\n      mon:\n        - 09:00-12:00\n        - 11:00-13:00",
            "4: schedules.default.hours.mon: got 11:00 behind 12:00; accepts hours in order that do not overlap",
        ),
        (
            HEAD + "    hours:\n      mon:\n        - 09:00-12:00\n        - later",
            "6: schedules.default.hours.mon[2]: got 'later'; accepts hours such as 09:00-17:00",
        ),
        (
            HEAD + "    hours:\n      mon-fri: 09:00-17:00\n      wed: 09:00-12:00",
            "5: schedules.default.hours.wed: wed is in mon-fri already; keep one",
        ),
        (HEAD + "    changes: [{hours: {}}]", "3: schedules.default.changes[1].from: is missing; accepts a date"),
        (
            HEAD + "    changes: [{from: 2026-07-01}]",
            "3: schedules.default.changes[1].hours: is missing; accepts keys with values",
        ),
        (
            HEAD + "    changes:\n      - {from: 1.7.2026, hours: {mon: 09:00-10:00}}",
            "4: schedules.default.changes[1].from: got '1.7.2026'; accepts a date such as 2026-12-25",
        ),
        (
            HEAD + "    changes:\n      - {from: 2026-07-01, hours: {}}\n      - {from: 2026-07-01, hours: {}}",
            "5: schedules.default.changes[2].from: got '2026-07-01'; accepts a date after 2026-07-01",
        ),
        (
            HEAD + "    holidays: {country: Germany}",
            "3: schedules.default.holidays.country: got 'Germany'; accepts an ISO 3166",
        ),
        (
            HEAD + "    holidays: {country: de}",
            "3: schedules.default.holidays.country: got 'de' (did you mean DE?); accepts",
        ),
        (
            HEAD + "    holidays:\n      country: DE\n      subdivision: Bavaria",
            "5: schedules.default.holidays.subdivision: got 'Bavaria'; accepts BB, BE, BW, BY,",
        ),
        (
            HEAD + "    holidays: {country: JP, subdivision: X}",
            "3: schedules.default.holidays.subdivision: got 'X'; accepts none, as JP has the same holidays everywhere",
        ),
        (
            HEAD + "    holidays: {subdivision: BY}",
            "3: schedules.default.holidays.subdivision: got 'BY' without a country; name the country too",
        ),
        (
            HEAD + "    holidays: {dates: [2026-02-29]}",
            "3: schedules.default.holidays.dates[1]: got '2026-02-29'; accepts",
        ),
        (
            HEAD + "    holidays: {dates: 20261224}",
            "3: schedules.default.holidays.dates: got '20261224'; accepts a date",
        ),
        ("schedules:\n  rome: {zone: Europe/Rome}", "2: schedules.rome: serves no queue; name it under queues"),
        (
            "queues:\n  billing: defualt",
            "2: queues.billing: got 'defualt' (did you mean default?); accepts a schedule: default",
        ),
        # targets
        ("targets: 4m", "1: targets: got '4m'; accepts a list"),
        ("targets:\n  - channels: [phone]", "2: targets[1].within: is missing; accepts 1s to 366d, such as"),
        ("targets:\n  - within: 0s", "2: targets[1].within: got '0s'; accepts 1s to 366d, such as 240s, 4m, 24h or 2d"),
        ("targets:\n  - within: 400d", "2: targets[1].within: got '400d'; accepts 1s to 366d"),
        ("targets:\n  - within: 1h30m", "2: targets[1].within: got '1h30m'; accepts 1s to 366d"),
        (
            "targets:\n  - within: 4m\n    channels: [fone]",
            "3: targets[1].channels[1]: got 'fone' (did you mean phone?)",
        ),
        (
            "targets:\n  - within: 4m\n    channels: []",
            "3: targets[1].channels: got an empty list; accepts at least one",
        ),
        (
            "targets:\n  - within: 4m\n    priorities: p1",
            "3: targets[1].priorities: got 'p1'; accepts low, normal, high,",
        ),
        ("targets:\n  - within: 4m\n    clock: wall", "3: targets[1].clock: got 'wall'; accepts calendar, business"),
        (
            "targets:\n  - within: 4m\n    from: 2026-07-01",
            "3: targets[1].from: got '2026-07-01'; accepts RFC 3339 with a zone",
        ),
        (
            "targets:\n  - within: 4m\n    from: 2026-07-01T00:00:00",
            "3: targets[1].from: got '2026-07-01T00:00:00'; accepts",
        ),
        (
            "targets:\n  - within: 4m\n    from: 2026-07-01T00:00:00Z\n    until: 2026-07-01T00:00:00Z",
            "4: targets[1].until: got 2026-07-01T00:00:00.000000Z; accepts an instant after 2026-07-01T00:00",
        ),
        (
            "targets:\n  - within: 4m\n  - {within: 5m, channels: chat}",
            "2: targets[1]: fits every ticket, so the targets below it are never looked at; put it last",
        ),
        (
            "targets:\n  - {within: 4m, channels: [chat, phone]}\n  - {within: 5m, channels: chat, priorities: high}",
            "3: targets[2]: is never looked at, as targets[1] fits all of its tickets; put it above or leave it out",
        ),
        (
            "targets:\n  - {within: 4m, until: 2026-07-01T00:00:00Z}\n  - {within: 5m, until: 2026-06-30T00:00:00Z}",
            "3: targets[2]: is never looked at, as targets[1]",
        ),
        (
            "targets:\n  - within: 4m\n    from: 9999-12-31T23:59:59-05:00",
            "3: targets[1].from: got '9999-12-31T23:59:59-05:00'; accepts RFC 3339 with a zone",
        ),
        ('queues: {a: "\\ud800"}', "1: queues.a: got '\\ud800'; accepts a text of 1 to 128 characters"),
        ('"a\\nb": 5', "1: 'a\\nb': is no key here; accepts version,"),
        # no keys at all
        ("- a", "1: accepts keys with values, such as at_risk_percent: 20"),
        ("hello", "1: accepts keys with values, such as at_risk_percent: 20"),
        ("a: [", "1: is not YAML: expected the node content"),
        ("version: 1\nnps_low: 6\0", "2: got the character U+0000; accepts printable ones"),
        ("a: [\n" + "[" * 2_000 + "\n" + "]" * 2_001, "2: is nested more than 32 levels deep; unfold it"),
        ("a: &a [*a]", "1: the alias *a stands for a part that contains it"),
    ],
)
def test_what_is_wrong_is_named_with_its_line_what_it_got_and_what_it_accepts(text: str, expected: str) -> None:
    (line,) = errors(text)
    assert line.startswith(f"my.yaml:{expected}"), line


def test_targets_that_other_tickets_come_to_may_look_alike() -> None:
    stated = parse(
        """\
        targets:
          - {within: 1h, channels: phone, from: 2026-07-01T00:00:00Z}
          - {within: 2h, channels: phone}
          - {within: 3h, channels: [phone, chat], priorities: high}
          - {within: 4h, channels: chat}
        """,
        "my.yaml",
    )
    assert [target.target_us // HOUR for target in stated.targets] == [1, 2, 3, 4]


def test_everything_wrong_is_told_at_once_in_the_order_of_the_file() -> None:
    found = errors("mature_days: x\ntargets:\n  - {within: y}\n  - {channels: z}\nnps_low: -1\n")
    assert [line.split(" ")[0] for line in found] == [
        "my.yaml:1:",
        "my.yaml:3:",
        "my.yaml:4:",
        "my.yaml:4:",
        "my.yaml:5:",
    ]


def test_the_keys_of_a_part_are_told_even_below_a_schedule_whose_name_is_a_key() -> None:
    (line,) = errors("schedules:\n  holidays:\n    hour: {}\n")
    assert line.startswith(
        "my.yaml:3: schedules.holidays.hour: is no key here (did you mean hours?); accepts zone, hours,"
    )


def test_a_file_is_named_as_it_was_given(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text("nps_low: 5\n")
    assert load(file).nps_low == 5
    file.write_text("nps_low: 50\n")
    with pytest.raises(WrongPolicyError) as raised:
        load(file)
    assert str(raised.value) == f"{file}:1: nps_low: got '50'; accepts a whole number from 0 to 10"


def test_a_file_that_is_not_there_or_is_no_text_is_said_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(WrongPolicyError, match=r"nowhere\.yaml: cannot be read: No such file"):
        load(tmp_path / "nowhere.yaml")
    with pytest.raises(WrongPolicyError, match=r"cannot be read: Is a directory"):
        load(tmp_path)
    (tmp_path / "latin.yaml").write_bytes("version: 1\n# Qualität".encode("latin-1"))
    with pytest.raises(WrongPolicyError, match=r"latin\.yaml:2: is not UTF-8 text: got the byte 0xe4; save it"):
        load(tmp_path / "latin.yaml")
