"""The engine's tests once more, on a real Kafka: `broker` of this folder's conftest is what differs."""

from __future__ import annotations

import pytest

from tests.engine import test_failure, test_numbers, test_recovery, test_unusable_records, test_wrong_keys
from tests.engine.conftest import desk, make_desk

__all__ = ["desk", "make_desk"]

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

for _module in (test_failure, test_numbers, test_recovery, test_unusable_records, test_wrong_keys):
    for _name, _test in vars(_module).items():
        if _name.startswith("test_") and callable(_test):
            assert _name not in globals(), f"two tests are called {_name}"
            globals()[_name] = _test
