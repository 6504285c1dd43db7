"""What Dagster's daemon does by itself, as the platform's own definitions declare it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from contracts.settings import PROJECT, Settings

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
    return {"status": schedule.default_status.value, "assets": keys, "checks": checks}
print(json.dumps({schedule.name: describe(schedule) for schedule in repository.schedule_defs}))
"""


@pytest.fixture(scope="module")
def schedules(postgres: Settings) -> dict[str, dict[str, Any]]:
    """Every schedule by name, told by a process of its own: importing the definitions parses dbt's project."""
    environment = {**os.environ, **postgres.child_environment()}
    told = subprocess.run(
        [sys.executable, "-c", DESCRIBE], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    described: dict[str, dict[str, Any]] = json.loads(told.stdout.splitlines()[-1])
    return described


def test_every_schedule_runs_wherever_the_daemon_does(schedules: dict[str, dict[str, Any]]) -> None:
    assert {name: schedule["status"] for name, schedule in schedules.items()} == dict.fromkeys(
        (
            *("refresh_schedule", "main_line_schedule", "observe_landing_schedule"),
            *("fintrac_eftr_daily", "clean_outboxes_schedule", "care_schedule", "watch_drift_schedule"),
        ),
        "RUNNING",
    )


def test_the_filing_refreshes_what_it_stands_on_first(schedules: dict[str, dict[str, Any]]) -> None:
    filing = schedules["fintrac_eftr_daily"]
    assert filing["assets"] == ["reports/fintrac_eftr", "silver/diasporacore__remittance_orders"]
    assert {"fits_contract", "silver_covers_closed_windows"} <= set(filing["checks"])
