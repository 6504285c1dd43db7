"""Consumer loans on a day: paid with their tax, by the report that they were decided with, and none of a business's."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pandas as pd  # type: ignore[import-untyped]
import pytest

from contracts.models.behaviour import behaviour_model
from pipelines.lakehouse.catalog import Lake
from pipelines.models.observations import measured_on, observed_tables, read_observations
from tests.unit.pipelines.consumer_history import DECIDED, REPORTS, report
from tests.unit.pipelines.test_consumer_allowance import (
    DAY,
    INSTALMENTS,
    Row,
    application,
    instalments,
    loan,
    portfolio,
)
from tests.unit.pipelines.test_model_data import hold

MODEL = behaviour_model("consumer_loan_behaviour")


def measured(lake: Lake, day: date = DAY) -> pd.DataFrame:
    snapshots = {name: str(head.snapshot_id) for name, head in lake.heads(observed_tables(MODEL)).items()}
    return measured_on(lake, MODEL, day, snapshots).set_index("loan_id")


def paying(row: Row, amount: Decimal) -> Row:
    at = datetime(2026, 7, 1, 15, tzinfo=UTC)
    return {**row, "paid_amount": amount, "paid_at": at if amount == row["due_amount"] else None, "updated_at": at}


def first_pays(lake: Lake, amount: Decimal) -> dict[str, float]:
    """What is measured where so much of the first instalment came, of 1,000 of principal, 90 of interest and 14.40 of IVA."""
    portfolio(lake, loan("ana"))
    first, *others = instalments("loan-ana")
    hold(lake, INSTALMENTS, paying(first, amount), *others)
    (found,) = measured(lake, date(2026, 7, 15))[list(MODEL.measures)].to_dict("records")
    return {str(name): float(value) for name, value in found.items()}


@pytest.mark.parametrize(("amount", "late"), [(Decimal("1104.40"), 0), (Decimal("1090.00"), 14)])
def test_an_instalment_is_paid_when_its_tax_is_too(lake: Lake, amount: Decimal, late: int) -> None:
    found = first_pays(lake, amount)
    assert (found["days_past_due"], found["instalments_paid"]) == (late, int(late == 0))


def test_neither_interest_nor_tax_is_owed_of_the_principal(lake: Lake) -> None:
    """An annuity of 36 percent would leave 2,029.41 after the first instalment; what the lender splits leaves 2,000."""
    assert first_pays(lake, Decimal("1104.40"))["principal_owed"] == 2000
    assert first_pays(lake, Decimal("1090.00"))["principal_owed"] == 3000


def test_a_loan_to_a_business_and_one_of_a_product_that_is_gone_are_none_of_a_consumer_s(lake: Lake) -> None:
    portfolio(lake, loan("ana"), loan("shop", product_id="negocio"), loan("bo", product_id="gone"))
    assert set(measured(lake).index) == {"loan-ana"}
    newest = loan("cy", product_id="negocio", disbursed_at=datetime(2026, 11, 1, tzinfo=UTC))
    portfolio(lake, loan("ana"), newest)
    told = read_observations(lake, MODEL).observations
    assert told.present == pd.Timestamp(DECIDED)  # what is lent to a business moves nobody's present
    assert told.rows.empty


def test_what_was_known_of_a_borrower_is_what_the_loan_was_decided_with(lake: Lake) -> None:
    corrected = DECIDED + timedelta(days=9)
    portfolio(lake, loan("ana"))
    first = report("ana", valid_to=corrected, is_current=False)
    hold(lake, REPORTS, first, report("ana", score=500, valid_from=corrected, _row_lsn=2))
    (found,) = measured(lake).to_dict("records")
    assert (found["reported_score"], found["applied_informal"], found["principal"]) == (640, 0, 3000)
    assert (found["borrower"], found["tenant_id"]) == ("ana", "raisket")


def test_another_application_of_the_borrower_says_nothing_of_the_loan(lake: Lake) -> None:
    later = application("ana", application_id="later", applied_employment="informal", submitted_at=DECIDED)
    portfolio(lake, loan("ana"), applications=(later,))
    assert measured(lake)["applied_informal"].tolist() == [0]


def test_without_an_inquiry_nothing_is_reported(lake: Lake) -> None:
    portfolio(lake, loan("ana"))
    hold(lake, REPORTS)
    found = measured(lake)
    assert found[["reported_score", "reported_utilisation_pct"]].isna().all(axis=None)
    assert found["applied_income"].tolist() == [12_000.0]


def test_a_day_ends_in_mexico_city(lake: Lake) -> None:
    portfolio(lake, loan("ana"))
    first, *others = instalments("loan-ana")
    night = datetime(2026, 7, 2, 5, 59, tzinfo=UTC)
    for at, late in ((night, 0), (night + timedelta(minutes=1), 1)):
        hold(lake, INSTALMENTS, {**paying(first, first["due_amount"]), "paid_at": at}, *others)
        assert measured(lake, date(2026, 7, 1))["instalments_paid"].tolist() == [1 - late]
    assert measured(lake)["observed_at"].tolist() == [pd.Timestamp(2026, 8, 16, 6, tz="UTC")]
