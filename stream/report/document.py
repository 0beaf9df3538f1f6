"""The snapshot that people and programs read: the totals, spelt out as rows with n, means, quantiles and scores.

Each group of rows is given in all, for each value of each single dimension, and for each full combination.
No data is not zero: a mean, quantile or score of nothing is None.
"""

from __future__ import annotations

from collections.abc import Collection, Container
from typing import Any

from stream.core.instant import instant
from stream.core.policy import Policy
from stream.core.report_view import View
from stream.core.snapshot import Totals
from stream.core.windows import ALL
from stream.numbers.registry import switched_on
from stream.numbers.rows import rows
from stream.partition.invariant import invariant

VERSION = 1


def report(
    totals: Totals,
    policy: Policy,
    only_windows: Container[str] | None = None,
    only_sections: Collection[str] | None = None,
) -> dict[str, Any]:
    """Return the snapshot, version 1, ready for JSON; rows of all windows and sections, or only of those named.

    Numbers that the policy switches off have no section.
    """
    view = View(totals, policy, only_windows)
    balance = invariant(totals)
    return {
        "version": VERSION,
        "as_of": instant(totals.as_of_us),
        "watermark": instant(totals.watermark_us),
        "final_until": instant(totals.final_until_us),
        "partitions": list(totals.partitions),
        "variants": policy.variants(),
        "policy": policy.definitions.document,
        "windows": {
            name: {"start": instant(start), "end": instant(end)} for name, (start, end) in totals.windows.items()
        }
        | {ALL: {"start": None, "end": None}},
        "tickets": dict(totals.counts),
        "invariant": {"backlog": balance.backlog, "flow": balance.flow, "error": balance.error},
        **{
            name: list(rows(number, view))
            for name, number in switched_on(policy).items()
            if only_sections is None or name in only_sections
        },
    }
