"""Advice to an applicant: offers by what they cost, actions by what the champion says of them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.credit.actions import Action, Change, load_actions
from contracts.credit.offers import load_offers
from contracts.credit.providers import load_providers
from ml.champions import Champion
from ml.credit.assessment import Assessment, CreditOutcome
from ml.credit.improvements import Gain, Improvement, changed, improvements
from ml.credit.price import Offer
from ml.credit.ranking import Order, ranked
from ml.credit.rates import Loan
from ml.credit.underwriting import Application, Underwriting, book_of, underwrite
from tests.unit.ml.hand_card import applicant, hand_card

BOOK, DAY = book_of("micro_loan"), date(2026, 11, 2)
CHAMPION = Champion(hand_card())
ACTIONS = load_actions()
OFFERS = load_offers().products["micro_loan"]
RANKING = Order(load_offers().ranking, load_providers())
ORDER = ("decline", "review", "approve")
TEXT = {"en": "a", "es": "b", "fr": "c"}
AMOUNTS = st.floats(100, 30_000).map(round).map(float)


def action(code: str) -> Action:
    (found,) = [one for one in ACTIONS.actions if one.code == code]
    return found


def decided(application: Application) -> Underwriting:
    (found,) = underwrite([application], CHAMPION, BOOK, DAY)
    return found


def advised(application: Application) -> tuple[Underwriting, list[Improvement]]:
    before = decided(application)
    tried = [
        (one, decided(after)) for one in ACTIONS.actions if (after := changed(application, one, OFFERS)) is not None
    ]
    return before, improvements(before, tried, ACTIONS.least)


def test_an_action_changes_what_it_says_and_nothing_else() -> None:
    application = Application(applicant(applied_existing_debt=6000, principal=9000), 24, "CA")
    after = changed(application, action("borrow_half_and_repay_all_debt"), OFFERS)
    assert after == Application(applicant(applied_existing_debt=0, principal=4500), 24, "CA")
    assert changed(application, action("repay_over_one_more_year"), OFFERS) == Application(application.inputs, 36, "CA")


@pytest.mark.parametrize(
    ("code", "months", "changes"),
    [
        ("repay_all_debt", 24, {"applied_existing_debt": 0.0}),
        ("borrow_half_and_repay_all_debt", 24, {"applied_existing_debt": 0.0}),
        ("repay_over_two_more_years", 37, {}),
    ],
)
def test_an_action_that_cannot_be_taken_is_not_tried(code: str, months: int, changes: dict[str, float]) -> None:
    assert changed(Application(applicant(**changes), months, "CA"), action(code), OFFERS) is None


def test_what_is_not_known_cannot_be_changed() -> None:
    raised = Action(code="raise", changes=(Change(input="applied_bureau_score", add=20),), text=TEXT)
    assert changed(Application(applicant(applied_bureau_score=None), 24, "CA"), raised, OFFERS) is None


def test_a_declined_applicant_is_told_what_gets_an_approval_first() -> None:
    before, found = advised(Application(applicant(applied_existing_debt=6000, principal=9000), 24, "CA"))
    assert before.assessment.outcome == "decline"
    assert [(one.action.code, one.after.assessment.outcome) for one in found[:2]] == [
        ("borrow_half_and_repay_all_debt", "approve"),
        ("repay_all_debt", "approve"),
    ]
    assert found[0].gains == ("outcome", "price", "limit")
    assert not {"wait_a_year", "repay_over_one_more_year"} & {one.action.code for one in found}


@given(
    income=AMOUNTS,
    debt=AMOUNTS,
    bureau=st.none() | st.floats(300, 900),
    principal=AMOUNTS,
    months=st.integers(1, 60),
    jurisdiction=st.sampled_from(["CA", "EU", "MX", "US"]),
)
def test_what_is_told_improves_something_and_costs_no_outcome(
    income: float, debt: float, bureau: float | None, principal: float, months: int, jurisdiction: str
) -> None:
    inputs = applicant(
        applied_income=income, applied_existing_debt=debt, applied_bureau_score=bureau, principal=principal
    )
    before, found = advised(Application(inputs, months, jurisdiction))
    standings = [ORDER.index(one.after.assessment.outcome) for one in found]
    assert standings == sorted(standings, reverse=True)
    for one, standing in zip(found, standings, strict=True):
        assert standing >= ORDER.index(before.assessment.outcome)
        assert ("outcome" in one.gains) == (standing > ORDER.index(before.assessment.outcome))
        assert before.offer is None or one.after.offer is not None
        assert one.gains
        if "price" in one.gains and before.offer is not None and one.after.offer is not None:
            fall = 100 * (before.offer.loan.yearly_rate - one.after.offer.loan.yearly_rate)
            assert fall >= ACTIONS.least.rate_pct
        if "limit" in one.gains and before.limit is not None:
            assert one.after.limit is not None
            assert one.after.limit.loan.principal > before.limit.loan.principal


def offer(principal: float, rate: float, months: int) -> Offer:
    return Offer(Loan(principal, rate, months), "APR", 100 * rate, 35.0)


def got(outcome: CreditOutcome, rate: float | None, limit: float | None) -> Underwriting:
    """What an application got: its rate, None without an offer, and its limit."""
    held = None if rate is None else offer(1000, rate, 12)
    return Underwriting(
        Assessment(outcome, 0.05, 600, {}), held, None, None if limit is None else offer(limit, 0.2, 12)
    )


@pytest.mark.parametrize(
    ("after", "gains"),
    [
        (got("approve", 0.20, 1000), None),
        (got("approve", 0.1995, 1009), None),
        (got("approve", 0.198, 1000), ("price",)),
        (got("approve", 0.25, 1020), ("limit",)),
        (got("review", 0.10, 2000), None),
        (got("approve", None, 2000), None),
    ],
)
def test_a_gain_is_a_whole_least_gain_and_never_bought_with_the_outcome_or_the_offer(
    after: Underwriting, gains: tuple[Gain, ...] | None
) -> None:
    before, tried = got("approve", 0.20, 1000), action("repay_all_debt")
    expected = [] if gains is None else [Improvement(tried, gains, after)]
    assert improvements(before, [(tried, after)], ACTIONS.least) == expected


def test_a_first_limit_is_a_gain_and_no_limit_is_none() -> None:
    before, tried = got("review", 0.20, None), action("repay_all_debt")
    after = [(tried, got("review", 0.20, limit)) for limit in (None, 500.0)]
    assert [one.gains for one in improvements(before, after, ACTIONS.least)] == [("limit",)]


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 0.6), st.integers(1, 60))), st.floats(0, 1e6))
def test_offers_stand_in_the_order_of_what_they_cost(terms: list[tuple[float, float, int]], income: float) -> None:
    found = ranked([offer(*one) for one in terms], [], income, RANKING)
    assert [one.burden for one in found] == sorted(one.burden for one in found)
    assert all(one.burden == pytest.approx(one.cost_to_principal + one.instalment_to_income) for one in found)
    assert len(found) == sum(principal > 0 and income > 0 for principal, _, _ in terms)


def test_a_dearer_loan_comes_later() -> None:
    cheap, dear = offer(1000, 0.1, 12), offer(1000, 0.3, 12)
    assert [one.offer for one in ranked([dear, cheap], [], 2000, RANKING)] == [cheap, dear]
