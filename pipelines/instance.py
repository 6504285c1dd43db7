"""Dagster's own state: a home under the platform's state, with its storage in PostgreSQL."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import yaml

from contracts.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from dagster import DagsterInstance


_STATEMENT_MILLISECONDS = 600_000
_RECYCLE_SECONDS = 3600
_MORE_CONNECTIONS = 4


def prepare_instance(settings: Settings) -> Path:
    """Write the instance's file and point this process at it; the home. The file holds the database's password."""
    home = settings.state / "dagster"
    (home / "storage").mkdir(parents=True, exist_ok=True)
    place = {"config": {"postgres_url": settings.database_url("dagster")}}
    document = {
        "run_storage": {"module": "dagster_postgres.run_storage", "class": "PostgresRunStorage", **place},
        "event_log_storage": {"module": "pipelines.event_log", "class": "EventLog", **place},
        "schedule_storage": {
            "module": "dagster_postgres.schedule_storage",
            "class": "PostgresScheduleStorage",
            **place,
        },
        "telemetry": {"enabled": False},
        # Two refreshes of the same silver table at once would lose one of the commits, and the machine has two cores.
        "concurrency": {"runs": {"max_concurrent_runs": 1}},
        # Steps log through Dagster; capturing file descriptors would start two processes for each step.
        "compute_logs": {
            "module": "dagster._core.storage.noop_compute_log_manager",
            "class": "NoOpComputeLogManager",
        },
    }
    partial = home / f".dagster.{os.getpid()}"
    partial.touch(mode=0o600)
    partial.write_text(yaml.safe_dump(document), encoding="utf-8")
    partial.replace(home / "dagster.yaml")
    os.environ["DAGSTER_HOME"] = str(home)
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "true")
    return home


def open_instance(settings: Settings) -> DagsterInstance:
    """The instance of a platform, its storage brought up to date."""
    prepare_instance(settings)
    from dagster import DagsterInstance  # noqa: PLC0415 - 1.5 s that a prepared home need not pay

    instance = DagsterInstance.get()
    # Meant for the web server; without it each of a run's 1,800 statements opens a connection: 20 s of a small run.
    instance.optimize_for_webserver(_STATEMENT_MILLISECONDS, _RECYCLE_SECONDS, _MORE_CONNECTIONS)
    return instance
