"""Write what Kubernetes needs of the rules and dashboards: `python -m grafana.build_manifests` in the project's root.

A PrometheusRule for each file of grafana/prometheus/rules and a ConfigMap for each of grafana/dashboards. The committed
files are what this writes; a test compares them. Change the rules and the dashboards, not what is written from them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

GRAFANA = Path(__file__).parent
PROMETHEUS = GRAFANA / "prometheus"
MONITORING = GRAFANA.parent / "kubernetes" / "components" / "monitoring"

#: What of the component is written by hand.
BY_HAND = ("service_monitor.yaml", "intake_monitor.yaml", "notify_monitor.yaml")

_LABELS = {"app.kubernetes.io/name": "deskpulse"}


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as such, and lists indented as in the files that people write."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def rendered() -> dict[Path, str]:
    """Return the text of every file that is written."""
    # Prometheus takes its own interval for groups that have none, and the Operator's is three times as long.
    interval = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text("utf-8"))["global"]["evaluation_interval"]
    texts = {}
    for path in sorted((PROMETHEUS / "rules").glob("*.yml")):
        to = MONITORING / "rules" / f"{path.stem}.yaml"
        texts[to] = _written(path, _rule(path, interval))
    for path in sorted((GRAFANA / "dashboards").glob("*.json")):
        to = MONITORING / "dashboards" / f"{path.stem}.yaml"
        texts[to] = _written(path, _dashboard(path))
    texts[MONITORING / "kustomization.yaml"] = _kustomization(texts)
    return texts


def _rule(path: Path, interval: str) -> dict[str, Any]:
    groups = yaml.safe_load(path.read_text("utf-8"))["groups"]
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": f"deskpulse-{path.stem.replace('_', '-')}", "labels": _LABELS},
        "spec": {"groups": [{"name": group["name"], "interval": interval} | group for group in groups]},
    }


def _dashboard(path: Path) -> dict[str, Any]:
    # Without its spaces: what is applied is kept in an annotation as well, and that has a limit.
    board = json.dumps(json.loads(path.read_text("utf-8")), separators=(",", ":"), ensure_ascii=False)
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": f"deskpulse-dashboard-{path.stem}",
            "labels": _LABELS | {"grafana_dashboard": "1"},  # by which Grafana's sidecar finds it
            "annotations": {"grafana_folder": "Deskpulse"},
        },
        "data": {path.name: board + "\n"},
    }


def _kustomization(written: dict[Path, str]) -> str:
    resources = [*BY_HAND, *sorted(str(path.relative_to(MONITORING)) for path in written)]
    return (
        "# What Prometheus scrapes, records and warns of, and the dashboards; needs the Prometheus Operator, and\n"
        "# Grafana's sidecar for dashboards. Written by `python -m grafana.build_manifests`.\n"
    ) + _dumped(
        {
            "apiVersion": "kustomize.config.k8s.io/v1alpha1",
            "kind": "Component",
            "resources": resources,
        }
    )


def _written(source: Path, document: dict[str, Any]) -> str:
    origin = source.relative_to(GRAFANA.parent).as_posix()
    return f"# Written by `python -m grafana.build_manifests` from {origin}.\n{_dumped(document)}"


def _dumped(document: dict[str, Any]) -> str:
    # Each label is spelled out: YAML's anchors would only make readers look for them.
    plain = json.loads(json.dumps(document))
    return yaml.dump(plain, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1_000_000)


def main() -> None:
    """Write every file, and remove those whose rules or dashboard are gone."""
    texts = rendered()
    for folder in ("rules", "dashboards"):
        (MONITORING / folder).mkdir(exist_ok=True)
        for path in (MONITORING / folder).glob("*.yaml"):
            if path not in texts:
                path.unlink()
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
