"""What kustomize makes of kubernetes/: the base, the example and every component, by kustomize itself."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from stream.policy_file import parse
from stream.settings import PREFIX, Settings
from tests.rules import manifests
from tests.rules.manifests import BASE, COMPONENTS, EXAMPLE, Document, documents, pod

# kustomize before this knows some of what is used here under other names, or not at all.
OLDEST = 5


@cache
def _kustomize() -> tuple[str, ...]:
    """Return the command that renders a folder, kustomize or kubectl with it inside; () if neither is new enough."""
    for tool, ask, render in (
        ("kustomize", ["version"], ["build"]),
        ("kubectl", ["version", "--client"], ["kustomize"]),
    ):
        if path := shutil.which(tool):
            said = subprocess.run([path, *ask], capture_output=True, text=True, timeout=60, check=False).stdout
            versions = re.findall(r"^(?:Kustomize Version: )?v(\d+)\.", said, flags=re.MULTILINE)
            if versions and int(versions[0]) >= OLDEST:
                return (path, *render)
    return ()


def build(folder: Path) -> list[Document]:
    """Return what kustomize renders of a folder, or skip the test when there is none."""
    if not _kustomize():
        pytest.skip(f"neither kustomize nor kubectl with a kustomize of version {OLDEST} is installed")
    done = subprocess.run([*_kustomize(), folder], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "deprecated" not in done.stderr
    return documents(done.stdout)


def one(rendered: list[Document], kind: str, name: str = "") -> Document:
    """Return the only resource of a kind whose name begins so."""
    (found,) = [d for d in rendered if d["kind"] == kind and d["metadata"]["name"].startswith(name)]
    return found


@pytest.fixture(scope="module")
def example() -> list[Document]:
    """Render the example once."""
    return build(EXAMPLE)


def test_the_base_needs_no_operator_and_its_resources_are_as_the_api_describes_them() -> None:
    rendered = build(BASE)
    assert {document["kind"] for document in rendered} == {
        *("ConfigMap", "Deployment", "Job", "NetworkPolicy", "PodDisruptionBudget", "Service", "ServiceAccount"),
    }
    assert [mistake for document in rendered for mistake in manifests.mistakes(document)] == []


def test_the_example_is_as_the_api_describes_it_and_lies_in_one_namespace(example: list[Document]) -> None:
    assert {"PrometheusRule", "ServiceMonitor", "ScaledObject"} <= {document["kind"] for document in example}
    for document in example:
        assert manifests.mistakes(document) == []
        if document["kind"] != "Namespace":
            assert document["metadata"]["namespace"] == one(example, "Namespace")["metadata"]["name"]
    names = [(document["kind"], document["metadata"]["name"]) for document in example]
    assert len(set(names)) == len(names)


def test_a_changed_setting_is_another_name_and_a_changed_policy_is_not(example: list[Document]) -> None:
    before, after = (one(rendered, "ConfigMap", "deskpulse-settings") for rendered in (build(BASE), example))
    assert before["metadata"]["name"] != after["metadata"]["name"]
    for kind in ("Deployment", "Job"):
        (container,) = pod(one(example, kind))["containers"]
        assert container["envFrom"][0]["configMapRef"]["name"] == after["metadata"]["name"]
    policy = one(example, "ConfigMap", "deskpulse-policy")
    assert policy["metadata"]["name"] == "deskpulse-policy"
    assert policy["data"] == {"policy.yaml": (EXAMPLE / "policy.yaml").read_text()}
    mounted = [volume for volume in pod(one(example, "Deployment"))["volumes"] if volume["name"] == "policy"]
    assert mounted == [{"name": "policy", "configMap": {"name": "deskpulse-policy"}}]
    parse(policy["data"]["policy.yaml"], "policy.yaml")


def test_the_settings_of_the_example_are_accepted_and_bound_the_autoscaler(
    example: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    data: dict[str, str] = one(example, "ConfigMap", "deskpulse-settings")["data"]
    assert {key.removeprefix(PREFIX).lower() for key in data} <= set(Settings.model_fields)
    for key, value in data.items():
        monkeypatch.setenv(key, value)
    settings = Settings()
    assert one(example, "ScaledObject")["spec"]["maxReplicaCount"] == settings.partitions
    # Else every upgrade would undo what the autoscaler did.
    assert "replicas" not in one(example, "Deployment")["spec"]


def test_every_pod_of_the_example_runs_the_image_that_it_names(example: list[Document]) -> None:
    image = manifests.resource(EXAMPLE / "kustomization.yaml")["images"][0]
    for kind in ("Deployment", "Job"):
        (container,) = pod(one(example, kind))["containers"]
        assert container["image"] == f"{image['newName']}:{image['newTag']}"


def test_prometheus_selects_every_rule_of_the_example_and_brokers_elsewhere_are_out_of_reach(
    example: list[Document],
) -> None:
    selected = [d for d in example if d["metadata"].get("labels", {}).get("release") == "kube-prometheus-stack"]
    assert {document["kind"] for document in selected} == {"PrometheusRule", "ServiceMonitor", "PodMonitor"}
    assert len(selected) == sum(document["apiVersion"] == "monitoring.coreos.com/v1" for document in example)
    for_names, for_brokers = one(example, "NetworkPolicy")["spec"]["egress"]
    assert "to" not in for_names
    assert for_brokers["to"]
    (ingress,) = one(example, "NetworkPolicy")["spec"]["ingress"]
    assert ingress == one(build(BASE), "NetworkPolicy")["spec"]["ingress"][0]


@pytest.mark.parametrize(
    "components",
    [("monitoring",), ("autoscaling",), ("intake", "notify"), ("monitoring", "intake", "notify", "web-token")],
    ids="+".join,
)
def test_components_can_be_chosen_by_themselves(tmp_path: Path, components: tuple[str, ...]) -> None:
    def relative(folder: Path) -> str:
        return os.path.relpath(folder.resolve(), tmp_path.resolve())

    lines = ["resources:", f"  - {relative(BASE)}", "components:"]
    lines += [f"  - {relative(COMPONENTS / name)}" for name in components]
    doors = [name for name in components if name in ("intake", "notify")]
    if doors:
        lines += ["configMapGenerator:", *(f"  - {{name: deskpulse-{name}, files: [{name}.yaml]}}" for name in doors)]
    for name in doors:
        (tmp_path / f"{name}.yaml").write_text("version: 1\n")
    (tmp_path / "kustomization.yaml").write_text("\n".join(lines) + "\n")
    rendered = build(tmp_path)
    assert [mistake for document in rendered for mistake in manifests.mistakes(document)] == []
    for name in doors:  # the file's hash is in the name, so that a changed file is a rollout
        (volume, *_) = pod(one(rendered, "Deployment", f"deskpulse-{name}"))["volumes"]
        assert volume["configMap"]["name"] == one(rendered, "ConfigMap", f"deskpulse-{name}")["metadata"]["name"]
        assert volume["configMap"]["name"] != f"deskpulse-{name}"
    if "web-token" in components:
        monitors = [d["spec"] for d in rendered if d["kind"] in ("ServiceMonitor", "PodMonitor")]
        assert len(monitors) == 3
        (container,) = pod(one(rendered, "Deployment", "deskpulse-worker"))["containers"]
        for spec in monitors:
            (endpoint,) = spec.get("endpoints") or spec["podMetricsEndpoints"]
            shown: dict[str, Any] = endpoint["authorization"]["credentials"]
            assert shown["name"] == container["envFrom"][1]["secretRef"]["name"]
            assert shown["key"] == f"{PREFIX}WEB_TOKEN"
