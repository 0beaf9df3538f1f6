"""The manifests of Kubernetes, and the models of its API that they are held to."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.rules.monitoring_files import ROOT

KUBERNETES = ROOT / "kubernetes"
BASE = KUBERNETES / "base"
COMPONENTS = KUBERNETES / "components"
EXAMPLE = KUBERNETES / "overlays" / "example"
KUSTOMIZATIONS = sorted(KUBERNETES.rglob("kustomization.yaml"))

Document = dict[str, Any]

# Made by code generators from the API's own description: of Kubernetes 1.32, and of the operators' CRDs.
_MODULES = {
    "v1": "cloudcoil.models.kubernetes.core.v1",
    "apps/v1": "cloudcoil.models.kubernetes.apps.v1",
    "batch/v1": "cloudcoil.models.kubernetes.batch.v1",
    "policy/v1": "cloudcoil.models.kubernetes.policy.v1",
    "networking.k8s.io/v1": "cloudcoil.models.kubernetes.networking.v1",
    "keda.sh/v1alpha1": "cloudcoil.models.keda.v1alpha1",
    "monitoring.coreos.com/v1": "cloudcoil.models.prometheus_operator.v1",
}


def documents(text: str) -> list[Document]:
    """Return the documents of a YAML file."""
    return [document for document in yaml.safe_load_all(text) if document is not None]


def resource(path: Path) -> Document:
    """Return the one resource of a file."""
    (document,) = documents(path.read_text())
    return document


def settings(path: Path) -> dict[str, str]:
    """Return the variables of an `.env` file, as kustomize reads it."""
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def mistakes(document: Document) -> list[str]:
    """Return what the API would drop or read in another way, by path: a misspelt key, a number that is a text.

    Raises pydantic's ValidationError for what it would refuse, KeyError for a version of the API that is not used here.
    """
    model = getattr(importlib.import_module(_MODULES[document["apiVersion"]]), document["kind"])
    read = model.model_validate(document).model_dump(by_alias=True, exclude_unset=True, mode="json")
    return list(_differences(document, read, document["kind"]))


def _differences(given: Any, read: Any, path: str) -> Iterator[str]:
    if isinstance(given, dict) and isinstance(read, dict):
        for key, value in given.items():
            if key in read:
                yield from _differences(value, read[key], f"{path}.{key}")
            else:
                yield f"{path}.{key} is unknown"
    elif isinstance(given, list) and isinstance(read, list) and len(given) == len(read):
        for number, (left, right) in enumerate(zip(given, read, strict=True)):
            yield from _differences(left, right, f"{path}[{number}]")
    elif given != read or type(given) is not type(read):
        yield f"{path} is {given!r}, read as {read!r}"


def written_resources() -> list[Path]:
    """Return every file that holds a resource: no kustomization, no policy."""
    return [
        path for path in sorted(KUBERNETES.rglob("*.yaml")) if path.name not in {"kustomization.yaml", "policy.yaml"}
    ]


def pod(document: Document) -> Document:
    """Return the pod of a Deployment or Job."""
    spec: Document = document["spec"]["template"]["spec"]
    return spec


def labels(document: Document) -> dict[str, str]:
    """Return the labels of the pods of a Deployment or Job."""
    found: dict[str, str] = document["spec"]["template"]["metadata"]["labels"]
    return found


def selects(selector: dict[str, str], found: dict[str, str]) -> bool:
    """Tell whether a selector fits labels; an empty one would fit everything and is taken for a mistake."""
    return bool(selector) and selector.items() <= found.items()


def yaml_blocks(page: Path) -> list[Document]:
    """Return the resources that a page shows."""
    blocks = re.findall(r"```yaml\n(.*?)```", page.read_text(), flags=re.DOTALL)
    return [document for block in blocks for document in documents(block) if "apiVersion" in document]
