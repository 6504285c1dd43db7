"""Loans to businesses on a day: it ends for each loan where its rules are, and what is owed falls by the principal in each instalment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pandas as pd  # type: ignore[import-untyped]
import pytest

from contracts.models.behaviour import behaviour_model
from pipelines.lakehouse.catalog import Lake
from pipelines.models.observations import measured_on, observed_tables, read_observations
from tests.unit.pipelines.sme_history import APPLICATIONS, LOANS
from tests.unit.pipelines.test_model_data import hold
from tests.unit.pipelines.test_sme_allowance import DAY, GRANTED, INSTALMENTS, Row, application, instalments, loan

MODEL = behaviour_model("sme_loan_behaviour")
# Late in September in Brussels it is still the day before in New York.
NIGHT = datetime(2026, 9, 14, 23, tzinfo=UTC)
LATER = datetime(2026, 11, 20, tzinfo=UTC)


def hold_loans(lake: Lake, *paid: tuple[Row, int]) -> None:
    hold(lake, APPLICATIONS, *(application(row["business_id"]) for row, _ in paid))
    hold(lake, LOANS, *(row for row, _ in paid))
    hold(lake, INSTALMENTS, *(one for row, count in paid for one in instalments(row["loan_id"], count)))


def measured(lake: Lake, day: date = DAY) -> pd.DataFrame:
    snapshots = {name: str(head.snapshot_id) for name, head in lake.heads(observed_tables(MODEL)).items()}
    return measured_on(lake, MODEL, day, snapshots).set_index("loan_id")


def european(name: str, **more: object) -> Row:
    return loan(name, jurisdiction="EU", currency="EUR", **more)


def test_a_row_says_whose_it_is_and_under_whose_rules(lake: Lake) -> None:
    hold_loans(lake, (loan("bakery"), 2), (european("mill"), 3))
    found = measured(lake)
    assert set(found["tenant_id"]) == {"nexafi"}
    assert found["borrower"].to_dict() == {"loan-bakery": "bakery", "loan-mill": "mill"}
    assert found["jurisdiction"].to_dict() == {"loan-bakery": "US", "loan-mill": "EU"}
    assert found["days_past_due"].to_dict() == {"loan-bakery": 14, "loan-mill": 0}
    assert found["applied_late_receivables_pct"].tolist() == [5.0, 5.0]


def test_one_day_of_the_calendar_ends_at_another_moment_for_each_lender(lake: Lake) -> None:
    hold_loans(lake, (loan("bakery"), 2), (european("mill"), 2))
    assert {name: at.isoformat() for name, at in measured(lake)["observed_at"].items()} == {
        "loan-bakery": "2026-09-16T04:00:00+00:00",
        "loan-mill": "2026-09-15T22:00:00+00:00",
    }


def test_a_payment_and_a_default_are_of_the_day_that_it_was_where_the_lender_is(lake: Lake) -> None:
    hold_loans(lake, (loan("bakery"), 2), (european("mill"), 2))
    hold(lake, INSTALMENTS, *(row for name in ("bakery", "mill") for row in paid_at_night(f"loan-{name}")))
    assert measured(lake, date(2026, 9, 14))["days_past_due"].to_dict() == {"loan-bakery": 0, "loan-mill": 13}
    defaulted = {"status": "defaulted", "defaulted_at": NIGHT}
    hold(lake, LOANS, loan("bakery", **defaulted), european("mill", **defaulted))
    assert set(measured(lake, date(2026, 9, 14)).index) == {"loan-mill"}


def paid_at_night(name: str) -> list[Row]:
    """The third of six, so late."""
    rows = instalments(name, 2)
    third = {**rows[2], "paid_amount": rows[2]["due_amount"], "paid_at": NIGHT, "updated_at": NIGHT}
    return [*rows[:2], third, *rows[3:]]


def test_a_month_that_is_over_for_one_lender_only_is_observed_of_its_loans(lake: Lake) -> None:
    """The last that is known is of the evening of the thirtieth in New York, which is the first of October in Brussels."""
    newest = loan("kiosk", disbursed_at=datetime(2026, 9, 30, 23, tzinfo=UTC))
    hold_loans(lake, (loan("bakery"), 3), (european("mill"), 3), (newest, 0))
    rows = read_observations(lake, MODEL).observations.rows
    last = {name: days.max().date() for name, days in rows.groupby("loan_id")["observed_on"]}
    assert last == {"loan-bakery": date(2026, 8, 31), "loan-mill": date(2026, 9, 30)}


def test_the_first_month_is_that_of_the_lender_where_it_was_still_the_day_before(lake: Lake) -> None:
    """Both were lent at one moment: in New York on the evening of the thirty-first of May, in Brussels on the first of June."""
    moment = {"disbursed_at": datetime(2026, 6, 1, 3, tzinfo=UTC)}
    newest = loan("kiosk", disbursed_at=datetime(2026, 7, 15, tzinfo=UTC))
    hold_loans(lake, (loan("bakery", **moment), 3), (european("mill", **moment), 3), (newest, 0))
    rows = read_observations(lake, MODEL).observations.rows
    first = {name: days.min().date() for name, days in rows.groupby("loan_id")["observed_on"]}
    assert first == {"loan-bakery": date(2026, 5, 31), "loan-mill": date(2026, 6, 30)}


def test_under_rules_that_nobody_declared_no_day_is_a_loan_s(lake: Lake) -> None:
    newest = loan("kiosk", disbursed_at=datetime(2026, 10, 15, tzinfo=UTC))
    foreign = (loan(name, jurisdiction="CA", disbursed_at=at) for name, at in (("mill", GRANTED), ("pier", LATER)))
    hold_loans(lake, (loan("bakery"), 3), (newest, 0), *((row, 3) for row in foreign))
    assert set(measured(lake).index) == {"loan-bakery"}
    told = read_observations(lake, MODEL).observations
    assert told.present == pd.Timestamp(newest["disbursed_at"])  # theirs is nobody's present
    assert set(told.rows["loan_id"]) == {"loan-bakery"}


@pytest.mark.parametrize("paid", [0, 2, 6])
def test_what_is_owed_is_the_principal_less_that_of_the_instalments_that_are_paid(lake: Lake, paid: int) -> None:
    """Equal parts of the principal are repaid, with less interest each time: no annuity's."""
    hold_loans(lake, (loan("bakery"), paid))
    parts = [
        {**row, "due_amount": Decimal(2000 + 20 * left), "interest_amount": Decimal(20 * left)}
        for row, left in owed(paid)
    ]
    hold(lake, INSTALMENTS, *({**row, "paid_amount": row["due_amount"] if row["paid_at"] else 0} for row in parts))
    model = MODEL.model_copy(update={"features": _with_principal_owed()})
    snapshots = {name: str(head.snapshot_id) for name, head in lake.heads(observed_tables(model)).items()}
    (found,) = measured_on(lake, model, date(2026, 12, 31), snapshots).to_dict("records")
    assert found["principal_owed"] == 12_000 - 2_000 * paid


def owed(paid: int) -> list[tuple[Row, int]]:
    return list(zip(instalments("loan-bakery", paid), range(6, 0, -1), strict=True))


def _with_principal_owed() -> tuple[object, ...]:
    shares = [one for one in behaviour_model("micro_loan_behaviour").features if one.name == "owed_share"]
    return (*MODEL.features, *shares)


def test_a_loan_that_was_granted_that_day_is_observed_with_nothing_due(lake: Lake) -> None:
    hold_loans(lake, (loan("bakery"), 0))
    (found,) = measured(lake, GRANTED.date()).to_dict("records")
    assert (found["instalments_due"], found["days_past_due"], found["months_on_book"]) == (0, 0, 0)
    assert measured(lake, GRANTED.date() - timedelta(days=1)).empty
