"""Canonical tables from current state: parties, accounts, loans, and how loans perform by month of book."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from contracts.canonical import Canonical, Mapped, find_canonical, load_canonical, verify_source
from contracts.errors import ConfigurationError
from contracts.tables import find_table
from pipelines.lakehouse.canonical import canonical_inputs, refresh_canonical
from pipelines.lakehouse.catalog import Lake
from pipelines.lakehouse.content import content_hash
from pipelines.lakehouse.refresh import refresh
from pipelines.lakehouse.specification import find_silver
from pipelines.lakehouse.tokens import token
from tests.unit.pipelines.conformed import conform
from tests.unit.pipelines.lakes import KEY, Json, change, land

LOANS = find_canonical("loans")


def loan(identifier: str, disbursed: str, updated: str) -> Json:
    applied: Json = {"income": "1.00", "employment_months": 1, "existing_debt": "1.00", "remittances_90d": 0}
    return {
        "loan_id": identifier,
        "tenant_id": "cu1",
        "user_id": "u1",
        "account_id": "a1",
        "principal": "300.00",
        "currency": "CAD",
        "annual_rate_pct": "20.000",
        "term_months": 3,
        "status": "active",
        "applied_bureau_score": None,
        **{f"applied_{name}": value for name, value in applied.items()},
        "disbursed_at": disbursed,
        "defaulted_at": None,
        "updated_at": updated,
    }


def due(number: int, day: int, paid: str, paid_at: str | None, updated: str) -> Json:
    return {
        "loan_id": "l1",
        "tenant_id": "cu1",
        "instalment": number,
        "due_date": day,
        "due_amount": "100.00",
        "paid_amount": paid,
        "paid_at": paid_at,
        "updated_at": updated,
    }


def put(lake: Lake, table: str, *rows: Json, app: str = "diasporacore") -> None:
    declared = find_table(app, table)
    land(lake, declared.bronze, declared.topic, [change("c", row, lsn) for lsn, row in enumerate(rows, start=1)])
    refresh(lake, find_silver(declared.silver))


def shown(lake: Lake, name: str, columns: str) -> list[tuple[object, ...]]:
    """The canonical table's columns as texts, after a refresh of whatever it is made from."""
    conform(lake, f"silver.{name}")
    texts = ", ".join(f"{column}::varchar" for column in columns.split())
    return lake.session.execute(f"select {texts} from silver.{name} order by all").fetchall()


def test_performance_counts_days_from_the_oldest_instalment_not_paid_by_month_end(lake: Lake) -> None:
    # 20454 is 2026-01-01. The third payment lies on 2026-04-01 in UTC and on 31 March in Toronto, after its change to summer time.
    put(lake, "loans", loan("l1", "2026-01-10T12:00:00Z", "2026-01-10T12:00:00Z"))
    put(
        lake,
        "loan_repayments",
        due(1, 20454 + 40, "100.00", "2026-03-05T12:00:00Z", "2026-03-05T12:00:00Z"),  # due 10 February
        due(2, 20454 + 58, "40.00", None, "2026-03-20T12:00:00Z"),  # due 28 February, paid in part
        due(3, 20454 + 89, "100.00", "2026-04-01T03:30:00Z", "2026-04-01T03:30:00Z"),  # due 31 March
    )
    columns = "month months_on_book scheduled_amount paid_amount past_due_amount days_past_due"
    assert shown(lake, "loan_performance", columns) == [
        ("2026-01-01", "0", "0.00", "0.00", "0.00", "0"),
        ("2026-02-01", "1", "200.00", "0.00", "100.00", "18"),
        ("2026-03-01", "2", "100.00", "240.00", "60.00", "31"),
    ]


def test_a_loan_leaves_the_book_with_the_month_that_pays_it_off(lake: Lake) -> None:
    put(
        lake,
        "loans",
        loan("l1", "2026-01-10T12:00:00Z", "2026-01-10T12:00:00Z"),
        loan("l2", "2026-06-30T12:00:00Z", "2026-06-30T12:00:00Z"),
    )
    put(lake, "loan_repayments", due(1, 20454 + 40, "100.00", "2026-02-05T12:00:00Z", "2026-02-05T12:00:00Z"))
    assert shown(lake, "loan_performance", "loan_id month") == [
        ("l1", "2026-01-01"),
        ("l1", "2026-02-01"),
        ("l2", "2026-06-01"),
    ]


def test_a_day_is_that_of_the_lenders_jurisdiction(lake: Lake) -> None:
    """05:30 UTC in July is still the day before in Mexico City and already the day in Toronto."""
    instant = "2026-07-02T05:30:00Z"
    put(lake, "loans", loan("l1", instant, instant))
    mexican: Json = {
        **{name: value for name, value in loan("l2", instant, instant).items() if not name.startswith("applied_")},
        "application_id": "p1",
        "product_id": "microcredito",
        "partner_id": None,
        "currency": "MXN",
        "interest_iva_pct": "16.000",
        "in_marginalised_zone": True,
    }
    put(lake, "loans", mexican, app="raisket")
    split: Json = {"principal_amount": "80.00", "interest_amount": "17.24", "iva_amount": "2.76"}
    put(lake, "loan_repayments", {**due(1, 20454, "0.00", None, instant), "loan_id": "l2", **split}, app="raisket")
    put(lake, "loan_repayments", due(1, 20454, "0.00", None, instant))
    assert shown(lake, "loans", "app jurisdiction disbursed_on is_marginalised") == [
        ("diasporacore", "CA", "2026-07-02", None),
        ("raisket", "MX", "2026-07-01", "true"),
    ]
    assert shown(lake, "loan_instalments", "app due_amount principal_amount updated_on") == [
        ("diasporacore", "100.00", None, "2026-07-02"),
        ("raisket", "100.00", "80.00", "2026-07-01"),
    ]


