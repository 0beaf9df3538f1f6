"""Keys of the changelog: what each is of, and who it names."""

from __future__ import annotations

TICKET, SURVEY, CUSTOMER = b"t:", b"s:", b"c:"
"""How the key of a ticket begins, of a survey without one, and of a customer."""
SEAL_KEY = b"m:seal"


def ticket_id(key: bytes) -> str | None:
    """Return the id of a ticket, None for a survey that belongs to none: it is held like a ticket."""
    return key[len(TICKET) :].decode() if key.startswith(TICKET) else None


def customer_id(key: bytes) -> str:
    """Return the id of a customer."""
    return key[len(CUSTOMER) :].decode()
