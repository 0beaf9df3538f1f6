"""The file of senders: a mistake in it is said with its line, what was got and what is accepted, and no secret is."""

from __future__ import annotations

import re
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from stream.cli.main import app
from stream.intake.recipe import bundled
from stream.intake.source import Allowance
from stream.intake.source_file import WrongSourcesError, example_text, parse
from stream.settings import WrongSettingError
from tests.intake.front import ENVIRONMENT, MAPPING, OPEN, SECRET, SIGNED, sources

ROOT = Path(__file__).parents[2]
RUNNER = CliRunner()
HIDDEN = "topsecret-value"


def _wrong(text: str, folder: Path) -> list[str]:
    with pytest.raises(WrongSourcesError) as caught:
        sources(text, folder)
    assert HIDDEN not in str(caught.value)
    return [line.removeprefix(f"{folder}/") for line in str(caught.value).splitlines()]


def _own(more: str = "", path: str = "/own", signature: str = "none") -> str:
    return f"  - path: {path}\n    mapping: ./own.yaml\n    signature: {signature}\n{more}"


def test_a_source_is_read_with_its_secret_and_hides_it(tmp_path):
    (source,) = sources(SIGNED, tmp_path)
    assert (source.name, source.path, source.keys) == ("signed", "/signed", (SECRET.encode(),))
    assert SECRET not in repr(source)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (_own(path="own"), "sources[1].path: got 'own'; accepts a path such as /zendesk"),
        (_own(path="/metrics"), "sources[1].path: got '/metrics'; accepts a path other than /metrics, /healthz"),
        (_own(signature="zendesc"), "sources[1].signature: is no recipe (did you mean zendesk?); accepts zendesk"),
        (_own("    secrets: topsecret-value\n"), "sources[1].secrets: accepts {env: NAME} or {file: PATH}"),
        (_own("    secrets: {plain: topsecret-value}\n"), "accepts {env: NAME} or {file: PATH}"),
        (_own("    secrets: {env: NEW_SECRET}\n"), "signature: none has no secrets; accepts none of them"),
        (_own(signature="bearer"), "sources[1].secrets: is missing; accepts where the secret is"),
        (
            _own("    secrets: {env: NOWHERE}\n", signature="bearer"),
            "sources[1].secrets: the environment variable NOWHERE is not set here, or empty",
        ),
        (
            _own("    secrets: {env: DESKPULSE_SECRET}\n", signature="bearer"),
            "accepts a variable that does not begin with DESKPULSE_",
        ),
        (_own("    secrets: {file: none.txt}\n", signature="bearer"), "the file none.txt cannot be read: No such file"),
        (
            _own("    secrets: {env: NEW_SECRET}\n", signature="standard-webhooks"),
            "sources[1].secrets: the secret in env NEW_SECRET is no secret of Standard Webhooks; accepts whsec_",
        ),
        (_own("    secrets: {env: NEW_SECRET}\n", signature="twilio"), "public_url: is missing, and this sender signs"),
        (_own("    public_url: intake.example.com\n"), "public_url: got 'intake.example.com'; accepts the address"),
        (_own("    deliveries_per_second: 0\n"), "deliveries_per_second: got '0'; accepts a whole number from 1"),
        (_own(signature="sns"), "topics: accepts ARNs of topics with signature: sns, and with that alone"),
        (_own("    topics: [desk]\n", signature="sns"), "topics[1]: got 'desk'; accepts the ARN of a topic, such as"),
        (_own("    allowed_origins: [https://x.example]\n"), "allowed_origins[1]: got 'https://x.example'; accepts"),
        (_own("    secret: x\n"), "secret: is no key here (did you mean secrets?); accepts path, name, mapping"),
        (_own("    name: Own Desk\n"), "name: got 'Own Desk'; accepts 1 to 40 small letters"),
        (_own() + _own(), "sources[2].path: got '/own', as source 1 has; accepts another one"),
        (_own(signature="{header: X-Sig, algorithm: md5}"), "signature.algorithm: got 'md5'; accepts sha1, sha256"),
        (_own(signature="{algorithm: sha1}"), "header is missing; check: hmac accepts the name of one"),
        (_own(signature='{header: X-Sig, signed: "x"}'), "has neither {body} nor {form}"),
        (_own(signature='{header: X-Sig, signed: "{boddy}"}'), "got {boddy}; accepts {body}, {method}, {url}"),
        (
            _own(signature="{header: X-Sig, timestamp: {header: X-Time}}"),
            "timestamp.header x-time is not part of signed, so anyone could change it",
        ),
        ("  - path: /x\n    mapping: nothing\n", "sources[1].mapping: got 'nothing'; accepts"),
        ("  - path: /x\n    mapping: nothing\n", "sources[1].signature: is missing, and no recipe is named as"),
        ("  - path: /x\n    mapping: ./none.yaml\n    signature: none\n", "none.yaml: cannot be read: No such file"),
    ],
)
def test_a_mistake_is_said_with_its_line_and_what_is_accepted(tmp_path, text, says):
    lines = _wrong(text, tmp_path)
    assert any(says in line for line in lines), lines
    assert all(line.startswith(("intake.yaml:", "none.yaml")) for line in lines), lines


