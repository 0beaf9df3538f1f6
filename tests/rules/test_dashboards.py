"""The dashboards: what Grafana will be given, and that its queries mean what the rules mean."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from grafana.believe import believe
from grafana.build_dashboards import rendered
from grafana.panels import GRAFANA_VERSION
from grafana.queries import open_wait_tickets
from stream.metric_names import METRICS
from tests.rules.conftest import Tool
from tests.rules.monitoring_files import (
    DASHBOARDS,
    FILLED,
    GRAFANA,
    ROOT,
    SERIES,
    Expression,
    allowed_labels,
    dashboard_expressions,
    exported,
    fill,
    matched_labels,
    panels,
    recorded,
    rule_expressions,
    rules,
)

PANELS = [(path.name, panel) for path in DASHBOARDS for panel in panels(path)]
EVERY_PANEL = pytest.mark.parametrize("panel", [p for _, p in PANELS], ids=[f"{n}: {p['title']}" for n, p in PANELS])
EVERY_EXPRESSION = pytest.mark.parametrize("expression", dashboard_expressions(), ids=lambda e: e.where)


def test_the_committed_dashboards_are_what_the_script_writes() -> None:
    texts = rendered()
    assert sorted(texts) == DASHBOARDS
    assert {json.loads(text)["title"] for text in texts.values()} == {
        "Customers",
        "Deskpulse itself",
        "Live desk",
        "Response times and SLA",
        "Satisfaction",
    }
    for path, text in texts.items():
        assert path.read_text() == text, f"{path.name}: run `python -m grafana.build_dashboards`"


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.name)
def test_a_dashboard_has_a_fixed_uid_and_is_the_same_in_every_grafana(path: Path) -> None:
    dashboard = json.loads(path.read_text())
    assert dashboard["uid"] == f"deskpulse-{path.stem}"
    assert dashboard["id"] is None
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids)
    titles = [panel["title"] for panel in dashboard["panels"]]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.name)
def test_panels_lie_on_the_grid_without_a_gap_or_an_overlap(path: Path) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in json.loads(path.read_text())["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells
    height = max(y for _, y in taken) + 1
    assert taken == {(x, y) for x in range(24) for y in range(height)}


@EVERY_PANEL
def test_every_panel_has_a_unit_thresholds_and_says_what_it_is_and_what_no_data_means(panel: dict[str, Any]) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    assert defaults["unit"]
    assert defaults["noValue"]
    first, *steps = [step["value"] for step in defaults["thresholds"]["steps"]]
    assert first is None
    assert steps == sorted(steps)
    assert panel["title"]
    assert panel["description"].endswith(".")
    assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    assert panel["pluginVersion"] == GRAFANA_VERSION


@EVERY_PANEL
def test_no_panel_says_that_all_is_well_where_there_is_no_data_for_lack_of_a_worker(panel: dict[str, Any]) -> None:
    text = panel["fieldConfig"]["defaults"]["noValue"]
    assert not re.match("nobody waits|nothing|none$|none,|no alert|no value", text) or ", or no " in text


def test_panels_are_for_the_grafana_that_compose_starts() -> None:
    image = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["grafana"]["image"]
    assert image == f"grafana/grafana:{GRAFANA_VERSION}"


@EVERY_EXPRESSION
def test_panels_use_only_series_that_deskpulse_exports_and_rules_that_are_recorded(expression: Expression) -> None:
    assert exported(expression.text) <= set(SERIES)
    assert recorded(expression.text) <= {rule["record"] for rule in rules("record")}


@EVERY_EXPRESSION
def test_panels_match_only_on_labels_that_the_series_have(expression: Expression) -> None:
    for series, labels in matched_labels(expression.text):
        assert labels <= allowed_labels(series), series


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_every_metric_is_shown_on_a_dashboard(metric: Any) -> None:
    shown = {series for expression in dashboard_expressions() for series in exported(expression.text)}
    if metric.name == "deskpulse_build_info":
        assert metric.name in shown
    assert shown & set(metric.series)


@pytest.mark.parametrize("name", sorted({rule["record"] for rule in rules("record")}))
def test_every_recording_rule_is_used_or_is_a_number_of_the_desk(name: str) -> None:
    used = {
        used for expression in (*rule_expressions(), *dashboard_expressions()) for used in recorded(expression.text)
    }
    # A recorded number need not be drawn here: it is there for other people's boards and long ranges.
    number = re.fullmatch(
        r"(desk|channel|topic):deskpulse_\w+:(sum|mean|p\d\d|max|score|low|high|rate5m|percent|ratio|change)", name
    )
    assert name in used or number


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.name)
def test_a_dashboard_has_the_variables_that_its_panels_use_and_no_others(path: Path) -> None:
    variables = {variable["name"] for variable in json.loads(path.read_text())["templating"]["list"]}
    own = [expression for expression in dashboard_expressions() if expression.where.startswith(f"{path.name}: ")]
    used = {name for expression in own for name in re.findall(r"\$(\w+)", expression.text)}
    assert used == variables - {"datasource"}


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.name)
def test_several_or_all_channels_priorities_queues_and_brands_may_be_chosen(path: Path) -> None:
    variables = {variable["name"]: variable for variable in json.loads(path.read_text())["templating"]["list"]}
    for dimension in ("channel", "priority", "queue", "brand"):
        assert variables[dimension]["multi"]
        assert variables[dimension]["includeAll"]
        assert variables[dimension]["allValue"] == ".*"
        assert variables[dimension]["current"]["value"] == ["$__all"]


# What has no channel, priority, queue or brand: how the workers are, and which definitions they have.
OF_WORKERS = {"Definitions in force", "Variant in force", *(panel["title"] for panel in believe())}


@pytest.mark.parametrize(
    "panel",
    [p for name, p in PANELS if name not in ("customers.json", "itself.json") and p["title"] not in OF_WORKERS],
    ids=lambda panel: panel["title"],
)
def test_a_panel_is_filtered_by_all_that_can_be_chosen_or_says_that_it_is_not(panel: dict[str, Any]) -> None:
    chosen = ("channel", "priority", "queue", "brand")
    filtered = all(f'{name}=~"${name}"' in target["expr"] for target in panel["targets"] for name in chosen)
    assert filtered != ("whole desk" in panel["description"])


def test_all_brands_take_what_has_no_brand_and_one_brand_takes_only_its_own(promtool: Tool, tmp_path: Path) -> None:
    waiting = fill(open_wait_tickets(), FILLED["all"])
    of_a_brand = fill(open_wait_tickets(), FILLED["all"] | {"brand": "acme"})
    example = {
        "interval": "10s",
        "input_series": [
            {"series": 'deskpulse_open_wait_tickets{channel="chat"}', "values": "3"},
            {"series": 'deskpulse_open_wait_tickets{channel="chat", brand="acme"}', "values": "4"},
            {"series": 'deskpulse_open_wait_tickets{channel="chat", brand="beta"}', "values": "5"},
        ],
        "promql_expr_test": [
            {"expr": expr, "eval_time": "0s", "exp_samples": [{"labels": "{}", "value": value}]}
            for expr, value in ((waiting, 12), (of_a_brand, 4))
        ],
    }
    path = tmp_path / "brands.test.yml"
    path.write_text(yaml.safe_dump({"rule_files": [], "tests": [example]}))
    promtool("test", "rules", path)


# Where a colour stands for a limit that an alert has too, it is the same limit.
LIMITS = {
    "threshold:deskpulse_snapshot_age_seconds:max": ("itself.json", "Age of the numbers", "red"),
    "threshold:deskpulse_alert_delay_seconds:max": ("itself.json", "Alert delay", "red"),
    "threshold:deskpulse_freshness_seconds:max": ("itself.json", "Event to number", "red"),
    "threshold:deskpulse_consumer_lag_records:max": ("itself.json", "Records to read by topic", "orange"),
    "threshold:deskpulse_slo_fast_burn:rate": (
        "response-times-and-sla.json",
        "Objective, all channels · how fast it is missed",
        "red",
    ),
    "threshold:deskpulse_slo_slow_burn:rate": (
        "response-times-and-sla.json",
        "Objective, all channels · how fast it is missed",
        "orange",
    ),
}


@pytest.mark.parametrize("record", LIMITS)
def test_a_panel_turns_the_colour_of_an_alert_where_the_alert_fires(record: str) -> None:
    board, title, color = LIMITS[record]
    (limit,) = [rule["expr"] for rule in rules("record") if rule["record"] == record]
    (panel,) = [panel for name, panel in PANELS if (name, panel["title"]) == (board, title)]
    steps = {step["color"]: step["value"] for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]}
    assert f"vector({steps[color]})" == limit


def test_prometheus_can_parse_every_query_with_its_variables_filled(promtool: Tool, tmp_path: Path) -> None:
    filled = [fill(expression.text, values) for expression in dashboard_expressions() for values in FILLED.values()]
    path = tmp_path / "queries.yml"
    path.write_text(
        yaml.safe_dump(
            {"groups": [{"name": "g", "rules": [{"record": f"q{n}", "expr": text} for n, text in enumerate(filled)]}]}
        )
    )
    assert f"{len(filled)} rules found" in promtool("check", "rules", path)


def test_grafana_is_provisioned_with_the_datasource_and_the_folder_that_the_dashboards_expect() -> None:
    sources = yaml.safe_load((GRAFANA / "provisioning" / "datasources" / "prometheus.yml").read_text())["datasources"]
    assert [source["uid"] for source in sources] == ["deskpulse-prometheus", "deskpulse-alertmanager"]
    assert sources[0]["jsonData"]["alertmanagerUid"] == sources[1]["uid"]
    (provider,) = yaml.safe_load((GRAFANA / "provisioning" / "dashboards" / "deskpulse.yml").read_text())["providers"]
    assert provider["folderUid"] == "deskpulse"
    volumes = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["grafana"]["volumes"]
    assert f"./grafana/dashboards:{provider['options']['path']}:ro" in volumes
    for path in DASHBOARDS:
        variables = json.loads(path.read_text())["templating"]["list"]
        assert variables[0]["current"]["value"] == sources[0]["uid"]
