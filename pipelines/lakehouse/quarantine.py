"""Versions that do not fit their declared types: kept whole, with the first field that is wrong and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.lakehouse.columns import SilverColumn

if TYPE_CHECKING:
    from pipelines.lakehouse.catalog import Lake
    from pipelines.lakehouse.specification import Silver

QUARANTINE = "quarantine.rows"

COLUMNS = (
    SilverColumn("table_name", "text", "Silver table that refused the version"),
    SilverColumn("key", "text", "Its key as far as it could be read, parts separated by |"),
    SilverColumn("field", "text", "First field that does not fit"),
    SilverColumn("reason", "text", "Why"),
    SilverColumn("raw", "text", "The document as it came; as sensitive as bronze"),
    SilverColumn("topic", "text", "Kafka topic"),
    SilverColumn("partition", "integer", "Its partition"),
    SilverColumn("offset", "integer", "Its offset: with topic and partition the row's key"),
    SilverColumn("arrived_at", "timestamp", "When Kafka received it"),
)


def quarantine_faults(lake: Lake, table: Silver, *, rebuilt: bool) -> int:
    """Store the faults of the session's `typed` relation, once each; how many there are.

    After a rebuild the table's old entries go first: what fits by now is no longer quarantined.
    """
    lake.session.execute(
        """
        create or replace temp table faults as
        select ? as table_name, _key as key, split_part(_fault, ': ', 1) as field, split_part(_fault, ': ', 2) as reason,
            _value as raw, _row_topic as topic, _row_partition as "partition", _row_offset as "offset",
            _row_arrived_at as arrived_at
        from typed where _fault is not null
        """,
        [table.name],
    )
    count = lake.count("select count(*) from faults")
    exists = lake.find(QUARANTINE) is not None
    if count == 0 and not (rebuilt and exists):
        return 0
    if exists:
        lake.attach(QUARANTINE)
        others = "table_name <> ?" if rebuilt else "? is not null"
        lake.session.execute(
            f"insert into faults by name select * from {QUARANTINE} where {others} except select * from faults",  # noqa: S608 - a constant
            [table.name],
        )
    lake.replace(QUARANTINE, lake.query('select * from faults order by topic, "partition", "offset"'), COLUMNS, {})
    return count
