"""Which software runs, and by which definitions it counts."""

from __future__ import annotations

from stream.metric_names.metric import Metric

VARIANT_INFO = Metric(
    "deskpulse_variant_info",
    "gauge",
    "Always 1; the labels say which variant of each definition is in force.",
    ("responder", "agent_opened", "nps_min_n", "labels", "today", "service_level"),
)
POLICY_INFO = Metric("deskpulse_policy_info", "gauge", "Always 1; the digest tells policies apart.", ("digest",))
BUILD_INFO = Metric("deskpulse_build_info", "gauge", "Always 1; the labels say which software runs.", ("version",))
DEFINITION = Metric("deskpulse_definition", "gauge", "A number of the definitions in force, by its name.", ("name",))
