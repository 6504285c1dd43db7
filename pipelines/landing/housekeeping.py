"""The outboxes' daily cleaning: published events go, and nothing goes while nobody reads them."""

from collections.abc import Mapping

import dagster as dg
import psycopg

from contracts.capture import EVENTS, OUTBOX_DAYS, SLOTS
from contracts.errors import TransientError
from contracts.settings import Settings, load_settings
from contracts.tables import load_systems

# A reader that is connected and no further behind has what is days old.
_NEAR_BYTES = 64 * 2**20
_READER = """
select wal_status, active, pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)
from pg_replication_slots where slot_name = %s
"""


def clean_outboxes(settings: Settings) -> dict[str, int]:
    """Delete events older than the declared days; how many went, by schema.

    Raises TransientError, and deletes nothing, while the slot of the events is absent, lost, unread or far behind: what
    its reader has not taken then is in the outboxes alone.
    """
    with psycopg.connect(settings.database_url("operations")) as connection:
        if problem := _reader_problem(connection):
            raise TransientError(
                f"The outboxes are not cleaned: slot {SLOTS[EVENTS]!r} {problem}.",
                hint="A slot that was lost leaves a gap until its connector has sent the outboxes again.",
            )
        return delete_old(connection)


def delete_old(connection: psycopg.Connection[tuple[object, ...]]) -> dict[str, int]:
    """Delete without asking for the reader."""
    deleted = {}
    for system in load_systems():
        row = connection.execute(
            "select cdc_control.clean_outbox(%s, %s)", [system.schema_name, OUTBOX_DAYS]
        ).fetchone()
        deleted[system.schema_name] = int(str(row[0])) if row else 0
    return deleted


def _reader_problem(connection: psycopg.Connection[tuple[object, ...]]) -> str:
    row = connection.execute(_READER, [SLOTS[EVENTS]]).fetchone()
    if row is None:
        return "does not exist"
    wal_status, active, behind = row
    if wal_status == "lost":
        return "was lost"
    if not active:
        return "has no reader"
    return f"is {behind} bytes behind" if int(str(behind or 0)) > _NEAR_BYTES else ""


@dg.op(name="delete_published_events")
def _clean(context: dg.OpExecutionContext) -> None:
    deleted: Mapping[str, int] = clean_outboxes(load_settings())
    context.log.info("events deleted: %s", deleted)


@dg.job(name="clean_outboxes", description="Events that were published days ago leave the operational database.")
def clean_outboxes_job() -> None:
    """A job and no asset: a run of everything must not depend on it."""
    _clean()


clean_outboxes_schedule = dg.ScheduleDefinition(
    job=clean_outboxes_job,
    cron_schedule="40 3 * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
