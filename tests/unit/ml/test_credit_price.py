from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import ConfigurationError
from contracts.jurisdictions import load_jurisdictions
from contracts.lending.pricing import load_pricing
from ml.credit.default_risk import DefaultRisk
from ml.credit.limit import Means, credit_limit, principals
from ml.credit.loss import Stage, expected_credit_loss, expected_loss
from ml.credit.price import Offer, Request, price
from ml.credit.rates import Loan, yearly_rate

PRICING = load_pricing()
AFFORDABILITY = PRICING.affordability["micro_loan"]
DAY = date(2026, 11, 2)
RISKS = st.floats(0, 0.9)
RATES = st.floats(0.001, 0.9)
MONTHS = st.integers(1, 60)


def asked(probability: float = 0.05, jurisdiction: str = "CA", months: int = 24) -> Request:
    return Request("micro_loan", jurisdiction, 5000, months, probability)


def test_a_rate_is_told_as_each_regulator_measures_it() -> None:
    loan = Loan(principal=1000, yearly_rate=0.12, months=12)
    assert loan.instalment == pytest.approx(88.848789, abs=1e-6)
    assert yearly_rate(loan, "nominal") == pytest.approx(0.12, abs=1e-9)
    assert yearly_rate(loan, "effective") == pytest.approx(1.01**12 - 1, abs=1e-9)
    assert yearly_rate(loan, "average_balance") == pytest.approx(0.12, abs=1e-9)


@given(rate=RATES, months=MONTHS, fee=st.floats(0, 200))
def test_a_fee_never_lowers_a_rate_and_compounding_never_does(rate: float, months: int, fee: float) -> None:
    loan, with_fee = Loan(1000, rate, months), Loan(1000, rate, months, fee)
    for measure in ("nominal", "effective", "average_balance"):
        assert yearly_rate(with_fee, measure) >= yearly_rate(loan, measure) - 1e-9
    assert yearly_rate(with_fee, "effective") >= yearly_rate(with_fee, "nominal")


@given(rate=RATES, months=MONTHS)
def test_the_instalments_pay_the_loan_back(rate: float, months: int) -> None:
    loan = Loan(1000, rate, months)
    assert loan.balances()[-1] * (1 + rate / 12) == pytest.approx(loan.instalment, rel=1e-6)


@given(low=RISKS, high=RISKS)
def test_more_risk_never_gets_a_lower_rate_nor_any_rate_above_the_cap(low: float, high: float) -> None:
    less, more = (price(asked(risk), PRICING, DAY) for risk in sorted((low, high)))
    if more is not None:
        assert isinstance(less, Offer)
        assert less.loan.yearly_rate <= more.loan.yearly_rate + 1e-12
        assert yearly_rate(more.loan, "nominal") <= 0.35 + 1e-9


def test_a_risk_that_no_rate_within_the_cap_pays_for_gets_no_offer() -> None:
    assert price(asked(0.05), PRICING, DAY) is not None
    assert price(asked(0.60), PRICING, DAY) is None


def test_a_cap_on_the_effective_rate_is_held_against_the_effective_rate() -> None:
    within = [price(asked(risk / 100, "EU"), PRICING, DAY) for risk in range(40)]
    offers = [offer for offer in within if offer is not None]
    assert 0 < len(offers) < 40
    assert max(yearly_rate(offer.loan, "effective") for offer in offers) <= 0.20 + 1e-9
    assert {offer.disclosed_name for offer in offers} == {"APRC"}


def test_without_risk_the_rate_is_what_money_and_care_cost() -> None:
    offer = price(asked(0.0, months=12), PRICING, DAY)
    assert offer is not None
    running = PRICING.costs.funding_pct + PRICING.costs.capital_pct + PRICING.costs.servicing_pct
    opening = PRICING.costs.opening_cost_pct * Decimal(2)  # once, on a balance that is half of the principal on average
    assert 100 * offer.loan.yearly_rate == pytest.approx(float(running + opening), abs=0.3)


def test_no_price_where_no_cap_is_declared() -> None:
    with pytest.raises(ConfigurationError, match="No rate cap of the jurisdiction 'CA' is valid on 2024-12-31"):
        price(asked(), PRICING, date(2024, 12, 31))


def test_every_jurisdiction_has_a_cap_with_its_source() -> None:
    assert PRICING.caps.keys() == {one.jurisdiction for one in load_jurisdictions()}


@given(probability=st.floats(0.001, 0.9), rate=RATES, months=MONTHS)
def test_the_allowance_grows_with_the_stage_and_stays_within_the_loss_of_all(
    probability: float, rate: float, months: int
) -> None:
    loan = Loan(1000, rate, months)
    stages: tuple[Stage, ...] = (1, 2, 3)
    first, second, third = (
        expected_credit_loss(loan, DefaultRisk(probability), 0.65, stage).amount for stage in stages
    )
    assert 0 < first <= second + 1e-9
    assert second <= third
    assert first <= expected_loss(probability, 0.65, 1000) + 1e-9


def test_the_allowance_of_one_instalment_is_a_months_hazard() -> None:
    allowance = expected_credit_loss(Loan(1000, 0.12, 1), DefaultRisk(0.12), 0.5, 1)
    assert allowance.amount == pytest.approx((1 - 0.88 ** (1 / 12)) * 0.5 * 1000 / 1.01, abs=1e-9)
    assert allowance.months == 1


def riskier_with_the_amount(principal: float) -> Offer | None:
    return price(Request("micro_loan", "CA", principal, 24, min(0.9, principal / 50_000)), PRICING, DAY)


def limit_of(borrower: Means, largest: float) -> Offer | None:
    policy = AFFORDABILITY
    return credit_limit(riskier_with_the_amount, principals(largest, policy), borrower, policy)


def test_the_limit_is_the_largest_step_that_the_income_bears() -> None:
    limit = limit_of(Means(1500, 100), 10_000)
    assert limit is not None
    above = riskier_with_the_amount(limit.loan.principal + 10_000 / AFFORDABILITY.steps)
    assert limit.loan.instalment <= 1500 * 0.35 - 100
    assert above is None or above.loan.instalment > 1500 * 0.35 - 100


def test_risk_bounds_the_limit_where_the_income_would_bear_more() -> None:
    limit = limit_of(Means(1_000_000, 0), 20_000)
    assert limit is not None
    assert riskier_with_the_amount(limit.loan.principal + 20_000 / AFFORDABILITY.steps) is None


def test_who_has_nothing_left_of_the_income_has_no_limit() -> None:
    assert limit_of(Means(1000, 350), 10_000) is None
