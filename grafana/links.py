"""Links from a panel to the dashboard that has the next question, with time range and variables kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grafana.panels import Json

# A channel may be called what an address cannot hold as it is.
OF_SERIES = "${__field.labels.channel:percentencode}"
OF_ROW = "${__data.fields.channel:percentencode}"
# The page of a rule has its runbook link, which Prometheus knows and a dashboard does not.
RULE = "/alerting/${datasource:text}/${__data.fields.alertname}/find"
_PINNED, _TO = "pinned", "to"


def to(board: str, title: str, **pinned: str) -> Json:
    """Link to a dashboard by its uid without `deskpulse-`; `pinned` variables are set instead of kept."""
    return {"title": title, _TO: f"deskpulse-{board}", _PINNED: pinned}


def outside(url: str, title: str) -> Json:
    """Link to a page of Grafana that is no dashboard."""
    return {"title": title, "url": url, "targetBlank": False}


def linked(panel: Json, *links: Json) -> Json:
    """Put links on every number of a panel."""
    panel["fieldConfig"]["defaults"]["links"] = [*links]
    return panel


def connect(boards: Sequence[Json]) -> None:
    """Spell the links of all dashboards out: each keeps what its own and the other dashboard both have."""
    variables = {board["uid"]: [each["name"] for each in board["templating"]["list"]] for board in boards}
    for board in boards:
        for panel in board["panels"]:
            defaults = panel.get("fieldConfig", {}).get("defaults", {})
            if "links" in defaults:
                defaults["links"] = [_spelled(link, variables[board["uid"]], variables) for link in defaults["links"]]


def _spelled(link: Json, own: Sequence[str], variables: Mapping[str, Sequence[str]]) -> Json:
    if _TO not in link:
        return link
    pinned: Mapping[str, str] = link[_PINNED]
    theirs = variables[link[_TO]]
    if unknown := pinned.keys() - set(theirs):
        raise ValueError(f"{link['title']}: {link[_TO]} has no variable {', '.join(sorted(unknown))}")
    kept = [f"${{{name}:queryparam}}" for name in own if name in theirs and name not in pinned]
    chosen = [f"var-{name}={value}" for name, value in pinned.items()]
    return outside(f"/d/{link[_TO]}?{'&'.join(['${__url_time_range}', *kept, *chosen])}", link["title"])
