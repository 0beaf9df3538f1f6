"""Signatures as each vendor makes them: whose deliveries are believed, and why the others are not."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.core.windows import SECOND_US
from stream.intake.recipe import RecipePart, bundled
from stream.intake.signature import Doubt, Refused, Signed, is_one_of, key_of, verify
from tests.intake.payloads import SECRETS, Payload, payloads

SIGNED = [payload for payload in payloads() if payload.vendor in SECRETS]
EACH = pytest.mark.parametrize("payload", SIGNED, ids=lambda payload: payload.name)
BY_HMAC = [payload for payload in SIGNED if bundled()[payload.vendor].check == "hmac"]
EACH_BY_HMAC = pytest.mark.parametrize("payload", BY_HMAC, ids=lambda payload: payload.name)
TIMED = [payload for payload in SIGNED if bundled()[payload.vendor].timestamp is not None]
EACH_TIMED = pytest.mark.parametrize("payload", TIMED, ids=lambda payload: payload.name)
# Any time will do for those who sign none.
SOME_TIME = 1_772_442_850.0


def _signed(payload: Payload) -> Signed:
    return Signed("POST", payload.url, payload.headers, payload.body)


def _keys(vendor: str, *secrets: str) -> list[bytes]:
    return [key_of(secret, bundled()[vendor]) for secret in secrets]


def _when(payload: Payload) -> float:
    """Return the time at which a payload was signed, as its own header has it."""
    timestamp = bundled()[payload.vendor].timestamp
    if timestamp is None:
        return SOME_TIME
    told = payload.headers[timestamp.header]
    if timestamp.unit == "rfc3339":
        assert told == "2026-03-02T09:14:09Z"
        return 1_772_442_849.0
    return int(told) / (1000 if timestamp.unit == "milliseconds" else 1)


def _verdict(payload: Payload, *secrets: str, late: float = 0.0, signed: Signed | None = None) -> Refused | None:
    recipe = bundled()[payload.vendor]
    return verify(recipe, _keys(payload.vendor, *secrets), signed or _signed(payload), _when(payload) + late)


def _doubt(refused: Refused | None) -> Doubt | None:
    return None if refused is None else refused.doubt


@EACH
def test_a_payload_is_believed_under_the_secret_it_was_signed_with(payload):
    assert _verdict(payload, SECRETS[payload.vendor]) is None


@EACH
def test_while_a_secret_is_replaced_either_is_accepted_and_then_the_old_one_is_not(payload):
    right, other = SECRETS[payload.vendor], "whsec_b3RoZXIgc2VjcmV0"
    assert _verdict(payload, other, right) is None
    assert _verdict(payload, right, other) is None
    assert _doubt(_verdict(payload, other)) is Doubt.WRONG


@EACH_BY_HMAC
def test_a_body_that_was_altered_by_one_byte_is_not_believed(payload):
    for place in range(0, len(payload.body), 7):
        byte = b"\x01" if payload.body[place : place + 1] != b"\x01" else b"\x02"
        bent = replace(_signed(payload), body=payload.body[:place] + byte + payload.body[place + 1 :])
        assert _verdict(payload, SECRETS[payload.vendor], signed=bent) is not None, place


@EACH
def test_a_delivery_from_an_hour_ago_or_ahead_is_not_believed_where_the_vendor_signs_the_time(payload):
    timestamp = bundled()[payload.vendor].timestamp
    expected = None if timestamp is None else Doubt.OUTDATED
    window = 300.0 if timestamp is None else timestamp.window / SECOND_US
    for late in (3600.0, -3600.0, window + 1, -window - 1):
        assert _doubt(_verdict(payload, SECRETS[payload.vendor], late=late)) is expected
    for late in (window, -window):
        assert _verdict(payload, SECRETS[payload.vendor], late=late) is None


@EACH_TIMED
def test_the_window_of_replays_ends_at_its_bound_to_the_millisecond(payload):
    timestamp = bundled()[payload.vendor].timestamp
    assert timestamp is not None
    window = timestamp.window / SECOND_US
    for late, expected in ((0.0, None), (window - 0.001, None), (window, None), (window + 0.001, Doubt.OUTDATED)):
        assert _doubt(_verdict(payload, SECRETS[payload.vendor], late=late)) is expected, late
        assert _doubt(_verdict(payload, SECRETS[payload.vendor], late=-late)) is expected, -late


@EACH_TIMED
def test_the_time_cannot_be_replaced_as_it_is_signed(payload):
    timestamp = bundled()[payload.vendor].timestamp
    assert timestamp is not None
    later = "2026-03-02T09:14:10Z" if timestamp.unit == "rfc3339" else str(int(payload.headers[timestamp.header]) + 1)
    bent = replace(_signed(payload), headers={**payload.headers, timestamp.header: later})
    assert _doubt(_verdict(payload, SECRETS[payload.vendor], signed=bent)) is Doubt.WRONG


@EACH
def test_without_any_of_the_headers_that_are_signed_it_is_not_believed(payload):
    recipe = bundled()[payload.vendor]
    named = {recipe.header, *(piece.removeprefix("header.") for piece in recipe.signed[1::2] if "header." in piece)}
    assert named
    for name in named:
        without = {other: value for other, value in payload.headers.items() if other != name}
        verdict = _verdict(payload, SECRETS[payload.vendor], signed=replace(_signed(payload), headers=without))
        assert _doubt(verdict) is Doubt.UNSIGNED
        assert name in verdict.detail


@EACH
def test_a_refusal_tells_nothing_of_the_secret_or_of_the_body(payload):
    verdict = _verdict(payload, "whsec_b3RoZXIgc2VjcmV0")
    assert verdict is not None
    assert "b3RoZXI" not in verdict.detail
    assert payload.headers[bundled()[payload.vendor].header] not in verdict.detail


def test_twilio_s_own_example_is_believed():
    form = b"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212"
    headers = {
        "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
        "x-twilio-signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
    }
    signed = Signed("POST", "https://mycompany.com/myapp.php?foo=1&bar=2", headers, form)
    assert verify(bundled()["twilio"], [b"12345"], signed, 0) is None
    elsewhere = replace(signed, url="https://mycompany.com/myapp.php?foo=1")
    assert _doubt(verify(bundled()["twilio"], [b"12345"], elsewhere, 0)) is Doubt.WRONG


def test_of_a_json_body_twilio_signs_the_hash_in_the_address():
    body = b'{"EventType":"task.created"}'
    url = f"https://intake.example.com/twilio?bodySHA256={hashlib.sha256(body).hexdigest()}"
    mac = b64encode(hmac.digest(b"tw", url.encode(), "sha1")).decode()
    signed = Signed("POST", url, {"content-type": "application/json", "x-twilio-signature": mac}, body)
    assert verify(bundled()["twilio"], [b"tw"], signed, 0) is None
    assert _doubt(verify(bundled()["twilio"], [b"tw"], replace(signed, body=body + b" "), 0)) is Doubt.WRONG


def test_the_example_of_standard_webhooks_is_believed_also_as_one_of_several_signatures():
    recipe = bundled()["standard-webhooks"]
    keys = [key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", recipe)]
    right = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    for header in (right, f"v1a,abc v1,AAAA {right}"):
        headers = {
            "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp": "1614265330",
            "webhook-signature": header,
        }
        signed = Signed("POST", "/", headers, b'{"test": 2432232314}')
        assert verify(recipe, keys, signed, 1_614_265_330) is None
    assert _doubt(verify(recipe, keys, replace(signed, body=b"{}"), 1_614_265_330)) is Doubt.WRONG


def test_hubspot_decodes_some_escapes_of_the_address_before_it_signs():
    text = b"POST" + b"https://intake.example.com/hubspot?a=b:c%20d" + b"[]" + b"1772442850000"
    headers = {
        "x-hubspot-request-timestamp": "1772442850000",
        "x-hubspot-signature-v3": b64encode(hmac.digest(b"hb", text, "sha256")).decode(),
    }
    signed = Signed("POST", "https://intake.example.com/hubspot?a=b%3Ac%20d", headers, b"[]")
    assert verify(bundled()["hubspot"], [b"hb"], signed, 1_772_442_850) is None


@pytest.mark.parametrize(
    ("recipe", "headers", "doubt"),
    [
        ("bearer", {"authorization": "Bearer s3cret"}, None),
        ("bearer", {"authorization": "Bearer s3cre"}, Doubt.WRONG),
        ("bearer", {"authorization": "s3cret"}, Doubt.MALFORMED),
        ("bearer", {}, Doubt.UNSIGNED),
        ("basic", {"authorization": "Basic czNjcmV0"}, None),
        ("basic", {"authorization": "basic czNjcmV0"}, None),
        ("basic", {"authorization": "Basic czNjcmV"}, Doubt.MALFORMED),
        ("basic", {"authorization": "Basic AAAA"}, Doubt.WRONG),
        ("basic", {"authorization": "Bearer s3cret"}, Doubt.MALFORMED),
        ("basic", {}, Doubt.UNSIGNED),
        ("key", {"x-deskpulse-key": "s3cret"}, None),
        ("key", {"x-deskpulse-key": ""}, Doubt.WRONG),
        ("none", {}, None),
    ],
)
def test_those_who_sign_nothing_show_the_secret_itself(recipe, headers, doubt):
    assert _doubt(verify(bundled()[recipe], [b"other", b"s3cret"], Signed("POST", "/", headers, b"{}"), 0)) is doubt


def test_a_secret_in_the_address_is_compared_whole():
    assert is_one_of([b"old", b"new"], b"new")
    assert not is_one_of([b"old", b"new"], b"ne")
    assert not is_one_of([], b"")


@pytest.mark.parametrize("secret", ["whsec_", "whsec_%%%", "whpk_MDEy", "no$ecret"])
def test_what_is_no_secret_of_standard_webhooks_is_said_without_quoting_it(secret):
    with pytest.raises(ValueError, match="is no secret of Standard Webhooks; accepts") as caught:
        key_of(secret, bundled()["standard-webhooks"])
    assert secret not in str(caught.value).replace("whsec_MDEyMzQ1", "").replace("whsec_", "")


_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60) | st.text(
    "0123456789abcdefv1,=sha: ", max_size=60
)
_HEADERS = st.sampled_from(sorted({name for recipe in bundled().values() for name in (recipe.header,) if name}))


@given(
    recipe=st.sampled_from(sorted(bundled())),
    headers=st.dictionaries(_HEADERS | st.sampled_from(["content-type", "webhook-id", "webhook-timestamp"]), _TEXT),
    body=st.binary(max_size=200),
    url=_TEXT,
    now=st.floats(0, 7e9),
)
def test_whatever_comes_is_a_verdict_and_nothing_unsigned_is_believed(recipe, headers, body, url, now):
    part: RecipePart = bundled()[recipe]
    filled = {**dict.fromkeys(["x-hubspot-request-timestamp", "x-chatwoot-timestamp"], "1772442850"), **headers}
    verdict = verify(part, [b"a secret that nobody has"], Signed("POST", url, filled, body), now)
    assert isinstance(verdict, Refused) or part.check in ("none", "path", "sns")
