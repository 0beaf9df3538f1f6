"""Mapping files: what they say, and errors that name file, line, key, what was found and what is accepted."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from stream.mapping.mapping_file import MappingError, bundled, in_zone, load, parse

LOG = """\
version: 1
rows: events
ticket: "{case}"
at: "{time}"
rules:
  - emit: opened
"""


def errors(text: str) -> list[str]:
    """The lines of the error that this mapping raises."""
    with pytest.raises(MappingError) as raised:
        parse(textwrap.dedent(text), "my.yaml")
    return str(raised.value).splitlines()


def test_the_smallest_log_mapping_is_five_keys() -> None:
    mapping = parse(LOG, "my.yaml")
    assert mapping.rows == "events"
    assert mapping.order == "time"


@pytest.mark.parametrize(
    ("addition", "expected"),
    [
        (
            "tikcet: x\n",
            "my.yaml:7: tikcet: is no key here (did you mean ticket?); accepts version, title, file, time,",
        ),
        ("ticket: x\n", "my.yaml:7: ticket: is there twice (first in line 3); keep one"),
        (
            "time: {zone: Europe/Rom}\n",
            "my.yaml:7: time.zone: got 'Europe/Rom'; accepts an IANA zone such as Europe/Rome",
        ),
        (
            "time: {repeated_hour: never}\n",
            "my.yaml:7: time.repeated_hour: got 'never'; accepts earlier, later or reject",
        ),
        (
            "time:\n  formats: [iso, dd.mm]\n",
            "my.yaml:8: time.formats: got 'dd.mm'; accepts iso, rfc_2822, unix, unix_ms, unix_us or",
        ),
        ("file: {encoding: utf-9}\n", "my.yaml:7: file.encoding: got 'utf-9'; accepts an encoding that Python knows"),
        ("file: {delimiter: ab}\n", "my.yaml:7: file.delimiter: got 'ab'; accepts one character such as ; or \\t"),
        ("agent: {User}\n", "my.yaml:7: agent: got a YAML mapping; accepts a text: put the template in quotes"),
        ("agent: '{User'\n", "my.yaml:7: agent: got '{User'; accepts columns as {Name}"),
        ("attributes:\n  chanel: x\n", "my.yaml:8: attributes.chanel: is no key here (did you mean channel?); accepts"),
        (
            "attributes:\n  channel: mail\n",
            "my.yaml:8: attributes.channel: got 'mail'; accepts phone, chat, email, form",
        ),
        (
            'attributes:\n  priority: {from: "{P}", map: {P1: urgnt}}\n',
            "my.yaml:8: attributes.priority: got 'urgnt'; accepts low, normal, high, urgent",
        ),
        (
            'attributes:\n  queue: {from: "{Q}", map: {A: x, a: y}}\n',
            "my.yaml:8: attributes.queue.map: got 'a' twice, once as 'x' and once as 'y'",
        ),
        (
            'attributes:\n  queue: {from: "{Q}", map: {"*": x}, otherwise: keep}\n',
            "my.yaml:8: attributes.queue: got `otherwise` beside `*` in `map`; accepts one of them",
        ),
        (
            "case: {without_opening: guess}\n",
            "my.yaml:7: case.without_opening: got 'guess'; accepts open, leave or reject",
        ),
        ("case: {}\norder: file\n", "my.yaml:8: order: got 'file'; accepts 'time' beside `case`"),
        ("unmatched: maybe\n", "my.yaml:7: unmatched: got 'maybe'; accepts reject or skip"),
    ],
)
def test_a_wrong_key_is_named_with_its_line_what_it_got_and_what_it_accepts(addition: str, expected: str) -> None:
    found = errors(LOG + addition)
    assert len(found) == 1
    assert found[0].startswith(expected)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("  - emit: open\n", "my.yaml:6: rules[1].emit: got 'open'; accepts opened, responded, pending,"),
        ("  - when: {task: x}\n", "my.yaml:6: rules[1].emit: is missing"),
        ("  - when: x\n    emit: opened\n", "my.yaml:6: rules[1].when: got 'x'; accepts keys with values"),
        (
            '  - when: {task: {matches: "("}}\n    emit: opened\n',
            "my.yaml:6: rules[1].when.task.matches: got '('; accepts a regular expression: missing )",
        ),
        (
            "  - when: {task: {mathces: x}}\n    emit: opened\n",
            "my.yaml:6: rules[1].when.task.mathces: is no key here (did you mean matches?); accepts is, not,",
        ),
        ("  - emit: opened\n    touch: true\n", "my.yaml:7: rules[1].touch: needs a `case` section"),
        ("  - emit: opened\n    touch: perhaps\n", "my.yaml:7: rules[1].touch: got 'perhaps'; accepts true or false"),
        (
            '  - emit: resolved\n    with: {score: "{x}"}\n',
            "my.yaml:7: rules[1].with.score: got 'score'; a ticket.status event accepts agent_id, brand,",
        ),
        (
            "  - emit: resolved\n    with:\n      status: x\n",
            "my.yaml:8: rules[1].with.status: got 'status'; that is what `emit` is for",
        ),
        (
            "  - emit: survey_answered\n    with: {score: ten, survey_id: x}\n",
            "my.yaml:7: rules[1].with.score: got 'ten'; accepts a whole number",
        ),
        (
            "  - emit: survey_answered\n",
            "my.yaml:6: rules[1].with: survey_id is missing; a survey.answered event needs it",
        ),
        (
            "  - emit: opened\n  - when: {a: b}\n    emit: closed\n",
            "my.yaml:6: rules[1]: every row fits it, so the rules below it are never looked at; put it last",
        ),
    ],
)
def test_a_wrong_rule_is_named_by_its_place(rules: str, expected: str) -> None:
    found = errors(LOG.replace("  - emit: opened\n", rules))
    assert len(found) == 1
    assert found[0].startswith(expected)


def test_everything_wrong_is_told_at_once_in_the_order_of_the_file() -> None:
    found = errors(
        """\
        version: 2
        rows: tickets
        ticket: {Id}
        events:
          - emit: opend
            at: "{Created}"
          - emit: closed
        """
    )
    assert [line.split(" ")[0] for line in found] == ["my.yaml:1:", "my.yaml:3:", "my.yaml:5:", "my.yaml:7:"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "my.yaml:1: accepts a YAML mapping that begins with version: 1"),
        ("- a\n", "my.yaml:1: accepts a YAML mapping that begins with version: 1"),
        ("version: 1\n", "my.yaml:1: rows: got 'None'; accepts events or tickets"),
        ("rows: table\n", "my.yaml:1: rows: got 'table'; accepts events or tickets"),
        ("a: [\n", "my.yaml:2: is not YAML: expected the node content"),
        ("a: {B?: c}\n", "my.yaml:1: is not YAML: expected ',' or '}', but got '?' (inside { } a column such as Name?"),
    ],
)
def test_what_is_no_mapping_at_all_is_said_in_a_line(text: str, expected: str) -> None:
    found = errors(text)
    assert len(found) == 1
    assert found[0].startswith(expected)


def test_a_word_that_yaml_would_turn_into_something_else_stays_a_text() -> None:
    mapping = parse(LOG + 'attributes: {queue: {from: "{Q}", map: {No: off, 1.10: "010", null: ~}}}\n', "my.yaml")
    assert mapping.attributes["queue"].map_ == {"no": "off", "1.10": "010", "null": "~"}


def test_a_tickets_table_needs_one_meaning_for_each_id() -> None:
    found = errors(
        """\
        version: 1
        rows: tickets
        ticket: "{Id}"
        event_id: "{Id}"
        events:
          - {emit: opened, at: "{Created}"}
          - {emit: closed, at: "{Closed}"}
        """
    )
    assert found == ["my.yaml:4: event_id: one row makes several events here, which cannot share one id; leave it out"]


@pytest.mark.parametrize("name", bundled())
def test_every_bundled_mapping_loads_and_has_a_title(name: str) -> None:
    assert load(name).title


@pytest.mark.parametrize("path", sorted(Path("examples/mappings").glob("*.yaml")), ids=lambda path: path.name)
def test_every_example_mapping_loads_by_its_path(path: Path) -> None:
    assert load(str(path)).title


def test_an_unknown_name_lists_the_bundled_ones() -> None:
    with pytest.raises(MappingError, match=r"got 'zendeks'; accepts .*zendesk-tickets, or the path of a .yaml file"):
        load("zendeks")


def test_a_file_beside_never_hides_a_bundled_mapping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "zendesk-tickets").write_text("nonsense")
    monkeypatch.chdir(tmp_path)
    assert load("zendesk-tickets").rows == "tickets"


def test_a_file_that_is_not_there_or_is_no_text_is_said_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=r"nowhere\.yaml: cannot be read: No such file"):
        load(str(tmp_path / "nowhere.yaml"))
    (tmp_path / "latin.yaml").write_bytes("title: Qualität".encode("latin-1"))
    with pytest.raises(MappingError, match=r"latin\.yaml:1: is not UTF-8 text: got the byte 0xe4"):
        load(str(tmp_path / "latin.yaml"))


def test_the_zone_can_be_given_from_outside() -> None:
    assert in_zone(load("zendesk-tickets"), "Asia/Tokyo").time.zone == "Asia/Tokyo"
    with pytest.raises(MappingError, match="--zone: got 'Mars'; accepts an IANA zone"):
        in_zone(load("zendesk-tickets"), "Mars")
