"""What Dagster's daemon does by itself, as the platform's own definitions declare it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from contracts.jurisdictions import load_jurisdictions
from contracts.settings import PROJECT, Settings
from contracts.tables import load_systems

pytestmark = pytest.mark.integration

DESCRIBE = """
import json, warnings
warnings.simplefilter("ignore")
from pipelines.definitions import definitions
repository = definitions.get_repository_def()
repository.get_all_jobs()  # raises where the names of jobs and steps meet
def describe(schedule):
    job = repository.get_job(schedule.job_name)
    keys = sorted(key.to_user_string() for key in job.asset_layer.executable_asset_keys)
    checks = sorted(key.name for key in job.asset_layer.asset_graph.asset_check_keys)
    zone = schedule.execution_timezone
    return {"status": schedule.default_status.value, "assets": keys, "checks": checks, "zone": zone}
steps = {node.name for node in repository.get_job("main_line").graph.nodes}
graph = repository.asset_graph
assets = [graph.get(key) for key in graph.materializable_asset_keys]
bare = [one.key.to_user_string() for one in assets if not (one.group_name and one.description and one.owners and one.kinds)]
print(json.dumps({"steps": sorted(steps), "bare": sorted(bare), "sensors": {s.name: s.default_status.value for s in repository.sensor_defs}}))
print(json.dumps({schedule.name: describe(schedule) for schedule in repository.schedule_defs}))
"""


@pytest.fixture(scope="module")
def told(postgres: Settings) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """The definitions' shape and every schedule by name, told by a process of its own: importing them parses dbt's project."""
    environment = {**os.environ, **postgres.child_environment()}
    done = subprocess.run(
        [sys.executable, "-c", DESCRIBE], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    shape, described = map(json.loads, done.stdout.splitlines()[-2:])
    return shape, described


@pytest.fixture(scope="module")
def schedules(told: tuple[dict[str, Any], dict[str, dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    return told[1]


def test_a_system_is_one_step_and_every_asset_says_what_it_is(
    told: tuple[dict[str, Any], dict[str, dict[str, Any]]],
) -> None:
    shape, _ = told
    steps = set(shape["steps"])
    assert {f"silver__{system.app}" for system in load_systems()} | {"silver__events", "silver__canonical"} <= steps
    assert not {f"silver__{system.app}__{table.name}" for system in load_systems() for table in system.tables} & steps
    assert shape["bare"] == []


def test_a_sensor_waits_until_somebody_turns_it_on(told: tuple[dict[str, Any], dict[str, dict[str, Any]]]) -> None:
    assert told[0]["sensors"] == {"new_bronze_snapshots": "STOPPED"}


def test_a_day_closes_in_the_jurisdictions_own_zone(schedules: dict[str, dict[str, Any]]) -> None:
    zones = {one.jurisdiction.lower(): one.time_zone for one in load_jurisdictions()}
    assert {code: schedules[f"close_of_day_{code}_schedule"]["zone"] for code in zones} == zones


def test_every_schedule_runs_wherever_the_daemon_does(schedules: dict[str, dict[str, Any]]) -> None:
    assert {name: schedule["status"] for name, schedule in schedules.items()} == dict.fromkeys(
        (
            *("refresh_schedule", "main_line_schedule", "observe_landing_schedule"),
            *("fintrac_eftr_daily", "clean_outboxes_schedule", "care_schedule"),
            *(f"close_of_day_{one.jurisdiction.lower()}_schedule" for one in load_jurisdictions()),
        ),
        "RUNNING",
    )


def test_the_filing_refreshes_what_it_stands_on_first(schedules: dict[str, dict[str, Any]]) -> None:
    filing = schedules["fintrac_eftr_daily"]
    assert filing["assets"] == ["reports/fintrac_eftr", "silver/diasporacore__remittance_orders"]
    assert {"fits_contract", "silver_covers_closed_windows"} <= set(filing["checks"])
