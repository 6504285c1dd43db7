"""Loans to businesses have an allowance by the same statements: their own days, currencies, applications and loss given default."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from contracts.settings import Settings
from ml.credit.default_risk import DefaultRisk
from ml.credit.loss import expected_credit_loss
from ml.credit.rates import Loan
from ml.governance.publication import publish
from pipelines.lakehouse.catalog import Lake
from pipelines.models.allowance_assets import ALLOWANCES, refresh_allowance, reporting_day, results
from pipelines.models.allowance_checks import RECONCILES
from pipelines.models.allowance_totals import allowance_totals
from pipelines.models.allowances import table_of
from tests.unit.ml.hand_allowance_cards import SME as MODEL
from tests.unit.ml.hand_allowance_cards import SME_VERSION as VERSION
from tests.unit.ml.hand_allowance_cards import sme_allowance_card
from tests.unit.ml.hand_made import probability
from tests.unit.pipelines.allowance_days import ProvidedFor, by_loan
from tests.unit.pipelines.sme_history import APPLICATIONS, LOANS, applied
from tests.unit.pipelines.sme_history import loan as lent
from tests.unit.pipelines.test_model_data import hold

INSTALMENTS = "silver.nexafi__loan_repayments"
GRANTED = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = date(2026, 9, 15)
provided = ProvidedFor(MODEL, DAY)
Row = dict[str, Any]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = Settings(state=tmp_path)
    publish(sme_allowance_card(), found, "sme_loan")
    return found


def application(business: str, **more: object) -> Row:
    """Less than a month's inflow is asked for, and few invoices are late: 620 points."""
    told = {
        "requested_amount": Decimal("15000.00"),
        "applied_late_receivables_pct": Decimal("5.000"),
        "currency": "USD",
    }
    return applied(business, **{**told, "status": "approved", "submitted_at": GRANTED - timedelta(days=3), **more})


def loan(business: str, **more: object) -> Row:
    """Twelve thousand dollars at twelve percent."""
    terms = {"principal": Decimal("12000.00"), "currency": "USD", "annual_rate_pct": Decimal("12.000")}
    return lent(business, **{"status": "active", "disbursed_at": GRANTED, **terms, **more})


def instalments(name: str, paid: int, **more: object) -> list[Row]:
    """Six of 2,070.58, due on the first of each month from July on; the first `paid` ones were paid on their day."""
    due = [date(2026, month, 1) for month in range(7, 13)]
    return [
        {
            "loan_id": name,
            "instalment": number,
            "jurisdiction": "US",
            "due_date": day,
            "due_amount": Decimal("2070.58"),
            "paid_amount": Decimal("2070.58") if number <= paid else Decimal("0.00"),
            "paid_at": datetime(2026, day.month, 1, 15, tzinfo=UTC) if number <= paid else None,
            "updated_at": datetime(2026, day.month, 1, 15, tzinfo=UTC) if number <= paid else GRANTED,
            **more,
        }
        for number, day in enumerate(due, 1)
    ]


def portfolio(lake: Lake, *paid: tuple[Row, int], applications: tuple[Row, ...] = ()) -> None:
    """Loans with how many of their instalments are paid, of which three are due; each has an application of its own."""
    own = (application(row["business_id"], currency=row["currency"]) for row, _ in paid)
    hold(lake, APPLICATIONS, *own, *applications)
    hold(lake, LOANS, *(row for row, _ in paid))
    hold(lake, INSTALMENTS, *(one for row, count in paid for one in instalments(row["loan_id"], count)))


def test_a_year_is_what_the_card_is_asked_for_and_45_percent_is_lost(lake: Lake, settings: Settings) -> None:
    portfolio(lake, (loan("bakery"), 2))
    (found,) = provided(lake, settings).provisions
    exposure = 2070.58 * (1 + 1 / 1.01 + 1 / 1.01**2 + 1 / 1.01**3)
    assert found.outstanding_amount == Decimal("8282.32")
    assert float(found.exposure_amount) == pytest.approx(exposure, abs=0.01)
    assert found.probability_of_default == found.probability_at_grant == pytest.approx(probability(620))
    assert found.loss_given_default == 0.45
    expected = expected_credit_loss(Loan(float(found.exposure_amount), 0.12, 3), DefaultRisk(probability(620)), 0.45, 1)
    assert float(found.allowance_amount) == pytest.approx(expected.amount, abs=0.006)
    assert (found.tenant_id, found.model_version, found.days_past_due) == ("nexafi", VERSION, 14)


def test_the_days_make_stages_as_they_do_for_everybody(lake: Lake, settings: Settings) -> None:
    bad = loan("mill", status="defaulted", defaulted_at=GRANTED + timedelta(days=100))
    portfolio(lake, (loan("bakery"), 3), (loan("forge"), 1), (bad, 0))
    found = by_loan(provided(lake, settings))
    assert {name: one.stage for name, one in found.items()} == {"loan-bakery": 1, "loan-forge": 2, "loan-mill": 3}
    assert found["loan-mill"].allowance_amount == pytest.approx(
        Decimal("0.45") * found["loan-mill"].exposure_amount, abs=Decimal("0.01")
    )


@pytest.mark.parametrize("status", ["submitted", "declined", "withdrawn"])
def test_a_later_application_tells_that_the_risk_rose_whatever_came_of_it(
    lake: Lake, settings: Settings, status: str
) -> None:
    later = application(
        "bakery",
        credit_application_id="app-later",
        applied_late_receivables_pct=Decimal("60.000"),
        submitted_at=datetime(2026, 9, 1, tzinfo=UTC),
        status=status,
    )
    portfolio(lake, (loan("bakery"), 3), (loan("forge"), 3), applications=(later,))
    found = by_loan(provided(lake, settings))
    assert found["loan-bakery"].probability_at_grant == pytest.approx(probability(620))
    assert found["loan-bakery"].probability_of_default == pytest.approx(probability(520))
    assert {name: one.stage for name, one in found.items()} == {"loan-bakery": 2, "loan-forge": 1}
    before = by_loan(provided(lake, settings, date(2026, 8, 30)))
    assert before["loan-bakery"].stage == 1


