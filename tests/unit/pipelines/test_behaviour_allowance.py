"""Where a behaviour model is in charge, payments say how likely a default is now; the application still says what it was at grant."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from contracts.models import micro_loan_model
from contracts.models.behaviour import behaviour_model
from contracts.settings import Settings
from ml.champions import Champion
from ml.credit.assessment import within_a_year
from ml.credit.default_risk import DefaultRisk
from ml.credit.loss import expected_credit_loss
from ml.credit.rates import Loan
from ml.governance.publication import publish
from pipelines.lakehouse.catalog import Lake
from pipelines.models.behaviour_scores import behaviour_scores
from pipelines.models.observations import measured_on
from pipelines.models.open_loans import read_open_loans
from pipelines.models.provisions import Provision
from tests.unit.ml.hand_behaviour_card import hand_behaviour_card, version_by_hand
from tests.unit.ml.hand_card import hand_card
from tests.unit.pipelines.allowance_days import by_loan
from tests.unit.pipelines.loan_books import FIRST, Lent, Owed, hold_book, noon, schedule
from tests.unit.pipelines.test_allowance import CHAMPION, DAY, GRANTED, LOSS, loan, portfolio, provided

MODEL = behaviour_model("micro_loan_behaviour")
GRANTED_BY = micro_loan_model()
BEHAVIOUR = Champion(hand_behaviour_card())
VERSION = version_by_hand(MODEL.model)
LAST_TO_COME = date(2027, 5, 15)  # of twelve instalments one


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Only the application model is served."""
    found = Settings(state=tmp_path)
    publish(hand_card(), found, "micro_loan")
    return found


@pytest.fixture
def both(settings: Settings) -> Settings:
    publish(hand_behaviour_card(), settings, "micro_loan_behaviour")
    return settings


def yearly(lake: Lake, name: str, day: date = DAY) -> float:
    """What the behaviour card says of one loan, asked by itself."""
    rows = measured_on(lake, MODEL, day, read_open_loans(lake, GRANTED_BY, day).snapshots)
    (row,) = rows[rows["loan_id"] == name].to_dict("records")
    return within_a_year(BEHAVIOUR.probability({column: row[column] for column in MODEL.columns}), MODEL.outcome_window)


def test_payments_say_what_the_risk_is_now_and_the_application_what_it_was(lake: Lake, settings: Settings) -> None:
    portfolio(lake, (loan("current"), 3), (loan("late"), 2))
    before = by_loan(provided(lake, settings))
    publish(hand_behaviour_card(), settings, "micro_loan_behaviour")
    found = by_loan(provided(lake, settings))
    for name, one in found.items():
        assert one.probability_of_default == pytest.approx(yearly(lake, name))
        assert one.probability_at_grant == before[name].probability_at_grant
        assert (before[name].model_version, one.model_version) == (CHAMPION.version, VERSION)
    assert before["late"].probability_of_default == before["current"].probability_of_default
    assert found["late"].probability_of_default > found["current"].probability_of_default


def allowance_of(one: Provision, months: int, window: timedelta | None) -> float:
    """What the row's own figures come to, spread by a window or evenly."""
    left = Loan(float(one.exposure_amount), 0.12, months)
    return expected_credit_loss(left, DefaultRisk(one.probability_of_default, window), LOSS, one.stage).amount


def test_a_loan_that_ends_within_the_window_is_expected_to_lose_all_that_the_payments_tell_of_it(
    lake: Lake, settings: Settings
) -> None:
    portfolio(lake, (loan("late"), 9))
    (before,) = provided(lake, settings, LAST_TO_COME).provisions
    assert float(before.allowance_amount) == pytest.approx(allowance_of(before, 1, None), abs=0.006)
    publish(hand_behaviour_card(), settings, "micro_loan_behaviour")
    (found,) = provided(lake, settings, LAST_TO_COME).provisions
    within_window = 1 - (1 - found.probability_of_default) ** (180 / 365)
    lost = within_window * LOSS * float(found.exposure_amount) / 1.01
    assert float(found.allowance_amount) == pytest.approx(lost, abs=0.006)
    assert lost > 3 * allowance_of(found, 1, None)


