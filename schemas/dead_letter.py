"""The headers that a dead letter adds to those of the record it was, all of them UTF-8."""

from __future__ import annotations

from typing import Final

REASON_HEADER: Final = "deskpulse.reason"
DETAIL_HEADER: Final = "deskpulse.detail"
TOPIC_HEADER: Final = "deskpulse.topic"
PARTITION_HEADER: Final = "deskpulse.partition"
OFFSET_HEADER: Final = "deskpulse.offset"
TIMESTAMP_HEADER: Final = "deskpulse.timestamp"
TRUNCATED_HEADER: Final = "deskpulse.truncated"
