"""Whether a customer's credit moved between two applications: scored for one loan by one model, so that only they differ."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.credit.monitoring import CreditMonitoring, Movement
from contracts.credit.offers import OfferColumns
from ml.champions import Champion
from ml.credit.assessment import Inputs, assess


@dataclass(frozen=True)
class CreditMovement:
    """What moved; scores are rounded points for the loan that was asked for before, None a bureau score that is not known."""

    movements: tuple[Movement, ...]
    score_before: int
    score_after: int
    bureau_score_before: int | None
    bureau_score_after: int | None


def movement(
    before: Inputs, after: Inputs, champion: Champion, columns: OfferColumns, policy: CreditMonitoring
) -> CreditMovement | None:
    """What moved by a declared step or more; None where nothing did."""
    same_loan = {**after, **{name: before.get(name) for name in (columns.principal, columns.months) if name}}
    earlier, later = (round(one.score) for one in assess(champion, [before, same_loan]))
    bureau_earlier, bureau_later = (_whole(inputs.get(columns.bureau_score)) for inputs in (before, after))
    found: list[Movement] = []
    if abs(later - earlier) >= policy.score_step:
        found.append("score_fell" if later < earlier else "score_rose")
    change = 0 if bureau_earlier is None or bureau_later is None else bureau_later - bureau_earlier
    if abs(change) >= policy.bureau_step:
        found.append("bureau_score_fell" if change < 0 else "bureau_score_rose")
    return CreditMovement(tuple(found), earlier, later, bureau_earlier, bureau_later) if found else None


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)
