"""How a yearly probability comes over the months left: evenly; of a card of open loans, no later than a loan that ends within its window."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.credit.assessment import within_a_year
from ml.credit.default_risk import DefaultRisk
from ml.credit.loss import Stage, expected_credit_loss
from ml.credit.rates import Loan

PROBABILITIES = st.floats(0, 1)
WINDOWS = st.integers(90, 365).map(timedelta)
MONTHS = st.integers(1, 60)


def months_of(window: timedelta) -> float:
    return 12 * window.days / 365


# A window, and the instalments to come of a loan that ends before it does, or that does not.
ENDING = WINDOWS.flatmap(lambda window: st.tuples(st.just(window), st.integers(1, math.ceil(months_of(window)) - 1)))
OUTLIVING = WINDOWS.flatmap(lambda window: st.tuples(st.just(window), st.integers(math.ceil(months_of(window)), 60)))
STAGES: st.SearchStrategy[Stage] = st.sampled_from((1, 2, 3))


def by_payments(within_window: float, window: timedelta) -> DefaultRisk:
    """What a card of open loans says, made a year as it is everywhere."""
    return DefaultRisk(within_a_year(within_window, window), window)


def over_the_life(risk: DefaultRisk, months: int) -> float:
    """The probability of a default in any of the months left."""
    return 1 - (1 - risk.monthly_hazard(months)) ** months


@given(probability=PROBABILITIES, months=MONTHS)
def test_a_probability_of_a_loan_as_granted_is_even_over_twelve_months_whatever_is_left(
    probability: float, months: int
) -> None:
    assert DefaultRisk(probability).monthly_hazard(months) == 1 - (1 - probability) ** (1 / 12)


@given(probability=PROBABILITIES, life=OUTLIVING)
def test_a_loan_that_outlives_the_window_has_the_same_even_hazard(
    probability: float, life: tuple[timedelta, int]
) -> None:
    window, months = life
    assert DefaultRisk(probability, window).monthly_hazard(months) == DefaultRisk(probability).monthly_hazard(months)


# Nearer to 1 a year of it cannot be told from 1 in a float, of which nothing leads back.
@given(within_window=st.floats(0, 0.99), life=ENDING)
def test_a_loan_that_ends_within_the_window_has_all_of_its_probability_in_what_is_left(
    within_window: float, life: tuple[timedelta, int]
) -> None:
    window, months = life
    assert over_the_life(by_payments(within_window, window), months) == pytest.approx(within_window, abs=1e-6)


@given(probability=PROBABILITIES, months=st.integers(1, 11))
def test_where_the_loan_is_about_to_outlive_the_window_nothing_jumps(probability: float, months: int) -> None:
    just_longer = timedelta(days=365 * months / 12, seconds=1)
    risk = DefaultRisk(probability, just_longer)
    assert risk.monthly_hazard(months) == pytest.approx(DefaultRisk(probability).monthly_hazard(months), abs=1e-5)


def test_a_certain_default_is_certain_in_the_first_month() -> None:
    assert DefaultRisk(1.0, timedelta(days=180)).monthly_hazard(1) == 1


def test_the_allowance_of_a_last_instalment_is_of_all_that_the_window_holds() -> None:
    risk, loan = by_payments(0.82, timedelta(days=365)), Loan(1000, 0.12, 1)
    assert expected_credit_loss(loan, risk, 0.5, 2).amount == pytest.approx(0.82 * 0.5 * 1000 / 1.01)


@given(
    low=PROBABILITIES,
    high=PROBABILITIES,
    window=WINDOWS,
    loan=st.builds(Loan, st.floats(0, 1e6), st.floats(0, 0.9), MONTHS),
    stage=STAGES,
)
def test_a_higher_probability_never_has_a_lower_allowance_and_none_is_above_the_loss_of_all(
    low: float, high: float, window: timedelta, loan: Loan, stage: Stage
) -> None:
    less, more = (
        expected_credit_loss(loan, DefaultRisk(one, window), 0.65, stage).amount for one in sorted((low, high))
    )
    slack = 1e-9 * (1 + loan.principal)
    assert -slack <= less <= more + slack
    assert more <= 0.65 * loan.principal + slack


@given(probability=PROBABILITIES, window=WINDOWS, months=MONTHS)
def test_the_payments_card_never_expects_less_of_what_is_left_than_an_even_year(
    probability: float, window: timedelta, months: int
) -> None:
    loan = Loan(1000, 0.3, months)
    even, ending = (
        expected_credit_loss(loan, risk, 0.5, 2).amount
        for risk in (DefaultRisk(probability), DefaultRisk(probability, window))
    )
    assert ending >= even - 1e-9
