"""Loans to businesses: the term that the card reads, limits by what comes in, and a refusal in words of their own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.champions import Champion
from ml.credit.price import Request, price
from ml.credit.underwriting import Application, Underwriting, book_of, underwrite
from tests.unit.ml.hand_business_card import business, hand_business_card
from tests.unit.ml.hand_card import Counted

BOOK = book_of("sme_loan")
CHAMPION = Champion(hand_business_card())
DAY = date(2026, 11, 2)
AMOUNTS = st.floats(0, 200_000).map(round).map(float)
APPLICATIONS = st.builds(
    Application,
    st.builds(
        business,
        applied_inflow_change_pct=st.floats(-100, 100),
        applied_late_receivables_pct=st.floats(0, 100),
        applied_monthly_inflow=AMOUNTS,
        requested_amount=AMOUNTS,
    ),
    st.integers(1, 60),
    st.sampled_from(["EU", "US"]),
)


def decided(application: Application) -> Underwriting:
    (found,) = underwrite([application], CHAMPION, BOOK, DAY)
    return found


def asked(months: int = 12, jurisdiction: str = "US", **changes: float | None) -> Underwriting:
    return decided(Application(business(**changes), months, jurisdiction))


def test_a_business_is_priced_for_the_year_that_its_probability_is_of_and_for_its_own_loss() -> None:
    found = asked()
    assert BOOK.window == timedelta(days=365)
    assert found.offer == price(Request("sme_loan", "US", 18_000, 12, found.assessment.probability), BOOK.pricing, DAY)
    riskier = replace(BOOK, product="micro_loan")
    (other,) = underwrite([Application(business(), 12, "US")], CHAMPION, riskier, DAY)
    assert found.offer is not None
    assert other.offer is not None
    assert found.offer.loan.yearly_rate < other.offer.loan.yearly_rate


@pytest.mark.parametrize(("months", "points"), [(12, 620), (8, 580), (4, 540)])
def test_the_card_reads_the_term_that_is_asked_for(months: int, points: int) -> None:
    assert round(asked(months).assessment.score) == points
    assert round(asked(months, term_months=60.0).assessment.score) == points


@pytest.mark.parametrize(
    ("months", "changes", "outcome", "refusal"),
    [
        (12, {}, "approve", None),
        (6, {"requested_amount": 19_000.0}, "approve", "instalment_above_inflow"),
        (24, {"applied_inflow_change_pct": -20.0, "applied_late_receivables_pct": 60.0}, "review", "rate_above_cap"),
        (4, {"applied_late_receivables_pct": 60.0}, "decline", None),
    ],
)
def test_what_stands_against_an_offer_is_said(
    months: int, changes: dict[str, float], outcome: str, refusal: str | None
) -> None:
    found = asked(months, "EU", **changes)
    assert (found.assessment.outcome, found.refusal) == (outcome, refusal)


def test_an_instalment_may_take_a_declared_share_of_what_comes_in() -> None:
    share, largest = 0.15 * 20_000, 3 * 20_000
    limit = asked(60).limit
    assert limit is not None
    assert limit.loan.instalment <= share
    assert limit.loan.principal <= largest
    policy = BOOK.affordability
    assert (float(policy.instalment_to_income_pct), policy.largest_to_income) == (15, 3)


@pytest.mark.parametrize(("jurisdiction", "name"), [("EU", "APRC"), ("US", "APR")])
def test_a_business_is_told_the_rate_of_its_jurisdiction(jurisdiction: str, name: str) -> None:
    found = asked(jurisdiction=jurisdiction)
    assert found.offer is not None
    assert found.offer.disclosed_name == name


@given(application=APPLICATIONS)
def test_the_limit_of_a_business_asked_for_is_approved_at_the_price_that_it_had(application: Application) -> None:
    limit = decided(application).limit
    if limit is not None:
        inputs = {**application.inputs, "requested_amount": limit.loan.principal}
        again = decided(replace(application, inputs=inputs))
        assert again.assessment.outcome == "approve"
        assert again.offer is not None
        assert again.offer.loan.principal == limit.loan.principal
        assert again.offer.loan.yearly_rate == pytest.approx(limit.loan.yearly_rate, abs=1e-9)


@given(application=APPLICATIONS)
def test_a_business_is_declined_refused_or_offered(application: Application) -> None:
    found = decided(application)
    assert [found.assessment.outcome == "decline", found.refusal is not None, found.offer is not None].count(True) == 1
    if found.offer is not None:
        assert found.offer.loan.instalment <= 0.15 * (application.inputs["applied_monthly_inflow"] or 0.0)


def test_a_business_and_the_steps_of_its_limit_are_one_call_of_the_champion() -> None:
    counted = Counted(hand_business_card())
    underwrite([Application(business(), 12, "US")], counted, BOOK, DAY)
    assert counted.calls == 1
