"""Every silver statement gives the same rows on DuckDB and on Spark, over edge values of every kind."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa  # type: ignore[import-untyped]
import pytest

from contracts.canonical import Canonical, find_canonical, load_canonical
from contracts.settings import Settings
from deploy.local.jars import part
from pipelines.lakehouse.canonical import canonical_inputs, canonical_sql, refresh_canonical, relation
from pipelines.lakehouse.catalog import Lake
from pipelines.lakehouse.columns import Kind, SilverColumn
from pipelines.lakehouse.refresh import refresh, refresh_together, winners_sql
from pipelines.lakehouse.spark import documents_sql, in_spark, open_spark
from pipelines.lakehouse.specification import Silver, find_silver, load_history, load_silver
from pipelines.lakehouse.transforms import typed_sql
from tests.unit.pipelines.lakes import KEY, Json, land, small_lake

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# PySpark leaves the sockets of a collected result to the garbage collector.
pytestmark = [
    pytest.mark.integration,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

DOCUMENTS = 40
# Valid values come first; those after None are not of the kind, or not exactly.
EDGES: dict[Kind, list[object]] = {
    "text": ["Ana Ñandú", "李雷", "", " x ", "O'Brien", "a|b", "🙂", "é"],
    "json": ['{"a": 1}', "[]"],
    "integer": [0, 1, -1, 9, "7", 2**31, None, "1.5", "one", 2**70, ""],
    "decimal": ["0.00", "-12.34", "0.01", "12", "-0.00", "12.340", 7.25, None, "0.005", "1.005", "-2.675", "much", ""],
    "number": [0, -1.5, 1e-7, "2.5", 123456789.125, None, "wide"],
    "boolean": [True, False, "true", None, "perhaps"],
    "timestamp": [
        "2026-03-08T06:59:59.999999Z",  # the second before Toronto's clocks go forward
        "2026-03-08T07:00:00Z",
        "2026-11-01T05:30:00Z",  # half past one, twice that night
        "2026-11-01T06:30:00.5Z",
        "2026-11-01T01:30:00-04:00",
        "1969-12-31T23:59:59.999999Z",
        None,
        "soon",
        "2026-02-30T00:00:00Z",
    ],
    "date": ["2024-02-29", "1900-01-01", None, "2026-02-30"],
    "day_number": [0, -1, 20454, 19782, None, "soon", 2**31, 10**12],
}


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    settings = Settings()
    options = {"spark.sql.shuffle.partitions": "1", "spark.default.parallelism": "1", "spark.driver.memory": "1g"}
    session = open_spark(part(settings, "spark-java"), KEY.encode(), options=options)
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    with small_lake(tmp_path_factory.mktemp("lake")) as opened:
        yield opened


def value(column: SilverColumn, draw: random.Random) -> object:
    edges = EDGES[column.kind]
    valid = edges[: edges.index(None)] if None in edges else edges
    if draw.random() < 0.02:
        return draw.choice(edges)
    if column.values:
        return draw.choice(column.values)
    return draw.choice([*valid, None]) if not column.required else draw.choice(valid)


def field(table: Silver, column: SilverColumn, draw: random.Random) -> object:
    """Few keys, so that versions compete."""
    if column.name in table.key:
        return draw.randint(1, 2) if column.kind == "integer" else str(draw.randint(1, 4))
    return value(column, draw)


def document(table: Silver, number: int, draw: random.Random) -> Json | str | None:
    """A document of which each field takes some edge value, or something else than one."""
    if number % 13 == 12:
        return draw.choice([None, "{broken", "[]", "7", '"text"', "null", "{}"])
    plain: Json = {}
    for column in table.stored:
        into = plain
        for parent in column.path[:-1]:
            into = into.setdefault(parent, {})
        if column.path:
            into[column.path[-1]] = field(table, column, draw)
    if not table.is_change:
        return {**plain, "type": draw.choice(table.event_types)}
    operation = draw.choice("cuudr")
    snapshot = draw.choice(["false", "true", "last"])
    source = {"lsn": 100 + number, "ts_us": 1_795_366_525_561_381 + draw.randint(-2, 3), "snapshot": snapshot}
    rows = {"before": plain["after"], "after": None} if operation == "d" else {"after": plain["after"]}
    return {**rows, "op": operation, "source": source}


def rows(found: pa.Table) -> list[dict[str, Any]]:
    return sorted(found.to_pylist(), key=lambda row: int(row["_row_offset"]))


def fitting(found: pa.Table) -> list[dict[str, Any]]:
    """Typed rows; of one that does not fit only what is told of it."""
    told = ("_fault", "_key", "_row_offset")
    return [row if row["_fault"] is None else {name: row[name] for name in told} for row in rows(found)]


def show(spark: SparkSession, name: str, found: pa.Table) -> None:
    spark.createDataFrame(found).createOrReplaceTempView(name)


def content(lake: Lake, name: str) -> pa.Table:
    lake.attach(name)
    return lake.query(f"select * from {name}")


@pytest.mark.parametrize("table", load_silver(), ids=lambda table: table.name)
def test_typing_merging_and_history_agree(lake: Lake, spark: SparkSession, table: Silver) -> None:
    draw = random.Random(table.name)
    together = [table, *(one for one in load_history() if table.is_change and one.bronze == table.bronze)]
    first, more = (
        [document(table, number, draw) for number in part]
        for part in (range(DOCUMENTS), range(DOCUMENTS, 2 * DOCUMENTS))
    )
    offset = land(lake, table.bronze, table.topics[0], first)
    assert len(list(refresh_together(lake, together))) == len(together)
    before = [content(lake, one.name) for one in together]
    land(lake, table.bronze, table.topics[0], more, offset)
    assert not any(done.rebuilt for done in refresh_together(lake, together))
    lake.attach(table.bronze)
    show(
        spark,
        "records",
        lake.query(f'select * from {table.bronze} where topic = ? and "offset" >= ?', [table.topics[0], offset]),
    )
    spark.sql(documents_sql(table, "records")).createOrReplaceTempView("documents")
    typed = spark.sql(in_spark(typed_sql(table))).toArrow()
    assert typed.num_rows > 0
    assert fitting(typed) == fitting(lake.query("select * from typed"))
    show(spark, "typed", typed)
    for one, stood in zip(together, before, strict=True):
        show(spark, "current_rows", stood)
        there = spark.sql(in_spark(winners_sql(one))).toArrow()
        assert rows(there.select(stood.column_names)) == rows(content(lake, one.name))


def fill(lake: Lake, table: Canonical) -> None:
    """Make a canonical table and all that it is made from, whichever tests ran before."""
    for source in table.sources:
        silver = find_silver(source.declared.silver)
        if lake.find(silver.bronze) is None:
            draw = random.Random(silver.name)
            land(lake, silver.bronze, silver.topics[0], [document(silver, number, draw) for number in range(DOCUMENTS)])
        refresh(lake, silver)
    for name in table.inputs:
        fill(lake, find_canonical(name))
    refresh_canonical(lake, table)


@pytest.mark.parametrize("table", load_canonical(), ids=lambda table: table.name)
def test_canonical_tables_agree(lake: Lake, spark: SparkSession, table: Canonical) -> None:
    fill(lake, table)
    for name in canonical_inputs(table):
        show(spark, relation(name), content(lake, name))
    here, there = content(lake, table.silver), spark.sql(in_spark(canonical_sql(table))).toArrow()
    columns = here.column_names
    assert there.num_rows > 0
    assert sorted(there.select(columns).to_pylist(), key=str) == sorted(here.to_pylist(), key=str)
