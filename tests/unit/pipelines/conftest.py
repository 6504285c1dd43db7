"""Fixtures of the pipelines' tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.lakehouse.catalog import Lake
from tests.unit.pipelines.lakes import small_lake


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    with small_lake(tmp_path) as opened:
        yield opened
