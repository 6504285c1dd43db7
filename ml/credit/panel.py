"""What providers of a panel would offer: the middle rate of their offers to people with such a score, within cap and income."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from contracts.credit.providers import Basis
from ml.credit.price import Offer
from ml.credit.provider_health import ProviderHealth
from ml.credit.rates import Loan, yearly_rate
from ml.credit.underwriting import Application, Book, amount, means


@dataclass(frozen=True)
class Provider:
    """A lender of the panel, with what it offered lately to people with the applicant's score.

    `rate_pct` is the middle nominal rate of its offers, in percent a year; `offered_ratio` its offers over its answers;
    `quoted_at` when it was sent the newest request that it answered (UTC), None where that is not known.
    """

    provider_id: str
    name: str
    rate_pct: float
    offered_ratio: float
    quoted_at: datetime | None
    health: ProviderHealth


@dataclass(frozen=True)
class PanelOffer:
    """An indicative offer: nobody has asked the provider yet."""

    provider: Provider
    offer: Offer


def panel_offers(
    providers: Iterable[Provider], application: Application, book: Book, day: date
) -> tuple[PanelOffer, ...]:
    """An offer of each provider for what is asked for, where its rate is within the cap and the income bears it.

    Raises ConfigurationError for a jurisdiction that has no rate cap on `day`.
    """
    borrower, affordability = means(application.inputs, book), book.affordability
    found = ((provider, _offer(provider, application, book, day)) for provider in providers)
    return tuple(
        PanelOffer(provider, offer)
        for provider, offer in found
        if offer is not None and borrower.bear(offer.loan.instalment, affordability)
    )


def basis(providers: Sequence[Provider], *, is_published: bool) -> Basis:
    """What an order of offers stands on, where these providers have some; `is_published`: it is known who offers what."""
    if not providers:
        return "benefit_own_offers" if is_published else "benefit_terms_missing"
    fresh = [one.health for one in providers if one.health.has_fresh_terms]
    if not fresh:
        return "benefit_terms_stale"
    if any(health.is_known for health in fresh):
        return "benefit_and_health"
    is_stale = any("figures_stale" in health.findings for health in fresh)
    return "benefit_health_stale" if is_stale else "benefit_health_missing"


def _offer(provider: Provider, application: Application, book: Book, day: date) -> Offer | None:
    pricing, there = book.pricing, application.jurisdiction
    principal = amount(application.inputs, book.columns.principal)
    if principal <= 0:
        return None
    loan = Loan(principal, provider.rate_pct / 100, application.months)
    cap, disclosure = pricing.cap_on(there, day), pricing.disclosure[there]
    if 100 * yearly_rate(loan, cap.measure) > float(cap.value) + 1e-9:
        return None
    return Offer(loan, disclosure.name, 100 * yearly_rate(loan, disclosure.measure), float(cap.value))
