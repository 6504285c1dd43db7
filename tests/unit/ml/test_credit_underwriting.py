"""From an application to its offer: one call of the champion, rates within caps, limits that would hold if asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import ConfigurationError
from ml.champions import Champion
from ml.credit.assessment import assess, within_a_year
from ml.credit.price import Offer, Request, price
from ml.credit.underwriting import Application, Underwriting, book_of, underwrite
from tests.unit.ml.hand_card import Counted, applicant, hand_card

BOOK = book_of("micro_loan")
CHAMPION = Champion(hand_card())
DAY = date(2026, 11, 2)
AMOUNTS = st.floats(0, 30_000).map(round).map(float)
APPLICATIONS = st.builds(
    Application,
    st.builds(
        applicant,
        applied_income=AMOUNTS,
        applied_existing_debt=AMOUNTS,
        applied_bureau_score=st.none() | st.floats(300, 900),
        principal=AMOUNTS,
    ),
    st.integers(1, 60),
    st.sampled_from(["CA", "EU", "MX", "US"]),
)


def decided(application: Application) -> Underwriting:
    (found,) = underwrite([application], CHAMPION, BOOK, DAY)
    return found


def terms(offer: Offer | None) -> tuple[float, int, float] | None:
    """An offer's terms; a batch may differ in the last digits of a float."""
    return None if offer is None else (offer.loan.principal, offer.loan.months, round(offer.loan.yearly_rate, 9))


def asked(months: int = 24, jurisdiction: str = "CA", **changes: float | None) -> Underwriting:
    return decided(Application(applicant(**changes), months, jurisdiction))


@given(probability=st.floats(0, 0.5), days=st.integers(30, 1000))
def test_a_year_holds_as_many_windows_of_the_same_hazard_as_fit(probability: float, days: int) -> None:
    window = timedelta(days=days)
    yearly = within_a_year(probability, window)
    assert (1 - yearly) ** (days / 365) == pytest.approx(1 - probability, abs=1e-9)
    assert (yearly >= probability) == (days <= 365) or yearly == pytest.approx(probability, abs=1e-12)


def test_a_price_is_for_the_risk_of_a_year_and_not_of_the_window() -> None:
    found = asked()
    assert BOOK.window == timedelta(days=180)
    yearly = 1 - (1 - found.assessment.probability) ** (365 / 180)
    assert found.offer == price(Request("micro_loan", "CA", 2500, 24, yearly), BOOK.pricing, DAY)


def test_a_price_is_for_the_window_that_the_champion_was_taught_by_whatever_is_declared_since() -> None:
    (found,) = underwrite(
        [Application(applicant(), 24, "CA")], Champion(hand_card(spans={"outcome_window": "365d"})), BOOK, DAY
    )
    request = Request("micro_loan", "CA", 2500, 24, found.assessment.probability)
    assert found.offer == price(request, BOOK.pricing, DAY) != asked().offer


def test_the_steps_of_every_limit_are_scored_in_one_call() -> None:
    counted = Counted(hand_card())
    many = underwrite([Application(applicant(), months, "CA") for months in (6, 12, 24)], counted, BOOK, DAY)
    assert counted.calls == 1
    assert [terms(one.limit) for one in many] == [terms(asked(months).limit) for months in (6, 12, 24)]


@given(application=APPLICATIONS)
def test_the_limit_asked_for_is_approved_at_the_price_that_it_had(application: Application) -> None:
    limit = decided(application).limit
    if limit is not None:
        inputs = {**application.inputs, "principal": limit.loan.principal}
        again = decided(replace(application, inputs=inputs))
        assert again.assessment.outcome == "approve"
        assert terms(again.offer) == terms(again.limit) == terms(limit)


@given(application=APPLICATIONS)
def test_an_application_is_declined_refused_or_offered(application: Application) -> None:
    found = decided(application)
    assert [found.assessment.outcome == "decline", found.refusal is not None, found.offer is not None].count(True) == 1
    if found.offer is not None:
        assert 0 <= 100 * found.offer.loan.yearly_rate <= found.offer.cap_pct + 1e-9


def test_nothing_asked_for_costs_nothing() -> None:
    found = asked(principal=0)
    assert found.offer is not None
    assert (found.offer.loan.instalment, found.offer.loan.cost) == (0, 0)


@pytest.mark.parametrize(
    ("changes", "points", "outcome", "refusal"),
    [
        ({}, 620, "approve", None),
        (
            {"applied_bureau_score": 550, "applied_existing_debt": 3000, "principal": 9000},
            520,
            "review",
            "rate_above_cap",
        ),
        ({"applied_existing_debt": 40_000}, 560, "approve", "instalment_above_income"),
        ({"applied_existing_debt": 6000, "principal": 9000}, 510, "decline", None),
    ],
)
def test_what_stands_against_an_offer_is_said(
    changes: dict[str, float], points: int, outcome: str, refusal: str | None
) -> None:
    found = asked(**changes)  # type: ignore[arg-type]
    assert (round(found.assessment.score), found.assessment.outcome, found.refusal) == (points, outcome, refusal)


@pytest.mark.parametrize(("jurisdiction", "name"), [("CA", "APR"), ("EU", "APRC"), ("MX", "CAT"), ("US", "APR")])
def test_the_rate_is_called_as_the_law_calls_it(jurisdiction: str, name: str) -> None:
    found = asked(jurisdiction=jurisdiction)
    assert found.offer is not None
    assert found.offer.disclosed_name == name


def test_where_no_cap_is_known_nothing_is_offered() -> None:
    with pytest.raises(ConfigurationError, match="No rate cap"):
        asked(jurisdiction="XX")


def test_many_applications_are_assessed_as_each_alone() -> None:
    rows = [applicant(), applicant(applied_bureau_score=None), applicant(applied_income=0)]
    alone = [assess(CHAMPION, [row])[0] for row in rows]
    assert [one.probability for one in assess(CHAMPION, rows)] == pytest.approx([one.probability for one in alone])
    assert [one.points for one in assess(CHAMPION, rows)] == [one.points for one in alone]
