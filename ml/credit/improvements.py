"""What an applicant can do: the declared actions tried one by one, and which of them gets more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from contracts.credit.actions import PRINCIPAL, TERM, Action, LeastGain
from contracts.credit.offers import ProductOffers
from ml.credit.assessment import CreditOutcome
from ml.credit.underwriting import Application, Underwriting

Gain = Literal["outcome", "price", "limit"]

_STANDING: dict[CreditOutcome, int] = {"decline": 0, "review": 1, "approve": 2}


@dataclass(frozen=True)
class Improvement:
    """An action that gets more, what it improves, and what the application gets after it."""

    action: Action
    gains: tuple[Gain, ...]
    after: Underwriting


def changed(application: Application, action: Action, product: ProductOffers) -> Application | None:
    """The application after an action; None where it changes nothing: its inputs are not known, or nobody lends for so long."""
    inputs, months = dict(application.inputs), float(application.months)
    for change in action.changes:
        name = product.columns.principal if change.input == PRINCIPAL else change.input
        value = months if name == TERM else inputs.get(name)
        if value is None:
            return None
        result = value * change.multiply + change.add
        if result == value:
            return None
        if name == TERM:
            months = result
        else:
            inputs[name] = result
    if not 1 <= round(months) <= product.months[-1]:
        return None
    return replace(application, inputs=inputs, months=round(months))


def improvements(
    before: Underwriting, tried: Iterable[tuple[Action, Underwriting]], least: LeastGain
) -> list[Improvement]:
    """The actions that get more and cost nothing of the outcome or the offer: the best outcome first, then price, then limit."""
    found = [Improvement(action, gains, after) for action, after in tried if (gains := _gains(before, after, least))]
    return sorted(found, key=lambda one: _merit(one.after), reverse=True)


def _gains(before: Underwriting, after: Underwriting, least: LeastGain) -> tuple[Gain, ...]:
    lost = before.offer is not None and after.offer is None
    step = _STANDING[after.assessment.outcome] - _STANDING[before.assessment.outcome]
    if lost or step < 0:
        return ()
    price = after.offer is not None and (before.offer is None or rate_fall(before, after) >= least.rate_pct)
    return _named(step > 0, price, limit_growth(before, after) >= least.limit_pct)


def _named(*gained: bool) -> tuple[Gain, ...]:
    names: Sequence[Gain] = ("outcome", "price", "limit")
    return tuple(name for name, held in zip(names, gained, strict=True) if held)


def rate_fall(before: Underwriting, after: Underwriting) -> float:
    """Percentage points of the nominal rate; 0 unless both have an offer."""
    if before.offer is None or after.offer is None:
        return 0.0
    return 100 * (before.offer.loan.yearly_rate - after.offer.loan.yearly_rate)


def limit_growth(before: Underwriting, after: Underwriting) -> float:
    """Percents of the limit before; without one, any limit after is 100."""
    new = 0.0 if after.limit is None else after.limit.loan.principal
    if before.limit is None:
        return 100.0 if new > 0 else 0.0
    return 100 * (new / before.limit.loan.principal - 1)


def _merit(after: Underwriting) -> tuple[int, bool, float, float]:
    """Equal ones keep the declared order, which goes from less to do to more."""
    rate = 0.0 if after.offer is None else after.offer.loan.yearly_rate
    limit = 0.0 if after.limit is None else after.limit.loan.principal
    return _STANDING[after.assessment.outcome], after.offer is not None, -rate, limit
