"""Signatures that anyone can check who follows Standard Webhooks."""

from __future__ import annotations

import pytest

from stream.intake.recipe import bundled
from stream.intake.signature import Doubt, Signed, key_of, verify
from stream.notify.signing import secret_key, signed_headers, webhook_id

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_example_of_the_reference_libraries_is_signed_as_they_sign_it() -> None:
    body = b'{"test": 2432232314}'
    headers = signed_headers([secret_key(SECRET)], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": SIGNATURE,
    }


def test_while_a_secret_changes_both_sign() -> None:
    keys = [secret_key(SECRET), secret_key("whsec_" + "A" * 32)]
    signatures = signed_headers(keys, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    first, second = signatures["webhook-signature"].split(" ")
    assert first == SIGNATURE
    assert second.startswith("v1,")
    assert second != first


def test_the_intake_of_another_desk_believes_what_is_signed_and_nothing_that_was_changed() -> None:
    recipe, body = bundled()["standard-webhooks"], b'{"type": "sla.breached"}'
    headers = signed_headers([secret_key(SECRET)], webhook_id("a"), 1_614_265_330, body)
    keys = [key_of(SECRET, recipe)]

    def doubt(content: bytes, now: float) -> Doubt | None:
        refused = verify(recipe, keys, Signed("POST", "https://desk.example/", headers, content), now)
        return refused and refused.doubt

    assert doubt(body, 1_614_265_331) is None
    assert doubt(body + b" ", 1_614_265_331) is Doubt.WRONG
    assert doubt(body, 1_614_269_000) is Doubt.OUTDATED


@pytest.mark.parametrize(
    "secret",
    ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_short", "whsec_" + "!" * 32, "whsec_" + "A" * 88],
)
def test_what_is_no_secret_is_refused_without_being_quoted(secret: str) -> None:
    with pytest.raises(ValueError, match="accepts whsec_ and 24 to 64 bytes in base64") as refused:
        secret_key(secret)
    assert not secret or secret == "whsec_" or secret not in str(refused.value)


@pytest.mark.parametrize("alert_id", ["sla.breached/T-1/2026", "a\r\nx-evil: 1", "Ä.ß", "x" * 5000])
def test_the_id_of_a_delivery_is_a_header_and_holds_no_dot(alert_id: str) -> None:
    made = webhook_id(alert_id)
    assert made.isascii()
    assert made.replace("_", "").isalnum()
    assert len(made) < 64
    assert made == webhook_id(alert_id) != webhook_id(alert_id + "1")
