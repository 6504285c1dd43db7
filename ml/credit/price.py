"""The price of risk: the lowest rate that pays for a loan's funding, care, capital and losses, or none within the cap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from contracts.lending.pricing import Pricing
from ml.credit.rates import Loan, yearly_rate

_MONTHS = 12


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


def price(request: Request, pricing: Pricing, day: date) -> Offer | None:
    """The offer; None where only a rate above the cap would pay.

    Raises ConfigurationError for a jurisdiction without a cap on that day, KeyError for a product without a loss.
    """
    cap = pricing.cap_on(request.jurisdiction, day)
    low, high = 0.0, float(cap.value) / 100  # without a fee the nominal rate is the lowest of the measures
    if _worth(request, pricing, high) < 0:
        return None
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (low, middle) if _worth(request, pricing, middle) >= 0 else (middle, high)
    loan = Loan(request.principal, high, request.months)
    if yearly_rate(loan, cap.measure) > float(cap.value) / 100 + 1e-9:
        return None
    disclosure = pricing.disclosure[request.jurisdiction]
    return Offer(loan, disclosure.name, 100 * yearly_rate(loan, disclosure.measure), float(cap.value))


def _worth(request: Request, pricing: Pricing, rate: float) -> float:
    """Expected present value to the lender: instalments of those who still pay and recoveries, less principal and costs."""
    costs = pricing.costs
    loan = Loan(request.principal, rate, request.months)
    lost = float(pricing.loss_given_default_pct[request.product].value) / 100
    hazard = 1 - (1 - request.probability_12m) ** (1 / _MONTHS)
    discount = 1 / (1 + float(costs.funding_pct + costs.capital_pct) / 100 / _MONTHS)
    servicing = float(costs.servicing_pct) / 100 / _MONTHS
    worth, paying = -request.principal * (1 + float(costs.opening_cost_pct) / 100), 1.0
    for month, balance in enumerate(loan.balances(), start=1):
        received = paying * ((1 - hazard) * loan.instalment + hazard * (1 - lost) * balance)
        worth += (received - paying * servicing * balance) * discount**month
        paying *= 1 - hazard
    return worth