def test_all_mistakes_are_said_at_once(tmp_path):
    lines = _wrong(
        _own("    secrets: {env: NOWHERE}\n", signature="twilio") + _own(path="/two", signature="bearer"), tmp_path
    )
    assert [line.split(":")[2].strip() for line in lines] == [
        "sources[1].public_url",
        "sources[1].secrets",
        "sources[2].secrets",
    ]


def test_a_secret_in_a_file_is_one_line_beside_the_file_of_sources(tmp_path):
    (tmp_path / "secret").write_text(f"  {SECRET}\n")
    text = _own("    secrets: [{file: secret}, {file: empty}, {file: binary}, {file: long}]\n", signature="bearer")
    for name, content in (("empty", b"\n"), ("binary", b"\xff\xfe"), ("long", b"x" * 5000)):
        (tmp_path / name).write_bytes(content)
    lines = _wrong(text, tmp_path)
    assert [line.partition("the file ")[2] for line in lines] == [
        "empty has nothing in it; accepts a line",
        "binary is not UTF-8 text; it has to hold the secret",
        "long has too much in it; accepts a line",
    ]
    (source,) = sources(text.replace(", {file: empty}, {file: binary}, {file: long}", ""), tmp_path)
    assert source.keys == (SECRET.encode(),)


@pytest.mark.parametrize("content", [b"%s\r\n", b"%s\r\n\r\n", b"\xef\xbb\xbf%s\r\n"])
def test_a_secret_in_a_file_may_begin_and_end_as_windows_writes_files(content, tmp_path):
    (tmp_path / "secret").write_bytes(content.replace(b"%s", SECRET.encode()))
    (source,) = sources(_own("    secrets: {file: secret}\n", signature="bearer"), tmp_path)
    assert source.keys == (SECRET.encode(),)


@pytest.mark.parametrize("content", [b"%s\nsecond", b"%s\r\nsecond\r\n", b"%s\rsecond", b"%s\0"])
def test_a_secret_of_several_lines_is_refused_as_no_sender_could_sign_with_it(content, tmp_path):
    (tmp_path / "secret").write_bytes(content.replace(b"%s", HIDDEN.encode()))
    lines = _wrong(_own("    secrets: {file: secret}\n", signature="bearer"), tmp_path)
    assert [line.partition(": ")[2] for line in lines] == [
        "sources[1].secrets: the secret in file secret has several lines or control characters; accepts one line"
    ]


def test_a_secret_that_is_the_last_part_of_an_address_has_no_slash(tmp_path):
    (tmp_path / "secret").write_text(f"{HIDDEN}/b")
    (line,) = _wrong(_own("    secrets: {file: secret}\n", signature="path"), tmp_path)
    assert "the secret in file secret is the last part of an address and has a slash in it; accepts one without" in line
    assert len(sources(_own("    secrets: {file: secret}\n", signature="bearer"), tmp_path)) == 1


def test_what_is_no_file_of_sources_is_said(tmp_path):
    for text in ("", "- a\n", "sources: [\n", "sources: []\n"):
        with pytest.raises(WrongSourcesError):
            parse(text, str(tmp_path / "intake.yaml"), ENVIRONMENT)


def test_the_example_is_right_and_so_are_all_that_it_leaves_as_comments(tmp_path):
    (source,) = parse(example_text(), "intake.yaml", {"ZENDESK_WEBHOOK_SECRET": "x"})
    assert (source.name, source.recipe) == ("zendesk", bundled()["zendesk"])
    text = example_text().replace("  # - path", "  - path").replace("\n  #   ", "\n    ")
    for name in ("chatwoot", "chatwoot_old"):
        text = text.replace(f"/run/secrets/{name}}}", f"{name}}}")
        (tmp_path / name).write_text("x")
    (tmp_path / "own-desk.yaml").write_text(MAPPING)
    names = dict.fromkeys(["ZENDESK_WEBHOOK_SECRET", "HUBSPOT_CLIENT_SECRET", "OWN_DESK_KEY"], "x")
    read = parse(text, str(tmp_path / "intake.yaml"), names)
    assert [source.name for source in read] == ["zendesk", "chatwoot", "hubspot", "own-desk"]
    assert [len(source.keys) for source in read] == [1, 2, 1, 1]


def test_an_allowance_fills_again_and_never_above_what_it_was():
    allowance = Allowance(2)
    assert [allowance.take(100.0) for _ in range(3)] == [True, True, False]
    assert [allowance.take(100.5) for _ in range(2)] == [True, False]
    assert [allowance.take(1000.0) for _ in range(3)] == [True, True, False]
    assert allowance.take(999.0) is False  # a clock that went back gives nothing


