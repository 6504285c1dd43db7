"""Rows from PostgreSQL to bronze, and to Kafka alone with the sink at rest: one round of each."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx
import psycopg

from contracts.errors import TransientError
from contracts.settings import Settings
from contracts.tables import find_table
from pipelines.lakehouse.catalog import open_lake
from pipelines.landing.configurations import SINK
from pipelines.landing.offsets import open_offsets
from pipelines.landing.progress import wait_landed

# No trigger makes events of its rows: what is measured is the change alone.
TABLE = find_table("finflow", "customers")
_TENANT = "bench"
_TIMEOUT_SECONDS = 300
_POLL_SECONDS = 0.1


def landing_and_capture(settings: Settings, count: int) -> tuple[float, float]:
    """Seconds from the commit of `count` rows until all of them are in bronze, and until all are in Kafka."""
    landing = _round(settings, count, lambda: _landed(settings))
    _sink(settings, "pause", "PAUSED")
    capture = _round(settings, count, lambda: _captured(settings))
    _sink(settings, "resume", "RUNNING")
    wait_landed(settings, _TIMEOUT_SECONDS)
    return landing, capture


def _round(settings: Settings, count: int, arrived: Callable[[], int]) -> float:
    wanted = arrived() + count
    _insert(settings, count)
    began = time.monotonic()
    while arrived() < wanted:
        if time.monotonic() - began > _TIMEOUT_SECONDS:
            raise TransientError(f"{count} rows of {TABLE.name} do not arrive.", hint="Look at the log of 'connect'.")
        time.sleep(_POLL_SECONDS)
    return time.monotonic() - began


def _insert(settings: Settings, count: int) -> None:
    """One transaction, so that Debezium is told of all rows at once and PostgreSQL's own work is not measured."""
    with psycopg.connect(settings.database_url("operations")) as connection:
        connection.execute(
            "insert into finflow.tenants values (%s, 'Bench', 'US', 'USD', now()) on conflict do nothing", [_TENANT]
        )
        connection.execute(
            "insert into finflow.customers (customer_id, tenant_id, full_name, email, country, created_at)"
            " select gen_random_uuid()::text, %s, 'Ana Ñandú ' || n, n || '@example.org', 'US', now()"
            " from generate_series(1, %s) n",
            [_TENANT, count],
        )


def _landed(settings: Settings) -> int:
    with open_lake(settings) as lake:
        table = lake.find(TABLE.bronze)
        snapshot = table.current_snapshot() if table else None
        return int(snapshot.summary["total-records"] or 0) if snapshot and snapshot.summary else 0


def _captured(settings: Settings) -> int:
    with open_offsets(settings) as offsets:
        return sum(offsets.ends([TABLE.topic]).values())


def _sink(settings: Settings, verb: str, state: str) -> None:
    """Pause or resume the sink, and see that its task does."""
    address = f"{settings.connect_url}/connectors/{SINK}"
    httpx.put(f"{address}/{verb}", timeout=30).raise_for_status()
    deadline = time.monotonic() + _TIMEOUT_SECONDS
    while {task["state"] for task in httpx.get(f"{address}/status", timeout=30).json()["tasks"]} != {state}:
        if time.monotonic() > deadline:
            raise TransientError(f"The sink does not {verb}.", hint="Look at the log of 'connect'.")
        time.sleep(_POLL_SECONDS)
