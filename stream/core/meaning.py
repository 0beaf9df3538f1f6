"""The version of what the numbers mean."""

from __future__ import annotations

# Goes up when the same events give another number than before. Amounts that were counted under different versions
# must not be added up: live counts, archived totals and changelogs carry it.
MEANING = 1
