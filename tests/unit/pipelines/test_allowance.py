"""The allowance of a small lakehouse: every open loan on a day, by stage, written once, and reconciled with what is unpaid."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from contracts.errors import InvalidInputError, NotFoundError
from contracts.lending.pricing import load_pricing
from contracts.models import micro_loan_model
from contracts.models.credit import CREDIT_MODELS, CreditModelName
from contracts.settings import Settings
from ml.champions import Champion
from ml.credit.assessment import assess, within_a_year
from ml.credit.default_risk import DefaultRisk
from ml.credit.loss import expected_credit_loss
from ml.credit.rates import Loan
from ml.credit.underwriting import book_of
from ml.governance.publication import publish
from pipelines.lakehouse.catalog import Lake
from pipelines.models.allowance_assets import (
    ALLOWANCES,
    Provided,
    allowance_key,
    refresh_allowance,
    reporting_day,
    results,
    stage_table,
)
from pipelines.models.allowance_checks import RECONCILES, RISES, rises
from pipelines.models.allowances import COLUMNS, table_of
from pipelines.models.provisions import Provision
from tests.unit.ml.hand_card import APPLICANT, applicant, hand_card
from tests.unit.pipelines.allowance_days import ProvidedFor, by_loan
from tests.unit.pipelines.test_model_data import hold

LOANS, INSTALMENTS = "silver.diasporacore__loans", "silver.diasporacore__loan_repayments"
MODEL = micro_loan_model()
ALLOWANCE = allowance_key(MODEL.model)
TABLE = table_of(MODEL.model)
GRANTED = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY, PAID_BY = date(2026, 9, 15), date(2027, 7, 1)
provided = ProvidedFor(MODEL, DAY)
LOSS = float(load_pricing().loss_given_default_pct["micro_loan"].value) / 100
CHAMPION = Champion(hand_card())
Row = dict[str, Any]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = Settings(state=tmp_path)
    publish(hand_card(), found, "micro_loan")
    return found


def loan(name: str, **more: object) -> Row:
    """Twelve hundred dollars at twelve percent over twelve months, one borrower each."""
    told = {key: None if value is None else round(value) for key, value in APPLICANT.items()}
    terms = {"currency": "CAD", "annual_rate_pct": Decimal("12.000"), "term_months": 12, "status": "active"}
    row = {"loan_id": name, "tenant_id": "union", "user_id": f"member-{name}", "disbursed_at": GRANTED, **terms, **told}
    return {**row, "principal": Decimal("1200.00"), **more}


def instalments(name: str, paid: int, **more: object) -> list[Row]:
    """Twelve of 106.62, due on the first of each month; the first `paid` ones were paid on their day."""
    return [
        {
            "loan_id": name,
            "tenant_id": "union",
            "instalment": number,
            "due_date": date(2026 + (5 + number) // 12, (5 + number) % 12 + 1, 1),
            "due_amount": Decimal("106.62"),
            "paid_amount": Decimal("106.62") if number <= paid else Decimal("0.00"),
            "paid_at": GRANTED + timedelta(days=30 * number) if number <= paid else None,
            "updated_at": GRANTED + timedelta(days=30 * number) if number <= paid else GRANTED,
            **more,
        }
        for number in range(1, 13)
    ]


def portfolio(lake: Lake, *paid: tuple[Row, int]) -> None:
    """Loans with how many of their instalments are paid; three are due by the day."""
    hold(lake, LOANS, *(row for row, _ in paid))
    hold(lake, INSTALMENTS, *(one for row, count in paid for one in instalments(row["loan_id"], count)))


def check(found: Provided, name: str) -> dg.AssetCheckResult:
    return next(one for one in results(MODEL, found) if isinstance(one, dg.AssetCheckResult) and one.check_name == name)


def stored(lake: Lake) -> list[tuple[Any, ...]]:
    lake.attach(TABLE)
    return lake.session.execute(f"select * from {TABLE} order by all").fetchall()


def probability(**changes: float | None) -> float:
    (one,) = assess(CHAMPION, [applicant(**changes)])
    return within_a_year(one.probability, book_of("micro_loan").window)


def test_every_open_loan_has_an_allowance_by_its_stage(lake: Lake, settings: Settings) -> None:
    portfolio(
        lake,
        (loan("current"), 3),
        (loan("late"), 1),
        (loan("bad", status="defaulted", defaulted_at=GRANTED + timedelta(days=100)), 0),
    )
    found = by_loan(provided(lake, settings))
    assert {name: one.stage for name, one in found.items()} == {"current": 1, "late": 2, "bad": 3}
    assert {name: one.days_past_due for name, one in found.items()} == {"current": 0, "late": 45, "bad": 76}
    assert found["bad"].probability_of_default == 1
    assert found["bad"].allowance_amount == pytest.approx(
        Decimal(str(LOSS)) * found["bad"].exposure_amount, abs=Decimal("0.01")
    )
    for one in found.values():
        assert one.model_version == CHAMPION.version
        assert 0 < one.allowance_amount <= Decimal(str(LOSS)) * one.exposure_amount + Decimal("0.01")


def test_what_is_left_is_what_is_due_and_the_rest_without_interest_to_come(lake: Lake, settings: Settings) -> None:
    portfolio(lake, (loan("one"), 2))
    (found,) = provided(lake, settings).provisions
    to_come = sum(106.62 / 1.01**month for month in range(1, 10))
    assert found.outstanding_amount == Decimal("1066.20")
    assert float(found.exposure_amount) == pytest.approx(106.62 + to_come, abs=0.01)
    inputs = {"principal": 1200.0}
    expected = expected_credit_loss(
        Loan(float(found.exposure_amount), 0.12, 9), DefaultRisk(probability(**inputs)), LOSS, 1
    )
    assert float(found.allowance_amount) == pytest.approx(expected.amount, abs=0.006)


def test_a_borrower_whose_risk_rose_since_is_in_stage_two_without_being_late(lake: Lake, settings: Settings) -> None:
    later = loan(
        "later",
        user_id="member-first",
        applied_bureau_score=500,
        applied_income=Decimal("900.00"),
        disbursed_at=GRANTED + timedelta(days=60),
    )
    portfolio(lake, (loan("first"), 3), (later, 3))
    found = by_loan(provided(lake, settings))
    assert found["first"].probability_at_grant == pytest.approx(probability(principal=1200.0))
    risen = probability(principal=1200.0, applied_bureau_score=500.0, applied_income=900.0)
    assert found["first"].probability_of_default == pytest.approx(risen)
    assert (found["first"].stage, found["later"].stage) == (2, 1)
    before = by_loan(provided(lake, settings, GRANTED.date() + timedelta(days=59)))
    assert {name: one.stage for name, one in before.items()} == {"first": 1}


def test_a_past_day_sees_what_was_unpaid_and_who_had_defaulted_then(lake: Lake, settings: Settings) -> None:
    portfolio(
        lake,
        (loan("bad", status="defaulted", defaulted_at=GRANTED + timedelta(days=95)), 0),
        (loan("good", status="repaid"), 12),
    )
    early = by_loan(provided(lake, settings, date(2026, 7, 15)))
    assert (early["bad"].stage, early["bad"].days_past_due) == (1, 14)
    assert early["good"].outstanding_amount == Decimal("1172.82")
    assert set(by_loan(provided(lake, settings, PAID_BY))) == {"bad"}


def test_a_day_begins_where_the_lender_is(lake: Lake, settings: Settings) -> None:
    defaulted_at = datetime(2026, 9, 16, 2, tzinfo=UTC)  # still the fifteenth in Toronto
    portfolio(lake, (loan("bad", status="defaulted", defaulted_at=defaulted_at), 2))
    assert by_loan(provided(lake, settings, date(2026, 9, 14)))["bad"].stage == 1
    assert by_loan(provided(lake, settings, date(2026, 9, 15)))["bad"].stage == 3


def test_a_day_that_is_made_again_is_written_once_and_the_others_stay(lake: Lake, settings: Settings) -> None:
    portfolio(lake, (loan("one"), 3), (loan("two"), 1))
    provided(lake, settings, DAY - timedelta(days=1))
    provided(lake, settings)
    rows, head = stored(lake), lake.head(TABLE)
    provided(lake, settings)
    assert lake.head(TABLE) == head
    assert len(rows) == 4
    portfolio(lake, (loan("one"), 3))
    provided(lake, settings)
    again = stored(lake)
    assert len(again) == 3
    assert {row for row in again if row[0] < DAY} == {row for row in rows if row[0] < DAY}


def test_loans_that_cannot_be_worked_out_are_named_and_the_rest_goes_on(lake: Lake, settings: Settings) -> None:
    portfolio(lake, (loan("good"), 3), (loan("rateless", annual_rate_pct=None), 3))
    hold(lake, LOANS, loan("good"), loan("rateless", annual_rate_pct=None), loan("bare"))
    found = provided(lake, settings)
    assert set(by_loan(found)) == {"good"}
    told = check(found, RECONCILES)
    assert not told.passed
    assert told.severity is dg.AssetCheckSeverity.WARN
    assert told.description is not None
    assert "CAD: 1919.16 is unpaid, 959.58 is covered" in told.description
    assert "loan rateless of union has no yearly rate" in told.description
    assert "loan bare of union has no instalments" in told.description


def test_what_is_unpaid_is_covered_to_the_cent(lake: Lake, settings: Settings) -> None:
    portfolio(lake, (loan("one"), 3), (loan("two"), 1), (loan("done", status="repaid"), 12))
    found = provided(lake, settings, PAID_BY)
    assert check(found, RECONCILES).passed
    assert sum(one.outstanding_amount for one in found.provisions) == found.loans.unpaid["CAD"] == Decimal("2132.40")


def test_instalments_of_no_loan_are_told(lake: Lake, settings: Settings) -> None:
    portfolio(lake, (loan("one"), 3))
    hold(lake, INSTALMENTS, *instalments("one", 3), *instalments("lost", 11))
    assert "unknown: 106.62 is unpaid" in str(check(provided(lake, settings, PAID_BY), RECONCILES).description)


def test_a_champion_that_reads_what_is_no_longer_declared_is_not_asked(lake: Lake, settings: Settings) -> None:
    portfolio(lake, (loan("one"), 3))
    fewer = MODEL.model_copy(update={"features": MODEL.features[:1]})
    assert refresh_allowance(lake, settings, fewer, DAY) is None
    assert lake.head(TABLE) is None


def test_a_loan_of_the_same_id_at_another_credit_union_is_another_loan(lake: Lake, settings: Settings) -> None:
    portfolio(lake, (loan("one"), 3), (loan("one", tenant_id="other"), 3))
    hold(lake, INSTALMENTS, *instalments("one", 3), *instalments("one", 11, tenant_id="other"))
    found = {one.tenant_id: one.outstanding_amount for one in provided(lake, settings, PAID_BY).provisions}
    assert found == {"union": Decimal("959.58"), "other": Decimal("106.62")}


def provision(stage: int, allowance: str, currency: str = "CAD") -> Provision:
    told: Any = stage
    amounts = (Decimal(100), Decimal(100), Decimal(allowance))
    return Provision(DAY, "union", f"{currency}-{stage}", currency, 0, told, 0.1, 0.1, LOSS, *amounts, "version")


def test_a_later_stage_that_is_covered_by_less_is_told_in_its_own_currency() -> None:
    assert rises(ALLOWANCE, [provision(1, "2"), provision(3, "65"), provision(1, "70", "USD")]).passed
    told = rises(ALLOWANCE, [provision(1, "5"), provision(2, "4"), provision(3, "65")])
    assert not told.passed
    assert told.severity is dg.AssetCheckSeverity.WARN
    assert told.description == (
        "CAD: stage 2 is covered by 4.00% at a probability of 10.00%, stage 1 by 5.00% at a probability of 10.00%"
    )


def test_without_a_champion_nothing_is_written_and_that_is_told(lake: Lake, tmp_path: Path) -> None:
    portfolio(lake, (loan("one"), 3))
    assert refresh_allowance(lake, Settings(state=tmp_path), MODEL, DAY) is None
    assert lake.head(TABLE) is None
    made, *checks = results(MODEL, None)
    assert made.metadata is not None
    assert "not_computed" in made.metadata
    assert len(checks) == 2


def test_no_loan_at_all_is_an_empty_day(lake: Lake, settings: Settings) -> None:
    portfolio(lake)
    found = provided(lake, settings)
    assert (found.provisions, found.refused, stored(lake)) == ([], [], [])
    assert check(found, RECONCILES).passed
    assert check(found, RISES).passed


def test_a_lakehouse_without_loans_is_told(lake: Lake, settings: Settings) -> None:
    with pytest.raises(NotFoundError, match="diasporacore__loans"):
        refresh_allowance(lake, settings, MODEL, DAY)


def test_the_reporting_day_is_the_lenders_today_unless_one_is_asked_for() -> None:
    night = datetime(2026, 9, 16, 2, tzinfo=UTC)
    assert reporting_day(MODEL, "", night) == date(2026, 9, 15)
    assert reporting_day(MODEL, "2026-08-31", night) == date(2026, 8, 31)
    for wrong in ("2026-09-16", "yesterday"):
        with pytest.raises(InvalidInputError, match="as_of"):
            reporting_day(MODEL, wrong, night)


def test_people_read_the_allowance_by_stage() -> None:
    told = stage_table([provision(1, "2"), provision(3, "65")])
    assert told.splitlines()[2:] == ["| CAD | 1 | 1 | 100 | 2 | 2.00% |", "| CAD | 3 | 1 | 100 | 65 | 65.00% |"]


@pytest.mark.parametrize("model", CREDIT_MODELS)
def test_every_credit_model_has_an_allowance_with_its_two_checks(model: CreditModelName) -> None:
    asset = ALLOWANCES[model]
    assert asset.keys == {allowance_key(model)}
    assert {key.name for key in asset.check_keys} == {RECONCILES, RISES}
    assert set(asset.group_names_by_key.values()) == {"models"}
    assert dg.AssetKey(["models", model]) in asset.dependency_keys
    assert [column.name for column in COLUMNS] == list(Provision.__dataclass_fields__)
