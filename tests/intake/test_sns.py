"""Amazon SNS: envelopes are believed that Amazon signed for topics of the source, and subscriptions are confirmed."""

from __future__ import annotations

import asyncio
import subprocess
from base64 import b64encode
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.intake.rsa import is_signed, key_of_certificate
from stream.intake.signature import Doubt, Refused
from stream.intake.sns import Envelopes, NotFetchedError, Opened
from tests.engine.desk import Desk
from tests.intake.front import running, sources, told
from tests.kafka.jars import program

TOPIC = "arn:aws:sns:eu-central-1:123456789012:desk"
SOURCE = f"""
  - path: /connect
    mapping: ./own.yaml
    signature: sns
    topics: ["{TOPIC}"]
"""
CERTIFICATE = "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem"
CONFIRM = "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&Token=t-1"
NOW = 1_772_442_850.0


def _openssl(*arguments: str, data: bytes = b"") -> bytes:
    return subprocess.run([program("openssl"), *arguments], check=True, capture_output=True, input=data).stdout


@pytest.fixture(scope="module")
def amazon(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a key and its certificate, as Amazon has them."""
    folder = tmp_path_factory.mktemp("amazon")
    made = ("-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=sns")
    _openssl("req", "-x509", *made, "-keyout", str(folder / "key"), "-out", str(folder / "pem"))
    return folder


def _envelope(amazon: Path, version: str = "2", **changed: str) -> dict[str, Any]:
    content = {
        "Type": "Notification",
        "MessageId": "m-1",
        "TopicArn": TOPIC,
        "Message": told("opened").decode(),
        "Timestamp": "2026-03-02T09:14:00.123Z",
        "SignatureVersion": version,
        "SigningCertURL": CERTIFICATE,
        **changed,
    }
    names = ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join(f"{name}\n{content[name]}\n" for name in names if name in content)
    digest = "-sha1" if version == "1" else "-sha256"
    signature = _openssl("dgst", digest, "-sign", str(amazon / "key"), data=text.encode())
    return {**content, "Signature": b64encode(signature).decode()}


class _Amazon:
    """What is read of Amazon: its certificate, and which addresses were asked."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.asked: list[str] = []

    async def fetch(self, url: str) -> str:
        self.asked.append(url)
        return (self._folder / "pem").read_text() if url == CERTIFICATE else "confirmed"


async def _opened(amazon: Path, folder: Path, envelope: dict[str, Any] | bytes, now: float = NOW) -> Opened | Refused:
    (source,) = sources(SOURCE, folder)
    body = envelope if isinstance(envelope, bytes) else orjson.dumps(envelope)
    return await Envelopes(_Amazon(amazon).fetch).open(source, body, now)


@pytest.mark.parametrize("version", ["1", "2"])
async def test_what_amazon_has_signed_is_the_message(amazon: Path, tmp_path: Path, version: str):
    for more in ({}, {"Subject": "s"}):
        assert await _opened(amazon, tmp_path, _envelope(amazon, version, **more)) == Opened(told("opened"))


@pytest.mark.parametrize(
    ("changed", "late", "doubt"),
    [
        ({"Message": "{}"}, 0, Doubt.WRONG),
        ({"MessageId": "m-2"}, 0, Doubt.WRONG),
        ({"Subject": "added"}, 0, Doubt.WRONG),
        ({"SignatureVersion": "1"}, 0, Doubt.WRONG),
        ({"SignatureVersion": "3"}, 0, Doubt.MALFORMED),
        ({"Signature": "AAAA"}, 0, Doubt.WRONG),
        ({"Signature": "%"}, 0, Doubt.MALFORMED),
        ({"TopicArn": TOPIC + "x"}, 0, Doubt.WRONG),
        ({"SigningCertURL": "https://sns.eu-central-1.amazonaws.com.evil.example/x.pem"}, 0, Doubt.WRONG),
        ({"SigningCertURL": "https://sns.eu-central-1.amazonaws.com@evil.example/x.pem"}, 0, Doubt.WRONG),
        ({"SigningCertURL": "http://sns.eu-central-1.amazonaws.com/x.pem"}, 0, Doubt.WRONG),
        ({"SigningCertURL": "https://sns.eu-central-1.amazonaws.com/x"}, 0, Doubt.WRONG),
        ({"SigningCertURL": CERTIFICATE + "?1"}, 0, Doubt.WRONG),
        ({"SigningCertURL": CERTIFICATE.replace("sns.eu-central-1.", "sns.eu-west-1.")}, 0, Doubt.WRONG),
        ({"SigningCertURL": CERTIFICATE.replace("sns.eu-central-1.", "sns.s3-eu-west-1.")}, 0, Doubt.WRONG),
        ({"SigningCertURL": CERTIFICATE.replace("/Simple", "/../Simple")}, 0, Doubt.WRONG),
        ({"Type": "Other"}, 0, Doubt.MALFORMED),
        ({}, 3600, Doubt.OUTDATED),
        ({}, -4000, Doubt.OUTDATED),
    ],
)
async def test_anything_else_is_refused(
    amazon: Path, tmp_path: Path, changed: dict[str, str], late: float, doubt: Doubt
):
    refused = await _opened(amazon, tmp_path, _envelope(amazon) | changed, NOW + late)
    assert isinstance(refused, Refused)
    assert refused.doubt is doubt


async def test_a_topic_of_somebody_else_is_refused_though_amazon_signs_it(amazon: Path, tmp_path: Path):
    refused = await _opened(amazon, tmp_path, _envelope(amazon, TopicArn=TOPIC.replace("desk", "other")))
    assert isinstance(refused, Refused)
    assert "topics of the source" in refused.detail


async def test_of_unknown_certificates_amazon_is_asked_once_a_second_and_those_that_are_known_are_kept(
    amazon: Path, tmp_path: Path
):
    (source,) = sources(SOURCE, tmp_path)
    asked = _Amazon(amazon)
    envelopes = Envelopes(asked.fetch)
    right = orjson.dumps(_envelope(amazon))
    opened = await asyncio.gather(*(envelopes.open(source, right, NOW) for _ in range(50)))
    assert opened == [Opened(told("opened"))] * 50
    assert asked.asked == [CERTIFICATE]  # once for all who waited for it
    for number in range(50):
        forged = _envelope(amazon, SigningCertURL=CERTIFICATE.replace("-1.pem", f"-{number}x.pem"))
        with pytest.raises(NotFetchedError):
            await envelopes.open(source, orjson.dumps(forged), NOW)
    assert asked.asked == [CERTIFICATE]
    assert await envelopes.open(source, right, NOW) == Opened(told("opened"))


async def test_over_http_a_subscription_is_confirmed_and_messages_become_events(
    amazon: Path, tmp_path: Path, desk: Desk, caplog: pytest.LogCaptureFixture
):
    asked = _Amazon(amazon)
    confirmation = {"Type": "SubscriptionConfirmation", "Token": "t-1", "SubscribeURL": CONFIRM, "Message": "m"}
    plain = {"Content-Type": "text/plain; charset=UTF-8", "x-amz-sns-message-type": "Notification"}
    async with running(sources(SOURCE, tmp_path), desk.settings, lambda: NOW, fetch=asked.fetch) as front:
        assert (await front.ask("/connect", orjson.dumps(_envelope(amazon, **confirmation)), plain))[0] == 200
        assert asked.asked == [CERTIFICATE, CONFIRM]
        elsewhere = _envelope(amazon, **confirmation | {"SubscribeURL": "https://evil.example/"})
        assert (await front.ask("/connect", orjson.dumps(elsewhere), plain))[0] == 401
        status, said, _ = await front.ask("/connect", orjson.dumps(_envelope(amazon)), plain)
        assert (status, said["events"]) == (200, 1)
        assert asked.asked == [CERTIFICATE, CONFIRM]  # a certificate is fetched once

    async def away(url: str) -> str:
        raise NotFetchedError("Amazon answered 500")

    async with running(sources(SOURCE, tmp_path), desk.settings, lambda: NOW, fetch=away) as front:
        for _ in range(2):
            assert (await front.ask("/connect", orjson.dumps(_envelope(amazon)), plain))[0] == 503
    assert caplog.text.count("source connect: Amazon answered 500; such deliveries are answered 503") == 1


@given(st.binary(max_size=300))
def test_what_is_no_signature_of_a_text_is_none(amazon: Path, signature: bytes):
    key = key_of_certificate((amazon / "pem").read_text())
    for sent in (signature, signature.rjust(256, b"\0"), b"\0" * 256, b"\xff" * 256):
        assert not is_signed(key, b"text", sent, "sha256")


@given(st.data())
def test_a_certificate_that_is_bent_is_an_error_or_another_key(amazon: Path, data: st.DataObject):
    pem = (amazon / "pem").read_text()
    place = data.draw(st.integers(28, len(pem) - 28))
    bent = pem[:place] + data.draw(st.sampled_from("AZaz09+/=\n")) + pem[place + 1 :]
    for text in (bent, pem[:place], ""):
        try:
            key_of_certificate(text)
        except ValueError:
            continue
