"""Grafana's heatmap panel, over a histogram of Prometheus."""

from __future__ import annotations

from grafana.panels import Json, Query, Style, base, targets


def heatmap(title: str, description: str, style: Style, query: Query, *, of: str) -> Json:
    """Show how many there are of each size over time. `of` is the unit of the sizes, the style's that of the cells."""
    panel = base("heatmap", title, description, style, targets([query], "heatmap"))
    panel["fieldConfig"]["defaults"]["custom"] = {"hideFrom": {"legend": False, "tooltip": False, "viz": False}}
    panel["options"] = {
        "calculate": False,
        "cellGap": 1,
        "cellValues": {"unit": style.unit},
        "color": {
            "exponent": 0.5,
            "fill": "blue",
            "mode": "scheme",
            "reverse": False,
            "scale": "exponential",
            "scheme": "Blues",
            "steps": 32,
        },
        "exemplars": {"color": "rgba(255,0,255,0.7)"},
        "filterValues": {"le": 1e-9},
        "legend": {"show": True},
        "rowsFrame": {"layout": "auto"},
        "showValue": "never",
        "tooltip": {"mode": "single", "showColorScale": True, "yHistogram": True},
        "yAxis": {"axisPlacement": "left", "reverse": False, "unit": of},
    }
    return panel
