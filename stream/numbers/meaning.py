"""By which version of its meaning each number is counted.

Amounts of different versions must not be added up unsaid, so live counts and archived totals carry the versions.
"""

from __future__ import annotations

from collections.abc import Mapping

Meanings = Mapping[str, int]


def differences(other: Meanings, here: Meanings) -> str:
    """Say which numbers are counted elsewhere by another version, or by one of the two only; empty if all are alike."""
    return ", ".join(
        f"{name} ({_version(other.get(name))}, here {_version(here.get(name))})"
        for name in {**here, **other}
        if other.get(name) != here.get(name)
    )


def _version(version: int | None) -> str:
    return f"version {version}" if version else "not counted"


def oldest(counted: Meanings, here: Meanings) -> Meanings:
    """Return the oldest version of each number of what was counted before and what is counted here now; 0: none."""
    return {name: min(counted.get(name, 0), version) for name, version in here.items()}
