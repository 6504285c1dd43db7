"""The transforms are written once: Spark's dialect takes what DuckDB runs."""

from __future__ import annotations

import warnings

import pytest

from contracts.canonical import load_canonical
from pipelines.lakehouse.canonical import canonical_sql
from pipelines.lakehouse.refresh import winners_sql
from pipelines.lakehouse.specification import load_history, load_silver
from pipelines.lakehouse.transforms import typed_sql

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import sqlglot
    from sqlglot import exp

# What an engine supplies, and what both dialects have under the name that sqlglot writes.
SUPPLIED = {"TOKENISE", "AT_MICROSECONDS", "AT_DAYS"}


STATEMENTS = {
    **{f"{table.name} typed": typed_sql(table) for table in load_silver()},
    **{f"{table.name} merged": winners_sql(table) for table in (*load_silver(), *load_history())},
    **{table.silver: canonical_sql(table) for table in load_canonical()},
}


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS.keys())
def test_every_statement_has_a_form_in_sparks_dialect(statement: str) -> None:
    spark = sqlglot.transpile(statement, read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)[0]
    parsed = sqlglot.parse_one(spark, read="spark")
    unknown = {str(call.name).upper() for call in parsed.find_all(exp.Anonymous)}
    assert unknown <= SUPPLIED
