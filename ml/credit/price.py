"""The price of risk: the lowest rate that pays for a loan's funding, care, capital and losses, or none within the cap.

Everything that a loan earns and costs is in proportion to its principal, so that its rate is found for one unit of
money, and once: a scorecard gives few different probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from contracts.lending.pricing import Disclosure, LenderCosts, Pricing, RateCap
from ml.credit.rates import Loan, yearly_rate

_MONTHS = 12
_HALVINGS = 60  # more than a float can tell apart
_KEPT = 4096


@dataclass(frozen=True)
class Offer:
    """A loan at its price; rates are percents a year, `disclosed_pct` the one its jurisdiction names `disclosed_name`."""

    loan: Loan
    disclosed_name: str
    disclosed_pct: float
    cap_pct: float


@dataclass(frozen=True)
class Request:
    """What is asked for, and who asks: `probability_12m` of default within a year, as a share of 1."""

    product: str
    jurisdiction: str
    principal: float
    months: int
    probability_12m: float


@dataclass(frozen=True)
class _Terms:
    """All that a rate depends on; `lost` is the share of 1 that a default costs."""

    months: int
    probability_12m: float
    lost: float
    costs: LenderCosts


def price(request: Request, pricing: Pricing, day: date) -> Offer | None:
    """The offer; None where only a rate above the cap would pay.

    Raises ConfigurationError for a jurisdiction without a cap on that day, KeyError for a product without a loss.
    """
    cap, disclosure = pricing.cap_on(request.jurisdiction, day), pricing.disclosure[request.jurisdiction]
    lost = float(pricing.loss_given_default_pct[request.product].value) / 100
    terms = _Terms(request.months, request.probability_12m, lost, pricing.costs)
    rates = _rates(terms, cap, disclosure)
    if rates is None:
        return None
    nominal, disclosed = rates
    loan = Loan(request.principal, nominal, request.months)
    return Offer(loan, disclosure.name, 100 * disclosed, float(cap.value))


@lru_cache(_KEPT)
def _rates(terms: _Terms, cap: RateCap, disclosure: Disclosure) -> tuple[float, float] | None:
    """The lowest nominal rate that pays and the rate disclosed with it, as shares of 1."""
    low, high = 0.0, float(cap.value) / 100  # without a fee the nominal rate is the lowest of the measures
    if _worth(terms, high) < 0:
        return None
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if _worth(terms, middle) >= 0 else (middle, high)
    loan = Loan(1.0, high, terms.months)
    if yearly_rate(loan, cap.measure) > float(cap.value) / 100 + 1e-9:
        return None
    return high, yearly_rate(loan, disclosure.measure)


def _worth(terms: _Terms, rate: float) -> float:
    """Expected present value to the lender of one unit lent: instalments and recoveries, less principal and costs."""
    costs, loan = terms.costs, Loan(1.0, rate, terms.months)
    hazard = 1 - (1 - terms.probability_12m) ** (1 / _MONTHS)
    discount = 1 / (1 + float(costs.funding_pct + costs.capital_pct) / 100 / _MONTHS)
    servicing = float(costs.servicing_pct) / 100 / _MONTHS
    earned, owed = (1 - hazard) * loan.instalment, hazard * (1 - terms.lost) - servicing
    worth, weight = -1 - float(costs.opening_cost_pct) / 100, discount
    for balance in loan.balances():
        worth += (earned + owed * balance) * weight
        weight *= discount * (1 - hazard)
    return worth
