"""The transforms are written once: Spark's dialect takes what DuckDB runs."""

from __future__ import annotations

import warnings

import pytest

from pipelines.lakehouse.specification import Silver, load_silver
from pipelines.lakehouse.transforms import merge_sql, typed_sql

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import sqlglot
    from sqlglot import exp

# What an engine supplies, and what both dialects have under the name that sqlglot writes.
SUPPLIED = {"TOKENISE", "AT_MICROSECONDS", "AT_DAYS"}


@pytest.mark.parametrize("table", load_silver(), ids=lambda table: table.name)
def test_every_statement_has_a_form_in_sparks_dialect(table: Silver) -> None:
    for statement in (typed_sql(table), merge_sql(table)):
        spark = sqlglot.transpile(statement, read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)[
            0
        ]
        parsed = sqlglot.parse_one(spark, read="spark")
        unknown = {str(call.name).upper() for call in parsed.find_all(exp.Anonymous)}
        assert unknown <= SUPPLIED