def test_a_loan_that_outlives_the_window_is_expected_to_lose_as_by_an_even_year(lake: Lake, both: Settings) -> None:
    portfolio(lake, (loan("late"), 2))
    (found,) = provided(lake, both).provisions
    assert float(found.allowance_amount) == pytest.approx(allowance_of(found, 9, None), abs=0.006)


def test_the_window_is_the_one_that_the_version_was_taught_by(lake: Lake, settings: Settings) -> None:
    portfolio(lake, (loan("late"), 9))
    publish(hand_behaviour_card(spans={"outcome_window": "90d"}), settings, "micro_loan_behaviour")
    (found,) = provided(lake, settings, LAST_TO_COME).provisions
    spread = {days: allowance_of(found, 1, timedelta(days=days)) for days in (90, 180)}
    assert float(found.allowance_amount) == pytest.approx(spread[90], abs=0.006)
    assert spread[180] > spread[90] + 1


def test_good_payments_do_not_lower_what_the_days_ask_for(lake: Lake, both: Settings) -> None:
    portfolio(lake, (loan("late"), 1))
    assert by_loan(provided(lake, both))["late"].stage == 2
    assert by_loan(provided(lake, both))["late"].days_past_due == 45


def test_the_application_model_stands_in_for_a_loan_that_had_defaulted(lake: Lake, both: Settings) -> None:
    bad = loan("bad", status="defaulted", defaulted_at=GRANTED + timedelta(days=100))
    portfolio(lake, (bad, 0), (loan("current"), 3))
    found = by_loan(provided(lake, both))
    assert (found["bad"].stage, found["bad"].probability_of_default) == (3, 1)
    assert {name: one.model_version for name, one in found.items()} == {"bad": CHAMPION.version, "current": VERSION}


def test_a_version_that_reads_what_is_no_longer_measured_is_not_asked(lake: Lake, settings: Settings) -> None:
    portfolio(lake, (loan("current"), 3))
    publish(hand_behaviour_card(reads=(*MODEL.columns[:-1], "gone")), settings, "micro_loan_behaviour")
    found = provided(lake, settings)
    assert found.behaviour_version is None
    assert by_loan(found)["current"].model_version == CHAMPION.version


def test_a_day_without_a_loan_is_scored_as_nothing(lake: Lake, both: Settings) -> None:
    portfolio(lake)
    loans = read_open_loans(lake, GRANTED_BY, DAY)
    scores = behaviour_scores(lake, both, MODEL, DAY, loans.snapshots)
    assert scores is not None
    assert scores.within_a_year == {}


def test_days_past_due_are_those_of_the_allowance(lake: Lake) -> None:
    """Two statements count them; on a day they must say the same of every open loan."""
    generator = np.random.default_rng(4)
    loans = [
        Lent(f"loan-{number:02}", FIRST + timedelta(hours=int(generator.integers(0, 2000)))) for number in range(60)
    ]
    rows = [row for one in loans for row in at_random(one, generator)]
    hold_book(lake, (loans, rows))
    seen = 0
    for day in (date(2026, month, 15) for month in range(2, 12)):
        open_loans = read_open_loans(lake, GRANTED_BY, day)
        expected = dict(zip(open_loans.rows["loan_id"], open_loans.rows["days_past_due"], strict=True))
        measured = measured_on(lake, MODEL, day, open_loans.snapshots).set_index("loan_id")["days_past_due"]
        assert {name: measured[name] for name in expected} == expected
        seen += sum(1 for days in expected.values() if days)
    assert seen > 50


def at_random(one: Lent, generator: np.random.Generator) -> list[Owed]:
    """Paid in time, late, never, or in part."""
    rows = schedule(one, *[None if generator.random() < 0.3 else int(generator.integers(-10, 90)) for _ in range(6)])
    half = generator.random(len(rows)) < 0.1
    return [
        Owed(**{**asdict(row), "paid_amount": row.due_amount / 2, "paid_at": None, "updated_at": noon(row.due_date)})
        if part
        else row
        for row, part in zip(rows, half, strict=True)
    ]
