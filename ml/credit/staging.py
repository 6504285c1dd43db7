"""The IFRS 9 stage of a loan: what the days past due say, and what the borrower's risk says where it rose since the loan was granted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from contracts.lending import LendingPolicy
from ml.credit.loss import Stage


@dataclass(frozen=True)
class Standing:
    """How a loan stands on a day; both probabilities of default are shares of 1 over the same time and by the same model."""

    days_past_due: int
    is_defaulted: bool
    probability_at_grant: float
    probability_now: float


def stage_of(standing: Standing, policy: LendingPolicy) -> Stage:
    """3 once defaulted; else the later of the stages that the days and the rise of the probability ask for.

    Days are those of the rebuttable presumptions (IFRS 9, 5.5.11 and B5.5.37), which nothing here rebuts; the rise is
    that since initial recognition (5.5.9).
    """
    if standing.is_defaulted:
        return 3
    by_days = policy.stages.after(standing.days_past_due)
    has_risen = standing.probability_now >= policy.significant_increase.value * standing.probability_at_grant
    by_risk = 2 if has_risen and standing.probability_now > 0 else 1
    return cast("Stage", max(by_days, by_risk))
