"""Whether the stack moves, not only whether it stands: a connector can say RUNNING and stand still."""

from __future__ import annotations

import time
from dataclasses import dataclass

from contracts.errors import AtalayaError
from contracts.settings import Settings
from deploy.local.http import ask_json

_CALL_SECONDS = 5.0


@dataclass(frozen=True)
class Measure:
    """One figure of progress: how far a reader is behind, or what could not be asked and why."""

    what: str
    value: str


def replication_lag(settings: Settings) -> list[Measure]:
    """How many bytes of the write-ahead log each replication slot's reader has not confirmed yet."""
    import psycopg  # noqa: PLC0415

    query = """
        SELECT slot_name, active, wal_status, pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)::bigint
        FROM pg_replication_slots ORDER BY slot_name
    """
    address = settings.database_url("operations", "atalaya")
    with psycopg.connect(address, connect_timeout=int(_CALL_SECONDS)) as connection:
        rows = connection.execute(query).fetchall()
    return [
        Measure(f"slot {name}", f"{behind or 0:,} bytes behind, {'read' if active else 'NOBODY READS IT'}, WAL {wal}")
        for name, active, wal, behind in rows
    ]


def consumer_lag(settings: Settings) -> list[Measure]:
    """How many messages each consumer group has not read yet, over all its partitions."""
    from confluent_kafka import ConsumerGroupTopicPartitions  # noqa: PLC0415
    from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]  # noqa: PLC0415

    newest: OffsetSpec = OffsetSpec.latest()  # type: ignore[no-untyped-call]
    admin = AdminClient({"bootstrap.servers": settings.kafka_bootstrap, "log_level": 0})
    groups = [group.group_id for group in admin.list_consumer_groups(request_timeout=_CALL_SECONDS).result().valid]
    measures = []
    for group in sorted(groups):
        future = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])[group]
        committed = [one for one in future.result(_CALL_SECONDS).topic_partitions if one.offset >= 0]
        if not committed:
            continue
        ends = admin.list_offsets(dict.fromkeys(committed, newest), request_timeout=_CALL_SECONDS)
        behind = sum(ends[one].result().offset - one.offset for one in committed)
        measures.append(Measure(f"consumer group {group}", f"{behind:,} messages behind"))
    return measures


def job_progress(settings: Settings) -> list[Measure]:
    """The state of each Flink job and the age of its last checkpoint."""
    measures = []
    for job in ask_json(f"{settings.flink_url}/jobs/overview")["jobs"]:
        latest = ask_json(f"{settings.flink_url}/jobs/{job['jid']}/checkpoints")["latest"]["completed"]
        age = f"{time.time() - latest['latest_ack_timestamp'] / 1000:.0f} s ago" if latest else "none yet"
        measures.append(Measure(f"job {job['name']}", f"{job['state']}, last checkpoint {age}"))
    return measures


def connector_progress(settings: Settings) -> list[Measure]:
    """The state of each connector's tasks, with the first line of what ended one."""
    statuses = ask_json(f"{settings.connect_url}/connectors?expand=status")
    measures = []
    for name, one in sorted(statuses.items()):
        tasks = one["status"]["tasks"]
        states = ", ".join(task["state"] for task in tasks) or "NO TASKS"
        trace = next((task["trace"].splitlines()[0] for task in tasks if "trace" in task), "")
        measures.append(Measure(f"connector {name}", f"{states} {trace}".strip()))
    return measures


_ASKED = {
    "postgres": replication_lag,
    "kafka": consumer_lag,
    "connect": connector_progress,
    "flink": job_progress,
}


def stack_progress(settings: Settings, services: set[str]) -> list[Measure]:
    """Every measure of the running services; one that cannot be taken says why instead of ending the rest."""
    measures: list[Measure] = []
    for service, ask in _ASKED.items():
        if service not in services:
            continue
        try:
            measures += ask(settings)
        except AtalayaError as error:
            measures.append(Measure(service, f"not asked: {error}"))
        except Exception as error:  # noqa: BLE001 - each client has its own errors, and status must show them all
            measures.append(Measure(service, f"no answer: {type(error).__name__}: {error}"))
    return measures
