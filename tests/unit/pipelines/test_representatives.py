"""Few rows keep the expectations that all rows keep, and break the ones that all rows break."""

from __future__ import annotations

import pytest

from contracts.tables import find_table
from pipelines.lakehouse.catalog import Lake
from pipelines.lakehouse.expectations import judge
from pipelines.lakehouse.refresh import refresh
from pipelines.lakehouse.representatives import Read, key_name, representatives
from pipelines.lakehouse.specification import find_silver
from tests.unit.pipelines.lakes import change, land

# What Great Expectations imports is older than our Python.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

TABLE = find_table("finflow", "chart_of_accounts")
SILVER = find_silver(TABLE.silver)


def fill(lake: Lake, *classes: str | None) -> Lake:
    rows = [
        {"tenant_id": "m1", "ledger_account": str(number), "name": "Cash", "account_class": kind}
        for number, kind in enumerate(classes)
    ]
    land(lake, TABLE.bronze, TABLE.topic, [change("c", row, number) for number, row in enumerate(rows, start=1)])
    refresh(lake, SILVER)
    return lake


def test_declared_values_hold(lake: Lake) -> None:
    assert judge(fill(lake, "asset", "income"), SILVER)["critical"].holds


def test_a_value_that_no_contract_declares_is_found_among_many(lake: Lake) -> None:
    verdict = judge(fill(lake, *["asset"] * 50, "magic", *["asset"] * 50), SILVER)["critical"]
    assert not verdict.holds
    assert verdict.broken == ("expect_column_values_to_be_in_set on account_class",)


def test_an_empty_table_is_told_as_a_warning_only(lake: Lake) -> None:
    refresh(lake, SILVER)
    verdicts = judge(lake, SILVER)
    assert verdicts["critical"].holds
    assert not verdicts["warning"].holds


@pytest.mark.parametrize(("rows", "twins"), [("(1, 'a'), (2, 'a')", False), ("(1, 'a'), (1, 'b')", True)])
def test_the_key_repeats_only_where_it_does(lake: Lake, rows: str, twins: bool) -> None:  # noqa: FBT001 - a table of cases
    lake.session.execute(f"create or replace temp table t as select * from (values {rows}) as v (k, c)")
    frame = representatives(
        lambda sql: lake.session.execute(sql).fetchone(), "t", ["k"], Read(["k"], ["c"], ["k", "c"]), is_keyed=False
    )
    assert bool(frame[key_name(["k"])].duplicated().any()) is twins
    assert len(frame) <= 3


@pytest.mark.parametrize("rows", ["(1, 'a')", "(1, null)", "(1, 'a'), (2, 'a')", "(1, 'a'), (2, null), (3, 'b')"])
def test_however_few_rows_there_are_each_column_has_as_many_representatives(lake: Lake, rows: str) -> None:
    lake.session.execute(f"create or replace temp table t as select * from (values {rows}) as v (k, c)")
    frame = representatives(
        lambda sql: lake.session.execute(sql).fetchone(), "t", ["k"], Read(["k"], ["c"], ["k", "c"]), is_keyed=False
    )
    told = lake.session.execute("select min(k), max(k), count(*) = count(c) from t").fetchone()
    assert told == (frame["k"].min(), frame["k"].max(), not frame["c"].isna().any())
