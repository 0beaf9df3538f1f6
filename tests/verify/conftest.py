from pathlib import Path

import pytest

from tests.verify.story import Desk, Story


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)
