"""Offers by benefit and provider health: the unhealthy last or left out with a reason, and nobody harmed by what is not known."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.credit.offers import load_offers
from contracts.credit.providers import Basis, Finding
from ml.credit.panel import PanelOffer, Provider, basis, panel_offers
from ml.credit.price import Offer
from ml.credit.provider_health import HealthFigures, judged
from ml.credit.ranking import Order, RankedOffer, is_left_out, ranked
from ml.credit.rates import Loan, yearly_rate
from ml.credit.underwriting import Application, book_of, means
from tests.unit.ml.hand_card import applicant
from tests.unit.ml.providers import NOW, POLICY, figures, provider

BOOK = book_of("micro_loan")
ORDER = Order(load_offers().ranking, POLICY)
OLDEST = POLICY.health.stale_after
OLDEST_TERMS = POLICY.terms.stale_after
TICK = timedelta(microseconds=1)

STATES = st.fixed_dictionaries(
    {
        "asked": st.integers(0, 200),
        "latency_p95_ms": st.none() | st.integers(0, 3000),
        "breaker": st.none() | st.sampled_from(["closed", "half_open", "open"]),
        "checked_at": st.none() | st.timedeltas(timedelta(0), timedelta(days=2)).map(lambda age: NOW - age),
    }
).flatmap(lambda state: st.integers(0, int(str(state["asked"]))).map(lambda answered: {**state, "answered": answered}))


def offer(rate: float, months: int = 12) -> Offer:
    return Offer(Loan(1000, rate, months), "APR", 100 * rate, 36.0)


def indicative(name: str, rate: float, known: HealthFigures | None = None) -> PanelOffer:
    return PanelOffer(provider(name, 100 * rate, known), offer(rate))


def names(offers: list[RankedOffer]) -> list[str]:
    return [one.provider.provider_id if one.provider else "own" for one in offers]


@pytest.mark.parametrize(
    ("state", "findings"),
    [
        ({}, ()),
        ({"answered": 95}, ()),
        ({"answered": 94}, ("answers_few",)),
        ({"asked": 10, "answered": 9}, ("answers_few",)),
        ({"asked": 9, "answered": 0}, ()),
        ({"latency_p95_ms": 2500}, ()),
        ({"latency_p95_ms": 2501}, ("answers_slow",)),
        ({"asked": 9, "answered": 9, "latency_p95_ms": 2999}, ()),
        ({"asked": 0, "answered": 0, "latency_p95_ms": None}, ()),
        (
            {"breaker": "half_open", "answered": 50, "latency_p95_ms": 2999},
            ("breaker_half_open", "answers_few", "answers_slow"),
        ),
        ({"breaker": "open"}, ("breaker_open",)),
        ({"breaker": "open", "checked_at": NOW - OLDEST}, ("breaker_open",)),
        ({"breaker": "open", "checked_at": NOW - OLDEST - TICK}, ("figures_stale",)),
        ({"breaker": None, "checked_at": None, "answered": 0}, ("figures_missing",)),
    ],
)
def test_each_bound_is_met_by_what_equals_it(state: dict[str, Any], findings: tuple[Finding, ...]) -> None:
    assert judged(figures(**state), POLICY.health, NOW).findings == findings


@pytest.mark.parametrize(
    ("quoted_at", "is_told"),
    [(NOW, True), (NOW - OLDEST_TERMS, True), (NOW - OLDEST_TERMS - TICK, False), (None, False)],
)
@pytest.mark.parametrize("known", [figures(), figures(latency_p95_ms=2900), figures(checked_at=None)])
def test_terms_are_told_up_to_their_declared_age_whatever_the_health(
    quoted_at: datetime | None,
    is_told: bool,  # noqa: FBT001 - a column of the table above
    known: HealthFigures,
) -> None:
    one = provider("aged", 10, known, quoted_at)
    assert names(ranked([], [PanelOffer(one, offer(0.1))], 3000, ORDER)) == (["aged"] if is_told else [])
    assert is_left_out(one, POLICY) != is_told
    found = judged(known, POLICY.health, NOW).findings
    assert one.health.findings == (found if is_told else ("terms_stale", *found))


@given(st.lists(STATES, max_size=8), st.data())
def test_the_unhealthy_come_last_the_open_never_and_each_half_is_in_the_order_of_burden(
    states: list[dict[str, Any]], data: st.DataObject
) -> None:
    rates = st.floats(0.01, 0.36)
    own = [offer(data.draw(rates), months) for months in (6, 12)]
    panel = [indicative(f"p{place}", data.draw(rates), figures(**state)) for place, state in enumerate(states)]
    found = ranked(own, panel, 3000, ORDER)
    effects = [one.provider.health.effect(POLICY) if one.provider else "by_benefit" for one in found]
    assert effects == sorted(effects)  # "by_benefit" is before "last"
    assert "left_out" not in effects
    for effect in ("by_benefit", "last"):
        burdens = [one.burden for one, told in zip(found, effects, strict=True) if told == effect]
        assert burdens == sorted(burdens)
    left = [one for one in panel if is_left_out(one.provider, POLICY)]
    assert len(found) + len(left) == len(own) + len(panel)
    assert all("breaker_open" in one.provider.health.findings for one in left)


@given(st.lists(STATES, max_size=8), st.data())
def test_where_no_health_is_known_the_order_is_that_of_benefit_alone(
    states: list[dict[str, Any]], data: st.DataObject
) -> None:
    rates = data.draw(st.lists(st.floats(0.01, 0.36), min_size=len(states), max_size=len(states)))
    old = NOW - OLDEST - TICK
    unknown = [
        indicative(f"p{place}", rate, figures(**{**state, "checked_at": data.draw(st.sampled_from([None, old]))}))
        for place, (state, rate) in enumerate(zip(states, rates, strict=True))
    ]
    healthy = [indicative(f"p{place}", rate) for place, rate in enumerate(rates)]
    own = [offer(0.2)]
    assert names(ranked(own, unknown, 3000, ORDER)) == names(ranked(own, healthy, 3000, ORDER))


def test_a_cheap_offer_of_a_slow_provider_stands_behind_a_dear_one() -> None:
    panel = [
        indicative("slow", 0.05, figures(latency_p95_ms=2900)),
        indicative("dear", 0.3),
        indicative("out", 0.01, figures(breaker="open")),
    ]
    assert names(ranked([offer(0.2)], panel, 3000, ORDER)) == ["own", "dear", "slow"]


def test_of_equal_offers_the_lenders_own_comes_first() -> None:
    assert names(ranked([offer(0.1)], [indicative("b", 0.1), indicative("a", 0.1)], 3000, ORDER)) == ["own", "a", "b"]


def asked(jurisdiction: str = "US", **changes: float | None) -> Application:
    return Application(applicant(**changes), 12, jurisdiction)


@given(
    rate=st.floats(0.5, 60),
    jurisdiction=st.sampled_from(["CA", "EU", "MX", "US"]),
    principal=st.floats(0, 20_000),
    debt=st.floats(0, 40_000),
)
def test_what_a_provider_would_offer_is_within_the_cap_and_the_income(
    rate: float, jurisdiction: str, principal: float, debt: float
) -> None:
    application = asked(jurisdiction, principal=principal, applied_existing_debt=debt)
    cap = BOOK.pricing.cap_on(jurisdiction, NOW.date())
    loan = Loan(principal, rate / 100, 12)
    fits = means(application.inputs, BOOK).bear(loan.instalment, BOOK.affordability)
    within = principal > 0 and 100 * yearly_rate(loan, cap.measure) <= float(cap.value) + 1e-9
    found = panel_offers([provider(rate_pct=rate)], application, BOOK, NOW.date())
    assert bool(found) == (fits and within)
    for one in found:
        assert (one.offer.loan, one.offer.disclosed_name) == (loan, BOOK.pricing.disclosure[jurisdiction].name)


UNKNOWN, STALE = provider(known=figures(checked_at=None)), provider(known=figures(checked_at=NOW - OLDEST - TICK))
OLD_TERMS = provider(quoted_at=NOW - OLDEST_TERMS - TICK)


@pytest.mark.parametrize(
    ("providers", "is_published", "expected"),
    [
        ([], True, "benefit_own_offers"),
        ([], False, "benefit_terms_missing"),
        ([UNKNOWN], True, "benefit_health_missing"),
        ([UNKNOWN, STALE], True, "benefit_health_stale"),
        ([UNKNOWN, STALE, provider()], True, "benefit_and_health"),
        ([provider(known=figures(breaker="open"))], True, "benefit_and_health"),
        ([OLD_TERMS], True, "benefit_terms_stale"),
        ([OLD_TERMS, provider()], True, "benefit_and_health"),
        ([OLD_TERMS, UNKNOWN], True, "benefit_health_missing"),
        ([OLD_TERMS, STALE], True, "benefit_health_stale"),
    ],
)
def test_the_order_says_what_it_stands_on(providers: list[Provider], is_published: bool, expected: Basis) -> None:  # noqa: FBT001 - a column of the table above
    assert basis(providers, is_published=is_published) == expected
