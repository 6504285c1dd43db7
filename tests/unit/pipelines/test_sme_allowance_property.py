"""Whatever businesses owe in two currencies, on whatever day: every unpaid cent is covered, and nothing is worth more than is owed."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.models.instalments import Instalments
from contracts.settings import Settings
from ml.governance.publication import publish
from pipelines.lakehouse.catalog import Lake
from pipelines.models.open_loans import read_open_loans
from tests.unit.ml.hand_allowance_cards import SME as MODEL
from tests.unit.ml.hand_allowance_cards import sme_allowance_card
from tests.unit.pipelines.allowance_days import ProvidedFor
from tests.unit.pipelines.sme_history import APPLICATIONS, LOANS
from tests.unit.pipelines.test_model_data import hold
from tests.unit.pipelines.test_sme_allowance import (
    DAY,
    GRANTED,
    INSTALMENTS,
    application,
    instalments,
    loan,
    portfolio,
)

CENT = Decimal("0.01")
Row = dict[str, Any]


@st.composite
def owed(draw: st.DrawFn, name: str) -> list[Row]:
    """Six instalments, each unpaid, paid in part or in full, on any day of a year."""
    rows = []
    for row in instalments(name, 0):
        share = draw(st.sampled_from([Decimal(0), Decimal("0.37"), Decimal(1)]))
        paid = (row["due_amount"] * share).quantize(CENT)
        at = GRANTED + timedelta(hours=draw(st.integers(0, 24 * 300)))
        rows.append({**row, "paid_amount": paid, "paid_at": at if share == 1 else None, "updated_at": at})
    return rows


@st.composite
def books(draw: st.DrawFn) -> tuple[list[Row], list[Row], list[Row]]:
    """Up to four loans of two jurisdictions, with their instalments and their applications."""
    loans, due, applied = [], [], []
    for number in range(draw(st.integers(0, 4))):
        name = f"business-{number}"
        jurisdiction, currency = draw(st.sampled_from([("US", "USD"), ("EU", "EUR")]))
        lent = GRANTED + timedelta(hours=draw(st.integers(0, 24 * 60)))
        loans.append(loan(name, jurisdiction=jurisdiction, currency=currency, disbursed_at=lent))
        due += draw(owed(f"loan-{name}"))
        applied.append(application(name, currency=currency))
    return loans, due, applied


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(book=books(), after=st.integers(0, 330))
def test_every_unpaid_cent_is_covered_in_its_own_currency(
    lake: Lake, tmp_path: Path, book: tuple[list[Row], list[Row], list[Row]], after: int
) -> None:
    served, day = Settings(state=tmp_path), GRANTED.date() + timedelta(days=after)
    for table, rows in zip((LOANS, INSTALMENTS, APPLICATIONS), book, strict=True):
        hold(lake, table, *rows)
    publish(sme_allowance_card(), served, "sme_loan")
    found = ProvidedFor(MODEL, day)(lake, served)
    assert found.refused == []
    covered: dict[str, Decimal] = {}
    for one in found.provisions:
        covered[one.currency] = covered.get(one.currency, Decimal(0)) + one.outstanding_amount
        assert 0 <= one.allowance_amount <= Decimal("0.45") * one.exposure_amount + CENT
        assert one.exposure_amount <= one.outstanding_amount + CENT
    assert covered == found.loans.unpaid


def test_a_tax_that_is_not_due_yet_is_worth_nothing_to_the_lender(lake: Lake) -> None:
    """What is due is owed with its tax; three instalments of 2,070.58 are to come, each with 100 of tax in it."""
    portfolio(lake, (loan("bakery"), 2))
    taxed = [{**row, "interest_amount": Decimal("100.00")} for row in instalments("loan-bakery", 2)]
    hold(lake, INSTALMENTS, *taxed)
    model = MODEL.model_copy(update={"instalments": Instalments(table="loan_repayments", tax="interest_amount")})
    (row,) = read_open_loans(lake, model, DAY).rows.to_dict("records")
    to_come = sum(1970.58 / 1.01**month for month in range(1, 4))
    assert row["exposure"] == pytest.approx(2070.58 + to_come, abs=0.01)
    assert float(row["outstanding"]) == pytest.approx(8282.32)
