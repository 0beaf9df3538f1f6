"""Cells by name: what a series counts."""

from __future__ import annotations

from stream.core.labels import Labels

# What is counted: a measure, the label values, and a bucket of the histogram, or SUM, or COUNT. Plain tuples, here and
# below: several are made for every event, and a named tuple costs five times as much to make.
Cell = tuple[str, Labels, int]

SUM = -1  # the cell holds the sum of the durations, in microseconds
COUNT = -2  # the cell holds a plain count

Cells = dict[Cell, int]

# An amount, never 0, for a cell at an event time in microseconds: (at_us, cell, amount).
Contribution = tuple[int, Cell, int]
