"""docker-compose.yml and the Dockerfile, checked by what must be true of them; no engine is needed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from stream.settings import PREFIX, Settings, unknown_variables
from tests.rules.monitoring_files import ALERTMANAGER, GRAFANA, PROMETHEUS, ROOT

TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("topics", "worker", "simulate", "intake", "notify")
DOCKERFILE = (ROOT / "Dockerfile").read_text()
EVERY_SERVICE = pytest.mark.parametrize("name", SERVICES)

# Secrets of Kafka are mounted as files by those who have a cluster; they run the image without this file.
CLUSTER_SETTINGS = {
    *("security_protocol", "sasl_mechanism", "sasl_username", "sasl_password"),
    *("ssl_cafile", "ssl_certfile", "ssl_keyfile", "replication_factor"),
}
# Fixed by the image, because the port and the paths inside it are its own.
IMAGE_SETTINGS = {"web_host", "web_port", "intake_port", "notify_port", "data_dir", "log_format"}


def _problems(file: Path) -> str:
    """Return what the Compose Specification's own schema finds wrong in a file."""
    checker = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(file)]
    done = subprocess.run(checker, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode in {0, 1}, done.stderr
    return done.stdout + done.stderr if done.returncode else ""


def test_the_file_is_as_the_compose_specification_describes_it() -> None:
    assert _problems(ROOT / "docker-compose.yml") == ""


def test_a_misspelt_key_is_not(tmp_path: Path) -> None:
    wrong = tmp_path / "docker-compose.yml"
    wrong.write_text(TEXT.replace("stop_grace_period: 30s", "stop_grace_time: 30s"))
    assert "'stop_grace_time'" in _problems(wrong)


@EVERY_SERVICE
def test_every_image_is_pinned_to_a_version(name: str) -> None:
    assert re.fullmatch(r"[a-z/]+:v?\d+\.\d+\.\d+", SERVICES[name]["image"])


def test_our_image_is_named_after_the_version_of_the_project() -> None:
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), flags=re.MULTILINE)
    assert version
    for name in OURS:
        assert SERVICES[name]["image"] == f"deskpulse:{version[1]}"


def test_one_service_builds_our_image_and_the_others_use_it() -> None:
    """Compose builds several services at once, and two builds of one tag fail."""
    assert {name: service["build"] for name, service in SERVICES.items() if "build" in service} == {"topics": "."}
    for name in set(OURS) - {"topics"}:
        assert SERVICES[name]["pull_policy"] == "never"
        assert "topics" in SERVICES[name]["depends_on"]


# The least versions that were supported in November 2026: Prometheus maintains its last release and those for the long
# term (3.13, to July 2027), Grafana the last minor of a major for 15 months (12.4, to May 2027), Alertmanager its last.
SUPPORTED = {"prom/prometheus": (3, 13), "prom/alertmanager": (0, 33), "grafana/grafana": (12, 4)}


@pytest.mark.parametrize("image", SUPPORTED)
def test_every_image_is_of_a_version_that_is_supported(image: str) -> None:
    (tag,) = [service["image"].partition(":")[2] for service in SERVICES.values() if service["image"].startswith(image)]
    assert tuple(map(int, tag.removeprefix("v").split(".")))[:2] >= SUPPORTED[image]


@EVERY_SERVICE
def test_every_published_port_is_on_loopback(name: str) -> None:
    for port in SERVICES[name].get("ports", []):
        host = port["host_ip"] if isinstance(port, dict) else port.split(":")[0]
        assert host == "127.0.0.1"


def test_the_worker_can_be_scaled() -> None:
    worker = SERVICES["worker"]
    assert "container_name" not in worker
    assert worker["volumes"] == ["./policy:/etc/deskpulse:ro"]  # nothing of its own that it writes
    (port,) = worker["ports"]
    assert re.fullmatch(r"\$\{WORKER_PORTS:-(\d+)-(\d+)\}", port["published"])
    (discovery,) = _scraped("deskpulse")["dns_sd_configs"]
    assert (discovery["names"], discovery["type"], discovery["port"]) == (["worker"], "A", port["target"])