def test_principal_is_told_apart_wherever_a_system_tells_it_or_its_interest(lake: Lake) -> None:
    instant = "2026-03-01T12:00:00Z"
    plain = {name: value for name, value in due(1, 20454, "0.00", None, instant).items() if name != "tenant_id"}
    put(lake, "loan_repayments", {**plain, "jurisdiction": "EU", "principal_amount": "90.01"}, app="caas")
    put(lake, "loan_repayments", {**plain, "jurisdiction": "US", "interest_amount": "12.34"}, app="nexafi")
    put(lake, "loan_repayments", due(1, 20454, "0.00", None, instant))
    assert shown(lake, "loan_instalments", "app due_amount principal_amount") == [
        ("caas", "100.00", "90.01"),
        ("diasporacore", "100.00", None),
        ("nexafi", "100.00", "87.66"),
    ]


def test_no_system_that_splits_its_instalments_is_mapped_whole() -> None:
    for source in find_canonical("loan_instalments").sources:
        columns = {column.name for column in source.declared.columns}
        splits = bool(columns & {"principal_amount", "interest_amount"})
        assert ("principal_amount" in source.columns) == splits, source.app


def test_parties_of_all_systems_stand_in_one_table_with_tokens_for_names(lake: Lake) -> None:
    customer: Json = {
        "customer_id": "c1",
        "tenant_id": "t1",
        "full_name": "Zoë Ñandú",
        "email": "z@example.org",
        "country": "FR",
        "created_at": "2026-01-01T00:00:00Z",
    }
    tenant: Json = {"tenant_id": "cu1", "name": "Caisse", "country": "CA", "created_at": "2026-01-01T00:00:00Z"}
    put(lake, "customers", customer, app="finflow")
    put(lake, "tenants", tenant)
    assert shown(lake, "parties", "app party_id kind name trade_name") == [
        ("diasporacore", "cu1", "institution", None, "Caisse"),
        ("finflow", "c1", "person", token(KEY.encode(), "Zoë Ñandú"), None),
    ]


def test_days_are_those_of_the_jurisdiction_that_the_row_names(lake: Lake) -> None:
    # Four in the morning in UTC is the evening before in New York, and morning in Brussels.
    lent: Json = {
        "credit_application_id": "a",
        "business_id": "b",
        "ledger_account_id": "d",
        "principal": "300.00",
        "currency": "EUR",
        "annual_rate_pct": "9.000",
        "term_months": 6,
        "status": "active",
        "disbursed_at": "2026-03-01T04:00:00Z",
        "defaulted_at": None,
        "updated_at": "2026-03-01T04:00:00Z",
    }
    rows = [{"loan_id": f"loan-{code}", "jurisdiction": code, **lent} for code in ("US", "EU")]
    put(lake, "loans", *rows, app="nexafi")
    assert shown(lake, "loans", "loan_id jurisdiction disbursed_on defaulted_on") == [
        ("loan-EU", "EU", "2026-03-01", None),
        ("loan-US", "US", "2026-02-28", None),
    ]


def test_a_second_refresh_writes_nothing_and_a_full_one_gives_the_same_content(lake: Lake) -> None:
    for source in LOANS.sources:
        refresh(lake, find_silver(source.declared.silver))
    put(lake, "loans", loan("l1", "2026-01-10T12:00:00Z", "2026-01-10T12:00:00Z"))
    for name in canonical_inputs(LOANS):
        refresh(lake, find_silver(name))
    first = refresh_canonical(lake, LOANS)
    before = content_hash(lake, LOANS.silver)
    again = refresh_canonical(lake, LOANS)
    assert (again.changed, again.snapshot_id) == (False, first.snapshot_id)
    assert refresh_canonical(lake, LOANS, full=True).changed
    assert content_hash(lake, LOANS.silver) == before


def test_what_others_are_derived_from_comes_before_them() -> None:
    seen: set[str] = set()
    for table in load_canonical():
        assert {name for name in canonical_inputs(table) if "__" not in name} <= seen
        seen.add(table.silver)


@pytest.mark.parametrize(
    ("column", "mapped", "reason"),
    [
        ("status", None, "does not map status"),
        ("status", Mapped(column="state"), "which is no column"),
        ("principal", Mapped(column="principal", less="fee"), "from 'fee', which is no column"),
        ("colour", Mapped(constant="red"), "unknown columns: colour"),
        ("loan_id", Mapped(column="user_id"), "is internal, and 'user_id' is confidential"),
    ],
)
def test_a_mapping_that_lacks_invents_or_discloses_is_refused(column: str, mapped: Mapped | None, reason: str) -> None:
    source = next(one for one in LOANS.sources if one.app == "diasporacore")
    columns = {**source.columns, column: mapped}
    broken = source.model_copy(update={"columns": {name: one for name, one in columns.items() if one is not None}})
    with pytest.raises(ConfigurationError, match=reason):
        verify_source(LOANS, broken)


@pytest.mark.parametrize("mapped", [{"less": "fee"}, {"column": "status", "less": "fee", "values": {"a": "b"}}])
def test_only_a_plain_column_is_mapped_less_another(mapped: Json) -> None:
    with pytest.raises(ValidationError, match="not translated"):
        Mapped.model_validate(mapped)


def test_a_token_keeps_its_tag() -> None:
    parties: Canonical = find_canonical("parties")
    tagged = {column.name for column in parties.columns if column.tag == "direct_identifier"}
    assert tagged == {"name", "email"}
