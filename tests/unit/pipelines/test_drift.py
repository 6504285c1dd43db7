"""Drift of a source: what can flow flows, what breaks is stopped before silver is published, and each is told to its owner."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contracts.tables import Column, Table, find_table
from pipelines.lakehouse.catalog import Lake
from pipelines.lakehouse.columns import declared_columns
from pipelines.lakehouse.drift.findings import Drift, broken
from pipelines.lakehouse.drift.source import declared_name, table_drift
from pipelines.lakehouse.drift.watch import unread_drift
from pipelines.lakehouse.refresh import refresh
from pipelines.lakehouse.specification import Silver, find_silver
from tests.unit.pipelines.lakes import Json, change, instalment, land

TABLE = find_table("diasporacore", "loan_repayments")
SILVER = find_silver(TABLE.silver)
TYPES = {column.name: column.type for column in TABLE.columns}


def without(row: Json, name: str) -> Json:
    return {column: value for column, value in row.items() if column != name}


def found(types: dict[str, str], table: Table = TABLE) -> list[Drift]:
    return list(table_drift(table, types))


def test_a_table_as_declared_does_not_drift() -> None:
    assert found(TYPES) == []


def test_a_new_column_is_told_with_the_file_that_may_declare_it() -> None:
    (drift,) = found({**TYPES, "branch": "varchar(40)"})
    assert (drift.column, drift.change, drift.breaks) == ("branch", "added", False)
    assert drift.message == (
        "diasporacore.loan_repayments.branch (varchar(40) at the source): not declared: bronze has it, silver leaves it"
        " out. Declare it in contracts/tables/diasporacore.yml and silver has it, history included."
        " Owner: team:diaspora-banking."
    )


def test_a_renamed_column_breaks_and_is_told_with_the_new_name() -> None:
    gone, added = found({**without(TYPES, "due_amount"), "amount_due": "numeric(18,2)"})
    assert broken([gone, added]) == (gone,)
    assert gone.message == (
        "diasporacore.loan_repayments.due_amount: declared, and gone at the source, which has the undeclared amount_due."
        " silver.diasporacore__loan_repayments keeps its last good snapshot, and what stands on it stops, until the source"
        " has it again or contracts/tables/diasporacore.yml no longer declares it. Owner: team:diaspora-banking."
    )


def test_a_dropped_table_lacks_all_its_columns() -> None:
    assert {drift.column for drift in broken(found({}))} == set(TYPES)


@pytest.mark.parametrize(
    ("column", "kind", "outcome"),
    [
        ("instalment", "integer", "retyped"),
        ("instalment", "bigint", "retyped"),
        ("instalment", "numeric(10,0)", "retyped"),
        ("instalment", "text", "incompatible"),
        ("loan_id", "varchar(80)", "retyped"),
        ("loan_id", "uuid", "retyped"),
        ("loan_id", "bytea", "incompatible"),
        ("due_amount", "numeric(20,2)", "retyped"),
        ("due_amount", "numeric(18,4)", "retyped"),
        ("due_amount", "integer", "retyped"),
        ("due_amount", "double precision", "incompatible"),
        ("due_date", "timestamptz", "incompatible"),
        ("paid_at", "timestamp without time zone", "incompatible"),
    ],
)
def test_a_changed_type_breaks_where_no_value_can_fit(column: str, kind: str, outcome: str) -> None:
    (drift,) = found({**TYPES, column: kind})
    assert (drift.change, drift.found, drift.breaks) == (outcome, kind, outcome == "incompatible")


@pytest.mark.parametrize(
    ("written", "declared"),
    [
        ("character varying(40)", "varchar(40)"),
        ("character varying", "text"),
        ("character(3)", "char(3)"),
        ("timestamp with time zone", "timestamptz"),
        ("numeric(18,2)", "numeric(18,2)"),
        ("integer", "integer"),
    ],
)
def test_types_go_by_their_declared_names(written: str, declared: str) -> None:
    assert declared_name(written) == declared


def first_rows(lake: Lake) -> int:
    offset = land(lake, TABLE.bronze, TABLE.topic, [change("c", instalment(1), 1), change("c", instalment(2), 2)])
    assert refresh(lake, SILVER).rows == 2
    return offset


@pytest.mark.parametrize("column", ["due_amount", "paid_at"], ids=["required", "optional"])
def test_silver_stays_when_the_newest_document_lacks_a_column_and_goes_on_when_it_is_back(
    lake: Lake, column: str
) -> None:
    offset = first_rows(lake)
    good = lake.head(SILVER.name)
    offset = land(
        lake, TABLE.bronze, TABLE.topic, [change("u", without(instalment(1, paid="5.00"), column), 3)], offset
    )
    for full in (False, True):
        kept = refresh(lake, SILVER, full=full)
        assert (kept.gone, kept.rows, kept.changes) == ((column,), 2, 0)
    assert lake.head(SILVER.name) == good
    assert [(drift.column, drift.change) for drift in unread_drift(lake, TABLE)] == [(column, "gone")]
    land(lake, TABLE.bronze, TABLE.topic, [change("u", instalment(2, paid="7.00"), 4)], offset)
    done = refresh(lake, SILVER)
    assert (done.gone, done.changes, done.quarantined) == ((), 2, 1 if column == "due_amount" else 0)
    assert not list(unread_drift(lake, TABLE))


def test_deletions_alone_say_nothing_about_columns(lake: Lake) -> None:
    offset = first_rows(lake)
    gone = change("d", instalment(1), 3)
    land(
        lake,
        TABLE.bronze,
        TABLE.topic,
        [{**gone, "before": {"tenant_id": "union", "loan_id": "loan-1", "instalment": 1}}],
        offset,
    )
    done = refresh(lake, SILVER)
    assert (done.gone, done.rows) == ((), 1)
    land(lake, TABLE.bronze, TABLE.topic, [change("u", without(instalment(2), "paid_at"), 4)], offset + 1)
    assert refresh(lake, SILVER).gone == ("paid_at",)


def test_a_table_without_a_good_snapshot_takes_what_fits(lake: Lake) -> None:
    lacking = change("c", without(instalment(2), "due_amount"), 2)
    land(lake, TABLE.bronze, TABLE.topic, [change("c", instalment(1), 1), lacking])
    done = refresh(lake, SILVER)
    assert (done.rows, done.quarantined) == (1, 1)


def declare(**column: object) -> Silver:
    new = Column.model_validate({"name": "branch", "type": "text", "description": "Branch", **column})
    return replace(SILVER, columns=(*SILVER.columns, *declared_columns([new])))


@pytest.mark.parametrize(
    ("declared", "before"),
    [
        ({"optional": True}, None),
        ({"default": "'head ''office'''"}, "head 'office'"),
        ({"default": "7", "type": "integer"}, 7),
        ({"optional": True, "default": "'x'"}, None),
    ],
)
def test_a_column_declared_later_is_there_with_its_history(
    lake: Lake, declared: dict[str, object], before: object
) -> None:
    offset = first_rows(lake)
    silver, value = declare(**declared), 3 if declared.get("type") == "integer" else "north"
    # Declared before any document has it: what is older has what PostgreSQL gave it.
    assert (refresh(lake, silver).rebuilt, branches(lake)) == (True, [before, before])
    land(lake, TABLE.bronze, TABLE.topic, [change("u", {**instalment(2), "branch": value}, 3)], offset)
    assert (refresh(lake, silver).gone, branches(lake)) == ((), [before, value])
    land(lake, TABLE.bronze, TABLE.topic, [change("u", instalment(2), 4)], offset + 1)
    assert refresh(lake, silver).gone == ("branch",)


def test_a_required_column_that_no_document_has_keeps_the_table_as_it_was(lake: Lake) -> None:
    first_rows(lake)
    good = lake.head(SILVER.name)
    assert refresh(lake, declare(default="now()", type="timestamptz")).gone == ("branch",)
    assert lake.head(SILVER.name) == good


def branches(lake: Lake) -> list[object]:
    lake.attach(SILVER.name)
    rows = lake.session.execute(f"select branch from {SILVER.name} order by instalment").fetchall()
    return [branch for (branch,) in rows]