def _scraped(job: str) -> dict[str, Any]:
    jobs: list[dict[str, Any]] = yaml.safe_load(PROMETHEUS.read_text())["scrape_configs"]
    (found,) = [scraped for scraped in jobs if scraped["job_name"] == job]
    return found


def test_everything_starts_after_what_it_needs() -> None:
    def conditions(name: str) -> dict[str, str]:
        return {needed: how["condition"] for needed, how in SERVICES[name].get("depends_on", {}).items()}

    assert conditions("topics") == {"kafka": "service_healthy"}
    assert conditions("worker") == {"kafka": "service_healthy", "topics": "service_completed_successfully"}
    for name in ("simulate", "intake", "notify"):
        assert conditions(name) == conditions("worker")
    for service in SERVICES.values():
        for needed, how in service.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert "test" in SERVICES[needed]["healthcheck"]


def test_what_not_every_desk_needs_starts_only_when_asked_for() -> None:
    profiles = {name: service["profiles"] for name, service in SERVICES.items() if "profiles" in service}
    assert profiles == {"simulate": ["demo"], "intake": ["intake"], "notify": ["notify"]}


def test_the_intake_is_published_scraped_and_given_its_secrets_by_a_file_that_is_not_committed() -> None:
    intake = SERVICES["intake"]
    inside = re.search(r"^ +DESKPULSE_INTAKE_PORT=(\d+)", DOCKERFILE, flags=re.MULTILINE)
    assert inside
    assert intake["ports"] == [f"127.0.0.1:${{INTAKE_PORT:-6080}}:{inside[1]}"]
    (discovery,) = _scraped("deskpulse-intake")["dns_sd_configs"]
    assert (discovery["names"], str(discovery["port"])) == (["intake"], inside[1])
    assert intake["env_file"] == [{"path": "intake.env", "required": False}]
    assert "intake.env" in (ROOT / ".gitignore").read_text().splitlines()
    assert "healthcheck" not in intake  # the image's asks the same port


def test_notify_is_scraped_where_the_image_serves_it() -> None:
    (discovery,) = _scraped("deskpulse-notify")["dns_sd_configs"]
    assert (discovery["names"], discovery["port"]) == (["notify"], 6066)
    assert SERVICES["notify"]["env_file"] == [{"path": "notify.env", "required": False}]
    assert "notify.env" in (ROOT / ".gitignore").read_text().splitlines()
    assert re.search(r"\bDESKPULSE_NOTIFY_PORT=6066\b", DOCKERFILE)


def test_every_named_volume_and_secret_is_declared_and_used() -> None:
    mounted = {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if not volume.startswith(".")
    }
    assert mounted == set(COMPOSE["volumes"])
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", [])}
    assert used == set(COMPOSE["secrets"])
    for name in (ALERTMANAGER.name, "receivers.example.yaml"):
        told = re.findall(r"_file: /run/secrets/(\w+)", ALERTMANAGER.with_name(name).read_text())
        assert told
        assert set(told) <= used


def test_every_file_that_is_mounted_exists() -> None:
    paths = [volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])]
    paths += [re.sub(r"^\$\{\w+:-(.*)\}$", r"\1", secret["file"]) for secret in COMPOSE["secrets"].values()]
    for path in paths:
        if path.startswith("."):
            assert (ROOT / path).exists(), path


def test_the_truth_of_kafka_prometheus_alertmanager_and_grafana_outlives_their_containers() -> None:
    for name, path in {
        "kafka": "/var/lib/kafka/data",
        "prometheus": "/prometheus",
        "alertmanager": "/alertmanager",
        "grafana": "/var/lib/grafana",
    }.items():
        assert f"{name}_data:{path}" in SERVICES[name]["volumes"]
    assert SERVICES["kafka"]["environment"]["KAFKA_LOG_DIRS"] == "/var/lib/kafka/data"


