"""Consumer loans have an allowance by the same statements: taxes, reports of the bureau, and businesses' loans left out."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from contracts.settings import Settings
from ml.credit.assessment import within_a_year
from ml.governance.publication import publish
from pipelines.lakehouse.catalog import Lake
from pipelines.models.allowance_assets import Provided, results
from pipelines.models.allowance_checks import RECONCILES
from tests.unit.ml.hand_allowance_cards import CONSUMER as MODEL
from tests.unit.ml.hand_allowance_cards import CONSUMER_VERSION as VERSION
from tests.unit.ml.hand_allowance_cards import consumer_allowance_card
from tests.unit.ml.hand_made import probability
from tests.unit.pipelines.allowance_days import ProvidedFor
from tests.unit.pipelines.consumer_history import (
    APPLICATIONS,
    DECIDED,
    LOANS,
    REPORTS,
    applied,
    hold_market,
    report,
)
from tests.unit.pipelines.consumer_history import loan as lent
from tests.unit.pipelines.test_model_data import hold

INSTALMENTS = "silver.raisket__loan_repayments"
DAY = date(2026, 8, 15)
provided = ProvidedFor(MODEL, DAY)
LATER = datetime(2026, 8, 1, tzinfo=UTC)
SECOND, THIRD = date(2026, 8, 2), date(2026, 8, 3)
Row = dict[str, Any]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = Settings(state=tmp_path)
    publish(consumer_allowance_card(), found, "consumer_loan")
    return found


def application(name: str, **more: object) -> Row:
    return applied(name, **{"currency": "MXN", "submitted_at": DECIDED - timedelta(days=1), **more})


def loan(name: str, **more: object) -> Row:
    """Three thousand pesos at 36 percent over three months, with IVA on the interest."""
    terms = {
        "principal": Decimal("3000.00"),
        "currency": "MXN",
        "annual_rate_pct": Decimal("36.000"),
        "status": "active",
    }
    return lent(name, **{**terms, **more})


def instalments(name: str) -> list[Row]:
    """A thousand of principal each, unpaid, with interest of 90, 60 and 30 and 16 percent of IVA on it."""
    rows = []
    for number, interest in enumerate((90, 60, 30), 1):
        iva = Decimal(interest) * Decimal("0.16")
        rows.append(
            {
                "loan_id": name,
                "instalment": number,
                "due_date": date(2026, 6 + number, 1),
                "principal_amount": Decimal("1000.00"),
                "interest_amount": Decimal(interest),
                "iva_amount": iva,
                "due_amount": Decimal(1000) + interest + iva,
                "paid_amount": Decimal("0.00"),
                "updated_at": DECIDED,
            }
        )
    return rows


def portfolio(lake: Lake, *loans: Row, applications: tuple[Row, ...] = (), reports: tuple[Row, ...] = ()) -> None:
    """Loans with three instalments that nobody paid; each has an application and a report of its own."""
    names = [row["user_id"] for row in loans]
    hold_market(lake, *names)
    hold(
        lake,
        APPLICATIONS,
        *(application(name, product_id=row["product_id"]) for name, row in zip(names, loans, strict=True)),
        *applications,
    )
    hold(lake, REPORTS, *map(report, names), *reports)
    hold(lake, LOANS, *loans)
    hold(lake, INSTALMENTS, *(one for row in loans for one in instalments(row["loan_id"])))


def reconciled(found: Provided) -> dg.AssetCheckResult:
    return next(
        one for one in results(MODEL, found) if isinstance(one, dg.AssetCheckResult) and one.check_name == RECONCILES
    )


def test_a_tax_is_owed_with_what_is_due_and_no_part_of_what_is_to_come(lake: Lake, settings: Settings) -> None:
    portfolio(lake, loan("ana"))
    before = provided(lake, settings, date(2026, 6, 15)).provisions[0]
    assert before.outstanding_amount == Decimal("3208.80")
    # Principal and interest at the loan's own rate are worth the principal.
    assert float(before.exposure_amount) == pytest.approx(3000.0, abs=0.01)
    (after,) = provided(lake, settings).provisions
    assert float(after.exposure_amount) == pytest.approx(1104.40 + 1069.60 + 1030 / 1.03, abs=0.01)
    assert (after.tenant_id, after.currency, after.model_version) == ("raisket", "MXN", VERSION)
    assert after.loss_given_default == 0.65


def test_what_is_due_on_the_day_itself_is_owed_with_its_tax_and_not_discounted(lake: Lake, settings: Settings) -> None:
    portfolio(lake, loan("ana"))
    (found,) = provided(lake, settings, date(2026, 7, 1)).provisions
    assert float(found.exposure_amount) == pytest.approx(1104.40 + 1060 / 1.03 + 1030 / 1.03**2, abs=0.01)
    assert found.days_past_due == 0


def test_nine_months_become_a_year_by_an_even_hazard(lake: Lake, settings: Settings) -> None:
    portfolio(lake, loan("ana"))
    (found,) = provided(lake, settings, date(2026, 6, 15)).provisions
    assert found.probability_at_grant == pytest.approx(within_a_year(probability(620), timedelta(days=274)))
    assert found.probability_at_grant == pytest.approx(1 - (1 - probability(620)) ** (365 / 274))


def test_the_latest_application_is_judged_by_the_report_that_it_was_decided_with(
    lake: Lake, settings: Settings
) -> None:
    later = application(
        "ana",
        application_id="later",
        bureau_inquiry_id="inquiry-later",
        requested_amount=Decimal("90000.00"),
        submitted_at=LATER,
        decided_at=LATER + timedelta(hours=5),
        status="rejected",
    )
    answered = LATER + timedelta(hours=1)
    poor = report("later", score=500, reported_at=answered, valid_from=answered)
    portfolio(lake, loan("ana"), applications=(later,), reports=(poor,))
    (before,) = provided(lake, settings, date(2026, 6, 30)).provisions
    (after,) = provided(lake, settings).provisions
    assert before.probability_of_default == after.probability_at_grant == pytest.approx(yearly(620))
    assert after.probability_of_default == pytest.approx(yearly(530))


@pytest.mark.parametrize(("decided", "status"), [(LATER + timedelta(days=9), "rejected"), (None, "submitted")])
def test_what_a_report_was_corrected_to_after_the_reporting_day_is_not_known_on_it(
    lake: Lake, settings: Settings, decided: datetime | None, status: str
) -> None:
    """In Mexico City the second of August ends at six in the morning, in UTC, of the third."""
    later = application(
        "ana",
        application_id="later",
        bureau_inquiry_id="inquiry-later",
        submitted_at=LATER,
        decided_at=decided,
        status=status,
    )
    corrected = datetime(2026, 8, 3, 6, tzinfo=UTC)
    first = report("later", reported_at=LATER, valid_from=LATER, valid_to=corrected, is_current=False)
    second = report("later", score=500, reported_at=LATER, valid_from=corrected, _row_lsn=2)
    portfolio(lake, loan("ana"), applications=(later,), reports=(first, second))
    told = [provided(lake, settings, day).provisions[0].probability_of_default for day in (SECOND, THIRD)]
    assert told == pytest.approx([yearly(620), yearly(530)])


def yearly(points: float) -> float:
    return within_a_year(probability(points), MODEL.outcome_window)


def test_a_business_that_its_owner_applies_for_says_nothing_of_the_owner_s_own_loan(
    lake: Lake, settings: Settings
) -> None:
    later = application("ana", application_id="later", bureau_inquiry_id=None, product_id="negocio", submitted_at=LATER)
    portfolio(lake, loan("ana"), applications=(later,))
    (found,) = provided(lake, settings).provisions
    assert found.probability_of_default == pytest.approx(yearly(620))


def test_loans_to_businesses_are_neither_provided_for_nor_missed(lake: Lake, settings: Settings) -> None:
    portfolio(lake, loan("ana"), loan("shop", product_id="negocio"))
    found = provided(lake, settings)
    assert [one.loan_id for one in found.provisions] == ["loan-ana"]
    assert found.loans.unpaid == {"MXN": Decimal("3208.80")}
    assert reconciled(found).passed


@pytest.mark.parametrize("product", ["gone", None])
def test_a_loan_of_a_product_that_nobody_knows_is_told_as_not_covered(
    lake: Lake, settings: Settings, product: str | None
) -> None:
    portfolio(lake, loan("ana"), loan("bo", product_id=product), loan("shop", product_id="negocio"))
    found = provided(lake, settings)
    assert [one.loan_id for one in found.provisions] == ["loan-ana"]
    assert not reconciled(found).passed
    assert reconciled(found).description == "MXN: 6417.60 is unpaid, 3208.80 is covered"
