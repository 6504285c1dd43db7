"""Offers in the order of what they cost their taker, by the declared weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.credit.offers import Ranking
from ml.credit.price import Offer


@dataclass(frozen=True)
class RankedOffer:
    """`cost` is all that is paid above the principal; shares are of 1, of the principal and of a month's income."""

    offer: Offer
    cost: float
    cost_to_principal: float
    instalment_to_income: float
    burden: float


def ranked(offers: Sequence[Offer], income: float, ranking: Ranking) -> list[RankedOffer]:
    """The least burden first; without an income or a principal there is nothing to compare by, and no offer."""
    weighed = [_weighed(offer, income, ranking) for offer in offers if income > 0 and offer.loan.principal > 0]
    return sorted(weighed, key=lambda one: (one.burden, one.offer.loan.months))


def _weighed(offer: Offer, income: float, ranking: Ranking) -> RankedOffer:
    cost, share = offer.loan.cost / offer.loan.principal, offer.loan.instalment / income
    burden = ranking.cost_to_principal * cost + ranking.instalment_to_income * share
    return RankedOffer(offer, offer.loan.cost, cost, share, burden)
