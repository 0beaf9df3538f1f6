"""kubernetes/, by the models of Kubernetes' API and by what must be true of it; no cluster and no tool is needed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from stream.engine.worker import STOP_SECONDS
from stream.policy_file import default_text, load
from stream.serve.http.access import ROLES
from stream.settings import PREFIX, Settings
from tests.rules import manifests
from tests.rules.manifests import BASE, COMPONENTS, EXAMPLE, KUSTOMIZATIONS, documents, pod, resource, selects
from tests.rules.monitoring_files import ROOT
from tests.rules.test_compose import DOCKERFILE, IMAGE_SETTINGS

DEPLOYMENT = resource(BASE / "deployment.yaml")
JOB = resource(BASE / "topics_job.yaml")
SERVICE = resource(BASE / "service.yaml")
MONITOR = resource(COMPONENTS / "monitoring" / "service_monitor.yaml")
SCALED = resource(COMPONENTS / "autoscaling" / "scaled_object.yaml")
SETTINGS = manifests.settings(BASE / "settings.env")
EXAMPLE_SETTINGS = SETTINGS | manifests.settings(EXAMPLE / "settings.env")
DOORS = ("intake", "notify")
DOOR_PODS = {name: resource(COMPONENTS / name / "deployment.yaml") for name in DOORS}
EVERY_POD = pytest.mark.parametrize(
    "document", [DEPLOYMENT, JOB, *DOOR_PODS.values()], ids=["worker", "topics", *DOORS]
)
EVERY_DOOR = pytest.mark.parametrize("name", DOORS)
PAGE = ROOT / "docs" / "kubernetes.md"
SECRETS = {"sasl_username", "sasl_password", "web_token"}


@pytest.mark.parametrize("path", manifests.written_resources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_resource_is_as_the_api_describes_it(path: Path) -> None:
    for document in documents(path.read_text()):
        assert manifests.mistakes(document) == []


def test_the_resources_that_the_page_shows_are_as_the_api_describes_them() -> None:
    shown = manifests.yaml_blocks(PAGE)
    assert shown
    for document in shown:
        assert manifests.mistakes(document) == []


def test_a_misspelt_key_a_wrong_type_and_a_wrong_duration_are_mistakes() -> None:
    wrong = json.loads(json.dumps(DEPLOYMENT))
    wrong["spec"]["template"]["spec"]["containers"][0]["imge"] = "deskpulse"
    wrong["spec"]["replicas"] = "2"
    assert manifests.mistakes(wrong) == [
        "Deployment.spec.replicas is '2', read as 2",
        "Deployment.spec.template.spec.containers[0].imge is unknown",
    ]
    wrong = json.loads(json.dumps(MONITOR))
    wrong["spec"]["endpoints"][0]["interval"] = "10 seconds"
    with pytest.raises(ValidationError, match="interval"):
        manifests.mistakes(wrong)
    wrong = json.loads(json.dumps(SCALED))
    wrong["spec"]["triggers"][0]["metadata"]["lagThreshold"] = 20_000
    with pytest.raises(ValidationError, match="lagThreshold"):
        manifests.mistakes(wrong)


@pytest.mark.parametrize("path", KUSTOMIZATIONS, ids=lambda path: path.parent.name)
def test_a_kustomization_names_what_is_there_and_all_of_it(path: Path) -> None:
    kustomization = resource(path)
    made = [file for maker in kustomization.get("configMapGenerator", []) for file in _files_of(maker)]
    named = [*kustomization.get("resources", []), *kustomization.get("components", []), *made]
    for name in named:
        found = path.parent / name
        assert found.is_file() or (found / "kustomization.yaml").is_file(), name
    own = {str(file.relative_to(path.parent)) for file in path.parent.rglob("*") if file.is_file()}
    assert own - set(named) == {"kustomization.yaml"}
    assert len(named) == len(set(named))


def _files_of(maker: dict[str, Any]) -> list[str]:
    return [*maker.get("files", []), *maker.get("envs", [])]


def test_the_example_marks_all_that_depends_on_the_cluster_or_on_another_value() -> None:
    lines = (EXAMPLE / "kustomization.yaml").read_text().splitlines()
    for begins in ("namespace:", "images:", "  - name: deskpulse-", "  - target:"):
        found = [i for i, line in enumerate(lines) if line.startswith(begins)]
        assert found, begins
        for i in found:
            above = i - 1
            while lines[above - 1].lstrip().startswith("#"):
                above -= 1
            assert lines[above].lstrip().startswith("# change: "), lines[i - 1]


def test_selectors_find_the_workers_and_not_the_job_and_the_network_policy_finds_both() -> None:
    workers, job = manifests.labels(DEPLOYMENT), manifests.labels(JOB)
    budget = resource(BASE / "disruption_budget.yaml")["spec"]["selector"]["matchLabels"]
    (spread,) = pod(DEPLOYMENT)["topologySpreadConstraints"]
    own = DEPLOYMENT["spec"]["selector"]["matchLabels"]
    for selector in (own, SERVICE["spec"]["selector"], budget, spread["labelSelector"]["matchLabels"]):
        assert selects(selector, workers)
        assert not selects(selector, job)
    guarded = resource(BASE / "network_policy.yaml")["spec"]["podSelector"]["matchLabels"]
    assert selects(guarded, workers)
    assert selects(guarded, job)


@EVERY_POD
def test_pods_have_no_rights_and_no_writable_image(document: dict[str, Any]) -> None:
    spec = pod(document)
    user = int(re.findall(r"^USER (\d+):\1$", DOCKERFILE, flags=re.MULTILINE)[0])
    context = spec["securityContext"]
    assert context["runAsNonRoot"] is True
    assert {context["runAsUser"], context["runAsGroup"], context["fsGroup"]} == {user}
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    (container,) = spec["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    writable = [mount["name"] for mount in container["volumeMounts"] if not mount.get("readOnly")]
    bounded = {volume["name"] for volume in spec["volumes"] if "sizeLimit" in volume.get("emptyDir", {})}
    assert set(writable) <= bounded


@EVERY_POD
def test_pods_run_the_image_of_this_version_under_the_same_settings(document: dict[str, Any]) -> None:
    spec = pod(document)
    version = re.findall(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), flags=re.MULTILINE)
    assert [container["image"] for container in spec["containers"]] == [f"deskpulse:{version[0]}"]
    assert spec["enableServiceLinks"] is False
    assert spec["serviceAccountName"] == resource(BASE / "service_account.yaml")["metadata"]["name"]
    (container,) = spec["containers"]
    assert container["envFrom"][:2] == [
        {"configMapRef": {"name": "deskpulse-settings"}},
        {"secretRef": {"name": "deskpulse-secrets", "optional": True}},
    ]
    made = {maker["name"] for maker in resource(BASE / "kustomization.yaml")["configMapGenerator"]}
    made |= set(
        re.findall(r"^  # - name: (deskpulse-\w+)$", (EXAMPLE / "kustomization.yaml").read_text(), re.MULTILINE)
    )
    used = {volume["configMap"]["name"] for volume in spec["volumes"] if "configMap" in volume}
    assert used | {"deskpulse-settings"} <= made
    mounted = {mount["name"] for mount in container["volumeMounts"]}
    assert mounted == {volume["name"] for volume in spec["volumes"]}


@EVERY_DOOR
def test_what_belongs_to_intake_and_notify_finds_their_pods_and_no_others(name: str) -> None:
    own, others = DOOR_PODS[name], [DEPLOYMENT, JOB, *(each for key, each in DOOR_PODS.items() if key != name)]
    selectors = [
        own["spec"]["selector"]["matchLabels"],
        resource(COMPONENTS / name / "disruption_budget.yaml")["spec"]["selector"]["matchLabels"],
        resource(COMPONENTS / name / "network_policy.yaml")["spec"]["podSelector"]["matchLabels"],
    ]
    if name == "intake":
        selectors.append(resource(COMPONENTS / name / "service.yaml")["spec"]["selector"])
    for selector in selectors:
        assert selects(selector, manifests.labels(own))
        assert not any(selects(selector, manifests.labels(other)) for other in others)
    assert not selects(SERVICE["spec"]["selector"], manifests.labels(own))
    assert selects(resource(BASE / "network_policy.yaml")["spec"]["podSelector"]["matchLabels"], manifests.labels(own))


@EVERY_DOOR
def test_intake_and_notify_read_the_file_that_is_mounted_and_answer_where_they_are_asked(name: str) -> None:
    (container,) = pod(DOOR_PODS[name])["containers"]
    assert container["args"] == [name]
    (given,) = container["env"]
    assert given["name"] == f"{PREFIX}{name.upper()}_FILE"
    assert given["name"].removeprefix(PREFIX).lower() in Settings.model_fields
    folder = Path(given["value"]).parent
    (mounted,) = [mount for mount in container["volumeMounts"] if mount["mountPath"] == str(folder)]
    (volume,) = [volume for volume in pod(DOOR_PODS[name])["volumes"] if volume["name"] == mounted["name"]]
    assert volume == {"name": name, "configMap": {"name": f"deskpulse-{name}"}}
    example = (EXAMPLE / "kustomization.yaml").read_text()
    assert f"  # - name: deskpulse-{name}\n  #   files: [{Path(given['value']).name}]\n" in example
    assert container["envFrom"][2] == {"secretRef": {"name": f"deskpulse-{name}-secrets", "optional": True}}
    (port,) = container["ports"]
    assert re.search(rf"\b{PREFIX}{name.upper()}_PORT={port['containerPort']}\b", DOCKERFILE)
    probes = {probe: container[probe]["httpGet"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert [get["path"] for get in probes.values()] == ["/healthz", "/healthz", "/readyz"]
    assert {get["port"] for get in probes.values()} == {port["name"]}


def test_the_intake_has_time_to_answer_what_is_in_hand_after_the_proxy_has_let_go_of_it() -> None:
    (container,) = pod(DOOR_PODS["intake"])["containers"]
    (command, seconds) = container["lifecycle"]["preStop"]["exec"]["command"]
    longest = Settings.model_fields["intake_ack_seconds"].default + 1
    assert command == "sleep"
    assert pod(DOOR_PODS["intake"])["terminationGracePeriodSeconds"] >= int(seconds) + longest + 10


def test_the_probes_ask_what_the_worker_answers_and_wait_for_recovery() -> None:
    (container,) = pod(DEPLOYMENT)["containers"]
    asked = {name: container[name]["httpGet"] for name in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert {name: get["path"] for name, get in asked.items()} == {
        "startupProbe": "/healthz",
        "livenessProbe": "/healthz",
        "readinessProbe": "/readyz",
    }
    assert all(ROLES[get["path"]] is None for get in asked.values())  # a probe has no token
    (port,) = container["ports"]
    assert {get["port"] for get in asked.values()} == {port["name"]} == {SERVICE["spec"]["ports"][0]["targetPort"]}
    assert port["containerPort"] == Settings.model_fields["web_port"].default
    assert re.search(rf"^EXPOSE {port['containerPort']}$", DOCKERFILE, flags=re.MULTILINE)


def test_a_worker_has_longer_to_stop_than_it_gives_itself() -> None:
    assert pod(DEPLOYMENT)["terminationGracePeriodSeconds"] >= STOP_SECONDS + 15


def test_a_rollout_never_takes_a_worker_before_another_has_recovered() -> None:
    rolling = DEPLOYMENT["spec"]["strategy"]["rollingUpdate"]
    assert rolling == {"maxSurge": 1, "maxUnavailable": 0}
    budget = resource(BASE / "disruption_budget.yaml")["spec"]
    assert budget["maxUnavailable"] == 1  # a number that any number of workers fulfils, one included


@pytest.mark.parametrize("given", [SETTINGS, EXAMPLE_SETTINGS], ids=["base", "example"])
def test_every_setting_exists_and_is_accepted(given: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    names = {key.removeprefix(PREFIX).lower() for key in given}
    assert names <= set(Settings.model_fields) - IMAGE_SETTINGS - SECRETS
    for key, value in given.items():
        monkeypatch.setenv(key, value)
    read = Settings()
    for name in names:
        value = getattr(read, name)
        assert str(value) == given[f"{PREFIX}{name.upper()}"]


def test_the_secret_has_settings_that_exist() -> None:
    assert set(Settings.model_fields) >= SECRETS
    named = set(re.findall(r"DESKPULSE_\w+", (BASE / "settings.env").read_text())) - set(SETTINGS)
    assert {key.removeprefix(PREFIX).lower() for key in named} == SECRETS


def test_files_that_settings_name_are_where_something_is_mounted() -> None:
    (container,) = pod(DEPLOYMENT)["containers"]
    folders = {mount["mountPath"] for mount in container["volumeMounts"]}
    named = {value for value in EXAMPLE_SETTINGS.values() if value.startswith("/")}
    assert len(named) == 2
    assert {str(Path(value).parent) for value in named} <= folders
    assert Path(SETTINGS["DESKPULSE_POLICY_FILE"]).name == (BASE / "policy.yaml").name
    assert "subPath" not in str(container)  # what is mounted so is never renewed, and SIGHUP would read the old file


def test_the_policy_of_the_base_is_the_default_and_that_of_the_example_can_be_read() -> None:
    assert (BASE / "policy.yaml").read_text() == default_text(), "run: deskpulse policy > kubernetes/base/policy.yaml"
    load(EXAMPLE / "policy.yaml")


def test_workers_are_scaled_by_the_lag_of_all_they_read_and_never_beyond_the_partitions() -> None:
    spec = SCALED["spec"]
    (container,) = pod(DEPLOYMENT)["containers"]
    target = (DEPLOYMENT["kind"], DEPLOYMENT["metadata"]["name"], container["name"])
    named = spec["scaleTargetRef"]
    assert (named["kind"], named["name"], named["envSourceContainerName"]) == target
    metadata = [trigger["metadata"] for trigger in spec["triggers"]]
    from_settings = {value for one in metadata for key, value in one.items() if key.endswith("FromEnv")}
    assert from_settings <= set(SETTINGS)
    read = Settings()
    topics = {SETTINGS[one["topicFromEnv"]] for one in metadata}
    assert topics == {*read.source_topics().values(), read.topic_repartition}
    assert {(SETTINGS[one["consumerGroupFromEnv"]], one["allowIdleConsumers"]) for one in metadata} == {
        (read.app_id, "false")
    }
    assert 1 <= spec["minReplicaCount"] <= spec["maxReplicaCount"] == int(SETTINGS["DESKPULSE_PARTITIONS"])
    assert spec["fallback"]["replicas"] <= spec["maxReplicaCount"]


@pytest.mark.parametrize("given", [SETTINGS, EXAMPLE_SETTINGS], ids=["base", "example"])
def test_the_network_policy_lets_workers_reach_the_brokers_and_be_scraped(given: dict[str, str]) -> None:
    spec = resource(BASE / "network_policy.yaml")["spec"]
    ranges = [(port["port"], port.get("endPort", port["port"])) for rule in spec["egress"] for port in rule["ports"]]
    for server in given["DESKPULSE_BROKER"].split(","):
        port = int(server.rpartition(":")[2])
        assert any(first <= port <= last for first, last in ranges)
    assert [port["port"] for rule in spec["ingress"] for port in rule["ports"]] == ["http"]
