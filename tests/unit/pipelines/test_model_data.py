"""What the models are trained on is read at named snapshots, and people are compared by bands, never by birth dates."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pytest
from pyiceberg.io.pyarrow import schema_to_pyarrow

from contracts.errors import NotFoundError
from contracts.models import micro_loan_model
from pipelines.lakehouse.catalog import Lake, iceberg_schema
from pipelines.lakehouse.specification import find_silver
from pipelines.models.data import read_loan_data

LOANS, USERS = "silver.diasporacore__loans", "silver.diasporacore__users"
DISBURSED = datetime(2026, 6, 1, tzinfo=UTC)


def hold(lake: Lake, table: str, *rows: dict[str, Any]) -> str:
    columns = find_silver(table).stored
    schema = schema_to_pyarrow(iceberg_schema(columns), include_field_ids=False)
    known = [{column.name: row.get(column.name) for column in columns} for row in rows]
    return str(lake.replace(table, pa.Table.from_pylist(known, schema), columns, {}).snapshot_id)


def user(name: str, born: date | None, **more: object) -> dict[str, Any]:
    return {"user_id": name, "tenant_id": "union", "birth_date": born, "origin_country": "MX", **more}


def loan(borrower: str, **more: object) -> dict[str, Any]:
    told = {"status": "repaid", "disbursed_at": DISBURSED, "principal": Decimal("500.00")}
    return {"loan_id": f"loan-{borrower}", "tenant_id": "union", "user_id": borrower, **told, **more}


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (date(2001, 6, 2), "under 25"),
        (date(2001, 6, 1), "25 to 34"),
        (date(1991, 6, 2), "25 to 34"),
        (date(1964, 6, 2), "50 to 61"),
        (date(1964, 6, 1), "62 and over"),
        (None, None),
    ],
)
def test_an_age_is_that_of_the_day_of_the_loan_in_whole_years(lake: Lake, born: date | None, band: str | None) -> None:
    hold(lake, USERS, user("ana", born))
    hold(lake, LOANS, loan("ana"))
    data = read_loan_data(lake)
    assert data.groups["age_band"].tolist() == [band]
    assert data.groups["origin_country"].tolist() == ["MX"]


def test_every_loan_has_its_own_borrowers_attributes_and_no_birth_date(lake: Lake) -> None:
    hold(lake, USERS, user("ana", date(1990, 1, 1)), user("bo", date(1950, 1, 1), origin_country="PH"))
    hold(lake, LOANS, loan("bo"), loan("nobody"), loan("ana"), loan("ana", loan_id="again"))
    data = read_loan_data(lake)
    told = dict(zip(data.loans["loan_id"], data.groups["origin_country"], strict=True))
    assert told == {"loan-bo": "PH", "loan-nobody": None, "loan-ana": "MX", "again": "MX"}
    assert set(data.groups.columns) == set(micro_loan_model().applicant.attributes)
    assert not {"birth_date", *data.groups.columns} & set(data.loans.columns)


def test_a_member_of_another_credit_union_with_the_same_id_is_somebody_else(lake: Lake) -> None:
    hold(lake, USERS, user("ana", date(1990, 1, 1), tenant_id="other", origin_country="IN"))
    hold(lake, LOANS, loan("ana"))
    assert read_loan_data(lake).groups["origin_country"].isna().all()


def test_recorded_snapshots_give_what_was_read_then(lake: Lake) -> None:
    hold(lake, USERS, user("ana", date(1990, 1, 1)))
    hold(lake, LOANS, loan("ana"))
    first = read_loan_data(lake)
    hold(lake, USERS, user("ana", date(1990, 1, 1), origin_country="PH"))
    hold(lake, LOANS, loan("ana", status="defaulted", defaulted_at=DISBURSED + timedelta(days=90)), loan("bo"))
    again = read_loan_data(lake, first.snapshots)
    assert again.loans.equals(first.loans)
    assert again.groups.equals(first.groups)
    assert again.snapshots == first.snapshots == {LOANS: first.snapshots[LOANS], USERS: first.snapshots[USERS]}
    assert len(read_loan_data(lake).loans) == 2


def test_rows_come_in_the_order_of_their_keys_however_they_were_written(lake: Lake) -> None:
    hold(lake, USERS, user("ana", date(1990, 1, 1)))
    hold(lake, LOANS, *(loan("ana", loan_id=name, tenant_id=tenant) for name in "cab" for tenant in ("union", "other")))
    assert read_loan_data(lake).loans["loan_id"].tolist() == ["a", "b", "c"] * 2


def test_who_names_snapshots_reads_no_table_as_it_is_now(lake: Lake) -> None:
    hold(lake, USERS, user("ana", date(1990, 1, 1)))
    told = hold(lake, LOANS, loan("ana"))
    with pytest.raises(NotFoundError, match=r"No snapshot of silver\.diasporacore__users is named"):
        read_loan_data(lake, {LOANS: told})


def test_a_snapshot_that_is_gone_is_told(lake: Lake) -> None:
    hold(lake, USERS, user("ana", date(1990, 1, 1)))
    hold(lake, LOANS, loan("ana"))
    with pytest.raises(NotFoundError, match=r"silver\.diasporacore__loans has no snapshot 7"):
        read_loan_data(lake, {LOANS: "7", USERS: "8"})
