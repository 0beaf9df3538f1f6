"""The table of metrics in docs/monitoring.md, from the one list of them.

`python -m grafana.metric_table` rewrites it; a test holds the page to it.
"""

from __future__ import annotations

from pathlib import Path

from stream.metric_names import DIMENSIONS, METRICS, Metric

PAGE = Path(__file__).parents[1] / "docs" / "monitoring.md"
BEGIN, END = "<!-- metrics: begin -->\n", "<!-- metrics: end -->\n"


def _row(metric: Metric) -> str:
    name = metric.series[0] if metric.kind == "counter" else metric.name
    labels = ", ".join("*dimensions*" if label == DIMENSIONS else f"`{label}`" for label in metric.labels)
    return f"| `{name}` | {metric.kind} | {labels} | {metric.help} |\n"


def table() -> str:
    """Return the table as Markdown."""
    return "| metric | type | labels | meaning |\n|---|---|---|---|\n" + "".join(_row(metric) for metric in METRICS)


def page(text: str) -> str:
    """Return the page with the table of today. Raises ValueError if the marks are not in it."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{PAGE.name} has no {BEGIN.strip()} and {END.strip()}")
    return before + begin + table() + end + after


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
