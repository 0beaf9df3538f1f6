"""The rules and dashboards as kubernetes/components/monitoring has them, and how an Operator's Prometheus scrapes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from grafana.build_manifests import BY_HAND, rendered
from stream.metric_names import METRICS
from tests.rules.conftest import Tool
from tests.rules.manifests import BASE, COMPONENTS, resource, selects
from tests.rules.monitoring_files import DASHBOARDS, PROMETHEUS, RULE_FILES, rules

MONITORING = COMPONENTS / "monitoring"
SERVICE = resource(BASE / "service.yaml")
MONITOR = resource(MONITORING / "service_monitor.yaml")
RULES = [resource(path) for path in sorted((MONITORING / "rules").glob("*.yaml"))]
BOARDS = [resource(path) for path in sorted((MONITORING / "dashboards").glob("*.yaml"))]
# `kubectl apply` keeps what it applied in an annotation, and all annotations together may have this many bytes.
ANNOTATIONS_BYTES = 262_144
# Labels that the Prometheus Operator gives to all that it scrapes.
OPERATOR_LABELS = {"namespace", "service", "pod", "container", "endpoint"}


def test_the_rules_and_dashboards_are_what_the_script_makes_of_them() -> None:
    made = rendered()
    for path, text in made.items():
        assert path.read_text() == text, "run: python -m grafana.build_manifests"
    assert {*MONITORING.rglob("*.yaml")} == {*made, *(MONITORING / name for name in BY_HAND)}


def test_every_rule_reaches_the_operator_and_every_group_is_evaluated_as_often_as_with_compose() -> None:
    groups = [group for document in RULES for group in document["spec"]["groups"]]
    interval = yaml.safe_load(PROMETHEUS.read_text())["global"]["evaluation_interval"]
    assert [group.pop("interval") for group in groups] == [interval] * len(groups)
    assert groups == [group for path in RULE_FILES for group in yaml.safe_load(path.read_text())["groups"]]


def test_prometheus_accepts_the_rules(promtool: Tool, tmp_path: Path) -> None:
    for document in RULES:
        file = tmp_path / f"{document['metadata']['name']}.yml"
        file.write_text(yaml.safe_dump(document["spec"]))
        assert "SUCCESS" in promtool("check", "rules", file)


def test_every_dashboard_reaches_grafana_s_sidecar_unchanged() -> None:
    boards = {name: text for document in BOARDS for name, text in document["data"].items()}
    assert {name: json.loads(text) for name, text in boards.items()} == {
        path.name: json.loads(path.read_text()) for path in DASHBOARDS
    }
    assert {document["metadata"]["labels"]["grafana_dashboard"] for document in BOARDS} == {"1"}


@pytest.mark.parametrize("document", [*RULES, *BOARDS], ids=lambda document: document["metadata"]["name"])
def test_what_is_generated_can_be_applied(document: dict[str, Any]) -> None:
    assert len(json.dumps(document)) < 0.9 * ANNOTATIONS_BYTES


def test_the_operator_scrapes_as_the_rules_expect() -> None:
    (endpoint,) = MONITOR["spec"]["endpoints"]
    scraping = yaml.safe_load(PROMETHEUS.read_text())["global"]
    assert (endpoint["interval"], endpoint["scrapeTimeout"]) == (
        scraping["scrape_interval"],
        scraping["scrape_timeout"],
    )
    assert endpoint["port"] in {port["name"] for port in SERVICE["spec"]["ports"]}
    assert selects(MONITOR["spec"]["selector"]["matchLabels"], SERVICE["metadata"]["labels"])
    assert SERVICE["metadata"]["labels"][MONITOR["spec"]["jobLabel"]] == "deskpulse"


@pytest.mark.parametrize("name", ["intake", "notify"])
def test_the_operator_scrapes_intake_and_notify_under_the_jobs_that_the_rules_select(name: str) -> None:
    monitor = resource(MONITORING / f"{name}_monitor.yaml")
    spec, scraping = monitor["spec"], yaml.safe_load(PROMETHEUS.read_text())["global"]
    pods = resource(COMPONENTS / name / "deployment.yaml")["spec"]["template"]
    if monitor["kind"] == "ServiceMonitor":
        (endpoint,) = spec["endpoints"]
        service = resource(COMPONENTS / name / "service.yaml")
        assert selects(spec["selector"]["matchLabels"], service["metadata"]["labels"])
        assert not selects(MONITOR["spec"]["selector"]["matchLabels"], service["metadata"]["labels"])
        assert endpoint["port"] in {port["name"] for port in service["spec"]["ports"]}
    else:
        (endpoint,) = spec["podMetricsEndpoints"]
        assert selects(spec["selector"]["matchLabels"], pods["metadata"]["labels"])
        assert endpoint["port"] in {port["name"] for port in pods["spec"]["containers"][0]["ports"]}
    times = (endpoint["interval"], endpoint["scrapeTimeout"])
    assert times == (scraping["scrape_interval"], scraping["scrape_timeout"])
    assert endpoint["relabelings"] == [{"targetLabel": "job", "replacement": f"deskpulse-{name}"}]
    assert f'job="deskpulse-{name}"' in "".join(rule["expr"] for rule in rules("alert"))


def test_labels_of_the_operator_neither_hide_a_metric_s_own_nor_split_a_sum() -> None:
    assert not {label for metric in METRICS for label in metric.labels} & OPERATOR_LABELS
    # What is aggregated `without` keeps every other label, so it must have been added up before.
    within = [rule["expr"] for rule in rules("record") + rules("alert") if "without (" in rule["expr"]]
    assert within
    for expression in within:
        for added in re.findall(r"without \([^)]*\) \((?:[0-9.]+, )?([^{)]+)", expression):
            assert re.match(r"(desk|channel|topic):", added), expression
