"""Grafana's table panel: one row for each set of labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grafana.panels import Json, Query, Style, base, override, targets


def table(
    title: str,
    description: str,
    style: Style,
    columns: Mapping[str, Query],
    *,
    labels: Mapping[str, str],
    units: Mapping[str, str],
    graded: Sequence[str] = (),
    hidden: Sequence[str] = (),
    widths: Mapping[str, int] | None = None,
    empty: Mapping[str, str] | None = None,
) -> Json:
    """One row for each set of labels. `columns` name the values, `labels` the label columns.

    `units` give columns another unit than the style's; `graded` ones are coloured by the style's steps; `hidden`
    ones are queried for their labels only; `widths` are those of columns that need more than an equal share, in pixels;
    `empty` is what a column says in a row that has no value there.
    """
    queries = [Query(query.expr, instant=True) for query in columns.values()]
    panel = base("table", title, description, style, targets(queries, "table"))
    renamed = dict(labels)
    renamed |= {f"Value #{chr(ord('A') + index)}": name for index, name in enumerate(columns)}
    if len(columns) == 1:
        # Grafana numbers the value columns only when there are several queries.
        renamed |= {"Value": next(iter(columns))}
    panel["fieldConfig"]["defaults"]["custom"] = {
        "align": "auto",
        "cellOptions": {"type": "auto"},
        "filterable": False,
        "inspect": False,
    }
    panel["fieldConfig"]["overrides"] += [override(name, unit=unit) for name, unit in units.items()]
    panel["fieldConfig"]["overrides"] += [
        override(name, **{"custom.cellOptions": {"type": "color-background", "mode": "basic"}}) for name in graded
    ]
    panel["fieldConfig"]["overrides"] += [
        override(name, **{"custom.width": width}) for name, width in (widths or {}).items()
    ]
    panel["fieldConfig"]["overrides"] += [override(name, noValue=text) for name, text in (empty or {}).items()]
    panel["transformations"] = [
        {"id": "merge", "options": {}},
        {
            "id": "organize",
            "options": {
                "excludeByName": {"Time": True} | {s: True for s, name in renamed.items() if name in hidden},
                "indexByName": {source: index for index, source in enumerate(renamed)},
                "renameByName": renamed,
            },
        },
    ]
    panel["options"] = {"cellHeight": "sm", "frameIndex": 0, "showHeader": True}
    return panel
