"""Rows of the marketplace for the card of consumer loans: users, products, applications, bureau reports in versions, and loans."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd  # type: ignore[import-untyped]

from pipelines.lakehouse.catalog import Lake
from tests.unit.ml.consumer_loans import consumer_loans
from tests.unit.pipelines.test_model_data import hold

USERS, PRODUCTS = "silver.raisket__users", "silver.raisket__products"
APPLICATIONS, LOANS = "silver.raisket__applications", "silver.raisket__loans"
REPORTS = "silver_history.raisket__bureau_reports"
DECIDED = datetime(2026, 6, 1, tzinfo=UTC)
KINDS = {"prestamo": "personal", "nomina": "payroll", "microcredito": "micro", "negocio": "business"}

Row = dict[str, Any]


def user(name: str, born: date | None = date(1990, 1, 1), **more: object) -> Row:
    told = {"country": "MX", "state": "MX-OAX", "in_marginalised_zone": False}
    return {"user_id": name, "birth_date": born, **told, **more}


def applied(name: str, **more: object) -> Row:
    """What `name` applied with: for 9,000 pesos of the personal product over six months, with a report of their own."""
    told = {
        "product_id": "prestamo",
        "bureau_inquiry_id": f"inquiry-{name}",
        "requested_amount": Decimal("9000.00"),
        "term_months": 6,
        "applied_income": Decimal("12000.00"),
        "applied_employment": "salaried",
        "applied_employment_months": 24,
        "applied_existing_debt": Decimal("6000.00"),
        "status": "approved",
        "decided_at": DECIDED,
    }
    return {"application_id": f"application-{name}", "user_id": name, **told, **more}


def report(name: str, **more: object) -> Row:
    """The report on `name`, in the version that held from before the decision on."""
    told = {
        "score": 640,
        "utilisation_pct": Decimal("55.500"),
        "worst_days_past_due": 0,
        "inquiries_6m": 2,
        "reported_debt": Decimal("9000.00"),
        "reported_at": DECIDED - timedelta(hours=2),
        "valid_from": DECIDED - timedelta(hours=2),
        "valid_to": None,
        "is_current": True,
        "_row_lsn": 1,
    }
    return {"bureau_inquiry_id": f"inquiry-{name}", "user_id": name, **told, **more}


def loan(name: str, **more: object) -> Row:
    told = {"status": "repaid", "disbursed_at": DECIDED, "product_id": "prestamo", "term_months": 3}
    return {"loan_id": f"loan-{name}", "application_id": f"application-{name}", "user_id": name, **told, **more}


def hold_market(lake: Lake, *names: str) -> None:
    """The products, and users of these names with a report, an application and a loan each."""
    hold(lake, PRODUCTS, *({"product_id": product, "kind": kind} for product, kind in KINDS.items()))
    hold(lake, USERS, *map(user, names))
    hold(lake, APPLICATIONS, *map(applied, names))
    hold(lake, REPORTS, *map(report, names))
    hold(lake, LOANS, *map(loan, names))


def hold_consumers(lake: Lake, seed: int = 5, count: int = 3000) -> None:
    """Loans of as many users, in place of what was there."""
    told = consumer_loans(count, seed).to_dict("records")
    named = [(f"user-{number}", _known(row)) for number, row in enumerate(told)]
    hold_market(lake)
    hold(lake, USERS, *(user(name) for name, _ in named))
    hold(lake, APPLICATIONS, *(_application(name, row) for name, row in named))
    hold(lake, REPORTS, *(_report(name, row) for name, row in named if "reported_debt" in row))
    hold(lake, LOANS, *(_loan(name, row) for name, row in named))


def _known(told: Row) -> Row:
    return {name: value for name, value in told.items() if not pd.isna(value)}


def _money(value: float) -> Decimal:
    return Decimal(f"{value:.2f}")


def _application(name: str, told: Row) -> Row:
    amounts = ("requested_amount", "applied_income", "applied_existing_debt")
    return applied(
        name,
        **{column: _money(told[column]) for column in amounts},
        term_months=int(told["term_months"]),
        applied_employment="informal" if told["applied_informal"] else "retired",
        applied_employment_months=int(told["applied_employment_months"]),
        decided_at=told["disbursed_at"].to_pydatetime(),
        bureau_inquiry_id=f"inquiry-{name}" if "reported_debt" in told else None,
    )


def _report(name: str, told: Row) -> Row:
    before = told["disbursed_at"].to_pydatetime() - timedelta(hours=2)
    return report(
        name,
        score=int(told["reported_score"]) if "reported_score" in told else None,
        utilisation_pct=Decimal(f"{told['reported_utilisation_pct']:.3f}"),
        worst_days_past_due=int(told["reported_worst_days_past_due"]),
        inquiries_6m=int(told["reported_inquiries_6m"]),
        reported_debt=_money(told["reported_debt"]),
        reported_at=before,
        valid_from=before,
    )


def _loan(name: str, told: Row) -> Row:
    moments = {column: told[column].to_pydatetime() for column in ("disbursed_at", "defaulted_at") if column in told}
    return loan(name, loan_id=told["loan_id"], status=told["status"], **moments)
