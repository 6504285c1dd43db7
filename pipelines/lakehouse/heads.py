"""The heads of all tables by one query: what a metadata file says never changes, so it is kept by the file's location.

Finding out that nothing moved must not read a metadata file for each table: those of bronze grow with every commit.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import Table
from sqlalchemy import BigInteger, Column, MetaData, String, Text, delete, insert, select, text
from sqlalchemy import Table as Relation
from sqlalchemy.exc import IntegrityError

_KEPT = Relation(
    "atalaya_heads",
    MetaData(),
    Column("name", String, primary_key=True),
    Column("location", String, nullable=False),
    Column("uuid", String, nullable=False),
    Column("snapshot_id", BigInteger),
    Column("sequence_number", BigInteger, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("committed_ms", BigInteger, nullable=False),
    Column("properties", Text, nullable=False),
)
# Apart from the heads, which a new metadata file of the same snapshot (expiry writes one) makes anew.
_LOOKED = Relation(
    "atalaya_looked_through",
    _KEPT.metadata,
    Column("name", String, primary_key=True),
    Column("snapshot_id", BigInteger, nullable=False),
    Column("sequence_number", BigInteger, nullable=False),
)
_QUERY = text(
    "select t.table_namespace || '.' || t.table_name, h.uuid, h.snapshot_id, h.sequence_number, h.rows, h.committed_ms,"
    " h.properties, coalesce(l.sequence_number, 0) from iceberg_tables t left join atalaya_heads h"
    " on h.name = t.table_namespace || '.' || t.table_name and h.location = t.metadata_location"
    " left join atalaya_looked_through l on l.name = h.name and l.snapshot_id = h.snapshot_id"
    " where t.catalog_name = :catalog"
)


@dataclass(frozen=True)
class Head:
    """A table's current snapshot; `properties` are what its writer recorded with it, `committed_ms` is UTC since 1970.

    `looked_through` is the sequence number up to which its input was read after that and had nothing for it; 0 for never.
    """

    snapshot_id: int
    sequence_number: int
    properties: Mapping[str, str]
    rows: int = 0
    committed_ms: int = 0
    uuid: str = ""
    looked_through: int = 0


def head_of(table: Table) -> Head | None:
    """The head that a loaded table's metadata tells; None for a table that was never written."""
    snapshot = table.current_snapshot()
    if snapshot is None:
        return None
    properties = dict(snapshot.summary.additional_properties) if snapshot.summary else {}
    return Head(
        snapshot_id=snapshot.snapshot_id,
        sequence_number=snapshot.sequence_number or 0,
        properties=properties,
        rows=int(properties.get("total-records", 0)),
        committed_ms=snapshot.timestamp_ms,
        uuid=str(table.metadata.table_uuid),
    )


class Heads:
    """Heads by full name; a metadata file is read once in the platform's life, by whoever asks first."""

    def __init__(self, catalog: SqlCatalog) -> None:
        self._catalog = catalog
        self._is_ready = False
        self._held: dict[str, Head | None] | None = None

    def of(self, names: Iterable[str]) -> dict[str, Head]:
        """The heads of the tables that exist and were written."""
        known = self._known() if self._held is None else self._held
        found: dict[str, Head] = {}
        for name in names:
            if name not in known:
                continue
            head = known[name] or self.keep(name, self._catalog.load_table(name))
            if head is not None:
                found[name] = head
        return found

    @contextmanager
    def held(self) -> Iterator[None]:
        """Within it all heads are those of one moment, but for tables that this process writes: one query for all."""
        self._held = self._known()
        try:
            yield
        finally:
            self._held = None

    def keep(self, name: str, table: Table) -> Head | None:
        """Remember what a table's metadata tells, and give it."""
        self._prepare()
        head = head_of(table)
        if head is not None:
            head = replace(head, looked_through=self._looked_through(name, head))
        if self._held is not None:
            self._held[name] = head
        if head is None:
            return None
        row = {
            "name": name,
            "location": table.metadata_location,
            "uuid": head.uuid,
            "snapshot_id": head.snapshot_id,
            "sequence_number": head.sequence_number,
            "rows": head.rows,
            "committed_ms": head.committed_ms,
            "properties": json.dumps(dict(head.properties)),
        }
        # What another process keeps meanwhile counts only while its location is the current one.
        self._write(_KEPT, row)
        return head

    def look_through(self, name: str, head: Head, sequence_number: int) -> None:
        """Remember up to where a table's input had nothing for it; nothing of the table is written."""
        looked = replace(head, looked_through=sequence_number)
        if self._held is not None:
            self._held[name] = looked
        row = {"name": name, "snapshot_id": head.snapshot_id, "sequence_number": sequence_number}
        self._write(_LOOKED, row)

    def _looked_through(self, name: str, head: Head) -> int:
        told = select(_LOOKED.c.sequence_number).where(
            _LOOKED.c.name == name, _LOOKED.c.snapshot_id == head.snapshot_id
        )
        with self._catalog.engine.connect() as connection:
            return int(connection.execute(told).scalar() or 0)

    def _write(self, relation: Relation, row: Mapping[str, object]) -> None:
        """A table's row anew. One that another process writes meanwhile stays: both are only what need not be read again."""
        try:
            with self._catalog.engine.begin() as connection:
                connection.execute(delete(relation).where(relation.c.name == row["name"]))
                connection.execute(insert(relation).values(row))
        except IntegrityError:
            return

    def _known(self) -> dict[str, Head | None]:
        self._prepare()
        with self._catalog.engine.connect() as connection:
            rows = connection.execute(_QUERY, {"catalog": self._catalog.name}).all()
        return {
            name: None
            if uuid is None
            else Head(snapshot_id, sequence, json.loads(properties), count, committed, uuid, looked_through)
            for name, uuid, snapshot_id, sequence, count, committed, properties, looked_through in rows
        }

    def _prepare(self) -> None:
        if not self._is_ready:
            _KEPT.metadata.create_all(self._catalog.engine)
            self._is_ready = True
