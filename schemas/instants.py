"""Times as they are sent, in microseconds since the Unix epoch: one by one, or many at once in a fifth of the time.

Both take a text only if it is surely written as RFC 3339 says, with a capital T and Z. `datetime` and numpy each take
more than that, and more than pydantic does: other separators, no colon in an offset, minutes of an offset up to 99.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from schemas.fields import MAX_FRACTION_DIGITS, instant_us

# Of fewer, what numpy needs to begin costs more than it saves.
_MANY = 16
_MICROSECOND_DIGITS = 6
_DIGITS_TO_ZERO = bytes.maketrans(b"123456789", b"000000000")
_UTC, _OFFSETS = b"Z", (b"+00:00", b"-00:00")


def _forms(most_digits: int) -> frozenset[bytes]:
    """Return every way to write a time with up to so many digits in its fraction, each digit replaced by a zero."""
    fractions = (b"", *(b"." + b"0" * digits for digits in range(1, most_digits + 1)))
    return frozenset(b"0000-00-00T00:00:00" + fraction + zone for fraction in fractions for zone in (_UTC, *_OFFSETS))


_FORMS = _forms(MAX_FRACTION_DIGITS)
# numpy does not cut finer fractions off.
_FORMS_OF_MANY = _forms(_MICROSECOND_DIGITS)


def instants(texts: Sequence[str]) -> Sequence[int | None]:
    """Return the instants of texts in microseconds since the epoch, None for one that is not surely an instant."""
    if len(texts) >= _MANY and (found := _of_one_form(texts)) is not None:
        return found
    return [*map(_instant, texts)]


def _instant(text: str) -> int | None:
    if text.encode().translate(_DIGITS_TO_ZERO) not in _FORMS:
        return None
    if "T24" in text or (text[-2] > "5" and text[-1] != "Z"):  # both are times to some versions of `datetime`
        return None
    try:
        return instant_us(datetime.fromisoformat(text))
    except ValueError:
        return None


def _of_one_form(texts: Sequence[str]) -> list[int] | None:
    """Return the instants of texts that are all written alike and of one offset from UTC, None if they are not."""
    sample = texts[0]
    form = sample.encode().translate(_DIGITS_TO_ZERO)
    written = "".join(texts).encode()
    if form not in _FORMS_OF_MANY or set(map(len, texts)) != {len(sample)}:
        return None
    if written.translate(_DIGITS_TO_ZERO) != form * len(texts):
        return None
    zone = _UTC if form.endswith(_UTC) else sample[-len(_OFFSETS[0]) :].encode()
    if written.count(zone) != len(texts) or (known := _instant(sample)) is None:
        return None
    try:
        local = np.frombuffer(written, f"S{len(form)}").astype(f"S{len(form) - len(zone)}").astype("datetime64[us]")
    except ValueError:
        return None
    local_us = local.view(np.int64)
    found: list[int] = (local_us + (known - local_us[0])).tolist()
    return found
