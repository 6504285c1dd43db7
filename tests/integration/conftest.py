"""Real engines for integration tests; each session has its own PostgreSQL in a state of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from contracts.settings import Settings
from tests.integration.own_postgres import running_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Settings]:
    """Settings of a running PostgreSQL that has the platform's roles and empty databases."""
    with running_postgres() as settings:
        yield settings
