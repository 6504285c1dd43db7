"""Canonical tables from current state: one statement for each, generated from its declaration.

What they read are relations by short names (`diasporacore__loans`, `loans`), in what DuckDB and Spark share.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from contracts.canonical import APP, Canonical, CanonicalSource, Mapped, find_canonical
from contracts.jurisdictions import load_jurisdiction
from pipelines.lakehouse.columns import SilverColumn, declared_columns
from pipelines.lakehouse.performance import performance_sql
from pipelines.lakehouse.refresh import DEFINITION

if TYPE_CHECKING:
    from pipelines.lakehouse.catalog import Lake

INPUT_SNAPSHOTS = "atalaya.input-snapshot-ids"
_DERIVED = {"loan_performance": performance_sql}


@dataclass(frozen=True)
class Conformed:
    """What a refresh did; `inputs` are the snapshots that the table shows, by name of the table read."""

    name: str
    rows: int
    changed: bool
    snapshot_id: int
    inputs: dict[str, int]


def canonical_columns(table: Canonical) -> tuple[SilverColumn, ...]:
    """The table's columns; direct identifiers are tokens already where they come from."""
    return declared_columns(table.columns)


def canonical_inputs(table: Canonical) -> tuple[str, ...]:
    """The full names of the silver tables that it is made from."""
    mapped = {source.declared.silver for source in table.sources}
    return tuple(sorted(mapped | {find_canonical(name).silver for name in table.inputs}))


def canonical_sql(table: Canonical) -> str:
    """All rows of a canonical table, in the order of its key."""
    if not table.sources:
        return _DERIVED[table.name]()
    rows = "\nunion all\n".join(_source_sql(table, source) for source in table.sources)
    return f"select {', '.join(column.name for column in table.columns)} from (\n{rows}\n) as mapped order by {', '.join(table.key)}"  # noqa: S608 - names come from contracts


def refresh_canonical(lake: Lake, table: Canonical, *, full: bool = False) -> Conformed:
    """Make the table from its inputs' current snapshots, unless it shows these; raises NotFoundError without one."""
    names = canonical_inputs(table)
    lake.attach(*names)
    heads = {name: lake.head(name) for name in names}
    inputs = {name: head.snapshot_id if head else 0 for name, head in heads.items()}
    wanted = {DEFINITION: _definition(table), INPUT_SNAPSHOTS: json.dumps(inputs)}
    head = lake.head(table.silver)
    if head is not None and not full and wanted.items() <= dict(head.properties).items():
        lake.attach(table.silver)
        rows = lake.count(f"select count(*) from {table.silver}")  # noqa: S608 - a declared name
        return Conformed(table.silver, rows, changed=False, snapshot_id=head.snapshot_id, inputs=inputs)
    for name in names:
        lake.session.execute(f"create or replace temp view {relation(name)} as select * from {name}")  # noqa: S608 - likewise
    made = lake.query(canonical_sql(table))
    head = lake.replace(table.silver, made, canonical_columns(table), wanted)
    return Conformed(table.silver, made.num_rows, changed=True, snapshot_id=head.snapshot_id, inputs=inputs)


def relation(name: str) -> str:
    """The short name by which a statement reads a silver table."""
    return name.partition(".")[2]


def _source_sql(table: Canonical, source: CanonicalSource) -> str:
    types = {column.name: column.sql_type for column in canonical_columns(table)}
    parts = ", ".join(
        f"cast({_value(source, column.name)} as {types[column.name]}) as {column.name}" for column in table.columns
    )
    return f"select {parts} from {relation(source.declared.silver)}"  # noqa: S608 - names come from contracts


def _value(source: CanonicalSource, name: str) -> str:
    if name == APP:
        return _quoted(source.app)
    mapped = source.columns.get(name, Mapped())
    if mapped.day_of is not None and mapped.jurisdiction is not None:
        return _local_day(mapped.day_of, mapped.jurisdiction)
    if mapped.day_of is not None and mapped.jurisdiction_column is not None:
        codes = next(one.values for one in source.declared.columns if one.name == mapped.jurisdiction_column)
        cases = " ".join(f"when {_quoted(code)} then {_local_day(mapped.day_of, code)}" for code in codes)
        return f"case {mapped.jurisdiction_column} {cases} end"
    if mapped.constant is not None:
        return _quoted(mapped.constant)
    if mapped.values:
        cases = " ".join(f"when {_quoted(theirs)} then {_quoted(ours)}" for theirs, ours in mapped.values.items())
        return f"case {mapped.column} {cases} else {mapped.column} end"
    return " - ".join(mapped.reads) or "null"


def _local_day(column: str, jurisdiction: str) -> str:
    return f"cast({column} at time zone {_quoted(load_jurisdiction(jurisdiction).time_zone)} as date)"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _definition(table: Canonical) -> str:
    parts = f"{canonical_sql(table)}\n{canonical_columns(table)}"
    return hashlib.sha256(parts.encode()).hexdigest()[:16]