def test_the_command_says_what_is_in_a_file_and_what_is_wrong_with_it(tmp_path, monkeypatch):
    sources(OPEN, tmp_path)
    file = tmp_path / "intake.yaml"
    file.write_text(f"sources:\n{SIGNED}{OPEN}")
    monkeypatch.setenv("NEW_SECRET", SECRET)
    done = RUNNER.invoke(app, ["intake", "--file", str(file), "--check"])
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == [
        "signed  POST /signed  checked by hmac, 1 secret",
        "open  POST /open  anyone may send, no secret",
    ]
    assert RUNNER.invoke(app, ["intake", "--example"]).stdout == example_text()


def test_a_wrong_file_is_said_in_lines_that_name_the_setting(tmp_path):
    file = tmp_path / "intake.yaml"
    file.write_text("sources:\n  - path: x\n    mapping: nothing\n")
    for arguments, says in (
        (["--file", str(file)], f"intake_file (DESKPULSE_INTAKE_FILE): {file}:2: sources[1].path: got 'x'"),
        ([], "intake_file (DESKPULSE_INTAKE_FILE): is not set; accepts a file of senders"),
    ):
        done = RUNNER.invoke(app, ["intake", *arguments])
        assert isinstance(done.exception, WrongSettingError)
        assert says in str(done.exception)
        assert not done.stdout


def test_check_says_what_is_wrong_with_the_file(tmp_path, monkeypatch):
    file = tmp_path / "intake.yaml"
    file.write_text("sources:\n  - path: x\n    mapping: nothing\n")
    monkeypatch.setenv("DESKPULSE_INTAKE_FILE", str(file))
    done = RUNNER.invoke(app, ["check"])
    assert done.exit_code == 1
    assert f"{file}:2: sources[1].path: got 'x'" in done.stdout


def test_check_leaves_secrets_to_the_intake_which_says_what_is_not_set(tmp_path, monkeypatch):
    file = tmp_path / "intake.yaml"
    sources(OPEN, tmp_path)
    file.write_text(f"sources:\n{SIGNED}" + _own("    secrets: {file: nowhere}\n", signature="bearer"))
    monkeypatch.setenv("DESKPULSE_INTAKE_FILE", str(file))
    monkeypatch.setenv("DESKPULSE_BROKER", "127.0.0.1:1")
    monkeypatch.delenv("NEW_SECRET", raising=False)
    worker = orjson.loads(RUNNER.invoke(app, ["check", "--json"]).stdout)
    assert worker["wrong_settings"] == []
    assert {trouble["about"] for trouble in worker["troubles"]} == {"broker"}
    asked = RUNNER.invoke(app, ["intake", "--check"])
    assert isinstance(asked.exception, WrongSettingError)
    assert "sources[1].secrets: the environment variable NEW_SECRET is not set here" in str(asked.exception)
    assert "sources[2].secrets: the file nowhere cannot be read" in str(asked.exception)
    file.write_text(file.read_text().replace("NEW_SECRET", "DESKPULSE_SECRET"))
    wrong = orjson.loads(RUNNER.invoke(app, ["check", "--json"]).stdout)["wrong_settings"]
    assert [line.partition(": got ")[2][:16] for line in wrong] == ["DESKPULSE_SECRET"]


BLOCKS = [
    (page.name, block)
    for page in sorted((ROOT / "docs" / "connect").glob("*.md"))
    for block in re.findall(r"```yaml\n(.*?)```", page.read_text(), flags=re.DOTALL)
    if re.search(r"^sources:", block, flags=re.MULTILINE) or re.match(r" *- path: /", block)
]


class _AnySecret(dict[str, str]):
    def get(self, name: str, default: object = None) -> str:
        return "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"


@pytest.mark.parametrize(("page", "block"), BLOCKS, ids=[f"{page}-{n}" for n, (page, _) in enumerate(BLOCKS)])
def test_every_source_in_the_documents_is_right(page, block, tmp_path):
    (tmp_path / "own.yaml").write_text(MAPPING)
    (tmp_path / "secret").write_text("s3cret")
    text = re.sub(r"file: /run/secrets/\w+", "file: secret", block)
    text = text if text.startswith(("sources", "version")) else f"sources:\n{text}"
    assert parse(text, str(tmp_path / "intake.yaml"), _AnySecret())


def test_every_page_of_a_vendor_is_of_a_mapping_that_has_a_recipe_or_of_the_deskpulse_body():
    pages = {page.stem: page.read_text() for page in (ROOT / "docs" / "connect").glob("*.md")}
    own = {name for name, text in pages.items() if name not in bundled() and "deskpulse-body" not in text}
    assert own - {"README", "mapping"} == {"cloudevents"}  # whose senders sign nothing of their own
