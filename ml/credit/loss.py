"""What defaults are expected to cost: expected loss, and the IFRS 9 allowance by stage. Probabilities are shares of 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ml.credit.default_risk import MONTHS, DefaultRisk
from ml.credit.rates import Loan

Stage = Literal[1, 2, 3]


def expected_loss(probability: float, loss_given_default: float, exposure: float) -> float:
    """Money expected to be lost."""
    return probability * loss_given_default * exposure


@dataclass(frozen=True)
class Allowance:
    """Expected credit losses at the reporting day, discounted by the loan's own rate; `months` were looked at."""

    amount: float
    months: int


def expected_credit_loss(loan: Loan, risk: DefaultRisk, loss_given_default: float, stage: Stage) -> Allowance:
    """Twelve months in stage 1, the loan's remaining life in stage 2, the whole balance in stage 3 (IFRS 9, 5.5.3 and 5.5.5).

    `loan` holds what is left of it: balance, rate, instalments to come. A default in a month loses the share of
    the balance before that month's instalment, discounted to today (B5.5.44).
    """
    if stage == 3:  # noqa: PLR2004 - credit-impaired: the default has happened
        return Allowance(loss_given_default * loan.principal, 0)
    months = min(MONTHS, loan.months) if stage == 1 else loan.months
    hazard = risk.monthly_hazard(loan.months)
    discount = 1 / (1 + loan.yearly_rate / MONTHS)
    amount = sum(
        (1 - hazard) ** month * hazard * loss_given_default * balance * discount ** (month + 1)
        for month, balance in enumerate(loan.balances()[:months])
    )
    return Allowance(amount, months)