def test_what_else_is_asked_for_is_another_loan(lake: Lake, settings: Settings) -> None:
    more = application(
        "bakery", credit_application_id="more", requested_amount=Decimal("90000.00"), submitted_at=GRANTED
    )
    portfolio(lake, (loan("bakery"), 3), applications=(more,))
    (found,) = provided(lake, settings).provisions
    assert found.probability_of_default == pytest.approx(probability(620))


def test_an_application_in_another_currency_tells_nothing_of_a_loan(lake: Lake, settings: Settings) -> None:
    """A balance in euros over an amount in dollars is no ratio."""
    later = application(
        "bakery",
        credit_application_id="app-later",
        currency="EUR",
        applied_late_receivables_pct=Decimal("60.000"),
        submitted_at=datetime(2026, 9, 1, tzinfo=UTC),
    )
    portfolio(lake, (loan("bakery"), 3), applications=(later,))
    (found,) = provided(lake, settings).provisions
    assert found.probability_of_default == pytest.approx(probability(620))


def test_a_loan_whose_application_is_gone_is_judged_as_one_that_told_nothing(lake: Lake, settings: Settings) -> None:
    portfolio(lake, (loan("bakery"), 3))
    hold(lake, APPLICATIONS)
    (found,) = provided(lake, settings).provisions
    assert found.probability_at_grant == found.probability_of_default == pytest.approx(probability(250 + 240))


def test_dollars_and_euros_are_never_added(lake: Lake, settings: Settings) -> None:
    european = loan("mill", jurisdiction="EU", currency="EUR")
    portfolio(lake, (loan("bakery"), 3), (european, 0))
    found = provided(lake, settings)
    assert found.loans.unpaid == {"USD": Decimal("6211.74"), "EUR": Decimal("12423.48")}
    told = next(one for one in results(MODEL, found) if isinstance(one, dg.AssetCheckResult))
    assert (told.check_name, told.passed) == (RECONCILES, True)
    totals = [(row["model"], row["currency"], row["stage"]) for row in allowance_totals(lake, "sme_loan")]
    assert totals == [("sme_loan", "EUR", 2), ("sme_loan", "USD", 1)]


def test_each_loan_has_the_days_of_its_own_jurisdiction(lake: Lake, settings: Settings) -> None:
    """Late at night in Brussels it is still the day before in New York."""
    night = datetime(2026, 9, 14, 23, tzinfo=UTC)
    american = loan("bakery", status="defaulted", defaulted_at=night)
    european = loan("mill", jurisdiction="EU", status="defaulted", defaulted_at=night)
    portfolio(lake, (american, 2), (european, 2))
    found = by_loan(provided(lake, settings, date(2026, 9, 14)))
    assert {name: one.stage for name, one in found.items()} == {"loan-bakery": 3, "loan-mill": 1}
    paid = instalments("loan-mill", 2) + instalments("loan-bakery", 2)
    settled = [{**row, "paid_amount": row["due_amount"], "paid_at": row["paid_at"] or night} for row in paid]
    hold(lake, INSTALMENTS, *settled)
    assert set(by_loan(provided(lake, settings, date(2026, 9, 14)))) == {"loan-mill"}


def test_a_loan_under_rules_that_nobody_declared_is_told_as_not_covered(lake: Lake, settings: Settings) -> None:
    portfolio(lake, (loan("bakery"), 3), (loan("mill", jurisdiction="CA"), 3))
    found = provided(lake, settings)
    assert set(by_loan(found)) == {"loan-bakery"}
    told = next(one for one in results(MODEL, found) if isinstance(one, dg.AssetCheckResult))
    assert not told.passed
    assert told.description == "USD: 12423.48 is unpaid, 6211.74 is covered"


def test_instalments_of_no_loan_are_told(lake: Lake, settings: Settings) -> None:
    portfolio(lake, (loan("bakery"), 3))
    hold(lake, INSTALMENTS, *instalments("loan-bakery", 3), *instalments("lost", 3))
    told = next(one for one in results(MODEL, provided(lake, settings)) if isinstance(one, dg.AssetCheckResult))
    assert told.description == "unknown: 6211.74 is unpaid, 0 is covered"


def test_the_reporting_day_is_one_that_has_begun_for_every_lender() -> None:
    night = datetime(2026, 9, 15, 1, tzinfo=UTC)  # the fifteenth in Brussels, the fourteenth in New York
    assert reporting_day(MODEL, "", night) == date(2026, 9, 14)


def test_without_a_champion_that_is_told_of_this_product(lake: Lake, tmp_path: Path) -> None:
    portfolio(lake, (loan("bakery"), 3))
    assert refresh_allowance(lake, Settings(state=tmp_path / "elsewhere"), MODEL, DAY) is None
    assert lake.head(table_of("sme_loan")) is None
    made, *_ = results(MODEL, None)
    assert made.metadata is not None
    assert "No champion of sme_loan" in str(made.metadata["not_computed"])


def test_it_stands_behind_the_three_tables_and_both_models() -> None:
    key = ALLOWANCES["sme_loan"].key
    names = (
        *(["silver", name.partition(".")[2]] for name in (LOANS, INSTALMENTS, APPLICATIONS)),
        ["models", "sme_loan"],
        ["models", "sme_loan_behaviour"],
    )
    assert ALLOWANCES["sme_loan"].asset_deps[key] == {dg.AssetKey(name) for name in names}
