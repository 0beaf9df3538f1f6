"""Dead letters of deliveries: what was sent, byte for byte, with the reason; or its beginning, where it is large."""

from __future__ import annotations

from schemas.dead_letter import DETAIL_HEADER, REASON_HEADER, TIMESTAMP_HEADER, TOPIC_HEADER, TRUNCATED_HEADER
from schemas.rejected import Rejected
from stream.engine.sending.dead_letter import ENVELOPE_BYTES, LONGEST_DETAIL, TRUNCATED_BYTES
from stream.engine.sending.outbox import Outgoing


def letter(
    source: str, body: bytes, content_type: str, rejected: Rejected, *, now_ms: int, most_bytes: int
) -> Outgoing:
    """Return the dead letter of a delivery. Of its headers it has the content type alone: others hold secrets.

    most_bytes: what the dead-letter topic takes in a record.
    """
    headers = [
        ("content-type", content_type[:200].encode(errors="replace")),
        (REASON_HEADER, str(rejected.reason).encode()),
        (DETAIL_HEADER, rejected.detail[:LONGEST_DETAIL].encode(errors="replace")),
        (TOPIC_HEADER, f"intake/{source}".encode()),
        (TIMESTAMP_HEADER, b"%d" % now_ms),
    ]
    room = max(0, most_bytes - ENVELOPE_BYTES)
    kept = body if len(body) <= room else body[: min(TRUNCATED_BYTES, room)]
    if len(kept) < len(body):
        headers.append((TRUNCATED_HEADER, b"%d" % len(body)))
    return Outgoing(None, kept, headers)
