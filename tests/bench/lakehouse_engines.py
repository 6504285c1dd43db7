"""Silver and the warehouse, each measured beside the least that it could do, or beside another engine: one round each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from contracts.settings import Settings
from deploy.local.jars import part
from pipelines.lakehouse.catalog import Lake
from pipelines.lakehouse.refresh import refresh, winners_sql
from pipelines.lakehouse.spark import documents_sql, in_spark, open_spark
from pipelines.lakehouse.specification import find_silver
from pipelines.lakehouse.transforms import typed_sql
from pipelines.warehouse.load import SCHEMA, load_tables
from tests.bench.lakehouse_rows import TABLE, TOKEN_KEY

SILVER = find_silver(TABLE.silver)
_NAME = SILVER.name.removeprefix("silver.")
_SPARK = {"spark.ui.showConsoleProgress": "false", "spark.sql.shuffle.partitions": "2", "spark.driver.memory": "6g"}


def silver_and_scan(lake: Lake) -> tuple[float, float]:
    """Seconds of making silver whole, and of DuckDB reading every byte of the same files once."""
    records = f"read_parquet({_files(lake)!r}, hive_partitioning = false)"
    silver = _seconds(lambda: refresh(lake, SILVER, full=True))
    scan = _seconds(
        lambda: lake.query(f'select count(*), sum(strlen(value)), max("offset"), max(arrived_at) from {records}')
    )
    return silver, scan


def warehouse_and_copy(lake: Lake, settings: Settings, folder: Path) -> tuple[float, float]:
    """Seconds of loading silver's table, and of PostgreSQL's COPY of the same rows into a table without a key."""
    with psycopg.connect(settings.database_url("warehouse"), autocommit=True) as connection:
        connection.execute(f"drop table if exists {SCHEMA}.{_NAME} cascade".encode())
        load = _seconds(lambda: load_tables(lake, settings, [SILVER]))
        rows = folder / "rows.csv"
        lake.attach(SILVER.name)
        lake.session.execute(f"copy (select * from {SILVER.name}) to '{rows}' (format csv, header false)")
        connection.execute(b"drop table if exists public.bare")
        connection.execute(f"create table public.bare (like {SCHEMA}.{_NAME})".encode())
        copy = _seconds(lambda: _copy(connection, rows))
        connection.execute(b"drop table public.bare")
    return load, copy


@contextmanager
def duckdb_and_spark(lake: Lake, settings: Settings) -> Iterator[Callable[[], tuple[float, float]]]:
    """Give a round: seconds of DuckDB and of Spark from the same files through the same statements to files again.

    DuckDB's side also looks for what it has read before, and commits to Iceberg. The JVM is up and has seen the
    statements once, as in a job of several tables.
    """
    spark = open_spark(part(settings, "spark-java"), TOKEN_KEY.encode(), options=_SPARK)
    spark.sparkContext.setLogLevel("ERROR")
    files, target = _files(lake), str(settings.state / "spark-silver")

    def on_spark() -> None:
        spark.read.parquet(*files).createOrReplaceTempView("records")
        spark.sql(documents_sql(SILVER, "records")).createOrReplaceTempView("documents")
        typed = spark.sql(in_spark(typed_sql(SILVER))).cache()
        typed.createOrReplaceTempView("typed")
        nothing = ", ".join(
            f"cast(null as {_spark_type(column.sql_type)}) as {column.name}" for column in SILVER.stored
        )
        spark.sql(f"select {nothing} where false").createOrReplaceTempView("current_rows")
        spark.sql(in_spark(winners_sql(SILVER))).write.mode("overwrite").parquet(target)
        typed.unpersist(blocking=True)

    try:
        on_spark()
        yield lambda: (_seconds(lambda: refresh(lake, SILVER, full=True)), _seconds(on_spark))
    finally:
        spark.stop()


def _spark_type(duckdb_type: str) -> str:
    return {"varchar": "string", "timestamptz": "timestamp"}.get(duckdb_type, duckdb_type)


def _copy(connection: psycopg.Connection[tuple[object, ...]], rows: Path) -> None:
    with connection.cursor().copy(b"copy public.bare from stdin (format csv)") as copy, rows.open("rb") as source:
        while block := source.read(1 << 20):
            copy.write(block)


def _files(lake: Lake) -> list[str]:
    return list(lake.increment(TABLE.bronze, 0).files)


def _seconds(action: Callable[[], object]) -> float:
    began = time.monotonic()
    action()
    return time.monotonic() - began
