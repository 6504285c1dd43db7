"""Rows of the neobank for the card of loans to businesses: owners, applications, and the loans that name them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd  # type: ignore[import-untyped]

from pipelines.lakehouse.catalog import Lake
from tests.unit.ml.business_loans import business_loans
from tests.unit.pipelines.test_model_data import hold

LOANS, APPLICATIONS, USERS = "silver.nexafi__loans", "silver.nexafi__credit_applications", "silver.nexafi__users"
DISBURSED = datetime(2026, 6, 1, tzinfo=UTC)
_MONEY = ("applied_monthly_inflow", "applied_average_balance", "requested_amount")
_PERCENT = ("applied_inflow_change_pct", "applied_late_receivables_pct")

Row = dict[str, Any]


def owner(business: str, born: date | None = date(1990, 1, 1), **more: object) -> Row:
    told = {"business_id": business, "birth_date": born, "role": "owner", "country": "US", "registered_at": DISBURSED}
    return {"user_id": f"owner-of-{business}", **told, **more}


def applied(business: str, **more: object) -> Row:
    told = {"requested_amount": Decimal("30000.00"), "term_months": 12, "applied_monthly_inflow": Decimal("20000.00")}
    return {"credit_application_id": f"app-{business}", "business_id": business, **told, **more}


def loan(business: str, **more: object) -> Row:
    told = {"status": "repaid", "disbursed_at": DISBURSED, "jurisdiction": "US", "term_months": 6}
    names = {"loan_id": f"loan-{business}", "credit_application_id": f"app-{business}", "business_id": business}
    return {**names, **told, **more}


def hold_businesses(lake: Lake, seed: int = 3, count: int = 2000) -> None:
    """Loans of as many businesses, an owner each, in place of what was there."""
    told = business_loans(count, seed).to_dict("records")
    names = [f"business-{number}" for number in range(count)]
    hold(lake, USERS, *(owner(name) for name in names))
    hold(lake, APPLICATIONS, *(_application(name, row) for name, row in zip(names, told, strict=True)))
    hold(lake, LOANS, *(_loan(name, row) for name, row in zip(names, told, strict=True)))


def _application(name: str, told: Row) -> Row:
    places = {**dict.fromkeys(_MONEY, 2), **dict.fromkeys(_PERCENT, 3)}
    known = {
        column: Decimal(f"{told[column]:.{digits}f}") for column, digits in places.items() if not pd.isna(told[column])
    }
    return applied(name, applied_average_balance=None) | known | {"term_months": told["term_months"]}


def _loan(name: str, told: Row) -> Row:
    moments = {
        column: told[column].to_pydatetime() for column in ("disbursed_at", "defaulted_at") if not pd.isna(told[column])
    }
    return loan(name, **{column: told[column] for column in ("loan_id", "status", "jurisdiction")}, **moments)
