"""One Kafka and one Flink for all tests here."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.streaming.stack import Stack


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    state = Path(tempfile.mkdtemp(prefix="atalaya-test-"))
    running = Stack(state)
    try:
        running.await_ready()
        yield running
    finally:
        running.close()
        shutil.rmtree(state)
