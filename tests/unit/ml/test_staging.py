"""A loan's stage: the days' presumptions, a rise of the risk, and an allowance that a later stage never lowers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.lending import load_lending
from ml.credit.default_risk import DefaultRisk
from ml.credit.loss import Stage, expected_credit_loss
from ml.credit.rates import Loan
from ml.credit.staging import Standing, stage_of

POLICY = load_lending()
TIMES = POLICY.significant_increase.value
PROBABILITIES = st.floats(0, 1)
DAYS = st.integers(0, 400)


def standing(days: int = 0, *, defaulted: bool = False, at_grant: float = 0.02, now: float = 0.02) -> Standing:
    return Standing(days, defaulted, at_grant, now)


@pytest.mark.parametrize(("days", "stage"), [(0, 1), (30, 1), (31, 2), (89, 2), (90, 3), (400, 3)])
def test_more_than_thirty_days_past_due_is_stage_two_and_ninety_is_default(days: int, stage: int) -> None:
    assert stage_of(standing(days), POLICY) == stage


def test_a_loan_that_its_lender_calls_defaulted_is_impaired_whatever_the_days_say() -> None:
    assert stage_of(standing(0, defaulted=True), POLICY) == 3


@pytest.mark.parametrize(("now", "stage"), [(0.0599, 1), (0.06, 2), (0.9, 2)])
def test_a_risk_that_rose_as_often_as_declared_is_stage_two_and_never_three(now: float, stage: int) -> None:
    assert TIMES == 3
    assert stage_of(standing(now=now, at_grant=0.02), POLICY) == stage


def test_no_risk_then_and_none_now_is_no_increase() -> None:
    assert stage_of(standing(at_grant=0.0, now=0.0), POLICY) == 1


@given(days=DAYS, later=DAYS, at_grant=PROBABILITIES, now=PROBABILITIES)
def test_more_days_past_due_never_lower_the_stage(days: int, later: int, at_grant: float, now: float) -> None:
    first, last = sorted((days, later))
    stages = [stage_of(standing(one, at_grant=at_grant, now=now), POLICY) for one in (first, last)]
    assert stages == sorted(stages)


@given(
    exposure=st.floats(0, 1e6),
    rate=st.floats(0, 0.9),
    months=st.integers(1, 60),
    probability=PROBABILITIES,
    loss=PROBABILITIES,
)
def test_the_allowance_rises_with_the_stage_within_nothing_and_the_loss_of_all(
    exposure: float, rate: float, months: int, probability: float, loss: float
) -> None:
    loan = Loan(exposure, rate, months)
    stages: tuple[Stage, ...] = (1, 2, 3)
    first, second, third = (
        expected_credit_loss(loan, DefaultRisk(probability), loss, stage).amount for stage in stages
    )
    slack = 1e-9 * (1 + exposure)
    assert -slack <= first <= second + slack
    assert second <= third + slack
    assert third <= loss * exposure + slack
