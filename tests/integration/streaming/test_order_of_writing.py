"""Watermarks of the order of writing: a partition holds the others up until it is quiet, and nothing runs ahead of it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from contracts.settings import Settings
from deploy.local.services.flink import JOB_MANAGER, client_environment
from streaming.kernel_jar import kernel_jar
from tests.integration.streaming.stack import run_flink_python

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[object]]:
    settings = Settings(state=tmp_path_factory.mktemp("state"))
    JOB_MANAGER.prepare(settings)
    done = run_flink_python(
        settings,
        {**os.environ, **client_environment(settings), "PYTHONPATH": "."},
        str(Path(__file__).with_name("order_of_writing.py")),
        str(kernel_jar(settings)),
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, list[object]] = json.loads(done.stdout.splitlines()[-1])
    return told


def test_what_comes_by_no_partition_says_nothing_and_so_never_runs_ahead_of_the_slowest(
    said: dict[str, list[object]],
) -> None:
    assert said["of no partition"] == []


def test_a_partition_is_as_far_as_its_latest_event(said: dict[str, list[object]]) -> None:
    assert (said["ahead"], said["behind"]) == ([8_999], [999])


def test_a_partition_that_is_quiet_is_as_far_as_the_others_and_holds_nobody_up(said: dict[str, list[object]]) -> None:
    assert said["behind, once quiet"] == [999, 9_000, "idle"]


def test_a_message_that_cannot_be_read_says_nothing_of_time(said: dict[str, list[object]]) -> None:
    assert said["only ever broken"] == []
    assert said["only ever broken, for long"] == [9_000, "idle"]


def test_where_nothing_is_ever_said_all_from_before_the_beginning_has_been_read(said: dict[str, list[object]]) -> None:
    assert said["no partition ever heard, after its beginning"] == [True, "idle"]
