"""The policy file: targets, schedules, scales and thresholds of a desk, in an annotated YAML file."""

from stream.policy_file.reading import WrongPolicyError, default_text, load, parse

__all__ = ["WrongPolicyError", "default_text", "load", "parse"]
