"""Rows for the lakehouse's benchmarks: deterministic, vectorised, as many as wanted, for any declared table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pyiceberg.catalog.sql import SqlCatalog

from contracts.settings import Settings
from contracts.tables import Column, Table, find_table
from pipelines.lakehouse.catalog import CATALOG, Lake, open_session
from pipelines.lakehouse.refresh import prepare_session
from pipelines.landing.below_capture import Entry, append_below_capture

# Wide, with money, instants, sets of values and absent texts, like most of what is large.
TABLE = find_table("finflow", "payments")
NEW_ROWS = 10_000
TOKEN_KEY = "bench"  # noqa: S105 - of a lakehouse that lives for a benchmark
AT = datetime(2026, 11, 1, tzinfo=UTC)


@contextmanager
def bench_lake(folder: Path) -> Iterator[Lake]:
    """A lakehouse on files in a folder, whose catalog needs no server."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "secrets.json").write_text(json.dumps({"token_key": TOKEN_KEY}), encoding="utf-8")
    catalog = SqlCatalog(CATALOG, uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{folder}/lakehouse")
    session = open_session()
    session.execute(f"set temp_directory = '{folder}/spill'")
    lake = Lake(catalog, session)
    prepare_session(lake, Settings(state=folder))
    try:
        yield lake
    finally:
        session.close()
        catalog.engine.dispose()


def land_rows(lake: Lake, count: int) -> None:
    """A history of `count` rows in bronze."""
    append_below_capture(lake, TABLE, rows_sql(TABLE, 0, count), count, Entry(AT))


def land_more(lake: Lake, present: int, count: int = NEW_ROWS) -> None:
    """Inserts that come later than `present` rows."""
    later = Entry(AT, "c", offset=present, lsn=2 + present)
    append_below_capture(lake, TABLE, rows_sql(TABLE, present, count), count, later)


def rows_sql(table: Table, first: int, count: int) -> str:
    """A relation with `count` rows, the keys numbered from `first`."""
    values = ", ".join(f"{_value(table, column, place)} as {column.name}" for place, column in enumerate(table.columns))
    return f"select i as row_number, {values} from (select i, i + {first} as n from range({count}) numbers(i))"


def _value(table: Table, column: Column, place: int) -> str:
    """What a column holds in row `n`: anything that its type and its values allow, the same in every run."""
    draw = f"(hash(n * 31 + {place}) % 1000003)::bigint"
    if column.name in table.key:
        return f"'{column.name}-' || lpad(n::varchar, 9, '0')"
    if column.values:
        listed = ", ".join(f"'{value}'" for value in column.values)
        return f"[{listed}][1 + {draw} % {len(column.values)}]"
    if column.type.startswith("numeric"):
        return f"{draw}::decimal(18,2) / 100"
    plain = {
        "timestamptz": f"timestamptz '2026-07-01' + to_microseconds({draw} * 9999991)",
        "date": f"date '2026-07-01' + ({draw} % 120)::integer",
        "boolean": f"{draw} % 2 = 0",
        "smallint": f"1 + {draw} % 3",
        "integer": draw,
        "bigint": draw,
        "char(2)": "'US'",
        "char(3)": "'USD'",
    }
    value = plain.get(column.type, f"'{column.name}-' || ({draw} % 50000)")
    return f"case when {draw} % 3 > 0 then {value} end" if column.optional else value
