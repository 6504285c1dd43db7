"""Lending, commissions and complaints as law and agreements have them, exact at each boundary day, on a real PostgreSQL."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from contracts.jurisdictions import load_jurisdiction
from contracts.settings import Settings
from pipelines.reports.deadlines import add_working_days
from pipelines.warehouse.declared import load_declared
from tests.integration.copied_rows import Json, ask, build_marts, put_rows

pytestmark = pytest.mark.integration

AS_OF = date(2026, 6, 30)
# DOF 18 April 2024, Anexo D, written out: last day past due, stage, percent, percent in a marginalised zone.
SOFIPO = (
    (0, 1, 1, 1),
    (7, 1, 4, 1),
    (30, 1, 15, 4),
    (60, 2, 30, 30),
    (89, 2, 50, 60),
    (120, 3, 75, 80),
    (180, 3, 90, 90),
    (10_000, 3, 100, 100),
)
BOUNDARIES = (0, 1, 7, 8, 30, 31, 60, 61, 89, 90, 120, 121, 180, 181)
DAYS = sorted({day + shift for day in BOUNDARIES for shift in (-1, 0, 1) if day + shift >= 0})
BANDS = ((0, "current"), (30, "1-30"), (60, "31-60"), (89, "61-89"), (120, "90-120"), (180, "121-180"))


def loan(identifier: str, **changes: Any) -> Json:  # noqa: ANN401 - a test changes fields at will
    plain = {
        "app": "raisket",
        "loan_id": identifier,
        "party_id": "ana",
        "jurisdiction": "MX",
        "principal": 200,
        "currency": "MXN",
        "annual_rate_pct": 40,
        "term_months": 2,
        "is_marginalised": False,
        "status": "active",
        "disbursed_on": date(2025, 1, 10),
        "updated_on": AS_OF,
    }
    return {**plain, **changes}


def due(identifier: str, number: int, day: date, **changes: Any) -> Json:  # noqa: ANN401 - likewise
    plain = {"app": "raisket", "loan_id": identifier, "instalment": number, "due_date": day, "due_amount": "116.00"}
    return {**plain, "principal_amount": "100.00", "paid_amount": 0, "updated_on": AS_OF, **changes}


def late(identifier: str, days: int) -> list[Json]:
    """One instalment so many days ago, 16.00 of it interest and IVA, and one to come."""
    return [
        due(identifier, 1, AS_OF - timedelta(days=days)),
        due(identifier, 2, AS_OF + timedelta(days=30)),
    ]


def month(identifier: str, first: date, past_due: list[int], paid: list[int]) -> list[Json]:
    """Month ends of a loan of 232.00, from that of its disbursement."""
    rows = []
    for book, (days, total) in enumerate(zip(past_due, paid, strict=True)):
        start = date(first.year, first.month + book, 1)
        rows.append(
            {
                "app": "raisket",
                "loan_id": identifier,
                "month": start,
                "months_on_book": book,
                "currency": "MXN",
                "paid_total": total,
                "past_due_amount": 0,
                "days_past_due": days,
            }
        )
    return rows


def commission(identifier: str, loan_id: str, share: str, iva: str, paid: str | None, **changes: Any) -> Json:  # noqa: ANN401
    plain = {
        "commission_id": identifier,
        "loan_id": loan_id,
        "partner_id": "p1",
        "agreement_id": "p1-2",
        "level": 3,
        "commission_amount": "100.03",
        "share_amount": share,
        "iva_amount": iva,
        "currency": "MXN",
        "status": "accrued" if paid is None else "paid",
        "accrued_at": "2026-06-01T05:59:59Z",  # 31 May in Mexico City
        "paid_amount": paid or 0,
        "paid_at": None if paid is None else "2026-06-10T18:00:00Z",
    }
    return {**plain, **changes}


def complaint(identifier: str, kind: str, received: str, resolved: str | None = None) -> Json:
    return {
        "complaint_id": identifier,
        "user_id": "ana",
        "product_id": "microcredito",
        "kind": kind,
        "cause": "service",
        "medium": "app",
        "status": "resolved" if resolved else "open",
        "received_at": received,
        "resolved_at": resolved,
    }


LOANS = [
    *(loan(f"d{days}") for days in DAYS),
    *(loan(f"m{days}", is_marginalised=True) for days in DAYS),
    *(loan(f"c{days}", app="diasporacore", jurisdiction="CA", currency="CAD", is_marginalised=None) for days in DAYS),
    loan("part"),
    loan("paid", status="repaid"),
]
INSTALMENTS = [
    *(row for days in DAYS for kind in "dm" for row in late(f"{kind}{days}", days)),
    *({**row, "app": "diasporacore", "principal_amount": None} for days in DAYS for row in late(f"c{days}", days)),
    due("part", 1, AS_OF - timedelta(days=10), paid_amount="20.00"),
    due("paid", 1, AS_OF - timedelta(days=100), paid_amount="116.00"),
]
COHORTS = [
    *(loan(name, disbursed_on=date(2026, 1, 31)) for name in ("good", "cured", "slow")),
    loan("young", disbursed_on=date(2026, 3, 1)),
    loan("newest", disbursed_on=date(2026, 6, 2)),
]
COHORT_INSTALMENTS = [due(row["loan_id"], number, AS_OF) for row in COHORTS for number in (1, 2)]
MONTHS = [
    *month("good", date(2026, 1, 1), [0, 0, 1, 0], [0, 116, 116, 232]),
    *month("cured", date(2026, 1, 1), [0, 30, 61, 90, 0], [0, 0, 0, 0, 232]),
    *month("slow", date(2026, 1, 1), [0, 28, 59, 89, 120], [0, 0, 0, 0, 0]),
    *month("young", date(2026, 3, 1), [0, 0, 5], [0, 116, 116]),
]
COMMISSIONS = [
    commission("right", "l1", "80.02", "12.80", "92.82"),
    commission("no-iva", "l1", "20.01", "3.20", "20.01", level=2, partner_id="p0"),
    commission("short", "l2", "80.02", "12.80", "92.81"),
    commission("twice", "l2", "20.01", "3.20", "46.42", level=2, partner_id="p0"),
    commission("later", "l3", "80.02", "12.80", None),
    commission("wrong-iva", "l3", "20.01", "3.00", None, level=2, partner_id="p0"),
    commission("lost-cent", "l4", "100.02", "16.00", "116.02", accrued_at="2026-06-01T06:00:00Z"),
]
COMPLAINTS = [
    # 30 working days after Friday, 30 January: 19 in February without the 2nd, then 2 to 17 March without the 16th.
    complaint("last-second", "claim", "2026-01-30T21:00:00Z", "2026-03-18T05:59:59Z"),
    complaint("a-second-late", "claim", "2026-01-30T21:00:00Z", "2026-03-18T06:00:00Z"),
    complaint("due-today", "clarification", "2026-05-16T06:00:00Z"),
    complaint("due-yesterday", "clarification", "2026-05-16T05:59:59Z"),
    complaint("open", "claim", "2026-06-29T18:00:00Z"),
]


@pytest.fixture(scope="module")
def warehouse(postgres: Settings) -> Settings:
    load_declared(postgres)
    put_rows(
        postgres,
        {
            "loans": [*LOANS, *COHORTS],
            "loan_instalments": [*INSTALMENTS, *COHORT_INSTALMENTS],
            "loan_performance": MONTHS,
            "raisket__commissions": COMMISSIONS,
            "raisket__partners": [{"partner_id": name, "brand": name, "level": 3} for name in ("p0", "p1")],
            "raisket__partner_agreements": [
                {"agreement_id": "p1-2", "partner_id": "p1", "tier": 2, "volume_from": 0, "commission_pct": 2}
            ],
            "raisket__complaints": COMPLAINTS,
        },
    )
    build_marts(postgres, "marts.lending", "rpt_complaints", as_of=str(AS_OF))
    return postgres


def of_loan(settings: Settings, identifier: str, columns: str) -> tuple[Any, ...]:
    (row,) = ask(settings, f"select {columns} from marts.fct_loans where loan_id = '{identifier}'")
    return row


@pytest.mark.parametrize("days", DAYS)
def test_stage_and_provision_follow_the_regulators_table_at_each_day(warehouse: Settings, days: int) -> None:
    _, stage, percent, marginalised = next(row for row in SOFIPO if days <= row[0])
    columns = "days_past_due, stage, provision_pct, exposure_amount, provision_amount, stage_method"
    # Unpaid principal of both instalments, and the interest and IVA of the one that is due.
    exposure = Decimal("216.00")
    for kind, share in (("d", percent), ("m", marginalised)):
        provision = (exposure * share / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
        expected = (days, stage, share, exposure, provision, "sofipo_consumer")
        assert of_loan(warehouse, f"{kind}{days}", columns) == expected


@pytest.mark.parametrize("days", DAYS)
def test_bands_are_cut_where_the_stages_are(warehouse: Settings, days: int) -> None:
    band = next((name for last, name in BANDS if days <= last), "over 180")
    assert of_loan(warehouse, f"d{days}", "delinquency_band") == (band,)


@pytest.mark.parametrize("days", DAYS)
def test_without_a_regulators_table_there_are_stages_and_no_provision(warehouse: Settings, days: int) -> None:
    stage = 1 if days <= 30 else 2 if days < 90 else 3
    columns = "stage, provision_pct, provision_amount, exposure_amount, stage_method"
    assert of_loan(warehouse, f"c{days}", columns) == (stage, None, None, Decimal("232.00"), "ifrs9_stages")


def test_a_part_payment_pays_interest_first_and_a_repaid_loan_owes_nothing(warehouse: Settings) -> None:
    columns = "exposure_amount::text, overdue_amount::text, days_past_due, provision_amount::text"
    assert of_loan(warehouse, "part", columns) == ("96.00", "96.00", 10, "14.40")
    assert of_loan(warehouse, "paid", columns) == ("0.00", "0.00", 0, "0.00")


def test_reports_of_the_portfolio_sum_to_its_loans(warehouse: Settings) -> None:
    whole = ask(warehouse, "select count(*), sum(principal), sum(overdue_amount) from marts.fct_loans")
    shown = ask(warehouse, "select sum(loans), sum(principal), sum(overdue_amount) from marts.rpt_loan_portfolio")
    assert shown == whole
    provided = ask(warehouse, "select sum(exposure_amount), sum(provision_amount) from marts.rpt_loan_provisions")
    assert provided == ask(warehouse, "select sum(exposure_amount), sum(provision_amount) from marts.fct_loans")


def test_a_cohort_counts_a_default_from_its_first_month_end_of_90_days_and_for_good(warehouse: Settings) -> None:
    found = ask(
        warehouse,
        "select to_char(origination_month, 'MM'), months_on_book, loans, defaulted_loans, defaulted_principal::text,"
        " default_ratio::text from marts.rpt_loan_vintages where app = 'raisket' and origination_month >= '2026-01-01'"
        " order by 1, 2",
    )
    # The last complete month is May: 89 days in April are no default, 120 in May are; who was cured stays counted.
    assert found == [
        *(("01", book, 3, 0, "0.00", "0.000000") for book in range(3)),
        ("01", 3, 3, 1, "200.00", "0.333333"),
        ("01", 4, 3, 2, "400.00", "0.666667"),
        *(("03", book, 1, 0, "0.00", "0.000000") for book in range(3)),
    ]


def test_loans_roll_from_band_to_band_and_leave_when_repaid(warehouse: Settings) -> None:
    found = ask(
        warehouse,
        "select to_char(month, 'MM'), from_band, to_band, loans, unpaid_amount::text, loan_ratio::text"
        " from marts.rpt_loan_roll_rates order by 1, 2, 3",
    )
    assert found == [
        ("01", "current", "1-30", 2, "464.00", "0.666667"),
        ("01", "current", "current", 1, "232.00", "0.333333"),
        ("02", "1-30", "31-60", 1, "232.00", "0.500000"),
        ("02", "1-30", "61-89", 1, "232.00", "0.500000"),
        ("02", "current", "1-30", 1, "116.00", "1.000000"),
        ("03", "1-30", "closed", 1, "116.00", "1.000000"),
        ("03", "31-60", "61-89", 1, "232.00", "1.000000"),
        ("03", "61-89", "90-120", 1, "232.00", "1.000000"),
        ("03", "current", "current", 1, "232.00", "1.000000"),
        ("04", "61-89", "90-120", 1, "232.00", "1.000000"),
        ("04", "90-120", "closed", 1, "232.00", "1.000000"),
        ("04", "current", "1-30", 1, "116.00", "1.000000"),
    ]


def test_what_was_paid_otherwise_than_accrued_is_shown_with_its_cause(warehouse: Settings) -> None:
    found = ask(
        warehouse,
        "select commission_id, difference_cause, difference_amount::text, iva_difference_amount::text,"
        " unshared_amount::text from marts.rpt_commission_differences order by 1",
    )
    assert found == [
        ("lost-cent", "none", "0.00", "0.00", "0.01"),
        ("no-iva", "IVA left out", "-3.20", "0.00", "0.00"),
        ("short", "paid short", "-0.01", "0.00", "0.00"),
        ("twice", "paid twice", "23.21", "0.00", "0.00"),
        ("wrong-iva", "not paid yet", "-23.21", "-0.20", "0.00"),
    ]


def test_commissions_by_partner_and_month_of_mexico_city(warehouse: Settings) -> None:
    found = ask(
        warehouse,
        "select partner_id, tier, to_char(accrued_month, 'MM'), commissions, accrued_amount::text, paid_amount::text,"
        " to_pay_amount::text, difference_amount::text from marts.rpt_commissions_monthly order by 1, 3",
    )
    assert found == [
        ("p0", 2, "05", 3, "69.63", "66.43", "23.21", "20.01"),
        ("p1", 2, "05", 3, "278.46", "185.63", "92.82", "-0.01"),
        ("p1", 2, "06", 1, "116.02", "116.02", "0.00", "0.00"),
    ]
    assert ask(
        warehouse,
        "select sum(accrued_amount + difference_amount - to_pay_amount - paid_amount) from marts.rpt_commissions_monthly",
    ) == [(Decimal(0),)]


def test_complaints_are_due_on_the_day_that_the_law_says(warehouse: Settings) -> None:
    found = ask(
        warehouse,
        "select complaint_id, received_on::text, due_on::text, days_left, is_breached from marts.fct_complaints order by 1",
    )
    expected_open = add_working_days(date(2026, 6, 29), 30, load_jurisdiction("MX").working_days)
    assert found == [
        ("a-second-late", "2026-01-30", "2026-03-17", None, True),
        ("due-today", "2026-05-16", "2026-06-30", 0, False),
        ("due-yesterday", "2026-05-15", "2026-06-29", -1, True),
        ("last-second", "2026-01-30", "2026-03-17", None, False),
        ("open", "2026-06-29", str(expected_open), (expected_open - AS_OF).days, False),
    ]
    totals = "sum(complaints), sum(open_complaints), sum(due_within_7_days), sum(open_breached), sum(answered_late)"
    assert ask(warehouse, f"select {totals} from marts.rpt_complaints") == [(5, 3, 1, 1, 1)]
