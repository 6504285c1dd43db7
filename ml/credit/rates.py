"""Yearly rates of a loan repaid in equal monthly instalments, as regulators measure them. Rates are shares of 1 here."""

from __future__ import annotations

import math
from dataclasses import dataclass

from contracts.lending.pricing import Measure

_MONTHS = 12
_HIGHEST = 10.0  # a month: nothing above it is searched for


@dataclass(frozen=True)
class Loan:
    """Terms in one currency's units; `yearly_rate` is nominal, paid monthly; `fee` is kept back from the principal."""

    principal: float
    yearly_rate: float
    months: int
    fee: float = 0.0

    @property
    def instalment(self) -> float:
        """The equal monthly payment, unrounded."""
        rate = self.yearly_rate / _MONTHS
        return self.principal / _annuity(rate, self.months)

    @property
    def cost(self) -> float:
        """What is paid above the principal, over the loan's life."""
        return self.instalment * self.months - self.principal + self.fee

    def balances(self) -> list[float]:
        """Principal outstanding before each instalment."""
        growth, instalment, found = 1 + self.yearly_rate / _MONTHS, self.instalment, [self.principal]
        for _ in range(self.months - 1):
            found.append(found[-1] * growth - instalment)
        return found


def yearly_rate(loan: Loan, measure: Measure) -> float:
    """The rate with the fee in it.

    `nominal` is twelve times the internal monthly rate (actuarial method), `effective` compounds it over the year,
    `average_balance` is the cost of borrowing over years and average principal outstanding.
    """
    if measure == "average_balance":
        return loan.cost / (loan.months / _MONTHS) / (sum(loan.balances()) / loan.months)
    monthly = _internal_rate(loan.principal - loan.fee, loan.instalment, loan.months)
    return monthly * _MONTHS if measure == "nominal" else float((1 + monthly) ** _MONTHS) - 1


def _internal_rate(received: float, instalment: float, months: int) -> float:
    """The monthly rate at which the instalments are worth what was received, by halving."""
    low, high = 0.0, _HIGHEST
    for _ in range(200):
        middle = (low + high) / 2
        if instalment * _annuity(middle, months) > received:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _annuity(rate: float, months: int) -> float:
    """What one unit a month is worth at the start; exact for the smallest rates too."""
    return float(months) if rate == 0 else -math.expm1(-months * math.log1p(rate)) / rate
