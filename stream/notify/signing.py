"""Standard Webhooks: how a delivery is signed, so that a receiver knows who sent it and that nobody changed it.

https://www.standardwebhooks.com, version 1 of its specification, symmetric signatures (v1).
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence
from hashlib import sha256

from stream.core.webhook_secret import PREFIX, key_of_secret

LEAST_BYTES, MOST_BYTES = 24, 64
ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER = "webhook-id", "webhook-timestamp", "webhook-signature"
_ID_CHARACTERS = 32

ACCEPTED_SECRET = f"{PREFIX} and {LEAST_BYTES} to {MOST_BYTES} bytes in base64"


def secret_key(secret: str) -> bytes:
    """Return the key that a secret such as `whsec_MfKQ…` stands for; raises ValueError, which does not quote it."""
    return key_of_secret(secret, ACCEPTED_SECRET, LEAST_BYTES, MOST_BYTES)


def webhook_id(alert_id: str) -> str:
    """Return the id of the delivery of an alert: the same for every copy and every attempt.

    An alert's own id may hold anything that a ticket's does, and the id of a delivery neither dots nor line breaks.
    """
    return f"alert_{sha256(alert_id.encode()).hexdigest()[:_ID_CHARACTERS]}"


def signed_headers(keys: Sequence[bytes], delivery_id: str, at_seconds: int, body: bytes) -> dict[str, str]:
    """Return the headers of one attempt. There is a signature for each key, so that a receiver can change its secret.

    at_seconds: when the attempt is made, in seconds since the Unix epoch.
    """
    headers = {ID_HEADER: delivery_id, TIMESTAMP_HEADER: str(at_seconds)}
    if keys:
        content = f"{delivery_id}.{at_seconds}.".encode() + body
        signatures = (base64.b64encode(hmac.digest(key, content, "sha256")).decode() for key in keys)
        headers[SIGNATURE_HEADER] = " ".join(f"v1,{signature}" for signature in signatures)
    return headers
