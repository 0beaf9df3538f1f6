"""Secrets as Standard Webhooks has them: `whsec_` and the bytes of the key in base64.

https://www.standardwebhooks.com, version 1 of its specification, symmetric signatures (v1).
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

PREFIX: Final = "whsec_"
_ACCEPTED: Final = f"{PREFIX} and the key in base64"


def key_of_secret(secret: str, accepted: str = _ACCEPTED, least: int = 1, most: int = 4096) -> bytes:
    """Return the key that a secret such as `whsec_MfKQ…` stands for; least, most: how many bytes it may have.

    Raises ValueError, which does not quote it.
    """
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(PREFIX) or not least <= len(key) <= most:
        raise ValueError(f"is no secret of Standard Webhooks; accepts {accepted}")
    return key
