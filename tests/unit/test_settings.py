"""Settings come from one place, and a wrong one names itself, what it got and what it accepts."""

from __future__ import annotations

import pytest

from stream.core.policy import Policy
from stream.settings import Settings, WrongSettingError, load_settings, unknown_variables


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("WINDOWS", "5m,7q", "accepts a number with s, m, h or d"),
        ("TODAY_ZONE", "Mars/Olympus", "accepts an IANA name"),
        ("TODAY_START_HOUR", "24", "less than or equal to 23"),
        ("WEB_PORT", "many", "valid integer"),
        ("LABELS", "channel,mood", "got mood; accepts channel, priority"),
        ("RESPONDER", "parrot", "'human', 'any' or 'after_handoff'"),
        ("RESPONSE_BUCKETS_SECONDS", "60,30", "ascending"),
        ("TOPIC_SURVEY", "ticket-opened", "topic names must differ"),
        ("RETENTION_DAYS", "1", "longer than the longest window"),
        ("PARTITIONS", "0", "greater than or equal to 1"),
    ],
)
def test_a_wrong_setting_names_itself_and_what_it_accepts(monkeypatch, variable, value, says):
    monkeypatch.setenv(f"DESKPULSE_{variable}", value)
    with pytest.raises(WrongSettingError) as caught:
        load_settings()
    assert says in str(caught.value)
    if "differ" not in says and "longest" not in says:
        assert f"DESKPULSE_{variable}" in str(caught.value)
        assert value.split(",")[0] in str(caught.value)


def test_all_wrong_settings_are_said_at_once(monkeypatch):
    monkeypatch.setenv("DESKPULSE_WEB_PORT", "x")
    monkeypatch.setenv("DESKPULSE_PARTITIONS", "y")
    with pytest.raises(WrongSettingError) as caught:
        load_settings()
    assert len(str(caught.value).splitlines()) == 2


def test_a_wrong_secret_is_not_shown(monkeypatch):
    monkeypatch.setenv("DESKPULSE_WEB_TOKEN", "hunter2")
    with pytest.raises(WrongSettingError) as caught:
        load_settings()
    assert "hunter2" not in str(caught.value)


def test_secrets_are_not_shown_by_the_settings():
    settings = load_settings(sasl_password="hunter2", web_token="0123456789abcdef")
    assert "hunter2" not in repr(settings)
    assert "0123456789abcdef" not in f"{settings}"


def test_the_environment_wins_over_the_file(monkeypatch, tmp_path):
    file = tmp_path / "desk.toml"
    file.write_text('web_port = 1234\npartitions = 7\nwindows = ["5m", "1h"]\n')
    monkeypatch.setenv("DESKPULSE_CONFIG", str(file))
    monkeypatch.setenv("DESKPULSE_WEB_PORT", "4321")
    settings = load_settings()
    assert (settings.web_port, settings.partitions, settings.windows) == (4321, 7, ("5m", "1h"))


def test_a_setting_that_does_not_exist_is_refused_in_the_file(monkeypatch, tmp_path):
    file = tmp_path / "desk.toml"
    file.write_text("web_prot = 1234\nweb_tokn = 'hunter2'\nmood = 1\n")
    monkeypatch.setenv("DESKPULSE_CONFIG", str(file))
    with pytest.raises(WrongSettingError) as caught:
        load_settings()
    assert sorted(str(caught.value).splitlines()) == [
        f"{file}: mood is not a setting",
        f"{file}: web_prot is not a setting (nearest: web_port)",
        f"{file}: web_tokn is not a setting (nearest: web_token)",
    ]


def test_a_variable_that_is_no_setting_is_named_with_the_nearest_one(monkeypatch):
    monkeypatch.setenv("DESKPULSE_PARTITONS", "8")
    monkeypatch.setenv("DESKPULSE_MOOD", "good")
    assert unknown_variables() == [
        "DESKPULSE_MOOD is not a setting; it has no effect",
        "DESKPULSE_PARTITONS is not a setting (nearest: DESKPULSE_PARTITIONS); it has no effect",
    ]


def test_variables_that_have_an_effect_are_not_unknown():
    known = [f"DESKPULSE_{name.upper()}" for name in Settings.model_fields]
    others = ["DESKPULSE_CONFIG", "DESKPULSE_RUNBOOK_URL", "deskpulse_broker", "DESKPULSER", "PATH"]
    assert unknown_variables([*known, *others]) == []


@pytest.mark.parametrize("got", ["does not exist", "is a folder"])
def test_a_file_that_is_named_has_to_be_there(monkeypatch, tmp_path, got):
    named = tmp_path if got == "is a folder" else tmp_path / "desk.toml"
    monkeypatch.setenv("DESKPULSE_CONFIG", str(named))
    with pytest.raises(WrongSettingError) as caught:
        load_settings()
    assert str(caught.value) == f"DESKPULSE_CONFIG: got '{named}', which {got}; accepts the path of a TOML file"


def test_without_a_name_there_need_be_no_file(monkeypatch, tmp_path):
    monkeypatch.delenv("DESKPULSE_CONFIG")
    monkeypatch.chdir(tmp_path)
    assert load_settings().partitions == Settings.model_fields["partitions"].default


def test_a_file_that_is_not_toml_is_said_by_name(monkeypatch, tmp_path):
    file = tmp_path / "desk.toml"
    file.write_text("web_port: 1234\n")
    monkeypatch.setenv("DESKPULSE_CONFIG", str(file))
    with pytest.raises(WrongSettingError, match=r"desk\.toml: not TOML"):
        load_settings()


def test_the_default_settings_give_the_default_policy():
    settings = load_settings(partitions=1, partitioner="trust")
    assert settings.policy() == Policy()


def test_every_setting_says_what_it_is():
    assert all(field.description for field in Settings.model_fields.values())
