"""What change capture may see of `operations`, as statements that may be run again: publications, and grants to its role."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.capture import HEARTBEAT_TABLE, SLOTS, captured_tables
from contracts.settings import Role

# Reads what is captured, and beats; nothing else.
READER: Role = "debezium"

_BY_ROOT = "publish_via_partition_root = true"


def publication_statements(existing: frozenset[str]) -> Iterator[str]:
    """Bring each publication to the declared tables; `existing` are the names of those that are there.

    One that exists is altered and never made anew: a slot remembers positions at which it has to exist. Rows of a tenant's
    schema are published as rows of the table that they are partitions of, so that a new tenant changes nothing here.
    """
    for connector, name in SLOTS.items():
        tables = ", ".join(captured_tables(connector))
        if name in existing:
            yield f"alter publication {name} set table {tables}"
            yield f"alter publication {name} set ({_BY_ROOT})"
        else:
            yield f"create publication {name} for table {tables} with ({_BY_ROOT})"


def grant_statements() -> Iterator[str]:
    """Reading for snapshots, and writing to the heartbeat alone."""
    tables = sorted({table for connector in SLOTS for table in captured_tables(connector)})
    schemas = sorted({table.partition(".")[0] for table in tables})
    yield f"grant usage on schema {', '.join(schemas)} to {READER}"
    yield f"grant select on {', '.join(tables)} to {READER}"
    yield f"grant insert, update on {HEARTBEAT_TABLE} to {READER}"
