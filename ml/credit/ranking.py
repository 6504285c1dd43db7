"""Offers in the order of what they cost their taker and of how well their providers answer, by what is declared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.credit.offers import Ranking
from contracts.credit.providers import ProviderPolicy
from ml.credit.panel import PanelOffer, Provider
from ml.credit.price import Offer


@dataclass(frozen=True)
class RankedOffer:
    """`cost` is all that is paid above the principal; shares are of 1, of the principal and of a month's income.

    `provider` is None for what the lender offers itself.
    """

    offer: Offer
    cost: float
    cost_to_principal: float
    instalment_to_income: float
    burden: float
    provider: Provider | None


@dataclass(frozen=True)
class Order:
    """What an order is made by."""

    weights: Ranking
    providers: ProviderPolicy


def ranked(own: Sequence[Offer], panel: Sequence[PanelOffer], income: float, order: Order) -> list[RankedOffer]:
    """The least burden first, but offers of unhealthy providers behind all others, and none of those that are left out.

    A provider whose health is not known stands by what its offer costs, as the lender's own offers do. Without an income
    or a principal there is nothing to compare by, and no offer.
    """
    every: list[tuple[Offer, Provider | None]] = [(offer, None) for offer in own]
    every += [(one.offer, one.provider) for one in panel if not is_left_out(one.provider, order.providers)]
    weighed = [
        _weighed(offer, provider, income, order.weights)
        for offer, provider in every
        if income > 0 and offer.loan.principal > 0
    ]
    return sorted(weighed, key=lambda one: _place(one, order.providers))


def is_left_out(provider: Provider, policy: ProviderPolicy) -> bool:
    """Whether a provider's offers are not told at all."""
    return provider.health.effect(policy) == "left_out"


def _weighed(offer: Offer, provider: Provider | None, income: float, weights: Ranking) -> RankedOffer:
    cost, share = offer.loan.cost / offer.loan.principal, offer.loan.instalment / income
    burden = weights.cost_to_principal * cost + weights.instalment_to_income * share
    return RankedOffer(offer, offer.loan.cost, cost, share, burden, provider)


def _place(one: RankedOffer, policy: ProviderPolicy) -> tuple[bool, float, int, str]:
    """Of equal burdens the shorter loan, then the lender's own."""
    provider = one.provider
    is_last = provider is not None and provider.health.effect(policy) == "last"
    return is_last, one.burden, one.offer.loan.months, provider.provider_id if provider else ""