def test_grafana_lets_nobody_in_without_the_password_that_was_chosen() -> None:
    environment = SERVICES["grafana"]["environment"]
    assert environment["GF_AUTH_ANONYMOUS_ENABLED"] == "false"
    assert environment["GF_SECURITY_ADMIN_PASSWORD"].startswith("${GRAFANA_ADMIN_PASSWORD:?")
    assert re.search(r"^GRAFANA_ADMIN_PASSWORD=$", (ROOT / ".env.example").read_text(), flags=re.MULTILINE)


@pytest.mark.parametrize("name", OURS)
def test_every_setting_can_be_given_in_the_environment_file(name: str) -> None:
    given = {key.removeprefix(PREFIX).lower() for key in SERVICES[name]["environment"]}
    assert given == set(Settings.model_fields) - CLUSTER_SETTINGS - IMAGE_SETTINGS


def test_the_example_names_only_variables_that_are_read() -> None:
    named = set(re.findall(r"^#? ?([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(), flags=re.MULTILINE))
    read = set(re.findall(r"\$\{(\w+)", TEXT)) | set(SERVICES["worker"]["environment"])
    assert named
    assert named <= read
    assert set(re.findall(r"\$\{(\w+)", TEXT)) <= named


def test_no_setting_is_named_that_does_not_exist() -> None:
    example = (ROOT / ".env.example").read_text()
    named = set(re.findall(rf"\b{PREFIX}[A-Z_]*[A-Z]\b", TEXT + example))
    assert f"{PREFIX}PARTITIONS" in named
    assert unknown_variables(named) == []


def test_workers_run_without_rights_and_without_a_writable_image() -> None:
    for name in OURS:
        service = SERVICES[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.search(r"^USER 10001:10001$", DOCKERFILE, flags=re.MULTILINE)
    assert "uid=10001" in SERVICES["worker"]["tmpfs"][0]


def test_the_image_installs_only_what_the_lock_file_names_and_ends_on_sigterm() -> None:
    assert re.search(r"--require-hashes \\\n\s+-r requirements/worker\.lock", DOCKERFILE)
    assert re.search(r"--require-hashes -r requirements/build\.lock", DOCKERFILE)
    assert "pip wheel --no-deps --no-build-isolation" in DOCKERFILE
    assert "--no-deps /wheels/*.whl" in DOCKERFILE
    assert re.search(r"^STOPSIGNAL SIGTERM$", DOCKERFILE, flags=re.MULTILINE)
    assert re.search(r'^ENTRYPOINT \["deskpulse"\]$', DOCKERFILE, flags=re.MULTILINE)
    assert re.search(r"^ARG PYTHON_IMAGE=python:3\.12\.\d+-slim", DOCKERFILE, flags=re.MULTILINE)


def test_everything_the_image_copies_passes_the_ignore_file() -> None:
    passed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, flags=re.MULTILINE)
    sources = {source for line in copied for source in line.split()}
    assert sources == passed
    assert all((ROOT / source).exists() for source in sources)


def test_prometheus_and_alertmanager_read_the_files_that_are_mounted() -> None:
    assert "./grafana/prometheus:/etc/prometheus:ro" in SERVICES["prometheus"]["volumes"]
    assert "--config.file=/etc/prometheus/prometheus.yml" in SERVICES["prometheus"]["command"]
    # The folder, as the configuration names the templates beside it.
    assert "./grafana/alertmanager:/etc/alertmanager:ro" in SERVICES["alertmanager"]["volumes"]
    assert "--config.file=/etc/alertmanager/alertmanager.yml" in SERVICES["alertmanager"]["command"]
    assert "DESKPULSE_RUNBOOK_URL" in SERVICES["prometheus"]["environment"]
    assert yaml.safe_load(PROMETHEUS.read_text())["global"]["external_labels"]["runbook"] == "${DESKPULSE_RUNBOOK_URL}"
    assert (GRAFANA / "runbook.md").exists()
