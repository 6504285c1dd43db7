"""Spark for silver's statements: a session, the one text in its dialect, and what the engine supplies to it."""

from __future__ import annotations

import json
import os
import warnings
from typing import TYPE_CHECKING, Any

from pipelines.lakehouse.tokens import PREFIX, hmac_pads
from pipelines.lakehouse.transforms import DAYS, MICROSECONDS, OBJECT, document_structure

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyspark.sql import SparkSession

    from pipelines.lakehouse.specification import Silver

_OPTIONS = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.session.timeZone": "UTC",
    # Unlike DuckDB's, an overflow would be null in silence.
    "spark.sql.ansi.enabled": "true",
    # Over statements with a condition for each of twenty columns the optimiser would look for more for minutes.
    "spark.sql.constraintPropagation.enabled": "false",
}


def open_spark(java_home: Path, key: bytes, *, master: str = "local[2]", options: Mapping[str, str]) -> SparkSession:
    """A session in UTC with the functions that the transforms call; the caller stops it.

    `java_home` holds a `bin/java` that does without the vector module (deploy/local/parts.py); `options` are Spark's.
    """
    os.environ["JAVA_HOME"] = str(java_home)
    from pyspark.sql import SparkSession  # noqa: PLC0415 - only a Spark job pays for it

    builder = SparkSession.builder.master(master).appName("atalaya")
    for name, value in {**_OPTIONS, **options}.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    for statement in _functions(key):
        spark.sql(statement)
    return spark


def in_spark(statement: str) -> str:
    """A statement of DuckDB's dialect in Spark's."""
    with warnings.catch_warnings():
        # sqlglot tells of a faster build of itself.
        warnings.simplefilter("ignore")
        import sqlglot  # noqa: PLC0415 - half a second

        (text,) = sqlglot.transpile(statement, read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)
    return str(text)


def documents_sql(table: Silver, records: str) -> str:
    """The relation `documents` from records as bronze has them: (value, topic, partition, offset, arrived_at)."""
    schema = _struct(json.loads(document_structure(table)))
    topics = ", ".join(f"'{topic}'" for topic in table.topics)
    return f"""
        select value, topic, partition, offset, arrived_at,
            case when rlike(value, '{OBJECT}') and try_parse_json(value) is not null then from_json(value, '{schema}') end as raw
        from {records} where topic in ({topics})
    """  # noqa: S608 - names come from contracts


def _struct(structure: Mapping[str, Any]) -> str:
    parts = (f"`{name}`: {_struct(part) if isinstance(part, dict) else 'string'}" for name, part in structure.items())
    return f"struct<{', '.join(parts)}>"


def _functions(key: bytes) -> tuple[str, ...]:
    inner, outer = hmac_pads(key)
    digest = f"sha2(concat(unhex('{inner}'), encode(plain, 'UTF-8')), 256)"
    token = f"concat('{PREFIX}', sha2(concat(unhex('{outer}'), unhex({digest})), 256))"
    instant = f"case when count between {MICROSECONDS[0]} and {MICROSECONDS[1]} then timestamp_micros(count) end"
    day = f"case when count between {DAYS[0]} and {DAYS[1]} then date_from_unix_date(cast(count as int)) end"
    create = "create or replace temporary function"
    return (
        f"{create} tokenise(plain string) returns string return {token}",
        f"{create} at_microseconds(count bigint) returns timestamp return {instant}",
        f"{create} at_days(count bigint) returns date return {day}",
    )
