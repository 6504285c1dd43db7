"""Change capture of `operations`: which tables are published under which name. Migrations publish, connectors read."""

from __future__ import annotations

from contracts.tables import load_systems, load_tables

# The two source connectors: row changes, and the outboxes' events (docs/decisions/0005).
ROWS = "operations"
EVENTS = "outbox"

# Of sources/sql/01_control.sql: its rows keep both slots moving while the operational tables rest, and carry the probes.
HEARTBEAT_TABLE = "cdc_control.heartbeat"

# Slot by source connector, and the publication of the same name. Slots outlive the connectors: names must not change.
SLOTS = {ROWS: "atalaya", EVENTS: "atalaya_outbox"}

# For so long an event can be looked at in its outbox, and is sent again after a lost slot.
OUTBOX_DAYS = 7


def captured_tables(connector: str) -> tuple[str, ...]:
    """Every table that a source connector reads, with its schema, the heartbeat's included."""
    tables = {
        ROWS: [f"{table.schema_name}.{table.name}" for table in load_tables()],
        EVENTS: [f"{system.schema_name}.outbox" for system in load_systems()],
    }
    return (*tables[connector], HEARTBEAT_TABLE)
