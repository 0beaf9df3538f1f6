"""receivers.yaml: what is wrong in it is refused, by line, and what is accepted Alertmanager accepts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from grafana.build_alertmanager import ALERTMANAGER, RECEIVERS, config, main
from grafana.receivers import WrongReceiversError, read
from tests.rules.conftest import Tool
from tests.rules.test_alertmanager import EXAMPLE, as_any_version_reads_it


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"teams": {"support": {"critical": {}}}},
            "teams.support.critical: tells nobody; accepts one or more of webhook",
        ),
        ({"pager": "x"}, "pager: is no key here; accepts version, teams, email, heartbeat, desk_closed"),
        ({"version": 2}, "version: got '2'; accepts 1"),
        ({"heartbeat": {"url_file": ""}}, "heartbeat.url_file: is missing; accepts the path of a file"),
        (
            {"heartbeat": {"url_file": "https://hooks.example/x"}},
            "heartbeat.url_file: got 'https://hooks.example/x'; acc",
        ),
        ({"heartbeat": {"url_file": "secrets/x"}}, "heartbeat.url_file: got 'secrets/x'; accepts the path of a file"),
        ({"email": {"smarthost": "mail", "from": "a@desk.example"}}, "email.smarthost: got 'mail'; accepts host:port"),
        ({"email": {"smarthost": "mail:25", "from": "desk"}}, "email.from: got 'desk'; accepts one address"),
        (
            {"email": {"smarthost": "mail:25", "from": "a@desk.example", "username": "a"}},
            "email: has half a login; accepts username and password_file, or neither",
        ),
        (
            {"teams": {"support": {"critical": {"slack": {"channel": "#a #b"}}}}},
            "channel: got '#a #b'; accepts a channel",
        ),
        (
            {"teams": {"support": {"critical": {"slack": {"channel": "{{ ."}}}}},
            "channel: got '{{ .'; accepts a channel",
        ),
        ({"desk_closed": [{}]}, "desk_closed[1]: is always; accepts one or more of weekdays, times"),
        ({"desk_closed": [{"location": "UTC"}]}, "desk_closed[1]: is always; accepts one or more of weekdays, times"),
        ({"desk_closed": [{"weekdays": "funday"}]}, "weekdays: got 'funday' (did you mean sunday?); accepts names"),
        (
            {"desk_closed": [{"weekdays": "saturday:sunday"}]},
            "got 'saturday:sunday'; accepts a range that goes forward",
        ),
        (
            {"desk_closed": [{"months": "december:january"}]},
            "got 'december:january'; accepts a range that goes forward",
        ),
        ({"desk_closed": [{"days_of_month": "5:1"}]}, "days_of_month: got '5:1'; accepts days such as 1, 1:5"),
        ({"desk_closed": [{"days_of_month": "1:-1"}]}, "days_of_month: got '1:-1'; accepts days such as 1, 1:5"),
        ({"desk_closed": [{"days_of_month": "32"}]}, "days_of_month: got '32'; accepts days such as 1, 1:5"),
        (
            {"desk_closed": [{"times": {"start_time": "18:00", "end_time": "08:00"}}]},
            "desk_closed[1].times: ends before it starts; accepts two for a night",
        ),
        (
            {"desk_closed": [{"times": {"start_time": "8", "end_time": "09:00"}}]},
            "start_time: got '8'; accepts a time of day such as 08:00",
        ),
        (
            {"desk_closed": [{"weekdays": "sunday", "location": "Europe/Atlantis"}]},
            "location: got 'Europe/Atlantis' (did you mean Europe/Athens?); accepts an IANA zone",
        ),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_a_file_that_says_something_wrong_is_refused_with_place_value_and_what_is_accepted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: dict[str, Any], told: str
) -> None:
    wrong, target = tmp_path / "receivers.yaml", tmp_path / "alertmanager.yml"
    wrong.write_text(yaml.safe_dump(yaml.safe_load(RECEIVERS.read_text()) | change))
    assert main([str(wrong), str(target)]) == 78
    (line, *_) = [line for line in capsys.readouterr().err.splitlines() if told in line]
    assert re.match(rf"{re.escape(str(wrong))}:\d+: ", line)
    assert not target.exists()


def test_mail_without_a_server_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "receivers.yaml"
    document = yaml.safe_load(RECEIVERS.read_text())
    document["teams"]["support"]["critical"] = {"email": {"to": ["lead@desk.example"]}}
    path.write_text(yaml.safe_dump(document))
    with pytest.raises(WrongReceiversError, match="accepts it with email at the top, which has smarthost and from"):
        read(path)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (RECEIVERS.read_text() + "\nversion: 1\n", "version: is there twice"),
        ("", "1: accepts version and teams"),
        ("- a\n", "1: accepts version and teams"),
        ("version: 1\n\tteams: {}\n", "2: is not YAML"),
    ],
    ids=["twice", "empty", "a list", "tab"],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "receivers.yaml"
    path.write_text(text)
    with pytest.raises(WrongReceiversError, match=rf"receivers\.yaml:.*{told}"):
        read(path)


def test_neither_one_file_nor_a_place_that_cannot_be_written_to_is_taken_for_something_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = ALERTMANAGER.read_bytes()
    assert main([str(EXAMPLE)]) == 2
    assert "both files, or neither" in capsys.readouterr().err
    assert main([str(EXAMPLE), str(tmp_path / "none" / "alertmanager.yml")]) == 78
    assert main([str(tmp_path / "none.yaml"), str(tmp_path / "alertmanager.yml")]) == 78
    assert "none.yaml: cannot be read" in capsys.readouterr().err
    assert ALERTMANAGER.read_bytes() == before


CLOSED = """
desk_closed:
  - weekdays: [Saturday, sunday]
  - {times: [{start_time: 18:00, end_time: 24:00}, {start_time: 00:00, end_time: 08:00}], weekdays: monday:friday}
  - {months: [july:august, december], days_of_month: [1:5, -3:-1, 17], years: ["2026", 2027:2028], location: UTC}
"""


def test_whatever_is_accepted_alertmanager_accepts_times_without_quotes_too(amtool: Tool, tmp_path: Path) -> None:
    receivers = tmp_path / "receivers.yaml"
    receivers.write_text(RECEIVERS.read_text() + CLOSED)
    path = as_any_version_reads_it(receivers, tmp_path)
    assert "SUCCESS" in amtool("check-config", path)
    days, nights, months = config(read(receivers))["time_intervals"][0]["time_intervals"]
    assert days == {"weekdays": ["saturday", "sunday"]}
    assert nights["times"][0] == {"start_time": "18:00", "end_time": "24:00"}
    assert months["days_of_month"] == ["1:5", "-3:-1", "17"]


def test_a_good_file_is_written_where_it_is_asked_for(tmp_path: Path) -> None:
    target = tmp_path / "alertmanager.yml"
    assert main([str(EXAMPLE), str(target)]) == 0
    assert yaml.safe_load(target.read_text()) == config(read(EXAMPLE))
