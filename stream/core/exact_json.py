"""JSON in which integers may have more than 64 bits, as sums of durations over all time can."""

from __future__ import annotations

import json
from typing import Any

import orjson


def exact_json(document: Any) -> bytes:
    """Write JSON. Read it with pydantic: orjson makes floats of integers over 64 bits."""
    try:
        return orjson.dumps(document)
    except orjson.JSONEncodeError:  # an integer that it cannot write; whatever is wrong otherwise is raised below
        return json.dumps(document, separators=(",", ":")).encode()
