"""`notify.yaml`: what it means, and what is said of a wrong one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stream.notify.reading import WrongReceiversError, load
from stream.notify.signing import secret_key
from tests.notify.test_signing import SECRET

FULL = """\
receivers:
  - name: helpdesk
    url: https://hooks.example.com/deskpulse
    secrets: [{{env: NEW_SECRET}}, {{file: "{folder}/old"}}]
    headers: {{Authorization: {{env: TOKEN}}}}
    alerts: [sla.breached]
    channels: chat
    timeout: 5s
    attempts: 3
    give_up_after: 1h
  - name: team-chat
    url: {{env: SLACK_URL}}
    format: slack
    link: https://desk.example/tickets/{{ticket_id}}
  - name: bus
    url: http://events.internal:8080/
    allow_http: true
    format: cloudevents
"""


def write(folder: Path, text: str) -> Path:
    file = folder / "notify.yaml"
    file.write_text(text)
    return file


def test_a_file_says_who_is_sent_what_and_where_the_secrets_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEW_SECRET", SECRET)
    monkeypatch.setenv("TOKEN", "Bearer of good news")
    monkeypatch.setenv("SLACK_URL", "https://hooks.slack.com/services/T/B/X")
    (tmp_path / "old").write_text(f"whsec_{'A' * 32}\n")
    helpdesk, chat, bus = load(write(tmp_path, FULL.format(folder=tmp_path)))
    assert helpdesk.keys == (secret_key(SECRET), secret_key(f"whsec_{'A' * 32}"))
    assert helpdesk.headers == {"Authorization": "Bearer of good news"}
    assert (helpdesk.only.alerts, helpdesk.only.channels, helpdesk.only.queues) == (("sla.breached",), ("chat",), None)
    assert (helpdesk.patience.timeout, helpdesk.patience.attempts, helpdesk.patience.give_up_after) == (5, 3, 3600)
    assert (chat.url, chat.format, chat.host) == ("https://hooks.slack.com/services/T/B/X", "slack", "hooks.slack.com")
    assert (bus.format, bus.keys) == ("cloudevents", ())
    for secret in (SECRET, "good news", "services/T/B/X"):
        assert secret not in repr((helpdesk, chat))


def test_a_secret_in_a_file_may_begin_and_end_as_windows_writes_files(tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(b"\xef\xbb\xbf" + SECRET.encode() + b"\r\n")
    text = f"receivers:\n  - {{name: a, url: 'https://a.example', secrets: [{{file: '{tmp_path}/old'}}]}}"
    (receiver,) = load(write(tmp_path, text))
    assert receiver.keys == (secret_key(SECRET),)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "notify.yaml:1: accepts receivers; docs/notify.md has a file to begin with"),
        ("receivers: []", "notify.yaml:1: receivers: got an empty list; accepts at least one, or no such key"),
        (
            "receivers:\n  - {name: a, url: 'https://a.example', secrets: [whsec_abc]}",
            (
                "notify.yaml:2: receivers[1].secrets[1]: accepts {env: NAME} or {file: PATH}: where a "
                "secret is, and never a secret itself"
            ),
        ),
        (
            "receivers:\n  - {name: a, url: 'https://a.example'}",
            "notify.yaml:2: receivers[1].secrets: is missing; format standard signs what it posts",
        ),
        (
            "receivers:\n  - {name: a, url: 'https://a.example', secrets: {env: NOT_SET}}",
            "notify.yaml:2: receivers[1].secrets: the environment variable NOT_SET is not set",
        ),
        (
            "receivers:\n  - {name: a, url: 'https://a.example', secrets: {env: WRONG}}",
            (
                "notify.yaml:2: receivers[1].secrets: is no secret of Standard Webhooks; accepts whsec_ and "
                "24 to 64 bytes in base64"
            ),
        ),
        (
            "receivers:\n  - {name: a, url: 'http://a.example', format: cloudevents}",
            (
                "notify.yaml:2: receivers[1].url: begins with http://, so that anyone on the way could read it; "
                "accepts https://, or set allow_http: true"
            ),
        ),
        (
            "receivers:\n  - {name: a, url: 'https://me:pw@a.example', format: cloudevents}",
            (
                "notify.yaml:2: receivers[1].url: has a user name in it; accepts one without, and the header "
                "Authorization under headers"
            ),
        ),
        (
            "receivers:\n  - {name: a, url: 'ftp://a.example', format: cloudevents}",
            (
                "notify.yaml:2: receivers[1].url: is no address; accepts https://…, or where it is: "
                "{env: NAME} or {file: PATH}"
            ),
        ),
        (
            "receivers:\n  - {name: a, url: 'https://a.example', format: teams}",
            "notify.yaml:2: receivers[1].format: got 'teams'; accepts standard, slack, cloudevents",
        ),
        (
            "receivers:\n  - {name: a, url: 'https://a.example', format: slack, headers: {Webhook-Id: {env: PATH}}}",
            "notify.yaml:2: receivers[1].headers.Webhook-Id: got 'Webhook-Id'; the service writes this header itself",
        ),
        (
            (
                "receivers:\n  - {name: a, url: 'https://a.example', format: slack}\n"
                "  - {name: a, url: 'https://b.example', format: slack}"
            ),
            (
                "notify.yaml:2: receivers[1].name: got 'a' twice; accepts another name for each\n"
                "notify.yaml:3: receivers[2].name: got 'a' twice; accepts another name for each"
            ),
        ),
        (
            "receivers:\n  - {name: a, url: 'https://a.example', format: slack, retries: 3}",
            (
                "notify.yaml:2: receivers[1].retries: is no key here; accepts name, url, format, secrets, headers, "
                "alerts, channels, priorities, queues, link, source, allow_http, timeout, attempts, give_up_after, "
                "at_once"
            ),
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_without_a_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, line: str
) -> None:
    monkeypatch.setenv("WRONG", "hunter2")
    monkeypatch.chdir(tmp_path)
    write(tmp_path, text)
    with pytest.raises(WrongReceiversError) as wrong:
        load(Path("notify.yaml"))
    assert str(wrong.value) == line
    assert "hunter2" not in str(wrong.value)


def test_the_file_on_the_page_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_URL", "https://hooks.slack.com/services/T/B/X")
    monkeypatch.setenv("HELPDESK_SECRET", SECRET)
    page = (Path(__file__).parents[2] / "docs" / "notify.md").read_text()
    [text] = re.findall(r"```yaml\n(.*?)```", page, flags=re.DOTALL)
    assert [receiver.name for receiver in load(write(tmp_path, text))] == ["team-chat", "helpdesk"]
