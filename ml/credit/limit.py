"""How much to lend at most: the largest step that has a price within the cap and an instalment within the income."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from contracts.lending.pricing import Affordability
from ml.credit.price import Offer


@dataclass(frozen=True)
class Means:
    """What a person earns or a business takes in each month, and what other debt takes of it, in one currency's units."""

    income: float
    other_instalments: float

    def bear(self, instalment: float, policy: Affordability) -> bool:
        """Whether an instalment fits beside the others."""
        return instalment <= self.income * float(policy.instalment_to_income_pct) / 100 - self.other_instalments


def principals(largest: float, policy: Affordability) -> tuple[float, ...]:
    """What is tried, in whole units of money, the largest first."""
    tried = (math.floor(largest * step / policy.steps) for step in range(policy.steps, 0, -1))
    return tuple(float(principal) for principal in dict.fromkeys(tried) if principal > 0)


def credit_limit(
    offered: Callable[[float], Offer | None], tried: Iterable[float], means: Means, policy: Affordability
) -> Offer | None:
    """The first offer among the principals tried that the income bears, None without one; `offered` scores and prices one.

    Every step is tried from the top: the probability of default depends on the amount, and need not rise evenly with it.
    """
    for principal in tried:
        offer = offered(principal)
        if offer is not None and means.bear(offer.loan.instalment, policy):
            return offer
    return None
