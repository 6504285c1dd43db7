"""A recommendation as it is told: whose offer each is, what stands against a provider, and who is left out and why."""

from __future__ import annotations

from datetime import timedelta

from contracts.events import Json
from ml.champions import Champion
from ml.credit.panel import Provider
from ml.credit.underwriting import Application
from serving.credit.advice import Recommendations, recommendations_told
from serving.credit.panel import Panel
from serving.credit.recommendations import recommend
from tests.unit.ml.hand_card import APPLICANT, hand_card
from tests.unit.ml.providers import NOW, figures, provider

CHAMPION = Champion(hand_card())
STORED: Json = {"customer_id": "user-1", "application_id": "app-1", "product": "micro_loan"}


def told(*providers: Provider, is_published: bool = True) -> Recommendations:
    application = Application(APPLICANT, 24, "US")
    found = recommend(application, CHAMPION, "micro_loan", Panel(providers, is_published=is_published), NOW.date())
    return recommendations_told(STORED, CHAMPION.version, found, [], "es")


def lenders(answer: Recommendations) -> list[str | None]:
    return [offer.provider.provider_id if offer.provider else None for offer in answer.offers]


def test_providers_stand_among_the_own_offers_by_what_they_cost_and_the_slow_one_last() -> None:
    answer = told(
        provider("good", 8.0),
        provider("slow", 5.0, figures(latency_p95_ms=2900)),
        provider("out", 4.0, figures(breaker="open")),
    )
    own = lenders(told())
    assert lenders(answer)[-1] == "slow"
    assert sorted(filter(None, lenders(answer))) == ["good", "slow"]
    assert len(answer.offers) == len(own) + 2
    assert answer.order.code == "benefit_and_health"
    burdens = [offer.burden for offer in answer.offers[:-1]]
    assert burdens == sorted(burdens)


def test_an_indicative_offer_is_for_what_was_applied_for() -> None:
    (offer,) = [offer for offer in told(provider("good", 8.0)).offers if offer.provider]
    assert (offer.principal, offer.months, offer.nominal_rate_pct, offer.disclosed_rate_name) == (2500, 24, 8.0, "APR")
    assert offer.provider is not None
    assert (offer.provider.offered_ratio, offer.provider.health.answered_ratio) == (0.8, 1.0)
    assert offer.provider.health.findings == []


def test_who_is_left_out_is_named_with_the_reason_in_the_language_asked_for() -> None:
    answer = told(provider("out", 4.0, figures(breaker="open")))
    (left,) = answer.left_out
    assert left.provider_id == "out"
    assert [finding.code for finding in left.health.findings] == ["breaker_open"]
    assert (
        left.health.findings[0].text == "El proveedor falló sus últimas comprobaciones y ahora no recibe solicitudes."
    )
    assert answer.offers == told().offers


def test_stale_figures_are_said_and_harm_nobody() -> None:
    old = figures(latency_p95_ms=2900, breaker="open", checked_at=NOW - timedelta(days=1))
    answer = told(provider("good", 8.0, old))
    assert answer.order.code == "benefit_health_stale"
    assert answer.left_out == []
    assert lenders(answer) == lenders(told(provider("good", 8.0)))


def test_stale_terms_are_no_offer_and_name_the_provider_with_the_reason() -> None:
    old = provider("old", 4.0, quoted_at=NOW - timedelta(days=60))
    answer = told(old)
    assert (answer.offers, answer.order.code) == (told().offers, "benefit_terms_stale")
    (left,) = answer.left_out
    assert (left.provider_id, left.quoted_at) == ("old", NOW - timedelta(days=60))
    assert [finding.code for finding in left.health.findings] == ["terms_stale"]
    assert left.health.findings[0].text == "Lo que se sabe de las ofertas del proveedor es demasiado antiguo."
    beside = told(old, provider("good", 8.0))
    assert lenders(beside) == lenders(told(provider("good", 8.0)))
    assert beside.order.code == "benefit_and_health"


def test_nothing_published_is_said() -> None:
    answer = told(is_published=False)
    assert answer.order.code == "benefit_terms_missing"
    assert answer.order.text.endswith("aún no se sabe qué ofrecen los proveedores.")
    assert set(lenders(answer)) == {None}
