"""Consumer loans in Mexico: decided with or without a bureau report, priced within the cap, the CAT disclosed, and advised on."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from contracts.events import Json
from ml.champions import Champion
from ml.credit.rates import Loan, yearly_rate
from serving.credit.advice import Recommendations, recommendations_told
from serving.credit.answers import CreditDecision, decision_told
from serving.credit.panel import Panel
from serving.credit.recommendations import application_of, recommend
from serving.credit.request import read_application
from serving.credit.scoring import score_application
from tests.unit.ml.hand_consumer_card import CONSUMER, hand_consumer_card

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
CHAMPION = Champion(hand_consumer_card())
REPORTED = [name for name in CONSUMER if name.startswith("reported_")]


def asked(**features: float | None) -> Json:
    told = {name: value for name, value in {**CONSUMER, **features}.items() if value is not None}
    names = {"application_id": "app-1", "customer_id": "user-1", "product": "consumer_loan"}
    return {**names, "months": 9, "features": told}


def stored(**features: float | None) -> Json:
    return score_application(read_application(asked(**features)), CHAMPION, NOW)


def decided(**features: float | None) -> CreditDecision:
    return decision_told(stored(**features), "es")


def advised(**features: float | None) -> Recommendations:
    row = stored(**features)
    found = recommend(application_of(row), CHAMPION, "consumer_loan", Panel((), is_published=True), NOW.date())
    return recommendations_told(row, CHAMPION.version, found, [], "es")


def test_a_consumer_in_mexico_is_told_the_cat() -> None:
    told = decided()
    assert (told.product, told.outcome, told.points) == ("consumer_loan", "approve", 620)
    offer = told.offer
    assert offer is not None
    assert (offer.disclosed_rate_name, offer.cap_pct, offer.months) == ("CAT", 60, 9)
    loan = Loan(offer.principal, offer.nominal_rate_pct / 100, offer.months)
    assert offer.disclosed_rate_pct == pytest.approx(100 * yearly_rate(loan, "effective"), abs=1e-3)
    assert offer.nominal_rate_pct < offer.disclosed_rate_pct <= offer.cap_pct


def test_who_has_no_bureau_report_is_decided_on_without() -> None:
    row = stored(**dict.fromkeys(REPORTED))
    assert {name: row["inputs"][name] for name in REPORTED} == dict.fromkeys(REPORTED)
    told = decision_told(row, "es")
    assert (told.outcome, told.points) == ("approve", 570)


def test_a_consumer_is_told_why_not_in_spanish() -> None:
    told = decided(reported_worst_days_past_due=90.0, applied_existing_debt=30_000.0)
    assert (told.outcome, told.points) == ("decline", 500)
    assert [reason.text for reason in told.reasons] == [
        "El buró reporta pagos atrasados en los últimos doce meses, o no hay reporte.",
        "La deuda existente es alta para el ingreso.",
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"applied_informal": 2.0}, "applied_informal"),
        ({"applied_informal": None}, "applied_informal"),
        ({"reported_score": -1.0}, "reported_score"),
        ({"term_months": 9.0}, "term_months"),
        ({"applied_employment": 1.0}, "applied_employment"),
    ],
)
def test_what_the_card_cannot_read_is_refused_by_field(changes: dict[str, float | None], field: str) -> None:
    with pytest.raises(ValidationError) as error:
        read_application(asked(**changes))
    assert error.value.errors()[0]["loc"] == ("features", field)


def test_a_consumer_is_recommended_the_terms_that_the_marketplace_lends_at() -> None:
    told = advised()
    assert told.product == "consumer_loan"
    assert {offer.months for offer in told.offers} == {3, 6, 9, 12}
    assert {offer.disclosed_rate_name for offer in told.offers} == {"CAT"}
    assert "repay_over_one_more_year" not in [step.code for step in told.improvements], "nobody lends for so long"


def test_an_action_recommended_to_a_consumer_holds_when_it_is_followed() -> None:
    worse = {"reported_worst_days_past_due": 90.0, "applied_existing_debt": 30_000.0, "requested_amount": 20_000.0}
    best = advised(**worse).improvements[0]
    assert (best.code, best.before.outcome) == ("borrow_half_and_repay_all_debt", "decline")
    followed = decided(**{**worse, "applied_existing_debt": 0.0, "requested_amount": 10_000.0})
    assert (best.after.outcome, best.after.points) == (followed.outcome, followed.points) == ("approve", 560)
    assert best.after.offer == followed.offer
